"""Brings a database to the current schema, step by step, one process at a time."""

from psycopg import AsyncConnection, sql

from timeline.domain.errors import Unavailable
from timeline.log.schema import objects_sql, steps

_LOCK = 0x7469_6D65_6C69_6E65
"""The advisory lock that keeps two migrations apart; any number that nobody else uses."""


async def migrate(dsn: str) -> list[str]:
    """Create the schema, or apply the steps that are missing; gives the names of the steps applied.

    Each run is one transaction: a migration that is killed leaves the database as it was. A second one
    waits for the first, and then finds nothing to do.

    Raises:
        Unavailable: the database has steps that this program does not know; it was left as it is.
    """
    async with await AsyncConnection.connect(dsn) as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        applied = await _applied(connection)
        _refuse_newer(applied)
        missing = [step for step in steps() if step[0] not in applied]
        if not applied:
            await _run(connection, objects_sql())
        else:
            for _, _, script in missing:
                await _run(connection, script)
        for number, name, _ in missing:
            await connection.execute("INSERT INTO migration (number, name) VALUES (%s, %s)", [number, name])
    return [name for _, name, _ in missing]


async def missing_steps(connection: AsyncConnection) -> list[str]:
    """The steps that this database lacks; nothing is changed.

    Raises:
        Unavailable: the database has steps that this program does not know.
    """
    row = await (await connection.execute("SELECT to_regclass('migration') IS NOT NULL")).fetchone()
    applied = await _numbers(connection) if row and row[0] else set()
    _refuse_newer(applied)
    return [name for number, name, _ in steps() if number not in applied]


def _refuse_newer(applied: set[int]) -> None:
    newest = max(number for number, _, _ in steps())
    if any(number > newest for number in applied):
        raise Unavailable(
            f"the database schema (step {max(applied)}) is newer than this program supports (step {newest});"
            " upgrade the program"
        )


async def _applied(connection: AsyncConnection) -> set[int]:
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS migration ("
        " number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    )
    return await _numbers(connection)


async def _numbers(connection: AsyncConnection) -> set[int]:
    rows = await (await connection.execute("SELECT number FROM migration")).fetchall()
    return {row[0] for row in rows}


async def _run(connection: AsyncConnection, script: str) -> None:
    # A script has several statements and no parameters, so it goes by the simple protocol.
    await connection.execute(sql.SQL(script), prepare=False)
