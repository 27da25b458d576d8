"""The list of series: those that fit a filter, in the order of their ids, each with its standing.

A filter on the parts of the id is decided by the id; of its first parts a range of the index is read. A
filter on claimants, words or the standing looks at each series in turn. So that a page costs no more than it
shows, it ends where `CANDIDATES_MAX` series have been looked at, and `next` continues there.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from msgspec import Struct

from timeline.domain.agreement import Agreement
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.documents import Page, SeriesDocument
from timeline.views.figure_responses import series_fields
from timeline.views.projection.rows import SCOPE, VALID, ClaimRow, ClaimRowKey
from timeline.views.queries.moved_claims import moved_claims
from timeline.views.queries.names import actors_in, names_of_actors, words_for_actors
from timeline.views.queries.past_rows import NO_PAST_ROWS, PastRows, past_rows
from timeline.views.queries.published import count_hidden_claims, past_claims
from timeline.views.queries.series import ClaimKey, all_claims_page
from timeline.views.queries.standings import NO_STANDING, SeriesStanding, read_standings

CANDIDATES_MAX = 2_000
"""How many series a page of a filtered list looks at."""

_CHUNK = 500
_LAST_POSITION = (1 << 63) - 1
_PARTS = ("kind", "measure", "subject", "category", "basis")


class SeriesFilter(Struct, frozen=True, omit_defaults=True):
    """Which series are listed: those for which all that is set holds."""

    kind: str | None = None
    measure: str | None = None
    subject: str | None = None
    category: str | None = None
    basis: str | None = None
    claimant: str | None = None
    words: str | None = None
    standing: Agreement | None = None

    @property
    def prefix(self) -> str:
        """What the id of every series begins with that fits."""
        parts = []
        for name in _PARTS:
            value = getattr(self, name)
            if value is None:
                break
            parts.append(f"{value}.")
        return "".join(parts)

    def fits_id(self, series: str) -> bool:
        """Whether the parts of an id are those that the filter names."""
        fields = series_fields(series)
        return all(getattr(self, name) in (None, fields[name]) for name in _PARTS)


class SeriesPage(NamedTuple):
    """A page of the list: standings by series, names of the actors in it, and where the next page begins."""

    standings: Mapping[str, SeriesStanding]
    names: Mapping[str, str]
    next: str | None


class FoundSeries(NamedTuple):
    """The ids of series, the id after which the next page begins, and what was otherwise by the time."""

    series: list[str]
    next: str | None
    past: PastRows
    claims: dict[ClaimRowKey, ClaimRow]


async def list_series(  # noqa: PLR0913 - the parts of the request
    connection: Connection,
    moment: Moment,
    series_filter: SeriesFilter,
    published_by: datetime | None = None,
    *,
    after: str,
    limit: int,
) -> SeriesPage:
    """The series that fit and follow one, with their standings, as the world had been told by a time.

    Raises:
        RuleBroken: too many claims may have been otherwise by the time.
    """
    listed = await find_series(connection, moment, series_filter, published_by, after=after, limit=limit)
    standings = await read_standings(connection, moment, listed.series, past=listed.past)
    by_series = {name: standings.get(name, NO_STANDING) for name in listed.series}
    return SeriesPage(by_series, await _names(connection, moment, by_series, published_by), listed.next)


async def count_unknown_of_list(
    connection: Connection, moment: Moment, series_filter: SeriesFilter, published_by: datetime | None
) -> int:
    """How many claims and resets are hidden at a time only because no publication of them is known.

    They are in series with the parts that the filter names, by its claimant; what is hidden has no words to
    be found by, and no standing.

    Raises:
        RuleBroken: too many of them may have been hidden again.
    """
    if published_by is None:
        return 0
    parts = {name: getattr(series_filter, name) for name in _PARTS}
    prefix = series_filter.prefix
    values = {**parts, "claimant": series_filter.claimant, "first": prefix, "end": _end_of(prefix)}
    return await count_hidden_claims(connection, moment, _IS_OF_PARTS, values, published_by)


async def find_series(  # noqa: PLR0913 - the parts of the request
    connection: Connection,
    moment: Moment,
    series_filter: SeriesFilter,
    published_by: datetime | None = None,
    *,
    after: str,
    limit: int,
) -> FoundSeries:
    """The ids that fit and follow one.

    Raises:
        RuleBroken: too many claims may have been otherwise by the time.
    """
    is_plain = series_filter == SeriesFilter()
    chunk = limit + 1 if is_plain else _CHUNK
    is_sure = is_plain and published_by is None
    fitting: list[str] = []
    claims: dict[ClaimRowKey, ClaimRow] = {}
    past = NO_PAST_ROWS
    if published_by is not None:
        claims = await moved_claims(connection, moment, published_by)
    moved = {claim.series for claim in claims.values() if not claim.is_reset}
    for _ in range(1 if is_sure else -(-CANDIDATES_MAX // chunk)):
        statement = _WALK if published_by is None else _WALK_EVER
        walked = await _walk(connection, moment, series_filter.prefix, after, chunk, statement=statement)
        walked = _with_moved(walked, moved, series_filter.prefix, after, chunk)
        candidates = [name for name in walked if series_filter.fits_id(name)]
        if published_by is not None:
            claims |= await past_claims(connection, moment, candidates, published_by)
            past = past_rows(moment, published_by, figure_claim=claims.values())
        fitting += await _filter(connection, moment, series_filter, candidates, past, published_by)
        if len(fitting) > limit:
            return FoundSeries(fitting[:limit], fitting[limit - 1], past, claims)
        if len(walked) < chunk:
            return FoundSeries(fitting, None, past, claims)
        after = walked[-1]
    return FoundSeries(fitting, after, past, claims)


async def find_claims(  # noqa: PLR0913 - the parts of the request
    connection: Connection,
    moment: Moment,
    series_filter: SeriesFilter,
    published_by: datetime | None = None,
    *,
    after: ClaimKey | None,
    limit: int,
) -> Page[SeriesDocument, ClaimKey]:
    """The claims of the series that fit and follow one, in the order of their keys; a page may be short.

    Raises:
        RuleBroken: too many claims may have been otherwise by the time.
    """
    if series_filter == SeriesFilter() and published_by is None:
        return await all_claims_page(connection, moment, after=after, limit=limit)
    last = after.series if after else ""
    listed = await find_series(connection, moment, series_filter, published_by, after=last, limit=limit)
    some, past = sorted({last, *listed.series}), NO_PAST_ROWS
    if published_by is not None:  # those of the last page's last series too, of which more may follow
        claims = listed.claims | await past_claims(connection, moment, [last], published_by)
        past = past_rows(moment, published_by, figure_claim=claims.values())
    page = await all_claims_page(
        connection, moment, after=after, limit=limit, series=some, past=past, published_by=published_by
    )
    if page.next is None and listed.next is not None:
        end = ClaimKey(listed.next, date.max, _LAST_POSITION, UUID(int=(1 << 128) - 1))
        return page._replace(next=end)
    return page


async def _walk(  # noqa: PLR0913 - a range of ids at a moment is these
    connection: Connection, moment: Moment, prefix: str, after: str, limit: int, *, statement: str
) -> list[str]:
    """The ids that begin with the prefix and follow one."""
    parameters = {**moment.scope, "after": max(after, prefix), "limit": limit, "end": _end_of(prefix)}
    cursor = await connection.execute(statement, parameters)
    return [series for (series,) in await cursor.fetchall()]


def _with_moved(walked: list[str], moved: AbstractSet[str], prefix: str, after: str, limit: int) -> list[str]:
    """The ids of a walk, and those of claims that had moved, in order and no more than the limit."""
    within = {name for name in moved if name > after and name.startswith(prefix)}
    return sorted(within.union(walked))[:limit] if within else walked


def _end_of(prefix: str) -> str | None:
    """The first text after all those that begin with a prefix that ends in a full stop."""
    return f"{prefix[:-1]}/" if prefix else None


async def _filter(  # noqa: PLR0913 - the parts of the request
    connection: Connection,
    moment: Moment,
    series_filter: SeriesFilter,
    series: Sequence[str],
    past: PastRows,
    published_by: datetime | None,
) -> list[str]:
    by_claimants = (
        past is not NO_PAST_ROWS or series_filter.claimant is not None or series_filter.words is not None
    )
    if series and by_claimants:
        parameters = {**moment.scope, **past.parameters, "series": series}
        cursor = await connection.execute(past.query(_CLAIMANTS), parameters)
        claimants: dict[str, set[str]] = defaultdict(set)
        for name, claimant in await cursor.fetchall():
            claimants[name].add(claimant)
        series = [name for name in series if name in claimants]  # of others nothing had been published
        series = await _filter_by_actors(connection, moment, series_filter, series, claimants, published_by)
    if series and series_filter.standing is not None:
        standings = await read_standings(connection, moment, series, past=past)
        series = [
            name
            for name in series
            if any(
                unit.reconciliation.agreement == series_filter.standing
                for unit in standings.get(name, NO_STANDING).units
            )
        ]
    return list(series)


async def _filter_by_actors(  # noqa: PLR0913 - the parts of the request
    connection: Connection,
    moment: Moment,
    series_filter: SeriesFilter,
    series: Sequence[str],
    claimants: Mapping[str, set[str]],
    published_by: datetime | None,
) -> list[str]:
    if series_filter.claimant is not None:
        series = [name for name in series if series_filter.claimant in claimants[name]]
    if series_filter.words is None:
        return list(series)
    actors = {name: {*claimants[name], *actors_of_series(name)} for name in series}
    names = await words_for_actors(connection, moment, set().union(*actors.values()), published_by)
    words = [fold(word) for word in series_filter.words.split()]
    texts = {name: fold(" ".join([name, *(names.get(a, a) for a in actors[name])])) for name in series}
    return [name for name in series if all(word in texts[name] for word in words)]


def fold(text: str) -> str:
    """Text as it is compared: composed (NFC), without regard to case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def actors_of_series(series: str) -> set[str]:
    """The parts of an id that may name an actor: whom it counts, and whom a deployment supports."""
    fields = series_fields(series)
    return {part for part in (fields["subject"], fields["category"]) if part not in (None, "all")}


