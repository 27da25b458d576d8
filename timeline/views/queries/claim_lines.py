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
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct

from timeline.domain.dating import DatedBy
from timeline.domain.edtf import Days
from timeline.domain.figure import Figure
from timeline.domain.unchecked import unchecked

if TYPE_CHECKING:
    _StoredFigure = Figure
else:
    _StoredFigure = unchecked(Figure)


class LineKey(NamedTuple):
    """Whose line, and in which unit; lines are listed in this order."""

    claimant: str
    unit: str


class ClaimContent(Struct, gc=False):
    """What a stored claim says that is shown, and has no column."""

    as_of: str
    """The days that it speaks for as the source wrote them."""
    figure: _StoredFigure
    as_of_text: str = ""
    dated_by: DatedBy = "as_of"
    text: str = ""
    """The figure in words."""


class _DatedDays(Struct, gc=False):
    earliest: date
    latest: date


_content = msgspec.json.Decoder(ClaimContent)
_dated_days = msgspec.json.Decoder(_DatedDays)


class ClaimVersion(Struct, gc=False, eq=False):
    """A claim as it stood in the series over [from_position, to_position); the same only as itself."""

    source: UUID
    from_position: int
    to_position: int | None
    line: LineKey
    date_key: int
    """Of the days by which it is selected, by `date_key`; of a count of an incident without a date of its
    own the day on which it was said."""
    said_at: datetime
    position: int
    """Of the record of its word; with `said_at` it puts words in order."""
    is_none: bool
    """Whether it reports none, which is shown and takes part in nothing."""
    low: int | None
    """The bounds of the figure, both null where it is not compared."""
    high: int | None
    document: bytes | str | None
    """The claim as it is stored; None until it is read. Most claims of a series are only counted, so it is
    decoded where shown."""
    is_of_incident: bool = False
    """Whether it counts an incident, so that its date may name other days than those that select it."""
    decoded: ClaimContent | None = None
    """What the document says, once somebody has looked."""
    dated: Days | None = None
    """The days that the date of a count of an incident names, once somebody has looked."""

    @property
    def days(self) -> Days:
        """The days by which it is selected."""
        return days_of(self.date_key)

    @property
    def last_day(self) -> int:
        """The ordinal of the last of these."""
        return self.date_key >> _ORDINAL_BITS

    @property
    def dated_days(self) -> Days:
        """The days that its date names, which are shown and from which the lag runs."""
        if not self.is_of_incident:
            return days_of(self.date_key)
        days = self.dated
        if days is None:
            assert self.document is not None, "read the documents of what is shown"  # noqa: S101
            decoded = _dated_days.decode(self.document)
            days = self.dated = Days(decoded.earliest, decoded.latest)
        return days

    @property
    def content(self) -> ClaimContent:
        """What it says that is shown."""
        content = self.decoded
        if content is None:
            assert self.document is not None, "read the documents of what is shown"  # noqa: S101
            content = self.decoded = _content.decode(self.document)
        return content

    def word_order(self) -> tuple[datetime, int]:
        """Later words supersede earlier ones for the same days."""
        return self.said_at, self.position

    def stands_at(self, position: int) -> bool:
        """Whether it stands in the series since the record at a position."""
        return self.from_position <= position and (self.to_position is None or self.to_position > position)

    def is_in_place_of(self, other: "ClaimVersion") -> bool:
        """Whether it is of the same source and line, and for the same days."""
        return self.source == other.source and self.date_key == other.date_key and self.line == other.line

    def equals(self, other: "ClaimVersion | None") -> bool:
        """Whether it is the same word of the same claim; how a number came about is no part of the word."""
        return (
            other is not None
            and self.date_key == other.date_key
            and self.line == other.line
            and self.said_at == other.said_at
            and self.position == other.position
            and _numbers(self.content.figure) == _numbers(other.content.figure)
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

    def report(self, claim: ClaimVersion) -> tuple[ClaimVersion | None, ClaimVersion | None]:
        """Let a claim stand: what the line said of its date before, and what it says since."""
        key, dates = claim.date_key, self._dates
        if claim.is_none or (dates and key <= dates[-1]):
            before = self.answer(key)
            self.add(claim)
            return before, self.answer(key)
        # most claims are for a date after all others, which need not be looked for then
        before = self._words[dates[-1]][-1] if dates and self._basis != "increment" else None
        self._size += 1
        self._words[key] = [claim]
        dates.append(key)
        if key >> _ORDINAL_BITS != key & _FIRST_DAY:
            insort(self._spans, _by_start(key))
        return before, claim

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
        if _is_span(key):
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
        if _is_span(key):
            del self._spans[bisect_left(self._spans, _by_start(key))]

    def replace(self, old: ClaimVersion, new: ClaimVersion) -> None:
        """Let a claim stand in place of one that stands, for the same days."""
        words = self._words.get(new.date_key)
        if words is not None and len(words) == 1 and words[0] is old and not new.is_none:
            words[0] = new
        else:
            self.drop(old)
            self.add(new)

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


_DAY_0 = "(date '0001-01-01' - 1)"


def date_key(days: Days) -> int:
    """A key that puts dates in order as `Days.by_end` does; a number is quicker to hash and compare."""
    return days.last.toordinal() << _ORDINAL_BITS | days.first.toordinal()


@lru_cache(maxsize=32_768)  # for the same reason as `edtf.parse`
def days_of(key: int) -> Days:
    """The days of a date with this key."""
    return Days(date.fromordinal(key & _FIRST_DAY), date.fromordinal(key >> _ORDINAL_BITS))


def date_key_sql(first: str, last: str) -> str:
    """The same in SQL, of two columns."""
    return f"((({last} - {_DAY_0})::bigint << {_ORDINAL_BITS}) | ({first} - {_DAY_0}))"


def _is_span(key: int) -> bool:
    """Whether the date is more than a day."""
    return key >> _ORDINAL_BITS != key & _FIRST_DAY


def _by_start(key: int) -> tuple[int, int, int]:
    """Puts dates in order by their first days, the narrowest last; with their key."""
    return key & _FIRST_DAY, -(key >> _ORDINAL_BITS), key


def _numbers(figure: Figure) -> tuple[object, ...]:
    return figure.qualifier, figure.value, figure.low, figure.best, figure.high, figure.verbatim
