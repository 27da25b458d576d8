"""Pages of entries: the timeline view and the actor's, at any position, filtered and in order of time."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Literal, NamedTuple

from msgspec import Struct

from timeline.log.pages import first_rows, within_bytes
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.documents import Page
from timeline.views.projection.entries import POSITION_BITS, last_key_of
from timeline.views.projection.rows import SCOPE, VALID
from timeline.views.queries.actors import actors_asked
from timeline.views.queries.entry_filter import NO_CLAUSE, Clause, EntryFilter, filter_clauses, join_clauses
from timeline.views.queries.names import profiles_of
from timeline.views.queries.word_search import LEXEMES_OF_ENTRY, Search, search

# The order key's two parts as the index has them. The far ones lie beyond every part, and near enough for
# their distances to be exact in double precision.
_SECOND = f"(entry.order_key >> {POSITION_BITS})"
_POSITION = f"(entry.order_key & {(1 << POSITION_BITS) - 1})"
_FAR = {"desc": 1 << 40, "asc": -(1 << 40)}
_DAY = timedelta(days=1)

MERGED_ACTORS_MAX = 50
"""Of how many actors the entries are merged; of more, they are sorted: planning would take as long."""


class EntryQuery(Struct, frozen=True, kw_only=True):
    """A filter, an order, and the order key of the last entry seen, after which to continue."""

    filter: EntryFilter
    order: Literal["desc", "asc"] = "desc"
    limit: int
    after: int | None = None
    published_by: datetime | None = None
    """Only what the world had been told by then; `published_entries` reads such pages."""


class _Branch(NamedTuple):
    """Rows of entries that meet conditions, with the order that an index gives them."""

    source: str
    conditions: Sequence[str]
    order: str

    def select(self, columns: str, ending: str = "") -> str:
        """The branch as a statement."""
        return f"SELECT {columns} FROM {self.source} WHERE {' AND '.join(self.conditions)}{ending}"


async def entry_page(connection: Connection, moment: Moment, query: EntryQuery) -> Page[bytes, int]:
    """The query's next page of entries as they stood at the moment; its key is the last order key.

    Raises:
        Malformed: the actor has more parts than one request may ask for.
    """
    rows, is_continued = first_rows(await select_entries(connection, moment, query), query.limit)
    documents = [document for _, document in rows]
    last_key = rows[-1][0] if is_continued else None
    names, about = await profiles_of(connection, moment, documents)
    return Page(documents, names, last_key, about=about)


async def select_entries(
    connection: Connection, moment: Moment, query: EntryQuery, *, clause: Clause = NO_CLAUSE, prefix: str = ""
) -> list[tuple[int, bytes]]:
    """Order keys and documents of a page's entries that meet a clause besides, one more than its limit.

    Those beyond the bytes of a page come without their documents (`first_rows`).

    With a `prefix` they are read from what stands there in the place of the tables; its parameters are those
    of the clause.
    """
    statement, parameters = await entries_statement(connection, moment, query, clause=clause, prefix=prefix)
    cursor = await connection.execute(statement, parameters)
    return await cursor.fetchall()


async def entries_statement(
    connection: Connection, moment: Moment, query: EntryQuery, *, clause: Clause = NO_CLAUSE, prefix: str = ""
) -> Clause:
    """The statement that gives these, in the page's order, and its parameters."""
    branches, parameters = await _branches(connection, moment, query, clause, is_stored=not prefix)
    columns = "entry.order_key, entry.document"
    pages = [branch.select(columns, f" ORDER BY {branch.order} LIMIT %(limit)s") for branch in branches]
    statement = pages[0]
    if len(pages) > 1:
        union = " UNION ALL ".join(f"({page})" for page in pages)
        statement = f"SELECT * FROM ({union}) AS entry ORDER BY order_key {query.order} LIMIT %(limit)s"
    return prefix + within_bytes(statement, "order_key"), {**parameters, "limit": query.limit + 1}


async def count_entries(
    connection: Connection, moment: Moment, query: EntryQuery, *, clause: Clause = NO_CLAUSE, prefix: str = ""
) -> int:
    """How many entries a query gives on all its pages, from where it continues to its end."""
    branches, parameters = await _branches(connection, moment, query, clause, is_stored=not prefix)
    counts = " + ".join(f"({branch.select('count(*)')})" for branch in branches)
    row = await (await connection.execute(f"{prefix}SELECT {counts}", parameters)).fetchone()
    return row[0] if row else 0


# The same as VALID: the index that gives entries in order of time holds the versions' ranges, and is used for
# no other form of the condition.
VALID_BY_RANGE = (
    "entry.timeline_id = %(timeline)s AND entry.generation = %(generation)s"
    " AND int8range(entry.from_position, entry.to_position) @> %(at)s::bigint"
)

# The valid version of an entry that a table leads to is the last that began by the position, which the key
# finds. Where what leads there is valid itself, it has not ended.
_LOOKED_UP = f"""
CROSS JOIN LATERAL
(SELECT * FROM entry
 WHERE {SCOPE} AND development = listed.development
   AND from_position <= %(at)s ORDER BY from_position DESC LIMIT 1) AS entry
"""

