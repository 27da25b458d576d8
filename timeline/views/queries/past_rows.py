"""Rows by a time of publication: what the views showed if the world had to go by what it had been told.

Most rows are as they are stored from the time on at which the last of what bears on them was published
(`settled_at`). The others, of which something had been public by then, are computed from the records that
bear on them, and stand in the place of the stored ones: a statement that reads a table gets both by a common
table expression of the table's name, so that no query is written twice.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, NamedTuple, TypeVar, cast
from uuid import UUID

import msgspec
from msgspec import Raw

from timeline.domain.errors import RuleBroken
from timeline.domain.event_graph import EventGraph
from timeline.domain.record import Record
from timeline.domain.snapshot import Snapshot
from timeline.log.bearing_events import load_bearing
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.turns import Turns
from timeline.views.projection.claims import reset_row
from timeline.views.projection.entries import NO_ROWS, DevelopmentRows, development_rows
from timeline.views.projection.incident_counts import incident_count_row
from timeline.views.projection.rows import SCOPE, VALID, IncidentCountRow

COMPUTED_MAX = 10_000
"""How many developments one request may have computed by a time."""
_BATCH = 500
Row = TypeVar("Row")
Load = Callable[[Connection, str, int, Iterable[UUID]], Awaitable[list[Record]]]
"""Loads what bears on events of a timeline, up to a position."""

IS_SETTLED = "settled_at <= %(published_by)s"
"""That a row is as it was by the time; false where some publication is not known."""

_SETTLED = {
    "figure_claim": f"({IS_SETTLED} OR (is_earlier AND EXISTS (SELECT FROM figure_claim AS last WHERE {VALID}"
    f" AND last.source = figure_claim.source AND {IS_SETTLED})))",
    "entry_actor": f"EXISTS (SELECT FROM entry WHERE {VALID} AND entry.development = entry_actor.development"
    f" AND {IS_SETTLED})",
}
"""The tables whose rows are settled as rows of others are."""

IS_UNSETTLED = f"public_from <= %(published_by)s AND ({IS_SETTLED}) IS NOT TRUE"
"""That a row may have been otherwise by the time, or not have been there."""

IS_UNKNOWN = "publication_unknown AND (public_from <= %(published_by)s) IS NOT TRUE"
"""That a row is hidden at the time, and of some of its words nobody knows when they were published."""

MAY_BE_UNKNOWN = "publication_unknown AND public_from <= %(published_by)s"
"""The same of a row of which something had been told: that may have been undone, and the row hidden again."""


class PastRows(NamedTuple):
    """The rows of developments as they were by a time, in the place of those of tables."""

    prefix: str
    """To be put before a statement: its expressions have the tables' names."""
    parameters: Mapping[str, object]

    def query(self, statement: str) -> str:
        """A statement, which may have expressions of its own, on the tables as they were."""
        own = statement.lstrip()
        if self.prefix and own.startswith("WITH "):
            return f"{self.prefix.rstrip()}, {own.removeprefix('WITH ')}"
        return self.prefix + own


def unsettled_sources(table: str, condition: str) -> str:
    """The statement that finds what may have had another row by a time, where rows fit a condition.

    That is what has a row that is not settled, and what had one at an earlier position and has none that fits
    any more, by a correction or retraction that the world may not have been told.
    """
    last_word = " AND NOT is_earlier" if table == "figure_claim" else ""
    own = f"SELECT ({IS_UNSETTLED}) IS TRUE FROM {table} WHERE {VALID} AND source = earlier.source{last_word}"
    entry = f"SELECT ({IS_UNSETTLED}) IS TRUE FROM entry WHERE {VALID} AND development = earlier.source"
    return f"""
SELECT source FROM {table} WHERE {VALID} AND {condition} AND {IS_UNSETTLED}
UNION
SELECT source FROM (
    SELECT DISTINCT source FROM {table} WHERE {SCOPE} AND {condition} AND to_position <= %(at)s
) AS earlier WHERE COALESCE(({own}), ({entry}), TRUE)
"""


NO_PAST_ROWS = PastRows("", {})
"""Nothing in the place of any table: the record as it is."""


async def compute_rows(
    connection: Connection, moment: Moment, published_by: datetime, sources: Sequence[UUID]
) -> list[DevelopmentRows]:
    """The rows of developments, and of resets as claims, by a time of publication; those hidden have none.

    Raises:
        RuleBroken: they are more than COMPUTED_MAX, or one is related to more records than the limit allows.
    """
    return await compute_each(connection, moment, published_by, sources, _rows_of)


