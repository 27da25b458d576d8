"""Four processes on one database show the same log."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import pytest

from tests.faults.load import Load, check_tails, client, tailing
from tests.faults.sizes import print_figures, short_and_long
from tests.faults.victims import Postgres
from tests.support.service import Service

PROCESSES = 4
WRITERS = 8


async def never_backwards(url: str, path: str, writing: asyncio.Event) -> int:
    """Read the timeline from one process until nobody writes any more; gives how often."""
    last, reads = 0, 0
    async with client() as http:
        while not writing.is_set():
            response = await http.get(url + path, params={"limit": 1})
            assert 200 == response.status_code
            assert last <= response.json()["position"]
            last, reads = response.json()["position"], reads + 1
    return reads


def reading_back(
    url: str, other: httpx.AsyncClient, other_url: str, path: str
) -> Callable[[httpx.AsyncClient, int], Awaitable[None]]:
    """What a writer does after each post: it reads it from its own process and from another one."""

    async def read(own: httpx.AsyncClient, position: int) -> None:
        nearby = await own.get(url + path, params={"limit": 1})
        assert position <= nearby.json()["position"]
        elsewhere = await other.get(other_url + path, params={"limit": 1, "min_position": position})
        assert position <= elsewhere.json()["position"]

    return read


async def write_through(load: Load, urls: list[str], posts: int) -> int:
    """Post by eight writers a process while a reader of each checks positions; gives the number of reads."""
    done = asyncio.Event()
    async with AsyncExitStack() as stack:
        others = [await stack.enter_async_context(client()) for _ in urls]
        reading = [asyncio.ensure_future(never_backwards(url, load.path, done)) for url in urls]
        async with asyncio.TaskGroup() as group:
            for number, url in enumerate(urls):
                after = (number + 1) % len(urls)
                check = reading_back(url, others[after], urls[after], load.path)
                for _ in range(WRITERS):
                    group.create_task(load.write(lambda url=url: url, posts, check))
        done.set()
        return sum(await asyncio.gather(*reading))


@short_and_long("posts", 4, 250)
@pytest.mark.parametrize("services", [PROCESSES, 1], ids=["four services", "four workers"])
async def test_four_processes(
    durable: Postgres, serve: Callable[..., Service], load: Load, services: int, posts: int
) -> None:
    """Eight writers each; readers miss nothing and see nothing twice, and no read goes backwards."""
    dsn = durable.new_database()
    starting = (asyncio.to_thread(serve, dsn, workers=str(PROCESSES // services)) for _ in range(services))
    urls = [service.url for service in await asyncio.gather(*starting)] * (PROCESSES // services)
    await load.create(lambda: urls[0])
    async with tailing(load.path, *(lambda url=url: url for url in urls)) as seen:
        reads = await write_through(load, urls, posts)
        log = await load.check(urls[0], dsn)
        await check_tails(seen, log)

    print_figures(f"{len(log)} events of {PROCESSES * WRITERS} writers, {len(seen)} tails, {reads} reads")
    assert reads >= PROCESSES
