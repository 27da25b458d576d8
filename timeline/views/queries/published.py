"""A series by what had been published by a time, whenever it was recorded.

A late import of old reports changes what the record held, but not what could be read at the time. So the
claims are made anew from the records that had been published: those and no others.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from timeline.domain.event_graph import EventGraph, Snapshot
from timeline.domain.events import Amendment
from timeline.domain.record import Record
from timeline.log.reader import Moment
from timeline.log.related_events import load_related
from timeline.postgres import Connection
from timeline.views.projection.claims import reset_row
from timeline.views.projection.entries import development_rows
from timeline.views.projection.rows import ClaimRow

_SOURCES = """
SELECT DISTINCT source FROM figure_claim
WHERE timeline_id = %(timeline)s AND generation = %(generation)s AND series = %(series)s
  AND from_position <= %(at)s
"""


async def published_claims(
    connection: Connection, moment: Moment, series: str, published_by: datetime
) -> list[ClaimRow]:
    """The claims and resets of a series at the moment, of what had been published by a time.

    Raises:
        RuleBroken: more records bear on each other than can be looked at.
    """
    cursor = await connection.execute(_SOURCES, {**moment.scope, "series": series})
    sources = [source for (source,) in await cursor.fetchall()]
    records = await load_related(connection, moment.timeline, moment.position, sources)
    snapshot = EventGraph(_published(records, published_by)).at(moment.position)
    rows = (_claim_row(snapshot, source) for source in sources)
    return [row for row in rows if row is not None and row.series == series]


def published_at(record: Record) -> datetime:
    """When it could be read: as its event says, else the first of its sources, else when it was recorded."""
    event = record.event
    known = [source.published_at for source in event.sources if source.published_at]
    return event.published_at or min(known, default=record.recorded_at)


def _published(records: Iterable[Record], by: datetime) -> list[Record]:
    """The records published by a time; an amendment counts only where its target does."""
    kept: dict[UUID, Record] = {}
    for record in records:
        event = record.event
        orphan = isinstance(event, Amendment) and event.target not in kept
        if published_at(record) <= by and not orphan:
            kept[event.id] = record
    return list(kept.values())


def _claim_row(snapshot: Snapshot, source: UUID) -> ClaimRow | None:
    """The row of the claim, or the reset, that an event makes."""
    record = snapshot.record(source)
    if record is None:
        return None
    return (
        reset_row(record, snapshot.standing(source)) or development_rows(snapshot.development(source)).claim
    )
