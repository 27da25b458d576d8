"""When the world came to know of a development: of its entry, of its claim, and of its count of an incident.

What bears on each differs. An entry shows all that is said about the development, and how its evidence
stands. A claim shows its figure and the grade of the last verification, which no statement changes. The count
of an incident shows what all that is connected with the incident says of it.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Protocol, cast
from uuid import UUID

from timeline.domain.amended_events import AmendedEvents
from timeline.domain.dating import DATING_RANKS, Dating, place_in_time
from timeline.domain.events import CountReport, Development, Event, Evidence, SameAs, Verification
from timeline.domain.last_word import Word
from timeline.domain.past_words import PastWords
from timeline.domain.publicity import FROM_THE_START, Publicity, publicity_of
from timeline.domain.record_source import RelatedRecords


class Links(Protocol):
    """Which developments are one, and whose counts follow from each other."""

    def linked(self, development: UUID) -> AbstractSet[UUID]:
        """All that is one with a development, the retracted among them."""

    def connected(self, developments: Iterable[UUID]) -> AbstractSet[UUID]:
        """These, and all whose counts may follow from what they are."""


class ComputedPublicity:
    """The publicity of one development at a position; each part is computed when it is asked for."""

    def __init__(
        self,
        records: RelatedRecords,
        events: AmendedEvents,
        links: Links,
        development: UUID,
        *,
        has_claim: bool,
    ) -> None:
        self._records = records
        self._events = events
        self._past = PastWords(records, events)
        self._links = links
        self._development = development
        self._has_claim = has_claim
        self._group = links.linked(development)
        self._mentions: AbstractSet[UUID] | None = None
        self._words: list[Word] | None = None
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
        grading = {
            event_id
            for event_id in self._mentioning_group()
            if isinstance(self._event(event_id), Verification | SameAs)
        }
        about = self._publications(self._group | grading)
        return self._past.publicity(self._development, [*about, *self._counted_publications()])

    def incident_count(self) -> Publicity:
        """When the world came to know what its count of an incident shows.

        Nothing follows from a count of the same incident that changes nothing of it, so it need not be here.
        """
        return self._past.publicity(self._development, self._counted_publications())

    def is_displaced(self) -> bool:
        """Whether at some time the world may have known of another date, counts of its reports included.

        A count dates a report only where the report has no date that is as good, such as `occurred`. A report
        that may have been hidden again is looked at by every time.
        """
        if self.entry().public_from == FROM_THE_START:
            return True
        datings = [*map(_dating, self._words_of_entry())]
        if len(datings) == 1 and datings[0].dated_by == "occurred":
            return False  # as of most
        last_rank = max(DATING_RANKS[dating.dated_by] for dating in datings)
        counts = self._mentioning_group() if last_rank else ()
        datings += [
            dating
            for event_id in counts
            if isinstance(self._event(event_id), CountReport)
            for dating in map(_dating, self._past.words(event_id))
            if DATING_RANKS[dating.dated_by] < last_rank
        ]
        return len(datings) > 1 and len({dating.instant for dating in datings}) > 1

    def _publicity_of_entry(self) -> Publicity:
        leading = self._leading_publications() if self._has_claim else ()
        if (plain := self._plain_words()) is not None:
            own, *mentioning = plain
            return publicity_of([own], [*(word.published_at for word in mentioning), *leading])
        mentions = self._mentioning_group()
        evidence = [event_id for event_id in mentions if isinstance(self._event(event_id), Evidence)]
        alike = {member for event_id in evidence for member in self._links.linked(event_id)}
        verdicts = {event_id for member in alike for event_id in self._past.mentioning(member)}
        about = self._publications(self._group | mentions | alike | verdicts)
        return self._past.group_publicity(self._words_of_entry(), self._group, [*about, *leading])

    def _plain_words(self) -> list[Word] | None:
        """Its own word and those of all that was ever said about it, where nobody amended or linked any.

        So it is with most. None where it is not, or where it has evidence: that has a standing of its own.
        """
        records, position = self._records, self._events.position
        word = records.unamended_word(self._development)
        if word is None or records.is_linked(self._development):
            return None
        words = [word]
        for recorded_at, record in records.mentions_of(self._development).items():
            if recorded_at <= position:
                mention = records.unamended_word(record.event.id)
                if mention is None or isinstance(mention.event, Evidence):
                    return None
                words.append(mention)
        return words

    def _words_of_entry(self) -> list[Word]:
        """Its own words, and those of the reports that were one with it at some time."""
        if self._words is None:
            past, development = self._past, self._development
            word = self._records.unamended_word(development)
            if word is not None and not self._records.is_linked(development):
                self._words = [word]
                return self._words
            others = past.linked(development) - {development}
            of_others = [word for member in others for word in past.told_words(member)]
            self._words = [*past.words(development), *of_others]
        return self._words

    def _leading_publications(self) -> list[datetime | None]:
        return self._past.leading_publications(self._links.connected([self._development]))

    def _counted_publications(self) -> list[datetime | None]:
        """When that was published from which a count follows.

        That is what the incident consists of, and what was ever linked to that: the world may have been told
        of a link, and not yet that it was undone.
        """
        connected = self._links.connected([self._development])
        links = {
            event_id
            for member in connected
            for event_id in self._past.mentioning(member)
            if isinstance(self._event(event_id), CountReport | SameAs)
        }
        return self._publications(connected | links)

    def _publications(self, event_ids: Iterable[UUID]) -> list[datetime | None]:
        return [time for event_id in event_ids for time in self._events.publications(event_id)]

    def _event(self, event_id: UUID) -> Event | None:
        """An event as it was posted, which no correction makes one of another type."""
        record = self._records.record(event_id)
        return record.event if record else None

    def _mentioning_group(self) -> AbstractSet[UUID]:
        if self._mentions is None:
            self._mentions = {
                event_id for member in self._group for event_id in self._past.mentioning(member)
            }
        return self._mentions


def _dating(word: Word) -> Dating:
    return place_in_time(cast("Development", word.event), word.first_published_at, word.recorded_at)
