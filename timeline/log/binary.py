"""PostgreSQL's binary formats: values, rows for COPY, and arrays of a table's rows.

The server reads these faster than text, and the few types here are written faster than by the driver, which
looks up for each value how to write it (PostgreSQL's manual, COPY, "Binary Format"; the functions
`array_recv` and `record_recv` read the arrays). Rows are given by column, since most columns have one type.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache, partial
from itertools import chain, repeat
from operator import attrgetter, methodcaller
from struct import Struct
from types import NoneType
from typing import Any
from uuid import UUID

from psycopg.types.numeric import Int2, Int4

from timeline.domain.scalars import JsonText

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

ARRAY_BYTES_MAX = 1 << 20
"""How large an array of rows grows before the next begins: each is packed at once, and held whole."""

DAYS_MAX = 32_768
"""How many days, and how many times, are kept packed: thirty years hold fewer, and rows repeat each."""

FEW = 4
"""Fewer values than this are packed one by one: looking at what they have in common would take longer."""

Columns = Sequence[Sequence[Any]]

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_MICROSECOND = timedelta(microseconds=1)
_NULL = b"\xff\xff\xff\xff"

_length = Struct(">i").pack
_fields = Struct(">h").pack
_list = Struct(">iiiiii").pack
_array_head = Struct(">iiiii").pack

TYPE_OIDS: dict[Any, int] = {
    bool: 16,
    bytes: 17,
    int: 20,
    Int2: 21,
    Int4: 23,
    str: 25,
    JsonText: 114,
    float: 701,
    list[str]: 1009,
    date: 1082,
    datetime: 1184,
    UUID: 2950,
}
"""The types of columns, by what they hold: whole numbers are bigint where they are not marked as smaller."""


def pack_rows(prefix: Sequence[object], columns: Columns) -> bytes:
    """Rows in COPY's binary format, without header and trailer; each begins with the same values.

    Values are of the types in `TYPE_OIDS`, or None.
    """
    if not columns:
        return b""
    start = _fields(len(prefix) + len(columns)) + b"".join(map(_cell, prefix))
    parts = chain.from_iterable(map(_parts, columns, repeat(b"")))
    return b"".join(chain.from_iterable(zip(repeat(start), *parts, strict=False)))


def pack_arrays(oids: Sequence[int], prefix: Sequence[object], columns: Columns) -> Iterator[bytes]:
    """Rows of a table as arrays of its row type, of about ARRAY_BYTES_MAX each; they begin with the prefix.

    Each array is packed when it is asked for. `oids` are the types of all columns of the table in its own
    order, those of the prefix first.
    """
    if not columns:
        return
    types = [*map(_length, oids)]
    start = _length(len(oids)) + b"".join(map(_cell, prefix, types))
    parts = chain.from_iterable(map(_parts, columns, types[len(prefix) :]))
    rows: list[bytes] = []
    size = 0
    for row in map(b"".join, zip(repeat(start), *parts, strict=False)):
        if rows and size + len(row) > ARRAY_BYTES_MAX:
            yield _array_of(rows)
            rows, size = [], 0
        rows.append(row)
        size += len(row)
    yield _array_of(rows)


def pack_value(value: Any) -> bytes | None:
    """One value as the parameter of a statement."""
    return None if value is None else _cell(value)[4:]


def pack_list(kind: type, values: Sequence[object]) -> bytes:
    """A list of values of one type as the parameter of a statement."""
    cells = b"".join(map(_cell, values))
    return _array_head(1, 0, TYPE_OIDS[kind], len(values), 1) + cells if values else _empty(TYPE_OIDS[kind])


def _array_of(rows: Sequence[bytes]) -> bytes:
    """An array of rows. Its element type is left open: that of a table differs in each database."""
    lengths = map(_length, map(len, rows))
    return _array_head(1, 0, 0, len(rows), 1) + b"".join(chain.from_iterable(zip(lengths, rows, strict=True)))


def _empty(oid: int) -> bytes:
    return _length(0) + _length(0) + _length(oid)


def _parts(values: Sequence[Any], oid: bytes) -> Sequence[Iterable[bytes]]:
    """One column of all rows, of which each has the next of every part.

    Its type is looked up once, and what is often repeated is packed once. The interpreter runs nothing for a
    value of the other common kinds.
    """
    if len(values) < FEW:
        return ([_cell(value, oid) for value in values],)
    kinds = set(map(type, values))
    if kinds <= _REPEATED and oid != _JSON:
        each = set(values)
        if kinds != {str} or 2 * len(each) <= len(values):
            return (_repeated(values, each, oid),)
    if len(kinds) == 1:
        kind = kinds.pop()
        split = _SPLIT.get(kind)
        return split(values, oid) if split is not None else (map(_packer(kind, oid), values),)
    packers = {kind: _packer(kind, oid) for kind in kinds}
    return ([packers[type(value)](value) for value in values],)


def _repeated(values: Sequence[Any], each: AbstractSet[Any], oid: bytes) -> Iterable[bytes]:
    if len(each) == 1:
        return repeat(_cell(values[0], oid), len(values))
    return map({value: _cell(value, oid) for value in each}.__getitem__, values)


def _split_texts(values: Sequence[str], oid: bytes) -> Sequence[Iterable[bytes]]:
    return _split_data([*map(str.encode, values)], oid)


def _split_data(values: Sequence[bytes], oid: bytes) -> Sequence[Iterable[bytes]]:
    return repeat(oid), map(_length, map(len, values)), values


def _split_ids(values: Sequence[UUID], oid: bytes) -> Sequence[Iterable[bytes]]:
    return repeat(oid + _length(16)), map(methodcaller("to_bytes", 16, "big"), map(attrgetter("int"), values))


def _split_lists(values: Sequence[Sequence[str]], oid: bytes) -> Sequence[Iterable[bytes]]:
    return repeat(oid), map(_array, map(tuple, values))


def _cell(value: Any, oid: bytes = b"") -> bytes:
    """A value behind its length, and before that its type where that is to be told."""
    kind: Any = type(value)
    return _packer(kind, oid)(value)


@cache  # of a dozen kinds and as many types
def _packer(kind: Any, oid: bytes) -> Callable[[Any], bytes]:
    """What packs values of a kind."""
    return _PACKERS[kind](oid)


def _whole(oid: bytes) -> Callable[[int], bytes]:
    return partial(Struct(f">{len(oid)}siq").pack, oid, 8)


def _real(oid: bytes) -> Callable[[float], bytes]:
    return partial(Struct(f">{len(oid)}sid").pack, oid, 8)


def _text(oid: bytes) -> Callable[[str], bytes]:
    def pack(value: str) -> bytes:
        data = value.encode()
        return oid + _length(len(data)) + data

    return pack


def _time(oid: bytes) -> Callable[[datetime], bytes]:
    whole = _whole(oid)
    return lru_cache(DAYS_MAX)(lambda value: whole((value - _EPOCH) // _MICROSECOND))


def _day(oid: bytes) -> Callable[[date], bytes]:
    start = oid + _length(4)
    return lru_cache(DAYS_MAX)(lambda value: start + _length(value.toordinal() - _EPOCH_DAY))


def _fixed(size: int, packed: Callable[[Any], bytes]) -> Callable[[bytes], Callable[[Any], bytes]]:
    """Of values that are always of one size."""

    def packer(oid: bytes) -> Callable[[Any], bytes]:
        start = oid + _length(size)
        return lambda value: start + packed(value)

    return packer


def _uuid(oid: bytes) -> Callable[[UUID], bytes]:
    start = oid + _length(16)
    return lambda value: start + value.int.to_bytes(16, "big")


def _texts(oid: bytes) -> Callable[[Sequence[str]], bytes]:
    return lambda values: oid + _array(tuple(values))


_element = _text(b"")


@lru_cache(maxsize=4096)
def _array(values: tuple[str, ...]) -> bytes:
    """An array of text: dimensions, whether there are nulls, type; then length and lower bound of the one."""
    if not values:
        return _length(12) + _empty(TYPE_OIDS[str])
    data = b"".join(map(_element, values))
    return _list(20 + len(data), 1, 0, TYPE_OIDS[str], len(values), 1) + data


_PACKERS: dict[Any, Callable[[bytes], Callable[[Any], bytes]]] = {
    str: _text,
    int: _whole,
    Int2: _fixed(2, _fields),
    Int4: _fixed(4, _length),
    bytes: lambda oid: lambda value: oid + _length(len(value)) + value,
    float: _real,
    bool: _fixed(1, lambda value: b"\1" if value else b"\0"),
    datetime: _time,
    date: _day,
    UUID: _uuid,
    list: _texts,
    NoneType: lambda oid: lambda _: oid + _NULL,
}

_REPEATED = {str, bool, NoneType}
_JSON = _length(TYPE_OIDS[JsonText])
"""The type of documents, none of which is as another."""

_SPLIT: dict[Any, Callable[[Sequence[Any], bytes], Sequence[Iterable[bytes]]]] = {
    str: _split_texts,
    bytes: _split_data,
    UUID: _split_ids,
    list: _split_lists,
}
