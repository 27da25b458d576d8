"""Per-actor views: who is named in a timeline, and everything that names one of them."""

from litestar import Response, get
from litestar.di import NamedDependency
from msgspec.structs import replace

from timeline.api.caching import IS_VIEW
from timeline.api.entries import Order
from timeline.api.parameters import ActorId, Limit, TimelineId, ViewRequest, link_next, page_limit
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.postgres import Connection
from timeline.views.queries import actors as views
from timeline.views.queries.entries import EntryFilter, EntryQuery, entry_page
from timeline.views.responses import ActorList, ActorView


@get(
    "/v1/timelines/{timeline:str}/actors",
    operation_id="getActors",
    opt=IS_VIEW,
    summary="The actors that a timeline names",
    tags=["Views"],
    responses=problem_responses(400, 404, 503),
)
async def get_actors(
    timeline: TimelineId,  # noqa: ARG001 - read by the dependencies
    asked: NamedDependency[ViewRequest],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    limit: Limit = None,
) -> Response[ActorList]:
    """By id: every actor that has a profile or is named in a standing entry."""
    size = page_limit(limit, service)
    found = await views.actor_page(
        connection, asked.moment, after=asked.after(str, "actors") or "", limit=size + 1
    )
    following = asked.next(found[size - 1][0] if len(found) > size else None, "actors")
    page = ActorList(**asked.head, actors=[document for _, document in found[:size]], next=following)
    return Response(page, headers=link_next(following))


@get(
    "/v1/timelines/{timeline:str}/actors/{actor_id:str}",
    operation_id="getActor",
    opt=IS_VIEW,
    summary="One actor, and every entry that names it",
    tags=["Views"],
    responses=problem_responses(400, 404, 503),
)
async def get_actor(  # noqa: PLR0913 - the parts of the request
    timeline: TimelineId,  # noqa: ARG001 - read by the dependencies
    actor_id: ActorId,
    asked: NamedDependency[ViewRequest],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    entry_filter: NamedDependency[EntryFilter],
    order: Order = "desc",
    limit: Limit = None,
) -> Response[ActorView]:
    """What it did, said, claimed and suffered, with the roles that it has in each entry."""
    wanted = replace(entry_filter, actor=actor_id)
    walk_key = ("entries", wanted, order)
    who = await views.actor(connection, asked.moment, actor_id)
    walk = EntryQuery(
        filter=wanted, order=order, limit=page_limit(limit, service), after=asked.after(int, *walk_key)
    )
    page = await entry_page(connection, asked.moment, walk)
    following = asked.next(page.following, *walk_key)
    view = ActorView(
        **asked.head,
        actor=who,
        parts=list(await views.parts_of(connection, asked.moment, actor_id)),
        entries=page.entries,
        names=page.names,
        next=following,
    )
    return Response(view, headers=link_next(following))
