"""Numbers in the cells of tables, and the figures that they make.

A number may be written as data frames write it, see `cells`. Where the mapping says what separates thousands,
`1,234` is a number too. Where it says that cells hold qualifiers, signs and words beside a number are those
of the figure, and the cell is kept as its `verbatim`:

| cell                                            | qualifier                   |
|-------------------------------------------------|-----------------------------|
| `100+`, `>=100`, `at least 100`                 | `at_least`                  |
| `>100`, `more than 100`, `over 100`             | `more_than`                 |
| `<100`, `fewer than 100`, `under 100`           | `fewer_than`                |
| `<=100`, `up to 100`                            | `up_to`                     |
| `~100`, `c. 100`, `about 100`                   | `about`                     |
| `almost 100`, `nearly 100`                      | `almost`                    |
| `10-20`, `10 to 20`, `between 10 and 20`        | `between`, `low` and `high` |
| `dozens`, and the other words of `figure`       | `vague`                     |
"""

import re
from collections.abc import Container, Mapping
from typing import Any, NamedTuple

from timeline.domain.figure import VAGUE_FLOORS, Qualifier
from timeline.domain.words import value_words
from timeline.formats.cells import whole_number
from timeline.formats.drafts import AbsentFigure, RowFault
from timeline.formats.mapping import ColumnTerm, Term

_QUALIFIERS: tuple[tuple[Qualifier, str], ...] = (
    ("at_least", r"(.+?)\s*\+|(?:>=|≥|at least|no fewer than|not less than|minimum|min\.?)\s*(.+)"),
    ("more_than", r"(?:>|more than|over|above)\s*(.+)"),
    ("up_to", r"(?:<=|≤|up to|at most|maximum|max\.?)\s*(.+)"),
    ("fewer_than", r"(?:<|fewer than|less than|under|below)\s*(.+)"),
    ("about", r"(?:~|≈|c\.|ca\.|circa|about|around|approximately|approx\.?|some)\s*(.+)"),
    ("almost", r"(?:almost|nearly|just under)\s*(.+)"),
)
_PATTERNS = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _QUALIFIERS)
_RANGE = re.compile(r"(?:between\s+)?(\d.*?)\s*(?:[-\u2013\u2014]|to|and)\s*(\d.*)", re.IGNORECASE)


class NumberStyle(NamedTuple):
    """How a table writes numbers: what separates thousands, and whether cells hold qualifiers."""

    thousands: str | None = None
    qualifiers: bool = False


class CellFigure(NamedTuple):
    """What a cell says: the members of a figure, with a qualifier where the cell has one of its own."""

    numbers: dict[str, int]
    qualifier: Qualifier | None = None
    verbatim: str | None = None


def read_number(column: str, cell: Any, style: NumberStyle, *, is_signed: bool = False) -> int:
    """The whole number in a cell.

    Raises:
        RowFault: the cell holds anything else, or a number below zero that is not a revision.
    """
    number = _parse(cell, style)
    if number is None:
        raise RowFault(column, f"not a whole number: {cell!r}{_hint(cell, style)}")
    if number < 0 and not is_signed:
        raise RowFault(column, f"a count cannot be below zero: {cell}")
    return number


def read_figure(column: str, cell: Any, style: NumberStyle) -> CellFigure:
    """The number in a cell with its qualifier, where the table writes qualifiers into cells.

    Raises:
        RowFault: as `read_number`.
    """
    if style.qualifiers and isinstance(cell, str) and _parse(cell, style) is None:
        if figure := _worded_figure(cell, style):
            return figure
        if not _hint(cell, style):
            words = "neither a number nor words for one, such as 100+, ~100, 10-20, at least 100 or dozens"
            raise RowFault(column, f"{words}: {cell!r}")
    return CellFigure({"value": read_number(column, cell, style)})


