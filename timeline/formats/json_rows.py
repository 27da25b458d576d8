"""JSON files of rows: a list of objects, or objects one after the other, as on lines of their own.

Each object is a row, or a page of an API: an object with a list of rows. Pages may stand in a list too.

JSON is read strictly: NaN, trailing commas and members that appear twice, which Python's own decoder accepts,
are faults here. A row's line and text are kept.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple, NoReturn, Self

from msgspec import structs

from timeline.domain.errors import Malformed
from timeline.formats.drafts import Reject

LIST_MEMBERS = ("data", "Result")
"""The members in which APIs put the rows of a page: ACLED's and UCDP's."""

_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
_SPACE = re.compile(rf"[ \t\r\n{_BOM}]*")
_BREAK = re.compile(r"[ \t]*[\r\n]\s*")
_NOT_JSON = re.compile(r'"(?:[^"\\]|\\.)*"|(NaN|-?Infinity)')
_LIST_MEMBER = re.compile(r'("[^"\\]*")\s*:\s*(?=\[)')
_TRAILING_COMMA = "JSON allows no trailing comma"


class ListedLine(int):
    """The line on which a row starts, and the row's place in a list, of which others are on the same line.

    As text it is both, to be put into a message: `1, data[7]`.
    """

    place: str

    def __new__(cls, line: int, place: str) -> Self:
        """The line with the place."""
        self = super().__new__(cls, line)
        self.place = place
        return self

    def __str__(self) -> str:
        """The line and the place."""
        return f"{int(self)}, {self.place}"


class JsonRow(NamedTuple):
    """A row: the line on which it starts, its members, and its text on one line."""

    line: int
    members: dict[str, Any]
    text: str


def parse_json_rows(
    data: bytes, list_members: Collection[str] = LIST_MEMBERS, *, has_mapping: bool = False
) -> list[JsonRow | Reject]:
    """The rows of a file.

    Args:
        data: The file.
        list_members: The members of an object that may hold the rows.
        has_mapping: Whether a mapping may name such a member.

    Raises:
        Malformed: the file is no list of objects, nor pages of them; with the line and column of the fault.
    """
    return _RowParser(_decode(data), list_members, has_mapping=has_mapping).parse()


def _decode(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        column = error.start - data.rfind(b"\n", 0, error.start)
        reason = f"the file is not UTF-8: {error.reason}; say with --encoding which encoding it has"
        _refuse(reason, line, column)


class _RowParser:
    """Reads one text; `_at` is how far it has come."""

    def __init__(self, text: str, list_members: Collection[str], *, has_mapping: bool) -> None:
        self._text = text
        self._list_members = list_members
        self._has_mapping = has_mapping
        self._rows: list[JsonRow | Reject] = []
        self._at = 0
        # line breaks are counted from one row to the next: from the start each time would take quadratic time
        self._line, self._counted = 1, 0

    def parse(self) -> list[JsonRow | Reject]:
        if self._next_sign() == "[":
            self._parse_list()
            if self._next_sign():
                self._refuse("expected nothing after the list")
            self._rows = list(self._open_pages(self._rows))
        while self._next_sign():
            self._parse_page()
        return self._rows

    def _open_pages(self, rows: list[JsonRow | Reject]) -> Iterator[JsonRow | Reject]:
        """The rows of pages that stand in a list; other rows as they are."""
        lists = [self._rows_of_page(row) for row in rows]
        if not any(page is not None for page in lists):
            yield from rows
            return
        for at, (row, page) in enumerate(zip(rows, lists, strict=True)):
            if page is None:
                _refuse("expected a page with a list of rows, as the others have", row.line, 1)
            for number, members in enumerate(page):
                line = ListedLine(row.line, f"[{at}], row {number}")
                yield JsonRow(line, members, json.dumps(members, ensure_ascii=False))

    def _rows_of_page(self, row: JsonRow | Reject) -> list[dict[str, Any]] | None:
        if isinstance(row, Reject):
            return None
        lists = [row.members[name] for name in self._list_members if name in row.members]
        page = next((rows for rows in lists if isinstance(rows, list)), None)
        is_page = page is not None and all(isinstance(members, dict) for members in page)
        return page if is_page else None

    def _next_sign(self) -> str:
        """The next character that is no space; empty at the end."""
        match = _SPACE.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return self._text[self._at : self._at + 1]

    def _parse_list(self, name: str = "") -> None:
        """Take the rows of a list, which is the member of this name, or the whole file."""
        start = len(self._rows)
        self._parse_items()
        rows = self._rows[start:]
        lines = Counter(int(row.line) for row in rows)
        for number, row in enumerate(rows):
            if lines[row.line] > 1:
                self._rows[start + number] = _placed(row, f"{name}[{number}]")

    def _parse_items(self) -> None:
        self._at += 1
        if self._next_sign() == "]":
            self._at += 1
            return
        while True:
            self._rows.append(self._parse_row())
            sign = self._next_sign()
            if sign == "]":
                self._at += 1
                return
            if sign != ",":
                self._refuse("expected a comma or the end of the list")
            comma = self._at
            self._at += 1
            if self._next_sign() == "]":
                _refuse_at(self._text, comma, _TRAILING_COMMA)

    def _parse_row(self) -> JsonRow | Reject:
        if self._next_sign() != "{":
            self._refuse("expected an object")
        start = self._at
        self._line, self._counted = self._line + self._text.count("\n", self._counted, start), start
        try:
            members = self._parse_value(_DECODER)
        except _MemberTwice as error:
            self._parse_value(_LENIENT)
            row = _BREAK.sub(" ", self._text[start : self._at])
            return Reject(self._line, f"the column {error.name!r} appears twice in the row", row, error.name)
        return JsonRow(self._line, members, _BREAK.sub(" ", self._text[start : self._at]))

    def _parse_page(self) -> None:
        """An object one of whose members is the list of rows; or a row, which stands on its own."""
        if self._next_sign() != "{":
            self._refuse("expected an object")
        start, is_page = self._at, False
        names: set[str] = set()
        signs: set[str] = set()
        sign = ","
        while sign == ",":
            self._at += 1
            if self._next_sign() == "}" and not names:
                break
            name_at = self._at
            if self._next_sign() != '"':
                self._refuse("expected the name of a member")
            name = self._parse_value(_DECODER)
            if name in names:
                _refuse_at(self._text, name_at, f"the member {name!r} appears twice")
            names.add(name)
            if self._next_sign() != ":":
                self._refuse("expected a colon")
            self._at += 1
            signs.add(self._next_sign())
            if self._next_sign() == "[" and name in self._list_members and not is_page:
                self._parse_list(name)
                is_page = True
            else:
                self._skip_value()
            sign = self._next_sign()
        if sign not in (",", "}"):
            self._refuse("expected a comma or the end of the object")
        self._at += 1
        if not is_page:
            # an object with a list, or of nothing but objects, wraps rows in a way that is not known here
            wraps = "[" in signs or signs <= {"{"} or not names.isdisjoint(self._list_members)
            self._take_row(start, wraps=wraps)

    def _take_row(self, start: int, *, wraps: bool) -> None:
        """Read an object again that is no page, as a row; unless it wraps something else than a feature."""
        end, self._at = self._at, start
        row = self._parse_row()
        if wraps and not _is_feature(row):
            members = " or ".join(f'"{name}"' for name in self._list_members)
            reason = f"expected a list of objects, or an object with such a list as its member {members}"
            _refuse_at(self._text, start, f"{reason}{self._describe_list(start, end)}")
        self._rows.append(row)

    def _skip_value(self) -> None:
        at = self._at
        try:
            self._parse_value(_DECODER)
        except _MemberTwice as error:
            _refuse_at(self._text, at, f"an object names the member {error.name!r} twice")

    def _parse_value(self, decoder: json.JSONDecoder) -> Any:
        text, at = self._text, self._at
        try:
            value, self._at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            _refuse_at(text, *_describe_fault(text, error))
        except _NonJsonNumber:
            match = next(match for match in _NOT_JSON.finditer(text, at) if match[1])
            _refuse_at(text, match.start(), f"{match[1]} is not a number in JSON")
        except RecursionError:
            _refuse_at(text, at, "the object is nested too deeply")
        return value

    def _describe_list(self, start: int, end: int) -> str:
        """The place of the first list that an object wraps, and what to say in a mapping."""
        match = _LIST_MEMBER.search(self._text, start, end)
        if not match:
            return ""
        line, column = _place(self._text, match.end())
        name = match[1]
        place = f"line {line}, column {column}"
        hint = f": a mapping reads it with rows = {name}" if self._has_mapping else ""
        return f"; its member {name} at {place} is a list{hint}"

    def _refuse(self, reason: str) -> NoReturn:
        _refuse_at(self._text, self._at, reason)


def _placed(row: JsonRow | Reject, place: str) -> JsonRow | Reject:
    """A row with its place in a list beside its line."""
    line = ListedLine(row.line, place)
    return structs.replace(row, line=line) if isinstance(row, Reject) else row._replace(line=line)


def _is_feature(row: JsonRow | Reject) -> bool:
    """Whether a row is a feature of GeoJSON, which may have lists."""
    return isinstance(row, JsonRow) and row.members.get("type") == "Feature"


class _MemberTwice(Exception):
    """An object names a member twice."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class _NonJsonNumber(ValueError):
    """A number that Python's decoder accepts and JSON does not have."""


def _refuse_constant(_: str) -> NoReturn:
    raise _NonJsonNumber


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        raise _MemberTwice(next(name for name in names if names.count(name) > 1))
    return members


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=_unique_members)
_LENIENT = json.JSONDecoder(parse_constant=_refuse_constant)


def _describe_fault(text: str, error: json.JSONDecodeError) -> tuple[int, str]:
    """The offset of a fault, and what is wrong there."""
    before = text[: error.pos].rstrip()
    # before 3.13 Python reported the place after a trailing comma, and not what was wrong
    if text[error.pos : error.pos + 1] in ("}", "]") and before.endswith(","):
        return len(before) - 1, _TRAILING_COMMA
    if error.msg.startswith("Illegal trailing comma"):
        return error.pos, _TRAILING_COMMA
    return error.pos, error.msg[:1].lower() + error.msg[1:]


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _refuse_at(text: str, at: int, reason: str) -> NoReturn:
    _refuse(reason, *_place(text, at))


def _refuse(reason: str, line: int, column: int) -> NoReturn:
    place = f"line {line}, column {column}"
    raise Malformed(f"{place}: {reason}", path=place)
