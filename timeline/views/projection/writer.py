"""Writes what a run of records does to the views, within the transaction that appends them."""

from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, NamedTuple, get_args, get_type_hints

from psycopg.types.numeric import Int4

from timeline.domain.event_graph import EventGraph
from timeline.domain.record import Record
from timeline.log.binary import TYPE_OIDS, Columns, pack_value
from timeline.log.heads import LogHead
from timeline.log.pipeline import Statement, TableRows
from timeline.turns import Turns
from timeline.views.projection.fold import folding
from timeline.views.projection.rows import (
    ClaimRow,
    EntryActorRow,
    EntryRow,
    EntryTextRow,
    IncidentCountRow,
    ProfileRow,
    Version,
    Versions,
    ViewChanges,
)

WRITTEN_RECORDS_MAX = 200
"""How many records are folded before what they do is written, while the next are folded.

Each write has its price in the database, and what is folded last has nobody to wait with.
"""


class ViewTable(NamedTuple):
    """How versions of a view's rows are written: ended by key, inserted by column."""

    row: type[Any]
    key: Sequence[str]
    leading: int
    """How many columns of the row stand before its positions."""
    sort_key: Callable[[Any], Any]
    """Sorts rows as the widest index does, which makes bulk inserts cheaper."""
    rows: TableRows
    end: str

    @property
    def name(self) -> str:
        """The table's name."""
        return self.rows.table

    def in_order(self, versions: Iterable[Version[Any]]) -> Columns:
        """The columns of versions in the table's own order, behind timeline and generation."""
        starts, ends, rows = zip(*versions, strict=True)
        values = [*zip(*rows, strict=True)]
        return [*values[: self.leading], starts, ends, *values[self.leading :]]


def _table(
    name: str, row: type[Any], key: Sequence[str], sort: Sequence[str], leading: int | None = None
) -> ViewTable:
    leading = len(key) if leading is None else leading
    kinds = get_type_hints(row)
    types = {"timeline_id": str, "generation": Int4, "from_position": int, "to_position": int, **kinds}
    fields = [*kinds]
    columns = ["timeline_id", "generation", *fields[:leading]]
    columns += ["from_position", "to_position", *fields[leading:]]
    return ViewTable(
        row,
        key,
        leading,
        attrgetter(*sort),
        TableRows(name, columns, [_oid(types[column]) for column in columns]),
        end=_end(name, ("timeline_id", "generation", *key)),
    )


def _end(name: str, key: Sequence[str]) -> str:
    """Ends the last version of a row before a position, if it stands: a rebuild may have written later ones.

    That version is looked for by its place in the primary key, which no other index can do. A plan is made
    while the table is nearly empty, and kept: looked for by equal values, any index that begins with the
    timeline would seem as good, and a long import read all its rows again for each that it ended.
    """
    values = [f"${number}" for number, _ in enumerate(key, 2)]
    is_same = " AND ".join(f"{column} = {value}" for column, value in zip(key, values, strict=True))
    return (
        f"UPDATE {name} SET to_position = $1 WHERE timeline_id = $2 AND ctid = ("
        f" SELECT row FROM (SELECT ctid AS row, to_position, {', '.join(key)} FROM {name}"
        f" WHERE ({', '.join(key)}, from_position) < ({', '.join(values)}, $1)"
        f" ORDER BY {', '.join(f'{column} DESC' for column in (*key, 'from_position'))} LIMIT 1) AS before"
        f" WHERE {is_same} AND to_position IS NULL)"
    )


def _oid(kind: Any) -> int:
    """The type of the column that holds values of this kind, or none."""
    kinds = (
        [each for each in get_args(kind) if each is not NoneType] if isinstance(kind, UnionType) else [kind]
    )
    return TYPE_OIDS[kinds[0]]


VIEW_TABLES = (
    _table("entry", EntryRow, ["development"], sort=["order_key"]),
    _table("entry_text", EntryTextRow, ["development"], sort=["development"]),
    _table("entry_actor", EntryActorRow, ["actor", "order_key"], sort=["actor", "order_key"]),
    _table("figure_claim", ClaimRow, ["source", "position"], sort=["series", "latest"], leading=1),
    _table("toll", IncidentCountRow, ["source"], sort=["measure", "first_day"]),
    _table("profile", ProfileRow, ["kind", "subject"], sort=["kind", "subject"]),
)
"""In the order of the fields of `ViewChanges`."""


async def project(
    head: LogHead, graph: EventGraph, records: Sequence[Record]
) -> AsyncIterator[Iterable[Statement]]:
    """Fold the records, and give what writes the versions that they close and open, part by part.

    Other tasks run in between, not least the one that sends what was made before.
    """
    turns = Turns()
    for first in range(0, len(records), WRITTEN_RECORDS_MAX):
        changes = ViewChanges.none()
        for record in records[first : first + WRITTEN_RECORDS_MAX]:
            for _ in folding(graph, record, changes):
                await turns.step()
            await turns.step()
        yield _statements(head, changes)
    graph.forget_snapshots()


def _statements(head: LogHead, changes: ViewChanges) -> Iterator[Statement]:
    tables: Iterable[tuple[ViewTable, Versions[Any]]] = zip(VIEW_TABLES, changes, strict=True)
    for table, versions in tables:
        yield from ends_of_versions(head, table, versions.closed)
        if opened := versions.opened:
            yield from table.rows.insert((head.timeline, Int4(head.generation)), table.in_order(opened))


def ends_of_versions(head: LogHead, table: ViewTable, ends: Mapping[Hashable, int]) -> Iterator[Statement]:
    """What gives the versions that stand, by key, the positions at which they end."""
    scope = pack_value(head.timeline), pack_value(Int4(head.generation))
    for key, position in ends.items():
        yield Statement(table.end, [pack_value(position), *scope, *map(pack_value, key_values(key))])


def key_values(key: Hashable) -> tuple[object, ...]:
    """The values of a key's columns."""
    return key if isinstance(key, tuple) else (key,)
