"""Files that are one JSON object: reads its members and items, each with the line on which it starts."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple, NoReturn

import msgspec
from msgspec import Raw

from timeline.domain.codec import refuse_repeated_members
from timeline.domain.errors import Malformed
from timeline.formats.drafts import LeftOut, Reject

_BYTE = re.compile(r" \(byte (\d+)\)$")


class JsonPart(NamedTuple):
    """A part of the file: the line on which it starts, its path, and its text."""

    line: int
    path: str
    text: bytes

    @property
    def row(self) -> str:
        """The part on one line."""
        return " ".join(self.text.decode().split())

    @property
    def value(self) -> Any:
        """The part, decoded."""
        return msgspec.json.decode(self.text)

    def reject(self, reason: str, member: str = "", key: str | None = None) -> Reject:
        """The part as rejected: it is not a valid event; `member` is the path below it that is at fault."""
        return Reject(self.line, reason, self.row, f"{self.path}{member}", key)

    def left_out(self, reason: str) -> LeftOut:
        """The part as left out: events have no field for it."""
        return LeftOut(self.line, f"left out: {reason}", self.row, self.path)

    def member_left_out(self, member: str, value: Any, reason: str) -> LeftOut:
        """A member of the part as left out, beside the event that the other members make."""
        row = msgspec.json.encode(value).decode()
        return LeftOut(self.line, f"left out: {reason}", row, f"{self.path}.{member}")


class JsonDocument:
    """The file as a whole.

    Raises:
        Malformed: the file is not a JSON object, with the line and column of the fault; or an object in it
            names a member twice.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data.removeprefix(b"\xef\xbb\xbf")
        try:
            self._data.decode()
            msgspec.json.decode(self._data)  # all of it, so that no part can turn out broken later
            self._members = msgspec.json.decode(self._data, type=dict[str, Raw])
            refuse_repeated_members(self._data)
        except UnicodeDecodeError as error:
            hint = "say with --encoding which encoding it has"
            self._refuse(error.start, f"the file is not UTF-8: {error.reason}; {hint}", error)
        except msgspec.ValidationError as error:
            raise Malformed("the file is not a JSON object", path="$") from error
        except msgspec.DecodeError as error:
            match = _BYTE.search(str(error))
            at = int(match[1]) if match else len(self._data)
            self._refuse(at, f"not valid JSON: {_BYTE.sub('', str(error))}", error)
        except RecursionError as error:
            raise Malformed("the file is nested too deeply", path="$") from error

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of its members."""
        return tuple(self._members)

    def member(self, name: str) -> JsonPart | None:
        """A member, or None where the file lacks it or it is blank, see `is_blank`."""
        text = bytes(self._members.get(name, b"null"))
        part = JsonPart(self._data.count(b"\n", 0, self._data.find(text)) + 1, name, text)
        return None if is_blank(part.value) else part

    def items(self, name: str) -> Iterator[JsonPart] | None:
        """The items of a member that is a list, or None where it is not."""
        text = bytes(self._members.get(name, b"null"))
        return self._items(name, text) if text.startswith(b"[") else None

    def _items(self, name: str, text: bytes) -> Iterator[JsonPart]:
        at, line = self._data.find(text), 1
        line += self._data.count(b"\n", 0, at)
        for index, raw in enumerate(msgspec.json.decode(text, type=list[Raw])):
            item = bytes(raw)
            start = self._data.find(item, at)
            line += self._data.count(b"\n", at, start)
            yield JsonPart(line, f"{name}[{index}]", item)
            at = start + len(item)
            line += item.count(b"\n")

    def _refuse(self, at: int, reason: str, cause: Exception) -> NoReturn:
        line = self._data.count(b"\n", 0, at) + 1
        column = at - self._data.rfind(b"\n", 0, at)
        place = f"line {line}, column {column}"
        raise Malformed(f"{place}: {reason}", path=place) from cause


def is_blank(value: Any) -> bool:
    """Whether a value is null, false, white space, an empty list, or an object of only such values."""
    if isinstance(value, dict):
        return all(map(is_blank, value.values()))
    if isinstance(value, str):
        return not value.strip()
    return value is None or value is False or value == []