_EARLY = (
    "entry.first_day < (entry.starts AT TIME ZONE 'UTC')::date - 1 AND entry.first_day <= %(until)s"
    " AND entry.order_key > %(last_key)s"
)
"""Entries that the index `entry_early` holds, and the bound to the order key leaves out."""


async def _branches(
    connection: Connection, moment: Moment, query: EntryQuery, clause: Clause, *, is_stored: bool
) -> tuple[list[_Branch], dict[str, object]]:
    """What a query reads: mostly one branch; with `until`, also entries that another report dates earlier.

    What is not stored, but computed, has no index.
    """
    entry_filter = query.filter
    by = query.published_by
    actors = await actors_asked(connection, moment, entry_filter, by)
    words = await search(connection, moment, entry_filter.words, by) if entry_filter.words else None
    conditions, parameters = join_clauses([*filter_clauses(entry_filter), clause])
    if words:
        parameters |= words.clause[1]
    if words and not is_stored:
        conditions.append(words.clause[0])
        words = None
    keys, last_key = _key_bounds(query), _last_key(query)
    parameters |= {**moment.scope, **{f"actor_{number}": actor for number, actor in enumerate(actors)}}
    parameters |= {"actors": actors, "after_key": query.after, "last_key": last_key}
    parameters |= {f"{name}_second": key >> POSITION_BITS for name, key in keys.items()}
    if actors:
        listed = _actors_entries(len(actors), query.order, _actor_bounds(query, keys))
        source, on_words = _with_words(listed, words)
        main = _Branch(source, [*conditions, *on_words], f"listed.order_key {query.order}")
    else:
        source, on_words = _entries_with(words)
        # few entries have rare words: sorting those beats reading past all others
        order = _SORTED + query.order if words and words.candidates else walk_order(query)
        main = _Branch(source, [VALID_BY_RANGE, *_bounds(query, keys), *conditions, *on_words], order)
    if last_key is None:
        return [main], parameters
    source, on_words = _entries_with(words)
    early = [VALID, _EARLY, *conditions, *on_words, *([NAMES_ACTOR] if actors else [])]
    if query.after is not None:
        early.append(f"entry.order_key {_COMPARE[query.order, 'after']} %(after_key)s")
    return [main, _Branch(source, early, _SORTED + query.order)], parameters


def _entries_with(words: Search | None) -> tuple[str, list[str]]:
    """Where the entries with words are read, and the conditions on these: rare words lead to them."""
    if words is None or words.candidates is None:
        return _with_words("entry", words)
    return _with_words(f"({words.candidates}) AS listed {_LOOKED_UP}", None if words.are_exact else words)


def _with_words(source: str, words: Search | None) -> tuple[str, list[str]]:
    """A source of entries with the words of each beside them, and the conditions on these."""
    return (source, []) if words is None else (f"{source} {LEXEMES_OF_ENTRY}", [words.condition])


_SORTED = "entry.order_key "
_COMPARE = {("desc", "after"): "<", ("asc", "after"): ">", ("desc", "last"): "<=", ("asc", "last"): "<="}


def walk_clauses(query: EntryQuery, end: str) -> list[Clause]:
    """The valid entries after what a page continues, up to an order key in SQL."""
    until = {"desc": ">=", "asc": "<="}[query.order]
    key = f"entry.order_key {until} {end} AND {_SECOND} {until} {end} >> {POSITION_BITS}"
    clauses: list[Clause] = [(VALID_BY_RANGE, {}), (key, {})]
    if query.after is not None:
        values: dict[str, object] = {
            "after_key": query.after,
            "after_second": query.after >> POSITION_BITS,
        }
        clauses += [(condition, values) for condition in _bounds(query, ["after"])]
    return clauses


def is_after(query: EntryQuery, key: int) -> bool:
    """Whether an entry of this order key comes after what the page continues."""
    if query.after is None:
        return True
    return key < query.after if query.order == "desc" else key > query.after


def walk_order(query: EntryQuery) -> str:
    """The order of entries as the index `entry_walk` gives it."""
    far = f"({_FAR[query.order]})::bigint"
    return f"{_SECOND} <-> {far}, {_POSITION} <-> {far}"


def _last_key(query: EntryQuery) -> int | None:
    """The order key up to which entries lie that begin by the last day asked for, wherever its clock is."""
    until = query.filter.until
    return None if until is None else last_key_of(datetime.combine(until.last + 2 * _DAY, time(), tzinfo=UTC))


def _key_bounds(query: EntryQuery) -> dict[str, int]:
    """The limits to the order key: after what a page continues, and up to what the filter goes."""
    bounds = {"after": query.after, "last": _last_key(query)}
    return {name: key for name, key in bounds.items() if key is not None}


