import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple

from tests.support.meaning.bounds import best_number, figure_bounds, published_bounds, vague_rule
from tests.support.strategies import figures
from timeline.domain.components import RuleViolation
from timeline.domain.figure import Bounds, Figure, Origin

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


@pytest.mark.parametrize(
    ("qualifier", "value", "low", "high"),
    [
        ("exact", 1, 1, 1),
        ("exact", 0, 0, 0),
        ("about", 3000, 2500, 3500),
        ("about", 3100, 2790, 3410),
        ("about", 3110, 3105, 3115),
        ("about", 1_456_610, 1_456_605, 1_456_615),
        ("about", 15, 13, 17),
        ("about", 14, 12, 16),
        ("about", 10, 5, 15),
        ("about", 7, 6, 8),
        ("about", 123, 122, 124),
        ("about", 9_900, 8_910, 10_890),
        ("about", 1, 0, 2),
        ("about", 0, 0, 1),
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
        ("almost", 15, 13, 14),
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
        ({"qualifier": "vague", "verbatim": "dozens"}, 24, None),
        ({"qualifier": "vague", "verbatim": "Hundreds  of soldiers"}, 200, None),
        ({"qualifier": "vague", "verbatim": "tens of thousands"}, 20_000, None),
        ({"qualifier": "vague", "verbatim": "tens of tanks"}, 20, None),
        ({"qualifier": "vague", "verbatim": "dozens", "best": 30}, 25, 35),
        ({"qualifier": "vague", "verbatim": "dozens", "low": 36}, 36, None),
        ({"qualifier": "vague", "low": 24, "high": 99}, 24, 99),
        ({"qualifier": "vague", "high": 99}, 0, 99),
        ({"qualifier": "vague", "low": 99, "high": 24}, 24, 99),
    ],
)
def test_figures_without_one_value_have_bounds(fields, low, high):
    """Ranges, words and silence set the bounds that the module's table says."""
    assert Bounds(low, high) == Figure(**fields).bounds


@pytest.mark.parametrize(
    "fields",
    [
        {"qualifier": "none_reported"},
        {"qualifier": "none_reported", "value": 0, "low": 3},
        {"qualifier": "vague"},
        {"qualifier": "vague", "verbatim": "many"},
        {"qualifier": "vague", "verbatim": "several dozens"},
        {"qualifier": "vague", "verbatim": "dozens, perhaps more"},
        {"qualifier": "vague", "verbatim": "dozens", "origin": Origin("coded_rule", "10, halved")},
    ],
)
def test_a_figure_without_a_number_is_not_compared(fields):
    """Silence is no claim, and a phrase without a convention, or with a data set's own rule, has no floor."""
    figure = Figure(**fields)

    assert (None, None) == (figure.bounds, figure.bounds_origin)


def test_a_convention_is_named_where_it_gave_the_floor():
    """A vague word's floor is a coded rule; a number in the figure goes before it."""
    dozens = Figure(qualifier="vague", verbatim="dozens of vehicles")

    assert Origin("coded_rule", "dozens: at least 24") == dozens.bounds_origin
    assert Figure(qualifier="vague", verbatim="dozens", low=24).bounds_origin is None
    assert Figure(qualifier="exact", verbatim="dozens", value=24).bounds_origin is None


@pytest.mark.parametrize(
    ("fields", "best"),
    [
        ({"qualifier": "exact", "value": 7}, 7),
        ({"qualifier": "exact", "value": 7, "best": 8}, 7),
        ({"qualifier": "about", "value": 3000}, 3000),
        ({"qualifier": "between", "low": 40, "best": 52, "high": 60}, 52),
        ({"qualifier": "between", "low": 40, "high": 60}, None),
        ({"qualifier": "up_to", "value": 12000}, None),
        ({"qualifier": "more_than", "value": 3000}, None),
        ({"qualifier": "almost", "value": 3000}, None),
        ({"qualifier": "at_least", "value": 3000, "best": 3200}, 3200),
        ({"qualifier": "at_least", "value": 5, "best": 3}, None),
        ({"qualifier": "up_to", "value": 5, "best": 7}, None),
        ({"qualifier": "between", "low": 40, "best": 70, "high": 60}, 70),
        ({"qualifier": "exact", "value": 7, "origin": Origin("split")}, None),
    ],
)
def test_a_ceiling_or_a_floor_is_no_best(fields, best):
    """Only what is exact, about a number or named the best is one; a share that a rule split is none.

    Nor is a number that the words rule out; a data set's range stays as it was published.
    """
    assert best == Figure(**fields).best_estimate


def test_sums_add_bounds_as_they_were_published():
    """A range out of order stays so for a data set's sums, though a comparison puts it in order."""
    figure = Figure(qualifier="between", low=9, best=5, high=7)

    assert (Bounds(9, 7), Bounds(5, 9)) == (figure.published_bounds, figure.bounds)
    assert Bounds(3001, None) == Figure(qualifier="more_than", value=3000).published_bounds
    assert Figure(qualifier="none_reported").published_bounds is None


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
    assert silent.bounds is None
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
def test_bounds_hold_a_number(figure):
    """What is compared allows at least one number, and none below zero."""
    bounds = figure.bounds

    assert bounds is None or 0 <= bounds.low <= (bounds.low if bounds.high is None else bounds.high)


@given(figures())
def test_bounds_are_those_of_the_plain_model(figure):
    """Bounds, convention and best number are what the rules, written once more, say."""
    expected = figure_bounds(figure), published_bounds(figure), best_number(figure)
    bounds = figure.bounds, figure.published_bounds, figure.best_estimate

    assert expected == tuple(astuple(b) if isinstance(b, Bounds) else b for b in bounds)
    assert bool(vague_rule(figure)) == (figure.bounds_origin is not None)
