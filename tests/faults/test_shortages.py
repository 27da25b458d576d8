"""Out of disk, of connections or of time: a clear 503, then recovery by itself, and nothing lost."""

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.faults.disks import Ballast, small_disk
from tests.faults.load import Load, soon
from tests.faults.sizes import print_figures, short_and_long
from tests.faults.victims import Postgres
from tests.support.processes import wait_until
from tests.support.service import Service
from timeline.embedded.programs import EmbeddedServerError

WRITERS = 8
EVENTS = 50
RECOVERY_SECONDS_MAX = 20
DISK_MB = 96


@pytest.fixture
def disk() -> Iterator[Path]:
    """A small disk."""
    with small_disk(DISK_MB) as folder:
        yield folder


async def survive(
    load: Load, service: Service, begin: Callable[[], object], end: Callable[[], object], times: int
) -> str:
    """Cause a shortage again and again while clients write: posts get 503, and succeed when it has ended."""
    await load.create(lambda: service.url)
    async with load.under(lambda: service.url, WRITERS):
        for _ in range(times):
            await load.more(EVENTS)
            before = load.unavailable
            await asyncio.to_thread(begin)
            await soon(lambda before=before: load.unavailable >= before + WRITERS)
            await asyncio.to_thread(end)
            async with asyncio.timeout(RECOVERY_SECONDS_MAX):
                await load.more(EVENTS)
    log = await load.check(service.url, service.dsn)
    assert 0 == load.broken_off
    assert "unforeseen error" not in service.log
    return f"{times} shortages, {load.unavailable} posts got 503, {len(log)} events"


@short_and_long("times", 1, 10)
async def test_a_disk_that_fills_up(
    durable: Postgres,
    serve: Callable[..., Service],
    load: Load,
    disk: Path,
    times: int,
) -> None:
    """The disk of the tables is full: PostgreSQL cannot extend them until there is space again."""
    place = disk / "tables"
    place.mkdir()
    place.chmod(0o777)
    owner = (durable.data_dir / "postgres").stat()
    os.chown(place, owner.st_uid, owner.st_gid)
    with psycopg.connect(durable.dsn, autocommit=True) as connection:
        name = f"small_{uuid4().hex}"
        make = sql.SQL("CREATE TABLESPACE {} LOCATION {}")
        connection.execute(make.format(sql.Identifier(name), str(place)))
    dsn = durable.new_database(TABLESPACE=name)
    ballast = Ballast(disk)
    service = await asyncio.to_thread(serve, dsn)
    try:
        print_figures(await survive(load, service, ballast.fill, ballast.drop, times))
    finally:
        service.stop()
        with psycopg.connect(durable.dsn, autocommit=True) as connection:
            database = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))
            connection.execute(sql.SQL("DROP TABLESPACE {}").format(sql.Identifier(name)))


class SmallWal(Ballast):
    """A PostgreSQL whose write-ahead log is on a disk that can be filled, which stops the server."""

    def __init__(self, disk: Path) -> None:
        super().__init__(disk)
        # remove segments (16 MB each) that are no longer needed: the disk is full only when it is filled
        self.server = Postgres(max_wal_size="32MB", wal_recycle="off")
        self.server.start()
        self.server.stop()
        log, moved = self.server.data_dir / "postgres/pg_wal", disk / "pg_wal"
        shutil.copytree(log, moved)
        for path in (moved, *moved.rglob("*")):
            shutil.chown(path, log.stat().st_uid, log.stat().st_gid)
        shutil.rmtree(log)
        log.symlink_to(moved)
        self.server.start()

    def fill(self) -> None:
        """Take all space, and use up what PostgreSQL has reserved, until it cannot start again by itself."""
        wait_until(self._goes_down)

    def _goes_down(self) -> bool:
        super().fill()  # a checkpoint may have freed space since the last time
        gone = suppress(psycopg.OperationalError, EmbeddedServerError)
        with gone, psycopg.connect(self.server.dsn, autocommit=True) as connection:
            connection.execute("SELECT pg_logical_emit_message(false, '', ''), pg_switch_wal()")
        return self.server.is_down

    def drop(self) -> None:
        """Free the space and start the server again, as a supervisor would."""
        super().drop()
        self.server.stop()
        self.server.start()


