"""Rows of a CSV file, bound to the columns that a reader asks for by their names, or to all that it names.

Each row keeps the line it starts on and its text as it came, so that one that is refused can be shown. A
row that cannot be taken apart is a `Reject` and the next one is read; only a file whose header row does not
fit is broken as a whole. One row is held at a time.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from math import isfinite, nan
from operator import itemgetter
from typing import BinaryIO, NamedTuple

from timeline.domain.errors import Malformed
from timeline.formats.drafts import Reject

_DELIMITERS = ",;\t"


class Fault(ValueError):
    """A row that says something it cannot; `path` is the column."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(reason)
        self.path = path

    def reject(self, line: int, row: str, key: str | None) -> Reject:
        """The row as refused; `key` where the row has one."""
        return Reject(line, str(self), row, self.path, key)


class CsvRow(NamedTuple):
    """A row: the line it starts on, the cells of the columns asked for, and its text as it came."""

    line: int
    cells: tuple[str, ...]
    text: str


class Columns(NamedTuple):
    """What a reader asks for.

    Attributes:
        names: The columns, in the order in which it wants their cells; one that the file lacks is empty.
        required: Those that must be there.
        layouts: All columns of a file that has no header row, each in its order.
        is_row: Whether cells, bound by a layout, look like a row.
    """

    names: Sequence[str]
    required: Sequence[str]
    layouts: Sequence[Sequence[str]] = ()
    is_row: Callable[[dict[str, str]], bool] = lambda _: False


def rows(file: BinaryIO, columns: Columns) -> Iterator[CsvRow | Reject]:
    """The rows of a file in UTF-8, with or without a byte order mark.

    The header's names are taken without regard to case. A second row of HXL hashtags is passed over.

    Raises:
        Malformed: there is no header row that names what is required, and no layout fits.
    """
    lines = _Lines(file)
    first = next(iter(lines), "").removeprefix("\ufeff")
    if not first.strip():
        raise Malformed("line 1: there is no header row", path="line 1")
    # the header row of an export never has a delimiter in a name
    delimiter = max(_DELIMITERS, key=first.count)
    lines.pushed = first
    parsed = csv.reader(lines, delimiter=delimiter, strict=True)
    header, body = _header(parsed, lines, columns)
    for name in columns.required:
        if name not in header:
            raise Malformed(f"line 1: there is no column `{name}`", path=name)
    width = len(header)
    # a column that the file lacks is the empty cell that is added to each row
    pick = itemgetter(*(header.get(name, width) for name in columns.names))
    yield from _bound(body, lines, width, pick)


def named_rows(lines: Iterable[bytes], before: int) -> Iterator[tuple[int, dict[str, str], str] | Reject]:
    """The rows below a header row: the line of each, its cells by the names of all columns, and its text.

    `before` is how many lines of the file stand before these.

    Raises:
        Malformed: the header row cannot be read, or a column has no name, or that of another.
    """
    text = _Lines(lines, before)
    parsed = csv.reader(text, strict=True)
    header = _all_names(parsed, text, before + 1)
    for row in _bound(parsed, text, len(header), tuple):
        if isinstance(row, Reject):
            yield row
        else:
            yield row.line, dict(zip(header, row.cells, strict=False)), row.text


class _Lines:
    """The lines of a file as text; remembers those of the present row, and whether they were UTF-8."""

    def __init__(self, lines: Iterable[bytes], before: int = 0) -> None:
        self._file = iter(lines)
        self.row: list[str] = []
        self.number = before
        self.intact = True
        self.pushed: str | None = None

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self.pushed is not None:
            text, self.pushed = self.pushed, None
            return text
        line = next(self._file)
        self.number += 1
        try:
            text = line.decode()
        except UnicodeDecodeError:
            text = line.decode(errors="backslashreplace")
            self.intact = False
        self.row.append(text)
        return text

    def take(self) -> str:
        """The present row's text; the next line begins another."""
        text = "".join(self.row).rstrip("\r\n")
        self.row.clear()
        self.intact = True
        return text


_Parsed = Iterator[list[str]]


def _header(parsed: _Parsed, lines: _Lines, columns: Columns) -> tuple[dict[str, int], _Parsed]:
    """Which column stands where, and the rows below; without a header row, by the layout that fits."""
    try:
        cells = next(parsed)
    except csv.Error as error:
        raise Malformed(f"line 1: the header row cannot be read: {error}", path="line 1") from error
    if not lines.intact:
        raise Malformed("line 1: the file is not UTF-8", path="line 1")
    for layout in columns.layouts:
        if len(layout) == len(cells) and columns.is_row(dict(zip(layout, cells, strict=True))):
            return {name: index for index, name in enumerate(layout)}, chain([cells], parsed)
    header: dict[str, int] = {}
    for index, cell in enumerate(cells):
        name = cell.strip().lower()
        if name in header:
            raise Malformed(f"line 1, column {index + 1}: `{name}` is named twice", path=name)
        header[name] = index
    lines.take()
    return header, parsed


def _all_names(parsed: _Parsed, lines: _Lines, line: int) -> list[str]:
    try:
        header = [name.strip("\ufeff ") for name in next(parsed)]
    except csv.Error as error:
        raise Malformed(f"line {line}: this is no CSV: {error}", path=f"line {line}") from error
    if not lines.intact:
        raise Malformed(f"line {line}: this is not UTF-8", path=f"line {line}")
    for column, name in enumerate(header, 1):
        place = f"line {line}, cell {column}"
        if not name:
            raise Malformed(f"{place}: the column has no name", path=place)
        if name in header[: column - 1]:
            raise Malformed(f"{place}: the column {name!r} stands twice", path=place)
    lines.take()
    return header


def _bound(
    parsed: _Parsed, lines: _Lines, width: int, pick: Callable[[list[str]], tuple[str, ...]]
) -> Iterator[CsvRow | Reject]:
    first = True
    while True:
        start = lines.number + 1 - len(lines.row)
        try:
            cells = next(parsed)
        except StopIteration:
            return
        except csv.Error as error:
            yield Reject(start, f"the row cannot be taken apart: {error}", lines.take())
            continue
        intact = lines.intact
        text = lines.take()
        if not cells or (first and _is_hxl(cells)):
            continue
        first = False
        if not intact:
            yield Reject(start, "the row is not UTF-8", text)
        elif len(cells) != width:
            yield Reject(start, f"the row has {len(cells)} columns, the header {width}", text)
        else:
            cells.append("")
            yield CsvRow(start, pick(cells), text)


def _is_hxl(cells: list[str]) -> bool:
    named = [cell for cell in cells if cell]
    return bool(named) and all(cell.startswith("#") for cell in named)


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
