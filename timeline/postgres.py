"""Connections to PostgreSQL: a pool and single ones, with the session, adapters and limits of the service."""

import select
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Loader
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.string import ByteaBinaryLoader
from psycopg_pool import AsyncConnectionPool

from timeline.eager_reads import EagerConnection
from timeline.settings import Settings

Connection = AsyncConnection[tuple[Any, ...]]
Pool = AsyncConnectionPool[Connection]

UNAVAILABLE_ERRORS = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)
"""The driver's errors when the database is not available: down, full, too slow, read-only or locked.

Nothing is wrong with the request then, and it may be repeated.
"""

CONNECT_SECONDS_MAX = 5
POOL_CONNECTIONS_MIN = 2

# The pool waits twice as long after each failed connection, so that after a long outage it would not come
# back for as long again. After this time it gives up, and the next request that needs a connection retries.
RECONNECT_SECONDS_MAX = 3.0

# Behind PgBouncer this needs its 1.22 with max_prepared_statements; a direct connection needs nothing.
PREPARE_AFTER_EXECUTIONS = 5

PLANNED_FOR_ANY = (
    "concat(set_config('plan_cache_mode', 'force_generic_plan', true),"
    " set_config('enable_seqscan', 'off', true))"
)
"""In SQL: until the transaction ends, statements are planned without regard to their parameters.

Nor to how small a table is now: it grows while the plan is kept, and must not be read from its start then.
"""

# A peer that vanished silently (a pulled cable, a failed-over host) is noticed in about a minute.
KEEPALIVE = {
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}


class JsonBytes(Loader):
    """Loads a `json` column as the bytes that are stored: a record is hashed and sent verbatim."""

    def load(self, data: Buffer) -> bytes:
        """The text of one value, in UTF-8."""
        return bytes(data)


def connection_pool(dsn: str, settings: Settings) -> Pool:
    """A pool of autocommit connections, not open yet: open it with `wait=True` in the lifespan.

    A request waits `pool_wait_seconds_max` for a connection, then gets `psycopg_pool.PoolTimeout`.
    """
    sizes = (POOL_CONNECTIONS_MIN, settings.pool_connections_max)
    return _new_pool(dsn, settings, "timeline", sizes, settings.statement_seconds_max)


def heavy_pool(dsn: str, settings: Settings) -> Pool:
    """A pool for heavy reads, which leave the others theirs: it connects when the first of them comes."""
    sizes = (0, settings.heavy_connections_max)
    statement_seconds_max = min(settings.heavy_statement_seconds_max, settings.statement_seconds_max)
    return _new_pool(dsn, settings, "timeline-heavy", sizes, statement_seconds_max)


def _new_pool(
    dsn: str, settings: Settings, name: str, sizes: tuple[int, int], statement_seconds_max: float
) -> Pool:
    return AsyncConnectionPool(
        dsn,
        connection_class=EagerConnection,
        kwargs=_options(dsn, settings, statement_seconds_max),
        min_size=sizes[0],
        max_size=sizes[1],
        timeout=settings.pool_wait_seconds_max,
        reconnect_timeout=RECONNECT_SECONDS_MAX,
        check=_check,
        name=name,
        open=False,
    )


async def connect(dsn: str, settings: Settings) -> Connection:
    """One autocommit connection outside the pool, with the same session: for LISTEN and for long reads."""
    options = _options(dsn, settings, settings.statement_seconds_max)
    return await EagerConnection.connect(dsn, **options)


def _options(dsn: str, settings: Settings, statement_seconds_max: float) -> dict[str, Any]:
    """The options of every connection, beside its DSN."""
    return {
        "autocommit": True,
        "prepare_threshold": PREPARE_AFTER_EXECUTIONS,
        "context": _adapters(),
        "connect_timeout": CONNECT_SECONDS_MAX,
        "application_name": "timeline",
        "options": _session(dsn, settings, statement_seconds_max),
        **KEEPALIVE,
    }


def _session(dsn: str, settings: Settings, statement_seconds_max: float) -> str:
    """The session's settings; those of the DSN itself come last, and so win."""
    statement_ms = round(statement_seconds_max * 1000)
    defaults = {
        "TimeZone": "UTC",
        "statement_timeout": statement_ms,
        "lock_timeout": round(settings.lock_seconds_max * 1000),
        # a client that hangs in the middle of a transaction would keep the timeline's head locked
        "idle_in_transaction_session_timeout": statement_ms,
    }
    dsn_options = conninfo_to_dict(dsn).get("options") or ""
    return " ".join([*(f"-c {name}={value}" for name, value in defaults.items()), str(dsn_options)]).strip()


def _adapters() -> AdaptersMap:
    adapters = AdaptersMap(psycopg.adapters)
    adapters.register_loader("json", JsonBytes)
    # in binary results `json` is the text too, and the driver's own loader of bytes takes a tenth of the time
    adapters.register_loader("json", ByteaBinaryLoader)
    return adapters


async def _check(connection: Connection) -> None:
    """Refuse a connection that the server has closed, without a round trip for one that is open.

    An idle connection has nothing to read. If there is something, it is an error or a notice from the server,
    and only then is the round trip worth its time.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        await AsyncConnectionPool.check_connection(connection)
