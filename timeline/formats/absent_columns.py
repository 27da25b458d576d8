"""Absent is not blank: what an edition cannot say, since its file lacks the columns, stays as it is recorded.

A blank cell of a column that the file has is a blank. A column that it lacks says nothing:

- A member that comes from it remains as recorded; so does a text that readers make of several columns.
- To a list that comes from several columns the file adds what it has, such as tags. Of the actors on a side,
  a part of those that are recorded changes nothing.
- A date whose precision or end the file does not say never turns exact: a day within the days that are
  recorded changes nothing, and another day is as uncertain as the one that it replaces.
"""

from typing import Any

from timeline.domain.edtf import named_days
from timeline.formats.drafts import Absence

_DAY_LENGTH = len("2024-12-27")


def keep_absent(before: dict[str, Any], after: dict[str, Any], absence: Absence) -> dict[str, Any]:
    """The members of a row, with those that its file cannot say as they are recorded; of one type only."""
    if before["type"] != after["type"]:
        return after
    merged = {name: dict(value) if isinstance(value, dict) else value for name, value in after.items()}
    for path in absence.members:
        _keep_member(before, merged, path)
    for name in absence.lists:
        items = dict.fromkeys((*before.get(name, ()), *after.get(name, ())))
        _set(merged, name, list(items))
    for name in absence.parts:
        if set(after.get(name, ())) <= set(before.get(name, ())):
            _set(merged, name, before.get(name))
    if absence.is_date_precision and "occurred" in before and "occurred" in after:
        merged["occurred"] = _uncertain(before["occurred"], after["occurred"])
    return merged


def _keep_member(before: dict[str, Any], merged: dict[str, Any], path: str) -> None:
    outer, _, inner = path.partition(".")
    if not inner:
        _set(merged, outer, before.get(outer))
        return
    part = merged.get(outer, {})
    _set(part, inner, (before.get(outer) or {}).get(inner))
    _set(merged, outer, part)


def _set(members: dict[str, Any], name: str, value: Any) -> None:
    """Set a member; an empty one is left out, as events are written."""
    if value in (None, [], {}):
        members.pop(name, None)
    else:
        members[name] = value


def _uncertain(before: str, after: str) -> str:
    days, recorded = named_days(after), named_days(before)
    is_day = len(after) == _DAY_LENGTH
    if is_day and recorded.first <= days.first and days.last <= recorded.last:
        return before
    return f"{after}~" if is_day and len(before) != _DAY_LENGTH else after
