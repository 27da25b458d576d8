"""Loads what bears on developments: all that their rows are computed from, or their lists, and no more.

What an event speaks of is not loaded, unless it is an incident that is counted, or is made one with others:
of nothing else do the event's own rows show anything. A new event may bear on more; see `related_events`.
"""

from collections.abc import Iterable
from uuid import UUID

from psycopg import AsyncConnection

from timeline.domain.events import Correction, Event, SameAs
from timeline.domain.record import Record
from timeline.domain.references import named_topics_in
from timeline.log.related_events import decode_in_turns, linked_topics, read_limit, too_many_to_read

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


# The same, but of what is about a development only what amends it.
_LISTED = """
WITH RECURSIVE listed AS (
    SELECT position, event_id, TRUE AS is_topic FROM event
    WHERE timeline_id = %(timeline)s AND event_id = ANY(%(ids)s) AND position <= %(until)s
    UNION
    SELECT found.position, found.event_id, FALSE FROM listed CROSS JOIN LATERAL (
        SELECT event.position, event.event_id FROM reference JOIN event USING (timeline_id, position)
        WHERE reference.timeline_id = %(timeline)s AND target = listed.event_id AND position <= %(until)s
            AND (amends OR listed.is_topic)
        OFFSET 0
    ) AS found
)
SELECT record FROM (SELECT DISTINCT position FROM listed) AS each CROSS JOIN LATERAL (
    SELECT record FROM event WHERE timeline_id = %(timeline)s AND position = each.position OFFSET 0
) AS stored
LIMIT %(limit)s
"""


async def load_bearing(
    connection: AsyncConnection, timeline: str, until: int, developments: Iterable[UUID]
) -> list[Record]:
    """The records of developments up to a position, and of all that bears on them, in order.

    Raises:
        RuleBroken: it is more records than `read_limit`.
    """
    return await _load(connection, timeline, until, {*developments}, read_limit())


async def load_listed(
    connection: AsyncConnection, timeline: str, until: int, developments: Iterable[UUID]
) -> list[Record]:
    """The records of developments up to a position, and of what their lists are made of, in order.

    That is what is about them, and about what is one with them, with what amends it; what is about that in
    turn shows in no list. Of one development it is always given: what is posted has a limit, and so has this.

    Raises:
        RuleBroken: of several developments, it is more records than `read_limit`.
    """
    ids = {*developments}
    return await _load(connection, timeline, until, ids, read_limit() if len(ids) > 1 else None, _LISTED)


async def _load(  # noqa: PLR0913 - what is looked up where, and how
    connection: AsyncConnection,
    timeline: str,
    until: int,
    missing: set[UUID],
    limit: int | None,
    statement: str = _BEARING,
) -> list[Record]:
    records: dict[int, Record] = {}
    loaded: set[UUID] = set()
    topics_beside = linked_topics if statement is _BEARING else _merged_topics
    while missing:
        parameters = {
            "timeline": timeline,
            "until": until,
            "ids": [*missing],
            "limit": None if limit is None else limit + 1,
        }
        new = await decode_in_turns(await (await connection.execute(statement, parameters)).fetchall())
        records.update((record.position, record) for record in new)
        if limit is not None and len(records) > limit:
            raise too_many_to_read()
        loaded |= missing
        if statement is _BEARING:
            loaded.update(record.event.id for record in new)  # with each comes all that refers to it
        missing = {topic for record in new for topic in topics_beside(record.event)} - loaded
    return [records[position] for position in sorted(records)]


def _merged_topics(event: Event) -> Iterable[UUID]:
    """The developments that an event makes one, or may by a correction."""
    if isinstance(event, SameAs):
        return event.developments
    return named_topics_in(event.changes, {"developments"}) if isinstance(event, Correction) else ()
