"""Killed under load: what was acknowledged is there, once, and what was not is there at most once."""

import asyncio
import random
from collections.abc import Callable

import pytest

from tests.faults.load import Load, check_tails, tailing
from tests.faults.running import KILLED_AT_ONCE, Postgres, Restartable, say, short_and_long

WRITERS = 8
EVENTS_BETWEEN = 60
RECOVERY_SECONDS_MAX = 60


async def under_fire(
    load: Load, service: Restartable, dsn: str, kills: int, kill: Callable[[int], None]
) -> str:
    """Kill something again and again while all write and read, and hold the log against it all."""
    await load.create(lambda: service.url)
    async with tailing(load.path, lambda: service.url) as seen:
        async with load.under(lambda: service.url, WRITERS):
            for number in range(kills):
                await load.more(EVENTS_BETWEEN)
                await asyncio.sleep(random.random() / 20)
                await asyncio.to_thread(kill, number)
            async with asyncio.timeout(RECOVERY_SECONDS_MAX):
                await load.more(EVENTS_BETWEEN)
        log = await load.check(service.url, dsn)
        await check_tails(seen, log)
    assert "unforeseen error" not in service.logs
    return (
        f"{kills} kills, {len(log)} events; {load.broken_off} posts broke off, {load.unavailable} got 503,"
        f" {load.found_again} events had been recorded unheard"
    )


@short_and_long("kills", 3, 20)
async def test_the_service_is_killed(
    durable: Postgres, restartable: Callable[..., Restartable], load: Load, kills: int
) -> None:
    """The whole service, a worker alone (which is replaced), or its parent alone (which its workers heed)."""
    dsn = durable.new_database()
    service = await asyncio.to_thread(restartable, dsn)

    say(await under_fire(load, service, dsn, kills, lambda number: service.kill(KILLED_AT_ONCE[number % 3])))


@short_and_long("kills", 2, 20)
@pytest.mark.parametrize("all_of_it", [True, False], ids=["postmaster", "backend"])
async def test_postgresql_is_killed(
    mortal: Postgres, restartable: Callable[..., Restartable], load: Load, kills: int, all_of_it: bool
) -> None:
    """The postmaster, which is started again, or a backend; the service is left alone and recovers."""
    service = await asyncio.to_thread(restartable, mortal.dsn)
    kill = mortal.kill if all_of_it else mortal.kill_backend

    say(await under_fire(load, service, mortal.dsn, kills, lambda _: kill()))
