"""One append transaction: lock the head, decide the posts, write records and views, move the head."""

from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from psycopg import AsyncCursor
from psycopg.types.numeric import Int2

from timeline.domain.errors import OutdatedViews, Unavailable, UnknownTimeline
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import event_type
from timeline.domain.record import Record, current_event_bytes, leaf_hash
from timeline.log import merkle_tree
from timeline.log.bulk import Write, insert_rows, write_each, write_mode
from timeline.log.decider import Decider, LoggedEvent
from timeline.log.heads import HeadPosition, LogHead, notification
from timeline.log.posts import Outcome, Post, PostResult
from timeline.log.related_events import load_graph, reference_rows
from timeline.postgres import PLANNED_FOR_ANY, Connection
from timeline.turns import in_turns

Projection = Callable[[LogHead, EventGraph, Sequence[Record]], AsyncIterator[Write]]
"""Yields the writes that bring the views up to date with the records, inside the append's transaction."""


async def commit(
    connection: Connection, timeline: str, posts: Sequence[Post], project: Projection, rules: int
) -> tuple[list[PostResult], HeadPosition]:
    """Decide posts in their order and commit those that are accepted, all in one transaction.

    Gives the result of each, and where the log's head is then. `project` writes rows by this version of the
    rules; the rows of one generation are all by one version.

    Raises:
        UnknownTimeline: there is no such timeline, for any of the posts.
        OutdatedViews: there is something to record, and the timeline's views are by other rules.
        RuleBroken: an event is linked to more than RELATED_RECORDS_MAX records.
    """
    events = sum(len(post.events) for post in posts)
    async with write_mode(connection, events), connection.transaction():
        head, logged = await _lock(connection, timeline, posts)
        new = [event for post in posts for event in post.events if event.id not in logged]
        if new and head.rules != rules:
            raise _other_rules(head, rules)
        decider = Decider(head, logged, await load_graph(connection, head, new))
        results = [await in_turns(decider.deciding(post)) for post in posts]
        if decider.records:
            await write_each(connection, _writes(head, decider, project))
    return results, decider.head_position


def _other_rules(head: LogHead, rules: int) -> OutdatedViews:
    if head.rules < rules:
        return OutdatedViews(rules=head.rules)
    message = (
        f"the views of this timeline are by version {head.rules} of the rules, and this program knows only"
        f" version {rules}; nothing was recorded. Send this to a service of the newer program."
    )
    return OutdatedViews(message, rules=head.rules)


async def look_up_results(connection: Connection, timeline: str, posts: Sequence[Post]) -> list[PostResult]:
    """The results of posts whose commit broke off, read back by id.

    The head's lock is waited for, so that the broken transaction has ended one way or the other.
    """
    async with connection.transaction():
        head, logged = await _lock(connection, timeline, posts)
    decider = Decider(head, logged, EventGraph())
    results: list[PostResult] = []
    for post in posts:  # each of which is recorded whole or not at all
        is_recorded = all(event.id in logged for event in post.events)
        results.append(await in_turns(decider.deciding(post)) if is_recorded else Unavailable())
    return results


async def create_timeline(connection: Connection, timeline: str, rules: int) -> bool:
    """Make an empty timeline, whose views will be made by this version of the rules; False if it existed."""
    cursor = await connection.execute(
        "INSERT INTO timeline (timeline_id, rules) VALUES (%s, %s) ON CONFLICT DO NOTHING", [timeline, rules]
    )
    return cursor.rowcount == 1


async def lock_head(connection: Connection, timeline: str) -> LogHead:
    """The head row, locked until the transaction ends: nobody else appends meanwhile.

    Raises:
        UnknownTimeline: there is no such timeline.
    """
    return await _read_head(timeline, await connection.execute(_LOCK, [timeline]))


async def read_head(connection: Connection, timeline: str) -> LogHead:
    """The head row as it is, while others may move it.

    Raises:
        UnknownTimeline: there is no such timeline.
    """
    return await _read_head(timeline, await connection.execute(_HEAD, [timeline]))


