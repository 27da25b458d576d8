"""Absent is not blank: what an edition cannot say, since its file lacks the columns, stays as it is recorded.

A blank cell of a column that the file has is a blank. A column that it lacks says nothing:

- A member that comes from it remains as recorded; so does a text that readers make of several columns.
- Of a figure the numbers that stand in columns which it lacks remain, see `absent_figures`.
- To a list that comes from several columns the file adds what it has, such as tags. Of the actors on a side,
  a part of those that are recorded changes nothing; nor does a name that several actors have, one of which is
  recorded. Tags that tell of the sides stay only as long as these do.
- A date whose precision or end the file does not say never turns exact: a day within the days that are
  recorded changes nothing, nor does a time on such a day, and another day is as uncertain as the one that it
  replaces. Where a file lacks only ends and words such as "about", its months and years are exact: only the
  same start changes nothing.
"""

import re
from typing import Any

from timeline.domain.edtf import named_days
from timeline.formats.absent_figures import keep_figure
from timeline.formats.drafts import Absence, DatePart

_DAY_LENGTH = len("2024-12-27")
_MARKS = "~?%"
_SIDES = ("attackers", "targets")
_DATE = re.compile(r"[0-9-]+")


def keep_absent(before: dict[str, Any], after: dict[str, Any], absence: Absence) -> dict[str, Any]:
    """The members of a row, with those that its file cannot say as they are recorded; of one type only."""
    if before["type"] != after["type"]:
        return after
    merged = {name: dict(value) if isinstance(value, dict) else value for name, value in after.items()}
    for path in absence.members:
        _keep_member(before, merged, path)
    for figure in absence.figures:
        name = figure.member
        _set(merged, name, keep_figure(before.get(name, {}), after.get(name, {}), figure))
    for name in absence.lists:
        items = dict.fromkeys((*before.get(name, ()), *after.get(name, ())))
        _set(merged, name, list(items))
    if tags := [tag for tag in absence.tags if tag in before.get("tags", ())]:
        _set(merged, "tags", list(dict.fromkeys((*merged.get("tags", ()), *tags))))
    _keep_sides(before, merged, absence, set(after.get("tags", ())))
    if absence.is_date_precision and "occurred" in before and "occurred" in after:
        merged["occurred"] = _uncertain(before["occurred"], after["occurred"])
    if absence.date_parts and "occurred" in before and "occurred" in after:
        merged["occurred"] = _without_parts(before["occurred"], after["occurred"], absence.date_parts)
    return merged


def _keep_member(before: dict[str, Any], merged: dict[str, Any], path: str) -> None:
    outer, _, inner = path.partition(".")
    if not inner:
        _set(merged, outer, before.get(outer))
        return
    part = dict(_first(merged.get(outer)))
    _set(part, inner, _first(before.get(outer)).get(inner))
    is_list = isinstance(merged.get(outer) or before.get(outer), list)
    _set(merged, outer, [part] if is_list and part else part)


def _keep_sides(before: dict[str, Any], merged: dict[str, Any], absence: Absence, present: set[str]) -> None:
    """Keep the sides that the file may mean; without them, the tags that tell of sides go."""
    for name in absence.parts:
        if set(merged.get(name, ())) <= set(before.get(name, ())):
            _set(merged, name, before.get(name))
    for name, choices in absence.choices:
        if not set(choices).isdisjoint(before.get(name, ())):
            _set(merged, name, before.get(name))
    if any(before.get(name) != merged.get(name) for name in _SIDES):
        current = present.union(*(merged.get(name, ()) for name in _SIDES))
        stale = (tag for tag in merged.get("tags", ()) if tag.startswith(absence.side_tag_prefixes))
        gone = set(stale) - current
        _set(merged, "tags", [tag for tag in merged.get("tags", ()) if tag not in gone])


def _first(value: Any) -> dict[str, Any]:
    """A member that is an object, or a list with one, as the media of a slide."""
    if isinstance(value, list):
        value = value[0] if value else None
    return value or {}


def _set(members: dict[str, Any], name: str, value: Any) -> None:
    """Set a member; an empty one is left out, as events are written."""
    if value in (None, [], {}):
        members.pop(name, None)
    else:
        members[name] = value


def _uncertain(before: str, after: str) -> str:
    days, recorded = named_days(after), named_days(before)
    is_day = len(after) == _DAY_LENGTH
    is_new_time = "T" in after and "T" not in before
    if (is_day or is_new_time) and recorded.first <= days.first and days.last <= recorded.last:
        return before
    return f"{after}~" if is_day and len(before) != _DAY_LENGTH else after


def _without_parts(before: str, after: str, parts: tuple[DatePart, ...]) -> str:
    """A date of which the file cannot say the end, or the marks; the parts that it says are news."""
    start, slash, last = before.partition("/")
    marks = start[len(start.rstrip(_MARKS)) :]
    if "marks" not in parts:
        return f"{after}{slash}{last}" if start.rstrip(_MARKS) == after.rstrip(_MARKS) else after
    plain = "".join(letter for letter in before if letter not in _MARKS)
    if after in (plain, plain.removesuffix("/..")) or ("end" in parts and plain.partition("/")[0] == after):
        return before
    return f"{after}{marks}" if marks and _DATE.fullmatch(after) else after
