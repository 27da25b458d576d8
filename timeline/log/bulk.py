"""Writes rows in bulk, by COPY in its binary format."""

import asyncio
from collections.abc import Sequence
from itertools import chain

from psycopg import OperationalError
from psycopg.abc import Buffer, PQGen
from psycopg.copy import AsyncLibpqWriter
from psycopg.pq.abc import PGconn
from psycopg.waiting import Ready, Wait

from timeline.log.binary import HEADER, TRAILER
from timeline.postgres import Connection

BLOCK_BYTES = 1 << 18
"""How much is handed to the connection at a time."""

COPY_STALL_SECONDS = 60.0
"""How long PostgreSQL may take nothing of a COPY, and how long to say at its end that it has all.

`statement_timeout` ends a COPY that works for too long, but none that waits for its client to read, nor one
of a server that has stopped.
"""


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
