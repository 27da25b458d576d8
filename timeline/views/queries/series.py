"""Series of figures at a position: each claimant's latest claim, and whether they agree."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from timeline.domain.figure import Bounds, reconcile
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.documents import Page, SeriesDocument
from timeline.views.projection.rows import VALID, ClaimRow
from timeline.views.queries.names import names_of
from timeline.views.responses import Reconciled

RESETS_MAX = 1_000


class LatestClaims(NamedTuple):
    """The documents of each claimant's latest claim of a series, and the claims reconciled."""

    documents: list[bytes]
    reconciled: Reconciled | None


NO_CLAIM = LatestClaims([], None)


async def series_page(connection: Connection, moment: Moment, *, after: str, limit: int) -> list[str]:
    """The ids of the series that follow one and have a standing claim."""
    cursor = await connection.execute(_PAGE, {**moment.scope, "after": after, "limit": limit})
    return [series for (series,) in await cursor.fetchall()]


async def latest_claims(
    connection: Connection, moment: Moment, series: Sequence[str], as_of: date | None = None
) -> dict[str, LatestClaims]:
    """Each claimant's latest claim in each of the series, for dates up to `as_of`.

    A claim for a date before its claimant's running total was reset is no longer a rival of any other.
    """
    parameters = {**moment.scope, "series": list(series), "as_of": as_of}
    cursor = await connection.execute(_LATEST, parameters)
    claims_by_series: dict[str, list[tuple[Bounds | None, bytes]]] = defaultdict(list)
    for name, low, high, document in await cursor.fetchall():
        claims_by_series[name].append((None if low is None else Bounds(low, high), document))
    return {name: _reconcile_claims(claims) for name, claims in claims_by_series.items()}


async def claims_page(  # noqa: PLR0913 - a page of a series at a moment is these
    connection: Connection, moment: Moment, series: str, as_of: date | None, *, offset: int, limit: int
) -> tuple[list[bytes], int | None]:
    """All claims of a series, the latest date first, from `offset` on; and the offset of the next page."""
    cursor = await connection.execute(
        f"SELECT document FROM figure_claim WHERE {_VALID_TO_DATE} AND series = %(series)s AND NOT is_reset"
        f" ORDER BY {_LATEST_FIRST} OFFSET %(offset)s LIMIT %(limit)s",
        {**moment.scope, "series": series, "as_of": as_of, "offset": offset, "limit": limit + 1},
    )
    rows = [document for (document,) in await cursor.fetchall()]
    return rows[:limit], offset + limit if len(rows) > limit else None


class ClaimKey(NamedTuple):
    """Where a claim stands among all of a timeline: by series, then by date."""

    series: str
    latest: date
    position: int
    source: UUID


async def all_claims_page(
    connection: Connection, moment: Moment, *, after: ClaimKey | None, limit: int
) -> Page[SeriesDocument, ClaimKey]:
    """The standing claims of all series that follow one, in the order of their keys."""
    key = after._asdict() if after else {}
    statement = _ALL_CLAIMS_AFTER if after else _ALL_CLAIMS
    cursor = await connection.execute(statement, {**moment.scope, **key, "limit": limit + 1})
    rows = await cursor.fetchall()
    documents = [SeriesDocument(series, document) for series, *_, document in rows[:limit]]
    return Page(
        documents,
        await names_of(connection, moment, [document for _, document in documents]),
        ClaimKey(*rows[limit - 1][:-1]) if len(rows) > limit else None,
    )


async def resets(connection: Connection, moment: Moment, series: str, as_of: date | None) -> list[bytes]:
    """The documents of a series' standing resets, the latest first."""
    cursor = await connection.execute(
        f"SELECT document FROM figure_claim WHERE {_VALID_TO_DATE} AND series = %(series)s AND is_reset"
        f" ORDER BY {_LATEST_FIRST} LIMIT %(limit)s",
        {**moment.scope, "series": series, "as_of": as_of, "limit": RESETS_MAX},
    )
    return [document for (document,) in await cursor.fetchall()]


def _reconcile_claims(claims: Sequence[tuple[Bounds | None, bytes]]) -> LatestClaims:
    result = reconcile(bounds for bounds, _ in claims if bounds is not None)
    return LatestClaims(
        [document for _, document in claims],
        result and Reconciled(standing=result.agreement, overlap=result.overlap, envelope=result.envelope),
    )


class SeriesState(NamedTuple):
    """One series at a moment, all as documents: the latest claims, a page of all claims, and the resets."""

    latest: LatestClaims
    claims: list[bytes]
    next_offset: int | None
    resets: list[bytes]


