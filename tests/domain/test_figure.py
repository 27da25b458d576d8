from functools import reduce
from itertools import combinations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import figures
from timeline.domain.components import RuleViolation
from timeline.domain.figure import Bounds, Figure, reconcile

LIMIT = 12
small = st.integers(0, LIMIT)
bounds = st.builds(
    lambda low, width: Bounds(low, None if width is None else low + width), small, st.none() | small
)


def numbers(interval: Bounds | None) -> set[int]:
    """The small numbers in an interval; 30 represents all larger numbers."""
    if interval is None:
        return set()
    return set(range(interval.low, (30 if interval.high is None else interval.high) + 1))


@given(bounds, bounds)
def test_intersection_and_hull_do_not_depend_on_order(first, second):
    """Both operations are commutative."""
    expected = (second.intersection(first), second.hull(first))

    assert expected == (first.intersection(second), first.hull(second))


@given(bounds, bounds, bounds)
def test_intersection_and_hull_do_not_depend_on_grouping(first, second, third):
    """Both operations are associative; what is empty stays so."""
    first_two, last_two = first.intersection(second), second.intersection(third)

    assert (first_two and first_two.intersection(third)) == (last_two and first.intersection(last_two))
    assert first.hull(second).hull(third) == first.hull(second.hull(third))


@given(bounds)
def test_an_interval_with_itself_is_itself(interval):
    """Both operations are idempotent."""
    assert (interval, interval) == (interval.intersection(interval), interval.hull(interval))


@given(bounds, bounds)
def test_intersection_and_hull_absorb_each_other(first, second):
    """What two have in common adds nothing to the one, and what both span takes nothing from it."""
    shared = first.intersection(second)

    assert first == first.intersection(first.hull(second))
    assert shared is None or first == first.hull(shared)


@given(bounds, bounds)
def test_bounds_mean_sets_of_numbers(first, second):
    """The intersection holds what both hold, the hull is the smallest interval with all of both."""
    both = numbers(first) | numbers(second)

    assert numbers(first) & numbers(second) == numbers(first.intersection(second))
    assert set(range(min(both), max(both) + 1)) == numbers(first.hull(second))
    assert first.meets(second) == bool(numbers(first) & numbers(second))


@given(st.lists(bounds, min_size=1, max_size=6))
def test_reconciling_equals_trying_every_number(claims):
    """Overlap and envelope are what counting through all small numbers gives."""
    sets = [numbers(claim) for claim in claims]
    reconciled = reconcile(claims)
    assert reconciled is not None
    every = set.union(*sets)

    assert set.intersection(*sets) == numbers(reconciled.overlap)
    assert set(range(min(every), max(every) + 1)) == numbers(reconciled.envelope)


@given(st.lists(bounds, min_size=2, max_size=6))
def test_claims_are_compatible_if_each_two_are(claims):
    """Helly's theorem on the line: intervals that meet two by two meet all together."""
    reconciled = reconcile(claims)
    assert reconciled is not None
    pairwise = all(first.meets(second) for first, second in combinations(claims, 2))

    assert ("compatible" if pairwise else "contested") == reconciled.agreement
    assert pairwise == (reconciled.overlap is not None)


