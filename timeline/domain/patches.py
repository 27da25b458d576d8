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
    """The smallest merge patch that turns `before` into `after`; empty where two objects are the same.

    A changed array is replaced whole, and a member that `after` lacks is set to null, which removes it.
    For the same reason `after` must not hold null in an object; no event does.
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


def same_json(first: Any, second: Any) -> bool:
    """Whether two JSON values are the same; Python alone would take 1, 1.0 and true for the same."""
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(same_json(first[name], second[name]) for name in first)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(same_json, first, second))
    return type(first) is type(second) and bool(first == second)
