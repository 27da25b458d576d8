"""The actors that a timeline names at a position: those with a standing profile or in a standing entry."""

from typing import NamedTuple

from timeline.domain.errors import NotFound
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.documents import ActorDocument, encode_document
from timeline.views.projection.rows import VALID

PARTS_MAX = 100

# Steps from one actor to the next, whatever number of entries each has.
_PAGE = f"""
WITH RECURSIVE named_actor AS (
    (SELECT actor FROM entry_actor WHERE {VALID} AND actor > %(after)s ORDER BY actor LIMIT 1)
    UNION ALL
    SELECT (SELECT entry_actor.actor FROM entry_actor
            WHERE {VALID} AND entry_actor.actor > named_actor.actor ORDER BY entry_actor.actor LIMIT 1)
    FROM named_actor WHERE named_actor.actor IS NOT NULL
), profiled_actor AS (
    SELECT subject, document FROM profile
    WHERE {VALID} AND kind = 'actor' AND subject > %(after)s
    ORDER BY subject LIMIT %(limit)s
), page AS (
    (SELECT actor FROM named_actor WHERE actor IS NOT NULL LIMIT %(limit)s)
    UNION SELECT subject FROM profiled_actor
)
SELECT page.actor, profile.document FROM page
LEFT JOIN profile ON {VALID} AND kind = 'actor' AND subject = page.actor
ORDER BY page.actor LIMIT %(limit)s
"""


class StoredActor(NamedTuple):
    """An actor's id and its document, as it is stored."""

    id: str
    document: bytes


async def actor_page(connection: Connection, moment: Moment, *, after: str, limit: int) -> list[StoredActor]:
    """The actors that follow one, by id."""
    cursor = await connection.execute(_PAGE, {**moment.scope, "after": after, "limit": limit})
    return [StoredActor(actor, _document(actor, profile)) for actor, profile in await cursor.fetchall()]


async def actor(connection: Connection, moment: Moment, name: str) -> bytes:
    """Who the actor is at the moment: its document.

    Raises:
        NotFound: nothing that stands at the moment names it.
    """
    cursor = await connection.execute(
        f"SELECT (SELECT document FROM profile WHERE {VALID} AND kind = 'actor' AND subject = %(actor)s),"
        f" EXISTS (SELECT FROM entry_actor WHERE {VALID} AND actor = %(actor)s)",
        {**moment.scope, "actor": name},
    )
    profile, is_named = await cursor.fetchone() or (None, False)
    if profile is None and not is_named:
        raise NotFound(f"timeline {moment.timeline} names no actor {name} at position {moment.position}")
    return _document(name, profile)


async def parts_of(connection: Connection, moment: Moment, name: str) -> list[bytes]:
    """The documents of the actors that are part of this one, by id, the first PARTS_MAX of them."""
    cursor = await connection.execute(
        f"SELECT document FROM profile WHERE {VALID} AND kind = 'actor' AND part_of = %(actor)s"
        " ORDER BY subject LIMIT %(limit)s",
        {**moment.scope, "actor": name, "limit": PARTS_MAX},
    )
    return [document for (document,) in await cursor.fetchall()]


def _document(name: str, profile: bytes | None) -> bytes:
    """The stored profile; an actor that has none is called by its id."""
    return profile or encode_document(ActorDocument(id=name, name=name)).encode()
