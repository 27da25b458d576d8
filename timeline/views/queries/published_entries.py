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
from timeline.domain.snapshot import Snapshot
from timeline.log.pages import first_rows
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.documents import Page
from timeline.views.projection.entries import DevelopmentRows, last_key_of
from timeline.views.projection.rows import VALID
from timeline.views.queries.entries import (
    EntryQuery,
    count_entries,
    entries_statement,
    entry_clauses,
    entry_page,
    is_after,
    select_entries,
    walk_clauses,
    walk_order,
)
from timeline.views.queries.entry_filter import HIDDEN_STATUSES, NO_FILTER, Clause, EntryFilter, join_clauses
from timeline.views.queries.names import profiles_of
from timeline.views.queries.past_profiles import compute_profiles
from timeline.views.queries.past_rows import (
    COMPUTED_MAX,
    IS_SETTLED,
    IS_UNSETTLED,
    NO_PAST_ROWS,
    PastRows,
    compute_each,
    compute_rows,
    past_rows,
)

COMPUTED_PER_ENTRY = 4
"""How many entries are computed for each that a page may hold."""
COMPUTED_LEAST = 100
"""How many are computed for a page of few entries."""


class _Walk(NamedTuple):
    """What a page finds: settled entries that meet its filters, and developments that are computed."""

    settled: list[tuple[int, bytes]]
    unsettled: list[UUID]
    end: int | None
    """The order key after which there are more to compute."""


async def read_entry_page(connection: Connection, moment: Moment, query: EntryQuery) -> Page[bytes, int]:
    """The query's next page of entries, as the record holds them or as the world knew them by its time.

    Raises:
        RuleBroken: too many entries stood at another date by the time.
    """
    by = query.published_by
    if by is None:
        return await entry_page(connection, moment, query)
    newest, displaced = await _beyond(connection, moment, by)
    settled, unsettled, end = await _walk(connection, moment, _from_newest(query, newest), by)
    rows = await compute_rows(connection, moment, by, [*unsettled, *displaced])
    computed = await _on_page(connection, moment, query, by, rows)
    return await _merged(connection, moment, query, [*settled, *computed], end)


async def _on_page(
    connection: Connection, moment: Moment, query: EntryQuery, by: datetime, rows: Sequence[DevelopmentRows]
) -> list[tuple[int, bytes]]:
    """Order keys and documents of the computed entries that a page may hold."""
    if query.filter == NO_FILTER:  # as of most pages: the database is not needed for it
        entries = [row.entry for row in rows if row.entry and row.entry.status not in HIDDEN_STATUSES]
        return [(entry.order_key, entry.document) for entry in entries if is_after(query, entry.order_key)]
    past = _past_entries(moment, by, rows)
    clause = ("TRUE", dict(past.parameters))
    return await select_entries(connection, moment, query, clause=clause, prefix=past.prefix)


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
    return rows.entry.document


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
    filtered = [] if entry_filter == NO_FILTER else await entry_clauses(connection, moment, entry_filter)
    conditions, parameters = join_clauses([(_UNKNOWN, {}), *filtered])
    counts = [
        f"(SELECT count(*) FROM entry WHERE {' AND '.join([*conditions, hidden])})" for hidden in _HIDDEN
    ]
    cursor = await connection.execute(
        f"SELECT {' + '.join(counts)}", {**moment.scope, **parameters, "published_by": published_by}
    )
    [(count,)] = await cursor.fetchall()
    again = " AND ".join([*conditions, "displaced", "public_from <= %(published_by)s"])
    cursor = await connection.execute(
        f"SELECT development FROM entry WHERE {again} LIMIT %(limit)s",
        {**moment.scope, **parameters, "published_by": published_by, "limit": COMPUTED_MAX + 1},
    )
    doubtful = [development for (development,) in await cursor.fetchall()]
    missed = await compute_each(connection, moment, published_by, doubtful, missed_leaders)
    return int(count) + len(set[UUID]().union(*missed))


def missed_leaders(snapshot: Snapshot, development: UUID) -> set[UUID]:
    """The reports that by a time led what is one now, and is hidden only because no publication is known."""
    missed = [member for member in snapshot.untimed.linked(development) if snapshot.is_missed(member)]
    return {
        snapshot.leader(member) for member in missed if not any(map(snapshot.word, snapshot.group(member)))
    }


