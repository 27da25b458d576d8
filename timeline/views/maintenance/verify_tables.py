"""Checks the rows of a view table, streamed in step with the log, against what was folded."""

from collections.abc import AsyncIterator, Callable, Hashable, Mapping
from operator import itemgetter
from typing import Any

from timeline.log.heads import LogHead
from timeline.log.integrity import Difference
from timeline.postgres import Connection
from timeline.views.projection.rows import Version, Versions
from timeline.views.projection.writer import ViewTable, key_values

Report = Callable[[Difference], None]
"""Called with each difference."""

FETCHED_ROWS = 1_000

UNPAIRED_ENDS_MAX = 10_000
"""How many misplaced ends are remembered, to report what is stored and what is expected as one difference."""

_BEGINNINGS = """
SELECT from_position, {row} FROM {table}
WHERE timeline_id = %(timeline)s AND generation = %(generation)s ORDER BY from_position
"""

_ENDS = """
SELECT * FROM (
    SELECT to_position, from_position,
        lead(from_position) OVER (PARTITION BY {key} ORDER BY from_position) AS following, {key}
    FROM {table} WHERE timeline_id = %(timeline)s AND generation = %(generation)s
) AS version
WHERE to_position IS NOT NULL ORDER BY to_position
"""


class RowStream:
    """The rows of a query that gives a position first, in the order of positions."""

    def __init__(
        self, connection: Connection, name: str, query: str, parameters: Mapping[str, object]
    ) -> None:
        self._cursor = connection.cursor(name, binary=True)
        self._query = query
        self._parameters = parameters
        self._fetched: list[tuple[Any, ...]] = []
        self._started = False

    async def up_to(self, position: int | None) -> AsyncIterator[tuple[Any, ...]]:
        """The rows that follow, up to a position, or to the end."""
        while True:
            if not self._fetched:
                self._fetched = (await self._fetch())[::-1]
            if not self._fetched or (position is not None and self._fetched[-1][0] > position):
                return
            yield self._fetched.pop()

    async def close(self) -> None:
        """Close the cursor in the database."""
        await self._cursor.close()

    async def _fetch(self) -> list[tuple[Any, ...]]:
        if not self._started:
            await self._cursor.execute(self._query, self._parameters)
            self._started = True
        return await self._cursor.fetchmany(FETCHED_ROWS)


class TableCheck:
    """Checks one view table against what the log's records open and end."""

    def __init__(self, connection: Connection, head: LogHead, table: ViewTable, report: Report) -> None:
        scope = {"timeline": head.timeline, "generation": head.generation}
        names = {"table": table.name, "row": ", ".join(table.row._fields), "key": ", ".join(table.key)}
        self.rows = 0
        self._table = table
        self._report = report
        self._beginnings = RowStream(connection, f"{table.name}_begin", _BEGINNINGS.format(**names), scope)
        self._ends = RowStream(connection, f"{table.name}_end", _ENDS.format(**names), scope)
        self._misplaced: dict[Hashable, tuple[int, int]] = {}
        self._missing: dict[Hashable, int] = {}
        columns = table.row._fields
        # the row of a key, without a look at the other columns
        self._key_values = itemgetter(*map(columns.index, table.key))

    async def close(self) -> None:
        """Close the cursors in the database."""
        await self._beginnings.close()
        await self._ends.close()

    async def compare(self, versions: Versions[Any], until: int) -> None:
        """Check the rows that begin or end up to a position, from the last one on, against the versions."""
        opened = {self._key(version): version for version in versions.opened}
        async for first, *values in self._beginnings.up_to(until):
            self.rows += 1
            stored = self._row(first, values)
            self._compare_row(stored, opened.pop(self._key(stored), None))
        for version in opened.values():
            self._report_row(version, None, None, version.row._asdict())
        await self._compare_ends(versions, until)

    async def skip(self, until: int) -> None:
        """Skip the rows up to a position, which nothing can be compared with."""
        async for _ in self._beginnings.up_to(until):
            self.rows += 1
        async for _ in self._ends.up_to(until):
            pass

    async def finish(self) -> None:
        """Report what lies beyond the last record, and the ends without a counterpart."""
        async for first, *values in self._beginnings.up_to(None):
            self.rows += 1
            stored = self._row(first, values)
            self._report_row(stored, None, stored.row._asdict(), None)
        async for to, first, _, *key in self._ends.up_to(None):
            self._misplace(tuple(key), first, to)
        for unpaired, (first, to) in self._misplaced.items():
            self._report_end(unpaired, first, to, None)
        for unpaired, to in self._missing.items():
            self._report_end(unpaired, None, None, to)

    def _compare_row(self, stored: Version[Any], expected: Version[Any] | None) -> None:
        if expected is None:
            self._report_row(stored, None, stored.row._asdict(), None)
            return
        if stored.row == expected.row:
            return
        for column, was, should in zip(self._table.row._fields, stored.row, expected.row, strict=True):
            if was != should:
                self._report_row(stored, column, was, should)

    async def _compare_ends(self, versions: Versions[Any], until: int) -> None:
        expected = {(key_values(key), to) for key, to in versions.closed.items()}
        for version in versions.opened:
            if version.to_position is not None:
                expected.add((self._key(version)[:-1], version.to_position))
        async for to, first, following, *columns in self._ends.up_to(until):
            key = tuple(columns)
            if (key, to) not in expected:
                self._misplace(key, first, to)
            elif to <= first or (following is not None and to > following):
                self._report_end(key, first, to, following)
            expected.discard((key, to))
        for key, to in sorted(expected, key=itemgetter(1)):
            self._miss(key, to)

    def _misplace(self, key: tuple[Any, ...], first: int, to: int) -> None:
        """A version ends where no record ends it."""
        if key in self._missing:
            self._report_end(key, first, to, self._missing.pop(key))
        elif len(self._misplaced) < UNPAIRED_ENDS_MAX and key not in self._misplaced:
            self._misplaced[key] = (first, to)
        else:
            self._report_end(key, first, to, None)

    def _miss(self, key: tuple[Any, ...], to: int) -> None:
        """A record ends a version, and none ends there."""
        if key in self._misplaced:
            self._report_end(key, *self._misplaced.pop(key), to)
        elif len(self._missing) < UNPAIRED_ENDS_MAX and key not in self._missing:
            self._missing[key] = to
        else:
            self._report_end(key, None, None, to)

    def _key(self, version: Version[Any]) -> tuple[Any, ...]:
        return (*key_values(self._key_values(version.row)), version.from_position)

    def _row(self, first: int, values: list[Any]) -> Version[Any]:
        return Version(first, None, self._table.row._make(values))

    def _report_row(
        self, version: Version[Any], column: str | None, stored: object, expected: object
    ) -> None:
        names = (*self._table.key, "from_position")
        key = dict(zip(names, self._key(version), strict=True))
        texts = [each.decode() if isinstance(each, bytes) else each for each in (stored, expected)]
        self._report(Difference(self._table.name, key, column, *texts))

    def _report_end(self, key: Hashable, first: int | None, stored: int | None, expected: int | None) -> None:
        names = dict(zip(self._table.key, key_values(key), strict=True))
        if first is not None:
            names["from_position"] = first
        self._report(Difference(self._table.name, names, "to_position", stored, expected))
