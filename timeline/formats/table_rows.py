"""Files of tables: reads the rows of a CSV file or of a JSON list of objects, each with its line.

JSON is read strictly: NaN, trailing commas and members that appear twice, which Python's own decoder accepts,
are faults here.
"""

import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO, NamedTuple, NoReturn

from timeline.domain.errors import Malformed
from timeline.formats.csv_rows import read_all_columns
from timeline.formats.drafts import Reject

_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
_BLANK = b" \t\r\n\xef\xbb\xbf"
_SPACE = re.compile(rf"[ \t\r\n{_BOM}]*")
_BREAK = re.compile(r"[ \t]*[\r\n]\s*")
_NOT_JSON = re.compile(r'"(?:[^"\\]|\\.)*"|(NaN|-?Infinity)')
_FIRST_MEMBER_IS_LIST = re.compile(r'\{\s*("[^"\\]*")\s*:\s*(?=\[)')
_TRAILING_COMMA = "JSON allows no trailing comma"


class TableRow(NamedTuple):
    """A row of a table: its cells by column, and its text on one line.

    `typed` is set where numbers and text are distinct, as in JSON; in CSV every cell is text.
    """

    line: int
    cells: dict[str, Any]
    text: str
    typed: bool


def read_table_rows(file: BinaryIO) -> Iterator[TableRow | Reject]:
    """The rows of a table; JSON where its first character is a bracket, else CSV.

    A CSV row that cannot be parsed is rejected, and reading continues with the next one. A JSON file is read
    whole before the first row is yielded, so that a fault at its end is found before half of it is posted.

    Raises:
        Malformed: the file is neither, with the line and the column of the fault.
    """
    blank: list[bytes] = []
    for line in file:
        start = line.lstrip(_BLANK)
        if start[:1] in (b"[", b"{"):
            yield from _parse_json(_decode(b"".join((*blank, line, *file))))
        elif start:
            for row in read_all_columns(chain((line,), file), len(blank)):
                yield row if isinstance(row, Reject) else TableRow(*row, typed=False)
        else:
            blank.append(line)
            continue
        return


def _decode(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        column = error.start - data.rfind(b"\n", 0, error.start)
        _refuse(f"the file is not UTF-8: {error.reason}", line, column)


def _parse_json(text: str) -> list[TableRow | Reject]:
    at = _skip_space(text, 0)
    if text[at] == "{":
        reason = f"expected a list of objects, not an object{_describe_list(text, at)}"
        _refuse_at(text, at, reason)
    rows: list[TableRow | Reject] = []
    # line breaks are counted from one row to the next: from the start each time would take quadratic time
    line, counted = 1, 0
    at = _skip_space(text, at + 1)
    if text[at : at + 1] == "]":
        _check_end(text, at + 1)
        return rows
    while True:
        line, counted = line + text.count("\n", counted, at), at
        row, at = _parse_json_row(text, at, line)
        rows.append(row)
        at = _skip_space(text, at)
        sign = text[at : at + 1]
        if sign == "]":
            _check_end(text, at + 1)
            return rows
        if sign != ",":
            _refuse_at(text, at, "expected a comma or the end of the list")
        comma, at = at, _skip_space(text, at + 1)
        if text[at : at + 1] == "]":
            _refuse_at(text, comma, _TRAILING_COMMA)


def _parse_json_row(text: str, at: int, line: int) -> tuple[TableRow | Reject, int]:
    if text[at : at + 1] != "{":
        _refuse_at(text, at, "expected an object")
    try:
        pairs, end = _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        _refuse_at(text, *_describe_fault(text, error))
    except _NonJsonNumber:
        match = next(match for match in _NOT_JSON.finditer(text, at) if match[1])
        _refuse_at(text, match.start(), f"{match[1]} is not a number in JSON")
    except RecursionError:
        _refuse_at(text, at, "the object is nested too deeply")
    row = _BREAK.sub(" ", text[at:end])
    cells = dict(pairs)
    if len(cells) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        return Reject(line, f"the column {twice!r} appears twice in the row", row, twice), end
    return TableRow(line, cells, row, typed=True), end


class _JsonMembers(list[tuple[str, Any]]):
    """The members of an object in their order, duplicates too."""


class _NonJsonNumber(ValueError):
    """A number that Python's decoder accepts and JSON does not have."""


def _refuse_constant(_: str) -> NoReturn:
    raise _NonJsonNumber


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=_JsonMembers)


def _describe_fault(text: str, error: json.JSONDecodeError) -> tuple[int, str]:
    """The offset of a fault, and what is wrong there."""
    before = text[: error.pos].rstrip()
    # before 3.13 Python reported the place after a trailing comma, and not what was wrong
    if text[error.pos : error.pos + 1] in ("}", "]") and before.endswith(","):
        return len(before) - 1, _TRAILING_COMMA
    if error.msg.startswith("Illegal trailing comma"):
        return error.pos, _TRAILING_COMMA
    return error.pos, error.msg[:1].lower() + error.msg[1:]


def _describe_list(text: str, at: int) -> str:
    """The place of the list that an object wraps, if its first member is one."""
    match = _FIRST_MEMBER_IS_LIST.match(text, at)
    if not match:
        return ""
    line, column = _place(text, match.end())
    return f"; its member {match[1]} at line {line}, column {column} is a list"


def _check_end(text: str, at: int) -> None:
    rest = _skip_space(text, at)
    if rest < len(text):
        _refuse_at(text, rest, "expected nothing after the list")


def _skip_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _refuse_at(text: str, at: int, reason: str) -> NoReturn:
    _refuse(reason, *_place(text, at))


def _refuse(reason: str, line: int, column: int) -> NoReturn:
    place = f"line {line}, column {column}"
    raise Malformed(f"{place}: {reason}", path=place)
