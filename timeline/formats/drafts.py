"""What a row of an outside file says, as an event before it has an id; and the ids that it gets.

A *data set* is a slug that names whose rows they are; every draft carries it as a tag. Ids follow from the
data set and the row's own key within it, so that two people who import the same file make the same events.

A reader is a function `read_<format>(file, …) -> Iterator[Draft | Reject]`. A file that is broken as a whole
raises `Malformed`, with the place of the fault in the message and as its `path`.
"""

from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

import msgspec
from msgspec import Struct

from timeline.domain.codec import decode_event
from timeline.domain.errors import TimelineError
from timeline.domain.events import Event

NAMESPACE = UUID("5b1f6f1e-6c0b-5a8e-9d53-0c1f6a2a7e44")
"""What all ids of imported events are derived from; it never changes."""

_NO_ID = str(UUID(int=0))


class Draft(Struct, frozen=True):
    """A row as an event before it has an id.

    Attributes:
        line: Where the row stands in its file, counted from 1.
        key: The row's own key within its data set.
        content: The event's JSON members without `id`, with `type`, and with the data set among its `tags`;
            when the edition was published is no part of it.
        row: The row as it came, one line of text, for whoever must be told of it.
    """

    line: int
    key: str
    content: dict[str, Any]
    row: str = ""


class Reject(Struct, frozen=True):
    """A row that is no event.

    Attributes:
        line: Where the row stands in its file, counted from 1.
        reason: What is wrong with it, in words.
        row: The row as it came, one line of text.
        path: The column or field at fault, if it is one.
        key: The row's key, where it could be read: what stands of the row is then left as it is.
    """

    line: int
    reason: str
    row: str
    path: str | None = None
    key: str | None = None


class LeftOut(Reject, frozen=True):
    """A part of the file that the record has no place for, beside which the rest comes in."""


class Withdrawal(Struct, frozen=True):
    """A row that its data set has given up, by its key.

    Attributes:
        line: Where the file says so, counted from 1.
        key: The row's key within its data set.
        withdrawn_at: When it was given up, where the file says it.
    """

    line: int
    key: str
    withdrawn_at: datetime | None = None


def event_id(data_set: str, key: str, life: int = 0) -> UUID:
    """The id of a row's event; a row that was withdrawn and is given again lives once more."""
    return uuid5(_namespace(data_set), f"{key}#{life}" if life else key)


@lru_cache(maxsize=64)
def _namespace(data_set: str) -> UUID:
    return uuid5(NAMESPACE, data_set)


def correction_id(target: UUID, standing: int, changes: dict[str, Any]) -> UUID:
    """The id of a correction of an event on which so many amendments stand."""
    digest = sha256(msgspec.json.encode(changes, order="sorted")).hexdigest()
    return uuid5(target, f"correction:{standing}:{digest}")


def retraction_id(target: UUID, standing: int) -> UUID:
    """The id of a retraction of an event on which so many amendments stand."""
    return uuid5(target, f"retraction:{standing}:")


def validated(draft: Draft, id: UUID | str = _NO_ID) -> Event | Reject:  # noqa: A002 - the field's name
    """The draft as an event of the vocabulary, or why it is none, with the field at fault."""
    try:
        return decode_event(msgspec.json.encode({"type": draft.content["type"], "id": id, **draft.content}))
    except TimelineError as error:
        path = (error.path or "$").removeprefix("$").removeprefix(".") or None
        return Reject(draft.line, error.message, draft.row, path, draft.key)
    except (OverflowError, UnicodeEncodeError) as error:
        return Reject(draft.line, f"it cannot be written as JSON: {error}", draft.row, key=draft.key)


LINE_LENGTH_MAX = 500
TEXT_LENGTH_MAX = 20_000
SOURCES_MAX = 50


def line(text: str) -> str:
    """The text without blanks around it, and no longer than a line may be."""
    return bounded(text, LINE_LENGTH_MAX)


def text(words: str) -> str:
    """The text without blanks around it, and no longer than a text may be."""
    return bounded(words, TEXT_LENGTH_MAX)


def bounded(words: str, length_max: int) -> str:
    """The text without blanks around it; a longer one ends in an ellipsis."""
    words = words.strip()
    return words if len(words) <= length_max else f"{words[: length_max - 1]}…"
