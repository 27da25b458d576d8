"""CSV files of data sets: reads rows, bound to the columns that a reader needs or to all that the file has.

Each row keeps the line on which it starts and its text as it came, so that a rejected row can be shown. A row
that cannot be parsed is a `Reject`, and reading continues with the next one; only a file whose header row
does not fit is refused as a whole. One row is in memory at a time.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from math import isfinite, nan
from operator import itemgetter
from typing import BinaryIO, NamedTuple

from timeline.domain.errors import Malformed
from timeline.formats.drafts import Reject, RowFault

_DELIMITERS = ",;\t"


class CsvRow(NamedTuple):
    """A row: the line on which it starts, the cells of the required columns, and its text as it came."""

    line: int
    cells: tuple[str, ...]
    text: str


class CsvColumns(NamedTuple):
    """The columns that a reader needs.

    Attributes:
        names: The columns, in the order in which the reader takes their cells; the cell of a column that the
            file lacks is empty.
        required: Those that the file must have.
        layouts: All columns, in order, of each kind of file that has no header row.
        is_row: Whether the cells of the first row, bound by a layout, are those of a row, not of a header.
    """

    names: Sequence[str]
    required: Sequence[str]
    layouts: Sequence[Sequence[str]] = ()
    is_row: Callable[[dict[str, str]], bool] = lambda _: False


def read_csv_rows(file: BinaryIO, columns: CsvColumns) -> Iterator[CsvRow | Reject]:
    """The rows of a file in UTF-8, with or without a byte order mark.

    Column names are compared without regard to case. A second row of HXL hashtags is skipped.

    Raises:
        Malformed: the file has no header row with the required columns, and no layout fits.
    """
    lines = _Lines(file)
    first = next(iter(lines), "").removeprefix("\ufeff")
    if not first.strip():
        raise Malformed("line 1: the file has no header row", path="line 1")
    # the header row of an export never has a delimiter in a name
    delimiter = max(_DELIMITERS, key=first.count)
    lines.pushed_back = first
    parsed = csv.reader(lines, delimiter=delimiter, strict=True)
    header, body = _read_header(parsed, lines, columns)
    for name in columns.required:
        if name not in header:
            raise Malformed(f"line 1: the file has no column `{name}`", path=name)
    width = len(header)
    # a column that the file lacks is read from the empty cell that is added to each row
    pick = itemgetter(*(header.get(name, width) for name in columns.names))
    yield from _bind_rows(body, lines, width, pick)


def read_all_columns(
    lines: Iterable[bytes], before: int
) -> Iterator[tuple[int, dict[str, str], str] | Reject]:
    """The rows below a header row: the line of each, its cells by column name, and its text as it came.

    `before` is how many lines of the file come before these.

    Raises:
        Malformed: the header row cannot be read, or a column has no name, or two have the same.
    """
    text = _Lines(lines, before)
    parsed = csv.reader(text, strict=True)
    header = _read_all_names(parsed, text, before + 1)
    for row in _bind_rows(parsed, text, len(header), tuple):
        if isinstance(row, Reject):
            yield row
        else:
            yield row.line, dict(zip(header, row.cells, strict=False)), row.text


class _Lines:
    """The lines of a file as text; keeps those of the present row, and whether they were valid UTF-8."""

    def __init__(self, lines: Iterable[bytes], before: int = 0) -> None:
        self._file = iter(lines)
        self.row: list[str] = []
        self.number = before
        self.is_utf8 = True
        self.pushed_back: str | None = None

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self.pushed_back is not None:
            text, self.pushed_back = self.pushed_back, None
            return text
        line = next(self._file)
        self.number += 1
        try:
            text = line.decode()
        except UnicodeDecodeError:
            text = line.decode(errors="backslashreplace")
            self.is_utf8 = False
        self.row.append(text)
        return text

    def end_row(self) -> str:
        """The present row's text; the next line begins another row."""
        text = "".join(self.row).rstrip("\r\n")
        self.row.clear()
        self.is_utf8 = True
        return text


