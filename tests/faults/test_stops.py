"""SIGTERM among streams and posts: all end properly within two seconds, and nothing is lost."""

import asyncio
import signal
import time
from collections.abc import Callable

import pytest

from tests.faults.load import Load, soon, stream
from tests.faults.sizes import print_figures, short_and_long
from tests.faults.test_streams import END, read_ids
from tests.faults.victims import Postgres
from tests.support.service import Service

pytestmark = pytest.mark.alone

WRITERS = 8
EVENTS = 60
STOP_SECONDS_MAX = 2
HANG_SECONDS_MAX = 30


class Reader:
    """A reader of the stream from a position, with the positions that it received."""

    def __init__(self, after: int) -> None:
        self._after = after
        self.ids: list[int] = []
        self._last = bytearray()

    async def read(self, url: str, path: str) -> None:
        """Read to the end."""
        async with stream(url, path, self._after) as opened:
            await read_ids(opened, self.ids, self._last)

    def check(self) -> None:
        """Every record came once and in order, and at the end the position to resume after."""
        position = self._after + len(self.ids)
        assert list(range(self._after + 1, position + 1)) == self.ids
        ended = END.search(self._last)
        assert ended, self._last
        assert (b"shutdown", b"%d" % position) == ended.groups()


async def stop(service: Service) -> float:
    """Send SIGTERM; gives the seconds until the process has ended."""
    process = service.process
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert 0 == await asyncio.to_thread(process.wait, HANG_SECONDS_MAX)
    return time.monotonic() - started


@short_and_long(("times", "readers"), (1, 20), (10, 200))
async def test_stopped_among_streams_and_posts(
    durable: Postgres, serve: Callable[..., Service], load: Load, times: int, readers: int
) -> None:
    """Each stream gets its last event, and the service that follows has all that was acknowledged."""
    service = await asyncio.to_thread(serve, durable.new_database())
    await load.create(lambda: service.url)
    took_seconds = []
    async with load.under(lambda: service.url, WRITERS):
        for _ in range(times):
            head = max(load.acknowledged.values(), default=0)
            reading = [Reader(head) for _ in range(readers)]
            async with asyncio.TaskGroup() as group:
                for reader in reading:
                    group.create_task(reader.read(service.url, load.path))
                await soon(lambda reading=reading: all(reader.ids for reader in reading))
                await load.more(EVENTS)
                took_seconds.append(await stop(service))
            for reader in reading:
                reader.check()
            await asyncio.to_thread(service.start)
            await load.more(EVENTS)

    await load.check(service.url, service.dsn)
    assert "unforeseen error" not in service.log
    print_figures(
        f"SIGTERM among {readers} streams and {WRITERS} writers, {times} times: ended after"
        f" {min(took_seconds):.2f} to {max(took_seconds):.2f} s; {load.broken_off} posts broke off,"
        f" {load.duplicates} events had been recorded without an answer",
        faults=times,
        clients=times * readers,
    )
    # the figure is for a machine that does nothing else, as in `make soak`
    assert times == 1 or max(took_seconds) < STOP_SECONDS_MAX
