"""How the planner reads what an append needs, in a timeline that is newer than its statistics."""

import re
from operator import attrgetter
from typing import get_type_hints
from uuid import UUID

import pytest

from tests.support.posting import new_timeline, post
from tests.support.samples import engagement
from timeline.log.bearing_events import _BEARING
from timeline.log.related_events import _RELATED
from timeline.log.transaction import _LOGGED
from timeline.postgres import PLANNED_FOR_ANY, connection_pool
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
    for number, name in enumerate(dict.fromkeys(re.findall(r"%\(\w+\)s", statement)), 1):
        statement = statement.replace(name, f"${number}")
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
    stored = await plan(pool, _LOGGED, f"'{unknown}'", ids)
    related = await plan(pool, _RELATED, f"'{unknown}'", ids, str(SIZE), ids, "10")
    bearing = await plan(pool, _BEARING, f"'{unknown}'", ids, str(SIZE), "10")

    for lines in (stored, related, bearing):
        assert re.search(r"event_timeline_id_event_id_key.*\n.*Index Cond: .*event_id", lines), lines


@pytest.mark.parametrize("table", VIEW_TABLES, ids=attrgetter("name"))
async def test_versions_that_an_append_ends_are_read_by_their_key(pool, unknown, table):
    """No other index is used, although any begins with the timeline."""
    lines = await plan(pool, table.end, str(SIZE), f"'{unknown}'", "1", *_key(table))

    assert re.search(rf"Index (Only )?Scan Backward using {table.name}_pkey", lines), lines
    assert 1 == lines.count(" using "), lines


@pytest.mark.parametrize("table", VIEW_TABLES, ids=attrgetter("name"))
async def test_a_plan_of_an_empty_table_stays_right(new_database, template, settings, table):
    """It is made with the first versions that end, and kept while the table grows."""
    async with connection_pool(new_database(template), settings) as pool:
        lines = await plan(pool, table.end, "1", "'any'", "1", *_key(table))

    assert re.search(rf"Index (Only )?Scan Backward using {table.name}_pkey", lines), lines
    assert 1 == lines.count(" using "), lines


def _key(table):
    kinds = get_type_hints(table.row)
    literals = {UUID: f"'{engagement(7).id}'", str: "'any'", int: "7"}
    return [literals[kinds[column]] for column in table.key]
