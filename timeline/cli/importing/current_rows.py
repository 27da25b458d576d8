"""What stands of a data set in a timeline, at one position, as the service tells."""

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from msgspec import Raw, Struct

from timeline.cli.client import Client, Refused, timeline_address
from timeline.domain.codec import encode_event
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import DEVELOPMENT_TYPES, EVENT_TYPES, Amendment, Event, Retraction
from timeline.domain.record import Record, decode_record
from timeline.formats.editions import CurrentRow

PAGE_ENTRIES = 500
STATUSES = ("reported", "confirmed", "denied", "contested", "retracted", "merged")
WITHDRAWN = "withdrawn"
OTHER_TYPES = tuple(sorted(EVENT_TYPES.keys() - DEVELOPMENT_TYPES))
"""What the timeline view does not show: profiles, resets, and what amends."""


class _Amendment(Struct):
    type: str
    reason: str


class _Entry(Struct):
    id: UUID
    status: str
    event: Raw
    amendments: tuple[_Amendment, ...] = ()


class _Entries(Struct):
    position: int
    entries: list[_Entry]
    next: str | None


class _Log(Struct):
    records: list[Raw]
    next: str | None


class CurrentRows(NamedTuple):
    """What stands by event id, and the position at which it does."""

    position: int
    standing: dict[UUID, CurrentRow]


def read_current_rows(
    client: Client, timeline: str, data_set: str, *, may_be_new: bool = False
) -> CurrentRows:
    """All events of a data set as they stand: its developments from the view, the others from the log.

    A timeline that is not there yet holds nothing, where it may be new.
    """
    parameters = {"tag": data_set, "limit": PAGE_ENTRIES, "status": STATUSES, "order": "asc"}
    try:
        pages = client.pages(_Entries, timeline_address(timeline), parameters)
        first = next(pages)
    except Refused as refusal:
        if may_be_new and refusal.problem.get("status") == 404:
            return CurrentRows(0, {})
        raise
    standing = dict(map(_of_entry, first.entries))
    for page in pages:
        standing.update(map(_of_entry, page.entries))
    standing.update(_others(client, timeline, data_set, first.position))
    return CurrentRows(first.position, standing)


def _of_entry(entry: _Entry) -> tuple[UUID, CurrentRow]:
    retracted = entry.status == "retracted"
    reasons = (one.reason for one in entry.amendments if one.type == "retraction")
    set_aside = any(reason != WITHDRAWN for reason in reasons)
    return entry.id, CurrentRow(bytes(entry.event), len(entry.amendments), retracted, set_aside)


def _others(client: Client, timeline: str, data_set: str, at: int) -> Iterator[tuple[UUID, CurrentRow]]:
    graph = EventGraph()
    own: list[UUID] = []
    for record in _records(client, timeline, at):
        event = record.event
        if isinstance(event, Amendment):
            if graph.record(event.target):
                graph.add(record)
        elif data_set in event.tags:
            graph.add(record)
            own.append(event.id)
    snapshot = graph.at(at)
    for known in own:
        amendments = [event for _, event in snapshot.amendments(known)]
        yield known, _of_event(snapshot.content(known), amendments)


def _of_event(event: Event, amendments: list[Event]) -> CurrentRow:
    retractions = [one for one in amendments if isinstance(one, Retraction)]
    set_aside = any(one.reason != WITHDRAWN for one in retractions)
    return CurrentRow(encode_event(event), len(amendments), bool(retractions), set_aside)


def _records(client: Client, timeline: str, at: int) -> Iterator[Record]:
    """The records up to a position that the view does not show, in their order."""
    parameters = {"limit": PAGE_ENTRIES, "type": OTHER_TYPES}
    for page in client.pages(_Log, timeline_address(timeline, "events"), parameters):
        for text in page.records:
            record = decode_record(bytes(text))
            if record.position > at:
                return
            yield record
