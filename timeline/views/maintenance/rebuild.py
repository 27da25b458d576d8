"""Rebuilds a timeline's views while it is read and posted to: a new generation of rows beside the old one.

1. Whatever an earlier rebuild left half-done is removed.
2. The log is folded up to its head, in segments (see `rebuild_worker`), into rows of the next generation,
   which nobody reads; then again what was recorded meanwhile, until little remains.
3. The head is locked, so that nothing is posted for a moment: the last records are folded as a post folds
   them, and the head row names the new generation, and the rules that made it.
4. Readers look the generation up when a request begins, and may be in the middle of one: the old rows are
   removed after a grace period, a few at a time.

Where the old rows are by older rules, nothing is posted before 3 (see `log.appender`): no row is made by
rules that did not make the others of its generation.

A rebuild that ends before 3 leaves rows that nobody reads: it removes them itself, or the next one does. One
that makes no progress ends (see `progress_watch`): it waits for what will not come.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

import psycopg
from psycopg.errors import LockNotAvailable, QueryCanceled
from psycopg.types.numeric import Int4

from timeline.log.binary import pack_value
from timeline.log.heads import HeadPosition, LogHead, notification
from timeline.log.pipeline import COMMIT, Statement, pipelined_transaction
from timeline.log.transaction import lock_head, read_head, write_parts
from timeline.postgres import Connection, connect
from timeline.settings import Settings
from timeline.views.maintenance.generations import rebuilds_at_work
from timeline.views.maintenance.progress_watch import ProgressWatch, Stalled
from timeline.views.maintenance.rebuild_worker import (
    CHUNK_RECORDS_MAX,
    WRITERS,
    Ends,
    Segment,
    apply_ends,
    processes,
    read_chunks,
    segments,
    write_segment,
)
from timeline.views.projection.rules import RULES_VERSION
from timeline.views.projection.writer import VIEW_TABLES, project

SWAP_RECORDS_MAX = 500
"""How many records may be left to fold while nobody can post."""

CATCH_UPS_MAX = 20
"""How often the rest is folded while posts are accepted. Where they come faster, the last ones wait."""

REMOVED_ROWS_MAX = 10_000
"""Rows that one statement removes."""

_REBUILD = 0x7265_6274
"""The advisory lock, one per timeline, that keeps two rebuilds apart."""


class AlreadyRebuilding(Exception):
    """The timeline is being rebuilt by another process."""


class NewerRules(Exception):
    """The views are by newer rules than this program has."""


STATISTICS_TARGET = 10
"""Of PostgreSQL's own 100: the sample is of 3,000 rows a table."""

ANALYZE_LOCK_MS_MAX = 200
"""How long it waits for a table that the server has in hand: less than it takes to end the server's work."""


class Rebuilt(NamedTuple):
    """The result of a rebuild: a generation of rows, and the position up to which it was folded."""

    generation: int
    position: int


class RebuildWatcher:
    """Is called as a rebuild makes progress; a subclass reports it."""

    def folded(self, done: int, of: int) -> None:
        """`done` of the log's records are folded; the log may grow meanwhile."""

    def swapped(self, rebuilt: Rebuilt) -> None:
        """The new generation is read from now on; what follows is only cleaning up."""

    def removed(self, rows: int) -> None:
        """So many rows that nobody reads were removed since the last call."""

    def removed_all(self, timeline: str) -> None:
        """All rows of the timeline that its rebuild superseded are removed."""


async def rebuild(
    dsn: str, settings: Settings, timeline: str, workers: int, watcher: RebuildWatcher
) -> Rebuilt:
    """Rebuild the timeline's views with so many processes, and remove the old rows after the time of grace.

    Raises:
        UnknownTimeline, AlreadyRebuilding, NewerRules, Stalled: as for `make_generation`.
    """
    async with rebuilds_at_work(dsn, settings):
        rebuilt = await make_generation(dsn, settings, timeline, workers, watcher)
        await remove_superseded(dsn, settings, {timeline: rebuilt}, watcher)
    return rebuilt


async def make_generation(
    dsn: str, settings: Settings, timeline: str, workers: int, watcher: RebuildWatcher
) -> Rebuilt:
    """The same, but the old rows stay, for requests that still read them; `remove_superseded` removes them.

    Raises:
        UnknownTimeline: there is no such timeline.
        AlreadyRebuilding: another process rebuilds it.
        NewerRules: the views are by rules that this program does not have.
        Stalled: it made no progress; the views are as they were.
    """
    async with await connect(dsn, settings) as connection, _alone(connection, timeline):
        return await _make_generation(connection, dsn, settings, timeline, workers, watcher)


