"""Pages of entries: the timeline view and the actor's, at any position, filtered and in order of time."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, cast

from msgspec import Raw, Struct

from timeline.domain.edtf import Span
from timeline.domain.errors import Malformed
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.documents import EntryDocument
from timeline.views.projection.entries import POSITION_BITS, last_key_of
from timeline.views.queries.names import names_of

_HIDDEN = ("retracted", "merged")
"""Left out unless their status is asked for: what no longer stands, and what another entry stands for."""

# The order key's two parts as the index has them. The far ones lie beyond every part, and near enough for
# their distances to be exact in double precision.
_SECOND = f"(entry.order_key >> {POSITION_BITS})"
_POSITION = f"(entry.order_key & {(1 << POSITION_BITS) - 1})"
_FAR = {"desc": 1 << 40, "asc": -(1 << 40)}


class EntryFilter(Struct, frozen=True, kw_only=True):
    """Which entries a page shows; what is None or empty does not restrict it."""

    types: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    actor: str | None = None
    claimant: str | None = None
    place: str | None = None
    bbox: tuple[float, float, float, float] | None = None
    since: Span | None = None
    until: Span | None = None
    words: str | None = None


class EntryQuery(Struct, frozen=True, kw_only=True):
    """A filter, an order, and the key of the last entry seen, after which to go on."""

    filter: EntryFilter
    order: Literal["desc", "asc"] = "desc"
    limit: int
    after: int | None = None


class EntryPage(NamedTuple):
    """Entries ready to send, the names that they need, and the key after which the next page goes on."""

    entries: list[EntryDocument]
    names: dict[str, str]
    following: int | None


async def entry_page(connection: Connection, moment: Moment, walk: EntryQuery) -> EntryPage:
    """The entries of the walk's next page as they stood at the moment."""
    conditions, parameters = _conditions(walk)
    source, order = _source(walk)
    cursor = await connection.execute(
        f"SELECT entry.order_key, entry.document FROM {source} WHERE {' AND '.join(conditions)}"
        f" ORDER BY {order} LIMIT %(limit)s",
        {**moment.scope, **parameters, "limit": walk.limit + 1},
    )
    rows = await cursor.fetchall()
    documents = [document for _, document in rows[: walk.limit]]
    following = rows[walk.limit - 1][0] if len(rows) > walk.limit else None
    return EntryPage(ready(documents), await names_of(connection, moment, documents), following)


def counting(walk: EntryQuery) -> tuple[str, dict[str, object]]:
    """The query that counts what a walk passes, without the parameters of a moment."""
    conditions, parameters = _conditions(walk)
    source, _ = _source(walk)
    return f"SELECT count(*) FROM {source} WHERE {' AND '.join(conditions)}", parameters


def ready(documents: Sequence[bytes]) -> list[EntryDocument]:
    """Documents as they came out of the database, to be passed through."""
    return cast("list[EntryDocument]", [Raw(document) for document in documents])


def bytes_of(entries: Sequence[EntryDocument]) -> list[bytes]:
    """The documents of a page, as `ready` took them."""
    return [bytes(cast("Raw", entry)) for entry in entries]


_STANDING = (
    "entry.timeline_id = %(timeline)s AND entry.generation = %(generation)s"
    " AND int8range(entry.from_position, entry.to_position) @> %(at)s::bigint"
)

# An actor's entries are walked in the order of its own index and looked up one by one: joined in any other
# way, all entries would be read. An entry's version at a position is the last that began by then.
_NAMED = """
(SELECT development, order_key FROM entry_actor
 WHERE timeline_id = %(timeline)s AND generation = %(generation)s AND actor = %(actor)s
   AND from_position <= %(at)s AND (to_position IS NULL OR to_position > %(at)s)
 ORDER BY order_key {order} OFFSET 0) AS named
CROSS JOIN LATERAL
(SELECT * FROM entry
 WHERE timeline_id = %(timeline)s AND generation = %(generation)s AND development = named.development
   AND from_position <= %(at)s ORDER BY from_position DESC LIMIT 1) AS entry
"""


def _source(walk: EntryQuery) -> tuple[str, str]:
    """What a walk goes over, and the order that an index gives it: an actor's own, else a distance."""
    if walk.filter.actor:
        return _NAMED.format(order=walk.order), f"named.order_key {walk.order}"
    if walk.filter.words:  # few entries have the words: sorting those beats walking past all others
        return "entry", f"entry.order_key {walk.order}"
    far = f"({_FAR[walk.order]})::bigint"
    return "entry", f"{_SECOND} <-> {far}, {_POSITION} <-> {far}"


Clause = tuple[str, dict[str, object]]
"""A condition, and its parameters; it does not restrict where one of these is None or an empty list."""


def _conditions(walk: EntryQuery) -> tuple[list[str], dict[str, object]]:
    wanted = walk.filter
    last_key = wanted.until and last_key_of(wanted.until.end)
    return restricting(
        [
            _beyond(walk, "<" if walk.order == "desc" else ">", "after", walk.after),
            ("TRUE" if wanted.actor else _STANDING, {"actor": wanted.actor or ""}),
            *clauses_of(wanted),
            _beyond(walk, "<=", "last", last_key),
        ]
    )


