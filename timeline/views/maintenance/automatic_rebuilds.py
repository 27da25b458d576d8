"""Starts the rebuild of outdated timelines by itself, from a service that has newer rules than their views.

Of all processes on a database one does so at a time: the one that holds an advisory lock. The rebuild has a
process of its own (`outdated`), because a fold in this one would delay the answers to requests. It ends when
this one does, however that ends, and the next service begins again.
"""

import asyncio
import multiprocessing

import psycopg
import structlog

from timeline.log.availability import Availability
from timeline.log.reader import outdated_timelines
from timeline.postgres import UNAVAILABLE_ERRORS, Pool, connect
from timeline.settings import Settings
from timeline.views.maintenance.outdated import run_outdated_rebuilds
from timeline.views.projection.rules import RULES_VERSION

_log = structlog.get_logger(__name__)

LOOK_SECONDS = 15.0
"""How often a service looks for outdated timelines: an older service may still have created one."""

RETRY_SECONDS_MIN = 2.0
RETRY_SECONDS_MAX = 600.0
"""The pause after the first rebuild that failed, which doubles with each further one, up to the most."""

POLL_SECONDS = 0.1
STOP_SECONDS_MAX = 1.0

_REBUILDS = 0x7265_6276
"""The advisory lock that keeps the automatic rebuilds of two processes apart."""


class AutomaticRebuilds:
    """Keeps the views of all timelines to this program's rules, for as long as it runs."""

    def __init__(self, pool: Pool, dsn: str, settings: Settings, availability: Availability) -> None:
        self._pool = pool
        self._availability = availability
        self._dsn = dsn
        self._settings = settings
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start looking for outdated timelines."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop, and end a rebuild that is under way: its timeline stays outdated."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        failures = 0
        while True:
            try:
                failures = 0 if await self._rebuild_if_outdated() else failures + 1
            except UNAVAILABLE_ERRORS as error:
                self._availability.note(error)
                failures = max(failures, 1)
            except (psycopg.Error, OSError) as error:
                _log.warning("cannot look for views by older rules", error=repr(error))
                failures = max(failures, 1)
            await asyncio.sleep(pause_seconds(failures))

    async def _rebuild_if_outdated(self) -> bool:
        """Rebuild what is outdated, unless another process does; False if it stays outdated."""
        if not self._availability.has_room:  # a rebuild writes all rows anew before it removes the old ones
            return False
        async with self._pool.connection() as pooled:
            _, outdated = await outdated_timelines(pooled, RULES_VERSION, limit=1)
        if not outdated:
            return True
        async with await connect(self._dsn, self._settings) as connection:  # the lock goes with it
            cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", [_REBUILDS])
            if not (await cursor.fetchone() or [False])[0]:
                return True
            _log.info("timelines have views by older rules", timelines=outdated, rules=RULES_VERSION)
            return await self._rebuild()

    async def _rebuild(self) -> bool:
        """Rebuild what is outdated in another process; False if that fails."""
        context = multiprocessing.get_context("spawn")  # a fork would share connections and locks
        process = context.Process(
            target=run_outdated_rebuilds, args=(self._dsn, self._settings), name="rebuild", daemon=True
        )
        process.start()
        try:
            while process.is_alive():  # noqa: ASYNC110 - a process sends no event
                await asyncio.sleep(POLL_SECONDS)
        finally:
            process.kill()
            process.join(STOP_SECONDS_MAX)
        if process.exitcode != 0:
            _log.warning(
                "timelines still have views by older rules; trying again", exit_code=process.exitcode
            )
        return process.exitcode == 0


def pause_seconds(failures: int) -> float:
    """How long to wait before looking again, after so many failures in a row."""
    if failures == 0:
        return LOOK_SECONDS
    return min(RETRY_SECONDS_MAX, RETRY_SECONDS_MIN * 2.0 ** min(failures - 1, 30))
