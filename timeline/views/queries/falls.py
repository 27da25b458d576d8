"""Falls: where a claimant's running total drops from one date to the next, and what explains it.

A running total never falls, so a drop is a contradiction of its own claimant's. It is measured by the bounds:
the least by which the total must have fallen, from the earlier floor to the later ceiling. Across a reset
nothing falls, since the counts are different ones. A fall is explained only as far as the adjustments between
the dates reach; the remainder is unexplained. An adjustment stands at the start of its day, so that a claim
for that day has it already.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import accumulate
from uuid import UUID

from msgspec import Struct

from timeline.domain.dating import DatedBy
from timeline.domain.edtf import Days
from timeline.views.queries.claim_lines import ClaimLine, ClaimVersion, LineKey, date_key
from timeline.views.responses import Fall


class ResetVersion(Struct, frozen=True, gc=False):
    """A reset, or an adjustment, as it stood over [from_position, to_position)."""

    source: UUID
    first_position: int
    """Of the record that first reported it."""
    from_position: int
    to_position: int | None
    claimant: str | None
    """Whose total; everyone's if None."""
    span: Days
    """The days that its date names."""
    as_of: str
    as_of_text: str
    dated_by: DatedBy
    adjustment: int | None
    """By how much the total was revised, if it goes on."""

    @property
    def day(self) -> date:
        """The day at whose start it stands."""
        return self.span.first

    @property
    def days(self) -> Days:
        """That day, as the date of a change."""
        return Days(self.day, self.day)

    @property
    def dated_days(self) -> Days:
        """The same: what is shown is the day at whose start it stands."""
        return self.days

    @property
    def date_key(self) -> int:
        """Of that day."""
        return date_key(self.days)

    def touches(self, claimant: str) -> bool:
        """Whether it is one of this claimant's total."""
        return self.claimant is None or self.claimant == claimant

    def equals(self, other: "ResetVersion | None") -> bool:
        """Whether it does the same to the same totals."""
        return (
            other is not None
            and self.day == other.day
            and self.claimant == other.claimant
            and self.adjustment == other.adjustment
        )


class _Breaks:
    """The resets and adjustments of one claimant's total, by day."""

    def __init__(self, resets: Iterable[ResetVersion]) -> None:
        ordered = sorted(resets, key=lambda reset: reset.day)
        self._adjustments = [reset for reset in ordered if reset.adjustment is not None]
        self._adjusted_on = [reset.day for reset in self._adjustments]
        self._sums = [0, *accumulate(reset.adjustment or 0 for reset in self._adjustments)]
        self._begun_on = [reset.day for reset in ordered if reset.adjustment is None]

    def is_one_count(self, earlier: date, later: date) -> bool:
        """Whether no reset lies between the ends of two dates."""
        return bisect_right(self._begun_on, earlier) == bisect_right(self._begun_on, later)

    def lowering(self, earlier: date, later: date) -> tuple[int, Sequence[ResetVersion]]:
        """By how much the adjustments between the ends of two dates lower the total, and which they are."""
        begin, end = bisect_right(self._adjusted_on, earlier), bisect_right(self._adjusted_on, later)
        lowered = self._sums[begin] - self._sums[end]
        return (lowered, self._adjustments[begin:end]) if lowered > 0 else (0, ())


def falls_of(lines: Mapping[LineKey, ClaimLine], resets: Sequence[ResetVersion]) -> Iterator[Fall]:
    """The falls of a cumulative series, by the lines and the resets that stand."""
    breaks: dict[str, _Breaks] = {}
    for key, line in sorted(lines.items()):
        floor = -1
        earlier: ClaimVersion | None = None
        for later in line.in_order():
            before, drop = earlier, 0 if later.high is None else floor - later.high
            if later.low is None:
                continue
            floor, earlier = later.low, later
            if before is None or drop <= 0:
                continue
            if key.claimant not in breaks:
                breaks[key.claimant] = _Breaks(r for r in resets if r.touches(key.claimant))
            if fall := _fall(before, later, drop, breaks[key.claimant]):
                yield fall


def _fall(earlier: ClaimVersion, later: ClaimVersion, drop: int, breaks: _Breaks) -> Fall | None:
    if not breaks.is_one_count(earlier.days.last, later.days.last):
        return None
    lowered, adjustments = breaks.lowering(earlier.days.last, later.days.last)
    explained = min(drop, lowered)
    before, after = earlier.content, later.content
    return Fall(
        claimant=later.line.claimant,
        unit=later.line.unit,
        before_as_of=before.as_of,
        before_as_of_text=before.as_of_text,
        as_of=after.as_of,
        as_of_text=after.as_of_text,
        earliest=later.days.first,
        latest=later.days.last,
        dated_by=after.dated_by,
        before=before.figure,
        before_text=before.text,
        after=after.figure,
        after_text=after.text,
        drop=drop,
        explained=explained,
        unexplained=drop - explained,
        source=later.source,
        explained_by=[reset.source for reset in adjustments],
    )
