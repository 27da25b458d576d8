"""When the world came to know of a development: of its entry, of its claim, and of its count of an incident.

What bears on each differs. An entry shows all that is said about the development, and how its evidence
stands. A claim shows its figure and the grade of the last verification, which no statement changes. The count
of an incident shows what all that is connected with the incident says of it.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from uuid import UUID

from timeline.domain.amended_events import AmendedEvents
from timeline.domain.group_publicity import (
    AnyPublicity,
    CountPublications,
    Links,
    are_apart,
    publications_about,
    publications_of,
)
from timeline.domain.last_word import Word
from timeline.domain.past_words import PastWords
from timeline.domain.publicity import FROM_THE_START, Publicity, in_utc, last_of, publicity_of, widened
from timeline.domain.record_source import RelatedRecords
from timeline.domain.topics import Topics, dating_of


class ComputedPublicity:
    """The publicity of one development at a position; each part is computed when it is asked for."""

    def __init__(  # noqa: PLR0913 - what it is computed from
        self,
        records: RelatedRecords,
        events: AmendedEvents,
        links: Links,
        topics: Topics,
        development: UUID,
        group: AnyPublicity,
        *,
        has_claim: bool,
    ) -> None:
        self._records = records
        self._events = events
        self._past = PastWords(records, events)
        self._links = links
        self._topics = topics
        self._development = development
        self._group = group
        self._has_claim = has_claim
        self._entry: Publicity | None = None

    def entry(self) -> Publicity:
        """When the world came to know what its entry shows."""
        if self._entry is None:
            self._entry = self._publicity_of_entry()
        return self._entry

    def new_entry(self, word: Word) -> Publicity:
        """The same of a count that is new."""
        return publicity_of([word], self._leading_publications())

    def claim(self) -> Publicity:
        """When the world came to know what its claim shows."""
        return self._past.publicity(self._development, [*self._group.grading, *self._counted_publications()])

    def incident_count(self) -> Publicity:
        """When the world came to know what its count of an incident shows.

        Nothing follows from a count of the same incident that changes nothing of it, so it need not be here.
        """
        return self._past.publicity(self._development, self._counted_publications())

    def is_displaced(self) -> bool:
        """Whether at some time the world may have known of another date, counts of its reports included.

        A report that may have been hidden again is looked at by every time.
        """
        if self.entry().public_from == FROM_THE_START:
            return True
        word = self._own_word()
        if word is not None and dating_of(word).dated_by == "occurred":
            return False  # as of most
        if self._events.stands(self._development):
            return self._group.is_displaced
        own = {*map(dating_of, self._past.words(self._development))}
        return self._group.is_displaced or are_apart(self._group.datings | own, self._group)

    def _publicity_of_entry(self) -> Publicity:
        leading = self._leading_publications() if self._has_claim else ()
        if not self._events.stands(self._development):
            return widened(self._group.entry, self._past.words(self._development), leading)
        if self._links.leader(self._development) == self._development:
            return widened(self._group.entry, (), leading)
        return self._publicity_of_follower(leading)

    def _publicity_of_follower(self, leading: Sequence[datetime | None]) -> Publicity:
        """What it shows by itself, and that it is one with another: not what is said of that."""
        own = publications_about(self._events, self._links, self._topics, {self._development})
        [last] = last_of([*own, *self._group.leading, *leading])
        return self._group.entry._replace(settled_at=last and in_utc(last))

    def _own_word(self) -> Word | None:
        """Its only word, where nobody amended it or linked it with others."""
        word = self._records.unamended_word(self._development)
        return None if self._records.is_linked(self._development) else word

    def _leading_publications(self) -> Sequence[datetime | None]:
        if self._links.is_plain(self._development):
            return []  # it was led so at every time
        return self._links.count_publications(self._development).leading

    def _counted_publications(self) -> Sequence[datetime | None]:
        """When that was published from which a count follows."""
        if self._links.is_plain(self._development):
            return self._group.published
        return self._links.count_publications(self._development).counted


def count_publications(
    past: PastWords, events: AmendedEvents, topics: Topics, connected: AbstractSet[UUID]
) -> CountPublications:
    """That of all that is connected with an incident.

    A count follows from what the incident consists of, and from what was ever linked to that: the world may
    have been told of a link, and not yet that it was undone.
    """
    counting = [time for member in connected for time in topics.counting(member)]
    return CountPublications(
        last_of([*publications_of(events, connected), *counting]),
        last_of(past.leading_publications(connected)),
    )
