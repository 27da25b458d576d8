"""Figures: a claimed number, the bounds that its words set, and its best number.

A figure says what its source said: "more than 3,000" is not 3,000. Its bounds are the closed interval of
whole numbers that the words allow; `high` is None where they set no upper limit.

| qualifier       | needs     | bounds                                                            |
|-----------------|-----------|-------------------------------------------------------------------|
| `exact`         | value     | [v, v]                                                            |
| `about`         | value     | v and its reach either way: 3000 → [2500, 3500], 15 → [13, 17]    |
| `at_least`      | value     | [v, ∞)                                                            |
| `more_than`     | value     | [v + 1, ∞)                                                        |
| `at_most`       | value     | [0, v]                                                            |
| `up_to`         | value     | [0, v]                                                            |
| `fewer_than`    | value > 0 | [0, v - 1]                                                        |
| `almost`        | value > 0 | just below, as far as `about` reaches: 3000 → [2500, 2999]        |
| `between`       | low, high | from the least to the greatest of low, best and high              |
| `vague`         |           | its own numbers, else a floor by convention: dozens → [24, ∞); else none |
| `none_reported` |           | none: the absence of a report is not a report of zero             |

The reach of n is half a unit of its last non-zero digit, at least 1; where n has at most two significant
digits, a tenth of n rounded up if that is more.

A figure without bounds is shown, and takes part in no comparison. A vague word has its floor by
`VAGUE_FLOORS` where it stands alone or before "of …"; that is a coded rule, which `bounds_origin` names. A
number in the figure goes before the convention, as does the rule of a data set (`origin` of the kind
`coded_rule`): one that gave no number leaves the figure without bounds. A vague figure with nothing but a
best number, or a value, reads as `about` that number.

With any other qualifier, `low`, `best` and `high` are the source's own bounds: they are stored, but the
qualifier decides. Published data has figures with low > high; they stay as they are and are flagged
(`disordered`), never refused and never corrected.
"""

import re
from collections.abc import Callable
from typing import Annotated, Literal, Self

from msgspec import Meta, Struct

from timeline.domain.components import RuleViolation
from timeline.domain.scalars import Count, Line

Qualifier = Literal[
    "exact",
    "about",
    "at_least",
    "more_than",
    "at_most",
    "up_to",
    "fewer_than",
    "almost",
    "between",
    "vague",
    "none_reported",
]
OriginKind = Literal["as_reported", "coded_rule", "imputed", "carried_forward", "split", "rebased"]


