"""Long logs in which sources say their counts again, which are dated by when that was or name no day."""

from typing import Any

from tests.support.meaning.newsroom import DATES, SOURCE_REASONS, SPANS, WEIGHTS, Newsroom
from timeline.domain.events import Capture, CountReport, Deployment, Engagement, Event

FIGURES = {Engagement: "killed", Capture: "count", Deployment: "strength"}
"""The fields of figures of those that are no reports of counts."""

MONTHS = ("2031-11", "2031-12", "2031-12", "2031-12%", "2031", "2031-12-05/..")
"""Dates that are capped at the day of their publication."""


def figure_field(event: Event) -> str | None:
    """The field in which an event has a figure that somebody claims; None where it has none."""
    field = "figure" if isinstance(event, CountReport) else FIGURES.get(type(event))
    has_figure = field is not None and getattr(event, field) is not None
    return field if has_figure and getattr(event, "claimant", None) is not None else None


def moves_with_publication(event: Event) -> bool:
    """Whether the days of an event's claim depend on when it was said."""
    texts = [getattr(event, name, None) for name in ("as_of", "period", "occurred")]
    if getattr(event, "basis", "incident") == "incident" and not isinstance(event, Deployment):
        texts = texts[:1]
    return next((text in MONTHS for text in texts if text is not None), True)


def newsroom_of(seed: int) -> type[Newsroom]:
    """Which newsroom draws the log of a seed: every other one restates more often."""
    return RestatingNewsroom if seed % 2 else Newsroom


class RestatingNewsroom(Newsroom):
    """One whose sources correct their counts more often, mostly those that name no day."""

    weights = WEIGHTS | {"said_again": 22, "dateless_total": 6, "month": 6}

    def _dateless_total(self) -> dict[str, Any]:
        return self._count("cumulative", subject="south", measure="killed")

    def _month(self) -> dict[str, Any]:
        """A figure of a month or another date that is capped, on any basis."""
        basis = self._pick("cumulative", "cumulative", "increment", "incident")
        date = {"as_of": self._pick(*MONTHS[:-1])}
        if basis == "increment":
            date = {"period": self._pick(*MONTHS)}
        return self._count(basis, subject="south", measure="killed", **date)

    def _said_again(self) -> dict[str, Any] | None:
        """A correction by the source: mostly of the figure, with the date left alone."""
        counts = [event for event in self.log if figure_field(event)]
        moving = [event for event in counts if moves_with_publication(event)]
        targets = moving if moving and self._is_likely(0.85) else counts
        if not targets:
            return None
        target = self._pick(*(targets[-4:] if self._is_likely(0.5) else targets))
        changes = self._changes_of_count(target, str(figure_field(target)))
        reason = self._pick(*SOURCE_REASONS)
        publication = {"published_at": self._time()} if self._is_likely(0.5) else self._publication()
        correction = {"type": "correction", "target": str(target.id), "reason": reason, "changes": changes}
        return correction | publication

    def _changes_of_count(self, target: Event, field: str) -> dict[str, Any]:
        figure = {field: self._replaced_figure()}
        match self._pick(*["figure"] * 7, "date", "both", "claimant", "summary"):
            case "figure":
                return figure
            case "claimant":
                return figure | {"claimant": self._pick("ministry", "yonhap")}
            case "summary":
                return {"summary": "Said again."}
            case choice:
                return self._date_of(target) | (figure if choice == "both" else {})

    def _date_of(self, target: Event) -> dict[str, Any]:
        """Another date, or the same one, in a field that dates the event."""
        if isinstance(target, CountReport) and self._is_likely(0.7):
            return {"as_of": self._pick(None, target.as_of, *DATES)}
        return {"occurred": self._pick(None, *SPANS)}
