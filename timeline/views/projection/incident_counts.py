"""Incident counts: what standing claims say of single incidents, in rows that can be summed.

A claim with the basis `incident` has a row as long as its incident stands. When and where it was is what the
report that leads the incident's group says; who acted or suffered there is what all reports of the group say.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast

from timeline.domain.claims import Claim, incident_measure, incident_of, occurred_span
from timeline.domain.components import Place
from timeline.domain.event_graph import Snapshot
from timeline.domain.events import Development, Event
from timeline.domain.figure import Figure
from timeline.domain.incidents import counted_development, incident_reports, may_share_incident
from timeline.domain.record import Record
from timeline.views.projection.rows import IncidentCountRow

_SPEAKER_FIELDS = frozenset({"claimant", "speaker"})
"""Fields that name who speaks of an incident, not who acts or suffers in it."""

_NO_PLACE = Place()


class _Incident(NamedTuple):
    """An incident: its standing reports, the leading one first, and the record of that one."""

    record: Record
    reports: Sequence[Development]
    may_be_shared: bool


class _Numbers(NamedTuple):
    low: int
    best: int | None
    high: int | None


def new_incident_count(
    snapshot: Snapshot, record: Record, event: Development, claim: Claim
) -> IncidentCountRow | None:
    """The row of a claim when it is reported.

    This is `incident_count` without the questions to which the answer is known: nothing bears on the report
    yet, so it is the only one of its incident, unless it counts another.
    """
    if counted_development(event) is not None:
        return incident_count(snapshot, record, event, claim)
    measure = incident_measure(event)
    if measure is None:
        return None
    return _row(record, claim, measure, _Incident(record, [event], may_be_shared=False), event.tags)


def incident_count(
    snapshot: Snapshot, record: Record, event: Development, claim: Claim
) -> IncidentCountRow | None:
    """The row of a standing claim; None where it does not count an incident, or its incident is gone."""
    incident, measure = incident_of(event), incident_measure(event)
    if incident is None or measure is None:
        return None
    reports = incident_reports(snapshot, incident)
    if not reports:
        return None
    leader = reports[0]
    leading = record if leader.id == event.id else cast("Record", snapshot.record(leader.id))
    may_be_shared = may_share_incident(snapshot, leader, measure)
    return _row(record, claim, measure, _Incident(leading, reports, may_be_shared), event.tags)


def _row(
    record: Record, claim: Claim, measure: str, incident: _Incident, tags: Sequence[str]
) -> IncidentCountRow:
    leader = incident.reports[0]
    numbers, place = _numbers(claim.figure), leader.place or _NO_PLACE
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
        shared=incident.may_be_shared,
        starts=occurred_span(leader, incident.record).start,
        country=place.country,
        admin1=place.admin1,
        place=place.name,
        actors=_actors(incident.reports),
        tags=list(tags),
    )


def _numbers(figure: Figure) -> _Numbers:
    """The source's own bounds where it names them, even out of order; else those that its words set."""
    low, high = figure.low, figure.high
    if low is None or high is None:
        bounds = figure.bounds
        low, high = bounds.low if low is None else low, bounds.high if high is None else high
    return _Numbers(low, figure.point, high)


def _actors(reports: Iterable[Event]) -> list[str]:
    """The actors that act or suffer in an incident, in the order in which its reports name them."""
    actors: dict[str, None] = {}
    for event in reports:
        for field in event.roles:
            if field not in _SPEAKER_FIELDS:
                value = getattr(event, field)
                for actor in value if isinstance(value, tuple) else (value,):
                    if actor is not None:
                        actors[actor] = None
    return list(actors)
