"""What the writers are given: entries as the views make them of events."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from tests.support.sequences import record_of
from timeline.domain.codec import encode_event
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Development, Event
from timeline.domain.record import seal
from timeline.domain.validation import admit
from timeline.formats.timelinejs_writer import TimelineJs
from timeline.formats.writers import DocumentHead
from timeline.views.documents import Page
from timeline.views.projection.entries import shown_at

HEAD = DocumentHead(
    timeline="kursk-2024",
    position=9,
    recorded_at=datetime(2025, 1, 1, tzinfo=UTC),
    base="https://timeline.example",
    url="https://timeline.example/v1/timelines/kursk-2024?at=9",
    address="https://timeline.example/v1/timelines/kursk-2024",
    title="Kursk",
)


def sealed(event: Event, position: int) -> bytes:
    """A record as the log keeps it."""
    record = record_of(event, position)
    return seal(record.timeline, position, record.recorded_at, record.recorded_by, encode_event(event))


def documents(events: Iterable[Event]) -> list[bytes]:
    """The entries that a timeline of these events shows, in the order of their reports."""
    docket = EventGraph()
    taken = list(events)
    for position, event in enumerate(taken, 1):
        admit(docket, record_of(event, position))
    shown = [shown_at(docket, e.id, len(taken)) for e in taken if isinstance(e, Development)]
    return [one.entry.document.encode() for one in shown if one.entry]


def as_timelinejs(
    events: Iterable[Event], head: DocumentHead = HEAD, names: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The document for TimelineJS of a timeline of these events, written an entry a page."""
    writer = TimelineJs()
    written = [writer.begin(head)]
    written += [writer.entries(Page([document], names or {}, None)) for document in documents(events)]
    written += [writer.entries(Page([], {}, None)), writer.end()]
    return msgspec.json.decode(b"".join(written))
