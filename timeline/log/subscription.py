"""Subscriptions to a timeline's log: the records after a position, then each new one as it comes.

Readers pull, so a slow one delays nobody and nothing is queued for it. New records are read from the
database once and cached for a while, for all who follow the same timeline.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Sequence
from itertools import dropwhile
from typing import NamedTuple
from uuid import UUID

from timeline.domain.errors import TimelineError
from timeline.domain.events import event_type
from timeline.domain.record import decode_record
from timeline.domain.references import actors_of
from timeline.log import reader
from timeline.log.heads import Heads
from timeline.postgres import Pool

CHUNK_RECORDS_MAX = 200
CHUNK_BYTES_MAX = 200_000
"""What a reader holds that does not read; there may be thousands."""
RECENT_RECORDS_MAX = 1_000
RECENT_BYTES_MAX = 4_000_000
PING_SECONDS = 15.0
PACE_SECONDS = 0.05
"""The pause between two chunks of a live reader: without it a thousand readers leave no time for posts."""


class TooSlow(TimelineError):
    """The reader does not keep up with the log; continue after the last position that it has read."""


class SubscribedRecord(NamedTuple):
    """A record as it is sent, and what filters look at."""

    position: int
    event_id: UUID
    type: str
    actors: frozenset[str]
    record: bytes


class _RecentRecords:
    """The last records of a timeline, without a gap, and the lock under which they are read."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self._records: deque[SubscribedRecord] = deque(maxlen=RECENT_RECORDS_MAX)

    def after(self, position: int) -> list[SubscribedRecord]:
        """The records that follow a position; none where the next one is not cached."""
        if not self._records or not self._records[0].position <= position + 1 <= self._records[-1].position:
            return []
        following = dropwhile(lambda record: record.position <= position, self._records)
        return [record for record, _ in zip(following, range(CHUNK_RECORDS_MAX), strict=False)]

    def keep(self, records: Sequence[SubscribedRecord]) -> None:
        """Cache records that follow those cached, or start over with them."""
        if self._records and records[0].position != self._records[-1].position + 1:
            self._records.clear()
        self._records.extend(records)
        size_bytes = sum(len(record.record) for record in self._records)
        while size_bytes > RECENT_BYTES_MAX:
            size_bytes -= len(self._records.popleft().record)


class Subscriptions:
    """The subscriptions of this process's readers."""

    def __init__(self, pool: Pool, heads: Heads, *, lag_records_max: int) -> None:
        self._pool = pool
        self._heads = heads
        self._lag_records_max = lag_records_max
        self._recent: defaultdict[str, _RecentRecords] = defaultdict(_RecentRecords)
        self._ended = False
        self.readers = 0

    def end(self) -> None:
        """End every subscription."""
        self._ended = True
        self._heads.release_waiters()

    async def follow(self, timeline: str, after: int) -> AsyncIterator[Sequence[SubscribedRecord]]:
        """Every record after a position, in chunks, until the subscriptions end; an empty chunk is a ping.

        Raises:
            UnknownTimeline: there is no timeline of this name.
            TooSlow: the reader was at the log's end once, and has fallen far behind since.
        """
        self.readers += 1
        try:
            is_live = False
            while not self._ended:
                head = (await self._heads.wait_for(timeline, after + 1, PING_SECONDS)).position
                if is_live and head - after > self._lag_records_max:
                    raise TooSlow(position=after)
                chunk = await self._chunk(timeline, after, head) if head > after else []
                if not self._ended:
                    yield chunk
                after = chunk[-1].position if chunk else after
                is_live = is_live or after >= head
                await asyncio.sleep(PACE_SECONDS if is_live else 0)
        finally:
            self.readers -= 1

    async def _chunk(self, timeline: str, after: int, until: int) -> Sequence[SubscribedRecord]:
        recent = self._recent[timeline]
        if records := recent.after(after):
            return records
        if until - after > RECENT_RECORDS_MAX:  # catching up, on its own
            return await self._read(timeline, after, until)
        async with recent.lock:
            if records := recent.after(after):
                return records
            fresh = await self._read(timeline, after, until)
            recent.keep(fresh)
            return fresh

    async def _read(self, timeline: str, after: int, until: int) -> list[SubscribedRecord]:
        async with self._pool.connection() as connection:
            rows, _ = await reader.read_record_page(
                connection,
                timeline,
                after=after,
                until=until,
                limit=CHUNK_RECORDS_MAX,
                bytes_max=CHUNK_BYTES_MAX,
            )
        return [_subscribed_record(position, record) for position, record in rows]


def _subscribed_record(position: int, record: bytes) -> SubscribedRecord:
    event = decode_record(record).event
    actors = frozenset(actor for actor, _ in actors_of(event))
    return SubscribedRecord(position, event.id, event_type(event), actors, record)