def _worded_figure(cell: Any, style: NumberStyle) -> CellFigure | None:
    """The figure of a cell with signs or words beside a number, or in its place; None for any other cell."""
    if not style.qualifiers or not isinstance(cell, str) or _parse(cell, style) is not None:
        return None
    text = " ".join(cell.split())
    if match := _RANGE.fullmatch(text):
        low, high = (_parse(part, style) for part in match.groups())
        if low is not None and high is not None:
            return CellFigure({"low": low, "high": high}, "between", text)
    for qualifier, pattern in _PATTERNS:
        if match := pattern.fullmatch(text):
            number = _parse(next(filter(None, match.groups())), style)
            if number is not None and number >= 0:
                return CellFigure({"value": number}, qualifier, text)
    return CellFigure({}, "vague", text) if text.lower() in VAGUE_FLOORS else None


def figure_members(
    columns: Mapping[str, str], cells: Mapping[str, Any], style: NumberStyle
) -> CellFigure | None:
    """The figure in the columns of a value and its bounds; None where all are empty.

    Raises:
        RowFault: as `read_number`.
    """
    figure = None
    if (column := columns.get("value")) is not None and column in cells:
        figure = read_figure(column, cells[column], style)
    if len(columns) == 1 and figure is not None:
        return figure
    bounds = {
        name: read_number(column, cells[column], style)
        for name, column in columns.items()
        if name != "value" and column in cells
    }
    if not bounds:
        return figure
    figure = figure or CellFigure({})
    return figure._replace(numbers={**bounds, **figure.numbers})


def absent_figure(
    member: str, columns: Mapping[str, str], qualifier: Term, present: Container[str]
) -> AbsentFigure | None:
    """What a file lacks of the figure in some columns; None where it lacks nothing."""
    parts = tuple(name for name, column in columns.items() if column not in present)
    lacks_qualifier = isinstance(qualifier, ColumnTerm) and qualifier.column not in present
    return AbsentFigure(member, parts, lacks_qualifier) if parts or lacks_qualifier else None


def figure_content(figure: CellFigure, qualifier: str, unit: str | None) -> dict[str, Any]:
    """The figure as the member of an event; `qualifier` is what the mapping says where the cell has none."""
    qualifier = figure.qualifier or qualifier
    if "value" not in figure.numbers and qualifier == "exact":
        qualifier = "between" if {"low", "high"} <= figure.numbers.keys() else "vague"
    content: dict[str, Any] = {"qualifier": qualifier, **figure.numbers}
    if figure.verbatim:
        content["verbatim"] = figure.verbatim
    if unit:
        content["unit"] = unit
    return content


def figure_words(figure: dict[str, Any]) -> str:
    """A figure as the summary of its count says it."""
    if "value" in figure:
        return value_words(figure["qualifier"], figure["value"])
    if "low" not in figure and "high" not in figure:
        return str(figure.get("verbatim") or figure.get("best", "?"))
    if figure.get("low") == figure.get("high"):
        return f"{figure['low']:,}"
    low, high = (f"{figure[name]:,}" if name in figure else "?" for name in ("low", "high"))
    return f"{low} to {high}"


def _parse(cell: Any, style: NumberStyle) -> int | None:
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int):
        return cell
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() else None
    if not isinstance(cell, str):
        return None
    text = cell.strip()
    if style.thousands and re.fullmatch(_grouped(style.thousands), text):
        text = re.sub(_separator(style.thousands), "", text)
    return whole_number(text)


def _separator(thousands: str) -> str:
    return r"[ \u00a0\u202f]" if thousands == " " else re.escape(thousands)


def _grouped(thousands: str) -> str:
    return rf"[+-]?[0-9]{{1,3}}(?:{_separator(thousands)}[0-9]{{3}})+(?:\.0*)?"


def _hint(cell: Any, style: NumberStyle) -> str:
    """What to write into the mapping, where a number is written in a way that it may allow."""
    if not isinstance(cell, str):
        return ""
    for thousands in (",", " ", "'", "_", "."):
        other = style._replace(thousands=thousands)
        is_number = re.fullmatch(_grouped(thousands), cell.strip()) or _worded_figure(cell, other)
        if style.thousands != thousands and is_number:
            return f"; with thousands = {thousands!r} in the mapping it is a number"
    if _worded_figure(cell, style._replace(qualifiers=True)):
        return "; with qualifiers = true in the mapping it is a figure"
    return ""
