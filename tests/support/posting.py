"""Posts events to a log in PostgreSQL, in any batches, and reads back its records and view rows."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from timeline.domain.errors import TimelineError
from timeline.domain.events import Event
from timeline.domain.record import Record, decode_record
from timeline.log.appender import Appender
from timeline.log.posts import Outcome, Post
from timeline.log.reader import read_records
from timeline.postgres import Pool
from timeline.views.projection.rules import RULES_VERSION
from timeline.views.projection.writer import project

AHEAD = datetime(2100, 1, 1, tzinfo=UTC)
"""A last `recorded_at` ahead of every clock: all that follows is recorded at this same time."""

VIEWS = ("entry", "entry_text", "entry_actor", "figure_claim", "toll", "profile")


def new_appender(pool: Pool, **limits: int) -> Appender:
    """An appender with the service's projection."""
    defaults = {"rules": RULES_VERSION, "commit_events_max": 1_000, "queue_events_max": 20_000}
    return Appender(pool, project, **defaults | limits)


async def new_timeline(pool: Pool, recorded_at: datetime | None = None) -> str:
    """An empty timeline with a new name."""
    name = f"t-{uuid4().hex}"
    async with pool.connection() as connection:
        await connection.execute(
            "INSERT INTO timeline (timeline_id, recorded_at, rules)"
            " VALUES (%s, COALESCE(%s, clock_timestamp()), %s)",
            [name, recorded_at, RULES_VERSION],
        )
    return name


async def post(appender: Appender, timeline: str, *events: Event, **more: Any) -> list[Outcome]:
    """Post events, all together or not at all."""
    return await appender.append(timeline, Post.of(events, "tests", **more))


async def post_together(
    appender: Appender, timeline: str, posts: Iterable[Post]
) -> list[list[Outcome] | TimelineError]:
    """Post from several clients at once, so that one commit has all; gives the outcome of each."""
    appends = [appender.append(timeline, post) for post in posts]
    return await asyncio.gather(*appends, return_exceptions=True)


async def record_in_batches(
    appender: Appender, timeline: str, events: Sequence[Event], sizes: Iterable[int] = ()
) -> None:
    """Record events in commits of these sizes; what remains is one more commit."""
    remaining = list(events)
    for size in (*sizes, len(remaining)):
        outcomes = await post_together(
            appender, timeline, [Post.of((event,), "tests") for event in remaining[:size]]
        )
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome
        remaining = remaining[size:]


async def recorded(pool: Pool, timeline: str) -> list[Record]:
    """All records of a timeline."""
    async with pool.connection() as connection:
        rows = await read_records(connection, timeline, after=0, until=10**9, limit=10**6)
    return [decode_record(record) for _, record in rows]


async def view_rows(pool: Pool, timeline: str) -> dict[str, list[dict[str, Any]]]:
    """All versions of all rows of the views, without the timeline's name, in the order of their keys."""
    views = {}
    async with pool.connection() as connection:
        for table in VIEWS:
            cursor = await connection.execute(f"SELECT * FROM {table} WHERE timeline_id = %s", [timeline])
            names = [column.name for column in cursor.description][1:]
            rows = [dict(zip(names, row[1:], strict=True)) for row in await cursor.fetchall()]
            views[table] = sorted(rows, key=_key)
    return views


def valid_at(rows: Iterable[dict[str, Any]], position: int) -> list[dict[str, Any]]:
    """The rows that are valid at a position, without the positions of their range."""
    return [
        {name: value for name, value in row.items() if name not in ("from_position", "to_position")}
        for row in rows
        if row["from_position"] <= position and (row["to_position"] is None or position < row["to_position"])
    ]


def _key(row: dict[str, Any]) -> tuple[str, ...]:
    names = ("development", "source", "kind", "subject", "actor", "order_key")
    return (*(str(row.get(name)) for name in names), f"{row['from_position']:09}")
