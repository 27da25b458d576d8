"""Reads a whole view for an export, page by page, without holding a connection.

A reader may take its time between pages. In that time a rebuild can put other rows in the place of those read
so far, so each page finds out which generation is current. Where other rules made that, the export breaks
off: a document of rows by two versions of the rules would be true by neither.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from timeline.log.reader import Moment, read_record_page
from timeline.postgres import Connection
from timeline.views.documents import Page, SeriesDocument, TimelineDocument
from timeline.views.projection.rules import renew_moment
from timeline.views.queries.entries import EntryQuery
from timeline.views.queries.published_entries import read_entry_page
from timeline.views.queries.series import ClaimKey, SeriesPageRequest, series_page
from timeline.views.queries.series_list import SeriesFilter, find_claims
from timeline.views.queries.timelines import timeline_profile

Connect = Callable[[], AbstractAsyncContextManager[Connection]]
"""Lends a connection for as long as the context lasts, as a pool does."""

PAGE_ROWS = 500
NOTHING_RECORDED_AT = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for the time of the last record at position 0, where there is none and never will be."""

_timeline = msgspec.json.Decoder(TimelineDocument)


class ExportSubject(NamedTuple):
    """What an export is about: the timeline's profile at the moment, and when its last record was made."""

    profile: TimelineDocument | None
    recorded_at: datetime


async def export_subject(
    connection: Connection, moment: Moment, published_by: datetime | None
) -> ExportSubject:
    """The timeline's own profile by a time of publication, and the time of its last record, at the moment."""
    document = await timeline_profile(connection, moment, published_by)
    cursor = await connection.execute(
        "SELECT recorded_at FROM event WHERE timeline_id = %(timeline)s AND position = %(at)s", moment.scope
    )
    row = await cursor.fetchone()
    return ExportSubject(
        _timeline.decode(document) if document else None, row[0] if row else NOTHING_RECORDED_AT
    )


async def all_entries(
    connect: Connect, moment: Moment, query: EntryQuery
) -> AsyncGenerator[Page[bytes, int], None]:
    """The entries of a query from where it continues to its end, as they stood at the moment."""
    while True:
        async with connect() as connection:
            moment = await renew_moment(connection, moment)
            page = await read_entry_page(connection, moment, query)
        yield page
        if page.next is None:
            return
        query = replace(query, after=page.next)


async def all_claims(
    connect: Connect, moment: Moment, series_filter: SeriesFilter, published_by: datetime | None = None
) -> AsyncGenerator[Page[SeriesDocument, ClaimKey], None]:
    """The claims that stood at the moment, as the world knew them by a time, of all series or of some."""
    after: ClaimKey | None = None
    while True:
        async with connect() as connection:
            moment = await renew_moment(connection, moment)
            page = await find_claims(
                connection, moment, series_filter, published_by, after=after, limit=PAGE_ROWS
            )
        yield page
        if page.next is None:
            return
        after = page.next


async def series_claims(
    connect: Connect, moment: Moment, series: str, request: SeriesPageRequest
) -> AsyncGenerator[Page[SeriesDocument, int], None]:
    """The claims of one series, the newest date first, from where the request begins to the last."""
    while True:
        async with connect() as connection:
            moment = await renew_moment(connection, moment)
            page = await series_page(connection, moment, series, request)
        yield page
        if page.next is None:
            return
        request = request._replace(offset=page.next)


async def all_records(
    connect: Connect, timeline: str, *, after: int, until: int, types: Sequence[str] = ()
) -> AsyncGenerator[Sequence[bytes], None]:
    """The records in (after, until], verbatim; `types` selects those of these types."""
    while True:
        async with connect() as connection:
            rows, is_continued = await read_record_page(
                connection, timeline, after=after, until=until, limit=PAGE_ROWS, types=types
            )
        yield [record for _, record in rows]
        if not is_continued:
            return
        after = rows[-1][0]
