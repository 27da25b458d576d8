"""Rows of generations that nobody reads: a rebuild makes them, or leaves them over where it is stopped."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from timeline.log.heads import LogHead
from timeline.log.integrity import Difference
from timeline.postgres import Connection, connect
from timeline.settings import Settings
from timeline.views.projection.writer import VIEW_TABLES

_AT_WORK = 0x7265_6277
"""The advisory lock that all rebuilds of a database share, from their beginning to the end of their grace."""


@asynccontextmanager
async def rebuilds_at_work(dsn: str, settings: Settings) -> AsyncIterator[None]:
    """Tell `verify` that rows of other generations are those of a rebuild, for as long as this lasts."""
    async with await connect(dsn, settings) as connection:
        await connection.execute("SELECT pg_advisory_lock_shared(%s)", [_AT_WORK])
        yield  # the lock goes with the connection


async def is_rebuild_at_work(connection: Connection) -> bool:
    """Whether any rebuild of the database is at work, or waits for the end of its grace."""
    cursor = await connection.execute(
        "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database"
        f" WHERE datname = current_database() AND locktype = 'advisory' AND objid = {_AT_WORK}"
        " AND classid = 0 AND mode = 'ShareLock')"
    )
    row = await cursor.fetchone()
    return row is not None and row[0] is True


# two ranges of the primary key, which are empty as a rule
_OTHER = " UNION ALL ".join(
    f"SELECT '{table.name}', generation, count(*) FROM {table.name} WHERE timeline_id = %(timeline)s"
    f" AND generation {where} %(generation)s GROUP BY generation"
    for table in VIEW_TABLES
    for where in "<>"
)


class OtherRows(NamedTuple):
    """How many rows of a table are of a generation that is not the one that is read."""

    table: str
    generation: int
    rows: int

    def difference(self) -> Difference:
        """The rows as what should not be there."""
        words = f"{self.rows:,} rows that nobody reads"
        return Difference(self.table, {"generation": self.generation}, None, words, None)


async def other_generations(connection: Connection, head: LogHead) -> list[OtherRows]:
    """The rows of generations that are not the one that is read."""
    parameters = {"timeline": head.timeline, "generation": head.generation}
    rows = await (await connection.execute(_OTHER, parameters)).fetchall()
    return sorted(OtherRows(*row) for row in rows)
