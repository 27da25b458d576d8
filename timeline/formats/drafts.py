"""What readers make of files: drafts of events, rejected rows, withdrawals; and the ids of imported events.

A *data set* is a slug that names the source of the rows; every draft carries it as a tag. Ids are derived
from the data set and the row's own key within it, so that two people who import the same file make the same
events.

A reader is a function `read_<format>(file, …) -> Iterator[Draft | Reject]`. For a file that cannot be read at
all it raises `Malformed`, with the place of the fault in the message and as its `path`.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from hashlib import sha1, sha256
from typing import Any, Literal, NamedTuple
from uuid import UUID, uuid5

import msgspec
from msgspec import Struct

from timeline.domain.codec import decode_event
from timeline.domain.errors import TimelineError
from timeline.domain.events import Event
from timeline.domain.scalars import LINE_LENGTH_MAX, TEXT_LENGTH_MAX

NAMESPACE = UUID("5b1f6f1e-6c0b-5a8e-9d53-0c1f6a2a7e44")
"""The UUID namespace of all data sets' ids; it never changes, or a second import would repeat every event."""

_NO_ID = str(UUID(int=0))

DatePart = Literal["end", "marks"]


class AbsentFigure(NamedTuple):
    """A figure of which a file has only a part.

    Attributes:
        member: The member of the event that is the figure, such as `killed`.
        parts: The numbers whose columns the file lacks: `value`, `low`, `best`, `high`.
        lacks_qualifier: Whether the file lacks the column of the figure's qualifier.
    """

    member: str
    parts: tuple[str, ...] = ()
    lacks_qualifier: bool = False

    @property
    def paths(self) -> Iterator[str]:
        """What the file cannot say, as paths of members."""
        names = (*self.parts, *(("qualifier",) if self.lacks_qualifier else ()))
        return (f"{self.member}.{name}" for name in names)


class Absence(Struct, frozen=True):
    """What a file cannot say, since it lacks the columns.

    Attributes:
        members: The members that come from columns which the file lacks, as paths: `place.admin1`.
        lists: Lists for which the file lacks a column; what it has is added to what is recorded.
        parts: Lists of which the file has only a part: a part of what is recorded changes nothing.
        choices: What each of these members may be, where the file does not tell which: what is recorded stays
            if it is one of these.
        tags: Tags that the file lacks the columns for: they stay where they are recorded.
        side_tag_prefixes: The starts of tags that tell of the sides: they stay only as long as these do.
        is_date_precision: Whether the file lacks the column which says how exact `occurred` is, or its end.
        date_parts: What of `occurred` the file lacks, where it says the rest: its end, or its marks (`~`).
        figures: Figures of which the file has only a part.
    """

    members: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()
    tags: tuple[str, ...] = ()
    side_tag_prefixes: tuple[str, ...] = ()
    is_date_precision: bool = False
    date_parts: tuple[DatePart, ...] = ()
    figures: tuple[AbsentFigure, ...] = ()


NOTHING_ABSENT = Absence()


class Reference(NamedTuple):
    """Another row whose event a draft names.

    Attributes:
        member: The member of the event that names it, by the id of the row's first life.
        data_set: The data set of the row.
        key: The row's key.
        column: The column that names it; None where it is of the same row of the file.
    """

    member: str
    data_set: str
    key: str
    column: str | None = None


class Draft(Struct, frozen=True):
    """A row as an event before it has an id.

    Attributes:
        line: The line of the file on which the row starts, counted from 1.
        key: The row's own key within its data set.
        content: The event's JSON members without `id`, with `type`, and with the data set among its `tags`,
            but without the time at which the edition was published.
        row: The row as it came, as one line of text, to quote where the draft is rejected.
        published_at: When the data set's maker published the row as it is, where the row says so; it is not
            compared, since a row that is published again as it was has not changed.
        absent: What the file lacks the columns for.
        generated: The members whose text the reader wrote itself, from other columns.
        refers: The other rows that it names, whose events the timeline must have.
        mates: The keys of the counts that its row may hold, where all are of one incident: it is of the one
            that leads, see `row_incidents`.
        is_remainder: Whether the row has no number of its figure in the columns that the file has: there is
            only what is recorded of it in those that it lacks.
    """

    line: int
    key: str
    content: dict[str, Any]
    row: str = ""
    published_at: datetime | None = None
    absent: Absence = NOTHING_ABSENT
    generated: tuple[str, ...] = ()
    refers: tuple[Reference, ...] = ()
    mates: tuple[str, ...] = ()
    is_remainder: bool = False


