"""Reads a series' history from the database: the versions of its claims, and what made and ended them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from timeline.domain.components import Source
from timeline.domain.dating import DatedBy, publication
from timeline.domain.edtf import Days
from timeline.domain.figure import Figure
from timeline.domain.record import decode_record
from timeline.domain.unchecked import unchecked
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.documents import SeriesChange
from timeline.views.projection.rows import SCOPE
from timeline.views.queries.claim_lines import ClaimVersion, LineKey
from timeline.views.queries.falls import ResetVersion
from timeline.views.queries.series_addresses import AddressSpan, address_history
from timeline.views.queries.series_changes import (
    KIND_OF_CAUSE,
    Cause,
    Change,
    SeriesAudit,
    amending_positions,
)

_VERSIONS = f"""
SELECT series, is_reset, source, from_position, CASE WHEN to_position <= %(at)s THEN to_position END, claimant,
       unit, earliest, latest, said_at, position, adjustment, low, high, document
FROM figure_claim
WHERE {SCOPE} AND series = ANY(%(series)s) AND from_position <= %(at)s
ORDER BY from_position, position
"""

_TYPES = """
SELECT position, type FROM event WHERE timeline_id = %s AND position = ANY(%s) AND type = ANY(%s)
"""

_CAUSES = """
SELECT position, event_id, type, recorded_at, record FROM event
WHERE timeline_id = %s AND position = ANY(%s)
"""


class _ClaimParts(Struct):
    """What a stored claim or reset says that has no column; a reset has no figure."""

    position: int
    as_of: str
    dated_by: DatedBy = "as_of"
    published_at: datetime | None = None
    figure: Figure | None = None


class _Changes(Struct):
    published_at: datetime | None = None


class _CauseEvent(Struct):
    reason: str | None = None
    published_at: datetime | None = None
    sources: tuple[Source, ...] = ()
    changes: _Changes | None = None


class _CauseRecord(Struct):
    event: _CauseEvent


_claim_parts = msgspec.json.Decoder(unchecked(_ClaimParts))
_record = msgspec.json.Decoder(unchecked(_CauseRecord))


class _Row(Struct, frozen=True, gc=False):
    """A row of `figure_claim`, whose end lies by the moment if it has one."""

    series: str
    is_reset: bool
    source: UUID
    from_position: int
    to_position: int | None
    claimant: str | None
    unit: str | None
    earliest: date
    latest: date
    said_at: datetime
    position: int
    adjustment: int | None
    low: int | None
    high: int | None
    document: bytes


async def audit_series(connection: Connection, moment: Moment, series: str) -> SeriesAudit:
    """The audit of the series that the address leads to, up to the moment.

    `exists` is false where the timeline holds no such series.
    """
    addresses = await address_history(connection, moment, series)
    parameters = {**moment.scope, "series": [span.series for span in addresses]}
    cursor = await connection.execute(_VERSIONS, parameters)
    rows = [_Row(*row) for row in await cursor.fetchall()]
    address = addresses[-1].series
    claims = _claims(rows, addresses)
    resets = [_reset(row) for row in rows if row.is_reset and row.series == address]
    positions = amending_positions((*claims, *resets))
    cursor = await connection.execute(_TYPES, [moment.timeline, list(positions), [*KIND_OF_CAUSE]])
    return SeriesAudit(address, claims, resets, dict(await cursor.fetchall()))


async def describe_changes(
    connection: Connection, moment: Moment, changes: Sequence[Change]
) -> list[SeriesChange]:
    """The changes, each with the record that made it."""
    positions = list({change.position for change in changes})
    cursor = await connection.execute(_CAUSES, [moment.timeline, positions], binary=True)
    causes = {position: _cause(*row) for position, *row in await cursor.fetchall()}
    return [change.describe(causes[change.position]) for change in changes]


def _claims(rows: Iterable[_Row], addresses: Sequence[AddressSpan]) -> list[ClaimVersion]:
    """The claims of the series over the positions at which the address led to theirs."""
    claims = []
    for row in rows:
        if row.is_reset:
            continue
        if len(addresses) == 1:
            claims.append(_claim(row, row.from_position, row.to_position))
            continue
        for span in addresses:
            if span.series == row.series and (overlap := span.overlap(row.from_position, row.to_position)):
                claims.append(_claim(row, *overlap))
    return claims


def _claim(row: _Row, from_position: int, to_position: int | None) -> ClaimVersion:
    parts = _claim_parts.decode(row.document)
    as_of, dated_by = parts.as_of, parts.dated_by
    if ".incident." in row.series and dated_by != "as_of":
        # an incident's count without a date of its own speaks for when it was said, whenever it occurred
        as_of, dated_by = row.earliest.isoformat(), "published" if parts.published_at else "recorded"
    return ClaimVersion(
        row.source,
        parts.position,
        from_position,
        to_position,
        LineKey(row.claimant or "", row.unit or ""),
        Days(row.earliest, row.latest),
        as_of,
        dated_by,
        row.said_at,
        row.position,
        parts.figure,
        row.low,
        row.high,
    )


def _reset(row: _Row) -> ResetVersion:
    parts = _claim_parts.decode(row.document)
    return ResetVersion(
        source=row.source,
        first_position=parts.position,
        from_position=row.from_position,
        to_position=row.to_position,
        claimant=row.claimant,
        days=Days(row.earliest, row.latest),
        as_of=parts.as_of,
        dated_by=parts.dated_by,
        adjustment=row.adjustment,
    )


def _cause(event_id: UUID, kind: str, recorded_at: datetime, record: bytes) -> Cause:
    event = _record.decode(record).event
    published_at = event.published_at
    if published_at is None and (kind == "official_statement" or any(s.published_at for s in event.sources)):
        # only here do the dates of the event decide, for which the whole of it is decoded
        published_at = publication(decode_record(record).event, recorded_at)
    if published_at is None and event.changes is not None:
        published_at = event.changes.published_at
    return Cause(event_id, kind, event.reason, published_at, recorded_at, event.sources)