async def read_series(  # noqa: PLR0913 - a page of a series at a moment is these
    connection: Connection, moment: Moment, series: str, as_of: date | None, *, offset: int, limit: int
) -> SeriesState:
    """A series as it stood in the record at the moment, for dates up to `as_of`."""
    latest = await latest_claims(connection, moment, [series], as_of)
    claims, next_offset = await claims_page(connection, moment, series, as_of, offset=offset, limit=limit)
    return SeriesState(
        latest.get(series, NO_CLAIM), claims, next_offset, await resets(connection, moment, series, as_of)
    )


def compute_series(rows: Iterable[ClaimRow], as_of: date | None, *, offset: int, limit: int) -> SeriesState:
    """The same as `read_series`, from claims and resets at hand instead of the database."""
    to_date = sorted(
        (row for row in rows if as_of is None or row.latest <= as_of),
        key=lambda row: (row.latest, row.earliest, row.said_at, row.position),
        reverse=True,
    )
    claims = [row for row in to_date if not row.is_reset]
    restarts = [row for row in to_date if row.is_reset and row.adjustment is None]
    newest: dict[str, ClaimRow] = {}
    for row in claims:
        if not any(
            restart.earliest > row.latest and restart.claimant in (None, row.claimant) for restart in restarts
        ):
            newest.setdefault(row.claimant or "", row)
    bounds = [
        (None if row.low is None else Bounds(row.low, row.high), row.document.encode())
        for _, row in sorted(newest.items())
    ]
    page = [row.document.encode() for row in claims[offset : offset + limit + 1]]
    return SeriesState(
        _reconcile_claims(bounds) if bounds else NO_CLAIM,
        page[:limit],
        offset + limit if len(page) > limit else None,
        [row.document.encode() for row in to_date if row.is_reset][:RESETS_MAX],
    )


_VALID_TO_DATE = f"{VALID} AND (%(as_of)s::date IS NULL OR latest <= %(as_of)s)"
_LATEST_FIRST = "latest DESC, earliest DESC, said_at DESC, position DESC"

_CLAIM = f"""
SELECT series, latest, position, source, document FROM figure_claim WHERE {VALID} AND NOT is_reset
"""
_IN_ORDER = "ORDER BY series, latest, position, source LIMIT %(limit)s"

_ALL_CLAIMS = f"{_CLAIM} {_IN_ORDER}"

# In two parts: of a comparison of whole keys the index could follow no more than the series.
_ALL_CLAIMS_AFTER = f"""
SELECT * FROM (
    ({_CLAIM} AND series = %(series)s AND latest >= %(latest)s
        AND (latest, position, source) > (%(latest)s, %(position)s, %(source)s) {_IN_ORDER})
    UNION ALL
    ({_CLAIM} AND series > %(series)s {_IN_ORDER})
) AS claim {_IN_ORDER}
"""

_PAGE = f"""
SELECT DISTINCT series FROM figure_claim WHERE {VALID} AND NOT is_reset AND series > %(after)s
ORDER BY series LIMIT %(limit)s
"""

# The last reset of each claimant is enough, and they are few whatever the planner expects: after a large
# import it knows nothing of the claims yet, and would compare each of them with all the others.
_LATEST = f"""
WITH reset AS MATERIALIZED (
    SELECT series, claimant, max(earliest) AS earliest FROM figure_claim
    WHERE {_VALID_TO_DATE} AND series = ANY(%(series)s) AND is_reset AND adjustment IS NULL
    GROUP BY series, claimant
)
SELECT DISTINCT ON (series, claimant) series, low, high, document
FROM figure_claim AS claim
WHERE {_VALID_TO_DATE} AND series = ANY(%(series)s) AND NOT is_reset AND NOT EXISTS (
    SELECT FROM reset
    WHERE reset.series = claim.series AND reset.earliest > claim.latest
      AND (reset.claimant IS NULL OR reset.claimant = claim.claimant)
)
ORDER BY series, claimant, {_LATEST_FIRST}
"""


async def series_exists(connection: Connection, moment: Moment, series: str) -> bool:
    """Whether the series has a standing claim or reset, for any date."""
    cursor = await connection.execute(
        f"SELECT EXISTS (SELECT FROM figure_claim WHERE {VALID} AND series = %(series)s)",
        {**moment.scope, "series": series},
    )
    row = await cursor.fetchone()
    return bool(row and row[0])