class Origin(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How the number came about, where it is not the source's own word."""

    kind: OriginKind
    rule: Line | None = None


class Bounds(Struct, frozen=True):
    """A closed interval of whole numbers; `high` is null where there is no upper limit."""

    low: int
    high: int | None

    def meets(self, other: Self) -> bool:
        """Whether some number satisfies both."""
        return self.intersection(other) is not None

    def intersection(self, other: Self) -> "Bounds | None":
        """The numbers that satisfy both, or None if there are none."""
        low = max(self.low, other.low)
        high = (
            other.high
            if self.high is None
            else self.high
            if other.high is None
            else min(self.high, other.high)
        )
        return None if high is not None and low > high else Bounds(low, high)

    def hull(self, other: Self) -> "Bounds":
        """The smallest interval that holds both."""
        unbounded = self.high is None or other.high is None
        high = None if unbounded else max(self.high or 0, other.high or 0)
        return Bounds(min(self.low, other.low), high)


class Figure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A number as its source put it: "more than 3,000", "dozens", "between 40 and 60"."""

    qualifier: Qualifier
    value: Count | None = None
    low: Count | None = None
    best: Count | None = None
    high: Count | None = None
    verbatim: Annotated[Line | None, Meta(description="The source's own words.", examples=["dozens"])] = None
    unit: Line | None = None
    origin: Origin | None = None

    def __post_init__(self) -> None:
        if self.qualifier == "between":
            if self.low is None or self.high is None:
                missing = "low" if self.low is None else "high"
                raise RuleViolation(missing, "a figure with the qualifier `between` needs `low` and `high`")
        elif self.qualifier not in ("vague", "none_reported") and self.value is None:
            raise RuleViolation("value", f"a figure with the qualifier `{self.qualifier}` needs a `value`")
        if self.value == 0 and self.qualifier in ("fewer_than", "almost"):
            raise RuleViolation(
                "value", f"a figure with the qualifier `{self.qualifier}` needs a `value` above 0"
            )

    @property
    def bounds(self) -> Bounds | None:
        """The whole numbers that the figure allows; None where it is shown and not compared."""
        if self.qualifier == "none_reported":
            return None
        if self.qualifier == "vague":
            return self._vague_bounds()
        if self.qualifier == "between":
            numbers = self._own_numbers
            return Bounds(min(numbers), max(numbers))
        return _BOUNDS[self.qualifier](self.value or 0)

    @property
    def published_bounds(self) -> Bounds | None:
        """The bounds that a sum adds: as they were published, so that a data set's sums stay its sums.

        Disordered bounds stay so, `low` above `high`.
        """
        if self.qualifier == "between" and self.low is not None:
            return Bounds(self.low, self.high)
        return self.bounds

    @property
    def best_estimate(self) -> int | None:
        """The best number of a figure that has one: exact, about, or a best that its source names.

        A ceiling or a floor is no best, nor is a share that was split by a rule, nor a number that the words
        rule out; only ranges of data sets stay as they were published. The value of an exact figure goes
        before a best that is named beside it.
        """
        if self.origin is not None and self.origin.kind == "split":
            return None
        if self.qualifier in ("exact", "about"):
            return self.value
        if self.best is None or self.qualifier == "between":
            return self.best
        best = Bounds(self.best, self.best)
        return self.best if self.bounds is not None and self.bounds.meets(best) else None

    @property
    def bounds_origin(self) -> Origin | None:
        """The convention that gave a vague word its floor; None where the bounds are the figure's own."""
        phrase = self._convention
        if phrase is None:
            return None
        return Origin(kind="coded_rule", rule=f"{phrase}: at least {VAGUE_FLOORS[phrase]:,}")

    @property
    def disordered(self) -> bool:
        """Whether low, best and high are not in ascending order."""
        low, best, high = self.low, self.best, self.high
        if best is None:
            return low is not None and high is not None and low > high
        return (low is not None and low > best) or (high is not None and best > high)

    @property
    def point(self) -> int | None:
        """The number to draw, where the source gave one: `best`, else `value`."""
        return self.best if self.best is not None else self.value

    @property
    def _own_numbers(self) -> list[int]:
        return [n for n in (self.low, self.best, self.high) if n is not None]

    @property
    def _convention(self) -> str | None:
        """The vague words that a convention gives a floor here."""
        has_rule = self.origin is not None and self.origin.kind == "coded_rule"
        if self.qualifier != "vague" or has_rule or self.value is not None or self._own_numbers:
            return None
        phrase = _VAGUE_PHRASE.fullmatch(" ".join((self.verbatim or "").casefold().split()))
        return None if phrase is None else phrase[1]

    def _vague_bounds(self) -> Bounds | None:
        if self.low is not None and self.high is not None:
            return Bounds(min(self.low, self.high), max(self.low, self.high))
        if self.low is not None or self.high is not None:
            return Bounds(self.low or 0, self.high)
        number = self.best if self.best is not None else self.value
        if number is not None:
            return _BOUNDS["about"](number)
        return Bounds(VAGUE_FLOORS[self._convention], None) if self._convention else None


VAGUE_FLOORS = {
    "tens": 20,
    "dozens": 24,
    "scores": 40,
    "hundreds": 200,
    "thousands": 2_000,
    "tens of thousands": 20_000,
    "hundreds of thousands": 200_000,
}
"""The floors of vague words, by convention: at least two of what each names."""

# The longest first: "tens of thousands" is not tens of something.
_VAGUE_PHRASE = re.compile(rf"({'|'.join(sorted(VAGUE_FLOORS, key=len, reverse=True))})(?: of .+)?")


def _reach(value: int) -> int:
    """How far `about` reaches from a number: 3000 → 500, 1456610 → 5, 15 → 2, 7 → 1."""
    digits = str(value).rstrip("0")
    half_unit = max(1, 10 ** (len(str(value)) - len(digits)) // 2) if value else 1
    return max(half_unit, -(-value // 10)) if len(digits) <= 2 else half_unit


_BOUNDS: dict[str, Callable[[int], Bounds]] = {
    "exact": lambda v: Bounds(v, v),
    "about": lambda v: Bounds(max(0, v - _reach(v)), v + _reach(v)),
    "at_least": lambda v: Bounds(v, None),
    "more_than": lambda v: Bounds(v + 1, None),
    "at_most": lambda v: Bounds(0, v),
    "up_to": lambda v: Bounds(0, v),
    "fewer_than": lambda v: Bounds(0, v - 1),
    "almost": lambda v: Bounds(max(0, v - _reach(v)), v - 1),
}
