"""The names that a page's documents need: documents name actors by id, so that a new name rewrites none."""

from collections.abc import Collection, Iterable, Sequence

import msgspec
from msgspec import Struct

from timeline.log.reader import Moment
from timeline.postgres import Connection


class _Named(Struct):
    actor: str | None = None
    speaker: str | None = None
    claimant: str | None = None


class _NamingDocument(Struct):
    actors: list[_Named] = []
    statements: list[_Named] = []
    verifications: list[_Named] = []
    claimant: str | None = None


_decoder = msgspec.json.Decoder(_NamingDocument)


def actors_in(documents: Iterable[bytes]) -> set[str]:
    """The actors that documents of entries or claims name."""
    found: set[str | None] = set()
    for document in map(_decoder.decode, documents):
        found.add(document.claimant)
        for named in (*document.actors, *document.statements, *document.verifications):
            found.update((named.actor, named.speaker, named.claimant))
    return {actor for actor in found if actor is not None}


async def names_of(connection: Connection, moment: Moment, documents: Sequence[bytes]) -> dict[str, str]:
    """The names, at the moment, of the actors in the documents; who has no profile is left out."""
    return await names_of_actors(connection, moment, actors_in(documents))


async def names_of_actors(connection: Connection, moment: Moment, actors: Collection[str]) -> dict[str, str]:
    """The names, at the moment, of these actors; who has no profile is left out."""
    if not actors:
        return {}
    cursor = await connection.execute(
        "SELECT subject, name FROM profile WHERE timeline_id = %(timeline)s AND generation = %(generation)s"
        " AND kind = 'actor' AND subject = ANY(%(actors)s) AND from_position <= %(at)s"
        " AND (to_position IS NULL OR to_position > %(at)s) ORDER BY subject",
        {**moment.scope, "actors": list(actors)},
    )
    return dict(await cursor.fetchall())
