"""Words for figures and dates, as an article would put them; nothing here knows a terminal or a page."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache

from timeline.domain.edtf import Days
from timeline.domain.figure import Figure

_PHRASES: Mapping[str, str] = {
    "exact": "{value}",
    "about": "about {value}",
    "at_least": "at least {value}",
    "more_than": "more than {value}",
    "at_most": "at most {value}",
    "up_to": "up to {value}",
    "fewer_than": "fewer than {value}",
    "almost": "almost {value}",
}
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
"""In English whatever the locale, unlike the names of the module `calendar`."""


def figure_words(figure: Figure) -> str:
    """A figure as its source put it: `more than 3,000`, `between 40 and 60, best 52`, `dozens`.

    The source's own words stand where they say what no number does: of a vague figure, and of silence.
    """
    if figure.qualifier == "none_reported":
        return f"none reported (“{figure.verbatim}”)" if figure.verbatim else "none reported"
    if figure.qualifier == "vague":
        return _vague_words(figure)
    if figure.qualifier == "between":
        words = _range_words(figure)
    else:
        words = value_words(figure.qualifier, figure.value or 0)
        if figure.qualifier not in ("exact", "about") and (best := figure.best_estimate) is not None:
            words = f"{words}, best {best:,}"
    return f"{words} {figure.unit}" if figure.unit else words


def bounds_phrase(low: int, high: int | None) -> str:
    """The numbers from `low` to `high` in words: `at least 3,001`, `up to 12,000`, `40 to 60`, `12`."""
    if high is None:
        return f"at least {low:,}"
    if low == high:
        return f"{low:,}"
    return f"{low:,} to {high:,}" if low else f"up to {high:,}"


def with_unit(numbers: str, unit: str | None) -> str:
    """Numbers with what they count, where that has to be named: `3 to 4 battalions`."""
    return f"{numbers} {unit}" if unit else numbers


def value_words(qualifier: str, value: int) -> str:
    """A value with its qualifier: `more than 3,000`; a qualifier that needs no value adds no words."""
    return _PHRASES.get(qualifier, "{value}").format(value=f"{value:,}")


@lru_cache(maxsize=32_768)  # for the same reason as `edtf.parse`
def edtf_words(text: str) -> str:
    """An EDTF date, interval or time: `27 December 2024`, `about December 2024 (uncertain)`, `since 2024`.

    A time stays on the day and at the hour that its own offset gives it: `00:30 (UTC+09:00)`.
    """
    if "T" in text:
        instant = datetime.fromisoformat(text)
        clock = f"{instant:%H:%M:%S}" if instant.second else f"{instant:%H:%M}"
        zone = f"(UTC{text[-6:]})" if instant.utcoffset() else "UTC"
        return f"{day_words(instant)}, {clock} {zone}"
    first, _, last = text.partition("/")
    if last == "..":
        return f"since {_date_words(first)}"
    return f"{_date_words(first)} to {_date_words(last)}" if last else _date_words(first)


def day_words(day: date) -> str:
    """A day, or that of an instant: `27 December 2024`."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def days_words(days: Days) -> str:
    """The days that a date names: `27 December 2024`, `December 2024`, `2024`, `1 to 5 December 2024`."""
    first, last = days
    if first == last:
        return day_words(first)
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year:
        return str(first.year)
    if (first.year, first.month) != (last.year, last.month):
        return f"{day_words(first)} to {day_words(last)}"
    month = f"{MONTHS[first.month - 1]} {first.year}"
    is_whole = first.day == 1 and last.day == monthrange(last.year, last.month)[1]
    return month if is_whole else f"{first.day} to {last.day} {month}"


def _date_words(text: str) -> str:
    year, *rest = text.rstrip("~?%").split("-")
    month = [MONTHS[int(rest[0]) - 1]] if rest else []
    day = [str(int(rest[1]))] if len(rest) > 1 else []
    about = ["about"] if text[-1] in "~%" else []
    uncertain = ["(uncertain)"] if text[-1] in "?%" else []
    return " ".join((*about, *day, *month, year, *uncertain))


def _range_words(figure: Figure) -> str:
    """A range with its best number; bounds that were published out of order stay so."""
    if figure.low == figure.high and figure.best in (None, figure.low):
        return f"{figure.low:,}"
    best = "" if figure.best is None else f", best {figure.best:,}"
    return f"between {figure.low:,} and {figure.high:,}{best}"


def _vague_words(figure: Figure) -> str:
    """The words that the source chose, with the numbers that somebody gave them: `dozens (at least 24)`."""
    rule = figure.bounds_origin
    bounds = figure.bounds if rule is None else None
    numbers = None if bounds is None else bounds_phrase(bounds.low, bounds.high)
    if figure.verbatim is None:
        return f"{numbers or 'an unnamed number'}{f' {figure.unit}' if figure.unit else ''}"
    additions = ", ".join(filter(None, (figure.unit, numbers)))
    return f"{figure.verbatim} ({additions})" if additions else figure.verbatim
