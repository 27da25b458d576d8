"""The names of the actors on a page: documents name actors by id, so that a new name rewrites none."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.projection.rows import VALID
from timeline.views.queries.past_profiles import past_profiles


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


async def names_of(
    connection: Connection,
    moment: Moment,
    documents: Sequence[bytes],
    published_by: datetime | None = None,
) -> dict[str, str]:
    """The names of the actors in the documents, as by `names_of_actors`."""
    return await names_of_actors(connection, moment, actors_in(documents), published_by)


async def names_of_profiles(
    connection: Connection,
    moment: Moment,
    profiles: Iterable[bytes],
    published_by: datetime | None = None,
) -> dict[str, str]:
    """The names of the actors in these documents of actors, and of what they are part of."""
    actors: set[str] = set()
    for profile in map(_part_decoder.decode, profiles):
        actors |= {profile.id} if profile.part_of is None else {profile.id, profile.part_of}
    return await names_of_actors(connection, moment, actors, published_by)


async def names_of_actors(
    connection: Connection, moment: Moment, actors: Collection[str], published_by: datetime | None = None
) -> dict[str, str]:
    """The names of these actors, at the moment, as the world knew them by a time.

    Actors without a profile are left out.
    """
    return dict(await _select_profiles(connection, moment, actors, published_by, "name"))


async def words_for_actors(
    connection: Connection, moment: Moment, actors: Collection[str], published_by: datetime | None = None
) -> dict[str, str]:
    """What these actors are called, at the moment, by a time: their names and aliases, in one text each."""
    rows = await _select_profiles(connection, moment, actors, published_by, "document")
    called = [(actor, _profile_decoder.decode(document)) for actor, document in rows]
    return {actor: " ".join((profile.name, *profile.aliases)) for actor, profile in called}


async def _select_profiles(
    connection: Connection,
    moment: Moment,
    actors: Collection[str],
    published_by: datetime | None,
    column: str,
) -> list[tuple[str, Any]]:
    if not actors:
        return []
    past = await past_profiles(connection, moment, published_by, actors)
    cursor = await connection.execute(
        past.query(
            f"SELECT subject, {column} FROM profile WHERE {VALID}"
            " AND kind = 'actor' AND subject = ANY(%(actors)s) ORDER BY subject"
        ),
        {**moment.scope, **past.parameters, "actors": list(actors)},
    )
    return await cursor.fetchall()
