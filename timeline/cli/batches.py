"""Reads events from a JSON or NDJSON file, byte for byte, and cuts them into batches to post."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO, NamedTuple

import msgspec
from msgspec import Raw

from timeline.cli.common import CommandError
from timeline.cli.text import clean

BATCH_EVENTS_MAX = 500
BATCH_BYTES_MAX = 2_000_000

_RAW = msgspec.json.Decoder(Raw)
_ARRAY = msgspec.json.Decoder(list[Raw])
_SPACE = b" \t\r\n"


class InputEvent(NamedTuple):
    """One event of the input, byte for byte; `place` says where it was, for messages."""

    place: str
    json: bytes


class InvalidInput(CommandError):
    """The input, or a part of it, is not JSON."""


def read_input_events(file: BinaryIO) -> Iterator[InputEvent]:
    """The events of a JSON array, of NDJSON (one event per line), or of a single JSON object.

    NDJSON is read line by line as it arrives, so that it may be of any length.

    Raises:
        InvalidInput: the input is none of these, or a line is not JSON.
    """
    lines = enumerate(file, 1)
    for number, line in lines:
        if start := line.lstrip(_SPACE + b"\xef\xbb\xbf" if number == 1 else _SPACE):
            rest = (text for _, text in lines)
            if start.startswith(b"["):
                yield from _array(b"".join(chain((start,), rest)))
            elif _is_json(start):
                yield from _lines(chain(((number, start),), lines))
            else:
                # an object over several lines
                yield InputEvent("the event", _check_json(b"".join(chain((start,), rest)), "the input"))
            return


def batches(items: Iterable[InputEvent]) -> Iterator[list[InputEvent]]:
    """Cut into batches of at most 500 events and 2 MB, in order; a larger event is a batch alone."""
    batch: list[InputEvent] = []
    size = 0
    for item in items:
        if batch and (len(batch) == BATCH_EVENTS_MAX or size + len(item.json) > BATCH_BYTES_MAX):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += len(item.json)
    if batch:
        yield batch


def encode_batch(batch: Iterable[InputEvent]) -> bytes:
    """A batch as a JSON array, each event byte for byte as it was read."""
    return b"[" + b",".join(item.json for item in batch) + b"]"


def _array(text: bytes) -> Iterator[InputEvent]:
    try:
        members = _ARRAY.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the input is not a JSON array: {clean(str(error))}") from error
    for index, member in enumerate(members):
        yield InputEvent(f"event {index + 1} of the array", bytes(member))


def _lines(lines: Iterable[tuple[int, bytes]]) -> Iterator[InputEvent]:
    for number, line in lines:
        if text := line.strip(_SPACE):
            yield InputEvent(f"line {number}", _check_json(text, f"line {number}"))


def _is_json(text: bytes) -> bool:
    try:
        _RAW.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return True


def _check_json(text: bytes, place: str) -> bytes:
    try:
        return bytes(_RAW.decode(text))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{place} is not JSON: {clean(str(error))}") from error
