"""Dates of data sets: reads the day that a cell names, and writes a span of days as EDTF."""

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, get_args

from timeline.domain.scalars import YEAR_MAX, YEAR_MIN
from timeline.domain.words import MONTHS

# Midnight is how a database writes a day; any other time of day would be news, and is refused.
_MIDNIGHT = r"(?:[ T]0?0:00(?::00(?:\.0{1,9})?)?(?:Z|[+-]00:?00)?|,? 12:00(?::00)? AM)?"
_ISO = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_MIDNIGHT}", re.ASCII)
_WORDS = re.compile(rf"(\d{{1,2}})[ -]([a-z]{{3,9}})[ -](\d{{4}}){_MIDNIGHT}", re.ASCII | re.IGNORECASE)
_US_WORDS = re.compile(rf"([a-z]{{3,9}})\.? (\d{{1,2}}),? (\d{{4}}){_MIDNIGHT}", re.ASCII | re.IGNORECASE)
_DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_MONTH = re.compile(r"([a-z]{3,9})\.?,? (\d{4})|(\d{1,2})[/.-](\d{4})", re.ASCII | re.IGNORECASE)
_NUMBERS = re.compile(rf"(\d{{1,2}})[/.-](\d{{1,2}})[/.-](\d{{4}}){_MIDNIGHT}", re.ASCII)
_MONTH_NUMBERS = {
    name: number for number, month in enumerate(MONTHS, 1) for name in (month.lower(), month[:3].lower())
}


DayOrder = Literal["day_first", "month_first"]
"""Which number of `03/01/2013` is the day."""

_ORDERS: tuple[DayOrder, ...] = get_args(DayOrder)


@lru_cache(maxsize=65_536)
def parse_day(text: str, order: DayOrder | None = None) -> date | None:
    """The day that a text names, or None where it names none, or one outside the vocabulary's years.

    It may be written `2013-01-03`, `20130103`, `03 January 2013` or `January 3, 2013`, or with midnight
    behind it. `03/01/2013` leaves open which number is the month: it is read only where that is said.
    """
    try:
        if iso := _ISO.fullmatch(text) or _DIGITS.fullmatch(text):
            day = date(int(iso[1]), int(iso[2]), int(iso[3]))
        elif words := _WORDS.fullmatch(text):
            day = date(int(words[3]), _MONTH_NUMBERS[words[2].lower()], int(words[1]))
        elif words := _US_WORDS.fullmatch(text):
            day = date(int(words[3]), _MONTH_NUMBERS[words[1].lower()], int(words[2]))
        elif order and (numbers := _NUMBERS.fullmatch(text)):
            first, second, year = int(numbers[1]), int(numbers[2]), int(numbers[3])
            day = date(year, second, first) if order == "day_first" else date(year, first, second)
        else:
            return None
    except (ValueError, KeyError):
        return None
    # the last year is left out, since a span that ends in it would end after the vocabulary's years
    return day if YEAR_MIN <= day.year < YEAR_MAX else None


@lru_cache(maxsize=65_536)
def parse_month(text: str) -> str | None:
    """The month that a text names, such as `January 2013` or `01/2013`, as EDTF; None where it names none."""
    match = _MONTH.fullmatch(text)
    if match is None:
        return None
    number = int(match[3]) if match[3] else _MONTH_NUMBERS.get(match[1].lower(), 0)
    year = int(match[2] or match[4])
    return f"{year}-{number:02}" if 1 <= number <= 12 and YEAR_MIN <= year < YEAR_MAX else None


def day_orders(text: str) -> frozenset[DayOrder]:
    """The orders in which the numbers of a text such as `03/01/2013` name a day; none of other texts."""
    if not _NUMBERS.fullmatch(text):
        return frozenset()
    return frozenset(order for order in _ORDERS if parse_day(text, order))


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
