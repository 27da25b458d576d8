"""The names of the actors on a page: documents name actors by id, so that a new name rewrites none."""

from collections.abc import Collection, Iterable, Sequence

import msgspec
from msgspec import Struct

from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.projection.rows import VALID


class _ActorField(Struct):
    id: str | None = None
    speaker: str | None = None
    claimant: str | None = None


class _NamingDocument(Struct):
    actors: list[_ActorField] = []
    statements: list[_ActorField] = []
    verifications: list[_ActorField] = []
    claimant: str | None = None


class _Called(Struct):
    name: str
    aliases: list[str] = []


class _Part(Struct):
    id: str
    part_of: str | None = None


_part_decoder = msgspec.json.Decoder(_Part)
_profile_decoder = msgspec.json.Decoder(_Called)
_decoder = msgspec.json.Decoder(_NamingDocument)


def actors_in(documents: Iterable[bytes]) -> set[str]:
    """The actors that documents of entries or claims name."""
    actors: set[str | None] = set()
    for document in map(_decoder.decode, documents):
        actors.add(document.claimant)
        for part in (*document.actors, *document.statements, *document.verifications):
            actors.update((part.id, part.speaker, part.claimant))
    return {actor for actor in actors if actor is not None}


async def names_of(connection: Connection, moment: Moment, documents: Sequence[bytes]) -> dict[str, str]:
    """The names, at the moment, of the actors in the documents; actors without a profile are left out."""
    return await names_of_actors(connection, moment, actors_in(documents))


async def names_of_profiles(
    connection: Connection, moment: Moment, profiles: Iterable[bytes]
) -> dict[str, str]:
    """The names, at the moment, of the actors in these documents of actors, and of what they are part of."""
    actors: set[str] = set()
    for profile in map(_part_decoder.decode, profiles):
        actors |= {profile.id} if profile.part_of is None else {profile.id, profile.part_of}
    return await names_of_actors(connection, moment, actors)


async def names_of_actors(connection: Connection, moment: Moment, actors: Collection[str]) -> dict[str, str]:
    """The names, at the moment, of these actors; those without a profile are left out."""
    if not actors:
        return {}
    cursor = await connection.execute(
        f"SELECT subject, name FROM profile WHERE {VALID}"
        " AND kind = 'actor' AND subject = ANY(%(actors)s) ORDER BY subject",
        {**moment.scope, "actors": list(actors)},
    )
    return dict(await cursor.fetchall())


async def words_for_actors(connection: Connection, moment: Moment, actors: Collection[str]) -> dict[str, str]:
    """What these actors are called, at the moment: their names and aliases, in one text each."""
    if not actors:
        return {}
    cursor = await connection.execute(
        f"SELECT subject, document FROM profile WHERE {VALID}"
        " AND kind = 'actor' AND subject = ANY(%(actors)s) ORDER BY subject",
        {**moment.scope, "actors": list(actors)},
    )
    called = [(actor, _profile_decoder.decode(document)) for actor, document in await cursor.fetchall()]
    return {actor: " ".join((profile.name, *profile.aliases)) for actor, profile in called}
