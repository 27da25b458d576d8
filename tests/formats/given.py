"""What the writers of entries and claims are given: documents as the views make them of events."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from tests.support.sequences import event_sequences, record_of
from tests.support.strategies import texts
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Development, Event
from timeline.domain.validation import admit
from timeline.formats.writers import DocumentHead
from timeline.views.documents import Page, SeriesDocument
from timeline.views.projection.entries import shown_at

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


def page_of(events: Iterable[Event], names: dict[str, str] | None = None) -> Page[bytes, Any]:
    """The entries that a timeline of these events shows, in the order of their reports."""
    return Page([one.entry.document.encode() for one in _shown(events) if one.entry], names or NAMES, None)


def claims_of(events: Iterable[Event], names: dict[str, str] | None = None) -> Page[SeriesDocument, Any]:
    """The claims that a timeline of these events holds."""
    claims = [one.claim for one in _shown(events) if one.claim]
    return Page(
        [SeriesDocument(claim.series, claim.document.encode()) for claim in claims], names or NAMES, None
    )


def written(writer: Any, write: str, *pages: Any, head: DocumentHead = HEAD) -> bytes:
    """The document that a writer makes of pages, an empty one among them."""
    page = getattr(writer, write)
    empty = [Page([], {}, None)] if pages else []
    return b"".join([writer.begin(head), *map(page, [*pages, *empty]), writer.end()])


def a_page_each(page: Page[bytes, Any]) -> Sequence[Page[bytes, Any]]:
    """The same entries, a page each."""
    return [Page([document], page.names, None) for document in page.documents]


def _shown(events: Iterable[Event]) -> list[Any]:
    docket = EventGraph()
    taken = list(events)
    for position, event in enumerate(taken, 1):
        admit(docket, record_of(event, position))
    return [shown_at(docket, event.id, len(taken)) for event in taken if isinstance(event, Development)]
