"""The way to the database: which one it is, and the connections that the service keeps to it."""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection, pq
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Loader
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import AsyncConnectionPool

from timeline.embedded import EmbeddedServer, EmbeddedServerError
from timeline.settings import Settings

__all__ = [
    "PLANNED_FOR_ANY",
    "Connection",
    "EmbeddedServer",
    "EmbeddedServerError",
    "Pool",
    "connect",
    "connection_pool",
    "database",
]

Connection = AsyncConnection[tuple[Any, ...]]
Pool = AsyncConnectionPool[Connection]

CONNECT_SECONDS_MAX = 5
POOL_CONNECTIONS_MIN = 2

# The pool waits twice as long after each connection that fails, so that after a long outage it would stay
# away for as long again. After this it forgets, and the next request that needs a connection tries anew.
RECONNECT_SECONDS_MAX = 3.0

# Behind PgBouncer this needs its 1.22 with max_prepared_statements; a direct connection needs nothing.
PREPARE_AFTER_EXECUTIONS = 5

PLANNED_FOR_ANY = "set_config('plan_cache_mode', 'force_generic_plan', true)"
"""In SQL: until the transaction ends, statements are planned without a look at their parameters."""

# A peer that vanished without a word (a pulled cable, a failed-over host) is noticed in about a minute.
KEEPALIVE = {
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}


class JsonBytes(Loader):
    """Give a `json` column as the bytes that are stored: a record is hashed and sent verbatim."""

    def load(self, data: Buffer) -> bytes:
        """One value's text, in UTF-8."""
        return bytes(data)


class JsonBytesBinary(JsonBytes):
    """The same for binary results: `json` has one form on the wire."""

    format = pq.Format.BINARY


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The DSN of the database to use: the one that is set, else the embedded server's while it runs.

    Raises:
        EmbeddedServerError: the embedded server does not start.
    """
    if settings.database_url is not None:
        yield settings.database_url
        return
    with EmbeddedServer(settings.data_dir) as server:
        yield server.dsn


def connection_pool(dsn: str, settings: Settings) -> Pool:
    """A pool of autocommit connections, not open yet: open it with `wait=True` in the lifespan.

    A request waits `pool_wait_seconds_max` for a connection, then gets `psycopg_pool.PoolTimeout`.
    """
    return AsyncConnectionPool(
        dsn,
        kwargs=_options(dsn, settings),
        min_size=POOL_CONNECTIONS_MIN,
        max_size=settings.pool_connections_max,
        timeout=settings.pool_wait_seconds_max,
        reconnect_timeout=RECONNECT_SECONDS_MAX,
        check=_check,
        name="timeline",
        open=False,
    )


async def connect(dsn: str, settings: Settings) -> Connection:
    """One autocommit connection outside the pool, with the same session: for LISTEN and for long reads."""
    return await AsyncConnection.connect(dsn, **_options(dsn, settings))


def _options(dsn: str, settings: Settings) -> dict[str, Any]:
    """What every connection is made with, beside its DSN."""
    return {
        "autocommit": True,
        "prepare_threshold": PREPARE_AFTER_EXECUTIONS,
        "context": _adapters(),
        "connect_timeout": CONNECT_SECONDS_MAX,
        "application_name": "timeline",
        "options": _session(dsn, settings),
        **KEEPALIVE,
    }


def _session(dsn: str, settings: Settings) -> str:
    """The session's settings; what the DSN itself sets stands last, and so wins."""
    statement_ms = round(settings.statement_seconds_max * 1000)
    ours = {
        "TimeZone": "UTC",
        "statement_timeout": statement_ms,
        "lock_timeout": round(settings.lock_seconds_max * 1000),
        # a client that hangs in the middle of a transaction would hold the timeline's head locked
        "idle_in_transaction_session_timeout": statement_ms,
    }
    given = conninfo_to_dict(dsn).get("options") or ""
    return " ".join([*(f"-c {name}={value}" for name, value in ours.items()), str(given)]).strip()


def _adapters() -> AdaptersMap:
    adapters = AdaptersMap(psycopg.adapters)
    for loader in (JsonBytes, JsonBytesBinary):
        adapters.register_loader("json", loader)
    return adapters


async def _check(connection: Connection) -> None:
    """Refuse a connection that the server has closed, without a round trip for one that it has not.

    An idle connection has nothing to read. If there is something, it is a goodbye or a notice, and
    only then is it worth asking.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        await AsyncConnectionPool.check_connection(connection)


UNAVAILABLE_ERRORS = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)
"""Nothing is wrong with the request: the server is away, full, too slow, read-only or held by another."""
