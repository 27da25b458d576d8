"""Writes what a run of records does to the views, within the transaction that appends them."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple

from timeline.domain.docket import Docket
from timeline.domain.record import Record
from timeline.log.bulk import insert_rows
from timeline.log.ledger import Head
from timeline.postgres import Connection
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
    """How versions of a view's rows are written: closed by key, inserted by column."""

    name: str
    columns: Sequence[str]
    close: str


def _table(name: str, row: type[Any], key: Sequence[str]) -> _Table:
    where = " AND ".join(f"{column} = %s" for column in ("timeline_id", "generation", *key))
    return _Table(
        name,
        ("timeline_id", "generation", "from_position", "to_position", *row._fields),
        close=f"UPDATE {name} SET to_position = %s WHERE {where} AND to_position IS NULL",
    )


# In the order of the fields of `Changes`.
_TABLES = (
    _table("entry", EntryRow, ["development"]),
    _table("entry_actor", EntryActorRow, ["actor", "order_key"]),
    _table("figure_claim", ClaimRow, ["source"]),
    _table("profile", ProfileRow, ["kind", "subject"]),
)


async def project(connection: Connection, head: Head, docket: Docket, records: Sequence[Record]) -> None:
    """Fold the records and write the versions that they close and open."""
    changes: Iterable[Versions[Any]] = fold(docket, records)
    for table, versions in zip(_TABLES, changes, strict=True):
        if versions.closed:
            rows = [_closing(head, key, to) for key, to in versions.closed.items()]
            await connection.cursor().executemany(table.close, rows)
        if opened := versions.opened:
            rows = [_opening(head, version) for version in opened]
            await insert_rows(connection, table.name, table.columns, rows)


def _closing(head: Head, key: Hashable, to_position: int) -> tuple[object, ...]:
    return (to_position, head.timeline, head.generation, *(key if isinstance(key, tuple) else (key,)))


def _opening(head: Head, version: Version[Row]) -> tuple[object, ...]:
    return (head.timeline, head.generation, version.from_position, version.to_position, *version.row)
