"""Cells of tables as numbers."""

from functools import lru_cache
from math import isfinite, nan

from timeline.formats.csv_rows import Fault


@lru_cache(maxsize=65_536)
def count(column: str, cell: str) -> int:
    """A whole number, which a data frame may have written with a decimal nought."""
    digits = cell.strip().removesuffix(".0")
    if digits.isascii() and digits.isdigit() and len(digits) <= 16:
        return int(digits)
    raise Fault(column, f"{cell[:100]!r} is no whole number")


def coordinates(latitude: str, longitude: str) -> dict[str, float]:
    """The coordinates as numbers, those that there are."""
    found = {}
    for name, cell in (("latitude", latitude), ("longitude", longitude)):
        if cell:
            found[name] = _number(name, cell)
    return found


def _number(column: str, cell: str) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = nan
    if not isfinite(number):  # `nan` and `inf` are numbers to Python, and null in JSON
        raise Fault(column, f"{cell[:100]!r} is no number")
    return number
