"""The timeline view, and one development with all its versions."""

from typing import Annotated, Literal

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import Parameter, QueryParameter
from msgspec import Raw
from msgspec.structs import replace

from timeline.api.caching import IS_VIEW
from timeline.api.parameters import (
    BOX_PATTERN,
    DATE_OR_TIME_PATTERN,
    FILLED_PATTERN,
    ActorFilter,
    Asked,
    EventId,
    Limit,
    TimelineId,
    link_next,
    page_limit,
)
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.domain.errors import Malformed
from timeline.domain.terms import SLUG_PATTERN, Slug
from timeline.domain.when import Span, parse
from timeline.postgres import Connection
from timeline.views.actors import about
from timeline.views.answers import EntryHistory, TimelineView
from timeline.views.history import entry_versions
from timeline.views.names import names_of
from timeline.views.pages import EntryFilter, Walk, entry_page

Order = Annotated[
    Literal["desc", "asc"],
    Parameter(description="By when it happened: the latest first, or the earliest first."),
]
_DATE = "An EDTF level-1 date or an RFC 3339 time."
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
            name="from", description=f"Nothing that was over before. {_DATE}", pattern=DATE_OR_TIME_PATTERN
        ),
    ] = None,
    until: Annotated[
        str | None,
        QueryParameter(
            name="to", description=f"Nothing that began after. {_DATE}", pattern=DATE_OR_TIME_PATTERN
        ),
    ] = None,
    q: Annotated[
        str | None,
        Parameter(description='Words, "phrases", or, -not.', pattern=FILLED_PATTERN, max_length=500),
    ] = None,
    tag: Annotated[
        list[Annotated[Slug, Parameter(pattern=SLUG_PATTERN, max_length=80)]] | None,
        Parameter(description="All of these tags.", max_items=20),
    ] = None,
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
        since=_span(since),
        until=_span(until),
        words=q,
    )


def _span(text: str | None) -> Span | None:
    # a plus sign that was not escaped in the address has come in as a blank
    return None if text is None else parse(text.replace(" ", "+"))


def _box(text: str) -> tuple[float, float, float, float]:
    west, south, east, north = (float(part) for part in text.split(","))
    if south > north:
        raise Malformed("a box is west,south,east,north, and its south lies beyond its north", path="bbox")
    return west, south, east, north


@get(
    "/v1/timelines/{timeline:str}",
    operation_id="getTimeline",
    opt=IS_VIEW,
    summary="The timeline, now or at any position",
    tags=["Views"],
    responses=problem_responses(400, 404, 503),
)
async def get_timeline(  # noqa: PLR0913 - the parts of the request
    timeline: TimelineId,  # noqa: ARG001 - read by the dependencies
    asked: NamedDependency[Asked],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    entry_filter: NamedDependency[EntryFilter],
    actor: ActorFilter = None,
    order: Order = "desc",
    limit: Limit = None,
) -> Response[TimelineView]:
    """Entries in order of time, filtered. All pages of a walk share a position, so a walk is a snapshot."""
    wanted = replace(entry_filter, actor=actor)
    walk_key = ("entries", wanted, order)
    walk = Walk(
        filter=wanted, order=order, limit=page_limit(limit, service), after=asked.after(int, *walk_key)
    )
    page = await entry_page(connection, asked.moment, walk)
    described = await about(connection, asked.moment)
    following = asked.next(page.following, *walk_key)
    view = TimelineView(
        **asked.head,
        about=Raw(described) if described else None,  # type: ignore[arg-type] # ready to send
        entries=page.entries,
        names=page.names,
        next=following,
    )
    return Response(view, headers=link_next(following))


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
    id: EventId,  # noqa: A002 - the field's name in the vocabulary
    asked: NamedDependency[Asked],
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
