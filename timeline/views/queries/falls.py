"""Falls: where a claimant's running total drops below what it was before, and what explains it.

A running total never falls, so a drop is a contradiction of its own claimant's. It is measured by the bounds:
the least by which the total must have fallen, from the earlier floor to the later ceiling. A claim is held
against all before it, not only its neighbour: 1,000, then at least 1, then 500 is a fall by 500. It is told
from the claim that leaves most of it unexplained, of equals the highest floor, of these the newest. From the
claim that fell the total is counted on, so that one drop is told once, and what falls below that is a further
fall. Across a reset nothing falls, since the counts are different ones. A fall is explained only as far as
the adjustments between the dates reach; the remainder is unexplained. An adjustment stands at the start of
its day, so that a claim for that day has it already.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import accumulate
from typing import NamedTuple
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

    def resets_by(self, day: date) -> int:
        """How often the count was reset by the end of a day; after another number it is another count."""
        return bisect_right(self._begun_on, day)

    def adjustments_by(self, day: date) -> int:
        """How many adjustments there were by the end of a day."""
        return bisect_right(self._adjusted_on, day)

    def lowering(self, begin: int, end: int) -> tuple[int, Sequence[ResetVersion]]:
        """By how much the adjustments after so many and up to so many lower the total, and which they are."""
        lowered = self._sums[begin] - self._sums[end]
        return (lowered, self._adjustments[begin:end]) if lowered > 0 else (0, ())


def falls_of(lines: Mapping[LineKey, ClaimLine], resets: Sequence[ResetVersion]) -> Iterator[Fall]:
    """The falls of a cumulative series, by the lines and the resets that stand."""
    breaks: dict[str, _Breaks] = {}
    for key, line in sorted(lines.items()):
        if key.claimant not in breaks:
            breaks[key.claimant] = _Breaks(r for r in resets if r.touches(key.claimant))
        yield from _falls_of_line(line, breaks[key.claimant])


def _falls_of_line(line: ClaimLine, breaks: _Breaks) -> Iterator[Fall]:
    # Of the claims of the count since the last fall those with the highest floors, the newest of equals, by
    # how many adjustments there were by their dates: of all with as many, these leave most unexplained.
    highest: dict[int, ClaimVersion] = {}
    floor, resets = -1, 0
    for claim in line.in_order():
        if claim.low is None:
            continue
        day = claim.days.last
        count, adjustments = breaks.resets_by(day), breaks.adjustments_by(day)
        if count != resets:
            highest, floor, resets = {}, -1, count
        if claim.high is not None and claim.high < floor:
            yield _fall(highest, claim, claim.high, breaks)
            highest, floor = {}, -1
        before = highest.get(adjustments)
        if before is None or before.low is None or before.low <= claim.low:
            highest[adjustments] = claim
        floor = max(floor, claim.low)


class _Drop(NamedTuple):
    """From an earlier claim to one below it, with the adjustments that explain it."""

    earlier: ClaimVersion
    size: int
    explained: int
    adjustments: Sequence[ResetVersion]

    @property
    def order(self) -> tuple[int, int]:
        """The greatest is told."""
        return self.size - self.explained, self.size


def _drops(
    highest: Mapping[int, ClaimVersion], later: ClaimVersion, high: int, breaks: _Breaks
) -> Iterator[_Drop]:
    end = breaks.adjustments_by(later.days.last)
    for begin, earlier in reversed([*highest.items()]):  # the newest first
        if earlier.low is not None and earlier.low > high:
            lowered, adjustments = breaks.lowering(begin, end)
            size = earlier.low - high
            yield _Drop(earlier, size, min(size, lowered), adjustments)


def _fall(highest: Mapping[int, ClaimVersion], later: ClaimVersion, high: int, breaks: _Breaks) -> Fall:
    earlier, drop, explained, adjustments = max(
        _drops(highest, later, high, breaks), key=lambda drop: drop.order
    )
    old, new = earlier.content, later.content
    return Fall(
        claimant=later.line.claimant,
        unit=later.line.unit,
        before_as_of=old.as_of,
        before_as_of_text=old.as_of_text,
        as_of=new.as_of,
        as_of_text=new.as_of_text,
        earliest=later.days.first,
        latest=later.days.last,
        dated_by=new.dated_by,
        before=old.figure,
        before_text=old.text,
        after=new.figure,
        after_text=new.text,
        drop=drop,
        explained=explained,
        unexplained=drop - explained,
        source=later.source,
        explained_by=[reset.source for reset in adjustments],
    )
