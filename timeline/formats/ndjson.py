"""Newline-delimited JSON: reads events, one per line or in an array, and writes records of the log.

An event may be bare, inside a record of a log, or in a CloudEvents envelope.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, ClassVar

import msgspec
from msgspec import Raw

from timeline.domain.codec import (
    decode_event,
    decode_posted_event,
    explain_decode_error,
    refuse_repeated_members,
    upcast,
)
from timeline.domain.errors import Malformed, TimelineError
from timeline.domain.events import SCHEMA_VERSION, Event
from timeline.formats.cloudevents import read_cloud_event
from timeline.formats.drafts import Reject
from timeline.formats.writers import DocumentHead

_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_PARTS = msgspec.json.Decoder(list[Raw])
_VERSION = msgspec.json.Decoder(int)
_SPACE = b" \t\r\n\xef\xbb\xbf"


def read_events(file: BinaryIO) -> Iterator[tuple[int, Event] | Reject]:
    """The events of a file, or of an export of a log, each with its line, or with its number in an array.

    Raises:
        Malformed: the file starts as an array, and is not valid JSON.
    """
    return _read(file, _decode_event_or_record)


def read_cloud_events(file: BinaryIO) -> Iterator[tuple[int, Event] | Reject]:
    """The events of CloudEvents envelopes, each with its line, or with its number in a batch.

    Raises:
        Malformed: the file starts as a batch, and is not valid JSON.
    """
    return _read(file, read_cloud_event)


def _read(file: BinaryIO, decode: Callable[[bytes], Event]) -> Iterator[tuple[int, Event] | Reject]:
    for number, text in _split(file):
        try:
            event = decode(text)
        except TimelineError as error:
            path = (error.path or "$").removeprefix("$").removeprefix(".") or None
            yield Reject(number, error.message, text.decode(errors="replace"), path)
        else:
            yield number, event


def _split(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The texts of a file, each with its number."""
    lines = ((number, line.strip(_SPACE)) for number, line in enumerate(file, 1))
    texts = ((number, text) for number, text in lines if text)
    for number, text in texts:
        # only the first line decides the form of the file, so that a broken line later on rejects only itself
        if text.startswith(b"["):
            yield from _split_array(b"\n".join((text, *(rest for _, rest in texts))))
        elif text == b"{":  # an object over several lines
            yield number, b"\n".join((text, *(rest for _, rest in texts)))
        else:
            yield number, text
        break
    yield from texts


def _split_array(text: bytes) -> Iterator[tuple[int, bytes]]:
    try:
        parts = _PARTS.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise explain_decode_error(error) from error
    yield from ((number, bytes(part)) for number, part in enumerate(parts, 1))


def _decode_event_or_record(text: bytes) -> Event:
    try:
        members = _MEMBERS.decode(text)
        if "event" not in members or "version" not in members:
            return decode_posted_event(text).event
        version = _VERSION.decode(members["version"])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise explain_decode_error(error) from error
    if not 1 <= version <= SCHEMA_VERSION:
        reason = f"the record has version {version} of the vocabulary; readable are 1 to {SCHEMA_VERSION}"
        raise Malformed(reason, path="$.version")
    refuse_repeated_members(text)
    try:
        return decode_event(upcast(members["event"], version))
    except TimelineError as error:
        error.path = "$.event" + (error.path or "$")[1:]
        raise


MEDIA_TYPE = "application/x-ndjson"


class Ndjson:
    """A record on each line, as the log stores it."""

    media_type: ClassVar[str] = MEDIA_TYPE
    extension: ClassVar[str] = "ndjson"

    def begin(self, head: DocumentHead) -> bytes:  # noqa: ARG002 - each record names its timeline itself
        """Nothing."""
        return b""

    def records(self, page: Sequence[bytes]) -> bytes:
        """The records of a page, one per line."""
        return b"".join(record + b"\n" for record in page)

    def end(self) -> bytes:
        """Nothing."""
        return b""
