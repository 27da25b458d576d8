"""Days as outside files write them, as the vocabulary's dates."""

import re
from datetime import date, timedelta
from functools import lru_cache

# Midnight is how a database writes a day; any other time of day would be news, and is refused.
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T]00:00(?::00(?:\.0{1,9})?)?Z?)?", re.ASCII)
_WORDS = re.compile(r"(\d{1,2})[ -]([a-z]{3,9})[ -](\d{4})", re.ASCII | re.IGNORECASE)
# not from `calendar`, whose names follow the locale
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_NUMBERS = {name: index for index, name in enumerate(_MONTHS, 1)} | {
    name[:3]: index for index, name in enumerate(_MONTHS, 1)
}


@lru_cache(maxsize=65_536)
def day(text: str) -> date | None:
    """The day that a text names, or None where it names none.

    Taken are `2013-01-03`, the same with midnight (`2013-01-03 00:00:00.000`, `2013-01-03T00:00:00`), and
    `03 January 2013`. What leaves open which number is the month is not guessed at.
    """
    try:
        if iso := _ISO.fullmatch(text):
            return _known(date.fromisoformat(iso[1]))
        if words := _WORDS.fullmatch(text):
            return _known(date(int(words[3]), _NUMBERS[words[2].lower()], int(words[1])))
    except (ValueError, KeyError):
        return None
    return None


@lru_cache(maxsize=65_536)
def span(start: date, end: date) -> str:
    """From one day to another as EDTF, a whole month or year by its name."""
    if start == end:
        return start.isoformat()
    if start.day == 1 and (end + timedelta(days=1)).day == 1:
        if (start.year, start.month) == (end.year, end.month):
            return f"{start:%Y-%m}"
        if start.year == end.year and (start.month, end.month) == (1, 12):
            return f"{start:%Y}"
    return f"{start.isoformat()}/{end.isoformat()}"


def _known(found: date) -> date | None:
    # the vocabulary's years; a day of 2999 would have no morrow in it
    return found if 1000 <= found.year < 2999 else None
