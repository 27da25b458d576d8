"""Claims: the figures that events carry, and the series that they belong to.

A series holds the claims about the same thing. Its id says what: `kind.measure.subject.category.basis`,
and `.scope` where the figure covers a part of the conflict or one incident.

| event             | kind       | measure                | subject     | category              | basis    |
|-------------------|------------|------------------------|-------------|-----------------------|----------|
| casualty_estimate | casualties | its measure            | its subject | status-sex-age, all   | its own  |
| equipment_loss    | equipment  | its outcome, or `lost` | its subject | the item              | its own  |
| deployment        | strength   | deployed               | the force   | whom it supports, all | stock    |
| capture           | casualties | captured               | captive_of  | all                   | incident |
| engagement        | casualties | killed                 | all         | all                   | incident |
"""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal, cast, get_args
from uuid import UUID

from msgspec import Struct

from timeline.domain.dating import Dating, claim_dating, count_days
from timeline.domain.edtf import Days
from timeline.domain.events import (
    EVENT_TYPES,
    Capture,
    CasualtyEstimate,
    CasualtyMeasure,
    CountReport,
    Deployment,
    Engagement,
    EquipmentLoss,
    EquipmentOutcome,
    Event,
)
from timeline.domain.figure import Figure
from timeline.domain.last_word import Word
from timeline.domain.search_text import fold_text


class Claim(Struct, frozen=True):
    """A figure by a claimant, for a date."""

    series: str
    claimant: str
    figure: Figure
    unit: str
    """In which it counts, folded, to be held against others; people or items where it names none."""
    dating: Dating
    """The date that is shown."""
    days: Days
    """The days by which claims are selected and put in order: for the count of an incident when it was said,
    if it has no `as_of`."""
    word: Word


def claim_of(word: Word, incident: UUID | None = None) -> Claim | None:
    """The claim that an event makes by its last word, or None.

    `incident` is the development that it counts, if it counts one.
    """
    event = word.event
    figure = figure_of(event)
    claimant = None if figure is None else getattr(event, "claimant", None)
    if figure is None or claimant is None:
        return None
    series = series_of(event, incident)
    published_at, recorded_at = word.published_at, word.recorded_at
    dating = claim_dating(event, published_at, recorded_at)
    counts = incident_of(event) is not None
    days = count_days(event, published_at or recorded_at) if counts else dating.days
    return Claim(series, claimant, figure, unit_of(series, figure), dating, days, word)


def unit_of(series: str, figure: Figure) -> str:
    """The unit of a figure in a series; absent is people, or items for equipment (meaning, section 3)."""
    if figure.unit is not None and (unit := fold_unit(figure.unit)):
        return unit
    return "items" if series.startswith("equipment.") else "people"


def fold_unit(unit: str) -> str:
    """A unit as it is compared with others."""
    return " ".join(fold_text(unit).split())


def figure_of(event: Event) -> Figure | None:
    """The figure that an event has, if it has one."""
    field = _FIGURE_FIELDS.get(type(event))
    return field(event) if field is not None else None


def series_of(event: Event, incident: UUID | None = None) -> str:
    """The series in which the figure of an event stands; the event must have one."""
    match event:
        case CasualtyEstimate():
            category = event.category.label if event.category else "all"
            scope = _scope(event, incident)
            return series_id("casualties", event.measure, event.subject, category, event.basis, scope)
        case EquipmentLoss():
            measure, scope = event.outcome or "lost", _scope(event, incident)
            return series_id("equipment", measure, event.subject, event.item, event.basis, scope)
        case Capture():
            scope = str(incident or event.id)
            return series_id("casualties", "captured", event.captive_of, "all", "incident", scope)
        case Deployment():
            return series_id("strength", "deployed", event.force, event.in_support_of or "all", "stock")
    return f"casualties.killed.all.all.incident.{incident or event.id}"


def series_id(  # noqa: PLR0913 - a series is these six
    kind: str, measure: str, subject: str, category: str, basis: str, scope: str | None = None
) -> str:
    """The name of the series of claims about one thing."""
    return ".".join(filter(None, (kind, measure, subject, category, basis, scope)))


def incident_of(event: Event) -> UUID | None:
    """The development whose count an event reports, or None where it does not count one incident."""
    if isinstance(event, CountReport):
        return event.incident or event.id if event.basis == "incident" else None
    if isinstance(event, (Capture, Engagement)):
        return None if figure_of(event) is None else event.id
    return None


def _scope(event: CountReport, incident: UUID | None) -> str | None:
    return str(incident or incident_of(event)) if event.basis == "incident" else event.scope


def incident_measure(event: Event) -> str | None:
    """What an event counts of one incident, equipment marked by its prefix; None where it counts nothing."""
    if isinstance(event, CountReport):
        if event.basis != "incident":
            return None
        if isinstance(event, EquipmentLoss):
            return f"equipment_{event.outcome or 'lost'}"
        return cast("CasualtyEstimate", event).measure
    if figure_of(event) is None:
        return None
    return "killed" if isinstance(event, Engagement) else "captured" if isinstance(event, Capture) else None


INCIDENT_MEASURES = (
    *get_args(CasualtyMeasure),
    "equipment_lost",
    *(f"equipment_{outcome}" for outcome in get_args(EquipmentOutcome)),
)
"""What the reports of an incident count: people, and equipment lost in any way or in one."""

SERIES_MEASURES = tuple(
    dict.fromkeys((*get_args(CasualtyMeasure), "lost", *get_args(EquipmentOutcome), "deployed"))
)
"""What the ids of series have as their measure."""

# A literal made from what is declared, so that no list of the vocabulary is written down twice. Type checkers
# cannot follow that.
if TYPE_CHECKING:
    IncidentMeasure = str
    SeriesMeasure = str
else:
    IncidentMeasure = Literal[INCIDENT_MEASURES]
    SeriesMeasure = Literal[SERIES_MEASURES]


_FIGURE_FIELDS: Mapping[type[Event], Callable[[Any], Figure | None]] = {
    **{kind: attrgetter("figure") for kind in EVENT_TYPES.values() if issubclass(kind, CountReport)},
    Engagement: attrgetter("killed"),
    Capture: attrgetter("count"),
    Deployment: attrgetter("strength"),
}
