"""Cursors: where a walk goes on, and the position that all its pages share."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import TypeVar

import msgspec
from msgspec import Struct

from timeline.domain.errors import Malformed

KeyT = TypeVar("KeyT", int, str)

_INT8 = range(-(1 << 63), 1 << 63)


class Cursor(Struct, frozen=True, array_like=True):
    """The position of a walk, the key of the last item seen, and a digest of what is walked over.

    The digest keeps a cursor from being used with other filters, where it would skip or repeat.
    """

    position: int
    key: int | str
    walk: str

    def key_as(self, kind: type[KeyT], walk: str) -> KeyT:
        """The key, where the cursor belongs to this walk.

        Raises:
            Malformed: it belongs to another.
        """
        if self.walk != walk or not isinstance(self.key, kind):
            raise Malformed(
                "this cursor belongs to another walk; keep the filters it came with", path="cursor"
            )
        return self.key


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Cursor)


def listing_digest(*parts: object) -> str:
    """A short digest of what a walk goes over: the view, its filters and its order."""
    return sha256(_encoder.encode(parts)).hexdigest()[:12]


def write_cursor(cursor: Cursor) -> str:
    """A cursor as it stands in an address."""
    return urlsafe_b64encode(_encoder.encode(cursor)).decode().rstrip("=")


def read_cursor(text: str) -> Cursor:
    """A cursor out of an address.

    Raises:
        Malformed: this service did not write it.
    """
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        cursor = _decoder.decode(urlsafe_b64decode(padded))
    except (binascii.Error, UnicodeError, msgspec.MsgspecError) as error:
        raise Malformed("this is no cursor of this service", path="cursor") from error
    key = cursor.key
    sound = key in _INT8 if isinstance(key, int) else "\x00" not in key
    if not sound or cursor.position not in _INT8 or cursor.position < 0:
        raise Malformed("this is no cursor of this service", path="cursor")
    return cursor
