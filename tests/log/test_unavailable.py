"""The database becomes unavailable at the worst moments: outcomes are right, and the service recovers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.support.posting import new_appender, new_timeline, post, post_together, recorded
from tests.support.samples import engagement, statement
from timeline.domain.errors import IdConflict, OutcomeUnknown, RuleBroken, TimelineError, Unavailable
from timeline.log.posts import Post
from timeline.postgres import connect, connection_pool
from timeline.settings import Settings
from timeline.views.projection import writer
from timeline.views.projection.writer import project

IMPATIENT = Settings(pool_wait_seconds_max=1.0, lock_seconds_max=0.2)


class Proxy:
    """Passes bytes between clients and the server, and cuts them off where a test says.

    `cut` is when: `before` the client's COMMIT reaches the server, or `after` the server has executed it and
    before the client gets the answer. While it is `closed` it accepts nobody; `closes` closes it at the cut.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._server = conninfo_to_dict(dsn)
        self._served: set[asyncio.Task[None]] = set()
        self.cut: str | None = None
        self.was_cut = asyncio.Event()
        self.closed = self.closes = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Listen; gives the DSN of the database behind the proxy."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        # the proxy cannot read what is encrypted
        more = {"hostaddr": "127.0.0.1", "sslmode": "disable", "gssencmode": "disable"}
        yield make_conninfo(self._dsn, host="127.0.0.1", port=port, **more)
        server.close()
        await self.hang_up()

    async def hang_up(self) -> None:
        """Cut all connections."""
        for task in self._served:
            task.cancel()
        await asyncio.gather(*self._served, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._served.add(task)
        task.add_done_callback(self._served.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with _closed(writer):
            if self.closed:
                return
            inwards, outwards = await self._connect()
            async with _closed(outwards):
                ways = [self._pass(reader, outwards, "before"), self._pass(inwards, writer, "after")]
                tasks = [asyncio.create_task(way) for way in ways]
                try:
                    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for task in tasks:
                        task.cancel()
                    await asyncio.gather(*tasks, return_exceptions=True)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = str(self._server.get("host", "127.0.0.1")), int(self._server.get("port", 5432))
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str) -> None:
        while data := await reader.read(65_536):
            # the client's COMMIT, or the server's answer to it
            if self.cut == way and b"COMMIT" in data:
                self.cut, self.closed = None, self.closes
                self.was_cut.set()
                return
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def _closed(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    try:
        yield
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


@pytest.fixture
async def proxy(dsn):
    """A proxy before the test's database, and a pool that goes through it."""
    gate = Proxy(dsn)
    async with gate.running() as through, connection_pool(through, IMPATIENT) as behind:
        await behind.wait()
        yield gate, behind


@pytest.mark.parametrize("part", [1, 1_000])
@pytest.mark.parametrize(("cut", "is_recorded"), [("before", False), ("after", True)])
async def test_a_commit_that_breaks_off_is_looked_up(  # noqa: PLR0913 - fixtures and cases
    monkeypatch, proxy, pool, timeline, cut, is_recorded, part
):
    """Cut off in the commit, a post gets its outcome: recorded, or unavailable and to be sent again."""
    monkeypatch.setattr(writer, "WRITTEN_RECORDS_MAX", part)
    gate, behind = proxy
    appender = new_appender(behind)
    await post(appender, timeline, engagement(1))
    gate.cut = cut
    results = await post_together(
        appender,
        timeline,
        [
            Post.of((engagement(2), statement(3, 2)), "tests"),
            Post.of((engagement(1), engagement(4)), "tests"),
            Post.of((engagement(1, summary="Another."),), "tests"),
            Post.of((statement(5, 99),), "tests"),
            Post.of((engagement(1),), "tests"),
        ],
    )
    log = await recorded(pool, timeline)

    assert gate.cut is None
    assert [1, *([2, 3, 4] if is_recorded else [])] == [record.event.id.int & 0xF for record in log]
    actual = [
        type(result) if isinstance(result, TimelineError) else [outcome.position for outcome in result]
        for result in results
    ]
    first = [[2, 3], [1, 4]] if is_recorded else [Unavailable, Unavailable]
    assert [*first, IdConflict, Unavailable, [1]] == actual
    again = await post(appender, timeline, engagement(2), statement(3, 2))
    assert [2, 3] == [outcome.position for outcome in again]
    with pytest.raises(RuleBroken):
        await post(appender, timeline, statement(5, 99))


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_an_outcome_that_cannot_be_looked_up_is_unknown(proxy, pool, timeline, cut):
    """Cut off in the commit for good, a post gets that outcome; sent again later, it is recorded once."""
    gate, behind = proxy
    appender = new_appender(behind)
    gate.cut, gate.closes = cut, True
    waiting = asyncio.create_task(post(appender, timeline, engagement(1)))
    await gate.was_cut.wait()
    await gate.hang_up()  # the pool's other connections, too
    with pytest.raises(OutcomeUnknown):
        await waiting
    gate.closed = False
    again = await patiently(appender, timeline, engagement(1))

    assert [(1, cut == "after")] == [(outcome.position, outcome.duplicate) for outcome in again]
    assert [1] == [record.position for record in await recorded(pool, timeline)]


async def patiently(appender, timeline, *events):
    """Post as a client does that retries when it gets Unavailable."""
    while True:
        try:
            return await post(appender, timeline, *events)
        except Unavailable:
            continue


@pytest.mark.parametrize("moment", ["before the views", "after the views"])
async def test_a_connection_killed_before_the_commit(pool, timeline, dsn, settings, moment):
    """The server kills the append's connection: nothing is recorded, and the next append succeeds."""
    kills = 1

    async def kill():
        nonlocal kills
        if kills:
            kills -= 1
            async with await connect(dsn, settings) as other:
                await other.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    " AND xact_start IS NOT NULL"
                )

    async def killed(head, graph, records):
        if moment == "before the views":
            await kill()
        async for statements in project(head, graph, records):
            yield statements
        if moment == "after the views":
            await kill()

    appender = new_appender(pool)
    appender._project = killed
    results = await post_together(
        appender, timeline, [Post.of((engagement(number),), "tests") for number in (1, 2)]
    )

    assert [Unavailable, Unavailable] == [type(result) for result in results]
    assert [] == await recorded(pool, timeline)
    assert [1] == [outcome.position for outcome in await post(appender, timeline, engagement(1))]


async def test_a_head_locked_by_another(dsn, settings, pool, timeline):
    """A post waits for the head no longer than is set; once the lock is released the next one is recorded."""
    async with connection_pool(dsn, IMPATIENT) as impatient, await connect(dsn, settings) as other:
        appender = new_appender(impatient)
        async with other.transaction():
            await other.execute("SELECT FROM timeline WHERE timeline_id = %s FOR UPDATE", [timeline])
            with pytest.raises(Unavailable) as error:
                await post(appender, timeline, engagement(1))
            elsewhere = await post(appender, await new_timeline(pool), engagement(1))

        assert isinstance(error.value.__cause__, psycopg.errors.LockNotAvailable)
        assert not isinstance(error.value, OutcomeUnknown)
        assert [1] == [outcome.position for outcome in elsewhere]
        assert [1] == [outcome.position for outcome in await post(appender, timeline, engagement(1))]


async def test_a_database_that_is_not_available(proxy, pool, timeline):
    """While it accepts nobody every post gets Unavailable; afterwards the same appender works again."""
    gate, behind = proxy
    appender = new_appender(behind)
    gate.closed = True
    await gate.hang_up()
    for _ in range(2):
        with pytest.raises(Unavailable) as error:
            await post(appender, timeline, engagement(1))
        assert not isinstance(error.value, OutcomeUnknown)
    gate.closed = False
    outcomes = await patiently(appender, timeline, engagement(1))

    assert [(1, False)] == [(outcome.position, outcome.duplicate) for outcome in outcomes]
    assert [1] == [record.position for record in await recorded(pool, timeline)]
