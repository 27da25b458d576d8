"""Nothing that the database says, or does not say, holds up a COPY."""

import asyncio

import pytest
from psycopg import OperationalError

from timeline.log import bulk
from timeline.log.binary import pack_rows
from timeline.log.bulk import copy_rows

TALKATIVE = """
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
        await connection.execute(TALKATIVE)
        rows = pack_rows((), [["y" * 2_000] * 5_000])
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
        packed = pack_rows((), [["y" * 1_000_000] * rows])
        copy = asyncio.wait_for(copy_rows(connection, "sleepy", ["t"], packed), 30)
        with pytest.raises(OperationalError, match=r"no rows of a COPY into sleepy for 0\.5 s"):
            await copy
