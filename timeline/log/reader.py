"""Reads the log: records by position and by id, and the moment at a position or time."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from timeline.domain.errors import NotFound, UnknownPosition, UnknownTimeline
from timeline.log.heads import HeadPosition
from timeline.log.pages import PAGE_BYTES_MAX, first_rows, within_bytes
from timeline.postgres import Connection


class Moment(NamedTuple):
    """A timeline at a position: what every query answers for, by rows of one version of the rules."""

    timeline: str
    position: int
    generation: int
    rules: int
    head: int

    @property
    def scope(self) -> dict[str, object]:
        """The parameters by which a query finds the view rows that hold at the position."""
        return {"timeline": self.timeline, "generation": self.generation, "at": self.position}


def moment_of(timeline: str, log_head: HeadPosition, at: int | None = None) -> Moment:
    """The timeline at a position, or at its head.

    Raises:
        UnknownPosition: the log has not reached the position.
    """
    position = log_head.position if at is None else at
    if position > log_head.position:
        raise UnknownPosition(
            f"the log ends at position {log_head.position}", path="at", head=log_head.position
        )
    return Moment(timeline, position, log_head.generation, log_head.rules, log_head.position)


async def read_moment(connection: Connection, timeline: str, at: int | date | None = None) -> Moment:
    """The timeline at a position, at what had been recorded by a time, or at its head.

    A day that is no time means its end, by UTC, or now where it has not ended.

    Raises:
        UnknownTimeline: there is no such timeline.
        UnknownPosition: the log has not reached the position, or the time is in the future.
    """
    position = at if isinstance(at, int) else None
    start, end = (None, None) if at is None or isinstance(at, int) else _instants(at)
    # one statement, hence one snapshot: what is recorded meanwhile must not lie ahead of the head
    cursor = await connection.execute(
        "SELECT head, generation, rules, CASE WHEN %(start)s::timestamptz <= clock_timestamp()"
        " THEN position_at(timeline_id, %(end)s) END FROM timeline WHERE timeline_id = %(timeline)s",
        {"timeline": timeline, "start": start, "end": end},
    )
    row = await cursor.fetchone()
    if row is None:
        raise UnknownTimeline(timeline=timeline)
    *log_head, recorded = row
    if start is not None and recorded is None:
        raise UnknownPosition(f"{_words(at)} is in the future", path="at")
    return moment_of(timeline, HeadPosition(*log_head), recorded if position is None else position)


def _instants(at: date) -> tuple[datetime, datetime]:
    """The first and the last instant that a time or day names."""
    if isinstance(at, datetime):
        return at, at
    start = datetime.combine(at, time(), UTC)
    return start, start + timedelta(days=1, microseconds=-1)


def _words(at: object) -> str:
    return f"the time {at.isoformat()}" if isinstance(at, datetime) else f"the day {at}"


async def read_records(  # noqa: PLR0913 - a page is these
    connection: Connection,
    timeline: str,
    *,
    after: int,
    until: int,
    limit: int,
    types: Sequence[str] = (),
) -> list[tuple[int, bytes]]:
    """The records in (after, until], verbatim, with their positions; `types` keeps those of these types."""
    cursor = await connection.execute(
        "SELECT position, record FROM event WHERE timeline_id = %s AND position > %s AND position <= %s"
        " AND (%s::text[] IS NULL OR type = ANY(%s)) ORDER BY position LIMIT %s",
        [timeline, after, until, list(types) or None, list(types), limit],
    )
    return await cursor.fetchall()


async def read_record_page(  # noqa: PLR0913 - a page is these
    connection: Connection,
    timeline: str,
    *,
    after: int,
    until: int,
    limit: int,
    types: Sequence[str] = (),
    bytes_max: int = PAGE_BYTES_MAX,
) -> tuple[Sequence[tuple[int, bytes]], bool]:
    """The first of these records, as many as a page may have; and whether there are more."""
    statement = within_bytes(
        "SELECT position, record AS document FROM event"
        " WHERE timeline_id = %s AND position > %s AND position <= %s"
        " AND (%s::text[] IS NULL OR type = ANY(%s)) ORDER BY position LIMIT %s",
        "position",
        bytes_max,
    )
    parameters = [timeline, after, until, list(types) or None, list(types), limit + 1]
    rows: list[tuple[int, bytes]] = await (await connection.execute(statement, parameters)).fetchall()
    return first_rows(rows, limit, bytes_max)


async def read_record(connection: Connection, timeline: str, event_id: UUID) -> tuple[bytes, bytes]:
    """One record, verbatim, and its leaf hash.

    Raises:
        NotFound: the timeline holds no such event.
    """
    cursor = await connection.execute(
        "SELECT record, leaf_hash FROM event WHERE timeline_id = %s AND event_id = %s", [timeline, event_id]
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"timeline {timeline} holds no event {event_id}")
    return bytes(row[0]), bytes(row[1])


async def outdated_timelines(connection: Connection, rules: int, limit: int) -> tuple[list[str], int]:
    """Timelines whose views are by older rules than these: some of their ids, and how many there are."""
    cursor = await connection.execute(
        "SELECT timeline_id, count(*) OVER () FROM timeline WHERE rules < %s ORDER BY timeline_id LIMIT %s",
        [rules, limit],
    )
    rows = await cursor.fetchall()
    return [timeline for timeline, _ in rows], rows[0][1] if rows else 0
