"""Writes rows in bulk: few in the pipeline that is open, many by COPY in its binary format.

The server reads that format faster than text, and the few types here are written faster than by the driver,
which looks up for each value how to write it (PostgreSQL's manual, COPY, "Binary Format").
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial
from itertools import chain, repeat
from struct import Struct
from types import NoneType
from typing import Any
from uuid import UUID

from psycopg import OperationalError, pq
from psycopg.abc import Buffer, PQGen
from psycopg.copy import AsyncLibpqWriter
from psycopg.pq.abc import PGconn
from psycopg.types.numeric import Int2, Int4
from psycopg.waiting import Ready, Wait

from timeline.postgres import Connection

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_MICROSECOND = timedelta(microseconds=1)
_TEXT_OID = 25
_NULL = b"\xff\xff\xff\xff"

_length = Struct(">i").pack
_fields = Struct(">h").pack
_whole = Struct(">iq").pack
_real = Struct(">id").pack
_list = Struct(">iiiiii").pack


def pack_rows(prefix: Sequence[object], rows: Sequence[Sequence[object]], columns: int) -> bytes:
    """Rows in COPY's binary format, without header and trailer; each begins with the same values.

    Text, whole numbers (bigint; Int2 and Int4 for smaller ones), reals (double precision), booleans, times,
    days, UUIDs, bytes and lists of text can be packed; a json column takes text.
    """
    start = _fields(columns) + b"".join(_PACK[type(value)](value) for value in prefix)
    fields = map(_column, zip(*rows, strict=True))
    return b"".join(chain.from_iterable(zip(repeat(start, len(rows)), *fields, strict=True)))


def _column(values: Sequence[Any]) -> Iterable[bytes]:
    """One column of all rows: its type is looked up once, and what is often repeated is packed once."""
    kinds = set(map(type, values))
    if kinds <= _REPEATED:
        return map({value: _PACK[type(value)](value) for value in set(values)}.__getitem__, values)
    if len(kinds) == 1:
        return map(_PACK[kinds.pop()], values)
    return [_PACK[type(value)](value) for value in values]


def _text(value: str) -> bytes:
    data = value.encode()
    return _length(len(data)) + data


def _time(value: datetime) -> bytes:
    return _whole(8, (value - _EPOCH) // _MICROSECOND)


def _day(value: date) -> bytes:
    return _length(4) + _length(value.toordinal() - _EPOCH_DAY)


def _texts(values: Sequence[str]) -> bytes:
    return _array(tuple(values)) if values else _NO_TEXTS


@lru_cache(maxsize=1024)
def _array(values: tuple[str, ...]) -> bytes:
    """An array of text: dimensions, whether there are nulls, type; then length and lower bound of the one."""
    data = b"".join(map(_text, values))
    return _list(20 + len(data), 1, 0, _TEXT_OID, len(values), 1) + data


_PACK: dict[type, Callable[[Any], bytes]] = {
    str: _text,
    int: partial(_whole, 8),
    Int2: lambda value: _length(2) + _fields(value),
    Int4: lambda value: _length(4) + _length(value),
    bytes: lambda value: _length(len(value)) + value,
    float: partial(_real, 8),
    bool: lambda value: b"\0\0\0\1\1" if value else b"\0\0\0\1\0",
    datetime: _time,
    date: _day,
    UUID: lambda value: b"\0\0\0\x10" + value.bytes,
    list: _texts,
    NoneType: lambda _: _NULL,
}


_NO_TEXTS = _length(12) + _length(0) + _length(0) + _length(_TEXT_OID)

_REPEATED = {str, bool, date, NoneType}


COPY_EVENTS_MIN = 120
"""From how many events on an append is written by COPY.

A pipeline saves round trips, which is what few rows cost; COPY saves work per row, but cannot be pipelined.
"""


BLOCK_BYTES = 1 << 18
"""How much is handed to the connection at a time."""

COPY_STALL_SECONDS = 60.0
"""How long PostgreSQL may take nothing of a COPY, and how long to say at its end that it has all.

`statement_timeout` ends a COPY that works for too long, but none that waits for its client to read, nor one
of a server that has stopped.
"""

Write = Callable[[Connection], Coroutine[Any, Any, None]]
"""Writes some rows that are ready to be written."""


def write_mode(connection: Connection, events: int) -> AbstractAsyncContextManager[Any]:
    """The context in which to write an append of so many events."""
    return connection.pipeline() if events < COPY_EVENTS_MIN else nullcontext()


async def write_each(connection: Connection, writes: AsyncIterator[Write]) -> None:
    """Make one write after another, and do them in their order.

    Where they are done by COPY, the server is busy with one while the next is made.
    """
    if _is_pipelined(connection):
        async for write in writes:
            await write(connection)
        return
    made = await anext(writes, None)
    while made is not None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(made(connection))
                made = await anext(writes, None)
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None


async def insert_rows(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    prefix: Sequence[object],
    rows: Sequence[Sequence[object]],
) -> None:
    """Insert rows into a table, in the way that the connection's mode asks for; each begins with the prefix.

    The values are of the types that `pack_rows` knows.
    """
    if _is_pipelined(connection):
        values = ", ".join(["%s"] * len(columns))
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"
        await connection.cursor().executemany(statement, [(*prefix, *row) for row in rows])
    else:
        await copy_rows(connection, table, columns, pack_rows(prefix, rows, len(columns)))


async def copy_rows(connection: Connection, table: str, columns: Sequence[str], rows: bytes) -> None:
    """Insert rows that are packed already.

    Raises:
        OperationalError: PostgreSQL takes no more of them.
    """
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT binary)"
    blocks = (rows[offset : offset + BLOCK_BYTES] for offset in range(0, len(rows), BLOCK_BYTES))
    cursor = connection.cursor()
    try:
        async with (
            asyncio.timeout(COPY_STALL_SECONDS) as stall,
            cursor.copy(statement, writer=_ReadingWriter(cursor)) as copy,
        ):
            for block in chain([HEADER], blocks, [TRAILER]):
                await copy.write(block)
                stall.reschedule(asyncio.get_running_loop().time() + COPY_STALL_SECONDS)
    except TimeoutError:
        raise OperationalError(
            f"PostgreSQL has taken no rows of a COPY into {table} for {COPY_STALL_SECONDS:g} s"
        ) from None


class _ReadingWriter(AsyncLibpqWriter):
    """Sends rows, and reads meanwhile what the server says; the driver's own reads only when all are sent.

    A server whose notices and warnings are not read stops reading the rows, and both would wait for ever.
    """

    async def write(self, data: Buffer) -> None:
        await self.connection.wait(_send(self._pgconn, data))

    async def finish(self, exc: BaseException | None = None) -> None:
        await self.connection.wait(_until_writable(self._pgconn))
        await super().finish(exc)


def _send(pgconn: PGconn, data: Buffer) -> PQGen[None]:
    while pgconn.put_copy_data(data) == 0:
        yield from _until_writable(pgconn)
    while pgconn.flush():
        yield from _until_writable(pgconn)


def _until_writable(pgconn: PGconn) -> PQGen[None]:
    ready: int = Ready.NONE
    while not ready & Ready.W:
        ready = yield Wait.RW
        if ready & Ready.R:
            pgconn.consume_input()


def _is_pipelined(connection: Connection) -> bool:
    return connection.pgconn.pipeline_status == pq.PipelineStatus.ON