# As the index `entry_unknown` has them: where there is no filter, it alone is read.
_UNKNOWN = f"{VALID} AND publication_unknown AND status NOT IN ('retracted', 'merged')"
_HIDDEN = ("public_from IS NULL", "public_from > %(published_by)s")


def _settled(by: datetime) -> Clause:
    return f"entry.public_from <= %(published_by)s AND entry.{IS_SETTLED}", {"published_by": by}


def _past_entries(moment: Moment, by: datetime, rows: Sequence[DevelopmentRows]) -> PastRows:
    actors = [actor for row in rows for actor in row.actors]
    return past_rows(
        moment,
        by,
        only_entry=[row.entry for row in rows],
        only_entry_text=[row.text for row in rows],
        only_entry_actor=actors,
    )


async def _beyond(connection: Connection, moment: Moment, by: datetime) -> tuple[int, list[UUID]]:
    """The order key of the newest entry that had been published, and the entries that stood at another date.

    What had been published by a time begins by then, but for what was announced.
    """
    cursor = await connection.execute(
        _BEYOND, {**moment.scope, "published_by": by, "limit": COMPUTED_MAX + 1}
    )
    [(announced, displaced)] = await cursor.fetchall()
    return max(last_key_of(by), announced or 0), displaced


_BEYOND = f"""
SELECT
    (SELECT max(order_key) FROM entry
     WHERE {VALID} AND public_from < starts AND public_from <= %(published_by)s),
    ARRAY(SELECT development FROM entry WHERE {VALID} AND {IS_UNSETTLED} AND displaced LIMIT %(limit)s)
"""


def _from_newest(query: EntryQuery, newest: int) -> EntryQuery:
    """The query from the newest entry on that had been published: what begins later is not walked through."""
    if query.order != "desc":
        return query
    return replace(query, after=newest + 1 if query.after is None else min(query.after, newest + 1))


async def _walk(connection: Connection, moment: Moment, query: EntryQuery, by: datetime) -> _Walk:
    """The page of settled entries and, up to its last, as many of the others as one page may have computed.

    Both by one statement: each has its price, and these two read the same.
    """
    most = COMPUTED_PER_ENTRY * query.limit + COMPUTED_LEAST
    settled, parameters = await entries_statement(connection, moment, query, clause=_settled(by))
    clauses = [*walk_clauses(query, _LAST[query.order]), (f"{IS_UNSETTLED} AND NOT displaced", {})]
    conditions, bounds = join_clauses(clauses)
    cursor = await connection.execute(
        f"WITH settled AS MATERIALIZED ({settled})"
        " SELECT order_key, document, NULL::uuid AS development FROM settled UNION ALL"
        f" (SELECT entry.order_key, NULL, development FROM entry WHERE {' AND '.join(conditions)}"
        f" ORDER BY {walk_order(query)} LIMIT %(computed)s)",
        {**parameters, **bounds, **moment.scope, "published_by": by, "computed": most + 1},
        prepare=False,  # planned for any time, it would sort all that the record holds
    )
    rows = await cursor.fetchall()
    unsettled = [(key, development) for key, _, development in rows if development]
    return _Walk(
        [(key, document) for key, document, development in rows if development is None],
        [development for _, development in unsettled[:most]],
        unsettled[most - 1][0] if len(unsettled) > most else None,
    )


# The settled entry after the page; where it has none, the last key that there can be.
_LAST = {
    order: "COALESCE("
    f"(SELECT order_key FROM settled ORDER BY order_key {order} OFFSET %(limit)s - 1), {last})"
    for order, last in {"desc": "(-1::bigint << 63)", "asc": "~(-1::bigint << 63)"}.items()
}


async def _all_unsettled(connection: Connection, moment: Moment, by: datetime) -> list[UUID]:
    cursor = await connection.execute(
        f"SELECT development FROM entry WHERE {VALID} AND {IS_UNSETTLED} LIMIT %(limit)s",
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
    in_order: Sequence[tuple[int, bytes]] = sorted(rows, key=lambda row: row[0], reverse=descending)
    if end is not None:
        in_order = [row for row in in_order if (row[0] >= end if descending else row[0] <= end)]
    in_order, is_continued = first_rows(in_order, query.limit)
    documents = [document for _, document in in_order]
    next_key = in_order[-1][0] if is_continued else end
    names, about = await profiles_of(connection, moment, documents, query.published_by)
    return Page(documents, names, next_key, about=about)