@pytest.fixture
def small_wal(disk: Path) -> Iterator[SmallWal]:
    """A PostgreSQL of the test's own whose write-ahead log has little space."""
    wal = SmallWal(disk)
    yield wal
    wal.server.remove()


@short_and_long("times", 1, 10)
async def test_the_disk_of_the_write_ahead_log_fills_up(
    small_wal: SmallWal, serve: Callable[..., Service], load: Load, times: int
) -> None:
    """PostgreSQL stops rather than confirm what it cannot write; started again, it has all it confirmed."""
    server = small_wal.server
    service = await asyncio.to_thread(serve, server.dsn, pool_wait_seconds_max="0.5")

    print_figures(await survive(load, service, small_wal.fill, small_wal.drop, times))
    assert "No space left on device" in (server.data_dir / "server.log").read_text()


class Crowd:
    """Other clients that take every connection that a role may have."""

    def __init__(self, admin_dsn: str, dsn: str, role: str) -> None:
        self._admin_dsn, self._dsn, self._role = admin_dsn, dsn, role
        self._connections: list[psycopg.Connection] = []

    def come(self) -> None:
        """End the service's connections, and take their places."""
        with psycopg.connect(self._admin_dsn, autocommit=True) as admin:
            while len(self._connections) < 4:
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE usename = %s AND application_name = 'timeline'",
                    [self._role],
                )
                try:
                    self._connections.append(psycopg.connect(self._dsn))
                except psycopg.OperationalError:
                    continue

    def leave(self) -> None:
        """Close the connections."""
        for connection in self._connections:
            connection.close()
        self._connections.clear()


@short_and_long("times", 1, 10)
async def test_too_many_connections(
    durable: Postgres, serve: Callable[..., Service], load: Load, times: int
) -> None:
    """Other clients hold every connection of the service's role; it recovers when they close them."""
    role = f"few_{uuid4().hex}"
    with psycopg.connect(durable.dsn, autocommit=True) as connection:
        make = sql.SQL("CREATE ROLE {} LOGIN CONNECTION LIMIT 4")
        connection.execute(make.format(sql.Identifier(role)))
    dsn = make_conninfo(durable.new_database(OWNER=role), user=role)
    crowd = Crowd(durable.dsn, dsn, role)
    service = await asyncio.to_thread(serve, dsn, pool_wait_seconds_max="0.5", pool_connections_max="2")
    try:
        print_figures(await survive(load, service, crowd.come, crowd.leave, times))
    finally:
        crowd.leave()


class HeadLock:
    """A lock on the timeline's head row, held by another client."""

    def __init__(self, dsn: str, load: Load) -> None:
        self._dsn = dsn
        self._timeline = load.path.rpartition("/")[2]
        self._connection: psycopg.Connection | None = None

    def lock(self) -> None:
        """Take the lock."""
        self._connection = psycopg.connect(self._dsn)
        self._connection.execute("SELECT FROM timeline WHERE timeline_id = %s FOR UPDATE", [self._timeline])

    def unlock(self) -> None:
        """Release the lock."""
        if self._connection is not None:
            self._connection.close()


@short_and_long("times", 1, 10)
async def test_the_head_is_locked(
    durable: Postgres, serve: Callable[..., Service], load: Load, times: int
) -> None:
    """Posts wait for the lock no longer than is set."""
    dsn = durable.new_database()
    service = await asyncio.to_thread(serve, dsn, lock_seconds_max="0.3")
    head = HeadLock(dsn, load)
    try:
        print_figures(await survive(load, service, head.lock, head.unlock, times))
    finally:
        head.unlock()
