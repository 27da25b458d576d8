"""Laws of dates and figures by the rules of meaning, held against the model."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.meaning.bounds import Interval, about, best_number, figure_bounds, is_disordered, reach
from tests.support.meaning.dates import capped_days, named_days, publication
from tests.support.meaning.strategies import figures, running_total, spans
from timeline.domain.figure import Figure

NOW = datetime(2999, 1, 1, tzinfo=UTC)


def decoded(figure: dict[str, Any]) -> Figure:
    """A figure from its JSON."""
    event = running_total(1, "m", figure, "2024-12-01")
    return event.figure


@given(spans, st.dates(date(2024, 10, 1), date(2025, 2, 1)))
def test_a_cap_shortens_only_what_is_longer_than_a_day(text: str, day: date) -> None:
    """Never below its own first day, never after the publication unless that comes before it."""
    full, capped = named_days(text), capped_days(text, day)

    assert capped.first == full.first <= capped.last <= full.last
    if text in ("2024", "2024-11", "2024-12", "2024-11?", "2024-12-01/.."):
        assert capped.last <= max(day, full.first)
    else:
        assert capped == full


@given(st.integers(0, 10**9))
def test_about_reaches_both_ways(value: int) -> None:
    """At least 1, and as far down as up; `almost` ends just below."""
    interval = about(value)
    almost = figure_bounds(decoded({"qualifier": "almost", "value": value + 1}))

    assert interval.low <= value <= interval.high
    assert reach(value) >= 1
    assert almost.high == value
    assert almost.low == about(value + 1).low


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [(15, 13, 17), (3_000, 2_500, 3_500), (1_456_610, 1_456_605, 1_456_615), (1, 0, 2), (100, 50, 150)],
)
def test_about_a_number(value: int, low: int, high: int) -> None:
    """The examples of the rule."""
    assert about(value) == Interval(low, high)


@pytest.mark.parametrize(
    ("verbatim", "low"),
    [
        ("tens", 20),
        ("Dozens of soldiers", 24),
        ("scores", 40),
        ("hundreds", 200),
        ("thousands of people", 2_000),
        ("tens of thousands", 20_000),
        ("hundreds of thousands of them", 200_000),
        ("many", None),
        ("dozens or more", None),
    ],
)
def test_the_floors_of_vague_words(verbatim: str, low: int | None) -> None:
    """Other phrases are shown and not compared."""
    bounds = figure_bounds(decoded({"qualifier": "vague", "verbatim": verbatim}))

    assert bounds == (None if low is None else Interval(low, None))


@given(figures())
def test_a_best_is_of_figures_that_have_one(figure: dict[str, Any]) -> None:
    """A ceiling or a floor is no best, nor is a share that was split by rule; it lies within the bounds."""
    plain = decoded(figure)
    best, bounds = best_number(plain), figure_bounds(plain)

    assert (best is not None) == (plain.qualifier in ("exact", "about", "between") and plain.origin is None)
    assert best is None or is_disordered(plain) or bounds.low <= best <= bounds.top


def test_a_source_printed_before_the_day_is_no_publication() -> None:
    """The dates of articles that were read before are not taken for the claimant's word."""
    printed = [{"publisher": "p", "published_at": f"2024-12-0{day}T00:00:00Z"} for day in (9, 1, 7)]
    event = running_total(1, "m", {"qualifier": "exact", "value": 4}, "2024-12-05", sources=printed)

    assert publication(event, NOW) == datetime(2024, 12, 7, tzinfo=UTC)
