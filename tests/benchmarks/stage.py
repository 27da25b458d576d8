"""Gives the scenarios what they run on: a PostgreSQL, logs of any size in it, and services on them."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager
from itertools import islice
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
from msgspec import Struct
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.benchmarks import data
from tests.benchmarks.data import Order, Plan
from tests.support.processes import children, clean_environment, cpu_seconds
from tests.support.service import Service, running, serving
from timeline.api import service as api
from timeline.domain.codec import decode_event
from timeline.log.migrations import migrate
from timeline.log.posts import Post
from timeline.log.transaction import create_timeline
from timeline.settings import Settings
from timeline.views.projection.rules import RULES_VERSION

TIMELINE = "bench"
BASELINE = (sys.executable, "-m", "tests.benchmarks.baseline")
BATCH = 1_000


class Extent(Struct, frozen=True):
    """How much is measured: events of the largest log, repetitions, seconds of each closed loop, streams."""

    size: int = 1_000_000
    repetitions: int = 5
    seconds: float = 4.0
    streams: int = 1_000

    @property
    def sizes(self) -> list[int]:
        """The sizes of the cost curve."""
        steps = [size for size in (10_000, 100_000, 1_000_000) if size < self.size]
        return [*(steps or [self.size // 2]), self.size]

    @property
    def days(self) -> int:
        """The days that the largest log speaks of."""
        return max(1, self.size // data.EVENTS_PER_DAY)


class Stage:
    """The server, its databases, and the extent."""

    def __init__(self, server_dsn: str, folder: Path, extent: Extent, say: Callable[[str], None]) -> None:
        self.extent = extent
        self.folder = folder
        self.say = say
        self._server_dsn = server_dsn
        self._admin = psycopg.connect(server_dsn, autocommit=True)
        self._databases: list[str] = []
        self._logs: dict[tuple[Order, int], str] = {}
        self._running = ExitStack()
        self._baseline: Service | None = None

    def close(self) -> None:
        """Stop what runs, and drop the databases."""
        self._running.close()
        for name in self._databases:
            self._admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        self._admin.close()

    def plan(self, order: Order) -> Plan:
        """The events of this run's logs."""
        return Plan(order, self.extent.days)

    def database(self, template: str | None = None) -> str:
        """A new database, empty but for the schema, or a copy; gives its DSN."""
        name = f"bench_{uuid4().hex[:12]}"
        source = sql.Identifier(template or "template0")
        if template is not None:
            # only a database without connections can be copied, and its last users may still be connected
            self._admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [template]
            )
        # the default strategy writes the whole copy to the write-ahead log
        self._admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(sql.Identifier(name), source)
        )
        self._databases.append(name)
        dsn = make_conninfo(self._server_dsn, dbname=name)
        if template is None:
            asyncio.run(migrate(dsn))
        return dsn

    def log(self, order: Order, size: int) -> str:
        """The DSN of a database that holds the first `size` events; made once, on the way to larger ones."""
        if (order, size) not in self._logs:
            self._grow(order, size)
        return make_conninfo(self._server_dsn, dbname=self._logs[order, size])

    def copy_of(self, order: Order, size: int) -> str:
        """The DSN of a copy of a log, to be written to."""
        self.log(order, size)
        return self.database(self._logs[order, size])

    def _grow(self, order: Order, size: int) -> None:
        """Copy the largest log that is smaller, and append what it lacks."""
        largest = max((length for of, length in self._logs if of == order and length < size), default=0)
        if largest == 0 and size > min(self.extent.sizes):
            self.log(order, min(self.extent.sizes))
            return self._grow(order, size)
        dsn = self.database(self._logs[order, largest] if largest else None)
        asyncio.run(self._fill(dsn, order, largest, size))
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")
        self._logs[order, size] = str(psycopg.conninfo.conninfo_to_dict(dsn)["dbname"])
        return None

    async def _fill(self, dsn: str, order: Order, start: int, end: int) -> None:
        async with open_service(dsn) as service:
            for first in range(start, end, BATCH):
                self.say(f"filling a log of {end:,} ({order}): {first:,}")
                lines = data.bodies(self.plan(order), first, min(BATCH, end - first))
                await service.appender.append(TIMELINE, as_post(lines))

    def database_cpu_seconds(self) -> float:
        """The processor time that the database server has taken so far; it runs on this machine."""
        backend = self._admin.info.backend_pid
        parent = int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])
        return sum(map(cpu_seconds, [parent, *children(parent)]))

    def service(self, dsn: str, **settings: str) -> AbstractContextManager[Service]:
        """The service on a database, with settings, until the block ends."""
        return serving(dsn, **settings)

    def baseline(self) -> Service:
        """The baseline service; it is started once, and costs nothing while it is idle."""
        if self._baseline is None:
            self._baseline = self._running.enter_context(running(BASELINE, clean_environment()))
        return self._baseline

    def file(self, plan: Plan, start: int, events: int) -> Path:
        """Events as a file of lines."""
        self.say(f"writing {events:,} events")
        return data.ndjson(self.folder, plan, start, events)


def as_post(lines: Iterator[bytes], size: int | None = None) -> Post:
    """A post of the next lines."""
    return Post.of(tuple(decode_event(line) for line in islice(lines, size)), "bench")


def put_timeline(service: Service, name: str) -> None:
    """Create a timeline of a running service."""
    httpx.put(f"{service.url}/v1/timelines/{name}", trust_env=False).raise_for_status()


@asynccontextmanager
async def open_service(dsn: str) -> AsyncIterator[api.Service]:
    """The service's own parts in this process, with a timeline to write to."""
    service = api.new_service(Settings(database_url=dsn))
    async with service.pool:
        await service.pool.wait()
        async with service.pool.connection() as connection:
            await create_timeline(connection, TIMELINE, RULES_VERSION)
        yield service


@contextmanager
def open_stage(server_dsn: str, folder: Path, extent: Extent, say: Callable[[str], None]) -> Iterator[Stage]:
    """Give a stage until the block ends, and clean up after it."""
    stage = Stage(server_dsn, folder, extent, say)
    try:
        yield stage
    finally:
        stage.close()
