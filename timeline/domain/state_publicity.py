"""When the world came to know of a development: of its entry, of its claim, and of its count of an incident.

What bears on each differs. An entry shows all that is said about the development, and how its evidence
stands. A claim shows its figure and the grade of the last verification, which no statement changes. The count
of an incident shows what all that is connected with the incident says of it.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import cached_property
from typing import NamedTuple, Protocol, cast
from uuid import UUID

from timeline.domain.amended_events import AmendedEvents
from timeline.domain.dating import DATING_RANKS, Dating, place_in_time
from timeline.domain.events import CountReport, Development, Event, Evidence, SameAs, Verification
from timeline.domain.last_word import Word
from timeline.domain.past_words import PastWords
from timeline.domain.publicity import FROM_THE_START, Publicity, publicity_of, united_of, widened
from timeline.domain.record_source import RelatedRecords


class Links(Protocol):
    """Which developments are one, and whose counts follow from each other."""

    def linked(self, development: UUID) -> AbstractSet[UUID]:
        """All that is one with a development, the retracted among them."""

    def once_linked(self, development: UUID) -> AbstractSet[UUID]:
        """The same, and what may have been one with it at some time of publication."""

    def connected(self, developments: Iterable[UUID]) -> AbstractSet[UUID]:
        """These, and all whose counts may follow from what they are."""

    def is_plain(self, development: UUID) -> bool:
        """Whether a development and all that is one with it stand as posted, linked from the start."""


class GroupPublicity:
    """What the publicity of developments that are one follows from; each part is computed once for all."""

    def __init__(
        self, records: RelatedRecords, events: AmendedEvents, links: Links, group: AbstractSet[UUID]
    ) -> None:
        self.members = group
        self._records = records
        self._events = events
        self._past = PastWords(records, events)
        self._links = links

    @cached_property
    def entry(self) -> Publicity:
        """When the world came to know what the entry of a member that stands shows, its figure apart."""
        mentions = self._mentions
        evidence = [event_id for event_id in mentions if isinstance(self._event(event_id), Evidence)]
        alike = {member for event_id in evidence for member in self._links.linked(event_id)}
        verdicts = {event_id for member in alike for event_id in self._past.mentioning(member)}
        about = _publications(self._events, self.members | mentions | alike | verdicts)
        return self._past.group_publicity(self.words, self.members, self._once_linked, about)

    @cached_property
    def words(self) -> list[Word]:
        """The words of all that is one with these, or was at some time, from the times at which it stood."""
        return [word for member in self._once_linked for word in self._past.told_words(member)]

    @cached_property
    def datings(self) -> AbstractSet[Dating]:
        """The dates that the words gave their reports."""
        return {*map(_dating, self.words)}

    @cached_property
    def dating_counts(self) -> AbstractSet[Dating]:
        """The dates that counts of these gave them at some time."""
        counts = (event_id for event_id in self._mentions if isinstance(self._event(event_id), CountReport))
        return {dating for event_id in counts for dating in map(_dating, self._past.words(event_id))}

    @cached_property
    def is_displaced(self) -> bool:
        """Whether at some time the world may have known another date of a member that stands."""
        return _are_apart(self.datings, self)

    @cached_property
    def grading(self) -> list[datetime | None]:
        """When that was published from which the grade of a member's claim follows."""
        grades = {
            event_id
            for event_id in self._mentions
            if isinstance(self._event(event_id), Verification | SameAs)
        }
        return _publications(self._events, self.members | grades)

    @cached_property
    def published(self) -> list[datetime | None]:
        """When its members were published."""
        return _publications(self._events, self.members)

    @property
    def _once_linked(self) -> AbstractSet[UUID]:
        return self._links.once_linked(next(iter(self.members)))

    @cached_property
    def _mentions(self) -> AbstractSet[UUID]:
        return {event_id for member in self.members for event_id in self._past.mentioning(member)}

    def _event(self, event_id: UUID) -> Event | None:
        return _posted(self._records, event_id)


class UnitedPublicity(NamedTuple):
    """The same of a plain group, from that of the groups which a link has made one; see `Merges.is_plain`."""

    entry: Publicity
    datings: AbstractSet[Dating]
    """None where the group is displaced, which no further report undoes."""
    dating_counts: AbstractSet[Dating]
    is_displaced: bool
    grading: list[datetime | None]
    """The last of these times, as of those of publication; None where one is unknown."""
    published: list[datetime | None]


