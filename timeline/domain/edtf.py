"""Imprecise dates: the part of EDTF level 1 (ISO 8601-2) that the vocabulary allows, and its bounds.

Allowed are `2024`, `2024-12`, `2024-12-26`, each with `~` (approximate), `?` (uncertain) or `%` (both);
intervals of two of these, `2024-12-20/2024-12-26`, or with an open end, `2024-12-20/..`; and an RFC 3339
time, `2024-12-26T14:30:00Z`, where the time of day is known. Years run from 1000 to 2999.

Dates are selected, ordered and held equal by the days that they name: `~`, `?` and `%` blur what is shown,
not what is chosen. `2024-12` and `2024-12-01/2024-12-31` name the same days. A time names one day, by its own
offset: by the clock of the place, not that of UTC. What is put in order of time is put there by instant.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, NamedTuple

from msgspec import Meta

_YEAR = r"[12][0-9]{3}"
_MONTH_DAY = r"((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
_LEAP_DAY = r"([12][0-9](0[48]|[2468][048]|[13579][26])|(12|16|20|24|28)00)-02-29"
_DAY = rf"({_YEAR}-{_MONTH_DAY}|{_LEAP_DAY})"
_DATE = rf"({_DAY}|{_YEAR}-(0[1-9]|1[0-2])|{_YEAR})[~?%]?"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"

EDTF_PATTERN = rf"^({_DATE}(/({_DATE}|\.\.))?|{_DAY}T{_CLOCK})$(?!\n)"
DATE_PATTERN = rf"^{_DATE}$(?!\n)"
DAY_PATTERN = rf"^{_DAY}$(?!\n)"
TIME_PATTERN = rf"^{_DAY}T{_CLOCK}$(?!\n)"
_EDTF = re.compile(EDTF_PATTERN)
_DAY_LENGTH = len("2024-12-27")

PATTERN_WORDS = {
    EDTF_PATTERN: "that is an EDTF date or interval, such as 2024-12-27~ or 2024-12/.., or an RFC 3339 time",
    DATE_PATTERN: "that is an EDTF date, such as 2024-12-27~ or 2024-12",
}
"""What each pattern asks for, to be read after "Expected text"."""

Edtf = Annotated[
    str,
    Meta(
        pattern=EDTF_PATTERN,
        description="EDTF level 1 date or interval, or an RFC 3339 time.",
        examples=["2024-12-26", "2024-12-27~", "2024-12-20/2024-12-26"],
    ),
]
EdtfDate = Annotated[
    str,
    Meta(pattern=DATE_PATTERN, description="EDTF level 1 date: year, month or day.", examples=["2024-12-23"]),
]

OPEN_END = datetime(9999, 12, 31, tzinfo=UTC)
"""The end of an interval that goes on."""


class Span(NamedTuple):
    """The instants that a date names: from `start` up to, but without, `end` (both UTC)."""

    start: datetime
    end: datetime


class Days(NamedTuple):
    """The days that a date names, from the first to the last, both included."""

    first: date
    last: date

    def hold(self, other: "Days") -> bool:
        """Whether all days of the other are among these."""
        return self.first <= other.first and other.last <= self.last

    def meet(self, other: "Days") -> bool:
        """Whether some day is in both."""
        return self.first <= other.last and other.first <= self.last

    @property
    def by_end(self) -> tuple[date, date]:
        """Puts dates in order: the newer is the one that ends last, of these the one that begins last."""
        return self.last, self.first


@lru_cache(maxsize=32_768)  # more than thirty years hold days, and most data sets are not in their order
def parse(text: str) -> Span:
    """Read an EDTF date, interval or RFC 3339 time.

    Raises:
        ValueError: the text is none of these, or the interval ends before it starts.
    """
    if not _EDTF.match(text):
        raise ValueError(f"not a date of the EDTF level-1 subset: {text!r}")
    if "T" in text:
        instant = datetime.fromisoformat(text).astimezone(UTC)
        return Span(instant, instant + timedelta(microseconds=1))
    first, _, last = text.partition("/")
    span = _date(first)
    if not last:
        return span
    end = OPEN_END if last == ".." else _date(last).end
    if end <= span.start:
        # what is only about a date may end a little before the other: logs hold such intervals
        if _blurred(last).end <= _blurred(first).start:
            raise ValueError(f"the interval ends before it starts: {text!r}")
        end = span.end
    return Span(span.start, end)


@lru_cache(maxsize=32_768)  # for the same reason as `parse`
def named_days(text: str) -> Days:
    """The days that a date names; an open end names all days to come.

    Raises:
        ValueError: the text is not a date, as for `parse`.
    """
    span = parse(text)
    if "T" in text:
        day = date.fromisoformat(text[:10])
        return Days(day, day)
    end = date.max if span.end == OPEN_END else (span.end - timedelta(days=1)).date()
    return Days(span.start.date(), end)


def _date(text: str) -> Span:
    start, step = _start_and_step(text)
    return Span(start, step(start, 1))


def _blurred(text: str) -> Span:
    """The date with one unit of its own precision on either side, where it is approximate."""
    start, step = _start_and_step(text)
    return Span(step(start, -1), step(start, 2)) if text[-1] in "~%" else Span(start, step(start, 1))


def _start_and_step(text: str) -> tuple[datetime, Callable[[datetime, int], datetime]]:
    plain = text.rstrip("~?%")
    if len(plain) == _DAY_LENGTH:  # as most have, and half the time
        return datetime.fromisoformat(plain).replace(tzinfo=UTC), _days
    parts = [int(part) for part in plain.split("-")]
    year, month, day = (*parts, 1, 1)[:3]
    return datetime(year, month, day, tzinfo=UTC), _STEPS[len(parts)]


def _years(start: datetime, count: int) -> datetime:
    return start.replace(year=start.year + count)


def _months(start: datetime, count: int) -> datetime:
    years, month = divmod(start.month - 1 + count, 12)
    return start.replace(year=start.year + years, month=month + 1)


def _days(start: datetime, count: int) -> datetime:
    return start + timedelta(days=count)


_STEPS: dict[int, Callable[[datetime, int], datetime]] = {1: _years, 2: _months, 3: _days}
