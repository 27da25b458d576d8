"""JSON merge patches (RFC 7396): applying them to JSON and to events, and making one from two values."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from timeline.domain.codec import decode_event, encode_event
from timeline.domain.errors import RuleBroken, TimelineError
from timeline.domain.events import Event, event_type


class Patch(NamedTuple):
    """What a correction, or a part of it, changes in an event."""

    correction: UUID
    changes: dict[str, Any]


def apply_patches(event: Event, patches: Sequence[Patch]) -> Event:
    """The event with the changes in their order; those after which it would not be valid change nothing."""
    content = msgspec.json.decode(encode_event(event))
    for patch in patches:
        content = merge_patch(content, patch.changes)
    try:
        return decode_event(msgspec.json.encode(content))
    except TimelineError:
        return _apply_valid(event, patches)


def correct_event(event: Event, patches: Iterable[Patch]) -> Event:
    """The event with the changes in their order, each of which must leave a valid event.

    Raises:
        RuleBroken: the result is not a valid event of its type.
    """
    for patch in patches:
        try:
            event = _apply(event, patch)
        except TimelineError as error:
            where = (error.path or "$").removeprefix("$")
            message = f"with correction {patch.correction} the {event_type(event)} would not be valid"
            raise RuleBroken(f"{message}: {error.message}", path=f"$.changes{where}") from error
    return event


def _apply_valid(event: Event, patches: Iterable[Patch]) -> Event:
    for patch in patches:
        try:
            event = _apply(event, patch)
        except TimelineError:
            continue
    return event


def _apply(event: Event, patch: Patch) -> Event:
    return decode_event(
        msgspec.json.encode(merge_patch(msgspec.json.decode(encode_event(event)), patch.changes))
    )


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
