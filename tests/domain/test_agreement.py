"""How rival claims agree: the rules case by case, as properties, and against the plain model."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple

from tests.support.meaning import standing as model
from tests.support.meaning.bounds import Interval
from timeline.domain.agreement import (
    NO_NUMBER,
    NONE_REPORTED,
    ONLY_HOLDS,
    OTHER_COUNT,
    OTHER_DATE,
    OTHER_PERIOD,
    Break,
    Reconciliation,
    RivalClaim,
    reconcile,
    select_claim,
)
from timeline.domain.edtf import Days, named_days
from timeline.domain.figure import Bounds, Figure

CLAIMANTS = ("m", "y", "z")
START = datetime(2025, 1, 1, tzinfo=UTC)

dates = st.sampled_from(
    ["2024", "2024-11", "2024-12", "2024-12-01/2024-12-20", *(f"2024-12-{day:02}" for day in range(1, 28, 5))]
).map(named_days)
numbers = st.integers(0, 12)
bounds = st.builds(
    lambda low, width: Bounds(low, None if width is None else low + width), numbers, st.none() | numbers
)
breaks = st.lists(
    st.builds(
        Break,
        st.integers(0, 60).map(lambda day: date(2024, 11, 1) + timedelta(day)),
        st.none() | st.sampled_from(CLAIMANTS),
        st.none() | st.integers(-3, 3),
    ),
    max_size=4,
)
bases = st.sampled_from(("cumulative", "increment", "stock", "incident"))


@st.composite
def claims(draw: st.DrawFn, claimants: tuple[str, ...] = CLAIMANTS) -> list[RivalClaim]:
    """Claims at positions of their own; some were said before what is recorded before them."""
    size = draw(st.integers(0, 8))
    return [
        RivalClaim(
            UUID(int=position),
            draw(st.sampled_from(claimants)),
            draw(st.none() | bounds),
            draw(dates),
            START + timedelta(draw(st.integers(0, 3))),
            position,
        )
        for position in range(1, size + 1)
    ]


def claim(claimant: str, low: int, high: int | None, day: str, **fields: Any) -> RivalClaim:
    """A claim for a date, said in the order of the alphabet."""
    order = ord(claimant[0])
    base = RivalClaim(UUID(int=order), claimant, Bounds(low, high), named_days(day), START, order)
    return base._replace(**fields)


def selected(rivals: list[RivalClaim], as_of: Days | None = None) -> list[RivalClaim]:
    """Each claimant's claim for a date."""
    lines = [[rival for rival in rivals if rival.claimant == name] for name in CLAIMANTS]
    return [choice.claim for line in lines if (choice := select_claim(line, as_of))]


def standing(basis: str, *rivals: RivalClaim, breaks: tuple[Break, ...] = ()) -> tuple[Any, ...]:
    """The standing and what satisfies all claims."""
    result = reconcile(basis, rivals, breaks)
    return result.agreement, result.overlap and astuple(result.overlap)


@given(bases, claims(), breaks, st.none() | dates)
def test_agreement_is_that_of_the_plain_model(basis, rivals, cuts, as_of):
    """Which claims are selected, compared and set aside, and what they allow, as the rules say once more."""
    as_model = {rival.source: as_model_claim(basis, rival) for rival in rivals}
    expected = model.reconcile(list(as_model.values()), [as_model_break(cut) for cut in cuts], as_of)
    choices = {name: select_claim([r for r in rivals if r.claimant == name], as_of) for name in CLAIMANTS}
    result = reconcile(basis, selected(rivals, as_of), cuts, as_of=as_of)

    assert expected.by_holding == {name for name, choice in choices.items() if choice and choice.contains}
    assert (expected.standing, expected.overlap, expected.envelope) == (
        result.agreement,
        result.overlap and astuple(result.overlap),
        result.envelope and astuple(result.envelope),
    )
    assert [c.source for c in expected.newest] == [c.source for c in result.newest]
    assert {c.source: tuple(limits) for c, limits in expected.compared} == {
        c.source: astuple(limits) for c, limits in result.compared
    }
    aside = {c.source: reason for c, reason in result.set_aside if reason != NONE_REPORTED}
    assert {c.source: reason for c, reason in expected.set_aside if not c.is_none} == aside


def as_model_claim(basis: str, rival: RivalClaim) -> Any:
    """A claim with what the model asks of one."""
    order = (rival.said_at, rival.position)
    return SimpleNamespace(
        source=rival.source,
        claimant=rival.claimant,
        bounds=rival.bounds and Interval(*astuple(rival.bounds)),
        is_none=rival.none_reported,
        speaks_for=SimpleNamespace(days=rival.days),
        word=SimpleNamespace(order=order),
        order=(*rival.days.by_end, *order),
        topic=SimpleNamespace(basis=basis),
    )


