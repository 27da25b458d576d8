"""The names of the actors on a page: documents name actors by id, so that a new name rewrites none."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.projection.rows import VALID
from timeline.views.queries.past_profiles import past_profiles


# Documents by older rules, which are read until they are rebuilt, may lack any of these.
class _NamedActor(Struct):
    id: str | None = None


class _NamedStatement(Struct):
    speaker: str | None = None


class _NamedVerification(Struct):
    claimant: str | None = None


class _NamingDocument(Struct):
    actors: list[_NamedActor] = []
    statements: list[_NamedStatement] = []
    verifications: list[_NamedVerification] = []
    claimant: str | None = None


class _Called(Struct):
    name: str
    aliases: list[str] = []


class _Part(Struct):
    id: str
    part_of: str | None = None


_TIMELINE = ""
"""The subject of a timeline's own profile; no actor has it."""

_part_decoder = msgspec.json.Decoder(_Part)
_profile_decoder = msgspec.json.Decoder(_Called)
_decoder = msgspec.json.Decoder(_NamingDocument)


def actors_in(documents: Iterable[bytes]) -> set[str]:
    """The actors that documents of entries or claims name."""
    actors: set[str | None] = set()
    for document in map(_decoder.decode, documents):
        actors.update([actor.id for actor in document.actors])
        actors.update([statement.speaker for statement in document.statements])
        actors.update([verification.claimant for verification in document.verifications])
        actors.add(document.claimant)
    return {actor for actor in actors if actor is not None}


class Profiles(NamedTuple):
    """What a page tells besides its documents."""

    names: dict[str, str]
    """Of the actors in the documents."""
    timeline: bytes | None
    """The document of the timeline's own profile, if it has one."""


async def profiles_of(
    connection: Connection,
    moment: Moment,
    documents: Iterable[bytes],
    published_by: datetime | None = None,
) -> Profiles:
    """The names of the actors in the documents, as by `names_of_actors`, and what the timeline covers."""
    subjects = actors_in(documents) | {_TIMELINE}
    columns = "name, CASE WHEN kind = 'timeline' THEN document END"
    names: dict[str, str] = {}
    timeline = None
    for subject, name, document in await _select_profiles(
        connection, moment, subjects, published_by, columns
    ):
        if subject == _TIMELINE:
            timeline = document
        else:
            names[subject] = name
    return Profiles(names, timeline)


async def names_of(
    connection: Connection,
    moment: Moment,
    documents: Iterable[bytes],
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


def _quoted(subject: str) -> str:
    """A subject in an array as PostgreSQL reads it, where the word null means none."""
    return f'"{subject}"'


async def _select_profiles(
    connection: Connection,
    moment: Moment,
    subjects: Collection[str],
    published_by: datetime | None,
    columns: str,
) -> list[tuple[Any, ...]]:
    """Columns of the profiles of these subjects, by subject."""
    if not subjects:
        return []
    past = await past_profiles(connection, moment, published_by, subjects)
    cursor = await connection.execute(
        past.query(
            f"SELECT subject, {columns} FROM profile WHERE {VALID} AND kind IN ('actor', 'timeline')"
            " AND subject = ANY(%(subjects)s::text::text[]) ORDER BY subject"
        ),
        # the driver would look at each text of a list
        {**moment.scope, **past.parameters, "subjects": f"{{{','.join(map(_quoted, subjects))}}}"},
    )
    return await cursor.fetchall()
