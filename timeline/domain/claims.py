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

An event claims what it says by its last word, said by the first of the words that say so: who corrects a
place says no figure again. Restating by a correction answers as restating by a new report (meaning, section
2), so that a claim whose days follow from when it was said leaves another behind with each word that its
source puts in its place: 10 said on the 6th and 12 on the 10th are a claim for each of these days. Where a
correction changes whose figure it is, of what, or the days of the date that is written, the claim is moved
and leaves none. A word without a number, or one that reports none, takes back what the event had claimed.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal, cast, get_args
from uuid import UUID

from msgspec import Struct

from timeline.domain.dating import Dating, claim_dating, count_days
from timeline.domain.edtf import Days, named_days
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


def claiming_words(words: Sequence[Word]) -> Sequence[Word]:
    """The words by which an event claims something, those for earlier days first, of all its words.

    Each says what was said last of what it claims, and when that was first said. Only the last may have no
    figure, or report none.
    """
    claiming: list[Word] = []
    number = len(words)
    while number:
        word = words[number - 1]
        if claiming and not _is_number(word):
            break
        start = number
        while start > 1 and _is_same_claim(words[start - 2], word):
            start -= 1
        number = start - 1
        word = _as_first_said(word, words[number])
        if not claiming:
            claiming.append(word)
            if not _is_number(word):
                break
        elif _is_restated(word, claiming[0]) and _days(word).by_end < _days(claiming[-1]).by_end:
            claiming.append(word)
    return claiming[::-1]


def with_further_word(claiming: Sequence[Word], words: Sequence[Word], number: int) -> Sequence[Word]:
    """The same of the words up to that with a number, from those of the words before it."""
    last, word = claiming[-1], words[number]
    if _is_same_claim(last, word):
        return (*claiming[:-1], _as_first_said(word, last))
    if _is_number(last) and _is_number(word) and _is_restated(last, word):
        days = _days(last).by_end, _days(word).by_end
        if days[0] <= days[1]:
            return (*claiming[: None if days[0] < days[1] else -1], word)
    return claiming_words(words[: number + 1])


def _as_first_said(word: Word, first: Word) -> Word:
    """What a word says, when it was first said."""
    return word if word is first else first._replace(event=word.event)


def _is_number(word: Word) -> bool:
    """Whether somebody claims a number by a word."""
    figure = figure_of(word.event)
    is_claimed = figure is not None and getattr(word.event, "claimant", None) is not None
    return is_claimed and cast("Figure", figure).qualifier != "none_reported"


def _is_same_claim(word: Word, other: Word) -> bool:
    """Whether two words give the same figure of the same."""
    figure = figure_of(word.event)
    return figure is not None and figure == figure_of(other.event) and _is_restated(word, other)


def _is_restated(word: Word, other: Word) -> bool:
    """Whether two words, which have figures, say the same but for the number."""
    event, other_event = word.event, other.event
    written = _WRITTEN[type(event)]
    if written(event) == written(other_event):  # as in most words, and found sooner
        return True
    return _subject(event) == _subject(other_event)


def _subject(event: Event) -> tuple[object, ...]:
    """Whose figure of what it is, and the days that are written: what restating a figure leaves as it is."""
    figure = cast("Figure", figure_of(event))
    series = series_of(event)
    names = ("as_of",) if incident_of(event) is not None else ("as_of", "period", "occurred")
    if isinstance(event, CountReport) and event.basis == "increment":
        names = ("period", "as_of", "occurred")
    dates = [date for name in names if (date := getattr(event, name, None)) is not None]
    days = named_days(dates[0]) if dates else None
    return getattr(event, "claimant", None), series, unit_of(series, figure), days


def _days(word: Word) -> Days:
    """The days by which the claim that a word makes is selected."""
    event, told_at = word.event, word.published_at or word.recorded_at
    if incident_of(event) is not None:
        return count_days(event, told_at)
    return claim_dating(event, word.published_at, word.recorded_at).days


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

_COUNTED = ("claimant", "subject", "category", "basis", "scope", "incident", "as_of", "period", "occurred")

_WRITTEN: Mapping[type[Event], Callable[[Any], object]] = {
    CasualtyEstimate: attrgetter("measure", "figure.unit", *_COUNTED),
    EquipmentLoss: attrgetter("outcome", "item", "figure.unit", *_COUNTED[:2], *_COUNTED[3:]),
    Engagement: attrgetter("claimant", "occurred", "killed.unit"),
    Capture: attrgetter("claimant", "occurred", "captive_of", "count.unit"),
    Deployment: attrgetter("claimant", "occurred", "force", "in_support_of", "strength.unit"),
}
"""What says whose figure of what it is, and for when."""
