"""The workers of a rebuild: each folds segments of the log and writes the versions that they open.

A fold needs the log and nothing of the views, so segments can be folded in any order and by different
processes. Within a segment the last records come first: the ends of earlier versions are then known when
those are written, which saves nearly all updates.
"""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Hashable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from math import ceil
from multiprocessing.connection import wait
from typing import Any, NamedTuple

from psycopg.types.numeric import Int4

from timeline.domain.errors import RuleBroken
from timeline.domain.event_graph import EventGraph
from timeline.domain.record import Record, decode_record
from timeline.gc_tuning import full_speed
from timeline.log import reader
from timeline.log.binary import pack_rows
from timeline.log.bulk import copy_rows
from timeline.log.heads import LogHead
from timeline.log.pipeline import COMMIT, Statement, pipelined_transaction
from timeline.log.related_events import load_graph
from timeline.postgres import PLANNED_FOR_ANY, Connection, connect
from timeline.settings import Settings
from timeline.views.projection.fold import fold
from timeline.views.projection.rows import Versions, ViewChanges
from timeline.views.projection.writer import VIEW_TABLES, ends_of_versions

CHUNK_RECORDS_MAX = 2_000
"""Records folded at a time: few enough to hold in memory with all that they bear on."""

SEGMENT_RECORDS_MAX = 40_000
"""Records of a segment: at either end of one, reading, folding and writing wait for each other."""

WRITERS = 0x7265_6275
"""The advisory lock, one per timeline, that writers of a rebuild share and the next rebuild waits for."""


class Segment(NamedTuple):
    """The records in (start, end], and the head that names their timeline and the generation to write."""

    head: LogHead
    start: int
    end: int


class Ends(NamedTuple):
    """Where records end versions that earlier records opened: positions by key, a dict a view table."""

    entries: dict[Hashable, int]
    entry_texts: dict[Hashable, int]
    entry_actors: dict[Hashable, int]
    claims: dict[Hashable, int]
    incident_counts: dict[Hashable, int]
    profiles: dict[Hashable, int]

    @classmethod
    def none(cls) -> "Ends":
        """No end yet."""
        return cls({}, {}, {}, {}, {}, {})


class Chunk(NamedTuple):
    """Records that follow each other, and the graph that holds them and all that they bear on."""

    graph: EventGraph
    records: list[Record]


FoldProgress = Callable[[int], None]
"""Called with the number of records written since the last call, and with 0 as parts of the work are done."""

FOLDED_RECORDS_MAX = 100
"""How many records are folded before that is told."""


def segments(head: LogHead, start: int, end: int, workers: int) -> Iterator[Segment]:
    """Cut the records in (start, end] into segments of one size, in order, as many for each worker."""
    if length := end - start:
        rounds = ceil(length / (workers * SEGMENT_RECORDS_MAX))
        size = ceil(length / (workers * rounds))
        for first in range(start, end, size):
            yield Segment(head, first, min(first + size, end))


async def write_segment(dsn: str, settings: Settings, segment: Segment, advance: FoldProgress) -> Ends:
    """Fold a segment and write what it opens; gives what it ends of versions from before it.

    Reading, folding and writing overlap, each a chunk behind the one before.
    """
    async with await connect(dsn, settings) as reader, await connect(dsn, settings) as writer:
        # nobody reads these rows before the swap is committed, and with it all that was written before
        await writer.execute("SET synchronous_commit = off")
        await writer.execute(
            "SELECT pg_advisory_lock_shared(hashtextextended(%s, %s))", [segment.head.timeline, WRITERS]
        )
        try:
            with full_speed():
                return await _write_segment(reader, writer, segment, advance)
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None


async def _write_segment(
    reader: Connection, writer: Connection, segment: Segment, advance: FoldProgress
) -> Ends:
    ends = Ends.none()
    progressed = partial(asyncio.get_running_loop().call_soon_threadsafe, advance, 0)
    async with asyncio.TaskGroup() as tasks:
        writing: asyncio.Task[None] | None = None
        async for chunk in _read_ahead(reader, segment, tasks):
            blocks = await asyncio.to_thread(_fold, chunk, segment.head, ends, progressed)
            if writing is not None:
                await writing
            writing = tasks.create_task(_write(writer, blocks, advance))
            advance(len(chunk.records))
    return ends


