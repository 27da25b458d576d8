"""Figures as they could be read at a time: what the world had been told by then, whenever it was recorded.

A late import of old reports changes what the record holds, but not what could be read at the time. What links
reports and counts holds whether it was told or not, so that an incident is the same at every time. An
incident whose reports are hidden, and whose count is not, is counted. What is hidden only because no
publication of it is known is counted apart, where it meets the filters by what the record holds now. What was
told later changes no such number: an incident that is seen by the time is not hidden, and a hidden claim is
counted at the address where it stood by the time, whichever report has come to lead its incident since. Of
incidents only those are counted that would be added up, so that with the total and what is left out for
another reason each is counted once.
"""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from timeline.domain.snapshot import Snapshot
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.projection.rows import VALID, ClaimRow, ClaimRowKey, IncidentCountRow
from timeline.views.queries.moved_claims import connected_by, counts_led_elsewhere, moved_claims, moved_counts
from timeline.views.queries.past_rows import (
    IS_UNKNOWN,
    MAY_BE_UNKNOWN,
    PastRows,
    compute_counts,
    compute_each,
    compute_rows,
    past_rows,
    unsettled_sources,
)
from timeline.views.queries.series_addresses import incident_report


class PastFigures(NamedTuple):
    """The rows of claims or counts as they were by a time."""

    rows: PastRows
    publication_unknown: int
    """How many claims, or incidents, are hidden only because no publication of them is known."""


async def past_claims(
    connection: Connection, moment: Moment, series: Sequence[str], published_by: datetime
) -> dict[ClaimRowKey, ClaimRow]:
    """The claims and resets of some series that may have been otherwise by a time, as they were.

    Raises:
        RuleBroken: they are too many.
    """
    connected = await connected_by(connection, moment, series, published_by)
    return await _claims_by(connection, moment, series, published_by, connected)


async def _claims_by(
    connection: Connection,
    moment: Moment,
    series: Sequence[str],
    published_by: datetime,
    connected: set[UUID],
) -> dict[ClaimRowKey, ClaimRow]:
    parameters = {**moment.scope, "series": list(series), "published_by": published_by}
    cursor = await connection.execute(_CLAIM_SOURCES, parameters)
    sources = {source for (source,) in await cursor.fetchall()}
    sources |= await counts_led_elsewhere(connection, moment, connected, published_by)
    rows = await compute_rows(connection, moment, published_by, sorted(sources))
    return {claim.key: claim for row in rows for claim in row.claims}


async def past_series(
    connection: Connection, moment: Moment, series: str, published_by: datetime
) -> PastFigures:
    """One series as it was by a time.

    Raises:
        RuleBroken: too many of its claims may have been otherwise.
    """
    connected = await connected_by(connection, moment, [series], published_by)
    claims = await _claims_by(connection, moment, [series], published_by, connected)
    claims |= await moved_claims(connection, moment, published_by, series)
    rows = past_rows(moment, published_by, figure_claim=claims.values())
    unknown = await _count_unknown(
        connection, moment, series, published_by, connected, {source for source, _ in claims}
    )
    return PastFigures(rows, unknown)


async def count_unknown_claims(
    connection: Connection, moment: Moment, series: str, published_by: datetime | None
) -> int:
    """How many claims and resets of a series are hidden only because no publication of them is known.

    Raises:
        RuleBroken: too many of them may have been hidden again.
    """
    if published_by is None:
        return 0
    connected = await connected_by(connection, moment, [series], published_by)
    return await _count_unknown(connection, moment, series, published_by, connected, ())


async def _count_unknown(  # noqa: PLR0913 - of which series, by when, and what is known of it
    connection: Connection,
    moment: Moment,
    series: str,
    published_by: datetime,
    connected: set[UUID],
    visible: Collection[UUID],
) -> int:
    report = incident_report(series)
    values = {
        "series": series,
        "prefix": None if report is None else series.removesuffix(str(report)),
        "connected": [*connected],
    }
    condition = _OF_THIS if report is None else _OF_INCIDENT
    return await count_hidden_claims(connection, moment, condition, values, published_by, visible)