def clauses_of(wanted: EntryFilter) -> list[Clause]:
    """What a filter asks of an entry, but for the actor that it names."""
    return [
        ("entry.type = ANY(%(types)s)", {"types": list(wanted.types)}),
        ("entry.status = ANY(%(statuses)s)", {"statuses": list(wanted.statuses)}),
        ("entry.status <> ALL(%(hidden)s)", {"hidden": None if wanted.statuses else list(_HIDDEN)}),
        ("entry.tags @> %(tags)s::text[]", {"tags": list(wanted.tags)}),
        ("entry.claimant = %(claimant)s", {"claimant": wanted.claimant}),
        ("%(place)s = ANY(entry.places)", {"place": wanted.place and wanted.place.casefold()}),
        (
            "to_tsvector('simple', entry.words) @@ websearch_to_tsquery('simple', %(words)s)",
            {"words": wanted.words},
        ),
        (
            "(entry.ends > %(since)s OR entry.starts >= %(since)s)",
            {"since": wanted.since and wanted.since.start},
        ),
        ("entry.starts < %(until)s", {"until": wanted.until and wanted.until.end}),
        (_BOX, dict(zip(("west", "south", "east", "north"), wanted.bbox or (None,) * 4, strict=True))),
    ]


def restricting(clauses: Iterable[Clause]) -> tuple[list[str], dict[str, object]]:
    """The clauses that restrict anything, and the parameters of all these."""
    used = [(clause, values) for clause, values in clauses if _restricts(values)]
    return [clause for clause, _ in used], {
        name: value for _, values in used for name, value in values.items()
    }


def _beyond(walk: EntryQuery, comparison: str, name: str, key: int | None) -> Clause:
    """A limit to the order key, and to its second, which is what the index holds."""
    second = None if key is None else key >> POSITION_BITS
    if walk.filter.actor:
        return f"named.order_key {comparison} %({name}_key)s", {f"{name}_key": key}
    return (
        f"entry.order_key {comparison} %({name}_key)s AND {_SECOND} {comparison[0]}= %({name}_second)s",
        {f"{name}_key": key, f"{name}_second": second},
    )


def _restricts(values: dict[str, object]) -> bool:
    return all(value is not None and value != [] for value in values.values())


# A box whose west lies east of its east crosses the antimeridian (RFC 7946, section 5.2).
_BOX = (
    "entry.latitude BETWEEN %(south)s AND %(north)s AND CASE WHEN %(west)s::float8 <= %(east)s::float8"
    " THEN entry.longitude BETWEEN %(west)s AND %(east)s"
    " ELSE entry.longitude >= %(west)s OR entry.longitude <= %(east)s END"
)


class ChangeKey(NamedTuple):
    """Where an entry stands among those that changed: the record that did it, and its own order key."""

    position: int
    order_key: int

    def __str__(self) -> str:
        return f"{self.position}:{self.order_key}"


def read_change_key(text: str) -> ChangeKey:
    """A key as `str` writes it.

    Raises:
        Malformed: it is none.
    """
    try:
        position, order_key = map(int, text.split(":"))
    except ValueError:
        raise Malformed("this is no cursor of this service", path="cursor") from None
    if not all(-(1 << 63) <= number < 1 << 63 for number in (position, order_key)):
        raise Malformed("this is no cursor of this service", path="cursor")
    return ChangeKey(position, order_key)


class RecentPage(Struct, frozen=True):
    """Entries as they are kept, the names that they need, and when each came to stand as it does."""

    documents: Sequence[bytes]
    names: dict[str, str]
    changed_at: Sequence[datetime]
    following: ChangeKey | None


async def recent_page(
    connection: Connection, moment: Moment, wanted: EntryFilter, *, after: ChangeKey | None, limit: int
) -> RecentPage:
    """The entries that follow one, as they stood at the moment."""
    key = after or ChangeKey(moment.position, (1 << 63) - 1)
    conditions, parameters = restricting([*clauses_of(wanted), _naming(wanted)])
    cursor = await connection.execute(
        _RECENT.format(conditions="".join(f" AND {condition}" for condition in conditions)),
        {**moment.scope, **parameters, **key._asdict(), "limit": limit + 1},
    )
    rows = await cursor.fetchall()
    shown = rows[:limit]
    documents = [document for _, _, document, _ in shown]
    return RecentPage(
        documents,
        await names_of(connection, moment, documents),
        [changed_at for _, _, _, changed_at in shown],
        ChangeKey(*shown[-1][:2]) if len(rows) > limit else None,
    )


def _naming(wanted: EntryFilter) -> Clause:
    return _NAMES, {"actor": wanted.actor}


_NAMES = """EXISTS (
    SELECT FROM entry_actor WHERE timeline_id = %(timeline)s AND generation = %(generation)s
    AND actor = %(actor)s AND order_key = entry.order_key AND from_position <= %(at)s
    AND (to_position IS NULL OR to_position > %(at)s)
)"""


# The range of positions, which the index of all other pages holds, is not asked for: that index would find
# all entries that stand, to sort them.
_RECENT = """
SELECT found.from_position, found.order_key, found.document, event.recorded_at FROM (
    SELECT entry.from_position, entry.order_key, entry.document FROM entry
    WHERE timeline_id = %(timeline)s AND generation = %(generation)s
      AND from_position <= %(position)s AND (from_position, order_key) < (%(position)s, %(order_key)s)
      AND (to_position IS NULL OR to_position > %(at)s){conditions}
    ORDER BY from_position DESC, order_key DESC LIMIT %(limit)s
) AS found
JOIN event ON event.timeline_id = %(timeline)s AND event.position = found.from_position
ORDER BY found.from_position DESC, found.order_key DESC
"""
