"""Gives one PostgreSQL for the whole run, and a fresh database to each test that needs one."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.support import profiles
from tests.support.posting import new_appender
from timeline.embedded.server import EmbeddedServer
from timeline.log.appender import Appender
from timeline.log.migrations import migrate
from timeline.postgres import Pool, connection_pool
from timeline.settings import Settings

profiles.load()

# The tests kill processes, never the machine, and fsync protects from nothing else.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def pytest_configure() -> None:
    """Let the commands that tests start heed Ctrl-C, though the tests may run as a shell's background job.

    Such a job ignores it, and so would every program that it starts. What a process handles, though, it does
    not hand on; so this one still does not heed it, but no longer by ignoring it.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, lambda *_: None)


@pytest.fixture(scope="session")
def server_dsn(testrun_uid: str) -> Iterator[str]:
    """A server on which databases can be made: that of TIMELINE_TEST_DATABASE_URL, else an embedded one.

    The workers of one run share the embedded one; the last to end stops it and removes its data.
    """
    if dsn := os.environ.get("TIMELINE_TEST_DATABASE_URL"):
        yield dsn
        return
    # not pytest's own temporary folder: another run may make it unreadable for PostgreSQL's account
    server = EmbeddedServer(Path(tempfile.gettempdir()) / f"timeline-tests-{testrun_uid}", FAST)
    server.start()
    try:
        yield make_conninfo(server.dsn, dbname="postgres")
    finally:
        if server.stop():
            shutil.rmtree(server.data_dir)


@pytest.fixture(scope="session")
def admin(server_dsn: str) -> Iterator[psycopg.Connection]:
    """A connection that makes and drops databases."""
    with psycopg.connect(server_dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def template(server_dsn: str, admin: psycopg.Connection) -> Iterator[str]:
    """The name of a database with all migrations applied, to be copied."""
    name = f"timeline_template_{uuid4().hex}"
    _create(admin, name)
    try:
        asyncio.run(migrate(make_conninfo(server_dsn, dbname=name)))
        yield name
    finally:
        _drop(admin, name)


@pytest.fixture
def new_database(server_dsn: str, admin: psycopg.Connection) -> Iterator[Callable[..., str]]:
    """Make an empty database, or a copy of a template; gives its DSN. Dropped after the test."""
    names: list[str] = []

    def make(template: str = "template1") -> str:
        names.append(f"timeline_test_{uuid4().hex}")
        _create(admin, names[-1], template)
        return make_conninfo(server_dsn, dbname=names[-1])

    yield make
    for name in names:
        _drop(admin, name)


@pytest.fixture
def dsn(new_database: Callable[..., str], template: str) -> str:
    """A database of the test's own, migrated and empty."""
    return new_database(template)


@pytest.fixture(scope="module")
def shared_dsn(server_dsn: str, admin: psycopg.Connection, template: str) -> Iterator[str]:
    """A migrated database for a whole module, in which tests and examples use timelines of their own."""
    name = f"timeline_test_{uuid4().hex}"
    _create(admin, name, template)
    yield make_conninfo(server_dsn, dbname=name)
    _drop(admin, name)


@pytest.fixture
def settings() -> Settings:
    """The defaults, independent of the environment of the test run."""
    return Settings()


@pytest.fixture
async def pool(dsn: str, settings: Settings) -> AsyncIterator[Pool]:
    """The service's pool on the test's own database, open."""
    async with connection_pool(dsn, settings) as opened:
        await opened.wait()
        yield opened


def _create(admin: psycopg.Connection, name: str, template: str = "template1") -> None:
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    admin.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))


def _drop(admin: psycopg.Connection, name: str) -> None:
    # FORCE: a test that failed may have left connections open
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


class Desk(NamedTuple):
    """A pool and an appender on the module's database, and a function that runs a coroutine in their loop."""

    pool: Pool
    appender: Appender
    run: Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture(scope="module")
def desk(shared_dsn: str) -> Iterator[Desk]:
    """Made once a module, since Hypothesis calls a test many times."""
    with asyncio.Runner() as runner:
        pool = connection_pool(shared_dsn, Settings())
        runner.run(pool.open(wait=True))
        yield Desk(pool, new_appender(pool), runner.run)
        runner.run(pool.close())
