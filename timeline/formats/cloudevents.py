"""CloudEvents 1.0 in JSON, single and batched, both ways.

| CloudEvents attribute | event, or its record                                               |
|-----------------------|--------------------------------------------------------------------|
| `type`                | `conflict.timeline.<type>.v<version of the vocabulary>`            |
| `id`                  | `id`, a UUID                                                       |
| `time`                | `published_at`, where `data` does not say it                       |
| `data`                | the event's other fields                                           |
| `source`              | `/v1/timelines/<timeline>`                                         |
| `subject`             | `events/<id>`: after the source, the event's own address           |
| `position`            | where the record stands in the log                                 |
| `recordedat`          | when it was taken in                                               |
| `recordedby`          | by whom                                                            |
| `leafhash`            | the record's leaf in the log's tree, in hexadecimal                |

What comes in is an event: `source`, which the specification asks for, and all below it are not recorded.
What goes out is a record. Its `time` is left away where the source gave none, so that what is read again is
the same event; when it was recorded is another matter, and stands apart.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from timeline.domain.codec import decode_event, refusal, upcast
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
_parts = msgspec.json.Decoder(list[Raw])
_encode = msgspec.json.Encoder().encode


def read_cloud_event(data: bytes | Raw) -> Event:
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


class _RecordParts(Struct, frozen=True):
    timeline: str
    position: int
    recorded_at: Raw
    recorded_by: str
    version: int
    event: dict[str, Raw]


_record = msgspec.json.Decoder(_RecordParts)


class _Written(Struct, frozen=True, kw_only=True):
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
    """A record in an envelope; the event's members are kept as they are stored."""
    read = _record.decode(record)
    data = dict(read.event)
    event_id, kind = data.pop("id"), msgspec.json.decode(data.pop("type"), type=str)
    return _encode(
        _Written(
            specversion="1.0",
            id=event_id,
            source=f"/v1/timelines/{read.timeline}",
            type=f"conflict.timeline.{kind}.v{read.version}",
            subject=f"events/{msgspec.json.decode(event_id, type=str)}",
            time=data.get("published_at", UNSET),
            datacontenttype="application/json",
            position=read.position,
            recordedat=read.recorded_at,
            recordedby=read.recorded_by,
            leafhash=leaf_hash(record).hex(),
            data=data,
        )
    )


class CloudEvents:
    """A batch of records, each on a line of its own."""

    media_type: ClassVar[str] = BATCH
    extension: ClassVar[str] = "json"

    def __init__(self) -> None:
        self._separator = b"\n"

    def begin(self, head: DocumentHead) -> bytes:  # noqa: ARG002 - each envelope says where it is from
        """The opening."""
        return b"["

    def records(self, page: Sequence[bytes]) -> bytes:
        """A page's envelopes."""
        if not page:
            return b""
        before, self._separator = self._separator, b",\n"
        return before + b",\n".join(map(write_cloud_event, page))

    def end(self) -> bytes:
        """The closing."""
        return b"\n]\n"


def _event(content: bytes, version: int) -> Event:
    try:
        return decode_event(upcast(content, version))
    except TimelineError as error:
        path = (error.path or "$").removeprefix("$")
        error.path = f"${path}" if path == ".type" else f"$.data{path}"
        raise
