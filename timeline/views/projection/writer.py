"""Writes what a run of records does to the views, within the transaction that appends them."""

from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

from psycopg.types.numeric import Int4

from timeline.domain.event_graph import EventGraph
from timeline.domain.record import Record
from timeline.log.bulk import Write, insert_rows
from timeline.log.heads import LogHead
from timeline.postgres import Connection
from timeline.turns import Turns
from timeline.views.projection.fold import fold
from timeline.views.projection.rows import (
    ClaimRow,
    EntryActorRow,
    EntryRow,
    EntryTextRow,
    IncidentCountRow,
    ProfileRow,
    Versions,
    ViewChanges,
)

WRITTEN_RECORDS_MAX = 200
"""How many records are folded before what they do is written, while the next are folded.

Each write has its price in the database, and what is folded last has nobody to wait with.
"""


class ViewTable(NamedTuple):
    """How versions of a view's rows are written: ended by key, inserted by column."""

    name: str
    row: type[Any]
    key: Sequence[str]
    sort_key: Callable[[Any], Any]
    """Sorts rows as the widest index does, which makes bulk inserts cheaper."""
    columns: Sequence[str]
    end: str


def _table(name: str, row: type[Any], key: Sequence[str], sort: Sequence[str]) -> ViewTable:
    where = " AND ".join(f"{column} = %s" for column in ("timeline_id", "generation", *key))
    # a rebuild may have written later versions of the row already
    is_open = "to_position IS NULL AND from_position < %s"
    return ViewTable(
        name,
        row,
        key,
        attrgetter(*sort),
        ("timeline_id", "generation", "from_position", "to_position", *row._fields),
        end=f"UPDATE {name} SET to_position = %s WHERE {where} AND {is_open}",
    )


VIEW_TABLES = (
    _table("entry", EntryRow, ["development"], sort=["order_key"]),
    _table("entry_text", EntryTextRow, ["development"], sort=["development"]),
    _table("entry_actor", EntryActorRow, ["actor", "order_key"], sort=["actor", "order_key"]),
    _table("figure_claim", ClaimRow, ["source"], sort=["series", "latest"]),
    _table("toll", IncidentCountRow, ["source"], sort=["measure", "first_day"]),
    _table("profile", ProfileRow, ["kind", "subject"], sort=["kind", "subject"]),
)
"""In the order of the fields of `ViewChanges`."""


async def project(head: LogHead, graph: EventGraph, records: Sequence[Record]) -> AsyncIterator[Write]:
    """Fold the records, and give what writes the versions that they close and open.

    Other tasks run in between, not least the write of what was made before.
    """
    turns = Turns()
    for first in range(0, len(records), WRITTEN_RECORDS_MAX):
        written = records[first : first + WRITTEN_RECORDS_MAX]
        changes = ViewChanges.none()
        for record in written:
            fold(graph, [record], changes)
            await turns.step()
        yield partial(_write, head, changes)


async def _write(head: LogHead, changes: ViewChanges, connection: Connection) -> None:
    tables: Iterable[tuple[ViewTable, Versions[Any]]] = zip(VIEW_TABLES, changes, strict=True)
    for table, versions in tables:
        await end_versions(connection, head, table, versions.closed)
        if opened := versions.opened:
            prefix = (head.timeline, Int4(head.generation))
            rows = [(first, last, *row) for first, last, row in opened]
            await insert_rows(connection, table.name, table.columns, prefix, rows)


async def end_versions(
    connection: Connection, head: LogHead, table: ViewTable, ends: Mapping[Hashable, int]
) -> None:
    """Give the versions that stand, by key, the positions at which they end."""
    if ends:
        rows = [(to, head.timeline, head.generation, *key_values(key), to) for key, to in ends.items()]
        await connection.cursor().executemany(table.end, rows)


def key_values(key: Hashable) -> tuple[object, ...]:
    """The values of a key's columns."""
    return key if isinstance(key, tuple) else (key,)
