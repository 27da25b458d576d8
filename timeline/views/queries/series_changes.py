"""The changes of a series, computed from its claims' versions: what stood, and what stands.

- `before` and `after` of a change are what the line of that claimant and unit answered for that date, before
  the record and after it. When a restatement is retracted, what it replaced stands again.
- A claim that was moved to another date is a change at both, as one that was moved to another claimant is a
  change of both lines. The line of an incident has one answer, so that a record makes one change of it.
- A change to a claim that another had superseded changes no answer, and neither does the same figure given
  again for the same days: such changes are `silent`.
- A new report that another claim of its line had superseded already, by a word said later or for a newer
  date, is an `older_word`: no restatement, and silent. A change shows the claim that was changed besides what
  the line answers, where it is neither of these.
- An amendment of a claim's event that changed nothing of the claim is silent too. It shows what its source
  said by it, such as an older word told late, besides what the line answers; else the claim as it stands.
- A reset or adjustment, and every amendment of one, is a change of each line that it touches; one that was
  moved is a change at both dates, at the old one as `undone`.
- The date that a change shows, and its lag, are the claim's own: of an incident the newest claim answers by
  when it was said, and the day on which that was is shown only where nothing else dates the claim.
- A merge is a change of the series whose report leads, by what it brings there.

Pure: versions of claims and resets in, changes out.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from typing import NamedTuple
from uuid import UUID

from msgspec import Struct

from timeline.domain.components import Source
from timeline.domain.dating import lag_days
from timeline.domain.edtf import Days
from timeline.views.documents import ChangeKind, SeriesChange, by_position
from timeline.views.figure_responses import series_fields
from timeline.views.queries.claim_lines import ClaimContent, ClaimLine, ClaimVersion, LineKey, days_of
from timeline.views.queries.falls import Drop, ResetVersion, drops_of
from timeline.views.responses import Fall

_series_change = by_position(SeriesChange)

KIND_OF_CAUSE: Mapping[str, ChangeKind] = {
    "correction": "correction",
    "retraction": "retraction",
    "same_as": "merge",
}
"""The kind of a change by the type of the event that made it; by any other event it depends on the line."""


class Cause(Struct, frozen=True, gc=False):
    """The record that made a change."""

    event: UUID
    type: str
    reason: str | None
    published_at: datetime | None
    """By the event or by its sources; None where that is unknown."""
    recorded_at: datetime
    sources: tuple[Source, ...]


class Change(Struct, frozen=True, gc=False):
    """A change of what a line answers for a date."""

    position: int
    kind: ChangeKind
    line: LineKey
    version: ClaimVersion | ResetVersion
    """The claim that changed, or the reset; the date is its."""
    before: ClaimVersion | None
    after: ClaimVersion | None
    is_silent: bool = False
    is_undone: bool = False
    """Whether a reset stands at this date no longer."""

    @property
    def versions(self) -> tuple[ClaimVersion | ResetVersion | None, ...]:
        """What it shows."""
        return self.version, self.before, self.after

    def describe(self, cause: Cause) -> SeriesChange:
        """The change with the record that made it."""
        version, before, after = self.version, self.before, self.after
        old = None if before is None else before.content
        new = None if after is None else after.content
        days, reset = version.dated_days, None
        claimed: ClaimContent | None = None
        if isinstance(version, ResetVersion):
            date: ClaimContent | ResetVersion = version
            reset = version
        else:
            date = version.content
            # the claim that changed is shown where the line answers with others before and after
            claimed = None if version is before or version is after else date
        return _series_change(
            self.position,
            self.kind,
            self.line.claimant,
            self.line.unit,
            date.as_of,
            date.as_of_text,
            days.first,
            days.last,
            date.dated_by,
            old and old.figure,
            old.text if old else "",
            None if before is None or before is version else _date_of_other(before, days),
            new and new.figure,
            new.text if new else "",
            None if after is None or after is version else _date_of_other(after, days),
            None if reset else _difference(old, new),
            claimed and claimed.figure,
            claimed.text if claimed else "",
            self.is_silent,
            None if reset is None else reset.adjustment,
            self.is_undone,
            version.source,
            cause.event,
            cause.type,
            cause.reason,
            cause.sources,
            cause.published_at,
            cause.recorded_at,
            lag_days(days, cause.published_at or cause.recorded_at),
        )


class ClaimAmendment(NamedTuple):
    """A correction or retraction of the event that makes a claim, or of an amendment of it."""

    kind: ChangeKind
    source: UUID
    word: ClaimVersion | None
    """What the claimant said by it, if it is a word of the source."""


class _ResetStep(NamedTuple):
    """What one record did to one reset."""

    before: ResetVersion | None
    after: ResetVersion | None


class SeriesAudit:
    """What changed in a series, record by record, the silent changes too; of running totals also each fall.

    It is made from all versions of the series' claims and resets up to a position, and from the types of the
    events at the positions that `change_positions` names; and from amendments that may have changed
    nothing, by position, where these are to be among the silent changes.
    """

    def __init__(  # noqa: PLR0913 - what is told of a series
        self,
        series: str,
        claims: Sequence[ClaimVersion],
        resets: Sequence[ResetVersion] = (),
        types: Mapping[int, str] | None = None,
        amendments: Mapping[int, ClaimAmendment] | None = None,
        causes: Mapping[int, Cause] | None = None,
    ) -> None:
        self.series = series
        """The address in force."""
        self.causes = causes or {}
        """The records that made the changes, by position, as far as they have been read."""
        self._basis = basis_of(series)
        self._kinds = {at: KIND_OF_CAUSE[kind] for at, kind in (types or {}).items() if kind in KIND_OF_CAUSE}
        # a function of its own would refer to the audit, which then only the garbage collector would free
        self._lines: defaultdict[LineKey, ClaimLine] = defaultdict(partial(ClaimLine, self._basis))
        self.exists = bool(claims or resets)
        self.changes = self._changes(claims, _reset_steps(resets), amendments or {})
        self._standing_resets = [reset for reset in resets if reset.to_position is None]

    @cached_property
    def drops(self) -> list[Drop]:
        """Where a running total falls."""
        return [*drops_of(self._lines, self._standing_resets)] if self._basis == "cumulative" else []

    @property
    def falls(self) -> list[Fall]:
        """The same, with what the claims say."""
        return [drop.describe() for drop in self.drops]

    def _changes(
        self,
        claims: Sequence[ClaimVersion],
        reset_steps: Mapping[int, Sequence[_ResetStep]],
        amendments: Mapping[int, ClaimAmendment],
    ) -> list[Change]:
        alone: dict[int, ClaimVersion] = {}
        begun: dict[int, list[ClaimVersion]] = {}
        ended: dict[int, list[ClaimVersion]] = {}
        for claim in claims:
            first = alone.setdefault(claim.from_position, claim)  # no list for each of thousands
            if first is not claim:
                begun.setdefault(claim.from_position, [first]).append(claim)
            if claim.to_position is not None:
                ended.setdefault(claim.to_position, []).append(claim)
        others = {*begun, *ended, *reset_steps, *amendments}
        changes: list[Change] = []
        for position in sorted(others.union(alone)):
            if position not in others:
                changes.append(self._new_claim(position, alone[position]))
                continue
            new = begun.get(position) or [alone[position]] if position in alone else ()
            before = len(changes)
            if new or position in ended:
                changes += self._claim_changes(position, ended.get(position, ()), new)
            for reset_step in reset_steps.get(position, ()):
                changes += self._reset_changes(position, reset_step)
            if position in amendments and len(changes) == before:
                changes += self._no_change(position, amendments[position], claims)
        return changes

    def _no_change(
        self, position: int, amendment: ClaimAmendment, claims: Iterable[ClaimVersion]
    ) -> Iterator[Change]:
        standing = [
            claim for claim in claims if claim.source == amendment.source and claim.stands_at(position)
        ]
        if standing:
            claim, word = max(standing, key=lambda claim: claim.date_key), amendment.word
            version = word if word is not None and word.line == claim.line else claim
            answer = self._lines[claim.line].answer(version.date_key)
            yield Change(position, amendment.kind, claim.line, version, answer, answer, is_silent=True)

    def _new_claim(self, position: int, claim: ClaimVersion) -> Change:
        before, after = self._lines[claim.line].report(claim)
        is_newer = after is claim and before is not None and before.date_key != claim.date_key
        if is_newer and self._basis != "incident" and position not in self._kinds:
            return Change(position, "update", claim.line, claim, before, claim)  # as most changes are
        return self._change(position, claim, before, after)

    def _claim_changes(
        self, position: int, ended: Sequence[ClaimVersion], begun: Sequence[ClaimVersion]
    ) -> list[Change]:
        if len(ended) == len(begun) == 1 and begun[0].is_in_place_of(ended[0]):
            return self._other_word(position, ended[0], begun[0])
        moved = _moved(ended, begun)
        places = [moved[line][key] for line in sorted(moved) for key in self._dates(moved[line])]
        before = [self._lines[claim.line].answer(claim.date_key) for claim in places]
        for claim in ended:
            self._lines[claim.line].drop(claim)
        for claim in begun:
            self._lines[claim.line].add(claim)
        return [
            self._change(position, claim, old, self._lines[claim.line].answer(claim.date_key))
            for claim, old in zip(places, before, strict=True)
        ]

    def _other_word(self, position: int, old: ClaimVersion, new: ClaimVersion) -> list[Change]:
        """What a record changed that did no more than to put one word in the place of another."""
        line = self._lines[new.line]
        before = line.answer(new.date_key)
        line.replace(old, new)
        if new.equals(old):
            return []
        return [self._change(position, new, before, line.answer(new.date_key))]

    def _dates(self, moved: Mapping[int, ClaimVersion]) -> Sequence[int]:
        dates = sorted(moved, key=days_of) if len(moved) > 1 else [*moved]
        return dates[-1:] if self._basis == "incident" else dates

    def _change(
        self, position: int, claim: ClaimVersion, before: ClaimVersion | None, after: ClaimVersion | None
    ) -> Change:
        return Change(
            position,
            self._kind(position, claim, before, after),
            claim.line,
            claim,
            before,
            after,
            self._is_same_answer(before, after),
        )

    def _kind(
        self, position: int, claim: ClaimVersion, before: ClaimVersion | None, after: ClaimVersion | None
    ) -> ChangeKind:
        if kind := self._kinds.get(position):
            return kind
        is_new = claim.from_position == position and not claim.is_none
        if is_new and after is not None and after is not claim:
            return "older_word"
        if before is None:
            return "first_report"
        if after is not None and before.date_key == after.date_key:
            return "restatement"
        if self._basis != "incident":
            return "update"
        # when it was said is no date to be an update of
        of_dates = after and before.content.dated_by == after.content.dated_by == "as_of"
        return "update" if of_dates else "restatement"

    def _is_same_answer(self, before: ClaimVersion | None, after: ClaimVersion | None) -> bool:
        if before is None or after is None:
            return before is after
        if before.date_key != after.date_key and self._basis != "incident":
            return False
        if before is after:
            return True
        # figures with other bounds are other ones, so that most need not be looked into
        is_alike = before.low == after.low and before.high == after.high
        return is_alike and before.content.figure == after.content.figure

    def _reset_changes(self, position: int, step: _ResetStep) -> Iterator[Change]:
        reset = step.after or step.before
        assert reset is not None  # noqa: S101 - a step is of something
        if reset.equals(step.before) and reset.equals(step.after):
            return
        kind = self._kinds.get(position, "reset")
        of_days: dict[int, list[ResetVersion]] = {}
        for version in step:
            if version is not None:
                of_days.setdefault(version.date_key, []).append(version)
        for key in sorted(self._lines):
            line = self._lines[key]
            for day in sorted(of_days) if line else ():
                if any(version.touches(key.claimant) for version in of_days[day]):
                    answer, standing = line.answer(day), of_days[day][-1]
                    is_undone = standing is not step.after or not standing.touches(key.claimant)
                    yield Change(position, kind, key, standing, answer, answer, is_undone=is_undone)


def basis_of(series: str) -> str:
    """The basis of a series' figures; none where the address names no series."""
    basis: str = series_fields(series)["basis"]
    return basis