def as_model_break(cut: Break) -> Any:
    """A break with what the model asks of one."""
    return SimpleNamespace(**cut._asdict(), touches=lambda claimant: cut.claimant in (None, claimant))


@given(bases, claims(), breaks, st.randoms(use_true_random=False))
def test_agreement_does_not_depend_on_the_order_of_claims(basis, rivals, cuts, random):
    """Neither the order of the claims nor that of the breaks changes what stands."""
    chosen = selected(rivals)
    again = reconcile(basis, random.sample(chosen, len(chosen)), random.sample(cuts, len(cuts)))

    assert reconcile(basis, chosen, cuts) == again


@given(claims(("m",)), st.none() | dates, st.data())
def test_the_last_word_wins_in_any_order_of_recording(rivals, as_of, data):
    """Of words said at different times it makes no difference which was recorded first."""
    words = [rival._replace(said_at=START + timedelta(n)) for n, rival in enumerate(rivals)]
    positions = data.draw(st.permutations([word.position for word in words]))
    late = [word._replace(position=p) for word, p in zip(words, positions, strict=True)]
    choices = [select_claim(line, as_of) for line in (words, late)]

    assert len({choice and choice.claim.source for choice in choices}) == 1


@given(bounds, bounds, st.integers(0, 12))
def test_an_earlier_floor_never_contests_a_later_total_above_it(total, other, low):
    """A total of January below that of December is no contradiction, whatever stood beside the latter."""
    now = [claim("m", *astuple(total), "2024-12-27"), claim("y", *astuple(other), "2024-12-27")]
    floor = claim("z", min(low, total.low, other.low), None, "2024-01-05")

    assert standing("cumulative", *now)[0] == standing("cumulative", *now, floor)[0]


@given(bases, claims(), breaks)
def test_every_standing_can_be_printed(basis, rivals, cuts):
    """Bounds are in order, the claims of the newest date are compared, and every reason says something."""
    result: Reconciliation = reconcile(basis, selected(rivals), cuts)
    intervals = [result.overlap, result.envelope, *(limits for _, limits in result.compared)]

    assert all(i is None or i.high is None or i.low <= i.high for i in intervals)
    assert {c.source for c in result.newest} <= {c.source for c, _ in result.compared}
    assert result.reason
    assert all(reason for _, reason in result.set_aside)


@pytest.mark.parametrize(
    ("rivals", "expected", "reason"),
    [
        (
            [claim("nis", 1100, 1100, "2024-01-05"), claim("ukraine", 3000, 3000, "2024-12-27")],
            ("compatible", (3000, 3000)),
            "one number and one floor from another date; all claims hold at 3,000",
        ),
        (
            [claim("nis", 3000, 3000, "2024-01-05"), claim("ukraine", 1100, 1100, "2024-12-27")],
            ("contested", None),
            (
                "no number satisfies all claims: one allows at least 3,000 (5 January 2024),"
                " another 1,100 (27 December 2024)"
            ),
        ),
        (
            [claim("nis", 1100, None, "2024-12-23"), claim("ukraine", 3001, None, "2024-12-27")],
            ("compatible", (3001, None)),
            "two floors; all claims hold from 3,001",
        ),
        (
            [claim("a", 13, 17, "2024-01-01"), claim("b", 14, 14, "2024-01-01")],
            ("compatible", (14, 14)),
            "one number and one range; all claims hold at 14",
        ),
        (
            [claim("a", 15, 15, "2024-01-01"), claim("b", 14, 14, "2024-01-01")],
            ("contested", None),
            "no number satisfies all claims: one allows 15, another 14",
        ),
        (
            [claim("a", 1100, 1100, "2024-12"), claim("b", 900, 900, "2024-12-05")],
            ("compatible", (1100, None)),
            (
                "one floor from a date of several days and one floor from another date;"
                " all claims hold from 1,100"
            ),
        ),
        (
            [claim("a", 0, 12000, "2024-12"), claim("b", 0, 9000, "2024-12"), claim("c", 3, 8, "2024-12")],
            ("compatible", (3, 8)),
            "one range and two ceilings; all claims hold from 3 to 8",
        ),
        (
            [claim("a", 3001, None, "2024")],
            ("single", (3001, None)),
            "only one claim is compared: at least 3,001",
        ),
        ([], ("not_comparable", None), "there is no claim for this date"),
        (
            [claim("a", 0, None, "2024", bounds=None)],
            ("not_comparable", None),
            "no claim has a number that can be compared",
        ),
    ],
)
def test_running_totals(rivals, expected, reason):
    """A total is a floor for every later date, and the standing says in words what it rests on."""
    assert expected == standing("cumulative", *rivals)
    assert reason == reconcile("cumulative", rivals).reason


