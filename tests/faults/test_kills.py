"""Killed under load: what was acknowledged is recorded once, and everything else at most once."""

import asyncio
import random
import time
from collections.abc import Callable

import pytest

from tests.faults.figures import figures
from tests.faults.load import Load, check_tails, tailing
from tests.faults.sizes import print_figures, short_and_long
from tests.faults.victims import SERVICE_PARTS, Postgres, kill_service
from tests.support.service import Service

WRITERS = 16
EVENTS_BETWEEN = 60
RECOVERY_SECONDS_MAX = 60
WORKER_SECONDS = 6
"""Of two deaths of a worker in 5.5 s the service ends, for its supervisor to start it again."""


async def under_fire(load: Load, service: Service, dsn: str, kills: int, kill: Callable[[], None]) -> str:
    """Kill something again and again while clients write and read, then compare what they saw."""
    await load.create(lambda: service.url)
    async with tailing(load.path, lambda: service.url) as seen:
        async with load.under(lambda: service.url, WRITERS):
            for _ in range(kills):
                await load.more(EVENTS_BETWEEN)
                await asyncio.sleep(random.random() / 20)
                await asyncio.to_thread(kill)
            async with asyncio.timeout(RECOVERY_SECONDS_MAX):
                await load.more(EVENTS_BETWEEN)
        log = await load.check(service.url, dsn)
        await check_tails(seen, log)
    assert "unforeseen error" not in service.log
    figures.add(faults=kills)
    return (
        f"{kills} kills, {len(log)} events; {load.broken_off} posts broke off, {load.unavailable} got 503,"
        f" {load.duplicates} events had been recorded without an answer"
    )


@short_and_long("kills", 1, 20)
@pytest.mark.parametrize("part", SERVICE_PARTS)
async def test_the_service_is_killed(
    durable: Postgres, serve: Callable[..., Service], load: Load, kills: int, part: str
) -> None:
    """The whole service, a worker (which is replaced), or its parent alone (whose workers end then)."""
    dsn = durable.new_database()
    service = await asyncio.to_thread(serve, dsn)

    def kill() -> None:
        if part == "a worker" and kills > 1:
            time.sleep(WORKER_SECONDS)
        kill_service(service, part)

    print_figures(await under_fire(load, service, dsn, kills, kill))


@short_and_long("kills", 2, 20)
@pytest.mark.parametrize("all_of_it", [True, False], ids=["postmaster", "backend"])
async def test_postgresql_is_killed(
    mortal: Postgres, serve: Callable[..., Service], load: Load, kills: int, all_of_it: bool
) -> None:
    """The postmaster, which is started again, or a backend; the service is left alone and recovers."""
    service = await asyncio.to_thread(serve, mortal.dsn)
    kill = mortal.kill if all_of_it else mortal.kill_backend

    print_figures(await under_fire(load, service, mortal.dsn, kills, kill))
