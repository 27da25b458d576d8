"""Agreement: how the claims about one thing relate, for a date or as of now.

Rivals are claims about the same thing: of one series, which is measure, subject, category, basis and scope,
and of one unit. What a date selects is each claimant's claim, no more (`select_claim`): the newest whose days
end at or before the last day asked for; only where there is none, one whose days hold the date, as "2024"
holds June, and of several that hold it the narrowest. Of one claimant's figures for the same days the last
word stands. `none_reported` takes part in nothing, so it supersedes no number either.

A claim that only holds the date does not answer for it against one that ends by then, whoever makes it: 300
in 2024 is not what January 2024 brought, and 50 as of 2024 may have been reached in December. Of a
`cumulative` or `increment` series the claims that only hold the date are therefore set aside where a claim
with a number ends by it; they remain their claimants' claims for the date. A `stock` asks whose days hold the
first day, and the counts of an `incident` are of one thing whatever their dates, so that there they stay.

Which of the selected claims are held against each other depends on the basis:

- `cumulative`: a running total never falls. Claims are compared for the newest date among them: the one that
  ends last, of these the one that begins last. A claim that names the same days counts with its bounds; every
  other is a floor at the end of its date, shifted by the adjustments since. A date of several days sets a
  ceiling only where no claim of other days falls within it, which it does where its last day does: its floor
  stands at that day. A single day keeps its ceiling, also where a month ends with it. Claims whose counts
  were reset a different number of times are different counts: those not of the newest claim's are set aside.
- `increment`: the claims of the newest period are compared, the others set aside.
- `stock`: of the date that begins last; rivals are those whose days hold its first day, the others are set
  aside.
- `incident`: each claimant's count, whatever its date.

One claim compared is `single`, several are `compatible` where some number satisfies all of them and
`contested` where none does, and none is `not_comparable`. Nothing here depends on the order in which claims
were recorded, except where two were said at the same instant.

A reason uses the claims' own words, with their numbers where the words name none, or a blurred one. A claim
that is compared for what it stands for by another date is quoted beside that: what adjustments made of it, or
the floor of "about 3,000". Numbers have their unit, unless it is people or items.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import reduce
from itertools import accumulate
from typing import Literal, NamedTuple
from uuid import UUID

from timeline.domain.edtf import Days
from timeline.domain.figure import Bounds, Figure
from timeline.domain.words import bounds_phrase, days_words, figure_words, with_unit

Agreement = Literal["single", "compatible", "contested", "not_comparable"]
"""How claims on one thing relate: only one; some number satisfies all; none does; none has a number."""

ONLY_HOLDS = "of a date that only holds the one asked for"
OTHER_PERIOD = "of another period"
OTHER_DATE = "of another date"
OTHER_COUNT = "of a count that was reset a different number of times"
NO_NUMBER = "without a number that can be compared"
NONE_REPORTED = "none reported, which is not a number"

NO_CLAIM_REASON = "there is no claim for this date"
NO_NUMBER_REASON = "no claim has a number that can be compared"

_NUMBER = "number", "numbers"
_RANGE = "range", "ranges"
_CEILING = "ceiling", "ceilings"
_FLOOR = "floor", "floors"
_FLOOR_OF_LONG_DATE = "floor from a date of several days", "floors from a date of several days"
_FLOOR_OF_OTHER_DATE = "floor from another date", "floors from other dates"
_KINDS = (_NUMBER, _RANGE, _CEILING, _FLOOR, _FLOOR_OF_LONG_DATE, _FLOOR_OF_OTHER_DATE)
"""What a compared claim may be, in the order in which a reason lists them."""

_COUNT_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class RivalClaim(NamedTuple):
    """What a claim must say to be held against others; `source` is the event that makes it."""

    source: UUID
    claimant: str
    bounds: Bounds | None
    days: Days
    said_at: datetime
    position: int
    none_reported: bool = False
    figure: Figure | None = None
    """What it says, for the words of a reason."""

    @property
    def word_order(self) -> tuple[datetime, int]:
        """Puts words in order: by when they were said, then by position."""
        return self.said_at, self.position

    @property
    def date_order(self) -> tuple[tuple[date, date], datetime, int]:
        """Puts claims in order: the newest date last; of the same days the last word."""
        return self.days.by_end, self.said_at, self.position


class Break(NamedTuple):
    """A reset at the start of a day, or an adjustment by `shift`; of one claimant's total, or all (None)."""

    day: date
    claimant: str | None
    shift: int | None


