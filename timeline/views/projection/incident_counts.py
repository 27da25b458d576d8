"""Tolls: what standing claims say of single incidents, in rows that can be summed.

A claim with the basis `incident` has a row as long as its incident stands. When and where it was is what the
report that leads the incident's group says; who acted or suffered there is what all reports of the group say.

Reports of a count may themselves be said to be one with others, or have counts of their own. They all belong
to the incident at the end of that chain: what is one incident is counted as one.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast
from uuid import UUID

from timeline.domain.claims import Claim, incident_of, span_of
from timeline.domain.components import Place
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import (
    Capture,
    CasualtyEstimate,
    CountReport,
    Development,
    Engagement,
    EquipmentLoss,
    Event,
    SameAs,
)
from timeline.domain.figure import Figure
from timeline.domain.record import Record
from timeline.views.projection.rows import IncidentCountRow

_BYSTANDERS = frozenset({"claimant", "speaker"})
"""Fields that name who speaks of an incident, not who acts or suffers in it."""

_NOWHERE = Place()


class _Numbers(NamedTuple):
    low: int
    best: int | None
    high: int | None


class _Incident(NamedTuple):
    """What the figures are of: its standing reports, the leading one first, and the record of that one."""

    first: Record
    reports: Sequence[Development]
    is_shared: bool


def first_toll(
    docket: EventGraph, record: Record, event: Development, claim: Claim
) -> IncidentCountRow | None:
    """The row of a claim when it is reported.

    This is `toll_at` without the questions to which the answer is known: nothing bears on the report yet, so
    that it is the only one of the incident, where it is not a count of another.
    """
    if _whose_count(event) is not None:
        return toll_at(docket, record, event, claim, record.position)
    measure = measure_of(event)
    if measure is None:
        return None
    return _row(record, claim, measure, _Incident(record, [event], is_shared=False), event.tags)


def toll_at(
    docket: EventGraph, record: Record, event: Development, claim: Claim, at: int
) -> IncidentCountRow | None:
    """The row of a claim that stands at a position; None where it is no toll, or its incident is gone."""
    incident, measure = incident_of(event), measure_of(event)
    if incident is None or measure is None:
        return None
    reports = _reports(docket, incident, at)
    if not reports:
        return None
    leader = reports[0]
    first = record if leader.id == event.id else cast("Record", docket.get(leader.id))
    found = _Incident(first, reports, _is_shared(docket, leader, measure, at))
    return _row(record, claim, measure, found, event.tags)


def _row(
    record: Record, claim: Claim, measure: str, incident: _Incident, tags: Sequence[str]
) -> IncidentCountRow:
    leader = incident.reports[0]
    numbers, place = _numbers(claim.figure), leader.place or _NOWHERE
    _, _, subject, category, *_ = claim.series.split(".")
    return IncidentCountRow(
        source=record.event.id,
        incident=leader.id,
        measure=measure,
        subject=subject,
        category=category,
        claimant=claim.claimant,
        as_of=claim.as_of,
        position=record.position,
        low=numbers.low,
        best=numbers.best,
        high=numbers.high,
        shared=incident.is_shared,
        starts=span_of(leader, incident.first).start,
        country=place.country,
        admin1=place.admin1,
        place=place.name,
        actors=_acting(incident.reports),
        tags=list(tags),
    )


def measure_of(event: Event) -> str | None:
    """What a toll counts; None where the event reports none. Equipment is told from people by its prefix."""
    match event:
        case CasualtyEstimate(basis="incident"):
            return event.measure
        case EquipmentLoss(basis="incident"):
            return f"equipment_{event.outcome or 'lost'}"
        case Capture(count=Figure()):
            return "captured"
        case Engagement(killed=Figure()):
            return "killed"
    return None


def related(docket: EventGraph, developments: Iterable[UUID], at: int) -> set[UUID]:
    """These, and all whose tolls may follow from what they are.

    That is what is one with them, counts of them and what they are counts of, however far it goes: a count at
    one end of such a chain shares its incident with those at the other. A report that is retracted still
    links, and may have counts, so that it is no end.
    """
    left = list(developments)
    found = set(left)
    while left:
        one = left.pop()
        near = docket.linked(one, at)
        near.update(event.id for _, event in docket.speakers(one, at) if isinstance(event, CountReport))
        if counted := _whose_count(docket.standing(one, at)):
            near.add(counted)
        left.extend(near - found)
        found |= near
    return found


def not_alone_with(docket: EventGraph, count: CountReport, at: int) -> Iterable[UUID]:
    """The reports that may share their incident and measure since this count of it was reported."""
    incident = count.incident
    if incident is None:
        return ()
    if _whose_count(docket.standing(incident, at)) or len(docket.linked(incident, at)) > 1:
        return related(docket, [incident], at)
    counts = _counts(docket, incident, at, measure_of(count))
    others = [one.id for one in counts if one.id != count.id]
    return others if len(others) == 1 else ()  # where they were several, they are marked already


def _reports(docket: EventGraph, incident: UUID, at: int) -> list[Development]:
    """The standing reports of an incident, the leading one first."""
    passed: set[UUID] = set()
    while True:
        group = docket.group(incident, at)
        reports = [event for one in group if (event := docket.standing(one, at))]
        passed.update(group)
        beyond = next((one for one in map(_whose_count, reports) if one and one not in passed), None)
        if beyond is None:
            return cast("list[Development]", reports)
        incident = beyond


def _is_shared(docket: EventGraph, leader: Development, measure: str, at: int) -> bool:
    """Whether another claim may be on the same incident and measure; in doubt it is said that one is."""
    if _whose_count(leader) or _is_linked(docket, leader.id, at):
        return True
    counts = _counts(docket, leader.id, at, measure)
    if len(counts) + (measure_of(leader) == measure) > 1:
        return True
    return any(
        isinstance(event, CountReport | SameAs)
        for _, count in docket.speakers(leader.id, at)
        if isinstance(count, CountReport)
        for _, event in docket.speakers(count.id, at)
    )


def _counts(docket: EventGraph, incident: UUID, at: int, measure: str | None) -> list[CountReport]:
    return [
        event
        for _, event in docket.speakers(incident, at)
        if isinstance(event, CountReport) and measure_of(event) == measure
    ]


def _is_linked(docket: EventGraph, development: UUID, at: int) -> bool:
    return any(isinstance(event, SameAs) for _, event in docket.speakers(development, at))


def _whose_count(event: Event | None) -> UUID | None:
    return event.incident if isinstance(event, CountReport) else None


def _numbers(figure: Figure) -> _Numbers:
    """The source's own bounds where it names them, even out of order; else those that its words set."""
    low, high = figure.low, figure.high
    if low is None or high is None:
        bounds = figure.bounds
        low, high = bounds.low if low is None else low, bounds.high if high is None else high
    return _Numbers(low, figure.point, high)


def _acting(reports: Iterable[Event]) -> list[str]:
    """The actors that act or suffer in an incident, in the order in which its reports name them."""
    found: dict[str, None] = {}
    for event in reports:
        for field in event.roles:
            if field not in _BYSTANDERS:
                named = getattr(event, field)
                for actor in named if isinstance(named, tuple) else (named,):
                    if actor is not None:
                        found[actor] = None
    return list(found)
