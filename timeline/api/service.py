"""The parts of one service process, how they start and stop, and how handlers get at them."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from threading import current_thread, main_thread
from types import FrameType

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from msgspec import Struct

from timeline.api.connections import Connections
from timeline.api.export_slots import ExportSlots
from timeline.api.heavy_reads import HeavyReads, is_heavy
from timeline.api.probes import ProbeListener
from timeline.api.readiness import ReadyCheck
from timeline.disk import Disk
from timeline.log.appender import Appender
from timeline.log.availability import Availability
from timeline.log.heads import Heads
from timeline.log.subscription import Subscriptions
from timeline.postgres import Connection, Pool, connect, connection_pool, heavy_pool
from timeline.settings import Settings
from timeline.views.maintenance.automatic_rebuilds import AutomaticRebuilds
from timeline.views.projection.rules import RULES_VERSION
from timeline.views.projection.writer import project

SOFTWARE_VERSION = version("conflict-timeline")
"""The version of this program, which shapes answers."""

STOP_SECONDS_MAX = 2
"""How long a process may take to end after SIGTERM."""

SWITCH_SECONDS = 0.001
"""After how long one thread of Python gives way to another that is ready."""

HEAD_POSITION = "timeline_head"
"""Where a request's state holds the head of the log that its answer is compared and cached by."""

_RELEASE_CONNECTION = "timeline_release_connection"
"""Where a request's state holds the function that gives its connection back, while it has a connection."""


class Service(Struct, frozen=True):
    """The parts of one process."""

    settings: Settings
    pool: Pool
    heavy_reads: HeavyReads
    heads: Heads
    appender: Appender
    subscriptions: Subscriptions
    exports: ExportSlots
    rebuilds: AutomaticRebuilds
    availability: Availability
    connections: Connections
    readiness: ReadyCheck

    @property
    def base(self) -> str:
        """What addresses in answers begin with: the service's public URL, or nothing where it is not set."""
        return (self.settings.public_url or "").rstrip("/")


def new_service(settings: Settings) -> Service:
    """The parts of a service, not yet started.

    Raises:
        ValueError: the settings have no database URL.
    """
    if settings.database_url is None:
        raise ValueError("TIMELINE_DATABASE_URL is not set; `timeline serve` starts an embedded database")
    pool = connection_pool(settings.database_url, settings)
    connections = Connections(settings.port, settings.address_connections_max)
    availability = Availability(_disk(settings))
    heads = Heads(
        pool,
        partial(connect, settings.database_url, settings),
        stale_seconds_max=settings.head_stale_seconds_max,
        availability=availability,
    )
    appender = Appender(
        pool,
        project,
        rules=RULES_VERSION,
        commit_events_max=max(settings.commit_events_max, settings.array_events_max),
        queue_events_max=settings.queue_events_max,
        rebuild_wait_seconds_max=settings.rebuild_wait_seconds_max,
        note_head=heads.note,
        availability=availability,
    )
    subscriptions = Subscriptions(pool, heads, lag_records_max=settings.stream_lag_records_max)
    return Service(
        settings,
        pool,
        HeavyReads(heavy_pool(settings.database_url, settings), queue_max=settings.heavy_queue_max),
        heads,
        appender,
        subscriptions,
        ExportSlots(settings.export_streams_max, connections),
        AutomaticRebuilds(pool, settings.database_url, settings, availability),
        availability,
        connections,
        ReadyCheck(pool),
    )


def _disk(settings: Settings) -> Disk | None:
    if settings.database_disk is None:
        return None
    return Disk(Path(settings.database_disk).expanduser(), settings.disk_free_bytes_min)


@asynccontextmanager
async def running(app: Litestar) -> AsyncIterator[None]:
    """Keep the pool open while the app runs; pending posts are committed before it closes.

    The start does not wait for the pool: a service whose database is not available starts, answers 503, and
    recovers by itself.
    """
    service: Service = app.state.service
    # a thread that computes, such as one that writes an export, gives way to the event loop five times sooner
    sys.setswitchinterval(SWITCH_SECONDS)
    await service.pool.open(wait=False)
    await service.heavy_reads.start()
    service.heads.start()
    service.rebuilds.start()
    service.connections.start()
    probes = ProbeListener(app, service.settings.host, service.settings.health_port)
    await probes.start()
    _end_streams_on_sigterm(service)
    try:
        yield
    finally:
        service.subscriptions.end()
        await probes.stop()
        await service.connections.stop()
        await service.appender.drain()
        await service.rebuilds.stop()
        await service.heads.stop()
        await service.heavy_reads.stop()
        await service.readiness.stop()
        await service.pool.close()


def _end_streams_on_sigterm(service: Service) -> None:
    """End the streams as soon as SIGTERM comes, because the server waits for them before the app may end.

    Granian 2.8.7 sometimes deadlocks at its very end, with all of Python. Its parent process kills it then;
    where the parent was killed first, only the kernel's alarm is left to do so.
    """
    if current_thread() is not main_thread():  # in a test's own event loop, which gets no signals
        return
    previous_handler = signal.getsignal(signal.SIGTERM)
    loop = asyncio.get_running_loop()

    def end(signum: int, frame: FrameType | None) -> None:
        signal.alarm(STOP_SECONDS_MAX)
        loop.call_soon_threadsafe(service.subscriptions.end)
        if callable(previous_handler):
            previous_handler(signum, frame)

    signal.signal(signal.SIGTERM, end)


def provide_service(state: State) -> Service:
    """The parts of this process, for a handler."""
    service: Service = state.service
    return service


async def provide_connection(service: NamedDependency[Service], scope: Scope) -> Connection:
    """A connection for as long as the handler runs; a stream opens its own.

    It takes the service as a dependency, not from the state: the framework gives each dependency that can be
    provided in parallel a task of its own, which costs more than all that is done here.
    """
    if is_heavy(scope):
        connection = await service.heavy_reads.take()
        release = partial(service.heavy_reads.give_back, connection)
    else:
        connection = await service.pool.getconn()
        release = partial(service.pool.putconn, connection)
    scope["state"][_RELEASE_CONNECTION] = release
    return connection


class ConnectionRelease(ASGIMiddleware):
    """Gives a request's connection back when its answer begins, or the request fails; its slot when it ends.

    A dependency that yields would be left to the garbage collector where another dependency raises, and
    a client that reads slowly must not hold a connection.
    """

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Answer a request."""

        async def release_and_send(message: Message) -> None:
            await _release_connection(scope)
            await send(message)

        try:
            await next_app(scope, receive, release_and_send)
        finally:
            await _release_connection(scope)
            service: Service = scope["app"].state.service
            service.exports.release(scope)


async def _release_connection(scope: Scope) -> None:
    if release := scope["state"].pop(_RELEASE_CONNECTION, None):
        await release()
