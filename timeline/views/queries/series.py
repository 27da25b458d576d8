"""One series at a moment: its standing for a date, a page of its claims, and its resets."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from timeline.domain.edtf import Days
from timeline.log.pages import first_rows, within_bytes
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.documents import Page, SeriesDocument
from timeline.views.projection.rows import VALID
from timeline.views.queries.names import names_of
from timeline.views.queries.past_rows import NO_PAST_ROWS, PastRows
from timeline.views.queries.published import PastFigures, past_series
from timeline.views.queries.series_addresses import address_history
from timeline.views.queries.standings import (
    LATEST_FIRST,
    NO_STANDING,
    TO_DATE,
    SeriesStanding,
    read_standings,
)

RESETS_MAX = 1_000


class SeriesPageRequest(NamedTuple):
    """What is asked of a series: the date, the time of publication, and which page of its claims."""

    as_of: Days | None
    published_by: datetime | None
    offset: int
    limit: int


class SeriesState(NamedTuple):
    """One series at a moment: its standing, and as documents a page of its claims, and the resets."""

    standing: SeriesStanding
    claims: list[bytes]
    next_offset: int | None
    resets: list[bytes]
    publication_unknown: int = 0
    """How many claims and resets are hidden only because no publication of them is known."""


async def read_series(
    connection: Connection, moment: Moment, series: str, request: SeriesPageRequest
) -> SeriesState:
    """A series at the moment, for the date that is asked for, as far as the world had been told by the time.

    Raises:
        RuleBroken: too many of its claims may have been otherwise by the time.
    """
    as_of, past = request.as_of, PastFigures(NO_PAST_ROWS, 0)
    if request.published_by is not None:
        past = await past_series(connection, moment, series, request.published_by)
    standings = await read_standings(connection, moment, [series], as_of, past.rows)
    claims, next_offset = await claims_page(connection, moment, series, request, past.rows)
    documents = await resets(connection, moment, series, as_of, past.rows)
    standing = standings.get(series, NO_STANDING)
    return SeriesState(standing, claims, next_offset, documents, past.publication_unknown)


async def claims_page(
    connection: Connection,
    moment: Moment,
    series: str,
    request: SeriesPageRequest,
    past: PastRows = NO_PAST_ROWS,
) -> tuple[list[bytes], int | None]:
    """All claims of a series, the newest date first, from `offset` on; and the offset of the next page."""
    as_of, _, offset, limit = request
    first, last = as_of or (None, None)
    parameters = {**moment.scope, **past.parameters, "series": series, "first": first, "last": last}
    cursor = await connection.execute(
        past.query(
            within_bytes(
                f"SELECT source, document FROM figure_claim WHERE {VALID} AND series = %(series)s"
                f" AND NOT is_reset AND {TO_DATE} ORDER BY {LATEST_FIRST} OFFSET %(offset)s LIMIT %(limit)s",
                "source",
            )
        ),
        {**parameters, "offset": offset, "limit": limit + 1},
        binary=True,
    )
    rows, is_continued = first_rows(await cursor.fetchall(), limit)
    return [document for _, document in rows], offset + len(rows) if is_continued else None


async def series_page(
    connection: Connection, moment: Moment, series: str, request: SeriesPageRequest
) -> Page[SeriesDocument, int]:
    """A page of the claims of a series, as the world had been told by the request's time.

    Raises:
        RuleBroken: too many of its claims may have been otherwise by the time.
    """
    past = NO_PAST_ROWS
    if request.published_by is not None:
        past = (await past_series(connection, moment, series, request.published_by)).rows
    claims, next_offset = await claims_page(connection, moment, series, request, past)
    names = await names_of(connection, moment, claims, request.published_by)
    return Page([SeriesDocument(series, claim) for claim in claims], names, next_offset)


async def resets(
    connection: Connection, moment: Moment, series: str, as_of: Days | None, past: PastRows = NO_PAST_ROWS
) -> list[bytes]:
    """The documents of a series' standing resets, the latest first."""
    first, last = as_of or (None, None)
    parameters = {**moment.scope, **past.parameters, "series": series, "first": first, "last": last}
    cursor = await connection.execute(
        past.query(
            f"SELECT document FROM figure_claim WHERE {VALID} AND series = %(series)s AND is_reset"
            f" AND {TO_DATE} ORDER BY {LATEST_FIRST} LIMIT %(limit)s"
        ),
        {**parameters, "limit": RESETS_MAX},
    )
    return [document for (document,) in await cursor.fetchall()]


async def series_exists(connection: Connection, moment: Moment, series: str) -> bool:
    """Whether the series has a standing claim or reset, for any date."""
    cursor = await connection.execute(
        f"SELECT EXISTS (SELECT FROM figure_claim WHERE {VALID} AND series = %(series)s)",
        {**moment.scope, "series": series},
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


async def current_address(connection: Connection, moment: Moment, series: str) -> str | None:
    """The id under which the claims of a series stand at the moment, or None where there are none.

    When another report comes to lead an incident, the old ids of its counts lead to the new.

    Raises:
        RuleBroken: more records are related to the incident than the limit allows.
    """
    if await series_exists(connection, moment, series):
        return series
    leading = (await address_history(connection, moment, series))[-1].series
    return leading if leading != series and await series_exists(connection, moment, leading) else None


class ClaimKey(NamedTuple):
    """Where a claim stands among all of a timeline: by series, then by date."""

    series: str
    latest: date
    position: int
    source: UUID


async def all_claims_page(  # noqa: PLR0913 - the parts of the request
    connection: Connection,
    moment: Moment,
    *,
    after: ClaimKey | None,
    limit: int,
    series: Sequence[str] | None = None,
    past: PastRows = NO_PAST_ROWS,
    published_by: datetime | None = None,
) -> Page[SeriesDocument, ClaimKey]:
    """The standing claims of all series, or of some, that follow one, in the order of their keys."""
    key = after._asdict() if after else {}
    statement = _ALL_CLAIMS_AFTER if after else _ALL_CLAIMS
    parameters = {**moment.scope, **past.parameters, **key, "some": series, "limit": limit + 1}
    cursor = await connection.execute(
        past.query(within_bytes(statement, "series, latest, position, source")), parameters
    )
    rows, is_continued = first_rows(await cursor.fetchall(), limit)
    documents = [SeriesDocument(name, document) for name, *_, document in rows]
    return Page(
        documents,
        await names_of(connection, moment, [document for _, document in documents], published_by),
        ClaimKey(*rows[-1][:-1]) if is_continued else None,
    )


_CLAIM = f"""
SELECT series, latest, position, source, document FROM figure_claim WHERE {VALID} AND NOT is_reset
    AND (%(some)s::text[] IS NULL OR series = ANY(%(some)s))
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
