"""Gives these tests two sizes, short in every run and long in `make soak`, and prints what they met."""

import sys
from typing import Any

import pytest


def short_and_long(name: str | tuple[str, ...], short: Any, long: Any) -> Any:
    """One test in two sizes: the short one for every run, the long one for `make soak`."""
    many = not isinstance(name, str)
    sizes = [
        pytest.param(*(short if many else (short,)), id="short"),
        pytest.param(*(long if many else (long,)), id="long", marks=pytest.mark.soak),
    ]
    return pytest.mark.parametrize(name, sizes)


def print_figures(figures: str) -> None:
    """Print what a test has met with; pytest shows it with -s or -rA."""
    sys.stdout.write(f"{figures}\n")
