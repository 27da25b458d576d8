"""Verifies everything stored of a timeline against its log: the log, its tree, references and every view row.

All is read in one transaction that sees one state of the database, so posts and rebuilds can continue: what
they change later is not seen, and a version that they end counts as standing.

The log is folded again, a chunk at a time. What the chunk's records open must be the rows that begin at their
positions; what they end must be the rows that end there. Two streams over each table, one in the order of
beginnings and one in that of ends, keep step with the log, so that memory does not grow with it.

What protects the record in the database is checked too, and that there are no rows that nobody reads.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from msgspec import Struct
from psycopg import IsolationLevel

from timeline.domain.record import Record
from timeline.gc_tuning import relaxed_gc
from timeline.log.heads import LogHead
from timeline.log.integrity import (
    STORED_COLUMNS,
    UNREADABLE,
    Difference,
    EarlierRoot,
    KeptRoot,
    LogCheck,
    LogRow,
)
from timeline.log.protection import check_protection
from timeline.log.transaction import read_head
from timeline.postgres import Connection, connect
from timeline.settings import Settings
from timeline.views.maintenance.generations import is_rebuild_at_work, other_generations
from timeline.views.maintenance.rebuild_worker import load_chunks
from timeline.views.maintenance.verify_references import ReferenceCheck
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

    Rows by other rules than this program's (`rules`) cannot be compared with what it folds, and were not. A
    kept root proves that the records up to `proven_position` are what they were when it was kept; without one
    that is 0; `roots` has the answer for each. Where a rebuild is at work, `rebuild_rows` are of its
    generations, which nobody reads.
    """

    timeline: str
    position: int
    root: str
    rows: int
    rules: int
    proven_position: int
    rebuild_rows: int
    roots: list[KeptRoot]


async def verify(  # noqa: PLR0913 - what is verified, against what, and who is told
    dsn: str,
    settings: Settings,
    timeline: str,
    report: Report,
    advance: VerifyProgress,
    earlier_roots: Sequence[EarlierRoot] = (),
) -> Verified:
    """Read and fold the timeline's log again up to its present head, and report every difference.

    The log must extend the roots that were kept. Of a timeline whose views are by other rules than this
    program's, only the log and its references are verified.

    Raises:
        UnknownTimeline: there is no such timeline.
    """
    async with await connect(dsn, settings) as connection, _one_state(connection), AsyncExitStack() as stack:
        is_rebuilding = await is_rebuild_at_work(connection)  # first: it sees the locks of this very state
        head = await read_head(connection, timeline)
        verification = _Verification(connection, head, report, earlier_roots)
        stack.push_async_callback(verification.close)
        await verification.check_surroundings(is_rebuilding=is_rebuilding)
        with relaxed_gc():
            await verification.check_log(advance)
        return await verification.finish()


class _Verification:
    """One timeline's verification."""

    def __init__(
        self, connection: Connection, head: LogHead, report: Report, earlier_roots: Sequence[EarlierRoot]
    ) -> None:
        self._connection = connection
        self._head = head
        self._report = report
        self._log = LogCheck(head.timeline, earlier_roots)
        self._log_rows = RowStream(connection, "log", _LOG, {"timeline": head.timeline})
        tables = VIEW_TABLES if head.rules == RULES_VERSION else ()
        self._tables = [TableCheck(connection, head, table, self._report_row) for table in tables]
        self._references = ReferenceCheck(connection, head, report)
        self._first_difference: int | None = None
        self._rebuild_rows = 0

    async def close(self) -> None:
        await self._log_rows.close()
        await self._references.close()
        for check in self._tables:
            await check.close()

    async def check_surroundings(self, *, is_rebuilding: bool) -> None:
        """Check what protects the record, and that there are no rows but those that are read."""
        differences = await check_protection(self._connection)
        others = await other_generations(self._connection, self._head)
        if is_rebuilding:
            self._rebuild_rows = sum(other.rows for other in others)
        else:
            differences += [other.difference() for other in others]
        for difference in differences:
            self._report(difference)

    async def check_log(self, advance: VerifyProgress) -> None:
        """Check the log, and with each chunk of it what it makes of the other tables."""
        end = self._head.position
        for start in range(0, end, CHUNK_RECORDS_MAX):
            until = min(start + CHUNK_RECORDS_MAX, end)
            rows = self._log_rows.up_to(until)
            records = [record async for row in rows if (record := self._check_row(row))]
            await self._check_views(records, until)
            advance(until, end)
        async for row in self._log_rows.up_to(None):
            self._check_row(row)

    async def finish(self) -> Verified:
        """Check what is left when all records are."""
        for check in self._tables:
            await check.finish()
        await self._references.finish()
        for difference in (
            *self._log.check_head(self._head),
            *self._log.check_changed_together(self._head, self._first_difference),
            *self._log.check_roots(),
        ):
            self._report(difference)
        return Verified(
            self._head.timeline,
            self._head.position,
            self._log.root,
            sum(check.rows for check in self._tables),
            self._head.rules,
            self._log.proven_position,
            self._rebuild_rows,
            self._log.kept_roots(),
        )

    def _report_row(self, difference: Difference) -> None:
        """Report a difference of a view, and note the first position at which the views differ."""
        begins = difference.key.get("from_position")
        ends = difference.stored, difference.expected
        positions = ends if difference.column == "to_position" else (begins,)
        for position in positions:
            if isinstance(position, int):
                self._first_difference = min(position, self._first_difference or position)
        self._report(difference)

    def _check_row(self, row: Sequence[object]) -> Record | None:
        record, differences = self._log.check(LogRow(*row))  # type: ignore[arg-type]  # as the columns are
        for difference in differences:
            self._report(difference)
        return record

    async def _check_views(self, records: Sequence[Record], until: int) -> None:
        try:
            chunks = await load_chunks(self._connection, self._head, records)
            for chunk in chunks:
                last = until if chunk is chunks[-1] else chunk.records[-1].position
                await self._references.compare(chunk, last)
                if self._tables:
                    changes: Iterable[Versions[Any]] = fold(*chunk)
                    chunk.graph.forget_snapshots()
                    for check, versions in zip(self._tables, changes, strict=True):
                        await check.compare(versions, last)
        except UNREADABLE as error:
            positions: dict[str, object] = {"position": f"{records[0].position} to {until}"}
            self._report(
                Difference("event", positions, "record", str(error), "what the views can be folded from")
            )
        await self._references.skip(until)
        for check in self._tables:
            await check.skip(until)


_LOG = f"SELECT {STORED_COLUMNS} FROM event WHERE timeline_id = %(timeline)s ORDER BY position"


@asynccontextmanager
async def _one_state(connection: Connection) -> AsyncIterator[None]:
    """A transaction that sees one state of the database, however long it takes."""
    await connection.set_isolation_level(IsolationLevel.REPEATABLE_READ)
    await connection.set_read_only(True)
    async with connection.transaction():
        for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
            await connection.execute(f"SET LOCAL {limit} = 0")
        yield
