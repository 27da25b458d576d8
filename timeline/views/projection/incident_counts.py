"""Incident counts: what standing claims say of single incidents, in rows that can be summed.

A claim with the basis `incident` has a row while it stands, also when all reports of its incident are
retracted. When and where it was, and who acted or suffered there, is what all reports and counts of the
incident say.
"""

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from timeline.domain.claims import Claim, incident_measure
from timeline.domain.dating import Dating
from timeline.domain.incidents import Incident
from timeline.domain.publicity import Publicity
from timeline.domain.search_text import fold_name
from timeline.views.projection.rows import IncidentCountRow


def incident_count_row(
    source: UUID, claim: Claim, incident: Incident, publicity: Publicity
) -> IncidentCountRow:
    """The row of a standing claim that counts an incident; `source` is the event that makes it."""
    _, _, subject, category, *_ = claim.series.split(".")
    measure = incident_measure(claim.word.event) or ""
    figure, bounds, dating = claim.figure, claim.figure.published_bounds, incident.dating
    places, levels = incident.places, incident.place
    return IncidentCountRow(
        source=source,
        incident=incident.leader,
        measure=measure,
        subject=subject,
        category=category,
        unit=claim.unit,
        claimant=claim.claimant,
        earliest=claim.days.first,
        latest=claim.days.last,
        said_at=claim.word.said_at,
        position=claim.word.position,
        low=None if bounds is None else bounds.low,
        best=None if bounds is None else figure.best_estimate,
        high=None if bounds is None else bounds.high,
        none_reported=figure.qualifier == "none_reported",
        disordered=figure.disordered,
        shared=incident.claims.get(measure, 0) > 1,
        retracted=incident.is_retracted,
        undated=dating.dated_by == "recorded",
        first_day=dating.days.first,
        last_day=dating.days.last,
        year=time_line(dating, "year"),
        month=time_line(dating, "month"),
        country=levels.country,
        admin1=levels.admin1,
        place=levels.name,
        countries=_distinct([place.country for place in places]),
        places=_distinct(
            [fold_name(name) for place in places for name in (place.name, place.admin1) if name]
        ),
        actors=list(incident.actors),
        tags=list(incident.tags),
        public_from=publicity.public_from,
        settled_at=publicity.settled_at,
        publication_unknown=publicity.has_unknown,
    )


def time_line(dating: Dating, by: Literal["year", "month"]) -> str:
    """The line on which an incident stands in totals by year or month.

    What is dated by its recording alone is `undated`, a line of its own. What spans several months, by its
    precision or as an interval, stands on the line of its year, or `several_years`.
    """
    if dating.dated_by == "recorded":
        return "undated"
    first, last = dating.days
    if first.year != last.year:
        return "several_years"
    if by == "year" or first.month != last.month:
        return f"{first.year:04}"
    return f"{first.year:04}-{first.month:02}"


def _distinct(values: Iterable[str | None]) -> list[str]:
    distinct = dict.fromkeys(values)
    return [value for value in distinct if value]
