"""Reads a series' history from the database: the versions of its claims, and what made and ended them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from timeline.domain.components import Source
from timeline.domain.figure import Figure
from timeline.domain.unchecked import unchecked
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.documents import SeriesChange
from timeline.views.projection.rows import SCOPE
from timeline.views.queries.series_changes import Cause, Change, ClaimVersion, SeriesAudit

_VERSIONS = f"""
SELECT source, from_position, CASE WHEN to_position <= %(at)s THEN to_position END, claimant,
       latest::timestamp AT TIME ZONE 'UTC' AS as_of, position,
       adjustment, document
FROM figure_claim
WHERE {SCOPE} AND series = %(series)s AND from_position <= %(at)s
ORDER BY from_position, position
"""

_RETRACTIONS = """
SELECT position FROM event WHERE timeline_id = %s AND position = ANY(%s) AND type = 'retraction'
"""

_CAUSES = """
SELECT position, event_id, type, recorded_at, record FROM event
WHERE timeline_id = %s AND position = ANY(%s)
"""


class _FigureOnly(Struct):
    figure: Figure | None = None


class _CauseEvent(Struct):
    reason: str | None = None
    published_at: datetime | None = None
    sources: tuple[Source, ...] = ()


class _CauseRecord(Struct):
    event: _CauseEvent


_claim = msgspec.json.Decoder(unchecked(_FigureOnly))
_record = msgspec.json.Decoder(unchecked(_CauseRecord))


async def audit_series(connection: Connection, moment: Moment, series: str) -> SeriesAudit:
    """The audit of a series up to the moment; without changes where the timeline holds no such series."""
    cursor = await connection.execute(_VERSIONS, {**moment.scope, "series": series})
    versions = [_version(*row) for row in await cursor.fetchall()]
    ends = list({version.to_position for version in versions} - {None})
    cursor = await connection.execute(_RETRACTIONS, [moment.timeline, ends])
    return SeriesAudit(series, versions, {position for (position,) in await cursor.fetchall()})


async def describe_changes(
    connection: Connection, moment: Moment, changes: Sequence[Change]
) -> list[SeriesChange]:
    """The changes, each with the record that made it."""
    positions = list({change.position for change in changes})
    cursor = await connection.execute(_CAUSES, [moment.timeline, positions], binary=True)
    causes = {position: _cause(*row) for position, *row in await cursor.fetchall()}
    return [change.describe(causes[change.position]) for change in changes]


def _version(  # noqa: PLR0913 - the columns of a row
    source: UUID,
    from_position: int,
    to_position: int | None,
    claimant: str | None,
    as_of: datetime,
    position: int,
    adjustment: int | None,
    document: bytes,
) -> ClaimVersion:
    figure = _claim.decode(document).figure
    return ClaimVersion(source, from_position, to_position, claimant, as_of, position, figure, adjustment)


def _cause(event_id: UUID, kind: str, recorded_at: datetime, record: bytes) -> Cause:
    event = _record.decode(record).event
    return Cause(event_id, kind, event.reason, event.published_at, recorded_at, event.sources)
