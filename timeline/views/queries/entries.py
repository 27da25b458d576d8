"""Pages of entries: the timeline view and the actor's, at any position, filtered and in order of time."""

from typing import Literal, NamedTuple

from msgspec import Struct

from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.documents import Page
from timeline.views.projection.entries import POSITION_BITS, last_key_of
from timeline.views.projection.rows import SCOPE, VALID
from timeline.views.queries.entry_filter import Clause, EntryFilter, filter_clauses, join_clauses
from timeline.views.queries.names import names_of

# The order key's two parts as the index has them. The far ones lie beyond every part, and near enough for
# their distances to be exact in double precision.
_SECOND = f"(entry.order_key >> {POSITION_BITS})"
_POSITION = f"(entry.order_key & {(1 << POSITION_BITS) - 1})"
_FAR = {"desc": 1 << 40, "asc": -(1 << 40)}


class EntryQuery(Struct, frozen=True, kw_only=True):
    """A filter, an order, and the order key of the last entry seen, after which to continue."""

    filter: EntryFilter
    order: Literal["desc", "asc"] = "desc"
    limit: int
    after: int | None = None


async def entry_page(connection: Connection, moment: Moment, query: EntryQuery) -> Page[bytes, int]:
    """The query's next page of entries as they stood at the moment; its key is the last order key."""
    conditions, parameters = _conditions(query)
    source, order = _source(query)
    cursor = await connection.execute(
        f"SELECT entry.order_key, entry.document FROM {source} WHERE {' AND '.join(conditions)}"
        f" ORDER BY {order} LIMIT %(limit)s",
        {**moment.scope, **parameters, "limit": query.limit + 1},
    )
    rows = await cursor.fetchall()
    documents = [document for _, document in rows[: query.limit]]
    last_key = rows[query.limit - 1][0] if len(rows) > query.limit else None
    return Page(documents, await names_of(connection, moment, documents), last_key)


async def count_entries(connection: Connection, moment: Moment, query: EntryQuery) -> int:
    """How many entries a query gives on all its pages, from where it continues to its end."""
    conditions, parameters = _conditions(query)
    source, _ = _source(query)
    cursor = await connection.execute(
        f"SELECT count(*) FROM {source} WHERE {' AND '.join(conditions)}", {**moment.scope, **parameters}
    )
    row = await cursor.fetchone()
    return row[0] if row else 0


# The same as VALID: the index that gives entries in order of time holds the versions' ranges, and is used for
# no other form of the condition.
_VALID_BY_RANGE = (
    "entry.timeline_id = %(timeline)s AND entry.generation = %(generation)s"
    " AND int8range(entry.from_position, entry.to_position) @> %(at)s::bigint"
)

# An actor's entries are read in the order of its own index and looked up one by one: joined in any other
# way, all entries would be read. For the look-up the valid version is the last that began by the position,
# which the key finds; that the entry names the actor then says that it has not ended.
_OF_ACTOR = f"""
(SELECT development, order_key FROM entry_actor WHERE {VALID} AND actor = %(actor)s
 ORDER BY order_key {{order}} OFFSET 0) AS actor_entry
CROSS JOIN LATERAL
(SELECT * FROM entry
 WHERE {SCOPE} AND development = actor_entry.development
   AND from_position <= %(at)s ORDER BY from_position DESC LIMIT 1) AS entry
"""


def _source(query: EntryQuery) -> tuple[str, str]:
    """What a query reads, and the order that an index gives it: an actor's own, else a distance."""
    if query.filter.actor:
        return _OF_ACTOR.format(order=query.order), f"actor_entry.order_key {query.order}"
    if query.filter.words:  # few entries have the words: sorting those beats reading past all others
        return "entry", f"entry.order_key {query.order}"
    far = f"({_FAR[query.order]})::bigint"
    return "entry", f"{_SECOND} <-> {far}, {_POSITION} <-> {far}"


def _conditions(query: EntryQuery) -> tuple[list[str], dict[str, object]]:
    entry_filter = query.filter
    clauses: list[Clause] = []
    if query.after is not None:
        clauses.append(_key_bound(query, "<" if query.order == "desc" else ">", "after", query.after))
    clauses.append(("TRUE", {"actor": entry_filter.actor}) if entry_filter.actor else (_VALID_BY_RANGE, {}))
    clauses += filter_clauses(entry_filter)
    if entry_filter.until is not None:  # said of the order key too, for the index to end there
        clauses.append(_key_bound(query, "<=", "last", last_key_of(entry_filter.until.end)))
    return join_clauses(clauses)


def _key_bound(query: EntryQuery, comparison: str, name: str, key: int) -> Clause:
    """A limit to the order key, and to its second, which is what the index holds."""
    if query.filter.actor:
        return f"actor_entry.order_key {comparison} %({name}_key)s", {f"{name}_key": key}
    return (
        f"entry.order_key {comparison} %({name}_key)s AND {_SECOND} {comparison[0]}= %({name}_second)s",
        {f"{name}_key": key, f"{name}_second": key >> POSITION_BITS},
    )


class ChangeKey(NamedTuple):
    """Where an entry stands among those that changed: the record that did it, and its own order key."""

    position: int
    order_key: int


async def recent_page(
    connection: Connection, moment: Moment, entry_filter: EntryFilter, *, after: ChangeKey | None, limit: int
) -> Page[bytes, ChangeKey]:
    """The entries that changed last before a change, the latest change first, as they stood at the moment."""
    key = after or ChangeKey(moment.position, (1 << 63) - 1)
    clauses = filter_clauses(entry_filter)
    if entry_filter.actor:
        clauses.append((_NAMES_ACTOR, {"actor": entry_filter.actor}))
    conditions, parameters = join_clauses(clauses)
    cursor = await connection.execute(
        _RECENT.format(conditions="".join(f" AND {condition}" for condition in conditions)),
        {**moment.scope, **parameters, **key._asdict(), "limit": limit + 1},
    )
    rows = await cursor.fetchall()
    documents = [document for _, _, document, _ in rows[:limit]]
    return Page(
        documents,
        await names_of(connection, moment, documents),
        ChangeKey(*rows[limit - 1][:2]) if len(rows) > limit else None,
        [changed_at for _, _, _, changed_at in rows[:limit]],
    )


_NAMES_ACTOR = f"""EXISTS (
    SELECT FROM entry_actor WHERE {VALID} AND actor = %(actor)s AND order_key = entry.order_key
)"""


# VALID with a beginning of its own, where the page begins. The range of positions, which the index of all
# other pages holds, is not asked for: that index would find all entries that stand, to sort them.
_RECENT = f"""
SELECT change.from_position, change.order_key, change.document, event.recorded_at FROM (
    SELECT entry.from_position, entry.order_key, entry.document FROM entry
    WHERE {SCOPE}
      AND from_position <= %(position)s AND (from_position, order_key) < (%(position)s, %(order_key)s)
      AND (to_position IS NULL OR to_position > %(at)s){{conditions}}
    ORDER BY from_position DESC, order_key DESC LIMIT %(limit)s
) AS change
JOIN event ON event.timeline_id = %(timeline)s AND event.position = change.from_position
ORDER BY change.from_position DESC, change.order_key DESC
"""
