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

from datetime import UTC, datetime
from uuid import UUID

from msgspec import Struct

from timeline.domain.edtf import Span, as_of_instant, parse
from timeline.domain.events import (
    Capture,
    CasualtyEstimate,
    CountReport,
    Deployment,
    Development,
    Engagement,
    EquipmentLoss,
    Event,
    SeriesReset,
)
from timeline.domain.figure import Figure
from timeline.domain.record import Record


class Claim(Struct, frozen=True):
    """A figure by a claimant, for a date. `as_of` is the last instant that the date may mean."""

    series: str
    claimant: str
    as_of: datetime
    figure: Figure


def claim_of(event: Event, recorded_at: datetime, incident: UUID | None = None) -> Claim | None:
    """The claim that an event makes, or None; `incident` is the development that it counts, if it counts one.

    A figure without a date of its own speaks for the end of its period, else for when it occurred, was
    published or was recorded, whichever is known first.
    """
    match event:
        case CasualtyEstimate():
            category = event.category.label if event.category else "all"
            series = series_id(
                "casualties", event.measure, event.subject, category, event.basis, _scope(event, incident)
            )
            return Claim(series, event.claimant, _as_of(event, recorded_at), event.figure)
        case EquipmentLoss():
            series = series_id(
                "equipment",
                event.outcome or "lost",
                event.subject,
                event.item,
                event.basis,
                _scope(event, incident),
            )
            return Claim(series, event.claimant, _as_of(event, recorded_at), event.figure)
        case Deployment(strength=Figure() as figure):
            series = series_id("strength", "deployed", event.force, event.in_support_of or "all", "stock")
            return Claim(series, event.claimant, _as_of(event, recorded_at), figure)
        case Capture(count=Figure() as figure):
            series = series_id(
                "casualties", "captured", event.captive_of, "all", "incident", str(incident or event.id)
            )
            return Claim(series, event.claimant, _as_of(event, recorded_at), figure)
        case Engagement(killed=Figure() as figure, claimant=str() as claimant):
            series = series_id("casualties", "killed", "all", "all", "incident", str(incident or event.id))
            return Claim(series, claimant, _as_of(event, recorded_at), figure)
    return None


def series_id(  # noqa: PLR0913 - a series is these six
    kind: str, measure: str, subject: str, category: str, basis: str, scope: str | None = None
) -> str:
    """The name of the series of claims about one thing."""
    return ".".join(filter(None, (kind, measure, subject, category, basis, scope)))


def reset_as_of(event: SeriesReset, recorded_at: datetime) -> datetime:
    """From when on a series starts again."""
    if event.as_of:
        return as_of_instant(event.as_of)
    return (event.published_at or recorded_at).astimezone(UTC)


def incident_of(event: Event) -> UUID | None:
    """The development whose count an event reports, or None where it does not count one incident."""
    match event:
        case CountReport(basis="incident"):
            return event.incident or event.id
        case Capture(count=Figure()) | Engagement(killed=Figure()):
            return event.id
    return None


def _scope(event: CountReport, incident: UUID | None) -> str | None:
    return str(incident or incident_of(event)) if event.basis == "incident" else event.scope


def _as_of(event: CountReport | Deployment | Capture | Engagement, recorded_at: datetime) -> datetime:
    dates = (event.as_of, event.period) if isinstance(event, CountReport) else ()
    for date in (*dates, event.occurred):
        if date is not None and not date.endswith("/.."):
            return as_of_instant(date)
    return (event.published_at or recorded_at).astimezone(UTC)


def incident_measure(event: Event) -> str | None:
    """What an event counts of one incident, equipment marked by its prefix; None where it counts nothing."""
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


def occurred_span(event: Development, record: Record) -> Span:
    """When it happened; where the report does not say, the instant at which it became known."""
    if event.occurred is not None:
        return parse(event.occurred)
    instant = (event.published_at or record.recorded_at).astimezone(UTC)
    return Span(instant, instant)
