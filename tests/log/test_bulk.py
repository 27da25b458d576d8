"""Rows packed for COPY come back from the database as they were, and nothing that it says holds them up."""

import asyncio
import math
from datetime import UTC, datetime

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import OperationalError
from psycopg.types.numeric import Int4

from timeline.log import bulk
from timeline.log.bulk import HEADER, TRAILER, copy_rows, pack_rows

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
longs = st.integers(-(2**63), 2**63 - 1)
times = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
rows = st.tuples(
    texts, longs, st.floats(allow_nan=False), st.booleans(), times, st.uuids(), st.lists(texts), st.none()
)


@pytest.fixture(scope="module")
def connection(server_dsn):
    """A connection with a table that has a column of each type."""
    with psycopg.connect(server_dsn) as opened:
        opened.execute("SET TimeZone = 'UTC'")
        opened.execute(
            "CREATE TEMPORARY TABLE packed (g integer, t text, i bigint, r float8, b boolean, at timestamptz,"
            " id uuid, texts text[], n text)"
        )
        yield opened


@given(given_rows=st.lists(rows, max_size=5))
def test_every_type_comes_back_as_it_was(connection, given_rows):
    """Whatever the value, in the order of the rows."""
    connection.execute("TRUNCATE packed")
    with connection.cursor() as cursor:
        with cursor.copy("COPY packed FROM STDIN (FORMAT binary)") as copy:
            copy.write(HEADER + pack_rows((Int4(7),), given_rows, 9) + TRAILER)
        back = cursor.execute("SELECT * FROM packed").fetchall()

    assert [(7, *row) for row in given_rows] == back
    assert all(
        math.copysign(1, a[2]) == math.copysign(1, b[3]) for a, b in zip(given_rows, back, strict=True)
    )


_TALKATIVE = """
CREATE TEMPORARY TABLE talkative (t text);
CREATE FUNCTION pg_temp.talk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE WARNING '%', repeat('x', 2000);
    RETURN NEW;
END
$$;
CREATE TRIGGER talk BEFORE INSERT ON talkative FOR EACH ROW EXECUTE FUNCTION pg_temp.talk()
"""


async def test_a_warning_for_each_row_does_not_hold_up_a_copy(pool):
    """The server stops reading while nobody reads what it writes, and both would wait for ever."""
    async with pool.connection() as connection:
        await connection.execute(_TALKATIVE)
        rows = pack_rows((), [("y" * 2_000,)] * 5_000, 1)
        async with asyncio.timeout(30):
            await copy_rows(connection, "talkative", ["t"], rows)
        count = await (await connection.execute("SELECT count(*) FROM talkative")).fetchone()

    assert (5_000,) == count


_SLEEPY = """
CREATE TEMPORARY TABLE sleepy (t text);
CREATE FUNCTION pg_temp.sleep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_sleep(60);
    RETURN NEW;
END
$$;
CREATE TRIGGER sleep BEFORE INSERT ON sleepy FOR EACH ROW EXECUTE FUNCTION pg_temp.sleep()
"""


@pytest.mark.parametrize("rows", [1, 20])
async def test_a_copy_that_makes_no_progress_ends(pool, monkeypatch, rows):
    """In the middle or after the last row; it is told as a database that is not available."""
    monkeypatch.setattr(bulk, "COPY_STALL_SECONDS", 0.5)
    async with pool.connection() as connection:
        await connection.execute(_SLEEPY)
        packed = pack_rows((), [("y" * 1_000_000,)] * rows, 1)
        copy = asyncio.wait_for(copy_rows(connection, "sleepy", ["t"], packed), 30)
        with pytest.raises(OperationalError, match=r"no rows of a COPY into sleepy for 0\.5 s"):
            await copy
