"""A claimant's line: its standing claims in one series and unit, and what it answers for a date.

- Of the claims for the same days the last word answers, by (said, position). `none_reported` takes part in
  nothing, so it supersedes no number either.
- For a date the line answers with its newest claim whose days end by the date's last day; where it has none,
  with the narrowest whose days hold the date.
- Of an incident the line has one answer, whatever date: the newest. Of an increment only a claim for that
  very period answers.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from msgspec import Struct

from timeline.domain.dating import DatedBy
from timeline.domain.edtf import Days
from timeline.domain.figure import Figure


class LineKey(NamedTuple):
    """Whose line, and in which unit; lines are listed in this order."""

    claimant: str
    unit: str


class ClaimVersion(Struct, frozen=True, gc=False):
    """A claim as it stood in the series over [from_position, to_position)."""

    source: UUID
    first_position: int
    """Of the record that first reported it."""
    from_position: int
    to_position: int | None
    line: LineKey
    days: Days
    """The days that it speaks for, by which it is selected."""
    as_of: str
    """These days as the source wrote them."""
    as_of_text: str
    dated_by: DatedBy
    said_at: datetime
    position: int
    """Of the record of its word; with `said_at` it puts words in order."""
    figure: Figure
    text: str
    """The figure in words."""
    low: int | None
    """The bounds of the figure, both null where it is not compared."""
    high: int | None

    @property
    def is_none(self) -> bool:
        """Whether it reports none, which is shown and takes part in nothing."""
        return self.figure.qualifier == "none_reported"

    def word_order(self) -> tuple[datetime, int]:
        """Later words supersede earlier ones for the same days."""
        return self.said_at, self.position

    def equals(self, other: "ClaimVersion | None") -> bool:
        """Whether it is the same word of the same claim; how a number came about is no part of the word."""
        return (
            other is not None
            and self.days == other.days
            and self.line == other.line
            and self.said_at == other.said_at
            and self.position == other.position
            and _numbers(self.figure) == _numbers(other.figure)
        )


class ClaimLine:
    """The standing claims of one line, of a series with this basis."""

    def __init__(self, basis: str) -> None:
        self._basis = basis
        self._size = 0
        self._words: dict[int, list[ClaimVersion]] = {}  # by the key of their days, in the order of words
        self._by_end: list[int] = []
        self._spans_by_start: list[tuple[int, int, int]] = []  # of several days: what holds a date it is not

    def __len__(self) -> int:
        return self._size

    def add(self, claim: ClaimVersion) -> None:
        """Let a claim stand."""
        self._size += 1
        if claim.is_none:
            return
        key = _by_end(claim.days)
        if words := self._words.get(key):
            insort(words, claim, key=ClaimVersion.word_order)
            return
        self._words[key] = [claim]
        insort(self._by_end, key)
        if claim.days.first != claim.days.last:
            insort(self._spans_by_start, _by_start(claim.days))

    def drop(self, claim: ClaimVersion) -> None:
        """Take a claim away that stands."""
        self._size -= 1
        if claim.is_none:
            return
        key = _by_end(claim.days)
        words = self._words[key]
        words.remove(claim)
        if words:
            return
        del self._words[key]
        del self._by_end[bisect_left(self._by_end, key)]
        if claim.days.first != claim.days.last:
            del self._spans_by_start[bisect_left(self._spans_by_start, _by_start(claim.days))]

    def answer(self, days: Days) -> ClaimVersion | None:
        """What the line says of a date."""
        if self._basis == "increment":
            return self._last_word(_by_end(days))
        if self._basis == "incident":
            return self._last_word(self._by_end[-1]) if self._by_end else None
        index = bisect_left(self._by_end, (days.last.toordinal() + 1) << _ORDINAL_BITS)
        if index:
            return self._last_word(self._by_end[index - 1])
        # all claims end after the date, so that each of those that begin by its first day holds it
        index = bisect_left(self._spans_by_start, (days.first.toordinal() + 1,))
        return self._last_word(self._spans_by_start[index - 1][-1]) if index else None

    def in_order(self) -> Iterator[ClaimVersion]:
        """What the line says of each date that it has claims for, the oldest first."""
        return (self._words[key][-1] for key in self._by_end)

    def _last_word(self, key: int) -> ClaimVersion | None:
        words = self._words.get(key)
        return words[-1] if words else None


_ORDINAL_BITS = 22
"""Enough for the ordinal of any day."""


def _by_end(days: Days) -> int:
    """A key that puts dates in order as `Days.by_end` does; a number is quicker to hash and compare."""
    return days.last.toordinal() << _ORDINAL_BITS | days.first.toordinal()


def _by_start(days: Days) -> tuple[int, int, int]:
    """Puts dates in order by their first days, the narrowest last; with their key."""
    return days.first.toordinal(), -days.last.toordinal(), _by_end(days)


def _numbers(figure: Figure) -> tuple[object, ...]:
    return figure.qualifier, figure.value, figure.low, figure.best, figure.high, figure.verbatim