async def compute_counts(
    connection: Connection, moment: Moment, published_by: datetime, sources: Sequence[UUID]
) -> list[tuple[IncidentCountRow | None, AbstractSet[UUID]]]:
    """Only their counts of incidents, each with all that is of its incident by the time.

    The documents of their entries are not made.

    Raises:
        RuleBroken: the same.
    """
    return await compute_each(connection, moment, published_by, sources, _count_of)


async def compute_each(  # noqa: PLR0913 - what is computed of what, and from what
    connection: Connection,
    moment: Moment,
    published_by: datetime,
    sources: Sequence[UUID],
    row_of: Callable[[Snapshot, UUID], Row],
    load: Load = load_bearing,
) -> list[Row]:
    """What a function makes of each event by a time of publication, from what `load` finds to bear on it.

    Raises:
        RuleBroken: as `compute_rows`.
    """
    if len(sources) > COMPUTED_MAX:
        message = (
            f"more than {COMPUTED_MAX} of these events were not as they are by this time; ask for a part of"
            " them, or for a later time"
        )
        raise RuleBroken(message, path="published_by")
    turns, rows = Turns(), list[Row]()
    for start in range(0, len(sources), _BATCH):
        batch = sources[start : start + _BATCH]
        async for part, snapshot in _snapshots(connection, moment, published_by, batch, load):
            for source in part:
                rows.append(row_of(snapshot, source))
                await turns.step()
    return rows


async def _snapshots(
    connection: Connection, moment: Moment, published_by: datetime, batch: Sequence[UUID], load: Load
) -> AsyncIterator[tuple[Sequence[UUID], Snapshot]]:
    """What stands of a batch; it is halved where all that bears on it is too much to be loaded at once."""
    try:
        records = await load(connection, moment.timeline, moment.position, batch)
    except RuleBroken as error:
        if len(batch) == 1:
            raise RuleBroken(error.message, path="published_by") from error
    else:
        yield batch, EventGraph(records).at(moment.position, published_by)
        return
    half = len(batch) // 2
    for part in (batch[:half], batch[half:]):
        async for pair in _snapshots(connection, moment, published_by, part, load):
            yield pair


def _rows_of(snapshot: Snapshot, source: UUID) -> DevelopmentRows:
    record = snapshot.record(source)
    if record is None:
        return NO_ROWS
    if reset := reset_row(record, snapshot.word(source)):
        return NO_ROWS._replace(claim=reset)
    return development_rows(snapshot.development(source))


def _count_of(snapshot: Snapshot, source: UUID) -> tuple[IncidentCountRow | None, AbstractSet[UUID]]:
    state = snapshot.development(source)
    if state is None or state.claim is None or state.incident is None:
        return None, frozenset()
    row = incident_count_row(source, state.claim, state.incident, state.publicity.incident_count())
    return row, snapshot.connected_with(source)


def past_rows(moment: Moment, published_by: datetime, **tables: Iterable[tuple[Any, ...] | None]) -> PastRows:
    """What stands in the place of tables: their settled rows that are valid at the moment, and these rows.

    A table is named by its name, `only_` before it where its settled rows are left out.
    """
    expressions, parameters = [], dict[str, object](published_by=published_by)
    for name, rows in tables.items():
        table = name.removeprefix("only_")
        computed = f"SELECT * FROM json_populate_recordset(NULL::{table}, %(past_{table})s::json)"
        settled = f"SELECT * FROM {table} WHERE {VALID} AND {_SETTLED.get(table, IS_SETTLED)} UNION ALL "
        expressions.append(f"{table} AS NOT MATERIALIZED ({'' if name != table else settled}{computed})")
        parameters[f"past_{table}"] = _as_json(moment, rows)
    return PastRows(f"WITH {', '.join(expressions)} ", parameters)


def _as_json(moment: Moment, rows: Iterable[tuple[Any, ...] | None]) -> str:
    scope = {
        "timeline_id": moment.timeline,
        "generation": moment.generation,
        "from_position": moment.position,
        "to_position": None,
    }
    return msgspec.json.encode([scope | _fields(row) for row in rows if row is not None]).decode()


def _fields(row: Any) -> dict[str, object]:
    fields: dict[str, object] = row._asdict()
    if "document" in fields:
        fields["document"] = Raw(cast("bytes", fields["document"]))
    return fields
