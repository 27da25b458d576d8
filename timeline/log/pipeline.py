"""A pipeline of statements: many are sent without waiting for the answer of each (libpq, "Pipeline Mode").

This is what an append speaks to the database in. The driver's own pipeline goes back and forth with the
event loop for each statement, which costs more than what the statements do: here the loop is waited for once
a round trip. Statements are prepared under names of their own, unless the connection is set not to prepare.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, MutableMapping, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from psycopg import Error, OperationalError, pq
from psycopg.abc import PQGen
from psycopg.adapt import Transformer
from psycopg.errors import InvalidSqlStatementName, error_from_result
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import Ready, Wait

from timeline.log.binary import Columns, pack_arrays
from timeline.postgres import Connection

ResultT = TypeVar("ResultT")

STALL_SECONDS = 60.0
"""How long PostgreSQL may neither take nor answer anything before it is given up.

`statement_timeout` ends a statement that works for too long, but none that has not arrived, nor one of a
server that has stopped.
"""


UNSENT_BYTES_MAX = 1 << 20
"""How much is made of statements before other tasks may run; a statement is made whole."""


class Statement(NamedTuple):
    """A statement with `$1`, `$2` and so on for its parameters, which are in PostgreSQL's binary formats."""

    sql: str
    parameters: Sequence[bytes | None] = ()


class TableRows(NamedTuple):
    """How rows of a table are inserted: all its columns in its own order, and the OIDs of their types."""

    table: str
    columns: Sequence[str]
    oids: Sequence[int]

    def insert(self, prefix: Sequence[object], columns: Columns) -> Iterator[Statement]:
        """What inserts rows, given by column; each row begins with the prefix."""
        for array in pack_arrays(self.oids, prefix, columns):
            yield Statement(f"INSERT INTO {self.table} SELECT * FROM unnest($1::{self.table}[])", [array])


class Pipeline:
    """Sends statements on a connection, and reads their results when it is synchronised.

    The first statement that fails ends it: those behind it are not run, until the next synchronisation.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._pgconn = connection.pgconn
        self._names = None if connection.prepare_threshold is None else _names_of(connection)
        self._sent: list[str | None] = []
        """What results are waited for: of a statement, or of the preparation of this one."""

    def send(self, *statements: Statement) -> None:
        """Hand statements to the driver, which sends as much as the server takes at once."""
        if self._pgconn.pipeline_status == pq.PipelineStatus.OFF:
            self._pgconn.enter_pipeline_mode()
        for sql, parameters in statements:
            formats = [pq.Format.BINARY] * len(parameters)
            if self._names is None:
                self._pgconn.send_query_params(
                    sql.encode(), parameters, param_formats=formats, result_format=pq.Format.BINARY
                )
            else:
                name = self._names.get(sql) or self._prepare(self._names, sql)
                self._pgconn.send_query_prepared(name, parameters, formats, pq.Format.BINARY)
            self._sent.append(None)

    def _prepare(self, names: MutableMapping[str, bytes], sql: str) -> bytes:
        names[sql] = name = b"timeline_%d" % next(_numbers)
        self._pgconn.send_prepare(name, sql.encode())
        self._sent.append(sql)
        return name

    def send_some(self, statements: Iterator[Statement]) -> bool:
        """Send what the server takes at once; whether that is all of these statements and of those before.

        What remains is to be given to `send_rest`: statements are made as they are sent, and large ones would
        hold the event loop, and memory, if they were made all at once.
        """
        size = 0
        for statement in statements:
            self.send(statement)
            size += sum(map(len, filter(None, statement.parameters)))
            if size > UNSENT_BYTES_MAX:
                return False
        return not self._pgconn.flush()

    async def send_rest(self, statements: Iterator[Statement]) -> None:
        """Send statements as the server takes them, while other tasks run.

        Raises:
            OperationalError: PostgreSQL takes no more.
        """
        while not self.send_some(statements):
            if self._pgconn.flush():
                await self._wait(_flushed(self._pgconn))
            else:
                await asyncio.sleep(0)

    async def results(self) -> list[list[tuple[Any, ...]]]:
        """Wait for all that was sent, and give the rows of each statement.

        Raises:
            psycopg.Error: that of the first statement that failed;
            InvalidSqlStatementName: what was prepared is lost; see `twice_if_forgotten`.
            OperationalError: PostgreSQL takes no more, or says no more.
        """
        if not self._sent:
            return []
        self._pgconn.pipeline_sync()
        results = await self._wait(_synchronised(self._pgconn))
        self._pgconn.exit_pipeline_mode()
        sent, self._sent = self._sent, []
        failed = next((each for each in results if each.status == pq.ExecStatus.FATAL_ERROR), None)
        if failed is not None:
            error = error_from_result(failed)
            self._forget(None if isinstance(error, InvalidSqlStatementName) else sent)
            raise error
        return [self._rows(each) for each, sql in zip(results, sent, strict=True) if sql is None]

    def _forget(self, prepared: Iterable[str | None] | None) -> None:
        """Prepare statements, or all, when they are sent again: what is behind a failure is not prepared."""
        names = self._names or {}
        for sql in [*names] if prepared is None else filter(None, prepared):
            names.pop(sql, None)

    async def _wait(self, communication: PQGen[ResultT]) -> ResultT:
        try:
            async with asyncio.timeout(STALL_SECONDS) as stall:
                return await self._connection.wait(_watched(communication, stall))
        except TimeoutError:
            raise OperationalError(f"PostgreSQL has answered nothing for {STALL_SECONDS:g} s") from None

    def _rows(self, result: PGresult) -> list[tuple[Any, ...]]:
        if not result.ntuples:
            return []
        transformer = Transformer(self._connection)
        transformer.set_pgresult(result)
        return transformer.load_rows(0, result.ntuples, tuple)


@asynccontextmanager
async def pipelined_transaction(connection: Connection) -> AsyncIterator[Pipeline]:
    """A transaction to be committed by `COMMIT` as the block's last statement; without, it is rolled back."""
    pipeline = Pipeline(connection)
    pipeline.send(BEGIN)
    try:
        yield pipeline
    except Exception:
        await _end(connection, pipeline)
        raise
    except BaseException:  # cancelled: what the server does now nobody waits for
        await connection.close()
        raise
    await _end(connection, pipeline)


