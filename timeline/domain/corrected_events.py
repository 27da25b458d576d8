"""Corrected events: what events say from record to record.

A record leaves what all others say as it was, but for what it amends. A correction that is the last word, or
that mends the last word, of an event that only corrections amended adds to what was said before: so a chain
of corrections costs what each of them adds. For anything else it is looked up again (`amended_events`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from timeline.domain.amended_events import AmendedEvents
from timeline.domain.codec import decode_event, encode_event
from timeline.domain.errors import TimelineError
from timeline.domain.events import Amendment, Correction, Event
from timeline.domain.last_word import Word, first_word, said_after
from timeline.domain.mendings import changes_of
from timeline.domain.patches import merge_patch
from timeline.domain.record import Record
from timeline.domain.record_source import amended_by

MANY_CORRECTIONS = 16
"""How many corrections of an event are worth carrying: few are found again in less time."""

_Order = tuple[datetime, int]
"""Puts a source's corrections in the order of words."""


class Corrections(NamedTuple):
    """An event that only corrections amended, none of which was amended itself."""

    record: Record
    content: dict[str, Any]
    """The event with all of them, as JSON."""
    words: Sequence[Word]
    last: _Order | None
    """The place of the last correction by the source in the order of words."""
    setters: Mapping[str, _Order]
    """The places of those of its corrections that last set a field."""
    amendments: Sequence[tuple[Record, Event]]
    publications: Sequence[datetime | None]


class Addition(NamedTuple):
    """The words of an event before and after one more correction, and when that was published."""

    event_id: UUID
    before: Sequence[Word]
    words: Sequence[Word]
    publications: Sequence[datetime | None]


