"""Incidents: which reports and counts are of one incident, so that it is counted once.

A count names the incident that it counts. Reports of a count may themselves be one with others, or have
counts of their own: all of them belong to the incident at the end of that chain.
"""

from collections.abc import Iterable
from typing import cast
from uuid import UUID

from timeline.domain.claims import incident_measure
from timeline.domain.event_graph import Snapshot
from timeline.domain.events import CountReport, Development, Event, SameAs


def counted_development(event: Event | None) -> UUID | None:
    """The development whose count an event reports; None where it counts none, or its own incident."""
    return event.incident if isinstance(event, CountReport) else None


def incident_reports(snapshot: Snapshot, incident: UUID) -> list[Development]:
    """The standing reports of the incident that a development belongs to, the leading one first."""
    visited: set[UUID] = set()
    while True:
        group = snapshot.group(incident)
        reports = [event for member in group if (event := snapshot.standing(member))]
        visited.update(group)
        counted = filter(None, map(counted_development, reports))
        beyond = next((development for development in counted if development not in visited), None)
        if beyond is None:
            return cast("list[Development]", reports)
        incident = beyond


def may_share_incident(snapshot: Snapshot, leader: Development, measure: str) -> bool:
    """Whether another claim may be on the same incident and measure; where in doubt, it may."""
    if counted_development(leader) or _is_linked(snapshot, leader.id):
        return True
    counts = _counts(snapshot, leader.id, measure)
    if len(counts) + (incident_measure(leader) == measure) > 1:
        return True
    return any(
        isinstance(event, CountReport | SameAs)
        for _, count in snapshot.mentions(leader.id)
        if isinstance(count, CountReport)
        for _, event in snapshot.mentions(count.id)
    )


def connected_developments(snapshot: Snapshot, developments: Iterable[UUID]) -> set[UUID]:
    """These, and all whose counts may follow from what they are.

    That is what is one with them, counts of them and what they are counts of, however far it goes: a count at
    one end of such a chain shares its incident with those at the other. A report that is retracted still
    links, and may have counts, so the walk goes on through it.
    """
    frontier = list(developments)
    connected = set(frontier)
    while frontier:
        development = frontier.pop()
        near = snapshot.linked(development)
        near.update(event.id for _, event in snapshot.mentions(development) if isinstance(event, CountReport))
        if counted := counted_development(snapshot.standing(development)):
            near.add(counted)
        frontier.extend(near - connected)
        connected |= near
    return connected


def developments_sharing_with(snapshot: Snapshot, count: CountReport) -> Iterable[UUID]:
    """The reports that may share their incident and measure since this count of it was reported."""
    incident = count.incident
    if incident is None:
        return ()
    if counted_development(snapshot.standing(incident)) or len(snapshot.linked(incident)) > 1:
        return connected_developments(snapshot, [incident])
    others = [
        other.id for other in _counts(snapshot, incident, incident_measure(count)) if other.id != count.id
    ]
    return others if len(others) == 1 else ()  # where they were several, they are marked already


def _counts(snapshot: Snapshot, incident: UUID, measure: str | None) -> list[CountReport]:
    return [
        event
        for _, event in snapshot.mentions(incident)
        if isinstance(event, CountReport) and incident_measure(event) == measure
    ]


def _is_linked(snapshot: Snapshot, development: UUID) -> bool:
    return any(isinstance(event, SameAs) for _, event in snapshot.mentions(development))