async def twice_if_forgotten(work: Callable[[], Awaitable[ResultT]]) -> ResultT:
    """Do work of one transaction; and once more where statements that it had prepared before were given up.

    The driver, which uses the same connections, gives up all that is prepared on one when it rolls back.
    """
    try:
        return await work()
    except InvalidSqlStatementName:
        return await work()


BEGIN = Statement("BEGIN")
COMMIT = Statement("COMMIT")
_ROLLBACK = Statement("ROLLBACK")


async def _end(connection: Connection, pipeline: Pipeline) -> None:
    """Leave the connection idle, unless it is broken."""
    try:
        if connection.pgconn.pipeline_status != pq.PipelineStatus.OFF:
            await _settle(pipeline)
        if connection.pgconn.transaction_status != pq.TransactionStatus.IDLE:
            pipeline.send(_ROLLBACK)
            await pipeline.results()
    except OperationalError:
        return  # whoever gave the connection looks whether it is broken


async def _settle(pipeline: Pipeline) -> None:
    """Read what was sent; what failed of it has been told, or no longer matters."""
    try:
        await pipeline.results()
    except OperationalError:
        raise
    except Error:
        return


_numbers = count()
"""Numbers the prepared statements of this process: a name is never used twice on a connection."""

_prepared: WeakKeyDictionary[Connection, dict[str, bytes]] = WeakKeyDictionary()


def _names_of(connection: Connection) -> dict[str, bytes]:
    """The names of the statements that are prepared on a connection, by their text."""
    names = _prepared.get(connection)
    if names is None:
        names = _prepared[connection] = {}
    return names


def _watched(communication: PQGen[ResultT], stall: asyncio.Timeout) -> PQGen[ResultT]:
    """The same, each step of which puts off the end."""
    clock = asyncio.get_running_loop().time
    try:
        wait = next(communication)
        while True:
            ready = yield wait
            if ready:
                stall.reschedule(clock() + STALL_SECONDS)
            wait = communication.send(ready)
    except StopIteration as end:
        result: ResultT = end.value
        return result


def _synchronised(pgconn: PGconn) -> PQGen[list[PGresult]]:
    """Send what is not sent yet, and read the results up to the synchronisation."""
    results: list[PGresult] = []
    while True:
        ready = yield Wait.RW if pgconn.flush() else Wait.R
        if not ready & Ready.R:
            continue
        pgconn.consume_input()
        while not pgconn.is_busy():
            result = pgconn.get_result()
            if result is None:
                continue  # between the results of two statements
            if result.status == pq.ExecStatus.PIPELINE_SYNC:
                return results
            results.append(result)


def _flushed(pgconn: PGconn) -> PQGen[None]:
    """Send all; what the server says meanwhile is read, or it would stop reading too."""
    while pgconn.flush():
        ready = yield Wait.RW
        if ready & Ready.R:
            pgconn.consume_input()