_ParsedRows = Iterator[list[str]]


def _read_header(
    parsed: _ParsedRows, lines: _Lines, columns: CsvColumns
) -> tuple[dict[str, int], _ParsedRows]:
    """The index of each column, and the rows below; without a header row, by the layout that fits."""
    try:
        cells = next(parsed)
    except csv.Error as error:
        raise Malformed(f"line 1: the header row cannot be read: {error}", path="line 1") from error
    if not lines.is_utf8:
        raise Malformed("line 1: the file is not UTF-8", path="line 1")
    for layout in columns.layouts:
        if len(layout) == len(cells) and columns.is_row(dict(zip(layout, cells, strict=True))):
            return {name: index for index, name in enumerate(layout)}, chain([cells], parsed)
    header: dict[str, int] = {}
    for index, cell in enumerate(cells):
        name = cell.strip().lower()
        if name in header:
            raise Malformed(f"line 1, column {index + 1}: the column `{name}` appears twice", path=name)
        header[name] = index
    lines.end_row()
    return header, parsed


def _read_all_names(parsed: _ParsedRows, lines: _Lines, line: int) -> list[str]:
    place = f"line {line}"
    try:
        header = [name.strip("\ufeff ") for name in next(parsed)]
    except csv.Error as error:
        raise Malformed(f"{place}: the header row cannot be read: {error}", path=place) from error
    if not lines.is_utf8:
        raise Malformed(f"{place}: the file is not UTF-8", path=place)
    for column, name in enumerate(header, 1):
        place = f"line {line}, cell {column}"
        if not name:
            raise Malformed(f"{place}: the column has no name", path=place)
        if name in header[: column - 1]:
            raise Malformed(f"{place}: the column {name!r} appears twice", path=place)
    lines.end_row()
    return header


def _bind_rows(
    parsed: _ParsedRows, lines: _Lines, width: int, pick: Callable[[list[str]], tuple[str, ...]]
) -> Iterator[CsvRow | Reject]:
    """The rows below the header, each with the cells that `pick` takes of it."""
    is_first = True
    while True:
        start = lines.number + 1 - len(lines.row)
        try:
            cells = next(parsed)
        except StopIteration:
            return
        except csv.Error as error:
            yield Reject(start, f"the row cannot be parsed: {error}", lines.end_row())
            continue
        is_utf8 = lines.is_utf8
        text = lines.end_row()
        if not cells or (is_first and _is_hxl(cells)):
            continue
        is_first = False
        if not is_utf8:
            yield Reject(start, "the row is not UTF-8", text)
        elif len(cells) != width:
            yield Reject(start, f"the row has {len(cells)} cells, the header row {width}", text)
        else:
            cells.append("")
            yield CsvRow(start, pick(cells), text)


def _is_hxl(cells: list[str]) -> bool:
    hashtags = [cell for cell in cells if cell]
    return bool(hashtags) and all(cell.startswith("#") for cell in hashtags)


@lru_cache(maxsize=65_536)
def parse_count(column: str, cell: str) -> int:
    """A whole number from zero up; a data frame may have added `.0` to it.

    Raises:
        RowFault: the cell holds anything else.
    """
    digits = cell.strip().removesuffix(".0")
    if digits.isascii() and digits.isdigit() and len(digits) <= 16:
        return int(digits)
    raise RowFault(column, f"not a whole number: {cell[:100]!r}")


def parse_coordinates(latitude: str, longitude: str) -> dict[str, float]:
    """The coordinates in degrees, by name; without those whose cell is empty.

    Raises:
        RowFault: a cell does not hold a number.
    """
    cells = (("latitude", latitude), ("longitude", longitude))
    return {name: _parse_number(name, cell) for name, cell in cells if cell}


def _parse_number(column: str, cell: str) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = nan
    if not isfinite(number):  # `nan` and `inf` are numbers to Python, and null in JSON
        raise RowFault(column, f"not a number: {cell[:100]!r}")
    return number