class ComparedClaim(NamedTuple):
    """A claim with what it allows at the newest date."""

    claim: RivalClaim
    bounds: Bounds


class SetAsideClaim(NamedTuple):
    """A claim that is not compared, and why."""

    claim: RivalClaim
    reason: str


class Reconciliation(NamedTuple):
    """How the selected claims of a series and unit agree."""

    agreement: Agreement
    reason: str
    """A sentence without its full stop: "two floors; all claims hold from 3,001"."""
    overlap: Bounds | None
    """What satisfies all claims compared; None where nothing does."""
    envelope: Bounds | None
    """The smallest interval that holds each claim of the newest date."""
    newest: tuple[RivalClaim, ...]
    """The claims of the newest date, among which policies choose."""
    compared: tuple[ComparedClaim, ...]
    set_aside: tuple[SetAsideClaim, ...]


class SelectedClaim(NamedTuple):
    """A claimant's claim for a date; `contains` says that its days only hold the date."""

    claim: RivalClaim
    contains: bool


def select_claim(line: Iterable[RivalClaim], as_of: Days | None) -> SelectedClaim | None:
    """The claim of one claimant, in one unit, that answers for a date, or the newest; None without any."""
    claims = [claim for claim in line if not claim.none_reported]
    if as_of is not None:
        before = [claim for claim in claims if claim.days.last <= as_of.last]
        if not before:
            narrowest = max(
                (claim for claim in claims if claim.days.hold(as_of)),
                key=lambda claim: (claim.days.first, -claim.days.last.toordinal(), claim.word_order),
                default=None,
            )
            return narrowest and SelectedClaim(narrowest, contains=True)
        claims = before
    newest = max(claims, key=lambda claim: claim.date_order, default=None)
    return newest and SelectedClaim(newest, contains=False)


def reconcile(
    basis: str,
    selected: Iterable[RivalClaim],
    breaks: Iterable[Break] = (),
    unit: str | None = None,
    as_of: Days | None = None,
) -> Reconciliation:
    """How claims agree, each of another claimant, all in one unit of one series with this basis.

    `unit` is written in the reason; None for people and items. `as_of` is the date that selected the claims.
    """
    claims = sorted(selected, key=lambda claim: claim.claimant)
    aside = [
        SetAsideClaim(claim, NONE_REPORTED if claim.none_reported else NO_NUMBER)
        for claim in claims
        if claim.bounds is None or claim.none_reported
    ]
    numbers = [
        ComparedClaim(claim, claim.bounds)
        for claim in claims
        if claim.bounds is not None and not claim.none_reported
    ]
    if not numbers:
        reason = NO_NUMBER_REASON if aside else NO_CLAIM_REASON
        return Reconciliation("not_comparable", reason, None, None, (), (), tuple(aside))
    if as_of is not None and basis in ("cumulative", "increment"):
        ended = [number for number in numbers if number.claim.days.last <= as_of.last] or numbers
        aside = [*_set_aside(numbers, ended, ONLY_HOLDS), *aside]
        numbers = ended
    match basis:
        case "cumulative":
            rivals = _running_totals(numbers, BreakIndex(breaks))
        case "increment":
            rivals = _increments(numbers)
        case "stock":
            rivals = _stocks(numbers)
        case _:
            rivals = _Rivals(numbers, numbers, [], is_dated=False)
    return _agreement(rivals, aside, unit)


