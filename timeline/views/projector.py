"""Writes what a run of records does to the views, within the transaction that appends them."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple

from psycopg import AsyncConnection

from timeline.domain.docket import Docket
from timeline.domain.record import Record
from timeline.log.ledger import Head
from timeline.views.fold import fold
from timeline.views.rows import (
    ClaimRow,
    EntryActorRow,
    EntryRow,
    ProfileRow,
    Row,
    Version,
    Versions,
)


class _Table(NamedTuple):
    """The two statements by which versions of a view's rows are written."""

    close: str
    insert: str


def _table(name: str, row: type[Any], key: Sequence[str]) -> _Table:
    columns = ("timeline_id", "generation", "from_position", "to_position", *row._fields)
    values = ("to_tsvector('simple', %s)" if column == "words" else "%s" for column in columns)
    return _Table(
        close=f"UPDATE {name} SET to_position = %s WHERE timeline_id = %s AND generation = %s"
        f" AND {' AND '.join(f'{column} = %s' for column in key)} AND to_position IS NULL",
        insert=f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({', '.join(values)})",
    )


# In the order of the fields of `Changes`.
_TABLES = (
    _table("entry", EntryRow, ["development"]),
    _table("entry_actor", EntryActorRow, ["actor", "order_key"]),
    _table("figure_claim", ClaimRow, ["source"]),
    _table("profile", ProfileRow, ["kind", "subject"]),
)


async def project(
    connection: AsyncConnection[Any], head: Head, docket: Docket, records: Sequence[Record]
) -> None:
    """Fold the records and write the versions that they close and open."""
    changes: Iterable[Versions[Any]] = fold(docket, records)
    cursor = connection.cursor()
    for table, versions in zip(_TABLES, changes, strict=True):
        if versions.closed:
            rows = [_closing(head, key, to) for key, to in versions.closed.items()]
            await cursor.executemany(table.close, rows)
        if opened := versions.opened:
            await cursor.executemany(table.insert, [_opening(head, version) for version in opened])


def _closing(head: Head, key: Hashable, to_position: int) -> tuple[object, ...]:
    return (to_position, head.timeline, head.generation, *(key if isinstance(key, tuple) else (key,)))


def _opening(head: Head, version: Version[Row]) -> tuple[object, ...]:
    return (head.timeline, head.generation, version.from_position, version.to_position, *version.row)