@pytest.mark.parametrize(
    "rivals",
    [
        [
            claim("m", 800, 800, "2024-12"),
            claim("n", 1100, 1100, "2024-12-27"),
            claim("o", 900, 900, "2024-12-31"),
        ],
        [claim("m", 3000, 3000, "2024-12-27"), claim("n", 5000, 5000, "2024-12-01/2024-12-27")],
    ],
)
def test_a_single_day_keeps_its_ceiling(rivals):
    """A date of several days that ends with it is a floor below it like any other."""
    result = reconcile("cumulative", rivals)

    assert "contested" == result.agreement
    assert "several days" not in result.reason


@given(claims(), breaks)
def test_no_claim_for_another_date_lifts_the_ceiling_of_a_day(rivals, cuts):
    """Of the claims of a newest date of one day each is compared with the bounds of its words."""
    result = reconcile("cumulative", selected(rivals), cuts)
    newest = {claim.source for claim in result.newest if claim.days.first == claim.days.last}

    assert all(limits == c.bounds for c, limits in result.compared if c.source in newest)


def worded(rival: RivalClaim, **fields: Any) -> RivalClaim:
    """A claim with the bounds of a figure."""
    figure = Figure(**fields)
    return rival._replace(bounds=figure.bounds, figure=figure)


MORE = worded(claim("a", 0, 0, "2024-01-01"), qualifier="more_than", value=3000)
DOZENS = worded(claim("a", 0, 0, "2024-01-01"), qualifier="vague", verbatim="dozens")
ABOUT = worded(claim("a", 0, 0, "2024-01-01"), qualifier="about", value=3000)
THREE = worded(claim("a", 0, 0, "2024-01-01"), qualifier="exact", value=3, unit="battalions")
TEN = claim("b", 10, 10, "2024-02-01")
FIRST_TEN = claim("b", 10, 10, "2024-01-01")
ADJUSTED = Break(date(2024, 1, 15), "a", 50)
NOTHING = "no number satisfies all claims: one allows "


@pytest.mark.parametrize(
    ("rivals", "cuts", "unit", "reason"),
    [
        ([MORE], [], None, "only one claim is compared: more than 3,000"),
        ([DOZENS], [], None, "only one claim is compared: dozens (at least 24)"),
        ([claim("a", 0, None, "2024")], [], None, "only one claim is compared: at least 0"),
        ([THREE], [], "battalions", "only one claim is compared: 3 battalions"),
        ([claim("a", 3, 4, "2024")], [], "battalions", "only one claim is compared: 3 to 4 battalions"),
        (
            [THREE, claim("b", 3, 4, "2024-01-01")],
            [],
            "battalions",
            "one number and one range; all claims hold at 3 battalions",
        ),
        ([MORE, FIRST_TEN], [], None, f"{NOTHING}more than 3,000, another 10"),
        ([MORE, TEN], [], None, f"{NOTHING}more than 3,000 (1 January 2024), another 10 (1 February 2024)"),
        (
            [ABOUT, TEN],
            [],
            None,
            f"{NOTHING}at least 2,500 (about 3,000 of 1 January 2024), another 10 (1 February 2024)",
        ),
        (
            [worded(ABOUT, qualifier="exact", value=100), claim("b", 120, 120, "2024-02-01")],
            [ADJUSTED],
            None,
            (
                f"{NOTHING}at least 150 (for which 100 of 1 January 2024 stands with its adjustments),"
                " another 120 (1 February 2024)"
            ),
        ),
    ],
)
def test_a_reason_uses_the_words_of_its_claims(rivals, cuts, unit, reason):
    """With the unit, and with what a claim stands for where that is not what it says."""
    assert reason == reconcile("cumulative", rivals, cuts, unit).reason


def test_a_total_of_another_count_is_set_aside():
    """A reset stands at the start of its day: a claim for that day belongs to the new count."""
    old, new = claim("m", 500, 500, "2024-11-30"), claim("y", 7, 7, "2024-12-05")
    reset = Break(date(2024, 12, 1), None, None)
    result = reconcile("cumulative", [old, new], [reset])

    assert ("single", Bounds(7, 7)) == (result.agreement, result.overlap)
    assert [(old, OTHER_COUNT)] == list(result.set_aside)
    assert "contested" == standing("cumulative", old, new)[0]
    assert (
        "contested" == standing("cumulative", old, new, breaks=(reset._replace(day=date(2024, 11, 30)),))[0]
    )


def test_an_adjustment_shifts_the_floor():
    """What its claimant took back since is no part of the floor; an adjustment of others changes nothing."""
    old, new = claim("m", 100, 100, "2024-11-30"), claim("y", 85, 85, "2024-12-05")
    taken_back = Break(date(2024, 12, 1), "m", -20)

    assert ("compatible", (85, 85)) == standing("cumulative", old, new, breaks=(taken_back,))
    assert "contested" == standing("cumulative", old, new, breaks=(taken_back._replace(claimant="y"),))[0]
    assert (
        "contested" == standing("cumulative", old, new, breaks=(taken_back._replace(day=old.days.last),))[0]
    )


