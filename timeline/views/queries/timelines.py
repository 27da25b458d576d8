"""The timelines of a service: what they are called now, and where their logs stand."""

from datetime import datetime
from typing import cast

import msgspec

from timeline.domain.errors import UnknownTimeline
from timeline.postgres import Connection
from timeline.views.documents import TimelineDocument
from timeline.views.responses import TimelineSummary

_SUMMARY = """
SELECT timeline.timeline_id, profile.document, timeline.head, timeline.recorded_at FROM timeline
LEFT JOIN profile ON profile.timeline_id = timeline.timeline_id AND profile.generation = timeline.generation
    AND kind = 'timeline' AND subject = '' AND to_position IS NULL
"""

_document = msgspec.json.Decoder(TimelineDocument)


async def timeline_page(connection: Connection, *, after: str, limit: int) -> list[TimelineSummary]:
    """The timelines that follow one, by id."""
    cursor = await connection.execute(
        _SUMMARY + " WHERE timeline.timeline_id > %s ORDER BY timeline.timeline_id LIMIT %s", [after, limit]
    )
    return [_summary(*row) for row in await cursor.fetchall()]


async def summary(connection: Connection, timeline: str) -> TimelineSummary:
    """One timeline.

    Raises:
        UnknownTimeline: there is none of this name.
    """
    cursor = await connection.execute(_SUMMARY + " WHERE timeline.timeline_id = %s", [timeline])
    row = await cursor.fetchone()
    if row is None:
        raise UnknownTimeline(timeline=timeline)
    return _summary(*row)


async def described(connection: Connection, timeline: str) -> tuple[str, str | None, str | None] | None:
    """Title, description and language of a timeline as its profile now says, or None where it has none."""
    cursor = await connection.execute(_SUMMARY + " WHERE timeline.timeline_id = %s", [timeline])
    row = await cursor.fetchone()
    if row is None or row[1] is None:
        return None
    document = _document.decode(cast("bytes", row[1]))
    return document.title, document.description, document.language


def _summary(timeline: str, document: bytes | None, head: int, recorded_at: datetime) -> TimelineSummary:
    return TimelineSummary(
        id=timeline,
        title=_document.decode(document).title if document else None,
        head=head,
        recorded_at=recorded_at,
        url=f"/v1/timelines/{timeline}",
    )
