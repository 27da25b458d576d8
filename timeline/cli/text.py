"""Figures, dates and names as text for a person; nothing here depends on a terminal or a service."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from timeline.domain import words
from timeline.domain.figure import Bounds, Figure
from timeline.views.documents import ResetDocument

# C0 and C1 controls, which would let posted text steer the terminal, and the marks that reorder a line.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_SPACES = re.compile(r"\s+")


def clean(text: str) -> str:
    """Text that is safe to print on one line, whoever wrote it."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", _SPACES.sub(" ", text)).strip()


def clean_lines(text: str) -> str:
    """As `clean`, with its lines: a list of faults, each on a line of its own."""
    return "\n".join(map(clean, text.splitlines()))


def bounds_words(bounds: Bounds | None) -> str:
    """`at least 3,001`, `up to 12,000`, `1`; a dash where there are none."""
    return words.bounds_phrase(bounds.low, bounds.high) if bounds else "—"


def figure_on_one_line(figure: Figure) -> str:
    """The figure as its source put it, on one line: `more than 3,000`, `vague (“dozens”)`."""
    return clean(words.figure_words(figure))


def time_words(instant: datetime) -> str:
    """A time to the second, in UTC: `2024-12-27 10:00:05Z`."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"


def name_words(actor: str | None, names: Mapping[str, str]) -> str:
    """The name of an actor, or its id where it has none."""
    return clean(names.get(actor, actor)) if actor else "—"


def reset_words(reset: ResetDocument, names: Mapping[str, str]) -> str:
    """`adjusted by -24 for Ukraine on 9 January 2024`, or `begun again for …` where the count restarts."""
    what = "begun again" if reset.adjustment is None else f"adjusted by {reset.adjustment:+,}"
    return f"{what} for {name_words(reset.claimant or 'everyone', names)} on {reset.as_of_text}"


def type_words(kind: str) -> str:
    """`casualty_estimate` as `casualty estimate`."""
    return clean(kind).replace("_", " ")


def plural(number: int, noun: str, nouns: str | None = None) -> str:
    """`1 event`, `2,000 events`; `nouns` is the plural where it does not end in an s."""
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"