class CorrectedEvents(AmendedEvents):
    """What events say at a position; without a time, some of it follows from the position before."""

    __slots__ = ("_corrections_of", "extended", "has_many_corrections")

    def __init__(self, source: Any, position: int, published_by: datetime | None = None) -> None:
        super().__init__(source, position, published_by)
        self._corrections_of: dict[UUID, Corrections | None] = {}
        self.extended: UUID | None = None
        """The event to which the record at this position adds a correction."""
        self.has_many_corrections = False
        """Whether an event was corrected so often that it takes long to look it up again."""

    def followed_by(self, record: Record) -> "CorrectedEvents":
        """What events say with the next record too."""
        after, event = CorrectedEvents(self._source, record.position), record.event
        after._take_over(self, amended_by(self._source, record) if isinstance(event, Amendment) else [])
        if isinstance(event, Correction) and self._is_unamended(event.id):
            corrections = self._find_corrections(event.target)
            if corrections is not None:
                after._extend(corrections, record)
        return after

    def _take_over(self, before: "CorrectedEvents", amended: Iterable[Record]) -> None:
        """Go on from what was found at the position before, but of what is amended since.

        Nothing is found of an event before it is recorded, so that both may go on with the same.
        """
        self.has_many_corrections = before.has_many_corrections
        changed = [record.event.id for record in amended]
        for cache in _CACHES:
            facts = getattr(before, cache)
            setattr(self, cache, _without(facts, changed) if changed else facts)

    def corrected(self, event_id: UUID, before: AmendedEvents) -> Event:
        """The event with its corrections; see `AmendedEvents.corrected`."""
        if event_id == self.extended and before.position == self.position - 1:
            return self.content(event_id)  # it adds one to those of before, and is valid with it
        return super().corrected(event_id, before)

    def amendments(self, event_id: UUID) -> Iterator[tuple[Record, Event]]:
        """The standing corrections and retractions of an event, with their records, by position."""
        corrections = self._corrections_of.get(event_id)
        return super().amendments(event_id) if corrections is None else iter(corrections.amendments)

    def publications(self, event_id: UUID) -> list[datetime | None]:
        """When each word of an event, and each amendment of it, was published; see `AmendedEvents`."""
        corrections = self._corrections_of.get(event_id)
        return super().publications(event_id) if corrections is None else [*corrections.publications]

    def is_only_corrected(self, event_id: UUID) -> bool:
        """Whether it is known that no retraction ever bore on an event."""
        return self._corrections_of.get(event_id) is not None

    def addition_to(self, before: "CorrectedEvents") -> Addition | None:
        """What the record at this position adds to an event; `before` is of the position before."""
        if self.extended is None:
            return None
        first = before._corrections_of[self.extended]  # noqa: SLF001 - its own kind
        last = self._corrections_of[self.extended]
        if first is None or last is None:
            return None
        return Addition(self.extended, first.words, last.words, last.publications[len(first.publications) :])

    def _is_unamended(self, event_id: UUID) -> bool:
        return self._source.unamended_word(event_id) is not None

    def _find_corrections(self, event_id: UUID) -> Corrections | None:
        if event_id not in self._corrections_of:
            corrections = self._look_up_corrections(event_id)
            self._corrections_of[event_id] = corrections
        return self._corrections_of[event_id]

    def _look_up_corrections(self, event_id: UUID) -> Corrections | None:
        record = self._source.record(event_id)
        if record is None or record.position > self.position or isinstance(record.event, Amendment):
            return None
        amendments = [each for each in self._source.amendments_of(event_id) if each.position <= self.position]
        for each in amendments:
            if not isinstance(each.event, Correction) or not self._is_unamended(each.event.id):
                return None
        content = msgspec.json.decode(encode_event(record.event))
        for patch in self._changes(event_id, None):
            content = merge_patch(content, patch.changes)
        if _event_of(content) != self.content(event_id):
            return None  # some corrections change nothing, as it would not be valid with them
        orders = sorted((self._order_of(each), each) for each in amendments if not self.is_editorial(each))
        return Corrections(
            record,
            content,
            self.spoken_words(event_id),
            orders[-1][0] if orders else None,
            {field: order for order, each in orders for field in changes_of(each.event)},
            [(each, each.event) for each in amendments],
            self.publications(event_id),
        )

    def _extend(self, before: Corrections, record: Record) -> None:
        """Take over what an event says, and add a correction; or nothing, where that changes more."""
        correction = record.event
        assert isinstance(correction, Correction)  # noqa: S101 - its caller looked
        content = merge_patch(before.content, correction.changes)
        event = _event_of(content)
        if event is None:
            return
        if self.is_editorial(record):
            words = self._mended_words_of(before, correction, event)
            added, setters, last = [], before.setters, before.last
        else:
            last = self._order_of(record)
            words = self._further_words(before, record, event, last)
            added = self._published(before, record)
            setters = {**before.setters, **dict.fromkeys(correction.changes, last)}
        if words is not None and words[0].published_at == before.words[0].published_at:
            amendments = [*before.amendments, (record, correction)]
            publications = [*before.publications, *added]
            corrections = Corrections(before.record, content, words, last, setters, amendments, publications)
            self._keep(corrections, event)

    def _keep(self, corrections: Corrections, event: Event) -> None:
        event_id, last = corrections.record.event.id, corrections.words[-1]
        self.extended = event_id
        self.has_many_corrections |= len(corrections.amendments) >= MANY_CORRECTIONS
        self._corrections_of[event_id] = corrections
        self._contents[event_id] = event
        self._spoken[event_id] = corrections.words
        self._standing[event_id] = True
        self._words[event_id] = last

    def _mended_words_of(
        self, before: Corrections, correction: Correction, event: Event
    ) -> Sequence[Word] | None:
        """The words after editors mended the last of them; None where they mended an older one."""
        if before.last is None:
            return [first_word(before.record, event)]
        if any(before.setters.get(field) != before.last for field in correction.changes):
            return None
        return [*before.words[:-1], before.words[-1]._replace(event=event)]

    def _further_words(
        self, before: Corrections, record: Record, event: Event, order: _Order
    ) -> Sequence[Word] | None:
        """The words with a further one of the source; None where that is not the last word."""
        if before.last is not None and order < before.last:
            return None
        first, published_at = before.words[0], self.publication_of(record)
        word = Word(
            event=event,
            said_at=said_after(first, published_at, record.recorded_at),
            position=record.position,
            published_at=published_at,
            recorded_at=record.recorded_at,
            first_published_at=first.published_at or published_at,
            first_recorded_at=first.recorded_at,
        )
        return [*before.words, word]

    def _published(self, before: Corrections, record: Record) -> list[datetime | None]:
        """When a correction was published; twice, as it is an amendment and makes a word."""
        time = self.publication_of(record)
        return [time] if self.is_editorial(before.record) else [time, time]

    def _order_of(self, record: Record) -> _Order:
        return self.publication_of(record) or record.recorded_at, record.position


_CACHES = ("_contents", "_corrections_of", "_publications", "_spoken", "_standing", "_words")
"""What is found of events, by their ids."""


def _without(facts: Mapping[UUID, Any], event_ids: Iterable[UUID]) -> dict[UUID, Any]:
    rest = {**facts}
    for event_id in event_ids:
        rest.pop(event_id, None)
    return rest


def _event_of(content: dict[str, Any]) -> Event | None:
    try:
        return decode_event(msgspec.json.encode(content))
    except TimelineError:
        return None
