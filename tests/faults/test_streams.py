"""Many streams on one process: all get everything, and a reader that does not read delays nobody."""

import asyncio
import re
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import pytest

from tests.faults.load import Load, client, soon, stream
from tests.faults.sizes import print_figures, short_and_long
from tests.faults.victims import Postgres
from tests.support.payloads import engagement
from tests.support.processes import memory_mb
from tests.support.service import Service

pytestmark = pytest.mark.alone

STREAM_MB_MAX = 0.1
"""Of a worker's memory for each stream: about 80 kB go to its connection, tasks and buffers."""

MANY = {"address_connections_max": "0", "stream_readers_max": "3000"}
END_SECONDS_MAX = 30
"""A hang: more than an end takes on a machine that does much else; `make soak` measures it."""

RECORDS = re.compile(rb"^id: (\d+)-[0-9a-f]{12}\nevent: record$", re.MULTILINE)
"""The positions of records; an event `reset` has an id as well, and must not count as one."""

END = re.compile(rb'event: end\ndata: {"reason":"([a-z-]+)","position":(\d+)}\n\n')


async def read_ids(reader: asyncio.StreamReader, ids: list[int], last: bytearray) -> None:
    """Collect the positions that come, and the end of the text, until the stream ends."""
    rest = b""
    while data := await reader.read(65_536):
        whole, separator, rest = (rest + data).rpartition(b"\n\n")
        ids += map(int, RECORDS.findall(whole + separator))
        last[:] = (whole + separator)[-200:]


@short_and_long("readers", 100, 2_500)
async def test_many_readers(
    durable: Postgres, serve: Callable[..., Service], load: Load, readers: int
) -> None:
    """Each gets every record once while eight write; SIGTERM ends all with the position to resume after."""
    service = await asyncio.to_thread(serve, durable.new_database(), **MANY)
    (worker,) = service.workers
    await load.create(lambda: service.url)
    before = memory_mb(worker)
    ids: list[list[int]] = [[] for _ in range(readers)]
    lasts = [bytearray() for _ in range(readers)]
    async with AsyncExitStack() as stack:
        reading = []
        for seen, last in zip(ids, lasts, strict=True):
            reader = await stack.enter_async_context(stream(service.url, load.path, 0))
            reading.append(asyncio.ensure_future(read_ids(reader, seen, last)))
        await load.write_all(8, lambda: service.url, 15)
        count = len(load.acknowledged)
        await soon(lambda: all(len(seen) >= count for seen in ids))
        memory = memory_mb(worker)
        await load.check(service.url, service.dsn)
        async with asyncio.timeout(END_SECONDS_MAX):
            service.process.send_signal(signal.SIGTERM)
            await asyncio.gather(*reading)

    assert all(list(range(1, count + 1)) == seen for seen in ids)
    for last in lasts:
        assert (b"shutdown", b"%d" % count) == END.search(last).groups()
    assert readers <= 100 or memory - before < readers * STREAM_MB_MAX
    print_figures(
        f"{readers} readers, {count} records each; the worker held {memory:.0f} MB", clients=readers
    )


@short_and_long("count", 4_000, 40_000)
async def test_a_reader_that_does_not_read(
    durable: Postgres, serve: Callable[..., Service], load: Load, count: int
) -> None:
    """It is cut off with the reason and can resume; meanwhile others get everything."""
    dsn = durable.new_database()
    patience = {"unread_seconds_max": "600"}  # or whoever reads nothing for long is cut off by that, unsaid
    service = await asyncio.to_thread(serve, dsn, stream_lag_records_max="1000", **patience)
    (worker,) = service.workers
    await load.create(lambda: service.url)
    async with (
        client() as http,
        stream(service.url, load.path, 0) as good,
        opened_without_reading(service.url, load.path) as slow,
    ):
        ids, last = list[int](), bytearray()
        reading = asyncio.ensure_future(read_ids(good, ids, last))
        await load.send(http, lambda: service.url, [engagement()])
        await soon(lambda: len(ids) == 1)
        while len(load.acknowledged) < count:
            big = [engagement(summary="x" * 4_000) for _ in range(50)]
            await load.send(http, lambda: service.url, big)
            await soon(lambda: len(ids) >= len(load.acknowledged) - 500)
        await soon(lambda: len(ids) == len(load.acknowledged))
        memory = memory_mb(worker)
        got, late = list[int](), bytearray()
        reader, writer = await asyncio.open_connection(sock=slow)
        try:
            async with asyncio.timeout(END_SECONDS_MAX):
                await read_ids(reader, got, late)
        finally:
            writer.close()
        reason, position = END.search(late).groups()
        async with stream(service.url, load.path, int(position)) as resumed:
            resuming = asyncio.ensure_future(read_ids(resumed, got, bytearray()))
            await soon(lambda: len(got) >= len(ids))
            resuming.cancel()
        reading.cancel()

    assert (b"too-slow", int(position)) == (reason, got[int(position) - 1])
    assert list(range(1, len(load.acknowledged) + 1)) == ids == got
    print_figures(f"cut off after {int(position)} of {len(ids)}; the worker held {memory:.0f} MB", clients=2)


@asynccontextmanager
async def opened_without_reading(url: str, path: str) -> AsyncIterator[socket.socket]:
    """A connection that requests the stream and then reads nothing."""
    address = urlsplit(url)
    with socket.socket() as asleep:
        asleep.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        asleep.connect((address.hostname, address.port))
        asleep.sendall(f"GET {path}/events/stream?after=0 HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        asleep.setblocking(False)
        yield asleep


@short_and_long("posts", 50, 2_000)
async def test_posts_that_are_under_way_at_the_end(
    durable: Postgres, serve: Callable[..., Service], load: Load, posts: int
) -> None:
    """SIGTERM during posts and beside a reader that does not read: it ends soon, and no post is lost."""
    service = await asyncio.to_thread(serve, durable.new_database())
    await load.create(lambda: service.url)
    async with load.under(lambda: service.url, 8):
        async with opened_without_reading(service.url, load.path):
            await load.more(posts)
            service.process.send_signal(signal.SIGTERM)
            assert 0 == await asyncio.to_thread(service.process.wait, END_SECONDS_MAX)
        await asyncio.to_thread(service.start)
        await load.more(posts)

    await load.check(service.url, service.dsn)
    print_figures(
        f"{len(load.acknowledged)} events; {load.broken_off} posts broke off, {load.duplicates} duplicates",
        faults=1,
    )
