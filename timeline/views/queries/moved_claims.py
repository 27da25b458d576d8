"""Claims that stood by a time at an address where no row of theirs is stored.

What the world had not been told may have led an incident to another report before one of its counts was
recorded, or may have moved a claim before something else did. The stored rows say where a claim stood by all
that the record held, so these are found by the amendments: few can move a claim, and fewer are untold by a
time.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from timeline.domain.event_graph import EventGraph
from timeline.domain.events import SameAs
from timeline.domain.references import named_topics
from timeline.domain.snapshot import Snapshot
from timeline.log.bearing_events import load_bearing
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.projection.rows import VALID, ClaimRow, ClaimRowKey
from timeline.views.queries.past_rows import (
    COMPUTED_MAX,
    IS_SETTLED,
    IS_UNSETTLED,
    compute_each,
    compute_rows,
    unsettled_sources,
)
from timeline.views.queries.series_addresses import incident_report

_MOVING_FIELDS = (
    *("incident", "developments", "claimant", "basis", "scope", "measure", "subject", "category"),
    *("outcome", "item", "captive_of", "force", "in_support_of", "killed", "count", "strength"),
)
"""Fields whose correction may give a claim another address, or make it one."""


async def moved_claims(
    connection: Connection, moment: Moment, published_by: datetime, series: str | None = None
) -> dict[ClaimRowKey, ClaimRow]:
    """The claims and resets, of a series or all, that what was untold by a time may have moved, as they were.

    Those of an incident's series are found by the report that it names, as `counts_led_elsewhere` finds them.

    Raises:
        RuleBroken: they are too many.
    """
    if series is not None and incident_report(series) is not None:
        return {}
    amended = await _untold(connection, moment, published_by, linked=series is None)
    sources = await _unstored(connection, moment, amended, published_by, "figure_claim")
    if series is None:  # else what an event is linked with moves no claim of its series
        connected = await compute_each(connection, moment, published_by, amended, _connected)
        sources |= await _unsettled(connection, moment, set[UUID]().union(*connected), published_by)
    rows = await compute_rows(connection, moment, published_by, sorted(sources))
    claims = [claim for row in rows for claim in row.claims]
    return {claim.key: claim for claim in claims if series in (None, claim.series)}


async def moved_counts(connection: Connection, moment: Moment, published_by: datetime) -> set[UUID]:
    """The events that by a time may have counted something of an incident of which no row is stored."""
    amended = await _untold(connection, moment, published_by, linked=False)
    return await _unstored(connection, moment, amended, published_by, "toll")


async def connected_by(
    connection: Connection, moment: Moment, series: Sequence[str], published_by: datetime
) -> set[UUID]:
    """What by a time shared its incident with the reports that the addresses of some series name.

    Of several series only what the world had not been told of the report may matter.
    """
    reports = [report for name in series if (report := incident_report(name)) is not None]
    if len(series) > 1:  # of one series the incident is looked at whole, whatever its leader's entry shows
        parameters = {**moment.scope, "reports": reports, "published_by": published_by}
        cursor = await connection.execute(_UNSETTLED_REPORTS, parameters)
        reports = [report for (report,) in await cursor.fetchall()]
    if not reports:
        return set()
    records = await load_bearing(connection, moment.timeline, moment.position, reports)
    return EventGraph(records).at(moment.position, published_by).connected(reports)


async def counts_led_elsewhere(
    connection: Connection, moment: Moment, counts: set[UUID], published_by: datetime
) -> set[UUID]:
    """Those of some counts that a retraction which nobody had been told may have led elsewhere since.

    They may never have stood at the address that led by the time.
    """
    if not counts:
        return counts
    unstored = await _unstored(connection, moment, counts, published_by, "figure_claim")
    return unstored | await _unsettled(connection, moment, counts, published_by)


async def _untold(
    connection: Connection, moment: Moment, published_by: datetime, *, linked: bool
) -> list[UUID]:
    """The events of which what was untold by a time may have moved a claim; with those that link others."""
    parameters = {"fields": [*_MOVING_FIELDS], "linked": linked, "limit": COMPUTED_MAX + 1}
    cursor = await connection.execute(_UNTOLD, {**moment.scope, **parameters, "published_by": published_by})
    return [event for (event,) in await cursor.fetchall()]


async def _unstored(
    connection: Connection, moment: Moment, sources: Iterable[UUID], published_by: datetime, table: str
) -> set[UUID]:
    """Those that were amended, and have no row in a table that is as it was by the time."""
    statement = f"""
        SELECT event_id FROM unnest(%(sources)s::uuid[]) AS amended (event_id)
        WHERE EXISTS (SELECT FROM reference WHERE timeline_id = %(timeline)s AND target = event_id AND amends)
            AND NOT EXISTS (SELECT FROM {table} WHERE {VALID} AND source = event_id AND {IS_SETTLED})
    """
    parameters = {**moment.scope, "sources": [*sources], "published_by": published_by}
    cursor = await connection.execute(statement, parameters)
    return {source for (source,) in await cursor.fetchall()}


async def _unsettled(
    connection: Connection, moment: Moment, sources: Iterable[UUID], published_by: datetime
) -> set[UUID]:
    """Those whose claims may have been otherwise by a time."""
    parameters = {**moment.scope, "sources": [*sources], "published_by": published_by}
    cursor = await connection.execute(_CLAIMS_OF_SOURCES, parameters)
    return {source for (source,) in await cursor.fetchall()}


def _connected(snapshot: Snapshot, event_id: UUID) -> set[UUID]:
    """What shares its incident with an event, or with any report that it makes one."""
    record = snapshot.record(event_id)
    if record is None:
        return set()
    return snapshot.connected(named_topics(record.event) if isinstance(record.event, SameAs) else [event_id])


_UNSETTLED_REPORTS = f"""
SELECT development FROM entry WHERE {VALID} AND development = ANY(%(reports)s) AND {IS_UNSETTLED}
"""

_CLAIMS_OF_SOURCES = unsettled_sources("figure_claim", "source = ANY(%(sources)s)")

# What is linked with nothing and amended once has stood at both of its addresses.
# An amendment that is amended itself may have said anything.
_UNTOLD = f"""
SELECT DISTINCT event_id FROM (
    SELECT amended.event_id, amended.type, amended.record, amending.position,
        amendment.type AS amendment_type, amendment.record -> 'event' -> 'changes' AS changes,
        EXISTS (
            SELECT FROM reference
            WHERE timeline_id = %(timeline)s AND target = amendment.event_id AND position <= %(at)s
        ) AS is_amended_itself
    FROM reference AS amending
    JOIN event AS amendment USING (timeline_id, position)
    JOIN event AS amended ON amended.timeline_id = %(timeline)s AND amended.event_id = amending.target
    WHERE amending.timeline_id = %(timeline)s AND amends AND amending.position <= %(at)s
        AND amended.type NOT IN ('correction', 'retraction')
) AS amended
WHERE NOT EXISTS (SELECT FROM entry WHERE {VALID} AND development = event_id AND {IS_SETTLED})
    AND (is_amended_itself OR (%(linked)s AND amendment_type = 'retraction') OR EXISTS (
        SELECT FROM json_object_keys(changes) AS field WHERE field = ANY(%(fields)s)
    ))
    AND (
        is_amended_itself
        OR (%(linked)s AND (type = 'same_as' OR record -> 'event' ->> 'incident' IS NOT NULL))
        OR EXISTS (
            SELECT FROM reference WHERE timeline_id = %(timeline)s AND target = event_id
                AND position <> amended.position AND position <= %(at)s AND (%(linked)s OR amends)
        )
    )
LIMIT %(limit)s
"""