async def _names(
    connection: Connection,
    moment: Moment,
    standings: Mapping[str, SeriesStanding],
    published_by: datetime | None,
) -> dict[str, str]:
    documents = [document for standing in standings.values() for document in standing.documents]
    actors = actors_in(documents).union(*map(actors_of_series, standings))
    return await names_of_actors(connection, moment, actors, published_by)


def _walk_statement(condition: str) -> str:
    return f"""
SELECT DISTINCT series FROM figure_claim
WHERE {condition} AND NOT is_reset AND series > %(after)s AND (%(end)s::text IS NULL OR series < %(end)s)
ORDER BY series LIMIT %(limit)s
"""


_IS_OF_PARTS = " AND ".join(
    [
        "series >= %(first)s AND (%(end)s::text IS NULL OR series < %(end)s)",
        *(
            f"(%({name})s::text IS NULL OR split_part(series, '.', {place}) = %({name})s)"
            for place, name in enumerate(_PARTS, 1)
        ),
        "(%(claimant)s::text IS NULL OR claimant = %(claimant)s)",
    ]
)

_WALK = _walk_statement(VALID)
_WALK_EVER = _walk_statement(f"{SCOPE} AND from_position <= %(at)s")

_CLAIMANTS = f"""
SELECT DISTINCT series, claimant FROM figure_claim
WHERE {VALID} AND series = ANY(%(series)s) AND NOT is_reset
"""
