"""A pipeline gives the rows of its statements, tells what failed, and leaves its connection usable."""

import asyncio
from contextlib import nullcontext
from operator import attrgetter

import psycopg
import pytest
from psycopg import OperationalError, pq

from tests.log.test_bulk import TALKATIVE
from timeline.log import pipeline as room
from timeline.log.append_parts import _EVENT_ROWS
from timeline.log.binary import TYPE_OIDS, pack_value
from timeline.log.pipeline import (
    COMMIT,
    UNSENT_BYTES_MAX,
    Pipeline,
    Statement,
    TableRows,
    pipelined_transaction,
)
from timeline.views.projection.writer import VIEW_TABLES

WRITTEN = [_EVENT_ROWS, *(table.rows for table in VIEW_TABLES)]
DOUBLE = Statement("SELECT $1::bigint * 2", [pack_value(21)])
FAILING = Statement("SELECT 1 / $1::bigint", [pack_value(0)])


async def is_idle(connection):
    """Whether the driver can use the connection."""
    row = await (await connection.execute("SELECT 1")).fetchone()
    return row == (1,) and connection.pgconn.transaction_status == pq.TransactionStatus.IDLE


async def transact(connection, *statements):
    """Run statements in a transaction of their own."""
    async with pipelined_transaction(connection) as pipeline:
        await pipeline.send_rest(iter(statements))
        await pipeline.results()


@pytest.mark.parametrize("prepares", [True, False])
async def test_each_statement_has_its_rows(pool, prepares):
    """In their order, whether statements are prepared or not; after it the connection is the driver's."""
    async with pool.connection() as connection:
        connection.prepare_threshold = 5 if prepares else None
        pipeline = Pipeline(connection)
        for _ in range(2):
            pipeline.send(DOUBLE, Statement("SELECT 1 WHERE false"), Statement("SELECT 'a', NULL::uuid"))
            assert [[(42,)], [], [("a", None)]] == await pipeline.results()
        prepared = await (await connection.execute("SELECT count(*) FROM pg_prepared_statements")).fetchone()
        connection.prepare_threshold = 5

        assert ((3,) if prepares else (0,)) == prepared
        assert await is_idle(connection)


async def test_what_stands_behind_a_failure_is_not_run(pool):
    """Nor is it prepared, and then it must be when it comes again."""
    async with pool.connection() as connection:
        pipeline = Pipeline(connection)
        for _ in range(2):
            pipeline.send(Statement("SELECT 7"), FAILING, DOUBLE)
            with pytest.raises(psycopg.errors.DivisionByZero):
                await pipeline.results()
            pipeline.send(DOUBLE)
            assert [[(42,)]] == await pipeline.results()

        assert await is_idle(connection)


@pytest.mark.parametrize("ends", ["commit", "nothing", "failure", "fault", "fault behind a failure"])
async def test_only_what_is_committed_stays(pool, ends):
    """However a transaction ends, the connection is idle after it."""
    async with pool.connection() as connection:
        await connection.execute("CREATE TEMPORARY TABLE kept (n bigint)")
        with pytest.raises(Exception, match=r"a fault|division") if "fa" in ends else nullcontext():
            async with pipelined_transaction(connection) as pipeline:
                pipeline.send(Statement("INSERT INTO kept VALUES ($1)", [pack_value(1)]))
                if "failure" in ends:
                    pipeline.send(FAILING)
                if "fault" in ends:
                    raise RuntimeError("a fault")
                if ends != "nothing":
                    pipeline.send(COMMIT)
                await pipeline.results()
        count = await (await connection.execute("SELECT count(*) FROM kept")).fetchone()

        assert (1 if ends == "commit" else 0,) == count
        assert await is_idle(connection)


async def test_a_transaction_that_is_cancelled_takes_its_connection_with_it(pool):
    """What the server did meanwhile nobody has read."""
    async with pool.connection() as connection:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(transact(connection, Statement("SELECT pg_sleep(20)")), 0.2)

        assert connection.closed


async def test_a_warning_for_each_row_holds_nothing_up(pool):
    """The server stops reading while nobody reads what it writes, and both would wait for ever."""
    rows = TableRows("talkative", ["t"], [TYPE_OIDS[str]])
    async with pool.connection() as connection:
        await connection.execute(TALKATIVE)
        async with asyncio.timeout(30), pipelined_transaction(connection) as pipeline:
            for _ in range(10):
                await pipeline.send_rest(rows.insert((), [["y" * 2_000] * 1_000]))
            pipeline.send(Statement("SELECT count(*) FROM talkative"))
            *_, count = await pipeline.results()

    assert [(10_000,)] == count


async def test_results_of_nothing_are_none(pool):
    """A rebuild may have nothing left to write."""
    async with pool.connection() as connection, pipelined_transaction(connection) as pipeline:
        await pipeline.results()
        await pipeline.send_rest(iter(()))

        assert [] == await pipeline.results()


async def test_statements_are_made_as_the_server_takes_them(pool):
    """What is large is neither made nor held at once, and other tasks run in between."""
    made = 0

    def statements():
        nonlocal made
        for _ in range(20):
            made += 1
            yield Statement("SELECT length($1::text)", [b"y" * UNSENT_BYTES_MAX])

    async with pool.connection() as connection, pipelined_transaction(connection) as pipeline:
        sending = asyncio.create_task(pipeline.send_rest(statements()))
        seen = set()
        while not sending.done():
            await asyncio.sleep(0)
            seen.add(made)
        lengths = await pipeline.results()

    assert [[(UNSENT_BYTES_MAX,)]] * 20 == lengths[1:]
    assert len(seen) > 5


@pytest.mark.parametrize("text", ["y", "y" * 20_000_000])
async def test_a_server_that_answers_nothing_is_given_up(pool, monkeypatch, text):
    """Whether it has been sent all or takes no more of it; it is told as one that is not available."""
    monkeypatch.setattr(room, "STALL_SECONDS", 0.5)
    async with pool.connection() as connection:
        statements = Statement("SELECT pg_sleep(60)"), Statement("SELECT $1::text", [text.encode()])
        with pytest.raises(OperationalError, match=r"answered nothing for 0\.5 s"):
            await asyncio.wait_for(transact(connection, *statements), 30)


@pytest.mark.parametrize("rows", WRITTEN, ids=attrgetter("table"))
async def test_rows_are_written_in_the_order_of_their_table(pool, rows):
    """As the last step of the schema leaves it; each column has the type that is packed for it."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT attname, atttypid::bigint FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            [rows.table],
        )
        columns = await cursor.fetchall()

    assert columns == [*zip(rows.columns, rows.oids, strict=True)]
