"""Cells of data sets: text, numbers, ids and codes in one form, however the file writes them.

Every importer reads its cells here, so that the same row is the same whichever program wrote it:

- `NULL`, `NA`, `N/A`, `nan`, `-` and their like are no value, in capitals or not. Nothing is made of them.
- Text is compared in NFC, and without blanks around it.
- A data frame with a gap in a column writes whole numbers as `8.0` or `1e3`: these are 8 and 1000, in counts,
  in ids and in codes alike. `1,234` is a number only where it is said that the comma separates thousands.
- A code that its codebook does not have is an error with its place, never a default.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from math import isfinite, nan
from typing import TypeVar
from unicodedata import is_normalized, normalize

from timeline.formats.drafts import RowFault

MeaningT = TypeVar("MeaningT")

_NO_VALUE_WORDS = ("null", "na", "n/a", "nan", "<na>", "nat", "#n/a")
NO_VALUE = frozenset(("", "-", "NaN", "NaT")).union(
    *((word, word.upper(), word.capitalize()) for word in _NO_VALUE_WORDS)
)
"""The texts of a cell without a value."""

_NO_VALUE_TEXTS = NO_VALUE - {""}

_NUMBER = re.compile(r"[+-]?\d{1,20}(?:\.\d{0,20})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_THOUSAND = re.compile(r"[+-]?\d{1,3}\.\d{3}", re.ASCII)
"""A number such as `1.000`, which is one or a thousand."""
_GROUPED = re.compile(r"\s*\+?\d{1,3}(?:([,. '\u2019\u00a0\u2009\u202f])\d{3})(?:\1\d{3})*\s*")
_NUMBER_ENDS = frozenset("0123456789.")
_DEGREES_WITH_COMMA = re.compile(r"[+-]?\d{1,3},\d+", re.ASCII)
"""Degrees as spreadsheets of many countries write them; nobody separates thousands of degrees."""
_QUOTED_MAX = 100


def clean_text(cell: str) -> str:
    """The text of a cell in NFC and without blanks around it; empty where the cell has no value."""
    text = cell.strip()
    if text in NO_VALUE:
        return ""
    return text if text.isascii() else normalize("NFC", text)


def clean_cells(cells: Iterable[str], row: str) -> list[str]:
    """The cells of a row, whose text is `row`, as `clean_text` has them."""
    if not row.isascii() and not is_normalized("NFC", row):  # a part of a text in NFC is in NFC
        return list(map(clean_text, cells))
    texts = list(map(str.strip, cells))
    # most rows have all their values: that is seen for all cells at once, far quicker than cell by cell
    if _NO_VALUE_TEXTS.isdisjoint(texts):
        return texts
    return ["" if text in _NO_VALUE_TEXTS else text for text in texts]


@lru_cache(maxsize=65_536)
def whole_number(text: str) -> int | None:
    """The whole number in a text, however a data frame writes it, with its sign; None for other texts."""
    if text.isdigit() and text.isascii() and len(text) <= 20:
        return int(text)
    if not _NUMBER.fullmatch(text) or _THOUSAND.fullmatch(text):
        return None
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else None


@lru_cache(maxsize=65_536)
def parse_count(column: str, cell: str) -> int:
    """A whole number from zero up.

    Raises:
        RowFault: the cell holds anything else.
    """
    number = whole_number(cell.strip())
    if number is None or number < 0:
        hint = (
            "; numbers are written without separators of thousands here" if _GROUPED.fullmatch(cell) else ""
        )
        raise RowFault(column, f"not a whole number: {cell[:_QUOTED_MAX]!r}{hint}")
    return number


def plain_number(text: str) -> str:
    """The text of a cell, in which a whole number is written as such: `8.0` is `8`, and `007` stays."""
    if text.isdigit() or text[-1:] not in _NUMBER_ENDS:
        return text
    number = whole_number(text)
    return text if number is None else str(number)


def parse_id(cell: str) -> str:
    """An id, or a code: `100.0` is 100, and any other text is itself."""
    # ids of rows are nearly always digits, and never come twice: they have no place in the cache
    return cell if cell.isdigit() else _parse_other_id(cell)


@lru_cache(maxsize=65_536)
def _parse_other_id(cell: str) -> str:
    text = clean_text(cell)
    if not text or text.isdigit():
        return text
    number = whole_number(text)
    return text if number is None else str(number)


def parse_code(column: str, cell: str, meanings: Mapping[str, MeaningT]) -> MeaningT:
    """What a code means; codes that are words are written in `meanings` in lower case.

    Raises:
        RowFault: there is no such code.
    """
    code = parse_id(cell).lower()
    if code in meanings:
        return meanings[code]
    *first, last = meanings
    codes = f"{', '.join(first)} or {last}" if first else last
    raise RowFault(column, f"not one of the codes {codes}: {cell[:_QUOTED_MAX]!r}")


def parse_coordinates(latitude: str, longitude: str) -> dict[str, float]:
    """The coordinates in degrees, with a point or a comma, by name; without those whose cell is empty.

    Raises:
        RowFault: a cell does not hold a number, or more degrees than there are.
    """
    coordinates = {}
    if latitude:
        coordinates["latitude"] = _parse_degrees("latitude", latitude, 90)
    if longitude:
        coordinates["longitude"] = _parse_degrees("longitude", longitude, 180)
    return coordinates


def _parse_degrees(column: str, cell: str, degrees_max: int) -> float:
    if "," in cell and _DEGREES_WITH_COMMA.fullmatch(cell):
        cell = cell.replace(",", ".")
    try:
        number = float(cell)
    except ValueError:
        number = nan
    if not isfinite(number):  # `inf` is a number to Python, and null in JSON
        raise RowFault(column, f"not a number: {cell[:_QUOTED_MAX]!r}")
    if abs(number) > degrees_max:
        raise RowFault(column, f"not degrees from -{degrees_max} to {degrees_max}: {cell[:_QUOTED_MAX]!r}")
    return number
