"""Input for the writers of formats: pages of entries and claims, made of events as the views make them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import strategies as st

from tests.support.sequences import event_sequences, record_of
from tests.support.strategies import texts
from timeline.domain.codec import encode_event
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Development, Event
from timeline.domain.record import seal
from timeline.domain.validation import add_valid_record
from timeline.formats.timelinejs_writer import TimelineJs
from timeline.formats.writers import DocumentHead
from timeline.views.documents import Page, SeriesDocument
from timeline.views.projection.entries import development_rows

BASE = "https://timeline.example"
HEAD = DocumentHead(
    timeline="kursk-2024",
    position=9,
    rules=2,
    recorded_at=datetime(2025, 1, 1, 12, 30, tzinfo=UTC),
    base=BASE,
    url=f"{BASE}/v1/timelines/kursk-2024?at=9&rules=2&format=x",
    address=f"{BASE}/v1/timelines/kursk-2024?format=x",
)
TITLED_HEAD = msgspec.structs.replace(HEAD, title="Kursk")
NAMES = {"russia": "Russia; the = state", "nis": "=NIS()", "troops": "Troops, “all” of <them>"}

_addresses = texts.map(lambda text: f"https://example.org/{text}")
heads = st.builds(
    lambda **fields: msgspec.structs.replace(HEAD, **fields),
    base=st.just(BASE),
    url=_addresses,
    address=_addresses,
    whole=st.none() | _addresses,
    next=st.none() | _addresses,
    title=st.none() | texts,
    description=st.none() | texts,
    language=st.none() | st.just("en-GB"),
)
"""Any head of a document."""

sequences = event_sequences(max_size=6)
"""Any events that one timeline may hold."""


def page_of(events: Iterable[Event], names: Mapping[str, str] | None = None) -> Page[bytes, Any]:
    """The entries of a timeline of these events, in the order of their reports."""
    entries = [rows.entry.document for rows in _view_rows(events) if rows.entry]
    return Page(entries, names or NAMES, None)


def claims_of(events: Iterable[Event], names: Mapping[str, str] | None = None) -> Page[SeriesDocument, Any]:
    """The claims of a timeline of these events."""
    claims = [rows.claim for rows in _view_rows(events) if rows.claim]
    documents = [SeriesDocument(claim.series, claim.document) for claim in claims]
    return Page(documents, names or NAMES, None)


def single_entry_pages(page: Page[bytes, Any]) -> Sequence[Page[bytes, Any]]:
    """The entries of a page, each on a page of its own."""
    return [Page([document], page.names, None) for document in page.documents]


def write_document(writer: Any, method: str, *pages: Any, head: DocumentHead = HEAD) -> bytes:
    """The document that a writer makes of pages, followed by an empty one."""
    write_page = getattr(writer, method)
    empty = [Page([], {}, None)] if pages else []
    return b"".join([writer.begin(head), *map(write_page, [*pages, *empty]), writer.end()])


def as_timelinejs(
    events: Iterable[Event], head: DocumentHead = TITLED_HEAD, names: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The document for TimelineJS of a timeline of these events, written one entry per page."""
    page = page_of(events)._replace(names=names or {})
    document = write_document(TimelineJs(), "entries", *single_entry_pages(page), head=head)
    return msgspec.json.decode(document)


def sealed_record(event: Event, position: int) -> bytes:
    """A record as the log stores it."""
    record = record_of(event, position)
    return seal(record.timeline, position, record.recorded_at, record.recorded_by, encode_event(event))


def _view_rows(events: Iterable[Event]) -> list[Any]:
    graph = EventGraph()
    recorded = list(events)
    for position, event in enumerate(recorded, 1):
        add_valid_record(graph, record_of(event, position))
    return [
        development_rows(graph.at(len(recorded)).development(event.id))
        for event in recorded
        if isinstance(event, Development)
    ]
