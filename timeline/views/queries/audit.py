"""Reads a series' history from the database: the versions of its claims, and what made and ended them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from timeline.domain.components import Source
from timeline.domain.dating import DatedBy, publication
from timeline.domain.edtf import Days
from timeline.domain.figure import Figure
from timeline.domain.record import decode_record
from timeline.domain.unchecked import unchecked
from timeline.domain.words import edtf_words
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.documents import SeriesChange
from timeline.views.projection.rows import SCOPE, ClaimRow
from timeline.views.queries.claim_history import published_versions
from timeline.views.queries.claim_lines import ClaimVersion, LineKey, date_key
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
SELECT {", ".join(ClaimRow._fields)}, from_position,
       CASE WHEN to_position <= %(at)s THEN to_position END
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


VersionOfClaim = tuple[int, int | None, ClaimRow]
"""From which position on, up to which, and the row: a `Version`, or as much of one."""


class _ClaimParts(Struct):
    """What a stored claim or reset says that has no column; a reset has no figure."""

    position: int
    as_of: str
    as_of_text: str = ""
    dated_by: DatedBy = "as_of"
    published_at: datetime | None = None
    figure: Figure | None = None
    text: str = ""


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


async def audit_series(
    connection: Connection, moment: Moment, series: str, published_by: datetime | None = None
) -> SeriesAudit:
    """The audit of the series that the address leads to, up to the moment; as the world knew it by a time.

    `exists` is false where the timeline holds no such series.
    """
    addresses = await address_history(connection, moment, series, published_by)
    names = [span.series for span in addresses]
    if published_by is None:
        cursor = await connection.execute(_VERSIONS, {**moment.scope, "series": names}, binary=True)
        rows: Iterable[VersionOfClaim] = (
            (begin, end, ClaimRow._make(row)) for *row, begin, end in await cursor.fetchall()
        )
    else:
        rows = await published_versions(connection, moment, names, published_by)
    claims, resets = read_versions(rows, addresses)
    positions = amending_positions((*claims, *resets))
    cursor = await connection.execute(_TYPES, [moment.timeline, list(positions), [*KIND_OF_CAUSE]])
    return SeriesAudit(addresses[-1].series, claims, resets, dict(await cursor.fetchall()))


async def describe_changes(
    connection: Connection, moment: Moment, changes: Sequence[Change]
) -> list[SeriesChange]:
    """The changes, each with the record that made it."""
    positions = list({change.position for change in changes})
    cursor = await connection.execute(_CAUSES, [moment.timeline, positions], binary=True)
    causes = {position: read_cause(*row) for position, *row in await cursor.fetchall()}
    return [change.describe(causes[change.position]) for change in changes]


def read_versions(
    rows: Iterable[VersionOfClaim], addresses: Sequence[AddressSpan]
) -> tuple[list[ClaimVersion], list[ResetVersion]]:
    """The claims over the positions at which they stood at these addresses, and the resets of the last."""
    claims: list[ClaimVersion] = []
    resets: list[ResetVersion] = []
    for begin, end, row in rows:
        if row.is_reset:
            resets += [_reset(row, begin, end)] if row.series == addresses[-1].series else []
        elif len(addresses) == 1:
            claims.append(_claim(row, begin, end))
        else:
            spans = (span for span in addresses if span.series == row.series)
            overlaps = (span.overlap(begin, end) for span in spans)
            claims += [_claim(row, *overlap) for overlap in overlaps if overlap]
    return claims, resets


def _claim(row: ClaimRow, from_position: int, to_position: int | None) -> ClaimVersion:
    parts = _claim_parts.decode(row.document)
    assert parts.figure is not None  # noqa: S101 - only resets have none
    as_of, as_of_text, dated_by = parts.as_of, parts.as_of_text, parts.dated_by
    if dated_by != "as_of" and ".incident." in row.series:
        # an incident's count without a date of its own speaks for when it was said, whenever it occurred
        as_of, dated_by = row.earliest.isoformat(), "published" if parts.published_at else "recorded"
        as_of_text = edtf_words(as_of)
    days = Days(row.earliest, row.latest)
    return ClaimVersion(
        row.source,
        parts.position,
        from_position,
        to_position,
        LineKey(row.claimant or "", row.unit or ""),
        days,
        date_key(days),
        as_of,
        as_of_text,
        dated_by,
        row.said_at,
        row.position,
        parts.figure,
        parts.text,
        row.low,
        row.high,
    )


def _reset(row: ClaimRow, from_position: int, to_position: int | None) -> ResetVersion:
    parts = _claim_parts.decode(row.document)
    return ResetVersion(
        row.source,
        parts.position,
        from_position,
        to_position,
        row.claimant,
        Days(row.earliest, row.latest),
        parts.as_of,
        parts.as_of_text,
        parts.dated_by,
        row.adjustment,
    )


def read_cause(event_id: UUID, kind: str, recorded_at: datetime, record: bytes) -> Cause:
    """The record at a change's position, as it is stored."""
    event = _record.decode(record).event
    published_at = event.published_at
    if published_at is None and (kind == "official_statement" or any(s.published_at for s in event.sources)):
        # only here do the dates of the event decide, for which the whole of it is decoded
        published_at = publication(decode_record(record).event, recorded_at)
    if published_at is None and event.changes is not None:
        published_at = event.changes.published_at
    return Cause(event_id, kind, event.reason, published_at, recorded_at, event.sources)
