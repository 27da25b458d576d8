"""The clock is set back, forward and back again: `recorded_at` stands still, and nothing is lost."""

import asyncio
import random
from collections.abc import Callable
from datetime import datetime

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from tests.faults.load import Load, client
from tests.faults.sizes import print_figures, short_and_long
from tests.faults.victims import Postgres
from tests.support.processes import run_command
from tests.support.service import Service

WRITERS = 8
EVENTS = 60
HOURS_MAX = 48

SHIFTED = """
CREATE SCHEMA shifted;
CREATE TABLE shifted.clock (shift interval NOT NULL);
INSERT INTO shifted.clock VALUES ('0');
CREATE FUNCTION shifted.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql
    AS 'SELECT pg_catalog.clock_timestamp() + shift FROM shifted.clock';
CREATE FUNCTION shifted.now() RETURNS timestamptz STABLE LANGUAGE sql
    AS 'SELECT pg_catalog.now() + shift FROM shifted.clock';
"""
"""A clock of the database's own; it is the only one that the service reads."""


@pytest.fixture
def dsn(durable: Postgres) -> str:
    """A migrated database whose clock can be set."""
    dsn = durable.new_database()
    run_command(dsn, "migrate")
    name = sql.Identifier(conninfo_to_dict(dsn)["dbname"])
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(SHIFTED)
        # what is named first is found first, pg_catalog too if it is named at all
        path = sql.SQL("ALTER DATABASE {} SET search_path = public, shifted, pg_catalog")
        connection.execute(path.format(name))
    return dsn


def set_clock(dsn: str, hours: float) -> None:
    """Let the database's clock be so many hours off."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("UPDATE shifted.clock SET shift = make_interval(secs => %s)", [3600 * hours])


async def recorded_times(url: str, path: str) -> list[datetime]:
    """When each record of the log was recorded."""
    times: list[datetime] = []
    async with client() as http:
        while True:
            page = await http.get(f"{url}{path}/events", params={"after": len(times), "limit": 500})
            records = page.json()["records"]
            if not records:
                return times
            times += [datetime.fromisoformat(record["recorded_at"]) for record in records]


@short_and_long("times", 2, 20)
async def test_the_clock_is_set_back(dsn: str, serve: Callable[..., Service], load: Load, times: int) -> None:
    """Under writers: times never decrease, and nothing is lost, doubled or refused."""
    service = await asyncio.to_thread(serve, dsn)
    await load.create(lambda: service.url)
    async with load.under(lambda: service.url, WRITERS):
        for number in range(times):
            await asyncio.to_thread(set_clock, dsn, random.uniform(0, HOURS_MAX) if number % 2 else 0)
            await load.more(EVENTS)
            await asyncio.to_thread(set_clock, dsn, -random.uniform(0, HOURS_MAX))
            await load.more(EVENTS)
    recorded = await recorded_times(service.url, load.path)

    log = await load.check(service.url, dsn)
    assert len(log) == len(recorded)
    assert sorted(recorded) == recorded
    assert len(set(recorded)) < len(recorded) / 2, "the clock was not set back: times went on"
    assert (0, 0) == (load.broken_off, load.unavailable)
    assert "unforeseen error" not in service.log
    print_figures(
        f"set back {times} times by up to {2 * HOURS_MAX} hours, {len(log)} events with"
        f" {len(set(recorded))} different times",
        faults=times,
    )
