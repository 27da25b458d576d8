"""Reads a series' history from the database: the versions of its claims, and what made and ended them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from msgspec import Struct

from timeline.domain.components import Source
from timeline.domain.dating import DatedBy, publication
from timeline.domain.edtf import Days
from timeline.domain.record import decode_record
from timeline.domain.unchecked import unchecked
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.documents import SeriesChange
from timeline.views.projection.rows import SCOPE, ClaimRow
from timeline.views.queries.claim_amendments import read_amendments
from timeline.views.queries.claim_documents import read_documents
from timeline.views.queries.claim_history import published_versions
from timeline.views.queries.claim_lines import ClaimVersion, LineKey, date_key, date_key_sql, days_of
from timeline.views.queries.falls import ResetVersion
from timeline.views.queries.series_addresses import AddressSpan, address_history
from timeline.views.queries.series_changes import (
    KIND_OF_CAUSE,
    Cause,
    Change,
    SeriesAudit,
    basis_of,
    change_positions,
    compared_claims,
)

if TYPE_CHECKING:
    _StoredSource = Source
else:
    _StoredSource = unchecked(Source)

# The address in force is not read in each of thousands of rows.
_VERSIONS = f"""
SELECT from_position, CASE WHEN to_position <= %(at)s THEN to_position END, source,
    NULLIF(series, %(in_force)s), claimant, unit, is_reset, adjustment, {date_key_sql("earliest", "latest")},
    said_at, position, none_reported, low, high, CASE WHEN %(whole)s OR is_reset THEN document END
