"""What the writers of entries and claims are given: documents as the views make them of events."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from tests.support.sequences import event_sequences, record_of
from tests.support.strategies import texts
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Development, Event
from timeline.domain.validation import validate
from timeline.formats.writers import ClaimPage, DocumentHead, EntryPage
from timeline.views.projection.entries import development_rows

BASE = "https://timeline.example"
HEAD = DocumentHead(
    timeline="kursk-2024",
    position=9,
    recorded_at=datetime(2025, 1, 1, 12, 30, tzinfo=UTC),
    base=BASE,
    url=f"{BASE}/v1/timelines/kursk-2024?at=9&format=x",
    address=f"{BASE}/v1/timelines/kursk-2024?format=x",
)
NAMES = {"russia": "Russia; the = state", "nis": "=NIS()", "troops": "Troops, “all” of <them>"}

_addresses = texts.map(lambda text: f"https://example.org/{text}")
heads = st.builds(
    lambda **given: DocumentHead(timeline="kursk-2024", position=9, recorded_at=HEAD.recorded_at, **given),
    base=st.just(BASE),
    url=_addresses,
    address=_addresses,
    whole=st.none() | _addresses,
    next=st.none() | _addresses,
    title=st.none() | texts,
    description=st.none() | texts,
    language=st.none() | st.just("en-GB"),
)
"""Anything that a document may be about."""

sequences = event_sequences(max_size=6)
"""Any events that one timeline may hold."""


def page_of(events: Iterable[Event], names: dict[str, str] | None = None) -> EntryPage:
    """The entries that a timeline of these events shows, in the order of their reports."""
    return EntryPage([one.entry.document.encode() for one in _shown(events) if one.entry], names or NAMES)


def claims_of(events: Iterable[Event], names: dict[str, str] | None = None) -> ClaimPage:
    """The claims that a timeline of these events holds."""
    claims = [one.claim for one in _shown(events) if one.claim]
    return ClaimPage([(claim.series, claim.document.encode()) for claim in claims], names or NAMES)


def written(writer: Any, write: str, *pages: Any, head: DocumentHead = HEAD) -> bytes:
    """The document that a writer makes of pages, an empty one among them."""
    page = getattr(writer, write)
    empty = [type(pages[0])([], {})] if pages else []
    return b"".join([writer.begin(head), *map(page, [*pages, *empty]), writer.end()])


def a_page_each(page: EntryPage) -> Sequence[EntryPage]:
    """The same entries, a page each."""
    return [EntryPage([document], page.names) for document in page.documents]


def _shown(events: Iterable[Event]) -> list[Any]:
    graph = EventGraph()
    taken = list(events)
    for position, event in enumerate(taken, 1):
        validate(graph, record_of(event, position))
    return [
        development_rows(graph.at(len(taken)).development(event.id))
        for event in taken
        if isinstance(event, Development)
    ]
