"""How rival claims agree: which are compared, by basis, which are set aside and why, and the policies."""

from collections.abc import Sequence
from typing import NamedTuple

from tests.support.meaning.bounds import Interval, best_number, envelope, overlap
from tests.support.meaning.claims import Claim
from tests.support.meaning.dates import Days
from tests.support.meaning.resets import Break, count_number, shift_between

ONLY_HOLDS = "of a date that only holds the one asked for"
OTHER_PERIOD = "of another period"
OTHER_DATE = "of another date"
OTHER_COUNT = "of a count that was reset a different number of times"
NO_NUMBER = "without a number that can be compared"
NONE_REPORTED = "none reported is no number"

GRADES = ("confirmed", "probable", "possible", None, "contested", "discounted")
"""From the best to the worst; without a grade a claim is better than a contested one."""


class Standing(NamedTuple):
    """How the claims of one series and unit agree, for a date or now."""

    standing: str
    reason: str
    overlap: Interval | None
    """What satisfies all claims compared."""
    envelope: Interval | None
    """From the lowest to the highest that the claims of the newest date allow."""
    newest: tuple[Claim, ...]
    """The claims of the newest date, among which policies choose."""
    compared: tuple[tuple[Claim, Interval], ...]
    """All claims compared, with what each allows at the newest date."""
    set_aside: tuple[tuple[Claim, str], ...]
    selected: tuple[Claim, ...]
    """Each claimant's claim for the date."""
    by_holding: frozenset[str]
    """The claimants whose claim only holds the date, as "2024" holds June."""


class Choice(NamedTuple):
    """What a policy gives: a claim or an interval, or neither with the reason."""

    claim: Claim | None
    interval: Interval | None
    best: int | None
    reason: str | None


def last_words(claims: Sequence[Claim]) -> list[Claim]:
    """Of one claimant's figures for the same days the last word stands.

    `none_reported` takes part in nothing. Choice: it therefore supersedes no number of the same claimant
    either.
    """
    last: dict[tuple[str, Days], Claim] = {}
    for claim in sorted(claims, key=lambda c: c.word.order):
        if not claim.is_none:
            last[claim.claimant, claim.speaks_for.days] = claim
    return list(last.values())


def select(line: Sequence[Claim], asked_for: Days | None) -> tuple[Claim | None, bool]:
    """A claimant's claim for a date, and whether it only holds it.

    The newest whose named days end at or before the last day asked for; only where there is none, one whose
    named days hold it. Choice: of several that hold it the narrowest (begins last, ends first).
    """
    words = last_words(line)
    if asked_for is None:
        return max(words, key=lambda c: c.order, default=None), False
    before = [claim for claim in words if claim.speaks_for.days.last <= asked_for.last]
    if before:
        return max(before, key=lambda c: c.order), False
    holding = [claim for claim in words if claim.speaks_for.days.hold(asked_for)]
    narrowest = max(
        holding,
        key=lambda c: (c.speaks_for.days.first, -c.speaks_for.days.last.toordinal()),
        default=None,
    )
    return narrowest, narrowest is not None


def reconcile(claims: Sequence[Claim], breaks: Sequence[Break], asked_for: Days | None = None) -> Standing:
    """How the claims of one series and unit agree; the date selects each claimant's claim, no more."""
    lines = {claim.claimant: [c for c in claims if c.claimant == claim.claimant] for claim in claims}
    chosen = {claimant: select(lines[claimant], asked_for) for claimant in sorted(lines)}
    selected = [claim for claim, _ in chosen.values() if claim is not None]
    holding = frozenset(name for name, (claim, holds) in chosen.items() if claim is not None and holds)
    aside = [(claim, NO_NUMBER) for claim in selected if claim.bounds is None]
    aside += [(claim, NONE_REPORTED) for claim in claims if claim.is_none]
    numbers = [claim for claim in selected if claim.bounds is not None]
    numbers, only_holding = _answering(numbers, asked_for)
    aside += [(claim, ONLY_HOLDS) for claim in only_holding]
    compared, newest, others = _by_basis(numbers, breaks)
    low_high = overlap(interval for _, interval in compared)
    word, reason = _standing(compared, low_high, bool(aside))
    return Standing(
        word,
        reason,
        low_high,
        envelope(claim.bounds for claim in newest if claim.bounds is not None),
        tuple(newest),
        tuple(compared),
        (*others, *aside),
        tuple(selected),
        holding,
    )


def _answering(numbers: list[Claim], asked_for: Days | None) -> tuple[list[Claim], list[Claim]]:
    """Those of the selected claims that answer for the date, and those set aside since they only hold it.

    `as_of` prefers a claim that ends by the date; only where there is none, one that holds it. Choice: of a
    running total and of what a period added, that is asked of all claimants together, and of their claims
    with a number: nobody's 300 in 2024 is the figure for January, where somebody has one. A stock has its
    own rule, whose days hold the first day; counts of one incident are rivals whatever their dates.
    """
    if asked_for is None or not numbers or numbers[0].topic.basis not in ("cumulative", "increment"):
        return numbers, []
    ended = [claim for claim in numbers if claim.speaks_for.days.last <= asked_for.last]
    answering = ended or numbers
    return answering, [claim for claim in numbers if claim not in answering]


