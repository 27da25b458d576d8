"""Dates of TimelineJS: converts them to EDTF and back.

TimelineJS has a start, an end, and a free text to show instead of both; it has no time zone, no uncertainty
and no open end. Its times of day are taken as UTC where the text names no offset, and what its dates cannot
express is put in the text, in words that are understood when they are read again.

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
from datetime import date, datetime
from itertools import product
from typing import NamedTuple

from msgspec import Struct

from timeline.domain.edtf import parse
from timeline.domain.scalars import YEAR_MAX, YEAR_MIN
from timeline.domain.words import edtf_words
from timeline.formats.cells import whole_number
from timeline.formats.drafts import RowFault

_DATE_PARTS = ("year", "month", "day")
_TIME_PARTS = ("hour", "minute", "second", "millisecond")
_MARKS = ("", "~", "?", "%")


class SlideDate(Struct, frozen=True, omit_defaults=True):
    """A date of TimelineJS: numbers may be text or written `2024.0`, and a missing part may be "" or null."""

    year: int | float | str | None = None
    month: int | float | str | None = None
    day: int | float | str | None = None
    hour: int | float | str | None = None
    minute: int | float | str | None = None
    second: int | float | str | None = None
    millisecond: int | float | str | None = None


class SlideDates(NamedTuple):
    """The two dates of a slide, and the text to show instead of them."""

    start: SlideDate
    end: SlideDate | None = None
    display: str | None = None


class SlideEdtf(NamedTuple):
    """The date of a slide in EDTF, and whether the display date or the times of day are not part of it."""

    edtf: str
    lacks_display: bool = False
    lacks_times: bool = False


def read_slide_dates(dates: SlideDates) -> SlideEdtf:
    """The date in EDTF of a slide.

    Raises:
        RowFault: the slide has no date, or one that does not exist or lies outside the vocabulary's years.
    """
    start = _edtf(dates.start, "start_date")
    end = start if dates.end is None or is_empty(dates.end) else _edtf(dates.end, "end_date")
    if end == start:
        return _read_display(start, dates.display, lacks_times=False)
    # the vocabulary has no interval of times
    first, last = start.partition("T")[0], end.partition("T")[0]
    edtf = first if first == last else f"{first}/{last}"
    try:
        parse(edtf)
    except ValueError as error:
        raise RowFault("end_date", str(error)) from error
    return _read_display(edtf, dates.display, lacks_times=(first, last) != (start, end))


_OFFSET = re.compile(r"\(UTC([+-]([01][0-9]|2[0-3]):[0-5][0-9])\)$")


def write_slide_dates(edtf: str) -> SlideDates:
    """The dates of a slide, with words where TimelineJS cannot express the date otherwise."""
    if "T" in edtf:
        instant = datetime.fromisoformat(edtf)  # by the clock of the place, as in its words
        millisecond = instant.microsecond // 1000 or None
        second = instant.second if millisecond else instant.second or None
        minutes = (instant.year, instant.month, instant.day, instant.hour, instant.minute)
        return SlideDates(SlideDate(*minutes, second, millisecond), display=edtf_words(edtf))
    first, _, last = edtf.partition("/")
    start = _slide_date(first)
    end = _slide_date(last) if last not in ("", "..") else None
    is_plain = last != ".." and not any(mark in edtf for mark in "~?%")
    return SlideDates(start, None if end == start else end, None if is_plain else edtf_words(edtf))


def slide_date_of(day: date) -> SlideDate:
    """A day, or that of an instant."""
    return SlideDate(day.year, day.month, day.day)


def is_empty(date: SlideDate) -> bool:
    """Whether all parts of the date are missing."""
    return all(_is_blank(getattr(date, name)) for name in (*_DATE_PARTS, *_TIME_PARTS))


def _slide_date(date: str) -> SlideDate:
    return SlideDate(*map(int, date.rstrip("~?%").split("-")))


def _is_blank(part: float | str | None) -> bool:
    return part is None or (isinstance(part, str) and not part.strip())


def _edtf(date: SlideDate, path: str) -> str:
    day = _leading_parts(date, _DATE_PARTS, path)
    clock = _leading_parts(date, _TIME_PARTS, path)
    if not day:
        raise RowFault(path, "the date has no year")
    if not YEAR_MIN <= day[0] <= YEAR_MAX:
        raise RowFault(f"{path}.year", f"the year must lie between {YEAR_MIN} and {YEAR_MAX}, not {day[0]}")
    if clock and len(day) < 3:
        raise RowFault(path, "the date has a time of day, but no day")
    text = "-".join(f"{part:02}" for part in day)
    if clock:
        hour, minute, second, millisecond = (*clock, 0, 0, 0)[:4]
        fraction = f".{millisecond:03}" if millisecond else ""
        text += f"T{hour:02}:{minute:02}:{second:02}{fraction}Z"
    try:
        parse(text)
    except ValueError:
        raise RowFault(path, f"the date does not exist: {text}") from None
    return text


def _leading_parts(date: SlideDate, names: tuple[str, ...], path: str) -> list[int]:
    """The parts that the date has, largest first; a gap is refused, which TimelineJS would fill in."""
    parts: list[int] = []
    for index, name in enumerate(names):
        part = getattr(date, name)
        if _is_blank(part):
            continue
        if len(parts) < index:
            raise RowFault(f"{path}.{name}", f"the date has a {name}, but no {names[len(parts)]}")
        number = whole_number(str(part).strip())
        if number is None:
            raise RowFault(f"{path}.{name}", f"the {name} is not a whole number: {str(part)[:40]!r}")
        parts.append(number)
    return parts


def _read_display(edtf: str, display: str | None, *, lacks_times: bool) -> SlideEdtf:
    """The date as the display date narrows it, where that is in the words of `edtf_words`."""
    words = " ".join(display.split()) if display else ""
    if not words:
        return SlideEdtf(edtf, lacks_times=lacks_times)
    for candidate in _candidates(edtf, words):
        if edtf_words(candidate) == words:
            return SlideEdtf(candidate, lacks_times=lacks_times)
    return SlideEdtf(edtf, lacks_display=True, lacks_times=lacks_times)


def _candidates(edtf: str, words: str) -> Iterator[str]:
    """The date with each combination of marks, and open; a time with the offset that the words name."""
    yield edtf
    if "T" in edtf:
        if offset := _OFFSET.search(words):
            yield f"{edtf.removesuffix('Z')}{offset[1]}"
        return
    first, _, last = edtf.partition("/")
    if not last:
        yield from (f"{first}{mark}" for mark in _MARKS)
        yield from (f"{first}{mark}/.." for mark in _MARKS)
    for before, after in product(_MARKS, _MARKS):
        yield f"{first}{before}/{last or first}{after}"
