"""A migration that is killed leaves the database as it was, and the next one succeeds."""

import asyncio
import random
import signal
import time

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.faults.sizes import print_figures, short_and_long
from tests.faults.victims import Postgres
from tests.log.test_migrations import objects_of
from tests.support.processes import run_command, start_command, wait_until
from timeline.log.schema import steps

FIRST_STEP = steps()[0]
WAITING = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
OTHERS = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.fixture(params=[0, 1], ids=["new", "after the first step"])
def dsn(durable: Postgres, request: pytest.FixtureRequest) -> str:
    """A database with no schema, or with the first version's."""
    dsn = durable.new_database()
    if request.param:
        number, name, script = FIRST_STEP
        with psycopg.connect(dsn) as connection:
            connection.execute(
                "CREATE TABLE migration (number integer PRIMARY KEY, name text NOT NULL,"
                " applied_at timestamptz NOT NULL DEFAULT now())"
            )
            connection.execute(script)
            connection.execute("INSERT INTO migration (number, name) VALUES (%s, %s)", [number, name])
    return dsn


@pytest.fixture(scope="module")
def as_new(durable: Postgres) -> dict[str, list[str]]:
    """What a database holds after an undisturbed migration."""
    dsn = durable.new_database()
    run_command(dsn, "migrate")
    return asyncio.run(objects_of(dsn))


def finds_row(dsn: str, query: str) -> bool:
    """Whether a query finds a row."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(query).rowcount > 0


async def check(dsn: str, before: dict[str, list[str]], as_new: dict[str, list[str]]) -> None:
    """Nothing of the killed migration remains, and the next one makes all that a new database has."""
    wait_until(lambda: not finds_row(dsn, OTHERS))
    assert before == await objects_of(dsn)
    run_command(dsn, "migrate")
    assert as_new == await objects_of(dsn)


@pytest.mark.parametrize("table", ["entry", "figure_claim"])
async def test_killed_in_the_middle(dsn: str, as_new: dict[str, list[str]], table: str) -> None:
    """Another client's uncommitted table blocks the migration where it makes its own; it is killed there."""
    before = await objects_of(dsn)
    if f"{table}" in str(before["relations"]):
        pytest.skip("this version had the table already")
    with psycopg.connect(dsn) as connection:
        connection.execute(f"CREATE TABLE {table} (x integer)")
        with start_command(dsn, "migrate") as migration:
            wait_until(lambda: finds_row(dsn, WAITING))
            migration.send_signal(signal.SIGKILL)
        connection.rollback()

    await check(dsn, before, as_new)


@short_and_long("kills", 1, 20)
async def test_killed_at_any_moment(
    dsn: str, as_new: dict[str, list[str]], durable: Postgres, kills: int
) -> None:
    """Kills at random moments: before, in or after the one transaction."""
    before = await objects_of(dsn)
    started = time.monotonic()
    run_command(durable.new_database(), "migrate")
    took_seconds = time.monotonic() - started
    finished = 0
    for _ in range(kills):
        copy = durable.new_database(TEMPLATE=conninfo_to_dict(dsn)["dbname"])
        with start_command(copy, "migrate") as migration:
            await asyncio.sleep(random.uniform(0.3, 1) * took_seconds)
            migration.send_signal(signal.SIGKILL)
        wait_until(lambda copy=copy: not finds_row(copy, OTHERS))
        objects = await objects_of(copy)
        assert objects in (before, as_new)
        finished += objects == as_new
        run_command(copy, "migrate")
        assert as_new == await objects_of(copy)

    print_figures(
        f"{kills} kills, after which the database was old {kills - finished} times and new {finished} times",
        faults=kills,
    )