async def remove_superseded(
    dsn: str, settings: Settings, rebuilds: Mapping[str, Rebuilt], watcher: RebuildWatcher
) -> None:
    """Remove the old rows of these timelines, after a time of grace that is one for all of them.

    Every timeline has its new rows by then: none waits because the old rows of another do.

    Raises:
        Stalled: it made no progress; the next rebuild removes the rest.
    """
    if not rebuilds:
        return
    await asyncio.sleep(settings.rebuild_grace_seconds)
    async with (
        ProgressWatch("removing old rows", settings.rebuild_stall_seconds_max) as watch,
        await connect(dsn, settings) as connection,
    ):
        for timeline, rebuilt in rebuilds.items():
            await _remove(connection, timeline, _superseded_by(rebuilt), watcher, watch)
            watcher.removed_all(timeline)


async def _make_generation(  # noqa: PLR0913 - what a rebuild is made of
    connection: Connection,
    dsn: str,
    settings: Settings,
    timeline: str,
    workers: int,
    watcher: RebuildWatcher,
) -> Rebuilt:
    """Fold the timeline's log into a new generation, by this program's rules, and let it be read."""
    head = await read_head(connection, timeline)
    if head.rules > RULES_VERSION:
        raise NewerRules(
            f"the views of {timeline} are by version {head.rules} of the rules, which is newer than this"
            f" program's {RULES_VERSION}; rebuild them with the newer program"
        )
    seconds = settings.rebuild_stall_seconds_max
    try:
        async with ProgressWatch(f"the rebuild of {timeline}", seconds) as watch:
            await _remove(connection, timeline, _UNREAD, watcher, watch)
            with processes(workers) as executor:
                build = _Rebuild(dsn, settings, executor, workers, watcher, watch)
                rebuilt = await build.run(connection, head)
    except BaseException:
        # if the database is not available the rows stay until the next rebuild removes them
        with suppress(psycopg.Error, Stalled):
            async with (
                ProgressWatch("tidying up", seconds) as watch,
                await connect(dsn, settings) as tidying,
            ):
                await _remove(tidying, timeline, _UNREAD, watcher, watch)
        raise
    watcher.swapped(rebuilt)
    return rebuilt


class _Rebuild:
    """One rebuild under way."""

    def __init__(  # noqa: PLR0913 - what a rebuild is made of
        self,
        dsn: str,
        settings: Settings,
        executor: Executor | None,
        workers: int,
        watcher: RebuildWatcher,
        watch: ProgressWatch,
    ) -> None:
        self._dsn = dsn
        self._settings = settings
        self._executor = executor
        self._workers = workers
        self._watcher = watcher
        self._watch = watch
        self._done = 0
        self._of = 0

    async def run(self, connection: Connection, head: LogHead) -> Rebuilt:
        new = head._replace(generation=head.generation + 1, rules=RULES_VERSION)
        done = await self._fold(connection, new, 0, head.position)
        await _analyze(connection)
        for _ in range(CATCH_UPS_MAX):
            position = (await read_head(connection, head.timeline)).position
            if position - done <= SWAP_RECORDS_MAX:
                break
            done = await self._fold(connection, new, done, position)
        return await self._swap(connection, new, done)

    async def _fold(self, connection: Connection, head: LogHead, start: int, end: int) -> int:
        """Write what the records in (start, end] open and end; gives `end`."""
        self._done, self._of = start, end
        self._advance(0)
        async for ends in self._ends(segments(head, start, end, self._workers)):
            await apply_ends(connection, head, ends)
        return end

    async def _ends(self, shares: Iterator[Segment]) -> AsyncIterator[Ends]:
        """Fold the segments, several at a time, and give what they end, in their order."""
        if self._executor is None:
            for segment in shares:
                yield await write_segment(self._dsn, self._settings, segment, self._advance)
            return
        loop = asyncio.get_running_loop()
        under_way: deque[tuple[Segment, asyncio.Future[Ends]]] = deque()
        for segment in shares:
            if len(under_way) > self._workers:
                yield await self._finished(*under_way.popleft())
            future = loop.run_in_executor(
                self._executor, _write_in_process, self._dsn, self._settings, segment
            )
            future.add_done_callback(_retrieve_failure)
            under_way.append((segment, future))
        while under_way:
            yield await self._finished(*under_way.popleft())

    async def _finished(self, segment: Segment, future: asyncio.Future[Ends]) -> Ends:
        with self._watch.paused():  # each process watches its own
            ends = await future
        self._advance(segment.end - segment.start)
        return ends

    def _advance(self, records: int) -> None:
        self._watch.progressed()
        self._done += records
        self._watcher.folded(self._done, self._of)

    async def _swap(self, connection: Connection, new: LogHead, done: int) -> Rebuilt:
        """Fold the last records as a post would, and let the new generation be read; posts wait meanwhile."""
        async with pipelined_transaction(connection) as pipeline:
            head = await lock_head(pipeline, new.timeline)
            for start in range(done, head.position, CHUNK_RECORDS_MAX):
                end = min(start + CHUNK_RECORDS_MAX, head.position)
                for graph, records in await read_chunks(connection, new, start, end):
                    await write_parts(pipeline, project(new, graph, records))
                    await pipeline.results()
                    self._watch.progressed()
            log_head = HeadPosition(head.position, new.generation, new.rules)
            pipeline.send(_swapped(new), notification(new.timeline, log_head), COMMIT)
            await pipeline.results()
        self._watcher.folded(head.position, head.position)
        return Rebuilt(new.generation, head.position)


