"""CSV files as people have them: rows below a header row, each with the line on which it starts.

The delimiter is what the reader is told, else a comma, semicolon, tab or pipe: that by which the header row
has most of the names that are looked for, then most cells. What programs and people put around a table is no
part of it: a byte order mark, blank lines and rows, a title above the header row, columns without a name and
without values at the end of rows, a line such as `sep=;` for Excel, a data frame's index (a first column of
whole numbers without a name, or named `Unnamed: 0`), a second row of HXL hashtags.

Each row keeps its text as it came, so that a rejected row can be shown. A row that cannot be parsed is a
`Reject`, and reading continues with the next one; only a file whose header row cannot be read is refused as a
whole. One row is in memory at a time.
"""

import csv
import re
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, islice
from typing import NamedTuple
from unicodedata import normalize

from timeline.domain.errors import Malformed
from timeline.formats.cells import whole_number
from timeline.formats.drafts import Reject

DELIMITERS = ",;\t|"
TITLES_MAX = 20
"""How many lines may stand above the header row."""
TITLE_CELLS_MAX = 2
_NAMELESS = re.compile(r"|Unnamed: \d+(?:\.\d+)?", re.ASCII | re.IGNORECASE)
SINGLE_COLUMN = "; it has a single column: --delimiter says what separates columns"
_SEPARATOR = re.compile(rb'(?:\xef\xbb\xbf)?"?sep=([ -~\t])"?[\r\n]*')
"""The line by which Excel is told what separates cells."""
_NOT_UTF8 = "not UTF-8: say with --encoding which encoding it has"


class CsvRow(NamedTuple):
    """A row: the line on which it starts, its cells in the order of the header, and its text as it came."""

    line: int
    cells: list[str]
    text: str


class HeaderNames(NamedTuple):
    """The names that a header row may have, in lower case, and patterns of such, beside at least one name."""

    names: Collection[str]
    patterns: tuple[re.Pattern[str], ...] = ()

    def count(self, cells: list[str]) -> int:
        """How many of the cells are such names."""
        lower = [normalize("NFC", cell.strip("\ufeff \t\r\n")).lower() for cell in cells]
        others = [cell for cell in lower if cell not in self.names]
        if len(others) == len(lower):
            return 0
        matches = sum(any(pattern.fullmatch(cell) for pattern in self.patterns) for cell in others)
        return len(lower) - len(others) + matches


class CsvTable:
    """A file that is being read: its first row, the names in it, and the rows below it.

    Raises:
        Malformed: the file is empty, or its first row cannot be read.
    """

    def __init__(
        self,
        lines: Iterable[bytes],
        names: HeaderNames | Collection[str] = (),
        before: int = 0,
        widths: Collection[int] = (),
        delimiter: str | None = None,
    ) -> None:
        """Read the first row.

        Args:
            lines: The lines of the file, in UTF-8.
            names: Names that the header row may have, in lower case, by which it and the delimiter are found.
            before: How many lines of the file come before these.
            widths: How many columns a file without a header row may have.
            delimiter: What separates cells; None to find it.
        """
        file = _split_returns(lines)
        first = next(file, b"")
        if match := _SEPARATOR.fullmatch(first):
            before, delimiter = before + 1, delimiter or match[1].decode()
        else:
            file = chain((first,), file)
        names = names if isinstance(names, HeaderNames) else HeaderNames(names)
        head = list(islice(file, TITLES_MAX + 1)) if names.names else []
        titles = _count_titles(head, names, delimiter)
        self._lines = _Lines(chain(head[titles:], file), before + titles)
        blank = f"\ufeff \r\n{DELIMITERS}{delimiter or ''}"
        start = next((line for line in self._lines if line.strip(blank)), None)
        if start is None:
            raise Malformed("line 1: the file has no header row", path="line 1")
        self.line = self._lines.number
        start = start.removeprefix("\ufeff")
        self._lines.pushed_back, self._lines.row = start, [start]
        delimiter = delimiter or _find_delimiter(start, names, widths)
        self._parsed = csv.reader(self._lines, delimiter=delimiter, strict=True)
        place = f"line {self.line}"
        try:
            cells = next(self._parsed)
        except csv.Error as error:
            raise Malformed(f"{place}: the header row cannot be read: {error}", path=place) from error
        if not self._lines.is_utf8:
            raise Malformed(f"{place}: the file is {_NOT_UTF8}", path=place)
        self.first = CsvRow(self.line, cells, self._lines.end_row())
        self.header = [_column_name(cell) for cell in cells]
        """The names in the first row; that of a column without a name is empty, at the end there is none."""
        while self.header and not self.header[-1]:
            self.header.pop()

    def rows(self, width: int) -> Iterator[CsvRow | Reject]:
        """The rows below the first, each with so many cells."""
        return _read_rows(self._parsed, self._lines, width)