async def apply_ends(connection: Connection, head: LogHead, ends: Ends) -> None:
    """End the versions that stand; all that was recorded before these ends must have been written."""
    async with pipelined_transaction(connection) as pipeline:
        # of a new generation the planner knows nothing
        pipeline.send(Statement(f"SELECT {PLANNED_FOR_ANY}"))
        for table, positions in zip(VIEW_TABLES, ends, strict=True):
            await pipeline.send_rest(ends_of_versions(head, table, positions))
        pipeline.send(COMMIT)
        await pipeline.results()


async def load_chunks(connection: Connection, head: LogHead, records: Sequence[Record]) -> list[Chunk]:
    """The records with all that they bear on, in as many chunks as it takes to keep within its limit.

    Raises:
        RuleBroken: a single record bears on more than any commit can have recorded.
    """
    if not records:  # the log lacks some; `verify` reports them
        return []
    before = head._replace(position=records[0].position - 1)
    try:
        # before one of the last of its commit there may be more than may be before a post
        is_last_part = len(records) == 1
        graph = await load_graph(
            connection, before, [record.event for record in records], are_recorded=is_last_part
        )
    except RuleBroken:
        if len(records) == 1:
            raise
        middle = len(records) // 2
        first = await load_chunks(connection, head, records[:middle])
        return [*first, *await load_chunks(connection, head, records[middle:])]
    for record in records:
        graph.add(record)
    return [Chunk(graph, list(records))]


async def read_chunks(connection: Connection, head: LogHead, start: int, end: int) -> list[Chunk]:
    """The records in (start, end], few enough for one chunk, with all that they bear on."""
    rows = await reader.read_records(connection, head.timeline, after=start, until=end, limit=end - start)
    return await load_chunks(connection, head, [decode_record(record) for _, record in rows])


async def _read_ahead(
    connection: Connection, segment: Segment, tasks: asyncio.TaskGroup
) -> AsyncIterator[Chunk]:
    """The segment's chunks, the last first, each read while the one before it is folded."""
    reading: asyncio.Task[list[Chunk]] | None = None
    for end in range(segment.end, segment.start, -CHUNK_RECORDS_MAX):
        chunks = await reading if reading is not None else []
        start = max(segment.start, end - CHUNK_RECORDS_MAX)
        reading = tasks.create_task(read_chunks(connection, segment.head, start, end))
        for chunk in reversed(chunks):
            yield chunk
    for chunk in reversed(await reading if reading is not None else []):
        yield chunk


def _fold(chunk: Chunk, head: LogHead, ends: Ends, progressed: Callable[[], object]) -> list[bytes]:
    """What the chunk opens, as COPY takes it, one block per table; `ends` is what later records end."""
    changes = ViewChanges.none()
    for start in range(0, len(chunk.records), FOLDED_RECORDS_MAX):
        fold(chunk.graph, chunk.records[start : start + FOLDED_RECORDS_MAX], changes)
        progressed()
    chunk.graph.forget_snapshots()
    return _packed(changes, head, ends)


def _packed(changes: Sequence[Versions[Any]], head: LogHead, ends: Ends) -> list[bytes]:
    blocks = []
    prefix = (head.timeline, Int4(head.generation))
    for table, versions, positions in zip(VIEW_TABLES, changes, ends, strict=True):
        versions.close(positions)
        opened = sorted(versions.opened, key=lambda version: table.sort_key(version.row))
        blocks.append(pack_rows(prefix, table.in_order(opened)) if opened else b"")
    return blocks


async def _write(connection: Connection, blocks: Sequence[bytes], advance: FoldProgress) -> None:
    for table, block in zip(VIEW_TABLES, blocks, strict=True):
        if block:
            await copy_rows(connection, table.name, table.rows.columns, block)
            advance(0)


@contextmanager
def processes(number: int) -> Iterator[Executor | None]:
    """An executor of so many processes; None for one, which is this process itself.

    At the end, whatever it is, the work that has begun is waited for and the rest is dropped.
    """
    if number == 1:
        yield None
        return
    # a forked process would share its parent's connections and the locks of its threads
    executor = ProcessPoolExecutor(number, multiprocessing.get_context("spawn"), prepare_process)
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def prepare_process() -> None:
    """Prepare a spawned process: it ends with its parent, and not by Ctrl-C."""
    # Ctrl-C reaches every process of the terminal; the parent is the one to act on it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A killed parent tells nobody, and a pool's process would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
