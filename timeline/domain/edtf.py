"""Imprecise dates: the part of EDTF level 1 (ISO 8601-2) that the vocabulary allows, and its bounds.

Allowed are `2024`, `2024-12`, `2024-12-26`, each with `~` (approximate), `?` (uncertain) or `%` (both);
intervals of two of these, `2024-12-20/2024-12-26`, or with an open end, `2024-12-20/..`; and an RFC 3339
time, `2024-12-26T14:30:00Z`, where the time of day is known. Years run from 1000 to 2999.

EDTF does not say how far `~` reaches. Here it widens the span by one unit of its own precision on either
side: `2024-12-27~` is 26 to 28 December, `2024-12~` November to January. `?` doubts the source, not the
precision, and widens nothing.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
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
TIME_PATTERN = rf"^{_DAY}T{_CLOCK}$(?!\n)"
_EDTF = re.compile(EDTF_PATTERN)

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
    """The instants that a date may mean: from `start` up to, but without, `end` (both UTC)."""

    start: datetime
    end: datetime


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
        raise ValueError(f"the interval ends before it starts: {text!r}")
    return Span(span.start, end)


def as_of_instant(text: str) -> datetime:
    """The last instant that a date may mean, by which figures for different dates are put in order."""
    return parse(text).end - timedelta(microseconds=1)


def _date(text: str) -> Span:
    fuzzy = text[-1] in "~%"
    parts = [int(part) for part in text.rstrip("~?%").split("-")]
    year, month, day = (*parts, 1, 1)[:3]
    start = datetime(year, month, day, tzinfo=UTC)
    step = _STEPS[len(parts)]
    return Span(step(start, -1), step(start, 2)) if fuzzy else Span(start, step(start, 1))


def _years(start: datetime, count: int) -> datetime:
    return start.replace(year=start.year + count)


def _months(start: datetime, count: int) -> datetime:
    years, month = divmod(start.month - 1 + count, 12)
    return start.replace(year=start.year + years, month=month + 1)


def _days(start: datetime, count: int) -> datetime:
    return start + timedelta(days=count)


_STEPS: dict[int, Callable[[datetime, int], datetime]] = {1: _years, 2: _months, 3: _days}
