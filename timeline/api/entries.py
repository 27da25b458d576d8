"""The timeline view, and one development with all its versions."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import Parameter, QueryParameter
from msgspec.structs import replace

from timeline.api.addresses import link_next
from timeline.api.caching import IS_VIEW
from timeline.api.exports import Export
from timeline.api.negotiation import FORMATS, NOT_ACCEPTABLE, PLAIN, Hxl, choose_format, new_writer
from timeline.api.parameters import (
    ActorFilter,
    AnyRequest,
    EventIdPath,
    Limit,
    Parts,
    PublishedBy,
    TimelineId,
    read_time,
)
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.api.view_request import ViewRequest, page_limit, raw_document, raw_documents
from timeline.domain.errors import Malformed
from timeline.formats.registry import ENTRY_FORMATS, FEEDS
from timeline.formats.writers import EntryWriter
from timeline.postgres import Connection
from timeline.views.documents import Page
from timeline.views.queries.entries import ChangeKey, EntryQuery, recent_page
from timeline.views.queries.entry_filter import EntryFilter
from timeline.views.queries.exports import PAGE_ROWS, all_entries
from timeline.views.queries.history import entry_versions
from timeline.views.queries.names import names_of
from timeline.views.queries.published_entries import (
    count_published,
    count_unknown,
    published_entry,
    read_entry_page,
)
from timeline.views.queries.published_versions import published_versions
from timeline.views.responses import EntryHistory, EntryVersion, TimelineView

Order = Annotated[
    Literal["desc", "asc"],
    Parameter(description="By when it happened: the latest first, or the earliest first."),
]
OrderOrChanged = Literal["desc", "asc", "changed"]
AnyOrder = Annotated[
    OrderOrChanged | None,
    Parameter(
        description="By when it happened, the latest (`desc`) or the earliest first; or what changed last"
        " first. If absent, `changed` in feeds, else `desc`."
    ),
]
if TYPE_CHECKING:
    EntryFormatName = str
else:
    EntryFormatName = Literal[(PLAIN, *ENTRY_FORMATS)]
EntryFormat = Annotated[
    EntryFormatName | None,
    QueryParameter(
        name="format",
        description="The answer's format; takes precedence over `Accept`. Except for JSON and feeds, all"
        " entries are streamed if there is no `limit`.",
    ),
]


class EntryListing(NamedTuple):
    """The entries that a request is for, whatever their order."""

    filter: EntryFilter
    published_by: datetime | None

    def parts(self, order: str) -> tuple[object, ...]:
        """What a cursor belongs to."""
        by = () if self.published_by is None else (self.published_by,)
        return ("entries", self.filter, order, *by)

    def query(self, view: ViewRequest, order: Order, limit: int) -> EntryQuery:
        """What is asked of the views, from where the request's cursor continues."""
        after = view.page_start(int, *self.parts(order))
        return EntryQuery(
            filter=self.filter, order=order, limit=limit, after=after, published_by=self.published_by
        )


@get(
    "/v1/timelines/{timeline:str}",
    operation_id="getTimeline",
    opt=IS_VIEW | {FORMATS: ENTRY_FORMATS},
    summary="The timeline, now or at any position",
    tags=["Views"],
    responses=problem_responses(400, 404, *NOT_ACCEPTABLE, 422, 503),
)
async def get_timeline(  # noqa: PLR0913 - the parts of the request
    request: AnyRequest,
    timeline: TimelineId,  # noqa: ARG001 - read by the dependencies
    view: NamedDependency[ViewRequest],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    entry_filter: NamedDependency[EntryFilter],
    actor: ActorFilter = None,
    parts: Parts = None,
    published_by: PublishedBy = None,
    order: AnyOrder = None,
    limit: Limit = None,
    form: EntryFormat = None,
    hxl: Hxl = False,
) -> Response[TimelineView]:
    """Entries in order of time, filtered. All pages share a position: together they are a snapshot."""
    if parts and actor is None:
        raise Malformed(
            "`parts` asks for what belongs to an actor: add `actor`, or leave it out", path="parts"
        )
    entry_filter = replace(entry_filter, actor=actor, parts=bool(actor and parts))
    listing = EntryListing(entry_filter, None if published_by is None else read_time(published_by))
    format_name = choose_format(request, form)
    writer: EntryWriter | None = new_writer(ENTRY_FORMATS, format_name, hxl=hxl)
    if writer is not None:
        export = Export(request, service, connection, view.moment, format_name, writer)
        return await _export(export, view, listing, order, limit)
    page, next_url = await _page(connection, view, listing, order or "desc", page_limit(limit, service))
    answer = TimelineView(
        **view.common_fields,
        published_by=listing.published_by,
        publication_unknown=await count_unknown(
            connection, view.moment, listing.filter, listing.published_by
        ),
        about=raw_document(page.about),
        entries=raw_documents(page.documents),
        names=page.names,
        next=next_url,
    )
    return Response(answer, headers=link_next(next_url))


