"""Figures as they could be read at a time: what the world had been told by then, whenever it was recorded.

A late import of old reports changes what the record holds, but not what could be read at the time. What links
reports and counts holds whether it was told or not, so that an incident is the same at every time. An
incident whose reports are hidden, and whose count is not, is counted. What is hidden only because no
publication of it is known is counted apart, where it meets the filters by what the record holds now. Of
incidents only those are counted that would be added up, so that with the total and what is left out for
another reason each is counted once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from timeline.domain.snapshot import Snapshot
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.projection.rows import VALID, ClaimRow
from timeline.views.queries.moved_claims import counts_led_elsewhere, moved_claims, moved_counts
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


class PastFigures(NamedTuple):
    """The rows of claims or counts as they were by a time."""

    rows: PastRows
    publication_unknown: int
    """How many claims, or incidents, are hidden only because no publication of them is known."""


async def past_claims(
    connection: Connection, moment: Moment, series: Sequence[str], published_by: datetime
) -> dict[UUID, ClaimRow]:
    """The claims and resets of some series that may have been otherwise by a time, as they were.

    Raises:
        RuleBroken: they are too many.
    """
    parameters = {**moment.scope, "series": list(series), "published_by": published_by}
    cursor = await connection.execute(_CLAIM_SOURCES, parameters)
    sources = {source for (source,) in await cursor.fetchall()}
    sources |= await counts_led_elsewhere(connection, moment, series, published_by)
    rows = await compute_rows(connection, moment, published_by, sorted(sources))
    return {row.claim.source: row.claim for row in rows if row.claim is not None}


async def past_series(
    connection: Connection, moment: Moment, series: str, published_by: datetime
) -> PastFigures:
    """One series as it was by a time.

    Raises:
        RuleBroken: too many of its claims may have been otherwise.
    """
    claims = await past_claims(connection, moment, [series], published_by)
    claims |= await moved_claims(connection, moment, published_by, series)
    rows = past_rows(moment, published_by, figure_claim=claims.values())
    parameters = {**moment.scope, "series": [series], "published_by": published_by}
    cursor = await connection.execute(_UNKNOWN_CLAIMS, parameters)
    ((unknown, doubtful),) = await cursor.fetchall()
    hidden_again = [source for source in doubtful if source not in claims]
    missed = await compute_each(connection, moment, published_by, hidden_again, Snapshot.is_missed)
    return PastFigures(rows, unknown + sum(missed))


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
    up already, or left out for a reason of its own. `values` are its parameters.

    Raises:
        RuleBroken: too many of them may have been otherwise.
    """
    parameters = {**values, **moment.scope, "published_by": published_by}
    cursor = await connection.execute(_COUNT_SOURCES, parameters)
    sources = {source for (source,) in await cursor.fetchall()}
    sources |= await moved_counts(connection, moment, published_by)
    computed = await compute_counts(connection, moment, published_by, sorted(sources))
    rows = past_rows(moment, published_by, toll=computed)
    visible = f"incident NOT IN ({rows.query(_INCIDENTS)})"
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


_OF_SERIES = "series = ANY(%(series)s)"

# A correction that had not been published may have moved a claim since.
_CLAIM_SOURCES = unsettled_sources("figure_claim", _OF_SERIES)

_COUNT_SOURCES = unsettled_sources("toll", "measure = %(measure)s")

_UNKNOWN_CLAIMS = f"""
SELECT
    (SELECT count(*) FROM figure_claim WHERE {VALID} AND {_OF_SERIES} AND {IS_UNKNOWN}),
    ARRAY(SELECT source FROM figure_claim WHERE {VALID} AND {_OF_SERIES} AND {MAY_BE_UNKNOWN})
"""

_INCIDENTS = (
    f"SELECT incident FROM toll WHERE {VALID} AND measure = %(measure)s"
    " AND (%(subject)s::text IS NULL OR subject = %(subject)s)"
)
