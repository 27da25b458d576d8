"""Rows of editions: a row as it stands in the timeline, and the counts of what an edition does to rows."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct, structs

from timeline.domain.codec import encode_event
from timeline.domain.edtf import parse
from timeline.domain.events import Event
from timeline.domain.figure import Figure
from timeline.domain.patches import merge_diff
from timeline.domain.words import figure_words
from timeline.formats.late_words import LaterWord

_PROFILE = b'{"type":"actor_profile"'
_PARTS = ("place", "certainty")
FIGURES_MAX = 20
"""How many figures that an edition corrects are named."""


class OlderRow(NamedTuple):
    """A row of an edition that is older than the word that stands.

    Attributes:
        line: The line of the file; None where the file lacks the row.
        row: What stands, in a few words.
        told_at: When the edition, or the row, was published.
        said_at: When the word that stands was said.
    """

    line: int | None
    row: str
    told_at: datetime
    said_at: datetime


class CurrentRow(NamedTuple):
    """A row of the data set as it stands in the timeline.

    Attributes:
        content: The event with its standing corrections, as JSON.
        amendments: The number of standing corrections and retractions of the event.
        retracted: Whether the event is retracted.
        set_aside: Whether it is retracted for another reason than that its row was withdrawn.
        said_at: When the word that stands was said, or the row withdrawn; None where that is not known yet.
        words: Its standing corrections that are words of its source, in the order of words.
    """

    content: bytes
    amendments: int = 0
    retracted: bool = False
    set_aside: bool = False
    said_at: datetime | None = None
    words: Sequence[LaterWord] = ()


class FigureChange(Struct):
    """A figure that an edition corrects.

    Attributes:
        row: The row in a few words.
        field: The member of the event, such as `figure` or `killed`.
        before: The figure in words as it stood; empty where there was none.
        after: The figure in words as the edition has it; empty where it has none.
    """

    row: str
    field: str
    before: str
    after: str


class EditionCounts(Struct):
    """The rows of an edition, counted by their outcome.

    Attributes:
        repeated: Rows that are the same as an earlier row of the file.
        withdrawn: Rows that were withdrawn after the edition that has them.
        returned: Rows that were published again after the list that withdraws them says.
        late: Rows that were taken in as what an older edition said then.
        reworded: Unchanged rows of which only the importer's own text would read otherwise now.
        fields: In how many of the corrected rows each member has changed.
        figures: The first figures that were corrected: among many rows of which only words changed they would
            not be seen.
    """

    new: int = 0
    corrected: int = 0
    retracted: int = 0
    unchanged: int = 0
    set_aside: int = 0
    rejected: int = 0
    left_out: int = 0
    repeated: int = 0
    withdrawn: int = 0
    returned: int = 0
    late: int = 0
    reworded: int = 0
    fields: dict[str, int] = {}
    figures: list[FigureChange] = []

    def count_correction(self, row: CurrentRow, corrected: bytes, changes: dict[str, Any]) -> None:
        """Count a corrected row: as it stood, as it is now, and what changed."""
        self.corrected += 1
        for name in changed_fields(changes):
            self.fields[name] = self.fields.get(name, 0) + 1
        room = FIGURES_MAX - len(self.figures)
        self.figures += islice(_changed_figures(row, corrected, changes), room)


class RowWord(Struct):
    """What tells a row to a person, and whose word it is."""

    published_at: datetime | None = None
    claimant: str | None = None
    as_of: str | None = None
    occurred: str | None = None
    summary: str | None = None
    reason: str | None = None


def describe_row(row: CurrentRow) -> str:
    """A row in a few words, for whoever must find it in a file."""
    word = msgspec.json.decode(row.content, type=RowWord)
    return " ".join(filter(None, (word.as_of or word.occurred, word.summary or word.reason)))


def is_retractable(row: CurrentRow) -> bool:
    """Whether the row stands, and is no profile: who an actor is stays true where no row names it now."""
    return not row.retracted and not is_profile(row)


def is_profile(row: CurrentRow) -> bool:
    """Whether the row is the profile of an actor."""
    return row.content.startswith(_PROFILE)


def row_date(row: CurrentRow) -> str:
    """The date of a row as it is written, for the order of rows; empty where it has none."""
    word = msgspec.json.decode(row.content, type=RowWord)
    return word.as_of or word.occurred or ""


def _changed_figures(row: CurrentRow, corrected: bytes, changes: dict[str, Any]) -> Iterator[FigureChange]:
    before, after = (msgspec.json.decode(content) for content in (row.content, corrected))
    for name in changes:
        words = [_figure_words(event.get(name)) for event in (before, after)]
        if any(words):
            yield FigureChange(describe_row(row), name, *words)


def _figure_words(member: Any) -> str:
    """A member of an event in words, if it is a figure."""
    is_figure = isinstance(member, dict) and "qualifier" in member
    return figure_words(msgspec.convert(member, Figure)) if is_figure else ""


def changed_fields(changes: dict[str, Any]) -> Iterator[str]:
    """The members that a correction changes, those of a place and of certainty on their own."""
    for name, value in changes.items():
        if isinstance(value, dict) and name in _PARTS:
            yield from (f"{name}.{part}" for part in value)
        else:
            yield name


def row_changes(event: Event, current: CurrentRow, generated: Collection[str]) -> dict[str, Any] | None:
    """How a row differs from what stands; None where it does only in what the importer itself wrote."""
    if is_same(event, current):
        return {}
    before, after = row_members(current.content), row_members(encode_event(event))
    if event.published_at is None:
        before.pop("published_at", None)
    changes = merge_diff(before, after)
    return None if changes and changes.keys() <= set(generated) else changes


def is_same(event: Event, current: CurrentRow) -> bool:
    """Whether a row stands as it is, to the byte; far quicker than comparing its members, and mostly so."""
    if event.published_at is None:
        stored = msgspec.json.decode(current.content, type=RowWord)
        if stored.published_at is not None:
            event = structs.replace(event, published_at=stored.published_at)
    return encode_event(event) == current.content


def row_members(event: bytes) -> dict[str, Any]:
    """The members of an event as it is stored."""
    members: dict[str, Any] = msgspec.json.decode(event)
    return members


def is_since(instant: datetime, occurred: str) -> bool:
    """Whether an instant is not before a date; most are years apart, which needs no reading of the date."""
    return instant.year > int(occurred[:4]) or instant >= parse(occurred).start
