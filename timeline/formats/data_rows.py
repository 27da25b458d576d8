"""Rows of data sets whose columns are known by name: binds the cells of CSV or JSON to what a reader needs.

Names are compared in NFC and without regard to case, and may have aliases. A column that the file lacks is
*absent*, which is not blank: its cells are empty, and each row names the absent columns, so that an edition
leaves alone what was recorded of them.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, BinaryIO, NamedTuple
from unicodedata import normalize

from timeline.domain.errors import Malformed
from timeline.formats.cells import clean_cells, clean_text
from timeline.formats.csv_rows import SINGLE_COLUMN, CsvTable, refuse_repeated_names
from timeline.formats.drafts import Reject
from timeline.formats.json_rows import JsonRow, parse_json_rows

_BLANK = b" \t\r\n\xef\xbb\xbf"


class DataRow(NamedTuple):
    """A row: the line on which it starts, the cells of the columns, its text as it came, and what is absent.

    Cells are clean, see `clean_text`.
    """

    line: int
    cells: list[str]
    text: str
    absent: frozenset[str]


class DataColumns(NamedTuple):
    """The columns that a reader needs.

    Attributes:
        names: The columns, two or more, in the order in which the reader takes their cells.
        required: Those that the file must have.
        aliases: Other names of columns, with the name that the reader uses.
        layouts: All columns, in order, of each kind of file that has no header row.
        is_row: Whether the cells of the first row, bound by a layout, are those of a row, not of a header.
    """

    names: Sequence[str]
    required: Sequence[str]
    aliases: Mapping[str, str] = {}
    layouts: Sequence[Sequence[str]] = ()
    is_row: Callable[[dict[str, str]], bool] = lambda _: False


def read_data_rows(
    file: BinaryIO, columns: DataColumns, delimiter: str | None = None
) -> Iterator[DataRow | Reject]:
    """The rows of a file in UTF-8: of CSV below a header row or by a layout, else of JSON.

    `delimiter` is what separates the cells of CSV; None to find it.

    Raises:
        Malformed: the file lacks required columns, all of which are named, or it cannot be read.
    """
    blank: list[bytes] = []
    for line in file:
        start = line.lstrip(_BLANK)
        if not start:
            blank.append(line)
            continue
        if start[:1] in (b"[", b"{"):
            yield from _bind_json(parse_json_rows(b"".join((*blank, line, *file))), columns)
        else:
            yield from _bind_csv(chain((line,), file), columns, len(blank), delimiter)
        return
    raise Malformed("line 1: the file has no header row", path="line 1")


def _bind_csv(
    lines: Iterable[bytes], columns: DataColumns, before: int, delimiter: str | None
) -> Iterator[DataRow | Reject]:
    names = frozenset((*columns.names, *columns.aliases))
    widths = frozenset(map(len, columns.layouts))
    table = CsvTable(lines, names, before, widths, delimiter)
    layout = _layout_of(table.first.cells, columns)
    if layout is None:
        header = [_bound_name(name, columns) for name in table.header]
        refuse_repeated_names(table.line, header)
        rows = table.rows(len(header))
    else:
        header = list(layout)
        rows = chain((table.first,), table.rows(len(header)))
    index = {name: at for at, name in enumerate(header)}
    absent = _absent(index, columns, f"line {table.line}: ")
    # an absent column is read from the empty cell that is added to each row
    pick = itemgetter(*(index.get(name, len(header)) for name in columns.names))
    for row in rows:
        if isinstance(row, Reject):
            yield row
            continue
        line, cells, text = row
        cells.append("")
        yield DataRow(line, clean_cells(pick(cells), text), text, absent)


def _layout_of(cells: list[str], columns: DataColumns) -> Sequence[str] | None:
    for layout in columns.layouts:
        if len(layout) == len(cells) and columns.is_row(dict(zip(layout, cells, strict=True))):
            return layout
    return None


def _bind_json(rows: list[JsonRow | Reject], columns: DataColumns) -> Iterator[DataRow | Reject]:
    members = {name for row in rows if isinstance(row, JsonRow) for name in row.members}
    bound = {name: _bound_name(name, columns) for name in members}
    absent = _absent(bound.values(), columns, "") if members else frozenset()
    for row in rows:
        if isinstance(row, JsonRow):
            cells = {bound[name]: _cell_text(value) for name, value in row.members.items()}
            picked = [clean_text(cells.get(name, "")) for name in columns.names]
            yield DataRow(row.line, picked, row.text, absent)
        else:
            yield row


def _bound_name(name: str, columns: DataColumns) -> str:
    name = normalize("NFC", name.strip()).lower()
    return columns.aliases.get(name, name)


def _absent(present: Collection[str], columns: DataColumns, place: str) -> frozenset[str]:
    """The columns that a file lacks.

    Raises:
        Malformed: required ones are among them.
    """
    absent = frozenset(columns.names).difference(present)
    if missing := [name for name in columns.required if name in absent]:
        names = ", ".join(f"`{name}`" for name in missing)
        noun = "the columns" if len(missing) > 1 else "the column"
        hint = SINGLE_COLUMN if place and len(set(present)) == 1 else ""
        raise Malformed(f"{place}the file lacks {noun} {names}{hint}", path=missing[0])
    return absent


def _cell_text(value: Any) -> str:
    """A value of JSON as a cell of CSV has it."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ";".join(map(_cell_text, value))
    return str(value)
