"""The actors that a timeline names at a position: those with a standing profile or in a standing entry."""

from collections.abc import Sequence
from typing import cast

from msgspec import Raw

from timeline.domain.errors import NotFound
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.documents import ActorDocument

PARTS_MAX = 100

_AT = "from_position <= %(at)s AND (to_position IS NULL OR to_position > %(at)s)"
_SCOPE = "timeline_id = %(timeline)s AND generation = %(generation)s"

# Walks from one actor to the next, whatever number of entries each has.
_PAGE = f"""
WITH RECURSIVE named AS (
    (SELECT actor FROM entry_actor WHERE {_SCOPE} AND {_AT} AND actor > %(after)s ORDER BY actor LIMIT 1)
    UNION ALL
    SELECT (SELECT entry_actor.actor FROM entry_actor
            WHERE {_SCOPE} AND {_AT} AND entry_actor.actor > named.actor ORDER BY entry_actor.actor LIMIT 1)
    FROM named WHERE named.actor IS NOT NULL
), profiled AS (
    SELECT subject, document FROM profile
    WHERE {_SCOPE} AND kind = 'actor' AND {_AT} AND subject > %(after)s
    ORDER BY subject LIMIT %(limit)s
), page AS (
    (SELECT actor FROM named WHERE actor IS NOT NULL LIMIT %(limit)s)
    UNION SELECT subject FROM profiled
)
SELECT page.actor, profile.document FROM page
LEFT JOIN profile ON {_SCOPE} AND kind = 'actor' AND subject = page.actor AND {_AT}
ORDER BY page.actor LIMIT %(limit)s
"""


async def actor_page(
    connection: Connection, moment: Moment, *, after: str, limit: int
) -> list[tuple[str, ActorDocument]]:
    """The actors that follow one, by id."""
    cursor = await connection.execute(_PAGE, {**moment.scope, "after": after, "limit": limit})
    return [(actor, _document(actor, document)) for actor, document in await cursor.fetchall()]


async def actor(connection: Connection, moment: Moment, name: str) -> ActorDocument:
    """Who the actor is at the moment.

    Raises:
        NotFound: nothing that stands at the moment names it.
    """
    cursor = await connection.execute(
        f"SELECT (SELECT document FROM profile WHERE {_SCOPE} AND kind = 'actor' AND subject = %(actor)s"
        f" AND {_AT}), EXISTS (SELECT FROM entry_actor WHERE {_SCOPE} AND actor = %(actor)s AND {_AT})",
        {**moment.scope, "actor": name},
    )
    document, is_named = await cursor.fetchone() or (None, False)
    if document is None and not is_named:
        raise NotFound(f"timeline {moment.timeline} names no actor {name} at {moment.position}")
    return _document(name, document)


async def parts_of(connection: Connection, moment: Moment, name: str) -> Sequence[ActorDocument]:
    """The actors that are part of this one, by id, the first PARTS_MAX of them."""
    cursor = await connection.execute(
        f"SELECT subject, document FROM profile WHERE {_SCOPE} AND kind = 'actor' AND part_of = %(actor)s"
        f" AND {_AT} ORDER BY subject LIMIT %(limit)s",
        {**moment.scope, "actor": name, "limit": PARTS_MAX},
    )
    return [_document(part, document) for part, document in await cursor.fetchall()]


async def about(connection: Connection, moment: Moment) -> bytes | None:
    """What the timeline is called and covers at the moment, ready to send."""
    cursor = await connection.execute(
        f"SELECT document FROM profile WHERE {_SCOPE} AND kind = 'timeline' AND subject = '' AND {_AT}",
        moment.scope,
    )
    row = await cursor.fetchone()
    return bytes(row[0]) if row else None


def _document(name: str, document: bytes | None) -> ActorDocument:
    """The profile as it stands; an actor that has none is called by its id."""
    return cast("ActorDocument", Raw(document)) if document else ActorDocument(id=name, name=name)
