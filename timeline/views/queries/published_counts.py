"""Counts of incidents as the world knew them at a time: by what had been published by then.

Most counts are alone on their incident and were never amended: whether they are hidden follows from when they
were published, which their rows say. The others are folded again from all records that bear on them, as far
as the world had been told. What links reports and counts holds whether it was told or not, so that an
incident is the same at every time. An incident whose reports are hidden, and whose count is not, is counted.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from timeline.domain.amended_events import AmendedEvents
from timeline.domain.event_graph import EventGraph
from timeline.log.reader import Moment
from timeline.log.related_events import load_related
from timeline.postgres import Connection
from timeline.views.projection.entries import development_rows
from timeline.views.projection.rows import SCOPE, VALID, IncidentCountRow
from timeline.views.queries.past_rows import IS_UNKNOWN

SOURCES_PER_LOAD = 200
"""How many counts are folded again at a time, with all that bears on them."""

ALONE = f"""
{VALID} AND measure = %(measure)s AND NOT shared AND source = incident AND NOT EXISTS (
    SELECT FROM toll AS earlier WHERE earlier.timeline_id = toll.timeline_id
        AND earlier.generation = toll.generation AND earlier.source = toll.source
        AND earlier.from_position < toll.from_position
)
"""
"""The counts for which the publication that their row says decides: nothing ever amended them."""

_FOLDED = f"""
SELECT DISTINCT source FROM toll WHERE {SCOPE} AND measure = %(measure)s AND from_position <= %(at)s
EXCEPT SELECT source FROM toll WHERE {ALONE}
"""

_UNKNOWN = f"""
SELECT count(*) FROM toll WHERE {ALONE} AND {IS_UNKNOWN}
    AND (%(subject)s::text IS NULL OR subject = %(subject)s)
"""


class PublishedCounts(NamedTuple):
    """The counts that are folded again, and how many incidents are hidden by an unknown publication."""

    rows: list[IncidentCountRow]
    publication_unknown: int
    """Incidents without a count only because no publication of any is known."""


async def published_counts(
    connection: Connection, moment: Moment, measure: str, subject: str | None, published_by: datetime
) -> PublishedCounts:
    """What had been published by a time of a measure, for a subject if there is one.

    Raises:
        RuleBroken: more records are related to each other than the limit allows.
    """
    parameters = {**moment.scope, "measure": measure, "subject": subject}
    cursor = await connection.execute(_FOLDED, parameters)
    sources = [source for (source,) in await cursor.fetchall()]
    rows: list[IncidentCountRow] = []
    unknown: set[UUID] = set()
    for first in range(0, len(sources), SOURCES_PER_LOAD):
        some = sources[first : first + SOURCES_PER_LOAD]
        records = await load_related(connection, moment.timeline, moment.position, some)
        visible, hidden = _fold(EventGraph(records), some, moment.position, published_by)
        rows += [row for row in visible if row.measure == measure]
        unknown |= {
            row.incident for row in hidden if row.measure == measure and subject in (None, row.subject)
        }
    cursor = await connection.execute(_UNKNOWN, {**parameters, "published_by": published_by})
    ((alone,),) = await cursor.fetchall()
    counted = {row.incident for row in rows if subject in (None, row.subject)}
    return PublishedCounts(rows, alone + len(unknown - counted))


def _fold(
    graph: EventGraph, sources: Sequence[UUID], position: int, published_by: datetime
) -> tuple[list[IncidentCountRow], list[IncidentCountRow]]:
    """The counts that the world knew, and those that are hidden because no publication is known."""
    world, record = graph.at(position, published_by), graph.at(position)
    events = AmendedEvents(graph, position, published_by)
    visible = [world.development(source) for source in sources if world.word(source)]
    hidden = [record.development(source) for source in sources if events.is_publication_unknown(source)]
    return (
        [row for state in visible if (row := development_rows(state).incident_count)],
        [row for state in hidden if (row := development_rows(state).incident_count)],
    )
