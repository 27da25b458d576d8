"""Eight writers on one timeline, and a reader at its tail that misses nothing and sees nothing twice."""

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from tests.log.writer import write
from tests.support.meaning import MeaningModel
from tests.support.posting import new_appender, recorded, valid_at, view_rows
from timeline.domain.record import decode_record
from timeline.log.reader import read_moment, read_records
from timeline.postgres import connect, connection_pool

WRITERS = 8
POSTS = 25


async def tail(dsn, settings, timeline, writers):
    """Follow the log with `after` the last position seen, until the writers are done and all is read."""
    seen, last = [], 0
    async with await connect(dsn, settings) as connection:
        while True:
            done = writers.done()
            page = await read_records(connection, timeline, after=last, until=10**9, limit=7)
            seen += page
            if not page and done:
                return seen
            last = page[-1][0] if page else last


async def assert_complete(pool, timeline, written, seen):
    """Positions have no gap, each is some writer's, and the reader saw each once, as it is stored."""
    async with pool.connection() as connection:
        now = await read_moment(connection, timeline)
        log = await read_records(connection, timeline, after=0, until=now.head, limit=now.head)

    assert list(range(1, now.head + 1)) == [position for position, _ in log]
    assert [position for position, _ in log] == sorted(
        position for positions in written for position in positions
    )
    assert log == seen
    assert len(log) == len({decode_record(record).event.id for _, record in log})


async def test_a_reader_misses_nothing_of_eight_writers(pool, dsn, settings, timeline):
    """Eight appenders with pools of their own: gapless, and the views are what the model says."""
    async with AsyncExitStack() as stack:
        pools = [await stack.enter_async_context(connection_pool(dsn, settings)) for _ in range(WRITERS)]
        writing = asyncio.gather(
            *(write(new_appender(own), timeline, number, POSTS) for number, own in enumerate(pools, start=1))
        )
        seen = await tail(dsn, settings, timeline, writing)
        written = await writing

    await assert_complete(pool, timeline, written, seen)
    log = await recorded(pool, timeline)
    rows = valid_at((await view_rows(pool, timeline))["entry"], len(log))
    assert {entry.id: entry.status for entry in MeaningModel(log).entries()} == {
        row["development"]: row["status"] for row in rows
    }


async def test_a_reader_misses_nothing_of_eight_processes(pool, dsn, settings, timeline):
    """The same with processes of their own, as several workers of the service are."""

    async def run(number):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            Path(__file__).with_name("writer.py"),
            dsn,
            timeline,
            str(number),
            str(POSTS),
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
        assert 0 == process.returncode
        return [int(position) for position in output.split()]

    writing = asyncio.gather(*(run(number) for number in range(1, WRITERS + 1)))
    seen = await tail(dsn, settings, timeline, writing)

    await assert_complete(pool, timeline, await writing, seen)
