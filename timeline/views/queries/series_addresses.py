"""Addresses of series: that of an incident's count names a report of the incident, whichever leads it.

The scope of such a series is the report that leads the incident. When another comes to lead it, the counts
move to the address of that one, and every old address leads to it. An audit is that of the report which leads
now, wherever its counts stood before.
"""

from collections.abc import Generator, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Amendment, Correction, Development, SameAs
from timeline.domain.record import Record
from timeline.domain.snapshot import Snapshot
from timeline.log.reader import Moment
from timeline.log.related_events import load_related
from timeline.postgres import Connection
from timeline.turns import at_once, in_turns

_LEADING_FIELDS = frozenset({"incident", "published_at"})
"""Fields of a report by which another may come to lead its incident."""

_PARTS = 6
"""Of an address that ends in a scope."""


class AddressSpan(NamedTuple):
    """The address under which the counts stand over [from_position, to_position)."""

    from_position: int
    to_position: int | None
    series: str

    def overlap(self, first: int, end: int | None) -> tuple[int, int | None] | None:
        """The part of [first, end) that lies in the span, or None."""
        ends = [position for position in (self.to_position, end) if position is not None]
        begin, end = max(self.from_position, first), min(ends, default=None)
        return None if end is not None and begin >= end else (begin, end)


async def address_history(
    connection: Connection, moment: Moment, series: str, published_by: datetime | None = None
) -> list[AddressSpan]:
    """Where the counts stood of the series that an address leads to; the last address is in force.

    Raises:
        RuleBroken: more records are related to the incident than the limit allows.
    """
    report = incident_report(series)
    if report is None:
        return [AddressSpan(0, None, series)]
    records = await load_related(connection, moment.timeline, moment.position, [report])
    return await in_turns(finding_addresses(EventGraph(records), records, series, published_by))


def addresses_in(
    graph: EventGraph, records: Sequence[Record], series: str, published_by: datetime | None = None
) -> list[AddressSpan]:
    """The same, by the records that bear on the incident in their order, and a graph that holds them."""
    return at_once(finding_addresses(graph, records, series, published_by))


def finding_addresses(
    graph: EventGraph, records: Sequence[Record], series: str, published_by: datetime | None = None
) -> Generator[None, None, list[AddressSpan]]:
    """The same; yields between its steps, each of which looks at all that is of the incident."""
    report = incident_report(series)
    if report is None:
        return [AddressSpan(0, None, series)]
    prefix = series.removesuffix(str(report))
    leader = incident_leader(graph.at(records[-1].position, published_by), report) if records else report
    leaders: list[tuple[int, UUID]] = []
    moved = _moved_reports(graph, records)
    snapshot = graph.at(0, published_by)
    for record in records:
        if published_by is not None:
            snapshot = snapshot.followed_by(record)
        if record.event.id == leader or _may_lead_elsewhere(graph, snapshot, record, moved):
            at = graph.at(record.position) if published_by is None else snapshot
            leaders.append((record.position, incident_leader(at, leader)))
        yield
    return [*_spans(prefix, leader, leaders)]


def incident_report(series: str) -> UUID | None:
    """The report that the address of an incident's count names; None where it is no such address."""
    parts = series.split(".")
    if len(parts) != _PARTS or parts[4] != "incident":
        return None
    try:
        report = UUID(parts[5])
    except ValueError:
        return None
    return report if str(report) == parts[5] else None


def incident_leader(snapshot: Snapshot, report: UUID) -> UUID:
    """The report that leads the incident to which a report or count belongs; itself, if it is neither."""
    record = snapshot.record(report)
    if record is None or not isinstance(record.event, Development):
        return report
    incident = snapshot.incident(report)
    return incident.leader if incident else snapshot.leader(report)


def _may_lead_elsewhere(
    graph: EventGraph, snapshot: Snapshot, record: Record, moved: AbstractSet[UUID]
) -> bool:
    """Whether another report may lead with a record: by what is one, what is counted, what stands or is told.

    A correction of anything else of a report, of which the world knew something, leaves the leader.
    """
    event = record.event
    if not isinstance(event, Correction):
        return isinstance(event, Amendment | SameAs)
    target = graph.record(event.target)
    if target is None or not isinstance(target.event, Development) or event.target in moved:
        return True
    by, published_at = snapshot.published_by, target.event.published_at
    is_told = by is None or (published_at is not None and published_at <= by)
    return not is_told and not snapshot.is_untold(record)


def _moved_reports(graph: EventGraph, records: Sequence[Record]) -> AbstractSet[UUID]:
    """The events of which some correction may change what they count, or when they were published."""
    corrections = [record.event for record in records if isinstance(record.event, Correction)]
    return {
        event.target
        for event in corrections
        if not _LEADING_FIELDS.isdisjoint(event.changes) or graph.amendments_of(event.id)
    }


def _spans(prefix: str, report: UUID, leaders: list[tuple[int, UUID]]) -> Iterator[AddressSpan]:
    begin, leader = 0, report
    for position, new in leaders:
        if new != leader:
            yield AddressSpan(begin, position, f"{prefix}{leader}")
            begin, leader = position, new
    yield AddressSpan(begin, None, f"{prefix}{leader}")