async def _lock(
    connection: Connection, timeline: str, posts: Sequence[Post]
) -> tuple[LogHead, dict[UUID, LoggedEvent]]:
    """Lock the head, and look the events' ids up in the log: of a pipeline, one round trip."""
    head_rows = await connection.execute(_LOCK, [timeline])
    ids = [event.id for post in posts for event in post.events]
    logged_rows = await connection.execute(_LOGGED, {"timeline": timeline, "ids": ids})
    return await _read_head(timeline, head_rows), {
        event_id: LoggedEvent(
            Outcome(event_id, position, recorded_at, duplicate=True), current_event_bytes(record)
        )
        for event_id, position, recorded_at, record in await logged_rows.fetchall()
    }


_HEAD = """
SELECT head, recorded_at, generation, rules, tree_frontier, clock_timestamp() FROM timeline
WHERE timeline_id = %s
"""
# A timeline without statistics is empty to the planner, and then any index that begins with the timeline
# looks as good as the right one. What writes is therefore planned for any timeline, not for this one; setting
# this in the same statement, by a condition that is always true, saves a round trip.
_LOCK = f"{_HEAD} AND {PLANNED_FOR_ANY} IS NOT NULL FOR UPDATE"
# One id after another: for all of them at once the planner may rather read the whole timeline.
_LOGGED = """
SELECT event.* FROM unnest(%(ids)s::uuid[]) AS posted(id) CROSS JOIN LATERAL (
    SELECT event_id, position, recorded_at, record FROM event
    WHERE timeline_id = %(timeline)s AND event_id = posted.id LIMIT 1
) AS event
"""


async def _read_head(timeline: str, cursor: AsyncCursor[tuple[Any, ...]]) -> LogHead:
    row = await cursor.fetchone()
    if row is None:
        raise UnknownTimeline(timeline=timeline)
    return LogHead(timeline, *row)


async def _writes(head: LogHead, decider: Decider, project: Projection) -> AsyncIterator[Write]:
    """All that an append writes."""
    leaves = [leaf_hash(sealed) for sealed in decider.sealed]
    yield partial(_write_log, head, decider, leaves)
    async for write in project(head, decider.graph, decider.records):
        yield write
    yield partial(_move_head, head, decider, merkle_tree.grow(head.frontier, head.position, leaves))


async def _write_log(
    head: LogHead, decider: Decider, leaves: Sequence[bytes], connection: Connection
) -> None:
    rows = [_event_row(*row) for row in zip(decider.records, decider.sealed, leaves, strict=True)]
    await insert_rows(connection, "event", _EVENT, (head.timeline,), rows)
    if references := reference_rows(decider.graph, decider.records):
        await connection.execute(
            "INSERT INTO reference (timeline_id, target, position, amends)"
            " SELECT %s, * FROM unnest(%s::uuid[], %s::bigint[], %s::boolean[]) ON CONFLICT DO NOTHING",
            [head.timeline, *map(list, zip(*references, strict=True))],
        )


async def _move_head(
    head: LogHead, decider: Decider, frontier: merkle_tree.Frontier, connection: Connection
) -> None:
    """Move the head, and notify those who listen."""
    await connection.execute(
        "UPDATE timeline SET head = %s, recorded_at = %s, tree_frontier = %s WHERE timeline_id = %s"
        " RETURNING pg_notify(%s, %s)",
        [
            decider.position,
            decider.records[-1].recorded_at,
            frontier,
            head.timeline,
            *notification(head.timeline, decider.head_position),
        ],
    )


_EVENT = (
    "timeline_id",
    "position",
    "event_id",
    "type",
    "version",
    "recorded_at",
    "recorded_by",
    "record",
    "leaf_hash",
)


def _event_row(record: Record, sealed: bytes, leaf: bytes) -> tuple[object, ...]:
    return (
        record.position,
        record.event.id,
        event_type(record.event),
        Int2(record.version),
        record.recorded_at,
        record.recorded_by,
        sealed.decode(),
        leaf,
    )
