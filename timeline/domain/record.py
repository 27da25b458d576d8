"""Records: events with their place in the log, when and by whom they were recorded, and their leaf hash.

A record's bytes are written once, when its position is known, and are kept verbatim ever after: what is
hashed, streamed and exported are these bytes.
"""

from datetime import datetime
from hashlib import sha256

import msgspec
from msgspec import Raw, Struct

from timeline.domain.codec import decode_event, upcast
from timeline.domain.events import SCHEMA_VERSION, AnyEvent, Event, event_type
from timeline.domain.unchecked import unchecked_struct
from timeline.domain.upcasters import UPCASTERS


class Record(Struct, frozen=True, kw_only=True):
    """An event at its position in a timeline's log."""

    timeline: str
    position: int
    recorded_at: datetime
    recorded_by: str
    version: int
    event: Event


class _Envelope(Struct, frozen=True):
    timeline: str
    position: int
    recorded_at: datetime
    recorded_by: str
    version: int
    event: Raw


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_UNCHECKED = msgspec.json.Decoder(unchecked_struct(Record, event=AnyEvent))
_TYPES_THAT_CHANGED = {kind for kind, _ in UPCASTERS}
_ENCODER = msgspec.json.Encoder()


def seal(timeline: str, position: int, recorded_at: datetime, recorded_by: str, event: bytes) -> bytes:
    """Write a record's bytes around an event's; `event` comes from `encode_event` and is not touched."""
    return _ENCODER.encode(
        _Envelope(timeline, position, recorded_at, recorded_by, SCHEMA_VERSION, Raw(event))
    )


def decode_record(data: bytes) -> Record:
    """Read a stored record, upcasting its event to the current version.

    What was checked when it was recorded is not checked again; see `unchecked`.
    """
    try:
        record: Record = _UNCHECKED.decode(data)
    except msgspec.ValidationError:  # in the form of an older version, or not what was recorded
        return check_record(data)
    if record.version != SCHEMA_VERSION and event_type(record.event) in _TYPES_THAT_CHANGED:
        return check_record(data)
    return record


def check_record(data: bytes) -> Record:
    """Read a stored record as `decode_record` does, and hold its event to all that a posted one is held to.

    Raises:
        Malformed, RuleBroken: it could not be posted.
    """
    envelope = _ENVELOPE.decode(data)
    return Record(
        timeline=envelope.timeline,
        position=envelope.position,
        recorded_at=envelope.recorded_at,
        recorded_by=envelope.recorded_by,
        version=envelope.version,
        event=decode_event(upcast(envelope.event, envelope.version)),
    )


def event_bytes(data: bytes) -> bytes:
    """The bytes of the event inside a record's."""
    return bytes(_ENVELOPE.decode(data).event)


def current_event_bytes(data: bytes) -> bytes:
    """The event inside a record, in the form in which it would be recorded now."""
    envelope = _ENVELOPE.decode(data)
    return bytes(upcast(envelope.event, envelope.version))


def leaf_hash(data: bytes) -> bytes:
    """The record's leaf in the timeline's Merkle tree: SHA-256(0x00 ‖ bytes), RFC 6962 section 2.1."""
    return sha256(b"\x00" + data).digest()


def new_record(timeline: str, position: int, recorded_at: datetime, recorded_by: str, event: Event) -> Record:
    """A record of the current version."""
    return Record(
        timeline=timeline,
        position=position,
        recorded_at=recorded_at,
        recorded_by=recorded_by,
        version=SCHEMA_VERSION,
        event=event,
    )
