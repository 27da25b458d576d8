"""Verifies everything stored of a timeline against its log: the log itself, its tree, every view row.

All is read in one transaction that sees one state of the database, so posts and rebuilds can continue: what
they change later is not seen, and a version that they end counts as standing.

The log is folded again, a chunk at a time. What the chunk's records open must be the rows that begin at their
positions; what they end must be the rows that end there. Two streams over each table, one in the order of
beginnings and one in that of ends, keep step with the log, so that memory does not grow with it.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from msgspec import Struct
from psycopg import IsolationLevel

from timeline.domain.record import Record
from timeline.log.heads import LogHead
from timeline.log.integrity import STORED_COLUMNS, UNREADABLE, Difference, LogCheck, LogRow
from timeline.log.related_events import reference_rows
from timeline.log.transaction import read_head
from timeline.postgres import Connection, connect
from timeline.settings import Settings
from timeline.views.maintenance.rebuild_worker import Chunk, load_chunks
from timeline.views.maintenance.verify_tables import Report, RowStream, TableCheck
from timeline.views.projection.fold import fold
from timeline.views.projection.rows import Versions
from timeline.views.projection.rules import RULES_VERSION
from timeline.views.projection.writer import VIEW_TABLES

CHUNK_RECORDS_MAX = 1_000

VerifyProgress = Callable[[int, int], None]
"""Called with the number of records verified, and of how many."""


class Verified(Struct, frozen=True):
    """What was verified: the log up to a position, its tree's root, and the number of view rows.

    Rows by other rules than this program's (`rules`) cannot be compared with what it folds, and were not.
    """

    timeline: str
    position: int
    root: str
    rows: int
    rules: int


async def verify(
    dsn: str, settings: Settings, timeline: str, report: Report, advance: VerifyProgress
) -> Verified:
    """Read and fold the timeline's log again up to its present head, and report every difference.

    Of a timeline whose views are by other rules than this program's, only the log is verified.

    Raises:
        UnknownTimeline: there is no such timeline.
    """
    async with await connect(dsn, settings) as connection, _one_state(connection), AsyncExitStack() as stack:
        head = await read_head(connection, timeline)
        log = LogCheck(timeline)
        tables = VIEW_TABLES if head.rules == RULES_VERSION else ()
        checks = [TableCheck(connection, head, table, report) for table in tables]
        for check in checks:
            stack.push_async_callback(check.close)
        log_rows = RowStream(connection, "log", _LOG, {"timeline": timeline})
        stack.push_async_callback(log_rows.close)
        for start in range(0, head.position, CHUNK_RECORDS_MAX):
            until = min(start + CHUNK_RECORDS_MAX, head.position)
            records = [
                record async for row in log_rows.up_to(until) if (record := _check_row(log, row, report))
            ]
            if checks:
                await _check_views(connection, head, records, checks, until, report)
            advance(until, head.position)
        async for row in log_rows.up_to(None):
            _check_row(log, row, report)
        for difference in log.check_head(head):
            report(difference)
        for check in checks:
            await check.finish()
        return Verified(timeline, head.position, log.root, sum(check.rows for check in checks), head.rules)


_LOG = f"SELECT {STORED_COLUMNS} FROM event WHERE timeline_id = %(timeline)s ORDER BY position"


def _check_row(log: LogCheck, row: Sequence[object], report: Report) -> Record | None:
    record, differences = log.check(LogRow(*row))  # type: ignore[arg-type]  # as the columns are
    for difference in differences:
        report(difference)
    return record


async def _check_views(  # noqa: PLR0913 - a chunk is checked with these
    connection: Connection,
    head: LogHead,
    records: Sequence[Record],
    checks: Iterable[TableCheck],
    until: int,
    report: Report,
) -> None:
    try:
        chunks = await load_chunks(connection, head, records)
        for chunk in chunks:
            last = until if chunk is chunks[-1] else chunk.records[-1].position
            changes: Iterable[Versions[Any]] = fold(*chunk)
            for check, versions in zip(checks, changes, strict=True):
                await check.compare(versions, last)
            await _check_references(connection, head, chunk, report)
    except UNREADABLE as error:
        positions: dict[str, object] = {"position": f"{records[0].position} to {until}"}
        report(Difference("event", positions, "record", str(error), "what the views can be folded from"))
    for check in checks:
        await check.skip(until)


async def _check_references(connection: Connection, head: LogHead, chunk: Chunk, report: Report) -> None:
    """The table of references must hold everything that the records bear on."""
    expected = {(target, position) for target, position, _ in reference_rows(*chunk)}
    if not expected:
        return
    targets, positions = zip(*expected, strict=True)
    cursor = await connection.execute(_STORED_REFERENCES, [head.timeline, list(targets), list(positions)])
    for target, position in sorted(expected - set(await cursor.fetchall())):
        key: dict[str, object] = {"target": target, "position": position}
        report(Difference("reference", key, None, None, key))


_STORED_REFERENCES = """
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
