"""The life of a series: each change of what stands in it, what made it, and the falls that need explaining.

A change is one of

- `first_report`: the claimant speaks for the first time, or for a date earlier than one it has spoken for;
- `update`: it speaks for a newer date;
- `restatement`: it gives another figure for a date it has spoken for, in a report of its own and with no
  word about the first;
- `correction`: a report is put right, brought into the series or taken out of it by an amendment;
- `retraction`: a report no longer stands;
- `reset`: the claimant's line, or everybody's, starts again or is adjusted.

Saying the same figure for the same date again changes nothing. Pure: versions of claims in, changes out.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from msgspec import Struct

from timeline.domain.components import Source
from timeline.domain.figure import Figure
from timeline.views.responses import ChangeKind, Fall, SeriesChange


class ClaimVersion(Struct, frozen=True, gc=False):
    """A claim, or a reset, as it stood in the series over [from_position, to_position)."""

    source: UUID
    from_position: int
    to_position: int | None
    claimant: str | None
    as_of: datetime
    position: int
    figure: Figure | None
    """None for a reset."""
    adjustment: int | None = None


class Cause(Struct, frozen=True, gc=False):
    """The record that made a change."""

    event: UUID
    type: str
    reason: str | None
    published_at: datetime | None
    recorded_at: datetime
    sources: tuple[Source, ...]


class _Step(Struct, frozen=True, gc=False):
    """What one record did to one claim."""

    position: int
    before: ClaimVersion | None
    after: ClaimVersion | None


class Change(Struct, frozen=True, gc=False):
    """A change by its kind, with the claims before and after it; neither for a reset."""

    position: int
    kind: ChangeKind
    before: ClaimVersion | None
    after: ClaimVersion | None
    claim: ClaimVersion
    """The claim, or the reset, that is changed; where there is one after, as it stands then."""

    def told(self, cause: Cause) -> SeriesChange:
        """The change with the record that made it."""
        one, before = self.claim, self.before
        known = cause.published_at or cause.recorded_at
        was, became = before.figure if before else None, self.after.figure if self.after else None
        return SeriesChange(
            position=self.position,
            kind=self.kind,
            claimant=one.claimant,
            as_of=one.as_of,
            before_as_of=before.as_of if before and before.as_of != one.as_of else None,
            before=was,
            after=became,
            difference=_difference(was, became),
            adjustment=one.adjustment,
            source=one.source,
            cause=cause.event,
            cause_type=cause.type,
            reason=cause.reason,
            sources=cause.sources,
            published_at=cause.published_at,
            recorded_at=cause.recorded_at,
            lag_seconds=(known - one.as_of).total_seconds(),
        )


class _ClaimLine:
    """What stands of one claimant: for each date its claims, in the order in which they were reported."""

    def __init__(self) -> None:
        self._dates: list[datetime] = []
        self._claims: dict[datetime, list[ClaimVersion]] = {}

    def add(self, claim: ClaimVersion) -> None:
        if claims := self._claims.get(claim.as_of):
            insort(claims, claim, key=lambda one: one.position)
        else:
            self._claims[claim.as_of] = [claim]
            insort(self._dates, claim.as_of)

    def drop(self, claim: ClaimVersion) -> None:
        claims = self._claims[claim.as_of]
        claims.remove(claim)
        if not claims:
            del self._claims[claim.as_of]
            del self._dates[bisect_left(self._dates, claim.as_of)]

    def standing(self, as_of: datetime) -> ClaimVersion | None:
        """The claim that stands for a date: the last that was reported."""
        claims = self._claims.get(as_of)
        return claims[-1] if claims else None

    def last(self) -> ClaimVersion | None:
        """The claim that stands for the newest date."""
        return self._claims[self._dates[-1]][-1] if self._dates else None

    def in_order(self) -> Iterator[ClaimVersion]:
        """What stands for each date, by date."""
        for as_of in self._dates:
            yield self._claims[as_of][-1]


class SeriesAudit:
    """What became of a series, record by record; the falls are told of a cumulative one.

    It is made from all versions of the series' claims up to a position, and the positions of those records
    among their ends that are retractions.
    """

    def __init__(self, series: str, versions: Sequence[ClaimVersion], retractions: Collection[int]) -> None:
        self._lines: defaultdict[str | None, _ClaimLine] = defaultdict(_ClaimLine)
        self._resets: dict[UUID, ClaimVersion] = {}
        self._retractions = retractions
        self.changes = [change for step in _steps(versions) if (change := self._take(step))]
        self.falls = list(self._falls()) if ".cumulative" in series else []

    def _falls(self) -> Iterator[Fall]:
        """Where a claimant's standing figures fall from one date to the next, and which resets explain it."""
        for claimant, line in self._lines.items():
            drawn = ((claim, claim.figure, claim.figure.point) for claim in line.in_order() if claim.figure)
            numbered = ((claim, figure, point) for claim, figure, point in drawn if point is not None)
            for (earlier, before, high), (later, after, low) in pairwise(numbered):
                if low < high:
                    yield Fall(
                        claimant=claimant or "",
                        before_as_of=earlier.as_of,
                        as_of=later.as_of,
                        before=before,
                        after=after,
                        difference=low - high,
                        source=later.source,
                        explained_by=self._resets_between(claimant, earlier.as_of, later.as_of),
                    )

    def _resets_between(self, claimant: str | None, after: datetime, until: datetime) -> list[UUID]:
        return [
            reset.source
            for reset in self._resets.values()
            if reset.claimant in (None, claimant) and after < reset.as_of <= until
        ]

    def _take(self, step: _Step) -> Change | None:
        claim = step.after or step.before
        assert claim is not None  # noqa: S101 - a step is of something
        if claim.figure is None:
            return self._take_reset(step, claim)
        if step.before is not None:
            self._lines[step.before.claimant].drop(step.before)
        change = self._change(step, claim)
        if step.after is not None:
            self._lines[step.after.claimant].add(step.after)
        return change

    def _change(self, step: _Step, claim: ClaimVersion) -> Change | None:
        position, before, after = step.position, step.before, step.after
        if after is None:
            kind: ChangeKind = "retraction" if position in self._retractions else "correction"
            return Change(position, kind, before, None, claim)
        if before is not None or after.from_position != after.position:
            is_told = before is None or not _same(before, after)
            return Change(position, "correction", before, after, claim) if is_told else None
        line = self._lines[claim.claimant]
        if there := line.standing(claim.as_of):
            is_told = there.figure != claim.figure
            return Change(position, "restatement", there, after, claim) if is_told else None
        last = line.last()
        if last and last.as_of < claim.as_of:
            return Change(position, "update", last, after, claim)
        return Change(position, "first_report", None, after, claim)

    def _take_reset(self, step: _Step, reset: ClaimVersion) -> Change:
        self._resets.pop(reset.source, None)
        if step.after is not None:
            self._resets[reset.source] = step.after
        kind: ChangeKind = "reset"
        if step.before is not None:
            kind = "correction" if step.after else "retraction"
        return Change(step.position, kind, None, None, reset)


def _steps(versions: Sequence[ClaimVersion]) -> Iterator[_Step]:
    """What each record did, in the order of the log; ends come before beginnings."""
    ended: defaultdict[int, dict[UUID, ClaimVersion]] = defaultdict(dict)
    for one in versions:
        if one.to_position is not None:
            ended[one.to_position][one.source] = one
    steps = []
    for one in versions:
        # by position first: most records end nothing, and a UUID is slow to hash
        there = ended.get(one.from_position)
        before = there.pop(one.source, None) if there else None
        steps.append(_Step(one.from_position, before, one))
    steps += [_Step(end, one, None) for end, left in ended.items() for one in left.values()]
    return iter(sorted(steps, key=lambda step: (step.position, step.after is not None)))


def _same(before: ClaimVersion, after: ClaimVersion) -> bool:
    """Whether an amendment left the claim as it was, and changed only what is said beside it."""
    return (before.claimant, before.as_of, before.figure) == (after.claimant, after.as_of, after.figure)


def _difference(before: Figure | None, after: Figure | None) -> int | None:
    if before is None or after is None:
        return None
    first, last = before.point, after.point
    return None if first is None or last is None else last - first