class Reject(Struct, frozen=True):
    """A row that is not a valid event.

    Attributes:
        line: The line of the file on which the row starts, counted from 1.
        reason: What is wrong with the row, in words.
        row: The row as it came, as one line of text.
        path: The column or field at fault, if it can be named.
        key: The row's key, where it could be read: an import then leaves the row's present event as it is.
        parts: The keys of the counts that the row may hold, which stay as they are together with it.
    """

    line: int
    reason: str
    row: str
    path: str | None = None
    key: str | None = None
    parts: tuple[str, ...] = ()


class LeftOut(Reject, frozen=True):
    """A part of the file that no event has a field for; the rest of the file is imported without it."""


class Unmentioned(Struct, frozen=True):
    """A row of which a file says nothing, since it lacks the column: what is recorded of it stays.

    Attributes:
        line: The line of the file on which the row would be, counted from 1.
        key: The row's key within its data set.
    """

    line: int
    key: str


class UnreadCounts(Unmentioned, frozen=True):
    """The counts that no column of a table could hold: what is recorded of them stays.

    Attributes:
        readable: The members that are the same in every row, of each count that a column may hold; None for
            one that it does not have.
        types: The types of events that are counts of such columns.
    """

    readable: tuple[dict[str, str | None], ...] = ()
    types: frozenset[str] = frozenset()


class RowFault(ValueError):
    """A row cannot be read; `path` is the column or member at fault."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(reason)
        self.path = path

    def reject(self, line: int, row: str, key: str | None = None, parts: tuple[str, ...] = ()) -> Reject:
        """The row as rejected; `key` and those of its `parts` where the row has them."""
        return Reject(line, str(self), row, self.path, key, parts)


class Withdrawal(Struct, frozen=True):
    """A row that its data set has withdrawn.

    Attributes:
        line: The line of the file that says so, counted from 1.
        key: The row's key within its data set.
        withdrawn_at: When it was withdrawn, where the file says so.
    """

    line: int
    key: str
    withdrawn_at: datetime | None = None


def event_id(data_set: str, key: str, life: int = 0) -> UUID:
    """The id of a row's event; a row that comes back after it was withdrawn begins another life."""
    name = f"{key}#{life}" if life else key
    # as `uuid5`, which looks up the hash function and writes out the namespace for each row anew
    digest = sha1(_namespace(data_set) + name.encode(), usedforsecurity=False).digest()
    return UUID(bytes=digest[:16], version=5)


@lru_cache(maxsize=64)
def _namespace(data_set: str) -> bytes:
    return uuid5(NAMESPACE, data_set).bytes


def correction_id(target: UUID, amendments: int, changes: dict[str, Any]) -> UUID:
    """The id of a correction of an event that has this many standing amendments."""
    digest = sha256(msgspec.json.encode(changes, order="sorted")).hexdigest()
    return uuid5(target, f"correction:{amendments}:{digest}")


def late_id(target: UUID, told_at: datetime, changes: dict[str, Any]) -> UUID:
    """The id of a correction by what an older edition said; a second import of it makes the same one."""
    digest = sha256(msgspec.json.encode(changes, order="sorted")).hexdigest()
    return uuid5(target, f"late:{told_at.isoformat()}:{digest}")


def retraction_id(target: UUID, amendments: int) -> UUID:
    """The id of a retraction of an event that has this many standing amendments."""
    return uuid5(target, f"retraction:{amendments}:")


def validate_draft(draft: Draft, id: UUID | str = _NO_ID) -> Event | Reject:  # noqa: A002 - the field's name
    """The draft as an event of the vocabulary, or the reject that says which field is at fault."""
    try:
        return decode_event(msgspec.json.encode({"type": draft.content["type"], "id": id, **draft.content}))
    except TimelineError as error:
        path = (error.path or "$").removeprefix("$").removeprefix(".") or None
        return Reject(draft.line, error.message, draft.row, path, draft.key)
    except (OverflowError, UnicodeEncodeError) as error:
        return Reject(draft.line, f"the row cannot be written as JSON: {error}", draft.row, key=draft.key)


def fit_line(text: str) -> str:
    """The text as a `Line` of the vocabulary, see `shorten`."""
    return shorten(text, LINE_LENGTH_MAX)


def fit_text(text: str) -> str:
    """The text as a `Text` of the vocabulary, see `shorten`."""
    return shorten(text, TEXT_LENGTH_MAX)


def shorten(text: str, length_max: int) -> str:
    """The text without blanks around it; one longer than that is cut and ends in an ellipsis."""
    text = text.strip()
    return text if len(text) <= length_max else f"{text[: length_max - 1]}…"