@given(st.lists(bounds, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_reconciling_does_not_depend_on_order(claims, random):
    """Claims in another order reconcile to the same."""
    reconciled = reconcile(random.sample(claims, len(claims)))
    assert reconciled is not None

    assert reconcile(claims) == reconciled
    assert reduce(Bounds.hull, claims) == reconciled.envelope


def test_one_claim_is_single_and_none_give_none():
    """A single claim is its own overlap and envelope."""
    alone = Bounds(3, 5)

    assert ("single", alone, alone) == reconcile([alone])
    assert reconcile([]) is None


@pytest.mark.parametrize(
    ("qualifier", "value", "low", "high"),
    [
        ("exact", 1, 1, 1),
        ("exact", 0, 0, 0),
        ("about", 3000, 2500, 3500),
        ("about", 3100, 3050, 3150),
        ("about", 12, 12, 12),
        ("about", 0, 0, 0),
        ("at_least", 1100, 1100, None),
        ("more_than", 3000, 3001, None),
        ("more_than", 0, 1, None),
        ("at_most", 40, 0, 40),
        ("up_to", 12000, 0, 12000),
        ("up_to", 0, 0, 0),
        ("fewer_than", 10, 0, 9),
        ("fewer_than", 1, 0, 0),
        ("almost", 3000, 2500, 2999),
        ("almost", 7, 6, 6),
        ("almost", 1, 0, 0),
        ("more_than", 2**53 - 1, 2**53, None),
    ],
)
def test_a_value_sets_the_bounds_that_its_qualifier_says(qualifier, value, low, high):
    """Each qualifier reads its value as the module's table says, whatever other numbers the figure has."""
    expected = Bounds(low, high)

    assert expected == Figure(qualifier=qualifier, value=value).bounds
    assert expected == Figure(qualifier=qualifier, value=value, low=5, best=6, high=4).bounds


@pytest.mark.parametrize(
    ("fields", "low", "high"),
    [
        ({"qualifier": "between", "low": 40, "high": 60}, 40, 60),
        ({"qualifier": "between", "low": 60, "high": 40}, 40, 60),
        ({"qualifier": "between", "low": 40, "best": 70, "high": 60}, 40, 70),
        ({"qualifier": "between", "low": 0, "high": 0}, 0, 0),
        ({"qualifier": "vague"}, 0, None),
        ({"qualifier": "vague", "verbatim": "dozens", "low": 24}, 24, None),
        ({"qualifier": "vague", "low": 24, "high": 99}, 24, 99),
        ({"qualifier": "vague", "high": 99}, 0, 99),
        ({"qualifier": "vague", "low": 99, "high": 24}, 24, 99),
        ({"qualifier": "none_reported"}, 0, None),
        ({"qualifier": "none_reported", "value": 0}, 0, None),
    ],
)
def test_figures_without_one_value_have_bounds(fields, low, high):
    """Ranges, words and silence set the bounds that the module's table says."""
    assert Bounds(low, high) == Figure(**fields).bounds


def test_figures_out_of_order_are_kept_and_flagged():
    """`low` above `best` is published data: the figure keeps both as they came and says so."""
    figure = Figure(qualifier="exact", value=5, low=9, best=5, high=12)

    assert (figure.low, figure.best, figure.high) == (9, 5, 12)
    assert figure.disordered
    assert not Figure(qualifier="exact", value=5, low=5, best=5, high=12).disordered
    assert Figure(qualifier="vague", low=9, high=8).disordered


def test_null_is_not_zero():
    """A number that nobody gave is absent, from the figure and from its JSON; zero is a number."""
    silent, zero = Figure(qualifier="none_reported"), Figure(qualifier="exact", value=0)

    assert (silent.point, zero.point) == (None, 0)
    assert Bounds(0, None) == silent.bounds
    assert Bounds(0, 0) == zero.bounds
    assert msgspec.json.encode(silent) == b'{"qualifier":"none_reported"}'
    assert msgspec.json.encode(zero) == b'{"qualifier":"exact","value":0}'


def test_the_number_to_draw_is_the_best_one():
    """A source's best estimate goes before its value, even where it is zero."""
    assert Figure(qualifier="exact", value=7, best=0).point == 0
    assert Figure(qualifier="exact", value=7).point == 7


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"qualifier": "between", "high": 3}, "low"),
        ({"qualifier": "between", "low": 3}, "high"),
        ({"qualifier": "exact"}, "value"),
        ({"qualifier": "up_to", "low": 1, "high": 3}, "value"),
        ({"qualifier": "fewer_than", "value": 0}, "value"),
        ({"qualifier": "almost", "value": 0}, "value"),
    ],
)
def test_a_figure_needs_what_its_qualifier_needs(fields, field):
    """A qualifier without its number is refused, and the refusal names the field."""
    with pytest.raises(RuleViolation) as refusal:
        Figure(**fields)

    assert field == refusal.value.field


@given(figures())
def test_any_figure_has_bounds_that_hold_a_number(figure):
    """No figure is empty: there is at least one number that it allows, and none below zero."""
    low, high = figure.bounds.low, figure.bounds.high

    assert low >= 0
    assert high is None or low <= high


def test_the_two_floors_of_the_first_case_are_compatible():
    """The claims "more than 3,000" and "at least 1,100" both hold from 3,001 on."""
    ukraine = Figure(qualifier="more_than", value=3000).bounds
    nis = Figure(qualifier="at_least", value=1100).bounds

    assert ("compatible", Bounds(3001, None), Bounds(1100, None)) == reconcile([ukraine, nis])
