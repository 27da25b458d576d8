"""Figures of which a file lacks a part: the numbers of absent columns stay, and the words that go with them.

A number that stands in a column which the file lacks stays as it is recorded; one whose cell is blank goes.
The qualifier stays where its column is absent, or the number that it is said of. Where it only says which
bounds there are (`between`, else `vague`), it follows from the bounds as they are now.
"""

from typing import Any

from timeline.formats.drafts import AbsentFigure

_CELL = frozenset(("value", "verbatim"))
"""What only the cell of the value says."""
_NUMBERS = _CELL | {"low", "best", "high"}
_NEED_NO_VALUE = ("between", "vague", "none_reported")


def has_number(figure: dict[str, Any]) -> bool:
    """Whether a figure says anything but how it is qualified."""
    return not _NUMBERS.isdisjoint(figure)


def keep_figure(before: dict[str, Any], after: dict[str, Any], absent: AbsentFigure) -> dict[str, Any]:
    """A figure as the file has it, with what it lacks as that is recorded; empty where no number is left."""
    parts = _absent_parts(before, after, absent)
    figure = {name: member for name, member in (after or before).items() if name not in _NUMBERS}
    figure |= {name: number for name, number in before.items() if name in parts}
    figure |= {name: number for name, number in after.items() if name in _NUMBERS - parts}
    if not has_number(figure):
        return {}
    figure["qualifier"] = _qualifier(before, after, figure, absent)
    return figure


def _absent_parts(before: dict[str, Any], after: dict[str, Any], absent: AbsentFigure) -> frozenset[str]:
    parts = frozenset(absent.parts)
    if "value" in parts:
        # the cell of a value may hold a range, which goes before the columns of bounds
        return parts | _CELL | ({"low", "high"} if _is_range(before) else set())
    return parts - {"low", "high"} if _is_range(after) else parts


def _is_range(figure: dict[str, Any]) -> bool:
    return "verbatim" in figure and figure["qualifier"] == "between"


def _qualifier(
    before: dict[str, Any], after: dict[str, Any], figure: dict[str, Any], absent: AbsentFigure
) -> str:
    is_of_recorded = "value" in absent.parts and not _CELL.isdisjoint(before)
    source = before if before and (not after or absent.lacks_qualifier or is_of_recorded) else after
    word: str = source["qualifier"]
    fits = "value" in figure or word in _NEED_NO_VALUE
    follows = _follows_bounds(source) and (_follows_bounds(before) or not _CELL.isdisjoint(before))
    if follows or not fits or (word == "between" and _by_bounds(figure) != word):
        return _by_bounds(figure)
    return word


def _follows_bounds(figure: dict[str, Any]) -> bool:
    """Whether a figure's qualifier says no more than which bounds it has."""
    return _CELL.isdisjoint(figure) and figure.get("qualifier", "vague") == _by_bounds(figure)


def _by_bounds(figure: dict[str, Any]) -> str:
    return "between" if {"low", "high"} <= figure.keys() else "vague"
