"""Words: what an event said and when, by the source's and the editors' amendments, as heard by a time."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache, cached_property, wraps
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from tests.support.meaning.dates import publication
from timeline.domain import events
from timeline.domain.codec import decode_event, encode_event
from timeline.domain.errors import TimelineError
from timeline.domain.events import Amendment, Correction, Event, Retraction
from timeline.domain.record import Record

SOURCE_REASONS = ("source_revision", "restatement", "late_report", "withdrawn")
"""Amendments by the source; the other reasons are what editors know."""

EDITORIAL = (events.SameAs, events.ActorProfile, events.TimelineProfile)
"""What editors know is no publication and applies from the start."""


T = TypeVar("T")


def once_a_log(function: Callable[["Log"], T]) -> Callable[["Log"], T]:
    """Compute what follows from a log once: it never changes, and the long tests ask for the same often."""

    @wraps(function)
    def computed(log: "Log") -> T:
        if function not in log.results:
            log.results[function] = function(log)
        result: T = log.results[function]
        return result

    return computed


class Word(NamedTuple):
    """What was said at a time: an event as its source put it then."""

    time: datetime
    """Published, else recorded."""
    position: int
    published: datetime | None
    event: Event
    record: Record
    """The record of the event itself, whichever amendment set the word."""
    recorded_at: datetime
    """When the word was recorded."""
    first_published: datetime | None
    """When the event was first published, else the word, which gives the event its place in time."""

    @property
    def order(self) -> tuple[datetime, int]:
        """Words are ordered by (published, else recorded; then position)."""
        return (self.time, self.position)


class Log:
    """The records up to a position, as the world had heard them by a time; everything is computed anew."""

    def __init__(
        self, records: Iterable[Record], published_by: datetime | None = None, at: int | None = None
    ) -> None:
        """Take the records up to position `at`, all if None; what was said by `published_by`, all if None."""
        self.records = sorted(
            (record for record in records if at is None or record.position <= at), key=lambda r: r.position
        )
        self.published_by = published_by
        self._by_id = {record.event.id: record for record in self.records}
        self._by_target: dict[UUID, list[Record]] = {}
        for record in self.records:
            if isinstance(record.event, Amendment):
                self._by_target.setdefault(record.event.target, []).append(record)
        self.event_at = cache(self._event_at)
        self.words = cache(self._words)
        self.stands = cache(self._stands)
        self.results: dict[object, Any] = {}

    @cached_property
    def unhidden(self) -> "Log":
        """The same records, with all that was said, whenever."""
        return self if self.published_by is None else Log(self.records)

    def record(self, event_id: UUID) -> Record | None:
        """The record of an event, if it is in the log."""
        return self._by_id.get(event_id)

    def roots(self) -> list[Record]:
        """The records that amend nothing."""
        return [record for record in self.records if not isinstance(record.event, Amendment)]

    def _stands(self, event_id: UUID) -> bool:
        """Whether no standing retraction that the world had heard aims at it."""
        return not any(
            isinstance(record.event, Retraction) and self.is_public(record) and self.stands(record.event.id)
            for record in self.amendments(event_id)
        )

    def amendments(self, event_id: UUID) -> list[Record]:
        """The corrections and retractions that aim at an event."""
        return self._by_target.get(event_id, [])

    def is_editors(self, record: Record) -> bool:
        """Whether it is what editors know, not a publication.

        `same_as`, profiles, corrections by `transcription`, `reclassification`, `duplicate`, retractions as
        `duplicate`, `erroneous`, `unverifiable`, and amendments of these. An explicit `published_at` makes
        any of them a publication. Choice: the amendment as it was recorded decides, not what became of it
        by amendments of its own.
        """
        event = record.event
        if event.published_at is not None:
            return False
        if not isinstance(event, Amendment):
            return isinstance(event, EDITORIAL)
        target = self._by_id.get(event.target)
        of_editors = target is not None and self.is_editors(target)
        return of_editors or event.reason not in SOURCE_REASONS

    def plain(self, record: Record) -> Event:
        """An event with all that its standing amendments changed, whoever had heard of it."""
        return self.event_at(record.event.id, None) if record.event.id in self._by_id else record.event

    def is_public(self, record: Record) -> bool:
        """Whether it applies by the time: editors' knowledge from the start, words when published."""
        if self.published_by is None or self.is_editors(record):
            return True
        instant = publication_of(self.plain(record), record)
        return instant is not None and instant <= self.published_by

    def last_word(self, event_id: UUID) -> Word | None:
        """What an event says: the last of its words; None where it does not stand or nothing was heard."""
        words = self.words(event_id) if self.stands(event_id) else []
        return words[-1] if words else None

    def is_unknown(self, event_id: UUID) -> bool:
        """Whether a standing event is hidden only because no publication of it is known."""
        every = self.unhidden.words(event_id)
        hidden = self.stands(event_id) and not self.words(event_id)
        return hidden and any(word.published is None for word in every)

    def _words(self, event_id: UUID) -> Sequence[Word]:
        """The words that one event's sources said, in their order, as far as they were heard.

        A correction by the source is a word of its own, said when it was published: corrections of one event
        apply in the order of words, and what one set was said then. Choice: a correction is never said
        before the publication of what it corrects, as far as that is known; without a publication of its
        own it is not said before what it corrects was recorded.
        """
        record = self._by_id[event_id]
        root = self.event_at(event_id, frozenset())
        first = _word(root, publication(root, record.recorded_at), record, record)
        words = [first]
        seen: frozenset[UUID] = frozenset()
        for published, mark in self._marks(event_id):
            seen |= {mark.event.id}
            word = _word(self.event_at(event_id, seen), published, mark, record)
            place = first.published or word.published
            is_dated = published is not None and first.published is None
            time = word.time if is_dated else max(word.time, first.time)
            words.append(word._replace(time=time, first_published=place))
        if self.published_by is None or self.is_editors(record):
            return words
        limit = self.published_by
        return [word for word in words if word.published is not None and word.published <= limit]

    def _marks(self, event_id: UUID) -> list[tuple[datetime | None, Record]]:
        """The source's standing corrections of an event, and of these corrections, in the order of words.

        Those not yet heard, or whose publication is unknown, are no part of what had been said by the time.
        """
        marks = []
        for record in self._corrections(event_id):
            if not self.is_editors(record) and self.is_public(record):
                marks.append((publication_of(self.plain(record), record), record))
            marks += self._marks(record.event.id)
        return sorted(marks, key=lambda mark: (mark[0] or mark[1].recorded_at, mark[1].position))

    def _corrections(self, event_id: UUID) -> list[Record]:
        return [
            record
            for record in self.amendments(event_id)
            if isinstance(record.event, Correction) and self.stands(record.event.id)
        ]

    def _event_at(self, event_id: UUID, seen: frozenset[UUID] | None) -> Event:
        """The event after its source's corrections that are `seen` (all if None), and their mendings.

        An editor's correction mends, field by field, the word that stood when it was recorded: where that
        word is hidden, so is its mending. A field is a member of the event (a figure is one field).
        """
        corrections = self._corrections(event_id)
        ordered = self._ordered_sources(event_id)
        mendings = [
            (self._mended_words(event_id, record), record)
            for record in corrections
            if self.is_editors(record)
        ]
        event = self._by_id[event_id].event
        for word in (None, *ordered):
            if word is not None:
                marks = {word, *(mark.event.id for _, mark in self._marks(word))}
                if seen is not None and not marks & seen:
                    continue
                event = _patch(event, self.event_at(word, seen))
            setters = [word, *(mark.event.id for _, mark in (self._marks(word) if word else ()))]
            for setter in setters if seen is None else [s for s in setters if s in (None, word) or s in seen]:
                for targets, record in mendings:
                    fields = {field for field, target in targets.items() if target == setter}
                    event = _patch(event, self.event_at(record.event.id, None), fields)
        return event

    def _ordered_sources(self, event_id: UUID) -> list[UUID]:
        sources = [record for record in self._corrections(event_id) if not self.is_editors(record)]
        times = {
            record.event.id: publication_of(self.plain(record), record) or record.recorded_at
            for record in sources
        }
        return [record.event.id for record in sorted(sources, key=lambda r: (times[r.event.id], r.position))]

    def _mended_words(self, event_id: UUID, mending: Record) -> dict[str, UUID | None]:
        """For each field of a mending, the correction that had set it when the mending was recorded.

        None is the event as first reported.
        """
        before = Log(self.records, at=mending.position - 1)
        sources = before._ordered_sources(event_id)
        targets: dict[str, UUID | None] = {}
        for field in _changes(self.event_at(mending.event.id, None)):
            setters = [word for word in sources if field in _changes(before.event_at(word, None))]
            targets[field] = before._chained_setter(setters[-1], field) if setters else None
        return targets

    def _chained_setter(self, word: UUID, field: str) -> UUID:
        """The last of the source's corrections of a correction that set a field in it; else the first."""
        last = word
        for _, mark in self._marks(word):
            changes, record = _changes(self.event_at(mark.event.id, None)), mark
            while record.event.id != word:
                changes, record = changes.get("changes") or {}, self._by_id[record.event.target]
            if field in changes:
                last = mark.event.id
        return last


def _word(event: Event, published: datetime | None, amendment: Record, record: Record) -> Word:
    recorded_at = amendment.recorded_at
    time = published or recorded_at
    return Word(time, amendment.position, published, event, record, recorded_at, published)


def publication_of(event: Event, record: Record) -> datetime | None:
    """When an amendment was published: as any event, else the `published_at` that it sets in its target."""
    own = publication(event, record.recorded_at)
    changed = _changes(event).get("published_at")
    if own is None and isinstance(changed, str):
        return msgspec.convert(changed, datetime)
    return own


def _changes(event: Event) -> dict[str, Any]:
    return event.changes if isinstance(event, Correction) else {}


def _patch(event: Event, correction: Event, fields: set[str] | None = None) -> Event:
    """The event with the changes of a correction, those of some fields only.

    Choice: a change after which, in its place in the order of words, the event would not be valid changes
    nothing.
    """
    changes = {
        name: value for name, value in _changes(correction).items() if fields is None or name in fields
    }
    content = _merge(msgspec.json.decode(encode_event(event)), changes)
    try:
        return decode_event(msgspec.json.encode(content))
    except TimelineError:
        return event


def _merge(target: Any, patch: Any) -> Any:
    """A JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merge(merged.get(name), value)
    return merged
