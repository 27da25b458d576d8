import pytest

from timeline.cli.audit import CHART_COLUMNS, spark


@pytest.mark.parametrize(
    ("values", "bars"),
    [([1, 2, 3, 4, 5, 6, 7, 8], "▁▂▃▄▅▆▇█"), ([5, 5], "▁▁"), ([0, 100], "▁█"), ([8, 1], "█▁")],
)
def test_values_are_drawn_from_the_least_to_the_greatest(values, bars):
    """Equal ones lie flat."""
    assert bars == spark(values)


def test_many_values_are_sampled_to_fit():
    """The first and the last are among them."""
    bars = spark([*range(999), 0])

    assert len(bars) <= CHART_COLUMNS + 1
    assert "▁" == bars[0] == bars[-1]