class BreakIndex:
    """The resets and adjustments of a series, by claimant and day.

    Both stand at the start of their day, so that a claim for that day has them already.
    """

    def __init__(self, breaks: Iterable[Break]) -> None:
        resets: dict[str | None, list[date]] = defaultdict(list)
        shifts: dict[str | None, list[tuple[date, int]]] = defaultdict(list)
        for cut in breaks:
            if cut.shift is None:
                resets[cut.claimant].append(cut.day)
            else:
                shifts[cut.claimant].append((cut.day, cut.shift))
        self._resets = {claimant: sorted(days) for claimant, days in resets.items()}
        self._shifts: dict[str | None, tuple[list[date], list[int]]] = {}
        for claimant, pairs in shifts.items():
            in_order = sorted(pairs)
            sums = [0, *accumulate(shift for _, shift in in_order)]
            self._shifts[claimant] = [day for day, _ in in_order], sums

    def resets_by(self, claimant: str, day: date) -> int:
        """How often the claimant's count was reset by the end of a day."""
        return sum(bisect_right(self._resets.get(key, ()), day) for key in (None, claimant))

    def shift(self, claimant: str, after: date, until: date) -> int:
        """The sum of the adjustments after a day, up to the end of another."""
        total = 0
        for key in (None, claimant):
            days, sums = self._shifts.get(key, ([], [0]))
            total += sums[bisect_right(days, until)] - sums[bisect_right(days, after)]
        return total


class _Rivals(NamedTuple):
    """The claims compared, those among them of the newest date, and those set aside by the basis."""

    compared: Sequence[ComparedClaim]
    newest: Sequence[ComparedClaim]
    set_aside: Sequence[SetAsideClaim]
    is_dated: bool = True
    """Whether the days of the claims are their dates: counts of an incident are put in order by when they
    were said, too, which a reason must not print as if it were their date."""


def _running_totals(numbers: Sequence[ComparedClaim], breaks: BreakIndex) -> _Rivals:
    top = max((claim for claim, _ in numbers), key=lambda claim: claim.date_order)
    days, resets = top.days, breaks.resets_by(top.claimant, top.days.last)
    newest, others, aside = [], [], []
    for number in numbers:
        claim = number.claim
        if breaks.resets_by(claim.claimant, claim.days.last) != resets:
            aside.append(SetAsideClaim(claim, OTHER_COUNT))
        elif claim.days == days:
            newest.append(number)
        else:
            shift = breaks.shift(claim.claimant, claim.days.last, days.last)
            others.append(ComparedClaim(claim, Bounds(max(0, number.bounds.low + shift), None)))
    is_long = days.first != days.last
    has_floors_within = is_long and any(days.first <= other.claim.days.last for other in others)
    at_newest_date = (
        [ComparedClaim(claim, Bounds(bounds.low, None)) for claim, bounds in newest]
        if has_floors_within
        else newest
    )
    return _Rivals([*at_newest_date, *others], newest, aside)


def _increments(numbers: Sequence[ComparedClaim]) -> _Rivals:
    days = max((claim for claim, _ in numbers), key=lambda claim: claim.date_order).days
    newest = [number for number in numbers if number.claim.days == days]
    return _Rivals(newest, newest, _set_aside(numbers, newest, OTHER_PERIOD))


def _stocks(numbers: Sequence[ComparedClaim]) -> _Rivals:
    day = max(claim.days.first for claim, _ in numbers)
    newest = [number for number in numbers if number.claim.days.hold(Days(day, day))]
    return _Rivals(newest, newest, _set_aside(numbers, newest, OTHER_DATE))


def _set_aside(
    numbers: Iterable[ComparedClaim], remaining: Iterable[ComparedClaim], reason: str
) -> list[SetAsideClaim]:
    compared = {number.claim.source for number in remaining}
    return [SetAsideClaim(claim, reason) for claim, _ in numbers if claim.source not in compared]


def _agreement(rivals: _Rivals, set_aside: Sequence[SetAsideClaim], unit: str | None) -> Reconciliation:
    overlap: Bounds | None = rivals.compared[0].bounds
    for number in rivals.compared[1:]:
        overlap = overlap.intersection(number.bounds) if overlap else None
    agreement: Agreement = "single" if len(rivals.compared) == 1 else "compatible" if overlap else "contested"
    return Reconciliation(
        agreement,
        _reason(rivals, overlap, unit),
        overlap,
        reduce(Bounds.hull, (bounds for _, bounds in rivals.newest)),
        tuple(claim for claim, _ in rivals.newest),
        tuple(rivals.compared),
        (*rivals.set_aside, *set_aside),
    )


