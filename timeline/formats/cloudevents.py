"""CloudEvents 1.0 in JSON, single and batched: reads events from envelopes, and writes records into them.

| CloudEvents attribute | event, or its record                                               |
|-----------------------|--------------------------------------------------------------------|
| `type`                | `conflict.timeline.<type>.v<version of the vocabulary>`            |
| `id`                  | `id`, a UUID                                                       |
| `time`                | `published_at`, where `data` has none                              |
| `data`                | the event's other fields                                           |
| `source`              | `/v1/timelines/<timeline>`                                         |
| `subject`             | `events/<id>`: after the source, the event's own address           |
| `position`            | the record's position in the log                                   |
| `recordedat`          | when it was recorded                                               |
| `recordedby`          | who posted it                                                      |
| `leafhash`            | the record's leaf in the log's tree, in hexadecimal                |

An envelope that is read is an event: `source`, which the specification requires, and the attributes below it
are not recorded. An envelope that is written is a record. It has no `time` where the event has no
`published_at`, so that reading it again gives the same event; the time of recording is `recordedat`.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from timeline.domain.codec import (
    check_event_size,
    decode_event,
    explain_decode_error,
    refuse_repeated_members,
    upcast,
)
from timeline.domain.components import Instant
from timeline.domain.errors import Malformed, TimelineError, TooLarge
from timeline.domain.events import SCHEMA_VERSION, Event
from timeline.domain.record import leaf_hash
from timeline.domain.scalars import EventId
from timeline.formats.writers import DocumentHead

SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"

_TYPE = re.compile(r"conflict\.timeline\.([a-z_]+)\.v(\d{1,4})", re.ASCII)


class CloudEvent(Struct, frozen=True, kw_only=True):
    """An event in a CloudEvents envelope; other attributes are ignored."""

    specversion: Literal["1.0"]
    id: EventId
    source: Annotated[str, Meta(min_length=1, max_length=2_000)]
    type: Annotated[
        str,
        Meta(
            examples=["conflict.timeline.capture.v2"],
            # for the schema only: `read_cloud_event` refuses in words, where msgspec would quote the pattern
            extra_json_schema={"pattern": r"^conflict\.timeline\.[a-z_]+\.v[0-9]{1,4}$(?!\n)"},
        ),
    ]
    time: Instant | None = None
    datacontenttype: Literal["application/json"] | None = None
    data: Annotated[dict[str, Any], Meta(description="The event without `id` and `type`.")]


_single = msgspec.json.Decoder(CloudEvent, strict=True)
_parts = msgspec.json.Decoder(list[Raw])
_encode = msgspec.json.Encoder().encode


def read_cloud_event(data: bytes | Raw) -> Event:
    """The event in an envelope.

    Raises:
        TooLarge: it is over the limit of an event.
        Malformed: it is not a CloudEvent, or its type is not one of the vocabulary.
        RuleBroken: the event breaks a rule.
    """
    check_event_size(data)
    try:
        envelope = _single.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise explain_decode_error(error, CloudEvent, data) from error
    refuse_repeated_members(bytes(data))
    match = _TYPE.fullmatch(envelope.type)
    if match is None or not 1 <= int(match[2]) <= SCHEMA_VERSION:
        message = f"the type must be conflict.timeline.<type>.v{SCHEMA_VERSION}, not {envelope.type!r}"
        raise Malformed(message, path="$.type")
    for name in ("id", "type"):
        if name in envelope.data:
            raise Malformed(f"the `{name}` belongs in the envelope", path=f"$.data.{name}")
    content = {"type": match[1], "id": envelope.id, **envelope.data}
    if envelope.time is not None:
        content.setdefault("published_at", envelope.time)
    return _decode_content(msgspec.json.encode(content), int(match[2]))


def read_cloud_events(data: bytes, limit: int) -> list[Event]:
    """The events of a batch of at most `limit` envelopes.

    Raises:
        TooLarge: there are more.
        Malformed, RuleBroken: as in `read_cloud_event`; the path starts with the envelope's index.
    """
    try:
        parts = _parts.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise explain_decode_error(error) from error
    if len(parts) > limit:
        raise TooLarge(f"a batch may hold {limit} events, and this one has {len(parts)}", limit=limit)
    events = []
    for index, part in enumerate(parts):
        try:
            events.append(read_cloud_event(part))
        except TimelineError as error:
            error.path = f"$[{index}]" + (error.path or "$")[1:]
            raise
    return events


class _RecordParts(Struct, frozen=True):
    timeline: str
    position: int
    recorded_at: Raw
    recorded_by: str
    version: int
    event: dict[str, Raw]


_record = msgspec.json.Decoder(_RecordParts)


class _RecordEnvelope(Struct, frozen=True, kw_only=True):
    """A record in its envelope, in the order in which it is written."""

    specversion: str
    id: Raw
    source: str
    type: str
    subject: str
    datacontenttype: str
    position: int
    recordedat: Raw
    recordedby: str
    leafhash: str
    data: dict[str, Raw]
    time: Raw | UnsetType = UNSET


def write_cloud_event(record: bytes) -> bytes:
    """A record in an envelope, with the event's members as they are stored."""
    parts = _record.decode(record)
    data = dict(parts.event)
    event_id, kind = data.pop("id"), msgspec.json.decode(data.pop("type"), type=str)
    return _encode(
        _RecordEnvelope(
            specversion="1.0",
            id=event_id,
            source=f"/v1/timelines/{parts.timeline}",
            type=f"conflict.timeline.{kind}.v{parts.version}",
            subject=f"events/{msgspec.json.decode(event_id, type=str)}",
            time=data.get("published_at", UNSET),
            datacontenttype="application/json",
            position=parts.position,
            recordedat=parts.recorded_at,
            recordedby=parts.recorded_by,
            leafhash=leaf_hash(record).hex(),
            data=data,
        )
    )


class CloudEvents:
    """A batch of records, each envelope on a line."""

    media_type: ClassVar[str] = BATCH
    extension: ClassVar[str] = "json"

    def __init__(self) -> None:
        self._separator = b"\n"

    def begin(self, head: DocumentHead) -> bytes:  # noqa: ARG002 - each envelope has its source
        """The opening bracket."""
        return b"["

    def records(self, page: Sequence[bytes]) -> bytes:
        """The envelopes of a page."""
        if not page:
            return b""
        before, self._separator = self._separator, b",\n"
        return before + b",\n".join(map(write_cloud_event, page))

    def end(self) -> bytes:
        """The closing bracket."""
        return b"\n]\n"


def _decode_content(content: bytes, version: int) -> Event:
    try:
        return decode_event(upcast(content, version))
    except TimelineError as error:
        path = (error.path or "$").removeprefix("$")
        error.path = f"${path}" if path == ".type" else f"$.data{path}"
        raise
