"""Events as JSON: strict decoding, canonical encoding, and the upcasting of older versions."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from timeline.domain import edtf, scalars
from timeline.domain.allowed_values import allowed_fields, allowed_values
from timeline.domain.components import RuleViolation
from timeline.domain.errors import Malformed, RuleBroken, TimelineError, TooLarge
from timeline.domain.events import SCHEMA_VERSION, AnyEvent, Event
from timeline.domain.json_members import is_surely_unrepeated, repeated_member
from timeline.domain.upcasters import UPCASTERS, Upcaster

_EVENT = msgspec.json.Decoder(AnyEvent, strict=True)
_EVENT_PARTS = msgspec.json.Decoder(list[msgspec.Raw])
_ENCODER = msgspec.json.Encoder()
_PATH = re.compile(r" - at (?:`key` in )?`(\$.*)`$", re.DOTALL)
_FIELD = re.compile(r"(?:unknown|missing required) field `([\w.-]{1,100})`$")
# msgspec quotes the pattern, which does not help where it is that of dates.
_PATTERN_WORDS = {
    f"Expected `str` matching regex {pattern!r}": f"Expected text {words}"
    for pattern, words in (scalars.PATTERN_WORDS | edtf.PATTERN_WORDS).items()
}
_UNKNOWN_FIELD = "Object contains unknown field"
_NOT_ALLOWED = ("Invalid enum value", "Invalid value")
_MESSAGE_LENGTH_MAX = 300

EVENT_BYTES_MAX = 1_000_000
"""How large an event may be as JSON: whoever reads it holds it whole, and many read it at once."""


def decode_event(data: bytes | msgspec.Raw) -> Event:
    """Read one event, strictly: no `"5"` for 5, no unknown field, every constraint held.

    Raises:
        Malformed: it is not JSON, or not of the form that its type has.
        RuleBroken: it has the form, but breaks a rule between fields.
    """
    try:
        event: Event = _EVENT.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise explain_decode_error(error, AnyEvent, data) from error
    return event


class PostedEvent(NamedTuple):
    """An event that comes from outside, and its canonical form, as it is stored."""

    event: Event
    content: bytes


def decode_posted_event(data: bytes | msgspec.Raw) -> PostedEvent:
    """Read one event that comes from outside: as `decode_event`, and no object may name a member twice.

    Raises:
        TooLarge: it is over the limit.
        Malformed, RuleBroken: as in `decode_event` and `encode_event`.
    """
    check_event_size(data)
    event = decode_event(data)
    text = bytes(data)
    content = encode_event(event)
    if text != content and not is_surely_unrepeated(text, content):
        refuse_repeated_members(text)
    return PostedEvent(event, content)


def check_event_size(data: bytes | msgspec.Raw) -> None:
    """Refuse an event that is too large.

    Raises:
        TooLarge: it is over the limit.
    """
    if len(memoryview(data)) > EVENT_BYTES_MAX:
        raise TooLarge(f"an event may have at most {EVENT_BYTES_MAX} bytes", path="$", limit=EVENT_BYTES_MAX)


def refuse_repeated_members(data: bytes) -> None:
    """Refuse valid JSON in which an object names a member twice.

    Raises:
        Malformed: one does; with the path of the member. Or it is not UTF-8, which those who decode only what
            they know of an object do not see in the names of its other members.
    """
    try:
        path = repeated_member(data)
    except (RecursionError, UnicodeDecodeError) as error:
        raise explain_decode_error(error) from error
    if path is not None:
        name = path.rpartition(".")[2]
        raise Malformed(f"the member `{name[:100]}` appears twice in its object", path=path)


def decode_batch(data: bytes, limit: int) -> list[PostedEvent]:
    """Read a JSON array of at most `limit` events; a fault's path starts with the event's index."""
    try:
        parts = _EVENT_PARTS.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise explain_decode_error(error) from error
    if len(parts) > limit:
        raise TooLarge(f"an array may hold {limit} events, this one holds {len(parts)}", limit=limit)
    return [decode_event_at(part, f"$[{index}]") for index, part in enumerate(parts)]


def decode_event_at(data: bytes | msgspec.Raw, path: str) -> PostedEvent:
    """Read one event from `path` of a larger body from outside; the error names the place."""
    try:
        return decode_posted_event(data)
    except TimelineError as error:
        error.path = path + (error.path or "$")[1:]
        raise


def encode_event(event: Event) -> bytes:
    """Write an event in its canonical form: compact, fields in the vocabulary's order, defaults left out.

    Raises:
        RuleBroken: a correction's changes hold a number that JSON cannot carry exactly.
    """
    try:
        return _ENCODER.encode(event)
    except (OverflowError, UnicodeEncodeError, RecursionError) as error:
        raise RuleBroken(f"the event cannot be written as JSON: {error}", path="$.changes") from error


def upcast(
    data: bytes | msgspec.Raw,
    version: int,
    upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS,
    current: int = SCHEMA_VERSION,
) -> bytes | msgspec.Raw:
    """Bring an event stored at `version` up to the current one, step by step.

    A version that left the event's type as it was has no step for it.
    """
    if version == current:
        return data
    content: dict[str, Any] = msgspec.json.decode(data)
    steps = [upcasters.get((content["type"], stage)) for stage in range(version, current)]
    if not any(steps):
        return data
    for step in filter(None, steps):
        content = step(content)
    return _ENCODER.encode(content)


def explain_decode_error(
    error: Exception, kind: Any = None, data: bytes | msgspec.Raw = b""
) -> TimelineError:
    """Say what is wrong with an input, and where, from what msgspec says of it.

    With the type that the data were to have, it also says what is allowed where only a few values are.
    """
    message, path = _readable(str(error), kind, data)
    cause = error.__cause__
    if isinstance(cause, RuleViolation):
        return RuleBroken(message, path=f"{path}.{cause.field}")
    if isinstance(error, msgspec.ValidationError):
        refusal = RuleBroken if isinstance(cause, ValueError) else Malformed
        return refusal(message, path=path)
    if isinstance(error, UnicodeDecodeError):
        return Malformed("the body is not UTF-8", path="$")
    if isinstance(error, RecursionError):
        return Malformed("the body is nested too deeply", path="$")
    return Malformed(f"the body is not JSON: {message}", path="$")


def _readable(message: str, kind: Any, data: bytes | msgspec.Raw) -> tuple[str, str]:
    """What msgspec says is wrong, in words and of bounded length, and the JSON path of the field."""
    place = _PATH.search(message)
    path = place[1].replace("[...]", ".*") if place else "$"
    message = message[: place.start()] if place else message
    hint = "" if kind is None else _allowed_words(message, kind, data, place[1] if place else "$")
    if field := _FIELD.search(message):
        path = f"{path}.{field[1]}"
    return _shortened(_PATTERN_WORDS.get(message, message)) + hint, path


def _allowed_words(message: str, kind: Any, data: bytes | msgspec.Raw, path: str) -> str:
    """The values or fields that would have been allowed, where it is one of these that is wrong."""
    if message.startswith(_NOT_ALLOWED) and (values := allowed_values(kind, data, path)):
        return f"; expected one of {', '.join(values)}"
    if message.startswith(_UNKNOWN_FIELD) and (fields := allowed_fields(kind, data, path)):
        return f"; its fields are {', '.join(fields)}"
    return ""


def _shortened(message: str) -> str:
    is_long = len(message) > _MESSAGE_LENGTH_MAX
    return f"{message[:_MESSAGE_LENGTH_MAX]}…" if is_long else message