def _standing(
    compared: Sequence[tuple[Claim, Interval]], common: Interval | None, aside: bool
) -> tuple[str, str]:
    """By the claims compared: one is `single`, several `compatible` or `contested`, none `not_comparable`."""
    if not compared:
        return "not_comparable", "no claim has a number" if aside else "there is no claim for this date"
    if len(compared) == 1:
        return "single", f"only {compared[0][0].claimant} gives a number that is compared"
    names = " and ".join(claim.claimant for claim, _ in compared)
    if common is None:
        return "contested", f"no number satisfies the claims of {names}"
    return "compatible", f"some number satisfies the claims of {names}"


Split = tuple[list[tuple[Claim, Interval]], list[Claim], list[tuple[Claim, str]]]
"""The claims compared with their intervals, those of the newest date, and those set aside."""


def _by_basis(numbers: list[Claim], breaks: Sequence[Break]) -> Split:
    if not numbers:
        return [], [], []
    match numbers[0].topic.basis:
        case "cumulative":
            return _running_totals(numbers, breaks)
        case "increment":
            return _increments(numbers)
        case "stock":
            return _stocks(numbers)
    return [(claim, _bounds(claim)) for claim in numbers], numbers, []


def _running_totals(numbers: list[Claim], breaks: Sequence[Break]) -> Split:
    """A running total never falls: claims are compared for the newest date among those selected.

    That is the one that ends last, of these the one that begins last. A claim that names the same days
    counts with its bounds; every other is a floor at the end of its date, shifted by the adjustments since.
    A date of several days sets a ceiling only where no claim of other days falls within it: choice: a claim
    falls within where its last day does, since its floor stands at that day. A single day keeps its ceiling,
    though a month may end with it. Claims of counts that were
    begun anew a different number of times than the newest claim's (the last word's of the newest date) are
    set aside.
    """
    top = max(numbers, key=lambda claim: claim.order)
    days = top.speaks_for.days
    count = count_number(top, breaks)
    same_count = [claim for claim in numbers if count_number(claim, breaks) == count]
    aside = [(claim, OTHER_COUNT) for claim in numbers if claim not in same_count]
    newest = [claim for claim in same_count if claim.speaks_for.days == days]
    others = [claim for claim in same_count if claim not in newest]
    is_long = days.first != days.last
    within = is_long and any(days.first <= claim.speaks_for.days.last for claim in others)
    compared = []
    for claim in same_count:
        low, high = _bounds(claim)
        if claim in newest:
            compared.append((claim, Interval(low, None if within else high)))
        else:
            shift = shift_between(claim.claimant, claim.speaks_for.days, days, breaks)
            compared.append((claim, Interval(max(0, low + shift), None)))
    return compared, newest, aside


def _increments(numbers: list[Claim]) -> Split:
    """The standing is that of the newest period; others are set aside, "of another period"."""
    days = max(numbers, key=lambda claim: claim.order).speaks_for.days
    newest = [claim for claim in numbers if claim.speaks_for.days == days]
    aside = [(claim, OTHER_PERIOD) for claim in numbers if claim not in newest]
    return [(claim, _bounds(claim)) for claim in newest], newest, aside


def _stocks(numbers: list[Claim]) -> Split:
    """Of the date that begins last among those selected; rivals are those that hold its first day."""
    day = max(claim.speaks_for.days.first for claim in numbers)
    newest = [claim for claim in numbers if claim.speaks_for.days.hold(Days(day, day))]
    aside = [(claim, OTHER_DATE) for claim in numbers if claim not in newest]
    return [(claim, _bounds(claim)) for claim in newest], newest, aside


def _bounds(claim: Claim) -> Interval:
    return claim.bounds or Interval(0, None)


def choose(standing: Standing, policy: str) -> Choice:
    """A policy chooses among the claims of the newest date; null with the reason where nothing is compared.

    `envelope` is the interval of them all with the newest word's best, none where that has none.
    """
    if not standing.newest:
        return Choice(None, None, None, standing.reason)
    latest = max(standing.newest, key=lambda c: c.word.order)
    if policy == "envelope":
        return Choice(None, standing.envelope, best_number(latest.figure), None)
    claim = choose_claim(standing.newest, policy)
    if claim is None:
        return Choice(None, None, None, f"no claim of the newest date fits the policy {policy}")
    return Choice(claim, claim.bounds, best_number(claim.figure), None)


def choose_claim(claims: Sequence[Claim], policy: str) -> Claim | None:
    """The claim that a policy picks; of equals the last word. None where none fits it."""
    latest_first = sorted(claims, key=lambda c: c.word.order, reverse=True)
    match policy:
        case "latest":
            return latest_first[0]
        case "lowest":
            return min(latest_first, key=lambda c: (_bounds(c).low, _bounds(c).top))
        case "highest":
            return max(latest_first, key=lambda c: (_bounds(c).top, _bounds(c).low))
        case "best_grade":
            return min(latest_first, key=lambda c: GRADES.index(c.grade))
    claimant = policy.removeprefix("claimant:")
    return next((claim for claim in latest_first if claim.claimant == claimant), None)
