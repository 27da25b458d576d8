"""How the planner reads what an append needs, in a timeline that is newer than its statistics."""

import re

import pytest

from tests.support.posting import new_timeline, post
from tests.support.samples import engagement
from timeline.log.bearing_events import _BEARING
from timeline.log.related_events import _RELATED
from timeline.log.transaction import _LOGGED
from timeline.postgres import PLANNED_FOR_ANY
from timeline.views.projection.writer import VIEW_TABLES

SIZE = 400


@pytest.fixture
async def unknown(appender, pool):
    """A timeline created after the last ANALYZE, beside one created before it."""
    analysed, unknown = await new_timeline(pool), await new_timeline(pool)
    await post(appender, analysed, *(engagement(number) for number in range(1, SIZE)))
    async with pool.connection() as connection:
        for table in ("event", "reference", *(table.name for table in VIEW_TABLES)):
            await connection.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
            await connection.execute(f"ANALYZE {table}")
    await post(appender, unknown, *(engagement(number) for number in range(1, SIZE)))
    return unknown


async def plan(pool, statement, *values):
    """The plan of a statement of an append; as there, it is made without regard to the parameters' values."""
    names = list(dict.fromkeys(re.findall(r"%\(\w+\)s", statement))) or ["%s"] * len(values)
    once = -1 if names[0] != "%s" else 1
    for number, name in enumerate(names, 1):
        statement = statement.replace(name, f"${number}", once)
    async with pool.connection() as connection, connection.transaction():
        await connection.execute(f"SELECT {PLANNED_FOR_ANY}")
        await connection.execute(f"PREPARE append AS {statement}")
        explained = await connection.execute(f"EXPLAIN EXECUTE append ({', '.join(values)})")
        lines = [line for (line,) in await explained.fetchall()]
        await connection.execute("DEALLOCATE append")
    return "\n".join(lines)


async def test_ids_are_looked_up_by_their_index(pool, unknown):
    """Not by reading the timeline from its start."""
    ids = f"ARRAY['{engagement(7).id}']::uuid[]"
    stored = await plan(pool, _LOGGED, ids, f"'{unknown}'")
    related = await plan(pool, _RELATED, f"'{unknown}'", ids, str(SIZE), ids, "10")
    bearing = await plan(pool, _BEARING, f"'{unknown}'", ids, str(SIZE), "10")

    for lines in (stored, related, bearing):
        assert re.search(r"event_timeline_id_event_id_key.*\n.*Index Cond: .*event_id", lines), lines


async def test_versions_that_an_append_ends_are_read_by_their_key(pool, unknown):
    """The index by timeline and position, which leads to what a record did, is not used."""
    entry, development = VIEW_TABLES[0], f"'{engagement(7).id}'"

    assert "entry_pkey" in await plan(pool, entry.end, str(SIZE), f"'{unknown}'", "1", development, str(SIZE))
