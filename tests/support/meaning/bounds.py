"""What a figure allows: its bounds by its words, the conventions for vague ones, and its best number."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from timeline.domain.figure import Figure

FLOORS = {"tens": 20, "dozens": 24, "scores": 40, "hundreds": 200, "thousands": 2_000}
FLOORS |= {f"{tens} of thousands": 1_000 * FLOORS[tens] for tens in ("tens", "hundreds")}
"""The floors by convention of vague words."""

_VAGUE = re.compile(rf"({'|'.join(sorted(FLOORS, key=len, reverse=True))})(?: of .+)?", re.DOTALL)


class Interval(NamedTuple):
    """The whole numbers from `low` to `high`; None is without limit."""

    low: int
    high: int | None

    @property
    def top(self) -> float:
        """The upper limit as a number that can be compared."""
        return float("inf") if self.high is None else self.high


def figure_bounds(figure: Figure) -> Interval | None:
    """The numbers that a figure's words allow; None where it is shown and not compared."""
    if figure.qualifier == "none_reported":  # shown, and takes part in nothing
        return None
    if figure.qualifier == "vague":
        return _vague_bounds(figure)
    if figure.qualifier == "between":
        numbers = [n for n in (figure.low, figure.best, figure.high) if n is not None]
        return Interval(min(numbers), max(numbers))
    value = figure.value or 0
    return {
        "exact": Interval(value, value),
        "about": about(value),
        "almost": Interval(about(value).low, value - 1),
        "at_least": Interval(value, None),
        "more_than": Interval(value + 1, None),
        "at_most": Interval(0, value),
        "up_to": Interval(0, value),
        "fewer_than": Interval(0, value - 1),
    }[figure.qualifier]


def about(value: int) -> Interval:
    """The numbers that `about` this one allows."""
    return Interval(max(0, value - reach(value)), value + reach(value))


def reach(value: int) -> int:
    """How far `about n` reaches: half a unit of its last non-zero digit, at least 1.

    Where n has at most two significant digits, a tenth of n rounded up if that is more. About 15 is 13 to
    17, about 3,000 is 2,500 to 3,500, about 1,456,610 is 1,456,605 to 1,456,615; `almost n` reaches as far
    down, to n - 1.
    """
    digits = str(value).rstrip("0")
    unit = 10 ** (len(str(value)) - len(digits)) if value else 1
    half = max(1, unit // 2)
    return max(half, -(-value // 10)) if len(digits) <= 2 else half


def _vague_bounds(figure: Figure) -> Interval | None:
    """A number in the figure, or a data set's own rule, goes before the convention.

    Choice: a vague figure with a lone `best` or `value` is `about` that number; a data set's rule that gave
    no number leaves the figure uncompared.
    """
    limits = [n for n in (figure.low, figure.high) if n is not None]
    if limits:
        low = min(limits) if figure.low is not None else 0
        return Interval(low, None if figure.high is None else max(limits))
    number = figure.best if figure.best is not None else figure.value
    if number is not None:
        return about(number)
    rule = vague_rule(figure)
    return Interval(FLOORS[rule], None) if rule else None


def vague_rule(figure: Figure) -> str | None:
    """The convention by which a vague word has its floor: the word alone or with "of …" behind it.

    The convention is a `coded_rule` that is named where the answer uses it. Other phrases have none.
    """
    own_rule = figure.origin is not None and figure.origin.kind == "coded_rule"
    numbers = (figure.value, figure.low, figure.best, figure.high)
    if figure.qualifier != "vague" or own_rule or any(n is not None for n in numbers):
        return None
    words = " ".join((figure.verbatim or "").casefold().split())
    phrase = _VAGUE.fullmatch(words)
    return phrase[1] if phrase else None


def is_disordered(figure: Figure) -> bool:
    """Whether the published bounds are out of order."""
    numbers = [n for n in (figure.low, figure.best, figure.high) if n is not None]
    return numbers != sorted(numbers)


def published_bounds(figure: Figure) -> Interval | None:
    """What a total adds: bounds as published, disordered ones too: a data set's sums must stay its sums."""
    if figure.qualifier == "between" and figure.low is not None:
        return Interval(figure.low, figure.high)
    return figure_bounds(figure)


def best_number(figure: Figure) -> int | None:
    """The best of a figure that has one: exact, about, or a named best; not a share that was split by rule.

    A ceiling or a floor is no best. Choice: an exact figure's value goes before its named best. Choice: a
    named best that the words rule out ("at least 5", best 3) is none; ranges stay as they were published.
    """
    if figure.origin is not None and figure.origin.kind == "split":
        return None
    if figure.qualifier in ("exact", "about"):
        return figure.value
    bounds = None if figure.qualifier == "between" else figure_bounds(figure)
    if figure.best is None or bounds is None:
        return figure.best if figure.qualifier == "between" else None
    is_allowed = bounds.low <= figure.best and (bounds.high is None or figure.best <= bounds.high)
    return figure.best if is_allowed else None


def overlap(intervals: Iterable[Interval]) -> Interval | None:
    """The numbers that satisfy all; None where no number does, or nothing is compared."""
    every = list(intervals)
    if not every:
        return None
    low, top = max(i.low for i in every), min(i.top for i in every)
    return None if low > top else Interval(low, None if top == float("inf") else int(top))


def envelope(intervals: Iterable[Interval]) -> Interval | None:
    """From the lowest low to the highest high."""
    every = list(intervals)
    if not every:
        return None
    top = max(i.top for i in every)
    return Interval(min(i.low for i in every), None if top == float("inf") else int(top))
