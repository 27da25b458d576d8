"""The actors of a timeline: who they are, and every entry that names one of them."""

from litestar import Response, get
from litestar.di import NamedDependency
from msgspec.structs import replace

from timeline.api.addresses import link_next
from timeline.api.caching import IS_VIEW
from timeline.api.entries import Order
from timeline.api.parameters import ActorId, Limit, Parts, TimelineId
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.api.view_request import ViewRequest, page_limit, raw_document, raw_documents
from timeline.postgres import Connection
from timeline.views.queries import actors as queries
from timeline.views.queries.entries import EntryQuery, entry_page
from timeline.views.queries.entry_filter import EntryFilter
from timeline.views.responses import ActorList, ActorView


@get(
    "/v1/timelines/{timeline:str}/actors",
    operation_id="getActors",
    opt=IS_VIEW,
    summary="The actors that a timeline names",
    tags=["Views"],
    responses=problem_responses(400, 404, 410, 503),
)
async def get_actors(
    timeline: TimelineId,  # noqa: ARG001 - read by the dependencies
    view: NamedDependency[ViewRequest],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    limit: Limit = None,
) -> Response[ActorList]:
    """By id: every actor that has a profile or is named in a standing entry."""
    size = page_limit(limit, service)
    after = view.page_start(str, "actors") or ""
    rows = await queries.actor_page(connection, view.moment, after=after, limit=size + 1)
    next_url = view.next_url(rows[size - 1].id if len(rows) > size else None, "actors")
    actors = raw_documents(row.document for row in rows[:size])
    answer = ActorList(**view.common_fields, actors=actors, next=next_url)
    return Response(answer, headers=link_next(next_url))


@get(
    "/v1/timelines/{timeline:str}/actors/{actor_id:str}",
    operation_id="getActor",
    opt=IS_VIEW,
    summary="One actor, and every entry that names it or one of its parts",
    tags=["Views"],
    responses=problem_responses(400, 404, 410, 503),
)
async def get_actor(  # noqa: PLR0913 - the parts of the request
    timeline: TimelineId,  # noqa: ARG001 - read by the dependencies
    actor_id: ActorId,
    view: NamedDependency[ViewRequest],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    entry_filter: NamedDependency[EntryFilter],
    parts: Parts = None,
    order: Order = "desc",
    limit: Limit = None,
) -> Response[ActorView]:
    """What it and what belongs to it did, said, claimed and suffered, with their roles in each entry.

    With `parts=false` only what names the actor itself.
    """
    entry_filter = replace(entry_filter, actor=actor_id, parts=parts is not False)
    listing = ("entries", entry_filter, order)
    document = await queries.actor(connection, view.moment, actor_id)
    size, after = page_limit(limit, service), view.page_start(int, *listing)
    query = EntryQuery(filter=entry_filter, order=order, limit=size, after=after)
    page = await entry_page(connection, view.moment, query)
    answer = ActorView(
        **view.common_fields,
        actor=raw_document(document),
        parts=raw_documents(await queries.parts_of(connection, view.moment, actor_id)),
        entries=raw_documents(page.documents),
        names=page.names,
        next=view.next_url(page.next, *listing),
    )
    return Response(answer, headers=link_next(answer.next))
