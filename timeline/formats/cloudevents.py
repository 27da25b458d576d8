"""CloudEvents 1.0 in JSON, single and batched, as a way to bring events in.

| CloudEvents attribute | event                                                              |
|-----------------------|--------------------------------------------------------------------|
| `type`                | `conflict.timeline.<type>.v<version of the vocabulary>`            |
| `id`                  | `id`, a UUID                                                       |
| `time`                | `published_at`, where `data` does not say it                       |
| `data`                | the event's other fields                                           |
| `source` and others   | what the specification asks for; not recorded                      |
"""

import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from timeline.domain.codec import decode_event, refusal, upcast
from timeline.domain.errors import Malformed, TimelineError, TooLarge
from timeline.domain.events import SCHEMA_VERSION, Event
from timeline.domain.parts import Instant
from timeline.domain.terms import EventId

SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"

_TYPE = re.compile(r"conflict\.timeline\.([a-z_]+)\.v(\d{1,4})", re.ASCII)


class CloudEvent(Struct, frozen=True, kw_only=True):
    """An event in a CloudEvents envelope; attributes that are not named here are left aside."""

    specversion: Literal["1.0"]
    id: EventId
    source: Annotated[str, Meta(min_length=1, max_length=2_000)]
    type: Annotated[
        str,
        Meta(
            examples=["conflict.timeline.capture.v1"],
            # told, not enforced: `read_cloud_event` refuses in words what msgspec would quote the pattern for
            extra_json_schema={"pattern": r"^conflict\.timeline\.[a-z_]+\.v[0-9]{1,4}$(?!\n)"},
        ),
    ]
    time: Instant | None = None
    datacontenttype: Literal["application/json"] | None = None
    data: Annotated[dict[str, Any], Meta(description="The event without `id` and `type`.")]


_single = msgspec.json.Decoder(CloudEvent, strict=True)
_parts = msgspec.json.Decoder(list[msgspec.Raw])


def read_cloud_event(data: bytes | msgspec.Raw) -> Event:
    """The event in an envelope.

    Raises:
        Malformed: it is no CloudEvent, or its type is none of the vocabulary's.
        RuleBroken: the event breaks a rule.
    """
    try:
        envelope = _single.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise refusal(error) from error
    named = _TYPE.fullmatch(envelope.type)
    if named is None or not 1 <= int(named[2]) <= SCHEMA_VERSION:
        message = f"the type of an event is conflict.timeline.<type>.v{SCHEMA_VERSION}, not {envelope.type!r}"
        raise Malformed(message, path="$.type")
    for fixed in ("id", "type"):
        if fixed in envelope.data:
            raise Malformed(f"the envelope says the `{fixed}`", path=f"$.data.{fixed}")
    content = {"type": named[1], "id": envelope.id, **envelope.data}
    if envelope.time is not None:
        content.setdefault("published_at", envelope.time)
    return _event(msgspec.json.encode(content), int(named[2]))


def read_cloud_events(data: bytes, limit: int) -> list[Event]:
    """The events of a batch of at most `limit` envelopes; a fault's path starts with the envelope's index.

    Raises:
        TooLarge: there are more.
        Malformed, RuleBroken: as for one.
    """
    try:
        parts = _parts.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise refusal(error) from error
    if len(parts) > limit:
        raise TooLarge(f"a batch may hold {limit} events, this one holds {len(parts)}", limit=limit)
    events = []
    for index, part in enumerate(parts):
        try:
            events.append(read_cloud_event(part))
        except TimelineError as error:
            error.path = f"$[{index}]" + (error.path or "$")[1:]
            raise
    return events


def _event(content: bytes, version: int) -> Event:
    try:
        return decode_event(upcast(content, version))
    except TimelineError as error:
        path = (error.path or "$").removeprefix("$")
        error.path = f"${path}" if path == ".type" else f"$.data{path}"
        raise