async def _analyze(connection: Connection) -> None:
    """Tell the planner of a new generation, by which it decides how its pages are read.

    A small sample will do until the next ANALYZE by the server itself, which the removal of what was
    superseded brings about. A table that the server is vacuuming is left to it: to wait would end its work
    after a second.
    """
    await connection.execute(f"SET default_statistics_target = {STATISTICS_TARGET}")
    await connection.execute(f"SET lock_timeout = {ANALYZE_LOCK_MS_MAX}")
    for table in VIEW_TABLES:
        with suppress(LockNotAvailable, QueryCanceled):
            await connection.execute(f"ANALYZE {table.name}")
    await connection.execute("RESET lock_timeout")


def _swapped(new: LogHead) -> Statement:
    parameters = [Int4(new.generation), Int4(new.rules), new.timeline]
    return Statement(
        "UPDATE timeline SET generation = $1, rules = $2 WHERE timeline_id = $3",
        [*map(pack_value, parameters)],
    )


def _retrieve_failure(future: asyncio.Future[Ends]) -> None:
    """Retrieve a failure, or asyncio would log it: where one process fails, the other results are dropped."""
    if not future.cancelled():
        future.exception()


def _write_in_process(dsn: str, settings: Settings, segment: Segment) -> Ends:
    return asyncio.run(_write_watched(dsn, settings, segment))


async def _write_watched(dsn: str, settings: Settings, segment: Segment) -> Ends:
    work = f"the rebuild of {segment.head.timeline}"
    async with ProgressWatch(work, settings.rebuild_stall_seconds_max) as watch:
        return await write_segment(dsn, settings, segment, lambda _: watch.progressed())


@asynccontextmanager
async def _alone(connection: Connection, timeline: str) -> AsyncIterator[None]:
    """Keep other rebuilds of the timeline out for as long as the connection lasts.

    Raises:
        AlreadyRebuilding: one is at work, or the workers of a killed one have not ended yet.
    """
    key = "hashtextextended(%s, %s)"
    cursor = await connection.execute(f"SELECT pg_try_advisory_lock({key})", [timeline, _REBUILD])
    if not (await cursor.fetchone() or [False])[0]:
        raise AlreadyRebuilding(f"timeline {timeline} is being rebuilt by another process")
    try:
        await connection.execute(f"SELECT pg_advisory_lock({key})", [timeline, WRITERS])
    except LockNotAvailable as error:
        raise AlreadyRebuilding(f"an earlier rebuild of timeline {timeline} is still ending") from error
    await connection.execute(f"SELECT pg_advisory_unlock({key})", [timeline, WRITERS])
    yield  # the locks go with the connection


_UNREAD = "generation > (SELECT generation FROM timeline WHERE timeline_id = %(timeline)s)"
"""The rows of a rebuild that is under way, or was killed."""


def _superseded_by(rebuilt: Rebuilt) -> str:
    return f"generation < {rebuilt.generation}"


async def _remove(
    connection: Connection, timeline: str, which: str, watcher: RebuildWatcher, watch: ProgressWatch
) -> None:
    """Remove the timeline's rows for which a condition is true, a few at a time."""
    for table in VIEW_TABLES:
        removed = REMOVED_ROWS_MAX
        while removed == REMOVED_ROWS_MAX:
            cursor = await connection.execute(
                f"DELETE FROM {table.name} WHERE ctid = ANY(ARRAY("
                f" SELECT ctid FROM {table.name} WHERE timeline_id = %(timeline)s AND {which}"
                "  LIMIT %(limit)s))",
                {"timeline": timeline, "limit": REMOVED_ROWS_MAX},
            )
            removed = cursor.rowcount
            watch.progressed()
            watcher.removed(removed)
