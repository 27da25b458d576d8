"""The timelines of a service: their profiles, and where their logs end."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from timeline.domain.errors import UnknownTimeline
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.documents import TimelineDocument
from timeline.views.projection.rows import VALID
from timeline.views.queries.past_profiles import past_profiles

_HEADS = """
SELECT timeline.timeline_id, profile.document, timeline.head, timeline.recorded_at, timeline.rules,
    timeline.lineage
FROM timeline
LEFT JOIN profile ON profile.timeline_id = timeline.timeline_id AND profile.generation = timeline.generation
    AND kind = 'timeline' AND subject = '' AND to_position IS NULL
"""

_profile = msgspec.json.Decoder(TimelineDocument)


class TimelineHead(NamedTuple):
    """A timeline, its current title, and where its log ends."""

    id: str
    title: str | None
    head: int
    """The position of its last record; 0 for an empty log."""
    recorded_at: datetime
    """Of the last record, or of the creation."""
    rules: int
    """The version of the rules by which its views are made."""
    lineage: UUID
    """Its log's own id."""


async def timeline_page(connection: Connection, *, after: str, limit: int) -> list[TimelineHead]:
    """The timelines that follow one, by id."""
    cursor = await connection.execute(
        _HEADS + " WHERE timeline.timeline_id > %s ORDER BY timeline.timeline_id LIMIT %s", [after, limit]
    )
    return [_timeline_head(*row) for row in await cursor.fetchall()]


async def timeline_head(connection: Connection, timeline: str) -> TimelineHead:
    """One timeline.

    Raises:
        UnknownTimeline: there is none of this name.
    """
    cursor = await connection.execute(_HEADS + " WHERE timeline.timeline_id = %s", [timeline])
    row = await cursor.fetchone()
    if row is None:
        raise UnknownTimeline(timeline=timeline)
    return _timeline_head(*row)


async def timeline_profile(
    connection: Connection, moment: Moment, published_by: datetime | None = None
) -> bytes | None:
    """What the timeline is called and covers at the moment, by a time: its document, if it has a profile."""
    past = await past_profiles(connection, moment, published_by, [""])
    cursor = await connection.execute(
        past.query(f"SELECT document FROM profile WHERE {VALID} AND kind = 'timeline' AND subject = ''"),
        {**moment.scope, **past.parameters},
    )
    row = await cursor.fetchone()
    return bytes(row[0]) if row else None


async def present_profile(connection: Connection, timeline: str) -> TimelineDocument | None:
    """What a timeline is called and covers at its head; None where it has no profile."""
    cursor = await connection.execute(_HEADS + " WHERE timeline.timeline_id = %s", [timeline])
    row = await cursor.fetchone()
    return _profile.decode(row[1]) if row is not None and row[1] is not None else None


def _timeline_head(timeline: str, profile: bytes | None, *columns: Any) -> TimelineHead:
    title = _profile.decode(profile).title if profile else None
    return TimelineHead(timeline, title, *columns)
