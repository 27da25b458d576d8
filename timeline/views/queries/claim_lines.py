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
    date_key: int
    """Of these days, by `date_key`."""
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
    """The standing claims of one line, of a series with this basis; dates are given by their keys."""

    def __init__(self, basis: str) -> None:
        self._basis = basis
        self._size = 0
        self._words: dict[int, list[ClaimVersion]] = {}  # of each date, in the order of words
        self._dates: list[int] = []
        self._spans: list[
            tuple[int, int, int]
        ] = []  # the dates of several days: others hold none but themselves

    def __len__(self) -> int:
        return self._size

    def add(self, claim: ClaimVersion) -> None:
        """Let a claim stand."""
        self._size += 1
        if claim.is_none:
            return
        key = claim.date_key
        if words := self._words.get(key):
            insort(words, claim, key=ClaimVersion.word_order)
            return
        self._words[key] = [claim]
        insort(self._dates, key)
        if claim.days.first != claim.days.last:
            insort(self._spans, _by_start(key))

    def drop(self, claim: ClaimVersion) -> None:
        """Take a claim away that stands."""
        self._size -= 1
        if claim.is_none:
            return
        key = claim.date_key
        words = self._words[key]
        words.remove(claim)
        if words:
            return
        del self._words[key]
        del self._dates[bisect_left(self._dates, key)]
        if claim.days.first != claim.days.last:
            del self._spans[bisect_left(self._spans, _by_start(key))]

    def answer(self, key: int) -> ClaimVersion | None:
        """What the line says of a date."""
        dates, words = self._dates, self._words
        if self._basis == "increment":
            return words[key][-1] if key in words else None
        if self._basis == "incident":
            return words[dates[-1]][-1] if dates else None
        index = bisect_left(dates, (key | _FIRST_DAY) + 1)
        if index:
            return words[dates[index - 1]][-1]
        # all claims end after the date, so that each of those that begin by its first day holds it
        index = bisect_left(self._spans, ((key & _FIRST_DAY) + 1,))
        return words[self._spans[index - 1][-1]][-1] if index else None

    def in_order(self) -> Iterator[ClaimVersion]:
        """What the line says of each date that it has claims for, the oldest first."""
        return (self._words[key][-1] for key in self._dates)


_ORDINAL_BITS = 22
"""Enough for the ordinal of any day."""

_FIRST_DAY = (1 << _ORDINAL_BITS) - 1


def date_key(days: Days) -> int:
    """A key that puts dates in order as `Days.by_end` does; a number is quicker to hash and compare."""
    return days.last.toordinal() << _ORDINAL_BITS | days.first.toordinal()


def _by_start(key: int) -> tuple[int, int, int]:
    """Puts dates in order by their first days, the narrowest last; with their key."""
    return key & _FIRST_DAY, -(key >> _ORDINAL_BITS), key


def _numbers(figure: Figure) -> tuple[object, ...]:
    return figure.qualifier, figure.value, figure.low, figure.best, figure.high, figure.verbatim
