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
    """The resets and adjustments of one claimant's total, by day; days are given by their ordinals."""

    def __init__(self, resets: Iterable[ResetVersion]) -> None:
        ordered = sorted(resets, key=lambda reset: reset.day)
        self._adjustments = [reset for reset in ordered if reset.adjustment is not None]
        self._sums = [0, *accumulate(reset.adjustment or 0 for reset in self._adjustments)]
        self.adjusted_on = [reset.day.toordinal() for reset in self._adjustments]
        self.begun_on = [reset.day.toordinal() for reset in ordered if reset.adjustment is None]
        """When the count was reset: after another number of resets it is another count."""

    def lowering(self, begin: int, end: int) -> tuple[int, Sequence[ResetVersion]]:
        """By how much the adjustments after so many and up to so many lower the total, and which they are."""
        lowered = self._sums[begin] - self._sums[end]
        return (lowered, self._adjustments[begin:end]) if lowered > 0 else (0, ())


class Drop(NamedTuple):
    """From an earlier claim to one below it, with the adjustments that explain it."""

    earlier: ClaimVersion
    later: ClaimVersion
    size: int
    explained: int
    adjustments: Sequence[ResetVersion]

    @property
    def order(self) -> tuple[int, int]:
        """The greatest is told."""
        return self.size - self.explained, self.size

    @property
    def claimant(self) -> str:
        """Whose total falls."""
        return self.later.line.claimant

    @property
    def versions(self) -> tuple[ClaimVersion, ...]:
        """What it shows."""
        return self.earlier, self.later

    def describe(self) -> Fall:
        """What the two claims say."""
        old, new, later = self.earlier.content, self.later.content, self.later
        return Fall(
            claimant=self.claimant,
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
            drop=self.size,
            explained=self.explained,
            unexplained=self.size - self.explained,
            source=later.source,
            explained_by=[reset.source for reset in self.adjustments],
        )


def drops_of(lines: Mapping[LineKey, ClaimLine], resets: Sequence[ResetVersion]) -> Iterator[Drop]:
    """The falls of a cumulative series, by the lines and the resets that stand."""
    breaks: dict[str, _Breaks] = {}
    for key, line in sorted(lines.items()):
        if key.claimant not in breaks:
            breaks[key.claimant] = _Breaks(r for r in resets if r.touches(key.claimant))
        yield from _drops_of_line(line, breaks[key.claimant])


def _drops_of_line(line: ClaimLine, breaks: _Breaks) -> Iterator[Drop]:
    # Of the claims of the count since the last fall those with the highest floors, the newest of equals, by
    # how many adjustments there were by their dates: of all with as many, these leave most unexplained.
    highest: dict[int, ClaimVersion] = {}
    floor, resets = -1, 0
    for claim in line.in_order():
        low, high, day = claim.low, claim.high, claim.last_day
        if low is None:
            continue
        count, adjustments = bisect_right(breaks.begun_on, day), bisect_right(breaks.adjusted_on, day)
        if count != resets:
            highest, floor, resets = {}, -1, count
        if high is not None and high < floor:
            yield max(_drops(highest, claim, high, breaks), key=lambda drop: drop.order)
            highest, floor = {}, -1
        before = highest.get(adjustments)
        if before is None or before.low is None or before.low <= low:
            highest[adjustments] = claim
        floor = low if low > floor else floor  # noqa: FURB136 - as is `max`, thousands of times, and not called


def _drops(
    highest: Mapping[int, ClaimVersion], later: ClaimVersion, high: int, breaks: _Breaks
) -> Iterator[Drop]:
    end = bisect_right(breaks.adjusted_on, later.last_day)
    for begin, earlier in reversed([*highest.items()]):  # the newest first
        if earlier.low is not None and earlier.low > high:
            lowered, adjustments = breaks.lowering(begin, end)
            size = earlier.low - high
            yield Drop(earlier, later, size, min(size, lowered), adjustments)
