"""One append transaction: lock the head, decide the posts, write records and views, move the head."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from timeline.domain.errors import OutdatedViews, Unavailable, UnknownTimeline
from timeline.domain.event_graph import EventGraph
from timeline.domain.record import current_event_bytes
from timeline.log.append_parts import Projection, append_parts
from timeline.log.binary import pack_list, pack_value
from timeline.log.decider import Decider, LoggedEvent
from timeline.log.heads import HeadPosition, LogHead
from timeline.log.pipeline import COMMIT, Pipeline, Statement, pipelined_transaction
from timeline.log.posts import Outcome, Post, PostResult
from timeline.log.prepared_append import PreparedAppend
from timeline.log.related_events import load_graph
from timeline.postgres import PLANNED_FOR_ANY, Connection
from timeline.turns import in_turns


async def commit(  # noqa: PLR0913 - what is appended where, and by which rules
    connection: Connection,
    timeline: str,
    posts: Sequence[Post],
    project: Projection,
    rules: int,
    *,
    prepared: PreparedAppend | None = None,
    note_sent: Callable[[LogHead, LogHead], object] = lambda *_: None,
) -> tuple[list[PostResult], HeadPosition]:
    """Decide posts in their order and commit those that are accepted, all in one transaction.

    Gives the result of each, and where the log's head is then. `project` writes rows by this version of the
    rules; the rows of one generation are all by one version. What is `prepared` of these posts is used if the
    log is as it was prepared for. Once all is sent, `note_sent` is told the head that the posts were put
    behind, and what it will be.

    Raises:
        UnknownTimeline: there is no such timeline, for any of the posts.
        OutdatedViews: there is something to record, and the timeline's views are by other rules.
        RuleBroken: an event is linked to more than RELATED_RECORDS_MAX records.
        InvalidSqlStatementName: see `pipeline.twice_if_forgotten`.
    """
    async with pipelined_transaction(connection) as pipeline:
        head, logged = await _lock(pipeline, timeline, posts)
        locked_at = time.monotonic()
        new = [event for post in posts for event in post.events if event.id not in logged]
        if new and head.rules != rules:
            raise _other_rules(head, rules)
        if prepared is not None and not logged and prepared.fits(head):
            results, decider, parts = await prepared.results(), prepared.decider, prepared.parts()
        else:
            decider = Decider(head, logged, await load_graph(connection, head, new), posts=len(posts))
            results = [await in_turns(decider.deciding(post)) for post in posts]
            parts = append_parts(decider, project)
        if decider.records:
            await write_parts(pipeline, parts)
            pipeline.send(COMMIT)
            waited = timedelta(seconds=time.monotonic() - locked_at)
            note_sent(head, decider.next_head(now=head.now + waited))
            await pipeline.results()
    return results, decider.head_position


async def write_parts(pipeline: Pipeline, parts: AsyncIterator[Iterable[Statement]]) -> None:
    """Send one part after another; while the server takes one, the next is made.

    Raises:
        psycopg.OperationalError: PostgreSQL takes no more.
    """
    sending: asyncio.Task[None] | None = None
    try:
        async for part in parts:
            if sending is not None:
                await sending
            statements = iter(part)
            is_sent = pipeline.send_some(statements)
            sending = None if is_sent else asyncio.create_task(pipeline.send_rest(statements))
        if sending is not None:
            await sending
    finally:
        if sending is not None and not sending.done():
            sending.cancel()
            await asyncio.wait([sending])


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

    Raises:
        UnknownTimeline: there is no such timeline.
        InvalidSqlStatementName: see `pipeline.twice_if_forgotten`.
    """
    async with pipelined_transaction(connection) as pipeline:
        head, logged = await _lock(pipeline, timeline, posts)
    decider = Decider(head, logged, EventGraph(), posts=len(posts))
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


async def lock_head(pipeline: Pipeline, timeline: str) -> LogHead:
    """The head row, locked until the transaction ends: nobody else appends meanwhile.

    Raises:
        UnknownTimeline: there is no such timeline.
    """
    pipeline.send(Statement(_LOCK, [pack_value(timeline)]))
    return _head_of(timeline, (await pipeline.results())[-1])


async def read_head(connection: Connection, timeline: str) -> LogHead:
    """The head row as it is, while others may move it.

    Raises:
        UnknownTimeline: there is no such timeline.
    """
    cursor = await connection.execute(_HEAD.replace("$1", "%s"), [timeline])
    return _head_of(timeline, await cursor.fetchall())


async def _lock(
    pipeline: Pipeline, timeline: str, posts: Sequence[Post]
) -> tuple[LogHead, dict[UUID, LoggedEvent]]:
    """Lock the head, and look the events' ids up in the log: one round trip."""
    ids = [event.id for post in posts for event in post.events]
    pipeline.send(
        Statement(_LOCK, [pack_value(timeline)]),
        Statement(_LOGGED, [pack_value(timeline), pack_list(UUID, ids)]),
    )
    *_, head_rows, logged_rows = await pipeline.results()
    return _head_of(timeline, head_rows), {
        event_id: LoggedEvent(
            Outcome(event_id, position, recorded_at, duplicate=True), current_event_bytes(record)
        )
        for event_id, position, recorded_at, record in logged_rows
    }


def _head_of(timeline: str, rows: Sequence[tuple[Any, ...]]) -> LogHead:
    if not rows:
        raise UnknownTimeline(timeline=timeline)
    return LogHead(timeline, *rows[0])


_HEAD = """
SELECT head, recorded_at, generation, rules, tree_frontier, clock_timestamp() FROM timeline
WHERE timeline_id = $1
"""
# A timeline without statistics is empty to the planner, and then any index that begins with the timeline
# looks as good as the right one. What writes is therefore planned for any timeline, not for this one; setting
# this in the same statement, by a condition that is always true, saves a round trip.
_LOCK = f"{_HEAD} AND {PLANNED_FOR_ANY} IS NOT NULL FOR UPDATE"
# One id after another: for all of them at once the planner may rather read the whole timeline.
_LOGGED = """
SELECT event.* FROM unnest($2::uuid[]) AS posted(id) CROSS JOIN LATERAL (
    SELECT event_id, position, recorded_at, record FROM event
    WHERE timeline_id = $1 AND event_id = posted.id LIMIT 1
) AS event
"""
