"""Words for figures and dates, as an article would put them; nothing here knows a terminal or a page."""

from collections.abc import Mapping
from datetime import datetime

from timeline.domain.edtf import parse
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
    """A figure as its source put it: `more than 3,000`, `between 40 and 60, best 50`, `vague (“dozens”)`."""
    unit = f" {figure.unit}" if figure.unit else ""
    verbatim = f" (“{figure.verbatim}”)" if figure.verbatim and figure.value is None else ""
    return f"{_number_words(figure)}{unit}{verbatim}"


def value_words(qualifier: str, value: int) -> str:
    """A value with its qualifier: `more than 3,000`; a qualifier that needs no value adds no words."""
    return _PHRASES.get(qualifier, "{value}").format(value=f"{value:,}")


def edtf_words(text: str) -> str:
    """An EDTF date, interval or time: `27 December 2024`, `about December 2024 (uncertain)`, `since 2024`."""
    if "T" in text:
        instant = parse(text).start
        clock = f"{instant:%H:%M:%S}" if instant.second else f"{instant:%H:%M}"
        return f"{day_words(instant)}, {clock} UTC"
    first, _, last = text.partition("/")
    if last == "..":
        return f"since {_date_words(first)}"
    return f"{_date_words(first)} to {_date_words(last)}" if last else _date_words(first)


def day_words(instant: datetime) -> str:
    """The day of an instant: `27 December 2024`."""
    return f"{instant.day} {MONTHS[instant.month - 1]} {instant.year}"


def _date_words(text: str) -> str:
    year, *rest = text.rstrip("~?%").split("-")
    month = [MONTHS[int(rest[0]) - 1]] if rest else []
    day = [str(int(rest[1]))] if len(rest) > 1 else []
    about = ["about"] if text[-1] in "~%" else []
    uncertain = ["(uncertain)"] if text[-1] in "?%" else []
    return " ".join((*about, *day, *month, year, *uncertain))


def _number_words(figure: Figure) -> str:
    if figure.qualifier in _PHRASES and figure.value is not None:
        return value_words(figure.qualifier, figure.value)
    if figure.low is None and figure.high is None:
        return figure.qualifier.replace("_", " ")
    low = "?" if figure.low is None else f"{figure.low:,}"
    high = "?" if figure.high is None else f"{figure.high:,}"
    best = "" if figure.best is None else f", best {figure.best:,}"
    opening = "between" if figure.qualifier == "between" else f"{figure.qualifier.replace('_', ' ')}, between"
    return f"{opening} {low} and {high}{best}"
