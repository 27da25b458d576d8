"""The actors that a timeline names at a position: those of standing profiles, and those in standing entries.

An entry that is retracted names nobody, and who verified it is listed no more than who reported it. A profile
names its own actor and the one that this is part of.
"""

from datetime import datetime
from typing import NamedTuple

from timeline.domain.errors import Malformed, NotFound
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.documents import ActorDocument, encode_document
from timeline.views.projection.rows import VALID
from timeline.views.queries.entry_filter import EntryFilter
from timeline.views.queries.past_profiles import past_profiles
from timeline.views.queries.past_rows import NO_PAST_ROWS, PastRows

PARTS_MAX = 100
"""How many parts an actor's own view shows."""

ACTORS_MAX = 1_000
"""The entries of how many actors one request may ask for."""

# Steps from one actor to the next, whatever number of entries each has.
_PAGE = f"""
WITH RECURSIVE named_actor AS (
    (SELECT actor FROM entry_actor WHERE {VALID} AND standing AND actor > %(after)s ORDER BY actor LIMIT 1)
    UNION ALL
    SELECT (SELECT entry_actor.actor FROM entry_actor
            WHERE {VALID} AND standing AND entry_actor.actor > named_actor.actor
            ORDER BY entry_actor.actor LIMIT 1)
    FROM named_actor WHERE named_actor.actor IS NOT NULL
), profiled_actor AS (
    SELECT subject, document FROM profile
    WHERE {VALID} AND kind = 'actor' AND subject > %(after)s
    ORDER BY subject LIMIT %(limit)s
), page AS (
    (SELECT actor FROM named_actor WHERE actor IS NOT NULL LIMIT %(limit)s)
    UNION SELECT subject FROM profiled_actor
    UNION
    (SELECT DISTINCT part_of FROM profile
     WHERE {VALID} AND part_of > %(after)s ORDER BY part_of LIMIT %(limit)s)
)
SELECT page.actor, profile.document FROM page
LEFT JOIN profile ON {VALID} AND kind = 'actor' AND subject = page.actor
ORDER BY page.actor LIMIT %(limit)s
"""


class StoredActor(NamedTuple):
    """An actor's id and its document, as it is stored."""

    id: str
    document: bytes


async def actor_page(
    connection: Connection, moment: Moment, *, after: str, limit: int, past: PastRows = NO_PAST_ROWS
) -> list[StoredActor]:
    """The actors that follow one, by id; those that `past` names, where it stands in the place of tables."""
    cursor = await connection.execute(
        f"{past.prefix}SELECT * FROM ({_PAGE}) AS answer ORDER BY actor",
        {**moment.scope, **past.parameters, "after": after, "limit": limit},
    )
    return [StoredActor(actor, _document(actor, profile)) for actor, profile in await cursor.fetchall()]


async def actor(connection: Connection, moment: Moment, name: str, past: PastRows = NO_PAST_ROWS) -> bytes:
    """Who the actor is at the moment: its document.

    Raises:
        NotFound: nothing that stands at the moment names it.
    """
    cursor = await connection.execute(
        f"{past.prefix}SELECT"
        f" (SELECT document FROM profile WHERE {VALID} AND kind = 'actor' AND subject = %(actor)s),"
        f" EXISTS (SELECT FROM entry_actor WHERE {VALID} AND standing AND actor = %(actor)s)"
        f" OR EXISTS (SELECT FROM profile WHERE {VALID} AND part_of = %(actor)s)",
        {**moment.scope, **past.parameters, "actor": name},
    )
    profile, is_named = await cursor.fetchone() or (None, False)
    if profile is None and not is_named:
        raise NotFound(f"timeline {moment.timeline} names no actor {name} at position {moment.position}")
    return _document(name, profile)


async def parts_of(
    connection: Connection, moment: Moment, name: str, past: PastRows = NO_PAST_ROWS
) -> list[bytes]:
    """The documents of the actors that are part of this one, by id, the first PARTS_MAX of them."""
    cursor = await connection.execute(
        f"{past.prefix}SELECT document FROM profile WHERE {VALID} AND kind = 'actor' AND part_of = %(actor)s"
        " ORDER BY subject LIMIT %(limit)s",
        {**moment.scope, **past.parameters, "actor": name, "limit": PARTS_MAX},
    )
    return [document for (document,) in await cursor.fetchall()]


_WITH_PARTS = f"""
WITH RECURSIVE part (actor) AS (
    SELECT %(actor)s::text COLLATE "C"
    UNION
    SELECT profile.subject FROM part CROSS JOIN LATERAL (
        SELECT subject FROM profile WHERE {VALID} AND kind = 'actor' AND part_of = part.actor
    ) AS profile
)
SELECT actor FROM part LIMIT %(limit)s
"""


async def actors_asked(
    connection: Connection, moment: Moment, entry_filter: EntryFilter, published_by: datetime | None = None
) -> list[str]:
    """The actors of which entries must name one: the filter's own, and with its parts all that belongs to it.

    What belongs to it is what is `part_of` it, or of one of its parts, by the profiles at the moment, as the
    world knew them by a time.

    Raises:
        Malformed: these are more than one request may ask for.
        RuleBroken: too many profiles were not yet as they are by the time.
    """
    if not entry_filter.actor or not entry_filter.parts:
        return [entry_filter.actor] if entry_filter.actor else []
    past = await past_profiles(connection, moment, published_by)
    parameters = {**moment.scope, **past.parameters, "actor": entry_filter.actor, "limit": ACTORS_MAX + 1}
    statement = f"{past.prefix}SELECT * FROM ({_WITH_PARTS}) AS answer"
    rows = await (await connection.execute(statement, parameters)).fetchall()
    if len(rows) > ACTORS_MAX:
        message = (
            f"{entry_filter.actor} has {ACTORS_MAX:,} parts or more; ask for one of them, or parts=false"
        )
        raise Malformed(message, path="parts")
    return [actor for (actor,) in rows]


def _document(name: str, profile: bytes | None) -> bytes:
    """The stored profile; an actor that has none is called by its id."""
    return profile or encode_document(ActorDocument(id=name, name=name, aliases=(), external_ids={}))