def _bounds(query: EntryQuery, keys: Iterable[str]) -> list[str]:
    """The limits to the order key, and to its second, which is what the index holds."""
    compared = [(name, _COMPARE[query.order, name]) for name in keys]
    return [
        f"entry.order_key {comparison} %({name}_key)s AND {_SECOND} {comparison[0]}= %({name}_second)s"
        for name, comparison in compared
    ]


# No limit, but the planner does not know: it plans to read a tenth, and so in order and not to sort it all.
_SOME_ROWS = "LIMIT (SELECT 1::bigint << 40)"


def _actor_bounds(query: EntryQuery, keys: Iterable[str]) -> str:
    return "".join(f" AND order_key {_COMPARE[query.order, name]} %({name}_key)s" for name in keys)


def _actors_entries(actors: int, order: str, bounds: str) -> str:
    """The entries of actors in the order of their index, each looked up by its key.

    Joined in any other way, all entries would be read. Of several actors the rows of each are read in order
    and merged, so that a page costs no more of many entries; an entry that names several of them comes once.
    """
    select = f"SELECT development, order_key FROM entry_actor WHERE {VALID} AND actor = {{}}{bounds}"
    if actors == 1:
        rows = select.format("%(actor_0)s")
    elif actors <= MERGED_ACTORS_MAX:
        ordered = f"({select} ORDER BY order_key {order} {_SOME_ROWS})"
        each = " UNION ALL ".join(ordered.format(f"%(actor_{number})s") for number in range(actors))
        rows = f"SELECT DISTINCT ON (order_key) * FROM ({each}) AS each_actor"
    else:
        rows = f"SELECT DISTINCT ON (order_key) * FROM ({select.format('ANY(%(actors)s)')}) AS each_actor"
    return f"({rows} ORDER BY order_key {order} OFFSET 0) AS listed {_LOOKED_UP}"


async def entry_clauses(connection: Connection, moment: Moment, entry_filter: EntryFilter) -> list[Clause]:
    """The conditions on the entries that a filter is for, whatever gives their order.

    Raises:
        Malformed: the actor has more parts than one request may ask for.
    """
    clauses = await _clauses_but_words(connection, moment, entry_filter)
    if entry_filter.words:
        clauses.append((await search(connection, moment, entry_filter.words)).clause)
    return clauses


async def _clauses_but_words(
    connection: Connection, moment: Moment, entry_filter: EntryFilter
) -> list[Clause]:
    clauses = filter_clauses(entry_filter)
    if actors := await actors_asked(connection, moment, entry_filter):
        clauses.append((NAMES_ACTOR, {"actors": actors}))
    return clauses


class ChangeKey(NamedTuple):
    """Where an entry stands among those that changed: the record that did it, and its own order key."""

    position: int
    order_key: int


async def recent_page(
    connection: Connection, moment: Moment, entry_filter: EntryFilter, *, after: ChangeKey | None, limit: int
) -> Page[bytes, ChangeKey]:
    """The entries that changed last before a change, the latest change first, as they stood at the moment."""
    key = after or ChangeKey(moment.position, (1 << 63) - 1)
    clauses = await _clauses_but_words(connection, moment, entry_filter)
    words = await search(connection, moment, entry_filter.words) if entry_filter.words else None
    source, on_words = _entries_with(words)
    conditions, parameters = join_clauses(clauses)
    if words:
        parameters |= words.clause[1]
    changes = _RECENT.format(
        source=source, conditions="".join(f" AND {condition}" for condition in [*conditions, *on_words])
    )
    cursor = await connection.execute(
        within_bytes(changes, "from_position, order_key, recorded_at"),
        {**moment.scope, **parameters, **key._asdict(), "limit": limit + 1},
    )
    rows, is_continued = first_rows(await cursor.fetchall(), limit)
    documents = [document for *_, document in rows]
    names, about = await profiles_of(connection, moment, documents)
    return Page(
        documents,
        names,
        ChangeKey(*rows[-1][:2]) if is_continued else None,
        [changed_at for _, _, changed_at, _ in rows],
        about,
    )


NAMES_ACTOR = f"""EXISTS (
    SELECT FROM entry_actor WHERE {VALID} AND actor = ANY(%(actors)s) AND order_key = entry.order_key
)"""
"""That an entry names one of several actors."""


# VALID with a beginning of its own, where the page begins. The range of positions, which the index of all
# other pages holds, is not asked for: that index would find all entries that stand, to sort them.
_RECENT = f"""
SELECT change.from_position, change.order_key, change.document, event.recorded_at FROM (
    SELECT entry.from_position, entry.order_key, entry.document FROM {{source}}
    WHERE {SCOPE}
      AND from_position <= %(position)s AND (from_position, order_key) < (%(position)s, %(order_key)s)
      AND (to_position IS NULL OR to_position > %(at)s){{conditions}}
    ORDER BY from_position DESC, order_key DESC LIMIT %(limit)s
) AS change
JOIN event ON event.timeline_id = %(timeline)s AND event.position = change.from_position
ORDER BY change.from_position DESC, change.order_key DESC
"""