def _reason(rivals: _Rivals, overlap: Bounds | None, unit: str | None) -> str:
    """Why the standing is what it is, in words that can be printed."""
    compared = rivals.compared
    if len(compared) == 1:
        return f"only one claim is compared: {_rival_words(compared[0], unit)}"
    if overlap is not None:
        return f"{_kinds(rivals)}; all claims {with_unit(_hold(overlap), unit)}"
    floor = max(compared, key=lambda number: number.bounds.low)
    ceiling = min(
        (number for number in compared if number.bounds.high is not None),
        key=lambda number: number.bounds.high or 0,
    )
    is_dated = rivals.is_dated and floor.claim.days != ceiling.claim.days
    low, high = (_rival_words(number, unit, is_dated=is_dated) for number in (floor, ceiling))
    return f"no number satisfies all claims: one allows {low}, another {high}"


def _own_words(number: ComparedClaim, unit: str | None) -> str:
    """A claim in its own words; by its bounds where it has no figure here."""
    claim = number.claim
    if claim.figure is not None:
        return figure_words(claim.figure)
    return with_unit(_phrase(claim.bounds or number.bounds), unit)


def _rival_words(number: ComparedClaim, unit: str | None, *, is_dated: bool = False) -> str:
    """What a claim allows at the newest date, and what it says if that is something else."""
    claim, own, figure = number.claim, number.claim.bounds, number.claim.figure
    day = days_words(claim.days)
    words, allowed = _own_words(number, unit), with_unit(_phrase(number.bounds), unit)
    additions = [day] if is_dated else []
    if own is None or own == number.bounds:
        is_open = figure and (figure.qualifier in ("about", "almost") or figure.bounds_origin)
        return _add(words, *([_phrase(number.bounds)] if is_open else []), *additions)
    if own.low != number.bounds.low:
        return _add(allowed, f"for which {words} of {day} stands with its adjustments")
    return _add(allowed, *additions) if own.low == own.high else _add(allowed, f"{words} of {day}")


def _add(words: str, *additions: str) -> str:
    return f"{words} ({'; '.join(additions)})" if additions else words


def _kinds(rivals: _Rivals) -> str:
    """What kinds of claims are compared: `two floors`, `one number and one floor from another date`."""
    newest = {claim.source for claim, _ in rivals.newest}
    kinds = Counter(_kind(number, is_newest=number.claim.source in newest) for number in rivals.compared)
    *first, last = [
        f"{_COUNT_WORDS[count] if count < len(_COUNT_WORDS) else f'{count:,}'} {kind[count > 1]}"
        for kind, count in sorted(kinds.items(), key=lambda item: _KINDS.index(item[0]))
    ]
    return f"{', '.join(first)} and {last}" if first else last


def _kind(number: ComparedClaim, *, is_newest: bool) -> tuple[str, str]:
    """What a compared claim is, as one of them and as several."""
    bounds, own = number.bounds, number.claim.bounds
    if bounds.high is None:
        if own is None or own.high is None:
            return _FLOOR
        return _FLOOR_OF_LONG_DATE if is_newest else _FLOOR_OF_OTHER_DATE
    if bounds.low == bounds.high:
        return _NUMBER
    return _RANGE if bounds.low else _CEILING


def _phrase(bounds: Bounds) -> str:
    return bounds_phrase(bounds.low, bounds.high)


def _hold(overlap: Bounds) -> str:
    """Where all claims hold, as the end of a sentence."""
    low, high = overlap.low, overlap.high
    if high is None:
        return f"hold from {low:,}"
    if low == high:
        return f"hold at {low:,}"
    return f"hold from {low:,} to {high:,}" if low else f"hold up to {high:,}"
