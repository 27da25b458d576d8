"""Holds everything that is stored of a timeline against its log: the log itself, its tree, every view row.

All is read in one transaction that sees one state of the database, so that posts and rebuilds can go on:
what they change later is not seen, and a version that they end counts as standing.

The log is folded anew, a chunk at a time. What the chunk's records open must be the rows that begin at their
positions; what they end must be the rows that end there. Two walks over each table, one in the order of
beginnings and one in that of ends, keep step with the log, so that memory does not grow with it.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from msgspec import Struct
from psycopg import IsolationLevel

from timeline.domain.record import Record
from timeline.log.decider import LogHead
from timeline.log.integrity import STORED_COLUMNS, UNREADABLE, Difference, LogCheck, LogRow
from timeline.log.related_events import References
from timeline.log.transaction import read_head
from timeline.postgres import Connection, connect
from timeline.settings import Settings
from timeline.views.maintenance.rebuild_worker import Chunk, load_chunks
from timeline.views.maintenance.verify_tables import Report, RowStream, TableCheck
from timeline.views.projection.fold import fold
from timeline.views.projection.rows import Versions
from timeline.views.projection.writer import VIEW_TABLES

CHUNK_RECORDS_MAX = 1_000

VerifyProgress = Callable[[int, int], None]
"""Told how many records are verified, of how many."""


class Verified(Struct, frozen=True):
    """What was verified: the log up to a position, its tree's root, and so many rows of the views."""

    timeline: str
    position: int
    root: str
    rows: int


async def verify(
    dsn: str, settings: Settings, timeline: str, report: Report, advance: VerifyProgress
) -> Verified:
    """Re-read and re-fold the timeline's log up to its present head, and report every difference.

    Raises:
        UnknownTimeline: there is no such timeline.
    """
    async with await connect(dsn, settings) as connection, _one_state(connection), AsyncExitStack() as stack:
        head = await read_head(connection, timeline)
        log = LogCheck(timeline)
        audits = [TableCheck(connection, head, table, report) for table in VIEW_TABLES]
        for audit in audits:
            stack.push_async_callback(audit.close)
        walk = RowStream(connection, "log", _LOG, {"timeline": timeline})
        stack.push_async_callback(walk.close)
        for start in range(0, head.position, CHUNK_RECORDS_MAX):
            until = min(start + CHUNK_RECORDS_MAX, head.position)
            taken = [record async for row in walk.up_to(until) if (record := _checked(log, row, report))]
            await _check_views(connection, head, taken, audits, until, report)
            advance(until, head.position)
        async for row in walk.up_to(None):
            _checked(log, row, report)
        for difference in log.check_head(head):
            report(difference)
        for audit in audits:
            await audit.finish()
        return Verified(timeline, head.position, log.root, sum(audit.rows for audit in audits))


_LOG = f"SELECT {STORED_COLUMNS} FROM event WHERE timeline_id = %(timeline)s ORDER BY position"


def _checked(log: LogCheck, row: Sequence[object], report: Report) -> Record | None:
    record, differences = log.check(LogRow(*row))  # type: ignore[arg-type]  # as the columns are
    for difference in differences:
        report(difference)
    return record


async def _check_views(  # noqa: PLR0913 - a step of the walk is these
    connection: Connection,
    head: LogHead,
    taken: Sequence[Record],
    audits: Iterable[TableCheck],
    until: int,
    report: Report,
) -> None:
    try:
        chunks = await load_chunks(connection, head, taken)
        for chunk in chunks:
            last = until if chunk is chunks[-1] else chunk.records[-1].position
            changes: Iterable[Versions[Any]] = fold(*chunk)
            for audit, versions in zip(audits, changes, strict=True):
                await audit.compare(versions, last)
            await _check_references(connection, head, chunk, report)
    except UNREADABLE as error:
        positions: dict[str, object] = {"position": f"{taken[0].position} to {until}"}
        report(Difference("event", positions, "record", str(error), "what the views can be folded from"))
    for audit in audits:
        await audit.skip(until)


async def _check_references(connection: Connection, head: LogHead, chunk: Chunk, report: Report) -> None:
    """What records bear on is looked up in a table of its own, which must not lack any of it."""
    wanted = {(target, position) for target, position, _ in References.of(*chunk)}
    if not wanted:
        return
    targets, positions = zip(*wanted, strict=True)
    cursor = await connection.execute(_FOUND, [head.timeline, list(targets), list(positions)])
    for target, position in sorted(wanted - set(await cursor.fetchall())):
        key: dict[str, object] = {"target": target, "position": position}
        report(Difference("reference", key, None, None, key))


_FOUND = """
SELECT target, position FROM reference
WHERE timeline_id = %s AND (target, position) IN (SELECT * FROM unnest(%s::uuid[], %s::bigint[]))
"""


@asynccontextmanager
async def _one_state(connection: Connection) -> AsyncIterator[None]:
    """A transaction that sees one state of the database, however long it takes."""
    await connection.set_isolation_level(IsolationLevel.REPEATABLE_READ)
    await connection.set_read_only(True)
    async with connection.transaction():
        for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
            await connection.execute(f"SET LOCAL {limit} = 0")
        yield
