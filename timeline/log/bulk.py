"""Writes many rows: few of them in the round trip that is under way, many by COPY."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from psycopg import pq

from timeline.log.binary import HEADER, TRAILER, packed
from timeline.postgres import Connection

COPY_EVENTS_MIN = 120
"""From how many events on an append is written by COPY.

A pipeline saves round trips, which is what few rows cost; COPY saves work per row, but cannot be pipelined.
"""


BLOCK_BYTES = 1 << 18
"""How much is handed to the connection at a time."""

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

    The values are of the types that `binary.packed` knows.
    """
    if _is_pipelined(connection):
        values = ", ".join(["%s"] * len(columns))
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"
        await connection.cursor().executemany(statement, [(*prefix, *row) for row in rows])
    else:
        await copy_rows(connection, table, columns, packed(prefix, rows, len(columns)))


async def copy_rows(connection: Connection, table: str, columns: Sequence[str], rows: bytes) -> None:
    """Insert rows that are packed already."""
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT binary)"
    async with connection.cursor().copy(statement) as copy:
        await copy.write(HEADER)
        for offset in range(0, len(rows), BLOCK_BYTES):
            await copy.write(rows[offset : offset + BLOCK_BYTES])
        await copy.write(TRAILER)


def _is_pipelined(connection: Connection) -> bool:
    return connection.pgconn.pipeline_status == pq.PipelineStatus.ON
