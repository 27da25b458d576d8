"""Writes many rows: few of them in the round trip that is under way, many by COPY."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from psycopg import pq

from timeline.postgres import Connection

COPY_EVENTS_MIN = 50
"""From how many events on an append is written by COPY.

A pipeline saves round trips, which is what few rows cost; COPY saves work per row, but cannot be pipelined.
"""


def write_mode(connection: Connection, events: int) -> AbstractAsyncContextManager[Any]:
    """The context in which to write an append of so many events."""
    return connection.pipeline() if events < COPY_EVENTS_MIN else nullcontext()


async def insert_rows(
    connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Insert rows into a table, in the way that the connection's mode asks for."""
    names = ", ".join(columns)
    cursor = connection.cursor()
    if connection.pgconn.pipeline_status == pq.PipelineStatus.ON:
        values = ", ".join(["%s"] * len(columns))
        await cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({values})", rows)
        return
    async with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            await copy.write_row(row)