def _date_of_other(claim: ClaimVersion, days: Days) -> str | None:
    """The date of a claim, where it is another than that of the change."""
    return claim.content.as_of if claim.dated_days != days else None


def change_positions(versions: Sequence[ClaimVersion | ResetVersion]) -> set[int]:
    """The positions at which versions begin or end."""
    ends = {version.to_position for version in versions}
    return {version.from_position for version in versions} | {end for end in ends if end is not None}


def compared_claims(claims: Iterable[ClaimVersion]) -> Iterator[ClaimVersion]:
    """The claims, each perhaps more than once, of which the changes depend on more than what has a column.

    Those are the versions of one word, and those for the same days with the same floor. Not so of a count of
    an incident: there any claim can be compared with any.
    """
    of_word: dict[int, ClaimVersion] = {}
    alike: dict[tuple[int, int | None], ClaimVersion] = {}
    for claim in claims:
        first = of_word.setdefault(claim.position, claim)
        if first is not claim:
            yield from (first, claim)
        first = alike.setdefault((claim.date_key, claim.low), claim)
        if first is not claim:
            yield from (first, claim)


def _moved(
    ended: Sequence[ClaimVersion], begun: Sequence[ClaimVersion]
) -> dict[LineKey, dict[int, ClaimVersion]]:
    """The claims that a record brought, took away, or put in another's place, by their lines and dates.

    Of several for the same days the last word that it brought, else the last that it took away.
    """
    new = {(claim.source, claim.position): claim for claim in begun} if ended else {}
    unmoved = (
        {key for claim in ended if claim.equals(new.get(key := (claim.source, claim.position)))}
        if begun
        else ()
    )
    moved: defaultdict[LineKey, dict[int, ClaimVersion]] = defaultdict(dict)
    for claims in (ended, begun):
        for claim in sorted(claims, key=ClaimVersion.word_order):
            if not unmoved or (claim.source, claim.position) not in unmoved:
                moved[claim.line][claim.date_key] = claim
    return moved


def _reset_steps(resets: Iterable[ResetVersion]) -> Mapping[int, Sequence[_ResetStep]]:
    """What each record did to the resets, by its position."""
    steps: defaultdict[int, dict[UUID, _ResetStep]] = defaultdict(dict)
    for reset in resets:
        begun = steps[reset.from_position].get(reset.source, _ResetStep(None, None))
        steps[reset.from_position][reset.source] = begun._replace(after=reset)
        if reset.to_position is not None:
            ended = steps[reset.to_position].get(reset.source, _ResetStep(None, None))
            steps[reset.to_position][reset.source] = ended._replace(before=reset)
    return {position: list(by_source.values()) for position, by_source in steps.items()}


def _difference(before: ClaimContent | None, after: ClaimContent | None) -> int | None:
    if before is None or after is None:
        return None
    # a floor or a ceiling is no number to subtract: from 10 to more than 8 nobody can say what changed
    first, last = before.figure.best_estimate, after.figure.best_estimate
    return None if first is None or last is None else last - first
