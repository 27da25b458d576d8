"""Dates of data sets: reads the day that a cell names, and writes a span of days as EDTF."""

import re
from datetime import date, timedelta
from functools import lru_cache

from timeline.domain.scalars import YEAR_MAX, YEAR_MIN
from timeline.domain.words import MONTHS

# Midnight is how a database writes a day; any other time of day would be news, and is refused.
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T]00:00(?::00(?:\.0{1,9})?)?Z?)?", re.ASCII)
_WORDS = re.compile(r"(\d{1,2})[ -]([a-z]{3,9})[ -](\d{4})", re.ASCII | re.IGNORECASE)
_MONTH_NUMBERS = {
    name: number for number, month in enumerate(MONTHS, 1) for name in (month.lower(), month[:3].lower())
}


@lru_cache(maxsize=65_536)
def parse_day(text: str) -> date | None:
    """The day that a text names, or None where it names none, or one outside the vocabulary's years.

    It may be written `2013-01-03`, the same with midnight (`2013-01-03 00:00:00.000`, `2013-01-03T00:00:00`),
    or `03 January 2013`. `03/01/2013` is not read: it leaves open which number is the month.
    """
    try:
        if iso := _ISO.fullmatch(text):
            day = date.fromisoformat(iso[1])
        elif words := _WORDS.fullmatch(text):
            day = date(int(words[3]), _MONTH_NUMBERS[words[2].lower()], int(words[1]))
        else:
            return None
    except (ValueError, KeyError):
        return None
    # the last year is left out, since a span that ends in it would end after the vocabulary's years
    return day if YEAR_MIN <= day.year < YEAR_MAX else None


@lru_cache(maxsize=65_536)
def edtf_span(start: date, end: date) -> str:
    """The days from one to another as EDTF; a whole month is `2013-02`, a whole year `2013`."""
    if start == end:
        return start.isoformat()
    if start.day == 1 and (end + timedelta(days=1)).day == 1:
        if (start.year, start.month) == (end.year, end.month):
            return f"{start:%Y-%m}"
        if start.year == end.year and (start.month, end.month) == (1, 12):
            return f"{start:%Y}"
    return f"{start.isoformat()}/{end.isoformat()}"
