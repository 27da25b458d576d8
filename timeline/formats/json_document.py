"""A JSON object that is a file, with the line on which each of its parts stands."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple, NoReturn

import msgspec
from msgspec import Raw

from timeline.domain.errors import Malformed
from timeline.formats.drafts import LeftOut, Reject

_BYTE = re.compile(r" \(byte (\d+)\)$")


class JsonPart(NamedTuple):
    """A part of the file: where it stands, what it is called there, and its text."""

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
        """Say that the part is no event."""
        return Reject(self.line, reason, self.row, f"{self.path}{member}", key)

    def left_out(self, reason: str) -> LeftOut:
        """Say that the record has no place for the part."""
        return LeftOut(self.line, f"left out: {reason}", self.row, self.path)

    def left(self, member: str, value: Any, reason: str) -> LeftOut:
        """Say what of the part is left out of the event that the rest makes."""
        row = msgspec.json.encode(value).decode()
        return LeftOut(self.line, f"left out: {reason}", row, f"{self.path}.{member}")


class JsonDocument:
    """The file as a whole.

    Raises:
        Malformed: it is no JSON object; says the line and column of the fault.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data.removeprefix(b"\xef\xbb\xbf")
        try:
            self._data.decode()
            msgspec.json.decode(self._data)  # all of it, so that no part can be broken later
            self._members = msgspec.json.decode(self._data, type=dict[str, Raw])
        except UnicodeDecodeError as error:
            self._refuse(error.start, f"this is not UTF-8: {error.reason}", error)
        except msgspec.ValidationError as error:
            raise Malformed("the file is no JSON object", path="$") from error
        except msgspec.DecodeError as error:
            found = _BYTE.search(str(error))
            at = int(found[1]) if found else len(self._data)
            self._refuse(at, f"this is no JSON: {_BYTE.sub('', str(error))}", error)
        except RecursionError as error:
            raise Malformed("the file is nested too deeply", path="$") from error

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of its members."""
        return tuple(self._members)

    def member(self, name: str) -> JsonPart | None:
        """A member, or nothing where there is none that says something."""
        text = bytes(self._members.get(name, b"null"))
        place = JsonPart(self._data.count(b"\n", 0, self._data.find(text)) + 1, name, text)
        return place if says(place.value) else None

    def items(self, name: str) -> Iterator[JsonPart] | None:
        """The items of a member that is a list, each with its line; nothing where it is none."""
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

    def _refuse(self, at: int, what: str, cause: Exception) -> NoReturn:
        line = self._data.count(b"\n", 0, at) + 1
        column = at - self._data.rfind(b"\n", 0, at)
        place = f"line {line}, column {column}"
        raise Malformed(f"{place}: {what}", path=place) from cause


def says(value: Any) -> bool:
    """Whether a value says anything: it is not empty, and neither is all that it holds."""
    if isinstance(value, dict):
        return any(map(says, value.values()))
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None and value is not False and value != []
