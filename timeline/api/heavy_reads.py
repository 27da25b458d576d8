"""Heavy reads: those whose cost grows with the timeline, and which of them a request is.

They have connections of their own, so that however many clients search, add up, compare, replay or export,
posts and small reads find theirs free, and the database carries out only so many of them at once. The others
wait in a bounded queue.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from litestar.types import Scope
from psycopg_pool import PoolTimeout

from timeline.api.negotiation import FORMATS, PLAIN, accepted_format
from timeline.api.request_query import query_of
from timeline.domain.errors import Busy
from timeline.postgres import Connection, Pool
from timeline.views.queries.entry_filter import FILTERS

IS_HEAVY: dict[str, Any] = {"is_heavy": True}
"""The option of a handler whose reads are all heavy."""

FILTER_NAMES = frozenset(row.parameter for row in FILTERS)
"""Parameters by which a page may have to look through a whole timeline to find its rows."""

STREAM_WAIT_SECONDS_MAX = 60.0
"""How long an answer that has begun waits for its next page: it could not be refused any more."""


ResultT = TypeVar("ResultT")


class HeavyReads:
    """The connections of heavy reads, and the queue before them."""

    def __init__(self, pool: Pool, *, queue_max: int) -> None:
        self._pool = pool
        self._queue_max = queue_max
        self._waiting = 0
        self._lent = 0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="heavy-reads")

    async def start(self) -> None:
        """Connect once the first heavy read comes."""
        await self._pool.open(wait=False)

    async def stop(self) -> None:
        """Close the connections."""
        await self._pool.close()
        self._thread.shutdown(wait=False, cancel_futures=True)

    @asynccontextmanager
    async def first_connection(self) -> AsyncIterator[Connection]:
        """A connection for the beginning of an answer.

        Raises:
            Busy, PoolTimeout: see `take`.
        """
        connection = await self.take()
        try:
            yield connection
        finally:
            await self.give_back(connection)

    async def take(self) -> Connection:
        """A connection, to be given back.

        Raises:
            Busy: too many wait already, or none was free in time.
            PoolTimeout: the database does not answer.
        """
        if self._waiting >= self._queue_max and self._all_lent:
            raise Busy
        self._waiting += 1
        try:
            return await self._take(None)
        except PoolTimeout as error:
            if self._all_lent:
                raise Busy from error
            raise
        finally:
            self._waiting -= 1

    async def give_back(self, connection: Connection) -> None:
        """Give a connection back."""
        self._lent -= 1
        await self._pool.putconn(connection)

    @asynccontextmanager
    async def next_connection(self) -> AsyncIterator[Connection]:
        """A connection for the next part of an answer that has begun, however many wait."""
        connection = await self._take(STREAM_WAIT_SECONDS_MAX)
        try:
            yield connection
        finally:
            await self.give_back(connection)

    async def in_thread(self, function: Callable[..., ResultT], *arguments: Any) -> ResultT:
        """Call a function beside the event loop, in turn.

        Several at once would take the interpreter from one another and from the loop, and none would be done
        sooner.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(function, *arguments))

    async def _take(self, wait_seconds_max: float | None) -> Connection:
        connection = await self._pool.getconn(wait_seconds_max)
        self._lent += 1
        return connection

    @property
    def _all_lent(self) -> bool:
        return self._lent >= self._pool.max_size


def is_heavy(scope: Scope) -> bool:
    """Whether a request is for a heavy read: by its operation, its filters, or the format of its answer."""
    opt = scope["route_handler"].opt
    if "is_heavy" in opt:
        return True
    query = query_of(scope)
    if any(name in FILTER_NAMES for name, _ in query.parameters):
        return True
    formats = opt.get(FORMATS)
    if not formats:
        return False
    accept = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"accept"), None)
    return (query.get("format") or accepted_format(accept, formats)) != PLAIN
