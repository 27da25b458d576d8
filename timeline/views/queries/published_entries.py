"""Pages of entries by a time of publication, in the order and by the filters of any page.

Entries that are settled by the time are read as they are stored. Those that may have been otherwise lie among
them: as many as a page needs are looked up in the same order, computed by the time, and put through the same
filters. A page whose filters few of them meet may therefore hold fewer entries than its limit, and still have
a next one. Entries that stood at another date by the time are computed for every page, since they may belong
anywhere; a limit holds for these.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from msgspec.structs import replace

from timeline.domain.errors import NotFound
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.documents import Page
from timeline.views.projection.entries import DevelopmentRows, last_key_of
from timeline.views.projection.rows import VALID
from timeline.views.queries.entries import (
    EntryQuery,
    count_entries,
    entry_clauses,
    entry_page,
    select_entries,
    walk_clauses,
    walk_order,
)
from timeline.views.queries.entry_filter import Clause, EntryFilter, join_clauses
from timeline.views.queries.names import names_of
from timeline.views.queries.past_profiles import compute_profiles
from timeline.views.queries.past_rows import (
    COMPUTED_MAX,
    IS_SETTLED,
    IS_UNKNOWN,
    IS_UNSETTLED,
    NO_PAST_ROWS,
    PastRows,
    compute_rows,
    past_rows,
)

COMPUTED_PER_ENTRY = 4
"""How many entries are computed for each that a page may hold."""
COMPUTED_LEAST = 100
"""How many are computed for a page of few entries."""


class _Unsettled(NamedTuple):
    """Developments whose entries are computed, and the order key after which there are more of them."""

    ids: list[UUID]
    end: int | None


async def read_entry_page(connection: Connection, moment: Moment, query: EntryQuery) -> Page[bytes, int]:
    """The query's next page of entries, as the record holds them or as the world knew them by its time.

    Raises:
        RuleBroken: too many entries stood at another date by the time.
    """
    by = query.published_by
    if by is None:
        return await entry_page(connection, moment, query)
    walk = await _from_newest(connection, moment, query, by)
    settled = await select_entries(connection, moment, walk, clause=_settled(by))
    last = settled[query.limit - 1][0] if len(settled) > query.limit else None
    unsettled = await _unsettled_on_page(connection, moment, walk, last)
    ids = [*unsettled.ids, *await _displaced(connection, moment, by)]
    past = _past_entries(moment, by, await compute_rows(connection, moment, by, ids))
    computed = await select_entries(
        connection, moment, query, clause=("TRUE", dict(past.parameters)), prefix=past.prefix
    )
    return await _merged(connection, moment, query, [*settled, *computed], unsettled.end)


async def count_published(connection: Connection, moment: Moment, query: EntryQuery) -> int:
    """How many entries a query gives on all its pages."""
    by = query.published_by
    if by is None:
        return await count_entries(connection, moment, query)
    ids = await _all_unsettled(connection, moment, by)
    past = _past_entries(moment, by, await compute_rows(connection, moment, by, ids))
    computed = await count_entries(
        connection, moment, query, clause=("TRUE", dict(past.parameters)), prefix=past.prefix
    )
    return computed + await count_entries(connection, moment, query, clause=_settled(by))


async def published_entry(connection: Connection, moment: Moment, published_by: datetime, id_: UUID) -> bytes:
    """One development as the world knew it by a time: its document.

    Raises:
        NotFound: the world had not been told of it.
    """
    [rows] = await compute_rows(connection, moment, published_by, [id_])
    if rows.entry is None:
        raise NotFound(f"nothing of development {id_} is known to have been published by {published_by}")
    return rows.entry.document.encode()


async def past_actors(connection: Connection, moment: Moment, published_by: datetime | None) -> PastRows:
    """What stands in the place of the tables for questions about actors, by a time of publication.

    Raises:
        RuleBroken: too many entries or profiles were not yet as they are by the time.
    """
    if published_by is None:
        return NO_PAST_ROWS
    ids = await _all_unsettled(connection, moment, published_by)
    rows = await compute_rows(connection, moment, published_by, ids)
    actors = [actor for row in rows for actor in row.actors]
    profiles = await compute_profiles(connection, moment, published_by)
    return past_rows(moment, published_by, entry_actor=actors, profile=profiles)


async def count_unknown(
    connection: Connection, moment: Moment, entry_filter: EntryFilter, published_by: datetime | None
) -> int | None:
    """How many standing developments are hidden only because no publication of them is known.

    They meet the filter by what the record holds now, since nothing that the world knew could.

    Raises:
        Malformed: the actor has more parts than one request may ask for.
    """
    if published_by is None:
        return None
    conditions, parameters = join_clauses(await entry_clauses(connection, moment, entry_filter))
    unknown = [VALID, IS_UNKNOWN, "status NOT IN ('retracted', 'merged')", *conditions]
    cursor = await connection.execute(
        f"SELECT count(*) FROM entry WHERE {' AND '.join(unknown)}",
        {**moment.scope, **parameters, "published_by": published_by},
    )
    row = await cursor.fetchone()
    return row[0] if row else 0


def _settled(by: datetime) -> Clause:
    return f"entry.{IS_SETTLED}", {"published_by": by}


def _past_entries(moment: Moment, by: datetime, rows: Sequence[DevelopmentRows]) -> PastRows:
    actors = [actor for row in rows for actor in row.actors]
    return past_rows(moment, by, only_entry=[row.entry for row in rows], only_entry_actor=actors)


async def _from_newest(connection: Connection, moment: Moment, query: EntryQuery, by: datetime) -> EntryQuery:
    """The query, from the newest entry on that had been published: what begins later is not walked through.

    What had been published by a time begins by then, but for what was announced.
    """
    if query.order != "desc":
        return query
    cursor = await connection.execute(
        f"SELECT max(order_key) FROM entry WHERE {VALID} AND public_from < starts"
        " AND public_from <= %(published_by)s",
        {**moment.scope, "published_by": by},
    )
    [(announced,)] = await cursor.fetchall()
    newest = max(last_key_of(by), announced or 0)
    return replace(query, after=newest + 1 if query.after is None else min(query.after, newest + 1))


async def _unsettled_on_page(
    connection: Connection, moment: Moment, query: EntryQuery, last: int | None
) -> _Unsettled:
    """Those up to the last settled entry of the page, as many as one page may have computed."""
    limit = COMPUTED_PER_ENTRY * query.limit + COMPUTED_LEAST
    clauses = [*walk_clauses(query, last), (f"{IS_UNSETTLED} AND NOT displaced", {})]
    conditions, parameters = join_clauses(clauses)
    cursor = await connection.execute(
        f"SELECT development, entry.order_key FROM entry WHERE {' AND '.join(conditions)}"
        f" ORDER BY {walk_order(query)} LIMIT %(limit)s",
        {**moment.scope, **parameters, "published_by": query.published_by, "limit": limit + 1},
    )
    rows = await cursor.fetchall()
    end = rows[limit - 1][1] if len(rows) > limit else None
    return _Unsettled([development for development, _ in rows[:limit]], end)


async def _displaced(connection: Connection, moment: Moment, by: datetime) -> list[UUID]:
    return await _select_ids(connection, moment, by, f"{IS_UNSETTLED} AND displaced")


async def _all_unsettled(connection: Connection, moment: Moment, by: datetime) -> list[UUID]:
    return await _select_ids(connection, moment, by, IS_UNSETTLED)


async def _select_ids(connection: Connection, moment: Moment, by: datetime, condition: str) -> list[UUID]:
    cursor = await connection.execute(
        f"SELECT development FROM entry WHERE {VALID} AND {condition} LIMIT %(limit)s",
        {**moment.scope, "published_by": by, "limit": COMPUTED_MAX + 1},
    )
    return [development for (development,) in await cursor.fetchall()]


async def _merged(
    connection: Connection,
    moment: Moment,
    query: EntryQuery,
    rows: Sequence[tuple[int, bytes]],
    end: int | None,
) -> Page[bytes, int]:
    """The page, up to the order key where the computed entries end, if they do."""
    descending = query.order == "desc"
    in_order = sorted(rows, key=lambda row: row[0], reverse=descending)
    if end is not None:
        in_order = [row for row in in_order if (row[0] >= end if descending else row[0] <= end)]
    documents = [document for _, document in in_order[: query.limit]]
    next_key = in_order[query.limit - 1][0] if len(in_order) > query.limit else end
    names = await names_of(connection, moment, documents, query.published_by)
    return Page(documents, names, next_key)
