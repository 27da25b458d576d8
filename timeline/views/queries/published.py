"""A series as it could be read at a time: from what had been published by then, whenever it was recorded.

A late import of old reports changes what the record held, but not what could be read at the time. So the
claims are computed again from the records that had been published, and from no others.
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
from timeline.views.projection.rows import SCOPE, ClaimRow

_SOURCES = f"""
SELECT DISTINCT source FROM figure_claim
WHERE {SCOPE} AND series = %(series)s AND from_position <= %(at)s
"""


async def published_claims(
    connection: Connection, moment: Moment, series: str, published_by: datetime
) -> list[ClaimRow]:
    """The claims and resets of a series at the moment, of what had been published by a time.

    Raises:
        RuleBroken: more records are related to each other than the limit allows.
    """
    cursor = await connection.execute(_SOURCES, {**moment.scope, "series": series})
    sources = [source for (source,) in await cursor.fetchall()]
    records = await load_related(connection, moment.timeline, moment.position, sources)
    snapshot = EventGraph(_select_published(records, published_by)).at(moment.position)
    rows = (_claim_row(snapshot, source) for source in sources)
    return [row for row in rows if row is not None and row.series == series]


def published_at(record: Record) -> datetime:
    """When a record could be read: the date of its event, else of its first source, else of its recording."""
    event = record.event
    dates = [source.published_at for source in event.sources if source.published_at]
    return event.published_at or min(dates, default=record.recorded_at)


def _select_published(records: Iterable[Record], by: datetime) -> list[Record]:
    """The records published by a time; an amendment counts only where its target does."""
    published: dict[UUID, Record] = {}
    for record in records:
        event = record.event
        is_orphan = isinstance(event, Amendment) and event.target not in published
        if published_at(record) <= by and not is_orphan:
            published[event.id] = record
    return list(published.values())


def _claim_row(snapshot: Snapshot, source: UUID) -> ClaimRow | None:
    """The row of the claim, or the reset, that an event makes."""
    record = snapshot.record(source)
    if record is None:
        return None
    return reset_row(record, snapshot.word(source)) or development_rows(snapshot.development(source)).claim
