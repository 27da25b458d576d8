"""A series as it could be read at a time: what the world had been told by then, whenever it was recorded.

A late import of old reports changes what the record holds, but not what could be read at the time. So the
claims are computed again from the records, with what nobody had been told hidden. What is hidden only because
no publication of it is known is counted.
"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from timeline.domain.amended_events import AmendedEvents
from timeline.domain.event_graph import EventGraph
from timeline.log.reader import Moment
from timeline.log.related_events import load_related
from timeline.postgres import Connection
from timeline.views.projection.claims import reset_row
from timeline.views.projection.entries import development_rows
from timeline.views.projection.rows import SCOPE, ClaimRow, valid_at
from timeline.views.queries.series_addresses import incident_report


class PublishedClaims(NamedTuple):
    """The claims and resets of a series by a time, and how many are hidden for want of a publication."""

    rows: list[ClaimRow]
    publication_unknown: int


async def published_claims(
    connection: Connection, moment: Moment, series: str, published_by: datetime
) -> PublishedClaims:
    """The claims and resets of a series at the moment, as the world had been told by a time.

    Raises:
        RuleBroken: more records are related to each other than the limit allows.
    """
    cursor = await connection.execute(_SOURCES, {**moment.scope, "series": series})
    sources: dict[UUID, bool] = dict(await cursor.fetchall())
    report = incident_report(series)
    origins = [*sources] if report is None else [*sources, report]
    graph = EventGraph(await load_related(connection, moment.timeline, moment.position, origins))
    snapshot = graph.at(moment.position, published_by)
    if report is not None and snapshot.record(report) is not None:
        # a retraction that nobody had been told may have led counts to another report's address since
        sources |= dict.fromkeys(snapshot.connected([report]) - sources.keys(), False)
    events = AmendedEvents(graph, moment.position, published_by)
    rows = []
    for source in sources:
        record, word = snapshot.record(source), snapshot.word(source)
        if record is not None and word is not None:
            reset = reset_row(record, word)
            rows.append(reset or development_rows(snapshot.development(source)).claim)
    return PublishedClaims(
        [row for row in rows if row is not None and row.series == series],
        sum(stands and events.is_publication_unknown(source) for source, stands in sources.items()),
    )


# Whatever was in the series once: a correction that had not been published may have moved it since.
_SOURCES = f"""
SELECT source, bool_or({valid_at("at")}) FROM figure_claim
WHERE {SCOPE} AND series = %(series)s AND from_position <= %(at)s
GROUP BY source
"""
