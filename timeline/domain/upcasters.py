"""What brings events of older versions of the vocabulary to the next version: one step per type and version.

Version 2 calls the text of an official statement `statement`. Version 1 called it `position`, which
everywhere else is a place in the log. A correction says what it changes by the names of its target's fields,
so that those of version 1 are read in the same way; no other type ever had a field of that name.
"""

from collections.abc import Callable
from typing import Any

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


def _rename_position(members: dict[str, Any]) -> dict[str, Any]:
    """The members in their order, with `position` as `statement`."""
    return {"statement" if name == "position" else name: value for name, value in members.items()}


def _rename_in_changes(correction: dict[str, Any]) -> dict[str, Any]:
    """The correction, or the part of one that another corrects, with its changes by the fields' new names."""
    changes = correction.get("changes")
    if not isinstance(changes, dict):
        return correction
    return {**correction, "changes": _rename_in_changes(_rename_position(changes))}


UPCASTERS: dict[tuple[str, int], Upcaster] = {
    ("official_statement", 1): _rename_position,
    ("correction", 1): _rename_in_changes,
}
"""What turns an event of (type, version) into the next version; a type without a step is the same in both."""
