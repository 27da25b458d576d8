"""Incident counts: what standing claims say of single incidents, in rows that can be summed.

A claim with the basis `incident` has a row while it stands, also when all reports of its incident are
retracted. When and where it was, and who acted or suffered there, is what all reports and counts of the
incident say.
"""

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
    _, _, subject, category, _ = claim.series.split(".", 4)
    measure = incident_measure(claim.word.event) or ""
    figure, bounds, dating = claim.figure, claim.figure.published_bounds, incident.dating
    places, levels, (year, month) = incident.places, incident.place, time_lines(dating)
    # by position, which takes half the time: in the order of the fields
    return IncidentCountRow(
        source,
        incident.leader,
        measure,
        subject,
        category,
        claim.unit,
        claim.claimant,
        claim.days.first,
        claim.days.last,
        claim.word.said_at,
        claim.word.position,
        None if bounds is None else bounds.low,
        None if bounds is None else figure.best_estimate,
        None if bounds is None else bounds.high,
        figure.qualifier == "none_reported",
        figure.disordered,
        incident.claims.get(measure, 0) > 1,
        incident.is_retracted,
        dating.dated_by == "recorded",
        dating.days.first,
        dating.days.last,
        year,
        month,
        levels.country,
        levels.admin1,
        levels.name,
        _each_once([place.country for place in places if place.country]),
        _each_once([fold_name(name) for place in places for name in (place.name, place.admin1) if name]),
        list(incident.actors),
        list(incident.tags),
        publicity.public_from,
        publicity.settled_at,
        publicity.has_unknown,
    )


def time_lines(dating: Dating) -> tuple[str, str]:
    """The lines on which an incident stands in totals by year, and by month.

    What is dated by its recording alone is `undated`, a line of its own. What spans several months, by its
    precision or as an interval, stands on the line of its year, or `several_years`.
    """
    if dating.dated_by == "recorded":
        return "undated", "undated"
    first, last = dating.days
    if first.year != last.year:
        return "several_years", "several_years"
    month = first.isoformat()[:7]
    year = month[:4]
    return year, month if first.month == last.month else year


def _each_once(values: list[str]) -> list[str]:
    return values if len(values) < 2 else [*dict.fromkeys(values)]