FROM figure_claim
WHERE {SCOPE} AND series = ANY(%(series)s) AND from_position <= %(at)s
ORDER BY from_position, position
"""

_TYPES = """
SELECT position, type FROM event
WHERE timeline_id = %s AND position = ANY(%s::bigint[]) AND type = ANY(%s)
"""

_CAUSES = """
SELECT position, event_id, type, recorded_at, record FROM event
WHERE timeline_id = %s AND position = ANY(%s::bigint[])
"""


VersionOfClaim = tuple[int, int | None, ClaimRow]
"""From which position on, up to which, and the row: a `Version`, or as much of one."""


class _ResetParts(Struct, gc=False):
    """What a stored reset says that has no column."""

    as_of: str
    as_of_text: str = ""
    dated_by: DatedBy = "as_of"


class _Changes(Struct, gc=False):
    published_at: datetime | None = None


class _CauseEvent(Struct, gc=False):
    reason: str | None = None
    published_at: datetime | None = None
    sources: tuple[_StoredSource, ...] = ()
    changes: _Changes | None = None


class _CauseRecord(Struct, gc=False):
    event: _CauseEvent


_NO_CAUSES: Mapping[int, Cause] = {}

_reset_parts = msgspec.json.Decoder(_ResetParts)
_record = msgspec.json.Decoder(_CauseRecord)


async def audit_series(  # noqa: PLR0913 - of which series, as known by when, and with what
    connection: Connection,
    moment: Moment,
    series: str,
    published_by: datetime | None = None,
    *,
    with_amendments: bool = False,
    is_shown_whole: bool = True,
) -> SeriesAudit:
    """The audit of the series that the address leads to, up to the moment; as the world knew it by a time.

    `exists` is false where the timeline holds no such series. Where they are asked for, amendments that
    changed nothing are among the silent changes. Where it is not shown whole, `read_documents` has to read
    the documents of the claims that are.
    """
    addresses = await address_history(connection, moment, series, published_by)
    names = [span.series for span in addresses]
    if published_by is None:
        with_documents = is_shown_whole or basis_of(names[-1]) == "incident"
        parameters = {**moment.scope, "series": names, "in_force": names[-1], "whole": with_documents}
        cursor = await connection.execute(_VERSIONS, parameters, binary=True)
        claims, resets = _versions(await cursor.fetchall(), addresses)
        if not with_documents:
            await read_documents(connection, moment, compared_claims(claims))
    else:
        rows = await published_versions(connection, moment, names, published_by)
        claims, resets = read_versions(rows, addresses)
    positions = change_positions((*claims, *resets))
    causes = await _read_causes(connection, moment, positions) if is_shown_whole else {}
    types = await _amending_types(connection, moment, positions, causes)
    audit = SeriesAudit(addresses[-1].series, claims, resets, types, causes=causes)
    if with_amendments:
        sources, changed = {claim.source for claim in claims}, {change.position for change in audit.changes}
        amendments = await read_amendments(connection, moment, audit.series, sources, changed, published_by)
        if amendments:
            return SeriesAudit(audit.series, claims, resets, types, amendments, causes)
    return audit


async def describe_changes(
    connection: Connection,
    moment: Moment,
    changes: Sequence[Change],
    causes: Mapping[int, Cause] = _NO_CAUSES,
) -> list[SeriesChange]:
    """The changes, each with the record that made it; the documents of their claims have been read.

    The records are read that are not among those of an audit's `causes`.
    """
    missing = {change.position for change in changes}.difference(causes)
    if missing:
        causes = {**causes, **await _read_causes(connection, moment, missing)}
    return [change.describe(causes[change.position]) for change in changes]


async def _read_causes(connection: Connection, moment: Moment, positions: Iterable[int]) -> dict[int, Cause]:
    cursor = await connection.execute(_CAUSES, [moment.timeline, _array(positions)], binary=True)
    return {
        position: read_cause(event_id, kind, recorded_at, record)
        for position, event_id, kind, recorded_at, record in await cursor.fetchall()
    }


async def _amending_types(
    connection: Connection, moment: Moment, positions: Iterable[int], causes: Mapping[int, Cause]
) -> dict[int, str]:
    """The types of the events at the positions, at least where they decide on the kind of a change."""
    if causes:
        return {position: cause.type for position, cause in causes.items()}
    parameters = [moment.timeline, _array(positions), [*KIND_OF_CAUSE]]
    cursor = await connection.execute(_TYPES, parameters, binary=True)
    return dict(await cursor.fetchall())


def read_versions(
    rows: Iterable[VersionOfClaim], addresses: Sequence[AddressSpan]
) -> tuple[list[ClaimVersion], list[ResetVersion]]:
    """The claims over the positions at which they stood at these addresses, and the resets of the last."""
    in_force = addresses[-1].series
    columns = (
        (
            begin,
            end,
            row.source,
            None if row.series == in_force else row.series,
            row.claimant,
            row.unit,
            row.is_reset,
            row.adjustment,
            date_key(Days(row.earliest, row.latest)),
            row.said_at,
            row.position,
            row.none_reported,
            row.low,
            row.high,
            row.document,
        )
        for begin, end, row in rows
    )
    return _versions(columns, addresses)


def _versions(
    rows: Iterable[tuple[Any, ...]], addresses: Sequence[AddressSpan]
) -> tuple[list[ClaimVersion], list[ResetVersion]]:
    """The same from rows of `_VERSIONS`: there are thousands, so nothing is made of them in between."""
    claims: list[ClaimVersion] = []
    resets: list[ResetVersion] = []
    lines: dict[tuple[str | None, str | None], LineKey] = {}
    in_force = addresses[-1].series
    is_single = len(addresses) == 1
    for begin, end, source, series, claimant, unit, is_reset, adjustment, *word in rows:
        if is_reset:
            if series is None:
                key, document = word[0], word[-1]
                resets.append(_reset(source, begin, end, claimant, key, adjustment, document))
            continue
        line = lines.get((claimant, unit))
        if line is None:
            line = lines[claimant, unit] = LineKey(claimant or "", unit or "")
        if is_single:
            claims.append(ClaimVersion(source, begin, end, line, *word))
            continue
        for since, until in _overlaps(addresses, series or in_force, begin, end):
            claims.append(ClaimVersion(source, since, until, line, *word))
    if basis_of(in_force) == "incident":
        for claim in claims:
            claim.is_of_incident = True
    return claims, resets


def _reset(  # noqa: PLR0913 - the columns of a row
    source: UUID,
    begin: int,
    end: int | None,
    claimant: str | None,
    key: int,
    adjustment: int | None,
    document: bytes | str,
) -> ResetVersion:
    parts = _reset_parts.decode(document)
    days = days_of(key)
    return ResetVersion(
        source,
        begin,
        end,
        claimant,
        days,
        parts.as_of,
        parts.as_of_text,
        parts.dated_by,
        adjustment,
    )


def _overlaps(
    addresses: Sequence[AddressSpan], series: str, begin: int, end: int | None
) -> Sequence[tuple[int, int | None]]:
    """The parts of [begin, end) over which what stood at one of the addresses was of the series."""
    overlaps = (span.overlap(begin, end) for span in addresses if span.series == series)
    return [overlap for overlap in overlaps if overlap]


def _array(positions: Iterable[int]) -> str:
    """Positions as text that PostgreSQL reads as an array: the driver would look at each of them."""
    return f"{{{','.join(map(str, positions))}}}"


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
