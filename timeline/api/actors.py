"""The actors of a timeline: who they are, and every entry that names one of them."""

from litestar import Response, get
from litestar.di import NamedDependency
from msgspec.structs import replace

from timeline.api.addresses import link_next
from timeline.api.caching import IS_VIEW
from timeline.api.entries import EntryListing, Order
from timeline.api.parameters import ActorId, Limit, Parts, PublishedBy, TimelineId, read_time
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.api.view_request import ViewRequest, page_limit, raw_document, raw_documents
from timeline.postgres import Connection
from timeline.views.queries import actors as queries
from timeline.views.queries.entry_filter import NO_FILTER, EntryFilter
from timeline.views.queries.names import names_of_profiles
from timeline.views.queries.published_entries import count_unknown, past_actors, read_entry_page
from timeline.views.responses import ActorList, ActorView


@get(
    "/v1/timelines/{timeline:str}/actors",
    operation_id="getActors",
    opt=IS_VIEW,
    summary="The actors that a timeline names",
    tags=["Views"],
    responses=problem_responses(400, 404, 422, 503),
)
async def get_actors(  # noqa: PLR0913 - the parts of the request
    timeline: TimelineId,  # noqa: ARG001 - read by the dependencies
    view: NamedDependency[ViewRequest],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    published_by: PublishedBy = None,
    limit: Limit = None,
) -> Response[ActorList]:
    """By id: every actor that has a profile or is named in a standing entry."""
    size = page_limit(limit, service)
    publication = None if published_by is None else read_time(published_by)
    listing = ("actors", *(() if publication is None else (publication,)))
    after = view.page_start(str, *listing) or ""
    past = await past_actors(connection, view.moment, publication)
    rows = await queries.actor_page(connection, view.moment, after=after, limit=size + 1, past=past)
    next_url = view.next_url(rows[size - 1].id if len(rows) > size else None, *listing)
    actors = raw_documents(row.document for row in rows[:size])
    names = await names_of_profiles(
        connection, view.moment, [row.document for row in rows[:size]], publication
    )
    answer = ActorList(
        **view.common_fields,
        published_by=publication,
        publication_unknown=await count_unknown(connection, view.moment, NO_FILTER, publication),
        actors=actors,
        names=names,
        next=next_url,
    )
    return Response(answer, headers=link_next(next_url))


@get(
    "/v1/timelines/{timeline:str}/actors/{actor_id:str}",
    operation_id="getActor",
    opt=IS_VIEW,
    summary="One actor, and every entry that names it or one of its parts",
    tags=["Views"],
    responses=problem_responses(400, 404, 422, 503),
)
async def get_actor(  # noqa: PLR0913 - the parts of the request
    timeline: TimelineId,  # noqa: ARG001 - read by the dependencies
    actor_id: ActorId,
    view: NamedDependency[ViewRequest],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    entry_filter: NamedDependency[EntryFilter],
    parts: Parts = None,
    published_by: PublishedBy = None,
    order: Order = "desc",
    limit: Limit = None,
) -> Response[ActorView]:
    """What it and what belongs to it did, said, claimed and suffered, with their roles in each entry.

    With `parts=false` only what names the actor itself.
    """
    entry_filter = replace(entry_filter, actor=actor_id, parts=parts is not False)
    listing = EntryListing(entry_filter, None if published_by is None else read_time(published_by))
    past = await past_actors(connection, view.moment, listing.published_by)
    document = await queries.actor(connection, view.moment, actor_id, past=past)
    query = listing.query(view, order, page_limit(limit, service))
    page = await read_entry_page(connection, view.moment, query)
    parts_of_actor = await queries.parts_of(connection, view.moment, actor_id, past)
    names = await names_of_profiles(
        connection, view.moment, [document, *parts_of_actor], listing.published_by
    )
    answer = ActorView(
        **view.common_fields,
        published_by=listing.published_by,
        publication_unknown=await count_unknown(
            connection, view.moment, listing.filter, listing.published_by
        ),
        actor=raw_document(document),
        parts=raw_documents(parts_of_actor),
        entries=raw_documents(page.documents),
        names={**names, **page.names},
        next=view.next_url(page.next, *listing.parts(order)),
    )
    return Response(answer, headers=link_next(answer.next))
