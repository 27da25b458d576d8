"""Rows of a table: CSV, or a JSON list of objects. Read strictly, and each told where it stands."""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, BinaryIO, NamedTuple, NoReturn

from timeline.domain.errors import Malformed
from timeline.formats.csv_rows import named_rows
from timeline.formats.drafts import Reject

_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
_BLANK = b" \t\r\n\xef\xbb\xbf"
_SPACE = re.compile(rf"[ \t\r\n{_BOM}]*")
_BREAK = re.compile(r"[ \t]*[\r\n]\s*")
_COMMA = "nothing stands between this comma and the end"
_NOT_JSON = re.compile(r'"(?:[^"\\]|\\.)*"|(NaN|-?Infinity)')


class TableRow(NamedTuple):
    """A row of a table: its cells by column, and its text in one piece.

    `typed` tells that numbers and text can be told apart, as in JSON; CSV knows only text.
    """

    line: int
    cells: dict[str, Any]
    text: str
    typed: bool


def read_rows(file: BinaryIO) -> Iterator[TableRow | Reject]:
    """The rows of a table; JSON where its first sign is a bracket, else CSV.

    A row of CSV that cannot be taken apart is rejected, and the next one read. A JSON file is read whole
    before the first row is given, so that a fault at its end is not found when half of it is posted.

    Raises:
        Malformed: the file is neither, with the line and the column of the fault.
    """
    blank: list[bytes] = []
    for line in file:
        start = line.lstrip(_BLANK)
        if start[:1] in (b"[", b"{"):
            yield from _json_rows(_decoded(b"".join((*blank, line, *file))))
        elif start:
            yield from _csv_rows(chain((line,), file), len(blank))
        else:
            blank.append(line)
            continue
        return


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        column = error.start - data.rfind(b"\n", 0, error.start)
        _refuse(f"this is not UTF-8: {error.reason}", line, column)


def _csv_rows(lines: Iterable[bytes], before: int) -> Iterator[TableRow | Reject]:
    for row in named_rows(lines, before):
        yield row if isinstance(row, Reject) else TableRow(*row, typed=False)


def _json_rows(text: str) -> list[TableRow | Reject]:
    at = _skip(text, 0)
    if text[at] == "{":
        _refuse_at(text, at, "a list of objects is expected, and this is an object" + _list_in(text, at))
    rows: list[TableRow | Reject] = []
    line, counted = 1, 0
    at = _skip(text, at + 1)
    if text[at : at + 1] == "]":
        return _ended(text, at, rows)
    while True:
        line, counted = line + text.count("\n", counted, at), at
        row, at = _json_row(text, at, line)
        rows.append(row)
        at = _skip(text, at)
        sign = text[at : at + 1]
        if sign == "]":
            return _ended(text, at, rows)
        if sign != ",":
            _refuse_at(text, at, "a comma or the end of the list is expected")
        comma, at = at, _skip(text, at + 1)
        if text[at : at + 1] == "]":
            _refuse_at(text, comma, _COMMA)


def _json_row(text: str, at: int, line: int) -> tuple[TableRow | Reject, int]:
    if text[at : at + 1] != "{":
        _refuse_at(text, at, "an object is expected")
    try:
        pairs, end = _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        _refuse_at(text, *_fault(text, error))
    except _NoNumber:
        found = next(found for found in _NOT_JSON.finditer(text, at) if found[1])
        _refuse_at(text, found.start(), f"{found[1]} is no number in JSON")
    except RecursionError:
        _refuse_at(text, at, "it is nested too deeply")
    row = _BREAK.sub(" ", text[at:end])
    cells = dict(pairs)
    if len(cells) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        return Reject(line, f"the column {twice!r} stands twice in the row", row, twice), end
    return TableRow(line, cells, row, typed=True), end


class _Object(list[tuple[str, Any]]):
    """The members of an object in their order, doubles too."""


class _NoNumber(ValueError):
    """A number that JSON does not have."""


def _no_number(_: str) -> NoReturn:
    raise _NoNumber


_DECODER = json.JSONDecoder(parse_constant=_no_number, object_pairs_hook=_Object)


def _fault(text: str, error: json.JSONDecodeError) -> tuple[int, str]:
    """Where a fault is, and what; of a comma too many Python told the place after it before 3.13."""
    before = text[: error.pos].rstrip()
    if text[error.pos : error.pos + 1] in ("}", "]") and before.endswith(","):
        return len(before) - 1, _COMMA
    if error.msg.startswith("Illegal trailing comma"):
        return error.pos, _COMMA
    return error.pos, error.msg[:1].lower() + error.msg[1:]


def _list_in(text: str, at: int) -> str:
    """Where in an object the list is that was meant, if it holds one."""
    found = re.compile(r'\{\s*("[^"\\]*")\s*:\s*(?=\[)').match(text, at)
    if not found:
        return ""
    line, column = _place(text, found.end())
    return f"; its member {found[1]} at line {line}, column {column} is a list"


def _ended(text: str, at: int, rows: list[TableRow | Reject]) -> list[TableRow | Reject]:
    rest = _skip(text, at + 1)
    if rest < len(text):
        _refuse_at(text, rest, "nothing more is expected after the list")
    return rows


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _refuse_at(text: str, at: int, what: str) -> NoReturn:
    _refuse(what, *_place(text, at))


def _refuse(what: str, line: int, column: int) -> NoReturn:
    place = f"line {line}, column {column}"
    raise Malformed(f"{place}: {what}", path=place)
