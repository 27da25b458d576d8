"""Everything that a timeline holds at a position, page by page, for as long as it takes.

No connection is held between pages: a reader may take its time. In that time a rebuild can put other rows in
the place of those read so far, so each page finds out which generation stands.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from timeline.log.reader import Moment, records
from timeline.log.reader import moment as moment_at
from timeline.postgres import Connection
from timeline.views.documents import TimelineDocument
from timeline.views.queries.actors import about
from timeline.views.queries.entries import EntryQuery, bytes_of, counting, entry_page
from timeline.views.queries.names import names_of
from timeline.views.queries.series import ClaimKey, all_claims_page

Connect = Callable[[], AbstractAsyncContextManager[Connection]]

PAGE_ROWS = 500
NOTHING_RECORDED_AT = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for the time of the last record at position 0, where there is none and never will be."""

_timeline = msgspec.json.Decoder(TimelineDocument)


class Described(NamedTuple):
    """What the timeline is called and covers at a moment, and when the record there was taken in."""

    about: TimelineDocument | None
    recorded_at: datetime


class Entries(NamedTuple):
    """A page of entries as they are kept, and the names of the actors in it."""

    documents: Sequence[bytes]
    names: dict[str, str]
    updated: Sequence[datetime] = ()


class Claims(NamedTuple):
    """A page of claims, each with its series, as they are kept; and the names of the claimants."""

    documents: Sequence[tuple[str, bytes]]
    names: dict[str, str]
    following: ClaimKey | None


async def described(connection: Connection, moment: Moment) -> Described:
    """The timeline's own profile, and the time of its last record, at the moment."""
    document = await about(connection, moment)
    cursor = await connection.execute(
        "SELECT recorded_at FROM event WHERE timeline_id = %(timeline)s AND position = %(at)s", moment.scope
    )
    row = await cursor.fetchone()
    return Described(_timeline.decode(document) if document else None, row[0] if row else NOTHING_RECORDED_AT)


async def count_entries(connection: Connection, moment: Moment, walk: EntryQuery) -> int:
    """How many entries a walk passes, from where it stands to its end."""
    statement, parameters = counting(walk)
    cursor = await connection.execute(statement, {**moment.scope, **parameters})
    row = await cursor.fetchone()
    return row[0] if row else 0


async def all_entries(connect: Connect, moment: Moment, walk: EntryQuery) -> AsyncGenerator[Entries, None]:
    """The entries of a walk from where it stands to its end, as they stood at the moment."""
    while True:
        async with connect() as connection:
            moment = await moment_at(connection, moment.timeline, moment.position)
            page = await entry_page(connection, moment, walk)
        yield Entries(bytes_of(page.entries), page.names)
        if page.following is None:
            return
        walk = replace(walk, after=page.following)


async def all_claims(connect: Connect, moment: Moment) -> AsyncGenerator[Claims, None]:
    """The claims of all series that stood at the moment."""
    after: ClaimKey | None = None
    while True:
        async with connect() as connection:
            moment = await moment_at(connection, moment.timeline, moment.position)
            page = await claims_page(connection, moment, after=after, limit=PAGE_ROWS)
        yield page
        if page.following is None:
            return
        after = page.following


async def claims_page(
    connection: Connection, moment: Moment, *, after: ClaimKey | None, limit: int
) -> Claims:
    """The claims that follow one, of whatever series."""
    rows = await all_claims_page(connection, moment, after=after, limit=limit + 1)
    shown = rows[:limit]
    names = await names_of(connection, moment, [document for _, document in shown])
    following = shown[-1][0] if len(rows) > limit else None
    return Claims([(key.series, document) for key, document in shown], names, following)


async def all_records(
    connect: Connect, timeline: str, *, after: int, until: int, types: Sequence[str] = ()
) -> AsyncGenerator[Sequence[bytes], None]:
    """The records in (after, until], verbatim; `types` keeps those of these types."""
    while True:
        async with connect() as connection:
            rows = await records(connection, timeline, after=after, until=until, limit=PAGE_ROWS, types=types)
        yield [record for _, record in rows]
        if len(rows) < PAGE_ROWS:
            return
        after = rows[-1][0]
