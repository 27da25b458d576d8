"""Gives these tests two sizes, short in every run and long in `make soak`, and prints what they met."""

import os
import sys
from typing import Any

import pytest

from tests.faults.figures import figures, sentences

SHARE = float(os.environ.get("SOAK_SHARE") or 1)
"""Which part of the long sizes is run: `make soak SHARE=0.1` is a rehearsal."""


def short_and_long(name: str | tuple[str, ...], short: Any, long: Any) -> Any:
    """One test in two sizes: the short one for every run, the long one for `make soak`."""
    many = not isinstance(name, str)
    shorts, longs = (short, long) if many else ((short,), (long,))
    scaled = [share_of(size, least) for least, size in zip(shorts, longs, strict=True)]
    sizes = [
        pytest.param(*shorts, id="short"),
        pytest.param(*scaled, id="long", marks=pytest.mark.soak),
    ]
    return pytest.mark.parametrize(name, sizes)


def share_of(size: Any, least: Any) -> Any:
    """A long size, or the part of it that is run: no less than the short one. What is no number is whole."""
    return max(least, round(size * SHARE)) if isinstance(size, int) else size


def print_figures(words: str, **counts: float) -> None:
    """Print what a test has met with, and add it to the summary; pytest shows it with -s or -rA."""
    sys.stdout.write(f"{words}\n")
    sentences.append(words)
    figures.add(**counts)
