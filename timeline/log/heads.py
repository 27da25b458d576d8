"""The heads of the logs, cached so that a request need not query them.

Heads come from this process's own commits, from NOTIFY, and from a poll, whichever is first; they only ever
move forward. A notification may be lost, so the poll bounds how stale a head can be; while the listening
connection is down, every request queries the database.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Notify

from timeline.domain.errors import UnknownTimeline
from timeline.log.availability import Availability
from timeline.log.pipeline import Statement
from timeline.postgres import UNAVAILABLE_ERRORS, Connection, Pool

CHANNEL = "timeline"
"""NOTIFY tells of a head as `<timeline> <position> <generation> <rules>`; it is a hint, and may be lost."""

RECONNECT_SECONDS = 0.5
TIMELINES_MAX = 10_000
"""How many timelines' heads are cached; the one cached first is dropped first."""


class HeadPosition(NamedTuple):
    """A log's last position, the generation of its views, and the version of the rules that made them.

    Neither of the three ever goes back.
    """

    position: int
    generation: int
    rules: int


class LogHead(NamedTuple):
    """A timeline's head row, and the database's clock (`now`) when it was read."""

    timeline: str
    position: int
    recorded_at: datetime
    generation: int
    rules: int
    frontier: list[bytes]
    now: datetime


class Heads:
    """The heads of the timelines that this process serves."""

    def __init__(
        self,
        pool: Pool,
        listen: Callable[[], Coroutine[Any, Any, Connection]],
        *,
        stale_seconds_max: float,
        availability: Availability,
    ) -> None:
        self._pool = pool
        self._listen = listen
        self._stale_seconds_max = stale_seconds_max
        self._availability = availability
        self._cached: dict[str, HeadPosition] = {}
        self._lineages: dict[str, UUID] = {}
        self._fresh_until = 0.0
        self._moved = asyncio.Event()
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start listening."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def current(self, timeline: str) -> HeadPosition:
        """The timeline's head; at most `stale_seconds_max` old, and never before an own commit.

        Raises:
            UnknownTimeline: there is none of this name.
        """
        cached = self._cached.get(timeline)
        if cached is not None and time.monotonic() < self._fresh_until:
            return cached
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT head, generation, rules FROM timeline WHERE timeline_id = %s", [timeline]
            )
            row = await cursor.fetchone()
        if row is None:
            raise UnknownTimeline(timeline=timeline)
        return self.note(timeline, HeadPosition(*row))

    async def lineage(self, timeline: str) -> UUID:
        """The id of the timeline's log, which never changes; it is read once.

        Raises:
            UnknownTimeline: there is none of this name.
        """
        if (cached := self._lineages.get(timeline)) is not None:
            return cached
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT lineage FROM timeline WHERE timeline_id = %s", [timeline]
            )
            row = await cursor.fetchone()
        if row is None:
            raise UnknownTimeline(timeline=timeline)
        if len(self._lineages) >= TIMELINES_MAX:
            del self._lineages[next(iter(self._lineages))]
        lineage: UUID = row[0]
        self._lineages[timeline] = lineage
        return lineage

    def note(self, timeline: str, head: HeadPosition) -> HeadPosition:
        """Take note of a head; gives the furthest that this process knows of."""
        cached = self._cached.get(timeline)
        furthest = HeadPosition(*map(max, cached or head, head))
        if furthest == cached:
            return cached
        if cached is None and len(self._cached) >= TIMELINES_MAX:
            del self._cached[next(iter(self._cached))]
        self._cached[timeline] = furthest
        # whoever waits holds the old event; the next to wait will hold the new one
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
        return furthest

    def release_waiters(self) -> None:
        """Release everybody who waits for a position."""
        self._closing = True
        self._moved.set()

    async def wait_for(self, timeline: str, position: int, timeout_seconds: float) -> HeadPosition:
        """Wait until the log has reached a position, or the time is up; gives its head then."""
        deadline = time.monotonic() + timeout_seconds
        head = await self.current(timeline)
        while head.position < position and not self._closing:
            wait_seconds = min(deadline - time.monotonic(), self._stale_seconds_max)
            if wait_seconds <= 0:
                break
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_seconds):
                    await self._moved.wait()
            head = await self.current(timeline)
        return head

    async def _run(self) -> None:
        while True:
            try:
                async with await self._listen() as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    while True:
                        await self._poll_and_listen(connection)
            except UNAVAILABLE_ERRORS as error:
                self._availability.note(error)
            self._fresh_until = 0.0
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _poll_and_listen(self, connection: Connection) -> None:
        """Poll, then note notifications until the next poll is due."""
        polled_at = time.monotonic()
        cursor = await connection.execute(
            "SELECT timeline_id, head, generation, rules FROM timeline WHERE timeline_id = ANY(%s)",
            [list(self._cached)],
        )
        for timeline, *head in await cursor.fetchall():
            self.note(timeline, HeadPosition(*head))
        self._fresh_until = polled_at + self._stale_seconds_max
        self._availability.back()
        async for notification in connection.notifies(timeout=self._stale_seconds_max / 2):
            self._note_notification(notification)

    def _note_notification(self, notification: Notify) -> None:
        timeline, *head = notification.payload.split(" ")
        # a program of before the rules had versions tells of two numbers; the poll notes what it did
        if timeline in self._cached and len(head) == len(HeadPosition._fields):
            self.note(timeline, HeadPosition(*map(int, head)))


def notification(timeline: str, head: HeadPosition) -> Statement:
    """What tells listeners of a head, once its transaction is committed."""
    message = " ".join(map(str, (timeline, *head)))
    return Statement("SELECT pg_notify($1, $2)", [CHANNEL.encode(), message.encode()])