def _split_returns(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Lines that end in a carriage return alone too, as old programs for the Macintosh write them."""
    for line in lines:
        if b"\r" in line[:-2]:
            yield from line.splitlines(keepends=True)
        else:
            yield line


def _count_titles(head: list[bytes], names: HeaderNames, delimiter: str | None) -> int:
    """How many lines are above the first that has two of the names, if they are a title and no rows."""
    above: list[str] = []
    for line in head:
        text = line.decode(errors="replace")
        character = delimiter or _find_delimiter(text, names, ())
        if names.count(_split(text, character)) > 1:
            cells = (_split(title, character) for title in above)
            is_title = all(sum(map(bool, map(str.strip, row))) <= TITLE_CELLS_MAX for row in cells)
            return len(above) if is_title else 0
        above.append(text)
    return 0


def _split(line: str, delimiter: str) -> list[str]:
    """The cells of a line that is read on its own; none where it cannot be."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _column_name(cell: str) -> str:
    name = normalize("NFC", cell.strip("\ufeff \t\r\n\xa0"))
    return "" if _NAMELESS.fullmatch(name) else name


def read_named_rows(
    lines: Iterable[bytes], names: HeaderNames | Collection[str], before: int, delimiter: str | None = None
) -> Iterator[tuple[int, dict[str, str], str] | Reject]:
    """The rows of a file: the line of each, its cells by column name, and its text as it came.

    Raises:
        Malformed: as for `CsvTable`, or two columns have the same name.
    """
    table = CsvTable(lines, names, before, delimiter=delimiter)
    refuse_repeated_names(table.line, table.header)
    nameless = [index for index, name in enumerate(table.header) if not name]
    for row in table.rows(len(table.header)):
        if isinstance(row, Reject):
            yield row
        elif fault := _nameless_value(row, nameless):
            yield fault
        else:
            cells = dict(zip(table.header, row.cells, strict=True))
            cells.pop("", None)
            yield row.line, cells, row.text


def refuse_repeated_names(line: int, header: list[str]) -> None:
    """Refuse a header row in which two columns have the same name.

    Raises:
        Malformed: two have.
    """
    for column, name in enumerate(header, 1):
        if name and name in header[: column - 1]:
            place = f"line {line}, cell {column}"
            raise Malformed(f"{place}: the column {name!r} appears twice", path=place)


def _nameless_value(row: CsvRow, nameless: list[int]) -> Reject | None:
    """The row as rejected where a column without a name has a value that is not a data frame's index."""
    for index in nameless:
        cell = row.cells[index].strip()
        if cell and (index or whole_number(cell) is None):
            reason = f"column {index + 1} has the value {cell[:100]!r}, but the header row has no name for it"
            return Reject(row.line, reason, row.text)
    return None


class _Lines:
    """The lines of a file as text; keeps those of the present row, and whether they were valid UTF-8."""

    def __init__(self, lines: Iterable[bytes], before: int) -> None:
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


def _find_delimiter(line: str, names: HeaderNames, widths: Collection[int]) -> str:
    def score(delimiter: str) -> tuple[int, bool, int]:
        cells = _split(line, delimiter)
        return names.count(cells), len(cells) in widths, len(cells)

    return max(DELIMITERS, key=score)


def _read_rows(parsed: Iterator[list[str]], lines: _Lines, width: int) -> Iterator[CsvRow | Reject]:
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
        if not any(map(str.strip, cells)) or (is_first and _is_hxl(cells)):
            continue
        is_first = False
        if not is_utf8:
            yield Reject(start, f"the row is {_NOT_UTF8}", text)
        elif len(cells) < width or any(map(str.strip, cells[width:])):
            yield Reject(start, _width_words(len(cells), width), text)
        else:
            yield CsvRow(start, cells[:width] if len(cells) > width else cells, text)


def _width_words(cells: int, width: int) -> str:
    words = f"the row has {cells} cells, the header row {width}"
    if width > TITLE_CELLS_MAX or cells < width:
        return words
    return f"{words}: is that a title? It is passed over where two of the columns below it are known by name"


def _is_hxl(cells: list[str]) -> bool:
    hashtags = [cell for cell in map(str.strip, cells) if cell]
    return all(cell.startswith("#") for cell in hashtags)
