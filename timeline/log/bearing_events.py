"""Loads what bears on developments: all that their rows are computed from, and no more.

What an event speaks of is not loaded, unless it is an incident that is counted, or is made one with others:
of nothing else do the event's own rows show anything. A new event may bear on more; see `related_events`.
"""

from collections.abc import Iterable
from uuid import UUID

from psycopg import AsyncConnection

from timeline.domain.record import Record, decode_record
from timeline.log import related_events
from timeline.log.related_events import linked_topics, too_many_records

# What refers to each is looked up by its key: joined in another way, all of the timeline would be read.
_BEARING = """
WITH RECURSIVE bearing AS (
    SELECT position, event_id FROM event
    WHERE timeline_id = %(timeline)s AND event_id = ANY(%(ids)s) AND position <= %(until)s
    UNION
    SELECT found.position, found.event_id FROM bearing CROSS JOIN LATERAL (
        SELECT event.position, event.event_id FROM reference JOIN event USING (timeline_id, position)
        WHERE reference.timeline_id = %(timeline)s AND target = bearing.event_id AND position <= %(until)s
        OFFSET 0
    ) AS found
)
SELECT record FROM bearing CROSS JOIN LATERAL (
    SELECT record FROM event WHERE timeline_id = %(timeline)s AND position = bearing.position OFFSET 0
) AS stored
LIMIT %(limit)s
"""


async def load_bearing(
    connection: AsyncConnection, timeline: str, until: int, developments: Iterable[UUID]
) -> list[Record]:
    """The records of developments up to a position, and of all that bears on them, in order.

    Raises:
        RuleBroken: it is more than RELATED_RECORDS_MAX records.
    """
    records: dict[int, Record] = {}
    loaded: set[UUID] = set()
    missing = set(developments)
    while missing:
        limit = related_events.RELATED_RECORDS_MAX + 1
        parameters = {"timeline": timeline, "until": until, "ids": [*missing], "limit": limit}
        cursor = await connection.execute(_BEARING, parameters)
        new = [decode_record(record) for (record,) in await cursor.fetchall()]
        records.update((record.position, record) for record in new)
        if len(records) >= limit:
            raise too_many_records()
        loaded |= missing
        loaded.update(record.event.id for record in new)  # with each comes all that refers to it
        missing = {topic for record in new for topic in linked_topics(record.event)} - loaded
    return [records[position] for position in sorted(records)]
