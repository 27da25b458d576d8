"""Figures and dates in plain words, as an article would put them; nothing here knows a terminal or a page."""

from datetime import datetime

from timeline.domain.edtf import parse
from timeline.domain.figure import Figure

_QUALIFIERS = {
    "exact": "{value}",
    "about": "about {value}",
    "at_least": "at least {value}",
    "more_than": "more than {value}",
    "at_most": "at most {value}",
    "up_to": "up to {value}",
    "fewer_than": "fewer than {value}",
    "almost": "almost {value}",
}
_MONTHS = (
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


def figure_words(figure: Figure) -> str:
    """What the source said: `more than 3,000`, `between 40 and 60, best 50`, `vague (“dozens”)`."""
    unit = f" {figure.unit}" if figure.unit else ""
    said = f" (“{figure.verbatim}”)" if figure.verbatim and figure.value is None else ""
    return f"{_stated(figure)}{unit}{said}"


def edtf_words(text: str) -> str:
    """A date of the vocabulary: `27 December 2024`, `about December 2024 (uncertain)`, `since 2024`."""
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
    return f"{instant.day} {_MONTHS[instant.month - 1]} {instant.year}"


def _date_words(text: str) -> str:
    year, *rest = text.rstrip("~?%").split("-")
    month = [_MONTHS[int(rest[0]) - 1]] if rest else []
    day = [str(int(rest[1]))] if len(rest) > 1 else []
    about = ["about"] if text[-1] in "~%" else []
    doubt = ["(uncertain)"] if text[-1] in "?%" else []
    return " ".join((*about, *day, *month, year, *doubt))


def _stated(figure: Figure) -> str:
    if (pattern := _QUALIFIERS.get(figure.qualifier)) and figure.value is not None:
        return pattern.format(value=f"{figure.value:,}")
    if figure.low is None and figure.high is None:
        return figure.qualifier.replace("_", " ")
    low = "?" if figure.low is None else f"{figure.low:,}"
    high = "?" if figure.high is None else f"{figure.high:,}"
    best = "" if figure.best is None else f", best {figure.best:,}"
    opening = "between" if figure.qualifier == "between" else f"{figure.qualifier.replace('_', ' ')}, between"
    return f"{opening} {low} and {high}{best}"