def united_publicity(groups: Sequence[GroupPublicity | UnitedPublicity]) -> UnitedPublicity:
    """The publicity of plain groups that are one now: editors know links, so that these add nothing to it."""
    is_displaced = any(group.is_displaced for group in groups)
    datings = frozenset[Dating]().union(*(() if is_displaced else group.datings for group in groups))
    publicity = UnitedPublicity(
        united_of([group.entry for group in groups]),
        datings,
        frozenset[Dating]().union(*(group.dating_counts for group in groups)),
        is_displaced,
        _last(time for group in groups for time in group.grading),
        _last(time for group in groups for time in group.published),
    )
    return publicity if is_displaced else publicity._replace(is_displaced=_are_apart(datings, publicity))


def _last(times: Iterable[datetime | None]) -> list[datetime | None]:
    """Of times of publication the one from which on all is known; none where there are none."""
    published: list[datetime] = []
    for time in times:
        if time is None:
            return [None]
        published.append(time)
    return [max(published)] if published else []


def _posted(records: RelatedRecords, event_id: UUID) -> Event | None:
    """An event as it was posted, which no correction makes one of another type."""
    record = records.record(event_id)
    return record.event if record else None


def _publications(events: AmendedEvents, event_ids: Iterable[UUID]) -> list[datetime | None]:
    return [time for event_id in event_ids for time in events.publications(event_id)]


def _are_apart(datings: AbstractSet[Dating], group: GroupPublicity | UnitedPublicity) -> bool:
    """Whether some dates, those of counts that are better among them, are of more than one instant.

    A count dates a report only where the report has no date that is as good, such as `occurred`.
    """
    last_rank = max(DATING_RANKS[dating.dated_by] for dating in datings)
    better = (
        [dating for dating in group.dating_counts if DATING_RANKS[dating.dated_by] < last_rank]
        if last_rank
        else []
    )
    return len({dating.instant for dating in (*datings, *better)}) > 1


class ComputedPublicity:
    """The publicity of one development at a position; each part is computed when it is asked for."""

    def __init__(  # noqa: PLR0913 - what it is computed from
        self,
        records: RelatedRecords,
        events: AmendedEvents,
        links: Links,
        development: UUID,
        group: GroupPublicity | UnitedPublicity,
        *,
        has_claim: bool,
    ) -> None:
        self._records = records
        self._events = events
        self._past = PastWords(records, events)
        self._links = links
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
        if word is not None and _dating(word).dated_by == "occurred":
            return False  # as of most
        if self._events.stands(self._development):
            return self._group.is_displaced
        own = {*map(_dating, self._past.words(self._development))}
        return _are_apart(self._group.datings | own, self._group)

    def _publicity_of_entry(self) -> Publicity:
        leading = self._leading_publications() if self._has_claim else ()
        if (plain := self._plain_words()) is not None:
            own, *mentioning = plain
            return publicity_of([own], [*(word.published_at for word in mentioning), *leading])
        own_words = () if self._events.stands(self._development) else self._past.words(self._development)
        return widened(self._group.entry, own_words, leading)

    def _own_word(self) -> Word | None:
        """Its only word, where nobody amended it or linked it with others."""
        word = self._records.unamended_word(self._development)
        return None if self._records.is_linked(self._development) else word

    def _plain_words(self) -> list[Word] | None:
        """Its own word and those of all that was ever said about it, where nobody amended or linked any.

        So it is with most. None where it is not, or where it has evidence: that has a standing of its own.
        """
        word = self._own_word()
        if word is None:
            return None
        words = [word]
        for position, record in self._records.mentions_of(self._development).items():
            if position <= self._events.position:
                mention = self._records.unamended_word(record.event.id)
                if mention is None or isinstance(mention.event, Evidence):
                    return None
                words.append(mention)
        return words

    def _leading_publications(self) -> list[datetime | None]:
        if self._links.is_plain(self._development):
            return []  # it was led so at every time
        return self._past.leading_publications(self._links.connected([self._development]))

    def _counted_publications(self) -> list[datetime | None]:
        """When that was published from which a count follows.

        That is what the incident consists of, and what was ever linked to that: the world may have been told
        of a link, and not yet that it was undone.
        """
        if self._links.is_plain(self._development):
            return self._group.published
        connected = self._links.connected([self._development])
        links = {
            event_id
            for member in connected
            for event_id in self._past.mentioning(member)
            if isinstance(_posted(self._records, event_id), CountReport | SameAs)
        }
        return _publications(self._events, connected | links)


def _dating(word: Word) -> Dating:
    return place_in_time(cast("Development", word.event), word.first_published_at, word.recorded_at)
