"""Reads from the service what a timeline holds of a data set now, at one position."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from uuid import UUID

from msgspec import Raw, Struct

from timeline.cli.client import Client, Refused, timeline_address
from timeline.cli.options import literal_values
from timeline.domain.codec import encode_event
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import DEVELOPMENT_TYPES, EVENT_TYPES, Amendment, Retraction
from timeline.domain.record import Record, decode_record
from timeline.formats.editions import CurrentRow
from timeline.views.documents import Status

PAGE_ENTRIES = 500
STATUSES = literal_values(Status)
"""All statuses: without them the view leaves out what is retracted or merged."""

WITHDRAWN = "withdrawn"
"""The reason of a retraction that an import posts for a row which its data set has withdrawn."""

OTHER_TYPES = tuple(sorted(EVENT_TYPES.keys() - DEVELOPMENT_TYPES))
"""The types that the timeline view does not show: profiles, resets, and amendments."""


class _EntryAmendment(Struct):
    type: str
    reason: str


class _Entry(Struct):
    id: UUID
    status: str
    event: Raw
    amendments: tuple[_EntryAmendment, ...] = ()


class _EntriesPage(Struct):
    position: int
    entries: list[_Entry]
    next: str | None


class _RecordsPage(Struct):
    records: list[Raw]
    next: str | None


class CurrentRows(NamedTuple):
    """The rows of a data set by event id, as they are at a position of the log."""

    position: int
    rows: dict[UUID, CurrentRow]


def read_current_rows(
    client: Client, timeline: str, data_set: str, *, may_be_new: bool = False
) -> CurrentRows:
    """The current rows of a data set: its developments from the view, its other events from the log.

    Args:
        client: The service.
        timeline: The timeline's id.
        data_set: The tag that all its events have.
        may_be_new: Take a timeline that does not exist for an empty one.

    Raises:
        Refused: the service refuses to answer.
    """
    parameters = {"tag": data_set, "limit": PAGE_ENTRIES, "status": STATUSES, "order": "asc"}
    try:
        pages = client.pages(_EntriesPage, timeline_address(timeline), parameters)
        first = next(pages)
    except Refused as refusal:
        if may_be_new and refusal.problem.get("status") == 404:
            return CurrentRows(0, {})
        raise
    rows = dict(map(_development_row, first.entries))
    for page in pages:
        rows.update(map(_development_row, page.entries))
    rows.update(_other_rows(client, timeline, data_set, first.position))
    return CurrentRows(first.position, rows)


def _development_row(entry: _Entry) -> tuple[UUID, CurrentRow]:
    reasons = [amendment.reason for amendment in entry.amendments if amendment.type == "retraction"]
    content, retracted = bytes(entry.event), entry.status == "retracted"
    return entry.id, CurrentRow(content, len(entry.amendments), retracted, _is_set_aside(reasons))


def _other_rows(client: Client, timeline: str, data_set: str, at: int) -> Iterator[tuple[UUID, CurrentRow]]:
    """The data set's profiles and resets, each with the amendments up to a position applied."""
    graph = EventGraph()
    ids: list[UUID] = []
    for record in _other_records(client, timeline, at):
        event = record.event
        if isinstance(event, Amendment):
            if graph.record(event.target):
                graph.add(record)
        elif data_set in event.tags:
            graph.add(record)
            ids.append(event.id)
    snapshot = graph.at(at)
    for event_id in ids:
        amendments = [event for _, event in snapshot.amendments(event_id)]
        reasons = [event.reason for event in amendments if isinstance(event, Retraction)]
        content = encode_event(snapshot.corrected(event_id))
        yield event_id, CurrentRow(content, len(amendments), bool(reasons), _is_set_aside(reasons))


def _is_set_aside(reasons: Iterable[str]) -> bool:
    """Whether somebody retracted the row for another reason than that its data set withdrew it."""
    return any(reason != WITHDRAWN for reason in reasons)


def _other_records(client: Client, timeline: str, at: int) -> Iterator[Record]:
    """The records up to a position that the view does not show, in their order."""
    parameters = {"limit": PAGE_ENTRIES, "type": OTHER_TYPES}
    for page in client.pages(_RecordsPage, timeline_address(timeline, "events"), parameters):
        for text in page.records:
            record = decode_record(bytes(text))
            if record.position > at:
                return
            yield record
