"""Incident counts: what standing claims say of single incidents, in rows that can be summed.

A claim with the basis `incident` has a row as long as its incident stands. When and where it was is what the
report that leads the incident's group says; who acted or suffered there is what all reports of the group say.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import NamedTuple

from timeline.domain.claims import Claim
from timeline.domain.components import Place
from timeline.domain.dating import place_in_time, publication
from timeline.domain.event_graph import Incident
from timeline.domain.events import Development, Event
from timeline.domain.figure import Figure
from timeline.domain.record import Record
from timeline.views.projection.rows import IncidentCountRow

_SPEAKER_FIELDS = frozenset({"claimant", "speaker"})
"""Fields that name who speaks of an incident, not who acts or suffers in it."""

_NO_PLACE = Place()


class _Numbers(NamedTuple):
    low: int
    best: int | None
    high: int | None


def incident_count_row(
    record: Record, event: Development, claim: Claim, incident: Incident
) -> IncidentCountRow:
    """The row of a standing claim that counts an incident."""
    leader, recorded_at = incident.reports[0], incident.record.recorded_at
    numbers, place = _numbers(claim.figure), leader.place or _NO_PLACE
    _, _, subject, category, *_ = claim.series.split(".")
    return IncidentCountRow(
        source=event.id,
        incident=leader.id,
        measure=incident.measure,
        subject=subject,
        category=category,
        claimant=claim.claimant,
        as_of=datetime.combine(claim.days.last, time(), tzinfo=UTC),
        position=record.position,
        low=numbers.low,
        best=numbers.best,
        high=numbers.high,
        shared=incident.is_shared,
        starts=place_in_time(leader, publication(leader, recorded_at), recorded_at).instant,
        country=place.country,
        admin1=place.admin1,
        place=place.name,
        actors=_actors(incident.reports),
        tags=list(event.tags),
    )


def _numbers(figure: Figure) -> _Numbers:
    """The source's own bounds where it names them, even out of order; else those that its words set."""
    low, high = figure.low, figure.high
    if low is None or high is None:
        bounds = figure.bounds
        if bounds is not None:
            low, high = bounds.low if low is None else low, bounds.high if high is None else high
    return _Numbers(low or 0, figure.point, high)


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
