"""The timeline view, and one development with all its versions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple, cast

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import Parameter, QueryParameter
from msgspec import Raw
from msgspec.structs import replace

from timeline.api.caching import IS_VIEW
from timeline.api.exports import Export
from timeline.api.negotiation import FORMATS, NOT_ACCEPTABLE, Hxl, choose_format, new_writer
from timeline.api.parameters import (
    BOX_PATTERN,
    DATE_OR_TIME_PATTERN,
    DATE_WORDS,
    FILLED_PATTERN,
    ActorFilter,
    AnyRequest,
    EventIdPath,
    Limit,
    Tags,
    TimelineId,
    ViewRequest,
    link_next,
    page_limit,
    read_span,
)
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.domain.errors import Malformed
from timeline.domain.scalars import SLUG_PATTERN
from timeline.formats.registry import ENTRY_FORMATS, FEEDS
from timeline.formats.writers import EntryPage
from timeline.postgres import Connection
from timeline.views.queries.actors import about
from timeline.views.queries.entries import (
    EntryFilter,
    EntryQuery,
    bytes_of,
    entry_page,
    read_change_key,
    ready,
    recent_page,
)
from timeline.views.queries.exports import PAGE_ROWS, all_entries, count_entries
from timeline.views.queries.history import entry_versions
from timeline.views.queries.names import names_of
from timeline.views.responses import EntryHistory, TimelineView

Order = Annotated[
    Literal["desc", "asc"],
    Parameter(description="By when it happened: the latest first, or the earliest first."),
]
AnyOrder = Annotated[
    Literal["desc", "asc", "changed"] | None,
    Parameter(
        description="By when it happened, the latest (`desc`) or the earliest first; or what changed last"
        " first. If absent, `changed` in feeds, else `desc`."
    ),
]
EntryFormat = Annotated[
    Literal["json", "geojson", "csv", "parquet", "atom", "jsonfeed", "timelinejs"] | None,
    QueryParameter(
        name="format",
        description="The answer's format; stands before `Accept`. But for JSON and feeds, all entries are"
        " streamed if there is no `limit`.",
    ),
]
_TYPES = Literal[
    "deployment",
    "casualty_estimate",
    "equipment_loss",
    "capture",
    "engagement",
    "territorial_change",
    "official_statement",
    "evidence",
]
_STATUSES = Literal["reported", "confirmed", "denied", "contested", "retracted", "merged"]


def provide_filter(  # noqa: PLR0913 - a filter is these
    kinds: Annotated[
        list[_TYPES] | None, QueryParameter(name="type", description="Any of these types.")
    ] = None,
    claimant: Annotated[str | None, Parameter(description="Who asserts it.", pattern=SLUG_PATTERN)] = None,
    place: Annotated[
        str | None,
        Parameter(
            description="Name, admin1 or country of its place.", pattern=FILLED_PATTERN, max_length=500
        ),
    ] = None,
    bbox: Annotated[
        str | None,
        Parameter(
            description="west,south,east,north in degrees; a west beyond the east crosses the antimeridian.",
            pattern=BOX_PATTERN,
            max_length=100,
        ),
    ] = None,
    since: Annotated[
        str | None,
        QueryParameter(
            name="from",
            description=f"Nothing that was over before. {DATE_WORDS}",
            pattern=DATE_OR_TIME_PATTERN,
        ),
    ] = None,
    until: Annotated[
        str | None,
        QueryParameter(
            name="to", description=f"Nothing that began after. {DATE_WORDS}", pattern=DATE_OR_TIME_PATTERN
        ),
    ] = None,
    q: Annotated[
        str | None,
        Parameter(description='Words, "phrases", or, -not.', pattern=FILLED_PATTERN, max_length=500),
    ] = None,
    tag: Tags = None,
    status: Annotated[
        list[_STATUSES] | None,
        Parameter(description="Any of these; if absent, all but `retracted` and `merged`."),
    ] = None,
) -> EntryFilter:
    """Which entries are asked for."""
    return EntryFilter(
        types=tuple(sorted(set(kinds or ()))),
        statuses=tuple(sorted(set(status or ()))),
        tags=tuple(sorted(set(tag or ()))),
        claimant=claimant,
        place=place,
        bbox=_box(bbox) if bbox else None,
        since=read_span(since),
        until=read_span(until),
        words=q,
    )


def _box(text: str) -> tuple[float, float, float, float]:
    west, south, east, north = (float(part) for part in text.split(","))
    if south > north:
        raise Malformed("a box is west,south,east,north, and its south lies beyond its north", path="bbox")
    return west, south, east, north


class _Page(NamedTuple):
    """A page of entries ready to send, and where the next one is."""

    documents: Sequence[bytes]
    names: dict[str, str]
    changed_at: Sequence[datetime]
    next: str | None


async def _page(
    connection: Connection, asked: ViewRequest, wanted: EntryFilter, order: str, limit: int
) -> _Page:
    walk_key = ("entries", wanted, order)
    if order == "changed":
        key = asked.after(str, *walk_key)
        after = read_change_key(key) if key is not None else None
        recent = await recent_page(connection, asked.moment, wanted, after=after, limit=limit)
        following = asked.next(recent.following and str(recent.following), *walk_key)
        return _Page(recent.documents, recent.names, recent.changed_at, following)
    found = await entry_page(connection, asked.moment, _walk(asked, wanted, order, limit))
    return _Page(bytes_of(found.entries), found.names, (), asked.next(found.following, *walk_key))


def _walk(asked: ViewRequest, wanted: EntryFilter, order: str, limit: int) -> EntryQuery:
    after = asked.after(int, "entries", wanted, order)
    return EntryQuery(filter=wanted, order=cast("Literal['asc', 'desc']", order), limit=limit, after=after)


@get(
    "/v1/timelines/{timeline:str}",
    operation_id="getTimeline",
    opt=IS_VIEW | {FORMATS: ENTRY_FORMATS},
    summary="The timeline, now or at any position",
    tags=["Views"],
    responses=problem_responses(400, 404, *NOT_ACCEPTABLE, 503),
)
async def get_timeline(  # noqa: PLR0913 - the parts of the request
    request: AnyRequest,
    timeline: TimelineId,  # noqa: ARG001 - read by the dependencies
    asked: NamedDependency[ViewRequest],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    entry_filter: NamedDependency[EntryFilter],
    actor: ActorFilter = None,
    order: AnyOrder = None,
    limit: Limit = None,
    form: EntryFormat = None,
    hxl: Hxl = False,
) -> Response[TimelineView]:
    """Entries in order of time, filtered. All pages of a walk share a position, so a walk is a snapshot."""
    wanted = replace(entry_filter, actor=actor)
    name = choose_format(request, form)
    writer = new_writer(ENTRY_FORMATS, name, hxl=hxl)
    if writer is not None:
        export = Export(request, service, connection, asked.moment, name, writer)
        return await _export(export, asked, wanted, order, limit)
    page = await _page(connection, asked, wanted, order or "desc", page_limit(limit, service))
    described = await about(connection, asked.moment)
    view = TimelineView(
        **asked.head,
        about=Raw(described) if described else None,  # type: ignore[arg-type] # ready to send
        entries=ready(page.documents),
        names=page.names,
        next=page.next,
    )
    return Response(view, headers=link_next(page.next))


async def _export(
    export: Export, asked: ViewRequest, wanted: EntryFilter, order: str | None, limit: int | None
) -> Response[Any]:
    """The entries in another format than JSON: a page if one was asked for, else all of them."""
    asked.in_format(export.format)
    order = order or ("changed" if export.format in FEEDS else "desc")
    if limit is not None or asked.goes_on or export.format in FEEDS or order == "changed":
        size = page_limit(limit, export.service)
        page = await _page(export.connection, asked, wanted, order, size)
        held = EntryPage(page.documents, page.names, page.changed_at)
        return export.page(await export.head(asked.url, page.next), export.writer.entries, held, page.next)
    walk = _walk(asked, wanted, order, PAGE_ROWS)
    return export.stream(
        await export.head(asked.url),
        export.writer.entries,
        all_entries(export.service.pool.connection, asked.moment, walk),
        await count_entries(export.connection, asked.moment, walk),
    )


@get(
    "/v1/timelines/{timeline:str}/entries/{id:uuid}",
    operation_id="getEntry",
    opt=IS_VIEW,
    summary="One development with all its versions",
    tags=["Views"],
    responses=problem_responses(400, 404, 503),
)
async def get_entry(  # noqa: PLR0913 - the parts of the request
    timeline: TimelineId,  # noqa: ARG001 - read by the dependencies
    id: EventIdPath,  # noqa: A002 - the field's name in the vocabulary
    asked: NamedDependency[ViewRequest],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    limit: Limit = None,
) -> Response[EntryHistory]:
    """The development as it stands, and each version with the record that made it so."""
    size = page_limit(limit, service)
    before = asked.after(int, "versions", id) or asked.moment.position + 1
    found = await entry_versions(connection, asked.moment, id, before=before, limit=size + 1)
    versions = found[:size]
    is_first = before > asked.moment.position
    now = (
        versions
        if is_first
        else await entry_versions(connection, asked.moment, id, before=asked.moment.position + 1, limit=1)
    )
    documents = [bytes(version.entry) for version in versions]  # type: ignore[call-overload] # ready to send
    following = asked.next(versions[-1].from_position if len(found) > size else None, "versions", id)
    history = EntryHistory(
        **asked.head,
        entry=now[0].entry,
        versions=versions,
        names=await names_of(connection, asked.moment, documents),
        next=following,
    )
    return Response(history, headers=link_next(following))
