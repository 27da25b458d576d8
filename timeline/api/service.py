"""What the handlers work with: the pool, the log's heads, the appender and the feed of this process."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from threading import current_thread, main_thread
from types import FrameType

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from msgspec import Struct

from timeline.log.appender import Appender
from timeline.log.heads import Heads
from timeline.log.subscription import Subscriptions
from timeline.postgres import Connection, Pool, connect, connection_pool
from timeline.settings import Settings
from timeline.views.projection.writer import project

END_SECONDS_MAX = 2
"""How long a process that was told to stop may take."""

_HELD = "timeline_held"
"""Where a request's scope keeps how its connection is given back, while it has one."""


class Slots:
    """How many of a kind may be going on at once, and how many are."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0

    @property
    def are_taken(self) -> bool:
        """Whether there is no room for another."""
        return self._taken >= self._most

    @contextmanager
    def one(self) -> Iterator[None]:
        """Take one for as long as the block runs."""
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1


class Service(Struct, frozen=True):
    """One process's parts."""

    settings: Settings
    pool: Pool
    heads: Heads
    appender: Appender
    feed: Subscriptions
    exports: Slots


def new_service(settings: Settings) -> Service:
    """The parts, not yet running.

    Raises:
        ValueError: the settings name no database.
    """
    if settings.database_url is None:
        raise ValueError("TIMELINE_DATABASE_URL names no database; `timeline serve` starts an embedded one")
    pool = connection_pool(settings.database_url, settings)
    heads = Heads(
        pool,
        partial(connect, settings.database_url, settings),
        stale_seconds_max=settings.head_stale_seconds_max,
    )
    appender = Appender(
        pool,
        project,
        commit_events_max=max(settings.commit_events_max, settings.array_events_max),
        queue_events_max=settings.queue_events_max,
        note_head=heads.note,
    )
    feed = Subscriptions(pool, heads, lag_records_max=settings.stream_lag_records_max)
    return Service(settings, pool, heads, appender, feed, Slots(settings.export_streams_max))


@asynccontextmanager
async def running(app: Litestar) -> AsyncIterator[None]:
    """Keeps the pool open while the app runs; what was posted is settled before it closes.

    The pool is not waited for: a service whose database is away starts, answers 503, and recovers by itself.
    """
    service: Service = app.state.service
    await service.pool.open(wait=False)
    service.heads.start()
    _end_streams_at_once(service)
    try:
        yield
    finally:
        service.feed.end()
        await service.appender.drain()
        await service.heads.stop()
        await service.pool.close()


def _end_streams_at_once(service: Service) -> None:
    """End the streams when the process is told to stop: the server waits for them before the app may end.

    Granian 2.8.7 now and then locks itself up at its very end, with all of Python. Its parent kills it
    then; where that was killed first, only the kernel is left to do so.
    """
    if current_thread() is not main_thread():  # a test's own loop: nobody sends it signals
        return
    before = signal.getsignal(signal.SIGTERM)
    loop = asyncio.get_running_loop()

    def end(signum: int, frame: FrameType | None) -> None:
        signal.alarm(END_SECONDS_MAX)
        loop.call_soon_threadsafe(service.feed.end)
        if callable(before):
            before(signum, frame)

    signal.signal(signal.SIGTERM, end)


def provide_service(state: State) -> Service:
    """This process's parts, for a handler."""
    service: Service = state.service
    return service


async def provide_connection(service: NamedDependency[Service], scope: Scope) -> Connection:
    """A connection for as long as the handler runs; a stream takes its own.

    It asks for the service as a dependency, not for the state: what can be provided side by side gets a task
    each from the framework, which costs more than all that is done here.
    """
    connection = await service.pool.getconn()
    scope["state"][_HELD] = partial(service.pool.putconn, connection)
    return connection


class ConnectionWhileAnswering(ASGIMiddleware):
    """Gives a request's connection back when its answer begins, or the request fails.

    A dependency that yields would be left to the garbage collector where another dependency raises, and
    a client that reads slowly must not hold a connection.
    """

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Answer a request."""

        async def send_without(message: Message) -> None:
            await _give_back(scope)
            await send(message)

        try:
            await next_app(scope, receive, send_without)
        finally:
            await _give_back(scope)


async def _give_back(scope: Scope) -> None:
    if give_back := scope["state"].pop(_HELD, None):
        await give_back()
