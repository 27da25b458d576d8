"""JSON merge patches (RFC 7396): applying them to JSON and to events, and making one from two values."""

from collections.abc import Iterable
from typing import Any

import msgspec

from timeline.domain.codec import decode_event, encode_event
from timeline.domain.errors import RuleBroken, TimelineError
from timeline.domain.events import Correction, Event, event_type


def correct_event(event: Event, amendments: Iterable[Event]) -> Event:
    """The event with the changes of the corrections among its amendments applied, in their order.

    Raises:
        RuleBroken: the result is not a valid event of its type.
    """
    for correction in amendments:
        if isinstance(correction, Correction):
            content = merge_patch(msgspec.json.decode(encode_event(event)), correction.changes)
            try:
                event = decode_event(msgspec.json.encode(content))
            except TimelineError as error:
                where = (error.path or "$").removeprefix("$")
                message = f"with correction {correction.id} the {event_type(event)} would not be valid"
                raise RuleBroken(f"{message}: {error.message}", path=f"$.changes{where}") from error
    return event


def merge_patch(target: Any, patch: Any) -> Any:
    """Apply a JSON merge patch (RFC 7396, section 2): null removes a member, objects merge."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def merge_diff(before: Any, after: Any) -> Any:
    """The smallest merge patch that makes `after` of `before`; empty where two objects are the same.

    Arrays are given whole, and members that vanish as null. A patch cannot set a member to null, which no
    event holds: `after` must not hold one in an object.
    """
    if not isinstance(before, dict) or not isinstance(after, dict):
        return after
    patch = {name: None for name in before if name not in after}
    for name, value in after.items():
        if name not in before:
            patch[name] = value
        elif not same_json(before[name], value):
            patch[name] = merge_diff(before[name], value)
    return patch


def same_json(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same; to Python, 1, 1.0 and true would be."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_json(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_json, one, other))
    return type(one) is type(other) and bool(one == other)