@pytest.mark.parametrize(
    ("basis", "days", "reason"),
    [("increment", ("2024-11", "2024-12"), OTHER_PERIOD), ("stock", ("2024-11", "2024-12-05"), OTHER_DATE)],
)
def test_claims_of_another_time_are_set_aside(basis, days, reason):
    """What is counted by period or at a date is compared for one of them."""
    old, new = claim("m", 5, 5, days[0]), claim("y", 7, 7, days[1])
    result = reconcile(basis, [old, new])

    assert ("single", [(old, reason)]) == (result.agreement, list(result.set_aside))


def test_a_stock_is_compared_for_the_first_day_of_the_newest_date():
    """A claim for a whole month holds each of its days."""
    month, day = claim("m", 5, 5, "2024-12"), claim("y", 7, 7, "2024-12-05")

    assert ("contested", None) == standing("stock", month, day)


def test_none_reported_is_no_rival():
    """It is set aside with its reason, and the other claim stands alone (07)."""
    silence = claim("z", 0, None, "2024-01-01", bounds=None, none_reported=True)
    result = reconcile("incident", [claim("m", 5, 5, "2024-01-01"), silence])

    assert ("single", Bounds(5, 5)) == (result.agreement, result.overlap)
    assert [(silence, NONE_REPORTED)] == list(result.set_aside)
    assert select_claim([silence], None) is None


def test_a_figure_without_a_number_is_set_aside():
    """Many is no number, but the claim is listed."""
    many = claim("z", 0, None, "2024-01-01", bounds=None)

    assert [(many, NO_NUMBER)] == list(reconcile("cumulative", [claim("m", 5, 5, "2024"), many]).set_aside)


@pytest.mark.parametrize(
    ("as_of", "expected", "contains"),
    [
        ("2024-12-27", "2024-12-27", False),
        ("2024-12-26", "2024-11", False),
        ("2024-12", "2024", False),
        ("2024-11-10", "2024-11", True),
        ("2024-06", "2024", True),
        ("2023", None, False),
    ],
)
def test_a_date_selects_the_newest_claim_by_its_end(as_of, expected, contains):
    """Else the narrowest that holds it, marked as such."""
    line = [
        claim("m", 1, 1, day, source=UUID(int=n)) for n, day in enumerate(("2024", "2024-11", "2024-12-27"))
    ]
    choice = select_claim(line, named_days(as_of))

    assert (expected and named_days(expected)) == (choice and choice.claim.days)
    assert contains == (choice is not None and choice.contains)


@pytest.mark.parametrize(
    ("basis", "days", "as_of", "expected"),
    [
        ("increment", ("2024", "2024-01"), "2024-01", "y"),
        ("cumulative", ("2024", "2024-06-15"), "2024-06-15", "y"),
        ("cumulative", ("2024", "2024-05"), "2024-06-15", "y"),
        ("cumulative", ("2024", "2024-01-01/2024-08-31"), "2024-06-15", "m y"),
        ("cumulative", ("2024", "2024-06-15"), "2024", "m y"),
        ("stock", ("2024", "2024-01-01"), "2024-01", "m y"),
        ("incident", ("2024", "2024-06-15"), "2024-06-15", "m y"),
    ],
)
def test_a_claim_that_only_holds_the_date_yields_to_one_that_ends_by_it(basis, days, as_of, expected):
    """Also to another claimant's, for what was counted up to a date or within a period."""
    rivals = [claim("m", 300, 300, days[0]), claim("y", 10, 10, days[1])]
    result = reconcile(basis, rivals, as_of=named_days(as_of))
    aside = [] if expected == "m y" else [(rivals[0], ONLY_HOLDS)]

    assert expected.split() == [number.claim.claimant for number in result.compared]
    assert aside == list(result.set_aside)


def test_a_claim_without_a_number_sets_none_aside():
    """What is not compared answers for no date in the place of a number."""
    year, many = claim("m", 300, 300, "2024"), claim("y", 0, None, "2024-01", bounds=None)
    result = reconcile("increment", [year, many], as_of=named_days("2024-01"))

    assert ("single", [(many, NO_NUMBER)]) == (result.agreement, list(result.set_aside))


def test_the_reason_of_an_incident_prints_no_day_on_which_a_count_was_said():
    """Counts without a date of their own are put in order by it, but it is no date of theirs."""
    counts = [claim("m", 9, 9, "2024-01-12"), claim("n", 4, 4, "2024-01-09")]

    assert "no number satisfies all claims: one allows 9, another 4" == reconcile("incident", counts).reason
