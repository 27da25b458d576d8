"""Cursors: the text in an address that says where a listing continues, and at which position.

A cursor holds the position that all pages of a listing share, the key of the last item of the page before,
and a digest of the listing: the view, its filters and its order. The digest keeps a cursor from being used
with other filters, where it would skip or repeat items.

Cursors are not signed, so anything in one may be made up: a key is checked for whatever the database would
fail on.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from datetime import date, datetime
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from timeline.api.addresses import address
from timeline.domain.errors import Malformed

KeyT = TypeVar("KeyT")
"""An integer, a text, or a NamedTuple of integers, texts, times and UUIDs."""

_INT8 = range(-(1 << 63), 1 << 63)


class Cursor(Struct, frozen=True, array_like=True):
    """Where a listing continues. A key that is a NamedTuple stands in the text as an array."""

    position: int
    key: Any
    listing: str

    def key_as(self, kind: type[KeyT], listing: str) -> KeyT:
        """The key, where the cursor belongs to this listing.

        Raises:
            Malformed: it belongs to another, or its key is not of this kind.
        """
        if self.listing != listing:
            raise Malformed(
                "this cursor is from a different query; repeat the filters and order it came with",
                path="cursor",
            )
        try:
            key = _from_old_form(self.key, kind) or msgspec.convert(self.key, kind)
        except msgspec.ValidationError as error:
            raise not_a_cursor() from error
        if not all(map(_fits_a_column, key if isinstance(key, tuple) else (key,))):
            raise not_a_cursor()
        return key


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Cursor)


def listing_digest(*parts: object) -> str:
    """A short digest of what a cursor continues: the view, its filters and its order."""
    return sha256(_encoder.encode(parts)).hexdigest()[:12]


def write_cursor(cursor: Cursor) -> str:
    """A cursor as it stands in an address."""
    return urlsafe_b64encode(_encoder.encode(cursor)).decode().rstrip("=")


def next_page_url(
    path: str, query: Iterable[tuple[str, object]], position: int, key: object, *listing: object
) -> str | None:
    """The address of the page that follows the item with this key; None on the last page.

    Args:
        path: The path of the listing.
        query: The parameters that all its pages have.
        position: The position that all its pages share.
        key: The key of the page's last item; None if no item follows.
        listing: The view, its filters and its order.
    """
    if key is None:
        return None
    cursor = Cursor(position, key, listing_digest(*listing))
    return address(path, [*query, ("cursor", write_cursor(cursor))])


def read_cursor(text: str) -> Cursor:
    """A cursor from an address; `key_as` checks its key.

    Raises:
        Malformed: this service did not write it.
    """
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        cursor = _decoder.decode(urlsafe_b64decode(padded))
    except (binascii.Error, UnicodeError, msgspec.MsgspecError) as error:
        raise not_a_cursor() from error
    if cursor.position < 0 or cursor.position not in _INT8:
        raise not_a_cursor()
    return cursor


def not_a_cursor() -> Malformed:
    """The refusal of a text that looks like a cursor."""
    return Malformed("not a cursor of this service", path="cursor")


def _from_old_form(key: object, kind: type[KeyT]) -> KeyT | None:
    """A key of several parts that was once written as one text, or has a day that was once a time.

    Permanent addresses hold such keys.
    """
    if not isinstance(key, str | list) or not issubclass(kind, tuple):
        return None
    parts = key.split(" " if " " in key else ":") if isinstance(key, str) else [*key]
    for index, field in enumerate(list(kind.__annotations__.values())[: len(parts)]):
        if field is date and isinstance(parts[index], str) and parts[index].endswith(("Z", "+00:00")):
            parts[index] = parts[index].partition("T")[0]
    return msgspec.convert(parts, kind, strict=not isinstance(key, str))


def _fits_a_column(part: object) -> bool:
    match part:
        case int():
            return part in _INT8
        case str():
            return "\x00" not in part
        case datetime():
            return part.tzinfo is not None
    return True
