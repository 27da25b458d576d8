"""A series as it could be read at a time: from what had been published by then, whenever it was recorded.

A late import of old reports changes what the record held, but not what could be read at the time. So the
claims are computed again from the records that had been published, and from no others.
"""

from datetime import datetime
from uuid import UUID

from timeline.domain.event_graph import EventGraph
from timeline.domain.snapshot import Snapshot
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
    snapshot = EventGraph(records).at(moment.position, published_by)
    rows = (_claim_row(snapshot, source) for source in sources)
    return [row for row in rows if row is not None and row.series == series]


def _claim_row(snapshot: Snapshot, source: UUID) -> ClaimRow | None:
    """The row of the claim, or the reset, that an event makes."""
    record = snapshot.record(source)
    if record is None:
        return None
    return reset_row(record, snapshot.word(source)) or development_rows(snapshot.development(source)).claim
