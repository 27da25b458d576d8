"""Figures: a claimed number, the bounds it sets, and how claims on the same thing agree.

A figure says what its source said: "more than 3,000" is not 3,000. Its bounds are the closed interval of
whole numbers that the words allow; `high` is None where they set no upper limit.

| qualifier       | needs     | bounds                                                            |
|-----------------|-----------|-------------------------------------------------------------------|
| `exact`         | value     | [v, v]                                                            |
| `about`         | value     | half a unit of v's last non-zero digit either way: 3000 → [2500, 3500] |
| `at_least`      | value     | [v, ∞)                                                            |
| `more_than`     | value     | [v + 1, ∞)                                                        |
| `at_most`       | value     | [0, v]                                                            |
| `up_to`         | value     | [0, v]                                                            |
| `fewer_than`    | value > 0 | [0, v - 1]                                                        |
| `almost`        | value > 0 | just below: half a unit of the last non-zero digit, 3000 → [2500, 2999] |
| `between`       | low, high | from the least to the greatest of low, best and high              |
| `vague`         |           | [low or 0, high or ∞)                                             |
| `none_reported` |           | [0, ∞): the absence of a report is not a report of zero           |

With any other qualifier, `low`, `best` and `high` are the source's own bounds: they are kept, but the
qualifier decides. Published data has figures with low > high; they are kept as they are and flagged
(`disordered`), never refused and never corrected.
"""

from collections.abc import Callable, Iterable
from typing import Annotated, Literal, NamedTuple, Self

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
    def bounds(self) -> Bounds:
        """The whole numbers that the figure allows."""
        if self.qualifier == "between":
            numbers = [n for n in (self.low, self.best, self.high) if n is not None]
            return Bounds(min(numbers), max(numbers))
        if self.value is None or self.qualifier in ("vague", "none_reported"):
            return self._loose()
        return _BOUNDS[self.qualifier](self.value)

    @property
    def disordered(self) -> bool:
        """Whether low, best and high are not in ascending order."""
        numbers = [n for n in (self.low, self.best, self.high) if n is not None]
        return numbers != sorted(numbers)

    @property
    def point(self) -> int | None:
        """The number to draw, where the source gave one: `best`, else `value`."""
        return self.best if self.best is not None else self.value

    def _loose(self) -> Bounds:
        if self.qualifier == "none_reported":
            return Bounds(0, None)
        low, high = self.low or 0, self.high
        return Bounds(low, high) if high is None or low <= high else Bounds(high, low)


def _half_unit(value: int) -> int:
    """Half a unit of the last non-zero digit: 3000 → 500, 3100 → 50, 12 → 0."""
    unit = 1
    while value and value % (unit * 10) == 0:
        unit *= 10
    return unit // 2


_BOUNDS: dict[str, Callable[[int], Bounds]] = {
    "exact": lambda v: Bounds(v, v),
    "about": lambda v: Bounds(v - _half_unit(v), v + _half_unit(v)),
    "at_least": lambda v: Bounds(v, None),
    "more_than": lambda v: Bounds(v + 1, None),
    "at_most": lambda v: Bounds(0, v),
    "up_to": lambda v: Bounds(0, v),
    "fewer_than": lambda v: Bounds(0, v - 1),
    "almost": lambda v: Bounds(v - max(1, _half_unit(v)), v - 1),
}


Agreement = Literal["single", "compatible", "contested"]
"""How claims on one thing relate: only one; some number satisfies all; none does."""


class Reconciliation(NamedTuple):
    """How several claims agree.

    `overlap` is what satisfies them all (None where they contradict each other), `envelope` the smallest
    interval that holds each of them.
    """

    agreement: Agreement
    overlap: Bounds | None
    envelope: Bounds


def reconcile(bounds: Iterable[Bounds]) -> Reconciliation | None:
    """Compare rival claims: they are compatible where their bounds meet, and contested where not.

    Two floors ("more than 3,000" and "at least 1,100") are compatible: both hold from 3,001 on.
    Intervals on a line have a common point if and only if each two of them have one (Helly's theorem), so one
    running overlap decides. None if there are no claims.
    """
    claims = list(bounds)
    if not claims:
        return None
    overlap: Bounds | None = claims[0]
    envelope = claims[0]
    for claim in claims[1:]:
        overlap = overlap.intersection(claim) if overlap else None
        envelope = envelope.hull(claim)
    agreement: Agreement = "single" if len(claims) == 1 else "compatible" if overlap else "contested"
    return Reconciliation(agreement, overlap, envelope)
