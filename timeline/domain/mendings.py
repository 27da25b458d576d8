"""Mendings: which word of an event an editor's correction mended (meaning, section 2).

It mended, field by field, the word that stood when it was recorded: that of the correction by the source
which had last set the field. Where the source had corrected that correction, and set the field by it, that of
the later one.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from timeline.domain.events import Correction, Event, Retraction
from timeline.domain.record import Record


class SpokenEvents(Protocol):
    """What events say at a position, and what was recorded of them by then."""

    def record_of(self, event_id: UUID) -> Record:
        """The record of an event that is recorded."""

    def content(self, event_id: UUID) -> Event:
        """An event with all its standing corrections."""

    def is_editorial(self, record: Record) -> bool:
        """Whether a record says what editors know."""

    def publication_of(self, record: Record) -> datetime | None:
        """When an amendment was published; None where that is unknown."""

    def recorded_amendments(self, event_id: UUID) -> list[Record]:
        """The records that amend an event, whether they stand or not, by position."""

    def standing_corrections(self, event_id: UUID) -> list[Record]:
        """The corrections of an event that stand, by position."""

    def in_order_of_words(self, corrections: Sequence[Record]) -> list[Record]:
        """Those of them that are the source's, in the order of words."""

    def source_corrections(self, event_id: UUID) -> list[tuple[datetime | None, Record]]:
        """The source's corrections of an event, and of its corrections, in the order of words."""

    def at(self, position: int) -> "SpokenEvents":
        """The same at another position."""


def setters_by_position(
    events: SpokenEvents, event_id: UUID, mendings: Sequence[Record]
) -> Mapping[int, Mapping[str, UUID]]:
    """Which correction had last set each field that a mending changes, before it; by its position.

    Fields that none had set are left out.
    """
    corrections = events.recorded_amendments(event_id)
    if any(
        isinstance(record.event, Retraction) or events.recorded_amendments(record.event.id)
        for record in corrections
    ):
        return {record.position: _setters(events.at(record.position - 1), event_id) for record in mendings}
    setters: dict[str, tuple[tuple[datetime, int], UUID]] = {}
    by_position: dict[int, Mapping[str, UUID]] = {}
    for record in corrections:  # none of which was amended: what they said then they say now
        changes = changes_of(record.event)
        if events.is_editorial(record):
            by_position[record.position] = {field: setters[field][1] for field in changes if field in setters}
            continue
        order = (events.publication_of(record) or record.recorded_at, record.position)
        for field in changes:
            if field not in setters or setters[field][0] < order:
                setters[field] = (order, record.event.id)
    return by_position


def _setters(before: SpokenEvents, event_id: UUID) -> dict[str, UUID]:
    """The correction that had last set each field; without those that none had set."""
    setters: dict[str, UUID] = {}
    for word in before.in_order_of_words(before.standing_corrections(event_id)):
        setters |= dict.fromkeys(changes_of(before.content(word.event.id)), word.event.id)
        for _, later in before.source_corrections(word.event.id):
            fields = _fields_set(before, later, event_id)
            setters |= {field: later.event.id for field in fields if field in setters}
    return setters


def _fields_set(events: SpokenEvents, correction: Record, event_id: UUID) -> Iterable[str]:
    """The fields of an event that a correction sets, of the event or of a correction of it."""
    changes, event = changes_of(events.content(correction.event.id)), correction.event
    while isinstance(event, Correction) and event.target != event_id:
        event, changes = events.record_of(event.target).event, changes.get("changes") or {}
    return changes


def changes_of(event: Event) -> dict[str, Any]:
    """What a correction changes; nothing of any other event."""
    return event.changes if isinstance(event, Correction) else {}
