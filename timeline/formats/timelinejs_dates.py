"""The dates of TimelineJS as dates of the vocabulary, and the other way.

TimelineJS knows a start, an end, and a free text to show instead of both; it has no time zone, no doubt and
no open end. Here its times of day are UTC, and what it cannot say stands in the text, in words that are
understood when they are read again.

| TimelineJS                                     | EDTF                                  |
|------------------------------------------------|---------------------------------------|
| `{"year": 2024, "month": "12", "day": ""}`     | `2024-12`                             |
| a start and another end                        | `2024-12-20/2024-12-26`               |
| … with a time of day, and no end               | `2024-12-26T14:30:00Z`                |
| `display_date` "about 27 December 2024"        | `2024-12-27~`                         |
| `display_date` "since December 2024"           | `2024-12/..`                          |
"""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import product
from typing import NamedTuple

from msgspec import Struct

from timeline.domain.edtf import parse
from timeline.domain.words import edtf_words

_DATE_PARTS = ("year", "month", "day")
_TIME_PARTS = ("hour", "minute", "second", "millisecond")
_INTEGER = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_MARKS = ("", "~", "?", "%")


class SlideDate(Struct, frozen=True, omit_defaults=True):
    """A date as TimelineJS has it: numbers may be text, and what is missing may be "" or null."""

    year: int | str | None = None
    month: int | str | None = None
    day: int | str | None = None
    hour: int | str | None = None
    minute: int | str | None = None
    second: int | str | None = None
    millisecond: int | str | None = None


class SlideDates(NamedTuple):
    """When a slide is: its two dates, and the words that stand for them."""

    start: SlideDate
    end: SlideDate | None = None
    display: str | None = None


class Occurred(NamedTuple):
    """When it happened, and whether the display date or the times of day found no place in that."""

    edtf: str
    display_left: bool = False
    times_left: bool = False


class DateFault(ValueError):
    """A date that is none, or none of the record's; `path` is its member."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


def occurred(dates: SlideDates) -> Occurred:
    """The date of the vocabulary that a slide's dates say.

    Raises:
        DateFault: they say none.
    """
    start = _edtf(dates.start, "start_date")
    end = start if dates.end is None or is_empty(dates.end) else _edtf(dates.end, "end_date")
    if end == start:
        return _worded(start, dates.display, times_left=False)
    # the vocabulary has no interval of times
    first, last = start.partition("T")[0], end.partition("T")[0]
    edtf = first if first == last else f"{first}/{last}"
    try:
        parse(edtf)
    except ValueError as error:
        raise DateFault("end_date", str(error)) from error
    return _worded(edtf, dates.display, times_left=(first, last) != (start, end))


def slide_dates(edtf: str) -> SlideDates:
    """The dates of a slide, and words for what TimelineJS cannot say by itself."""
    if "T" in edtf:
        there = parse(edtf).start
        millisecond = there.microsecond // 1000 or None
        second = there.second if millisecond else there.second or None
        minutes = (there.year, there.month, there.day, there.hour, there.minute)
        return SlideDates(SlideDate(*minutes, second, millisecond), display=edtf_words(edtf))
    first, _, last = edtf.partition("/")
    start = _slide_date(first)
    end = _slide_date(last) if last not in ("", "..") else None
    is_plain = last != ".." and not any(mark in edtf for mark in "~?%")
    return SlideDates(start, None if end == start else end, None if is_plain else edtf_words(edtf))


def slide_date_of(instant: datetime) -> SlideDate:
    """The day of an instant."""
    return SlideDate(instant.year, instant.month, instant.day)


def is_empty(date: SlideDate) -> bool:
    """Whether none of its parts says anything."""
    return all(_is_blank(getattr(date, name)) for name in (*_DATE_PARTS, *_TIME_PARTS))


def _slide_date(date: str) -> SlideDate:
    return SlideDate(*map(int, date.rstrip("~?%").split("-")))


def _is_blank(part: float | str | None) -> bool:
    return part is None or (isinstance(part, str) and not part.strip())


def _edtf(date: SlideDate, path: str) -> str:
    day = _leading(date, _DATE_PARTS, path)
    clock = _leading(date, _TIME_PARTS, path)
    if not day:
        raise DateFault(path, "there is no year")
    if not 1000 <= day[0] <= 2999:
        raise DateFault(f"{path}.year", f"the record's years run from 1000 to 2999, this is {day[0]}")
    if clock and len(day) < 3:
        raise DateFault(path, "there is a time of day, but no day")
    text = "-".join(f"{part:02}" for part in day)
    if clock:
        hour, minute, second, millisecond = (*clock, 0, 0, 0)[:4]
        fraction = f".{millisecond:03}" if millisecond else ""
        text += f"T{hour:02}:{minute:02}:{second:02}{fraction}Z"
    try:
        parse(text)
    except ValueError:
        raise DateFault(path, f"there is no such date: {text}") from None
    return text


def _leading(date: SlideDate, names: tuple[str, ...], path: str) -> list[int]:
    """The parts that are given, largest first; TimelineJS would fill a gap with what nobody said."""
    parts: list[int] = []
    for index, name in enumerate(names):
        given = getattr(date, name)
        if _is_blank(given):
            continue
        if len(parts) < index:
            raise DateFault(f"{path}.{name}", f"there is a {name}, but no {names[len(parts)]}")
        if not _INTEGER.fullmatch(str(given).strip()):
            raise DateFault(f"{path}.{name}", f"the {name} is no whole number: {str(given)[:40]!r}")
        parts.append(int(given))
    return parts


def _worded(edtf: str, display: str | None, *, times_left: bool) -> Occurred:
    """The date with what its words add, where they are words that are written here."""
    said = " ".join(display.split()) if display else ""
    if not said:
        return Occurred(edtf, times_left=times_left)
    for candidate in _candidates(edtf):
        if edtf_words(candidate) == said:
            return Occurred(candidate, times_left=times_left)
    return Occurred(edtf, display_left=True, times_left=times_left)


def _candidates(edtf: str) -> Iterator[str]:
    yield edtf
    if "T" in edtf:
        return
    first, _, last = edtf.partition("/")
    if not last:
        yield from (f"{first}{mark}" for mark in _MARKS)
        yield from (f"{first}{mark}/.." for mark in _MARKS)
    for before, after in product(_MARKS, _MARKS):
        yield f"{first}{before}/{last or first}{after}"