async def count_hidden_claims(  # noqa: PLR0913 - which of them, by when, and what is known of them
    connection: Connection,
    moment: Moment,
    condition: str,
    values: Mapping[str, object],
    published_by: datetime,
    visible: Collection[UUID] = (),
) -> int:
    """How many claims and resets of some rows are hidden only because no publication of them is known.

    `condition` selects the rows, `values` are its parameters; what is `visible` is not hidden.

    Raises:
        RuleBroken: too many of them may have been hidden again.
    """
    statement = _UNKNOWN.format(condition=condition)
    cursor = await connection.execute(statement, {**values, **moment.scope, "published_by": published_by})
    ((unknown, doubtful),) = await cursor.fetchall()
    hidden_again = [source for source in doubtful if source not in visible]
    missed = await compute_each(connection, moment, published_by, hidden_again, Snapshot.is_missed)
    return int(unknown) + sum(missed)


async def past_counts(
    connection: Connection,
    moment: Moment,
    countable: str,
    values: Mapping[str, object],
    published_by: datetime,
) -> PastFigures:
    """The counts of incidents of a measure as they were by a time, and how many incidents are hidden.

    `countable` selects the counts that could be added up, were they known to be public. Of their incidents
    one is hidden where it has no visible count of the measure and subject at all: one that has is added
    up already, or left out for a reason of its own. So has one whose counts were then of an incident that is
    seen. `values` are its parameters.

    Raises:
        RuleBroken: too many of them may have been otherwise.
    """
    parameters = {**values, **moment.scope, "published_by": published_by}
    cursor = await connection.execute(_COUNT_SOURCES, parameters)
    sources = {source for (source,) in await cursor.fetchall()}
    sources |= await moved_counts(connection, moment, published_by)
    computed = await compute_counts(connection, moment, published_by, sorted(sources))
    rows = past_rows(moment, published_by, toll=(row for row, _ in computed))
    parameters["seen"] = [*_seen_with(computed, values)]
    visible = f"incident NOT IN ({rows.query(_INCIDENTS)}) AND source <> ALL(%(seen)s)"
    certain = f"SELECT count(DISTINCT incident) {countable} AND {IS_UNKNOWN} AND {visible}"
    cursor = await connection.execute(certain, {**parameters, **rows.parameters})
    ((unknown,),) = await cursor.fetchall()
    doubtful = f"SELECT source, incident {countable} AND {MAY_BE_UNKNOWN} AND {visible}"
    others = f"incident NOT IN (SELECT incident {countable} AND {IS_UNKNOWN})"
    cursor = await connection.execute(f"{doubtful} AND {others}", {**parameters, **rows.parameters})
    counts = await cursor.fetchall()
    hidden = [source for source, _ in counts]
    missed = await compute_each(connection, moment, published_by, hidden, Snapshot.is_missed)
    again = {incident for (_, incident), is_missed in zip(counts, missed, strict=True) if is_missed}
    return PastFigures(rows, unknown + len(again))


def _seen_with(
    computed: Sequence[tuple[IncidentCountRow | None, AbstractSet[UUID]]], values: Mapping[str, object]
) -> set[UUID]:
    """What was of one incident, by a time, with counts that are seen of the measure and subject."""
    measure, subject = values["measure"], values["subject"]
    members = {
        row.incident: connected
        for row, connected in computed
        if row is not None and row.measure == measure and subject in (None, row.subject)
    }
    return set[UUID]().union(*members.values())


_OF_SERIES = "series = ANY(%(series)s)"

# A correction that had not been published may have moved a claim since.
_CLAIM_SOURCES = unsettled_sources("figure_claim", _OF_SERIES)

_COUNT_SOURCES = unsettled_sources("toll", "measure = %(measure)s")

_UNKNOWN = f"""
SELECT
    (SELECT count(*) FROM figure_claim WHERE {VALID} AND {{condition}} AND {IS_UNKNOWN}),
    ARRAY(SELECT source FROM figure_claim WHERE {VALID} AND {{condition}} AND {MAY_BE_UNKNOWN})
"""

_OF_THIS, _OF_INCIDENT = (
    "series = %(series)s",
    "source = ANY(%(connected)s) AND starts_with(series, %(prefix)s)",
)

"""Which claims are of a series: of an incident by what was of it by the time."""

_INCIDENTS = (
    f"SELECT incident FROM toll WHERE {VALID} AND measure = %(measure)s"
    " AND (%(subject)s::text IS NULL OR subject = %(subject)s)"
)
