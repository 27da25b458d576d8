"""Files of tables: reads the rows of a CSV file or of a JSON list of objects, each with its line."""

from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from typing import Any, BinaryIO, NamedTuple, TypeVar

from msgspec import structs

from timeline.formats.csv_rows import HeaderNames, read_named_rows
from timeline.formats.drafts import Reject
from timeline.formats.json_rows import LIST_MEMBERS, parse_json_rows

_BLANK = b" \t\r\n\xef\xbb\xbf"


class TableRow(NamedTuple):
    """A row of a table: its cells by column, and its text on one line.

    `typed` is set where numbers and text are distinct, as in JSON; in CSV every cell is text.
    """

    line: int
    cells: dict[str, Any]
    text: str
    typed: bool


_Result = TypeVar("_Result")


def told_once(results: Iterable[_Result | Reject]) -> Iterator[_Result | Reject]:
    """What is read of a row, its rejects last; where several counts have the same fault it is one reject."""
    rejects: dict[tuple[str | None, str, bool], Reject] = {}
    for result in results:
        if not isinstance(result, Reject):
            yield result
            continue
        fault = result.path, result.reason, result.key is None
        first = rejects.setdefault(fault, result)
        if first is not result and result.key is not None:
            rejects[fault] = structs.replace(first, parts=(*first.parts, result.key, *result.parts))
    yield from rejects.values()


def read_table_rows(
    file: BinaryIO,
    names: HeaderNames | Collection[str] = (),
    list_members: Collection[str] = LIST_MEMBERS,
    delimiter: str | None = None,
) -> Iterator[TableRow | Reject]:
    """The rows of a table; JSON where its first character is a bracket, else CSV.

    `names` are those that columns may have, in lower case; `list_members` those of a member that may hold the
    rows of a JSON object; `delimiter` is what separates the cells of CSV. A CSV row that cannot be parsed is
    rejected, and reading continues with the next one. A JSON file is read whole before the first row is
    yielded, so that a fault at its end is found before half of it is posted.

    Raises:
        Malformed: the file is neither, with the line and the column of the fault.
    """
    blank: list[bytes] = []
    for line in file:
        start = line.lstrip(_BLANK)
        if start[:1] in (b"[", b"{"):
            rows = parse_json_rows(b"".join((*blank, line, *file)), list_members, has_mapping=True)
            yield from (row if isinstance(row, Reject) else TableRow(*row, typed=True) for row in rows)
        elif start:
            for csv_row in read_named_rows(chain((line,), file), names, len(blank), delimiter):
                yield csv_row if isinstance(csv_row, Reject) else TableRow(*csv_row, typed=False)
        else:
            blank.append(line)
            continue
        return