async def _page(
    connection: Connection, view: ViewRequest, listing: EntryListing, order: OrderOrChanged, limit: int
) -> tuple[Page[bytes, object], str | None]:
    """A page of entries, and the address of the next one."""
    page: Page[bytes, object]
    if order == "changed":
        if listing.published_by is not None:
            message = "what changed last is told by the record; `published_by` goes with another `order`"
            raise Malformed(message, path="published_by")
        change = view.page_start(ChangeKey, *listing.parts(order))
        page = await recent_page(connection, view.moment, listing.filter, after=change, limit=limit)
    else:
        page = await read_entry_page(connection, view.moment, listing.query(view, order, limit))
    return page, view.next_url(page.next, *listing.parts(order))


async def _export(
    export: Export[EntryWriter],
    view: ViewRequest,
    listing: EntryListing,
    order: AnyOrder,
    limit: int | None,
) -> Response[Any]:
    """The entries in another format than JSON: a page if the request asks for one, else all of them."""
    view.set_format(export.format)
    order = order or ("changed" if export.format in FEEDS else "desc")
    if limit is not None or view.is_continued or export.format in FEEDS or order == "changed":
        size = page_limit(limit, export.service)
        page, next_url = await _page(export.connection, view, listing, order, size)
        head = await export.describe_document(view.url, next_url)
        return export.page(head, export.writer.entries, page, next_url)
    query = listing.query(view, order, PAGE_ROWS)
    return await export.stream(
        await export.describe_document(view.url),
        export.writer.entries,
        all_entries(export.service.heavy_reads.next_connection, view.moment, query),
        await count_published(export.connection, view.moment, query),
    )


@get(
    "/v1/timelines/{timeline:str}/entries/{id:uuid}",
    operation_id="getEntry",
    opt=IS_VIEW,
    summary="One development with all its versions",
    tags=["Views"],
    responses=problem_responses(400, 404, 422, 503),
)
async def get_entry(  # noqa: PLR0913 - the parts of the request
    timeline: TimelineId,  # noqa: ARG001 - read by the dependencies
    id: EventIdPath,  # noqa: A002 - the field's name in the vocabulary
    view: NamedDependency[ViewRequest],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    published_by: PublishedBy = None,
    limit: Limit = None,
) -> Response[EntryHistory]:
    """The development as it stands, and each version with the record that made it.

    With `published_by` all of this is as the world knew it by then: each version shows what had been
    published of what the record then held, and versions that do not differ by then are one.
    """
    publication = None if published_by is None else read_time(published_by)
    size, position = page_limit(limit, service), view.moment.position
    before = view.page_start(int, "versions", id) or position + 1
    versions, is_continued = await entry_versions(connection, view.moment, id, before=before, limit=size)
    latest = versions[0]
    if before <= position:  # not on the first page
        [latest], _ = await entry_versions(connection, view.moment, id, before=position + 1, limit=1)
    next_url = view.next_url(versions[-1].from_position if is_continued else None, "versions", id)
    document = latest.document
    if publication is not None:
        document = await published_entry(connection, view.moment, publication, id)
        versions = await published_versions(connection, view.moment, publication, id, versions)
    history = EntryHistory(
        **view.common_fields,
        published_by=publication,
        entry=raw_document(document),
        versions=[
            EntryVersion(from_position=first, before_position=end, entry=raw_document(document))
            for first, end, document in versions
        ],
        names=await names_of(
            connection,
            view.moment,
            [document, *(version.document for version in versions)],
            publication,
        ),
        next=next_url,
    )
    return Response(history, headers=link_next(next_url))
