"""The changes of a series, computed from its claims' versions; and the drops in its running totals.

The kinds of a change are described with `ChangeKind`; two of them have details that matter here:

- a `restatement` gives another figure for a date that the claimant has claimed for before, in a report of its
  own that does not mention the first;
- a `correction` also brings a report into the series, or takes it out, by an amendment.

Reporting the same figure for the same date again changes nothing. Pure: versions of claims in, changes out.
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
from timeline.views.documents import ChangeKind, SeriesChange
from timeline.views.responses import Fall


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

    def describe(self, cause: Cause) -> SeriesChange:
        """The change with the record that made it."""
        claim, before = self.claim, self.before
        published_at = cause.published_at or cause.recorded_at
        figure_before = before.figure if before else None
        figure_after = self.after.figure if self.after else None
        return SeriesChange(
            position=self.position,
            kind=self.kind,
            claimant=claim.claimant,
            as_of=claim.as_of,
            before_as_of=before.as_of if before and before.as_of != claim.as_of else None,
            before=figure_before,
            after=figure_after,
            difference=_difference(figure_before, figure_after),
            adjustment=claim.adjustment,
            source=claim.source,
            cause=cause.event,
            cause_type=cause.type,
            reason=cause.reason,
            sources=cause.sources,
            published_at=cause.published_at,
            recorded_at=cause.recorded_at,
            lag_seconds=(published_at - claim.as_of).total_seconds(),
        )


class _ClaimLine:
    """The standing claims of one claimant: for each date, in the order in which they were reported."""

    def __init__(self) -> None:
        self._dates: list[datetime] = []
        self._claims: dict[datetime, list[ClaimVersion]] = {}

    def add(self, claim: ClaimVersion) -> None:
        if claims := self._claims.get(claim.as_of):
            insort(claims, claim, key=lambda claim: claim.position)
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
    """What changed in a series, record by record; of a cumulative series also each drop.

    It is made from all versions of the series' claims up to a position, and from the positions of the
    retractions among the records that ended one of them.
    """

    def __init__(self, series: str, versions: Sequence[ClaimVersion], retractions: Collection[int]) -> None:
        self._lines: defaultdict[str | None, _ClaimLine] = defaultdict(_ClaimLine)
        self._resets: dict[UUID, ClaimVersion] = {}
        self._retractions = retractions
        self.changes = [change for step in _steps(versions) if (change := self._apply(step))]
        self.falls = list(self._falls()) if ".cumulative" in series else []

    def _falls(self) -> Iterator[Fall]:
        """Where a claimant's standing figures drop from one date to the next, and which resets explain it."""
        for claimant, line in self._lines.items():
            figures = ((claim, claim.figure, claim.figure.point) for claim in line.in_order() if claim.figure)
            numbered = ((claim, figure, point) for claim, figure, point in figures if point is not None)
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

    def _apply(self, step: _Step) -> Change | None:
        claim = step.after or step.before
        assert claim is not None  # noqa: S101 - a step is of something
        if claim.figure is None:
            return self._apply_reset(step, claim)
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
            is_change = before is None or not _is_same_claim(before, after)
            return Change(position, "correction", before, after, claim) if is_change else None
        line = self._lines[claim.claimant]
        if earlier := line.standing(claim.as_of):
            is_change = earlier.figure != claim.figure
            return Change(position, "restatement", earlier, after, claim) if is_change else None
        last = line.last()
        if last and last.as_of < claim.as_of:
            return Change(position, "update", last, after, claim)
        return Change(position, "first_report", None, after, claim)

    def _apply_reset(self, step: _Step, reset: ClaimVersion) -> Change:
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
    for version in versions:
        if version.to_position is not None:
            ended[version.to_position][version.source] = version
    steps = []
    for version in versions:
        # by position first: most records end nothing, and a UUID is slow to hash
        ended_here = ended.get(version.from_position)
        before = ended_here.pop(version.source, None) if ended_here else None
        steps.append(_Step(version.from_position, before, version))
    steps += [_Step(end, version, None) for end, others in ended.items() for version in others.values()]
    return iter(sorted(steps, key=lambda step: (step.position, step.after is not None)))


def _is_same_claim(before: ClaimVersion, after: ClaimVersion) -> bool:
    """Whether an amendment left the claim as it was, and changed only other fields of the report."""
    return (before.claimant, before.as_of, before.figure) == (after.claimant, after.as_of, after.figure)


def _difference(before: Figure | None, after: Figure | None) -> int | None:
    if before is None or after is None:
        return None
    first, last = before.point, after.point
    return None if first is None or last is None else last - first
