"""A database migrated step by step equals a new one, and migrations neither overlap nor stop half-way."""

import asyncio

import psycopg
import pytest
from psycopg import AsyncConnection

from timeline.domain.errors import Unavailable
from timeline.log import migrations
from timeline.log.migrations import migrate, missing_steps
from timeline.log.schema import objects_sql, steps

NAMES = [name for _, name, _ in steps()]

# Everything in the schema, by what makes it again; the table `migration` holds what differs.
CATALOG = {
    "relations": "SELECT relname, relkind::text, relacl::text, reloptions, relpersistence::text,"
    " obj_description(oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    "columns": "SELECT relname, row_number() OVER (PARTITION BY attrelid ORDER BY attnum), attname,"
    " format_type(atttypid, atttypmod), attnotnull, collname,"
    " pg_get_expr(adbin, adrelid), attidentity::text, attgenerated::text, attacl::text, attstorage::text,"
    " attstattarget"
    " FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
    " LEFT JOIN pg_collation ON pg_collation.oid = attcollation"
    " LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum"
    " WHERE relnamespace = 'public'::regnamespace AND NOT attisdropped",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "functions": "SELECT pg_get_functiondef(oid), proacl::text FROM pg_proc"
    " WHERE pronamespace = 'public'::regnamespace"
    " AND prolang <> (SELECT oid FROM pg_language WHERE lanname = 'c')",
    "triggers": "SELECT pg_get_triggerdef(oid), tgenabled::text FROM pg_trigger WHERE NOT tgisinternal",
    "extensions": "SELECT extname, extversion FROM pg_extension",
    "policies": "SELECT * FROM pg_policies",
    "views": "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'",
}


async def objects_of(dsn: str) -> dict[str, list[str]]:
    """What a database's schema holds."""
    async with await AsyncConnection.connect(dsn) as connection:
        return {
            kind: sorted(map(str, await (await connection.execute(query)).fetchall()))
            for kind, query in CATALOG.items()
        }


async def migrated_to(monkeypatch, dsn, count):
    """Bring a new database to an older program's schema: that of its first steps."""
    older = steps()[:count]
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "steps", lambda: older)
        patch.setattr(migrations, "objects_sql", lambda: "\n".join(script for _, _, script in older))
        return await migrate(dsn)


@pytest.mark.parametrize("count", range(1, len(NAMES) + 1))
async def test_step_by_step_equals_new(monkeypatch, new_database, count):
    """A database of any earlier version, brought up to date, has the very objects of a new one."""
    stepped, new = new_database(), new_database()
    assert NAMES[:count] == await migrated_to(monkeypatch, stepped, count)
    assert NAMES[count:] == await migrate(stepped)
    assert NAMES == await migrate(new)

    assert await objects_of(new) == await objects_of(stepped)


async def test_steps_one_by_one(monkeypatch, new_database):
    """Each step applied by a run of its own leads to the same."""
    stepped, new = new_database(), new_database()
    for count, name in enumerate(NAMES, start=1):
        assert [name] == await migrated_to(monkeypatch, stepped, count)
    await migrate(new)

    assert [] == await migrate(stepped)
    assert await objects_of(new) == await objects_of(stepped)


def test_steps_are_numbered_without_a_gap():
    """The steps' numbers are 1, 2, 3 … and their names begin with them."""
    assert [(n, f"{n:04}") for n in range(1, len(NAMES) + 1)] == [(n, name[:4]) for n, name, _ in steps()]


async def test_migrating_twice_does_nothing(dsn):
    """What is up to date stays as it is."""
    before = await objects_of(dsn)

    assert [] == await migrate(dsn)
    assert before == await objects_of(dsn)


async def test_two_at_once(new_database):
    """Of two that start together one does all the work and the other finds none."""
    dsn = new_database()
    applied = await asyncio.gather(*(migrate(dsn) for _ in range(4)))

    assert [[], [], [], NAMES] == sorted(applied)


async def test_one_that_is_killed_leaves_nothing(monkeypatch, new_database):
    """A migration whose connection is cut half-way has changed nothing, and the next one does it all."""
    dsn = new_database()
    before = await objects_of(dsn)
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "objects_sql", lambda: objects_sql() + "; SELECT pg_sleep(60)")
        halfway = asyncio.create_task(migrate(dsn))
        await killed_asleep(dsn)
        with pytest.raises(psycopg.OperationalError):
            await halfway

    assert before == await objects_of(dsn)
    assert NAMES == await migrate(dsn)


async def killed_asleep(dsn: str) -> None:
    """Wait until another connection sleeps, and cut it."""
    async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
        killed = None
        while not killed:
            cursor = await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event = 'PgSleep'"
            )
            killed = await cursor.fetchone()


async def test_a_newer_schema_is_left_alone(new_database):
    """A program that is older than the database says so, and changes nothing."""
    dsn = new_database()
    await migrate(dsn)
    async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute("INSERT INTO migration (number, name) VALUES (9999, 'of-tomorrow')")
        before = await objects_of(dsn)
        with pytest.raises(Unavailable, match="step 9999"):
            await migrate(dsn)
        with pytest.raises(Unavailable, match="step 9999"):
            await missing_steps(connection)

    assert before == await objects_of(dsn)


async def test_what_is_missing_is_told(monkeypatch, new_database):
    """An empty database lacks every step, an older one the later steps, a new one none."""
    dsn = new_database()
    async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
        assert NAMES == await missing_steps(connection)
        await migrated_to(monkeypatch, dsn, 1)
        assert NAMES[1:] == await missing_steps(connection)
        await migrate(dsn)
        assert [] == await missing_steps(connection)
