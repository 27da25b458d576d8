"""The whole lists of an entry: each is a listing of its own, in the order that it has in the entry."""

from collections.abc import Callable
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler

from timeline.api.addresses import link_next
from timeline.api.caching import IS_VIEW
from timeline.api.parameters import EventIdPath, Limit, PublishedBy, TimelineId, read_time
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.api.view_request import ViewRequest, page_limit
from timeline.postgres import Connection
from timeline.views import entry_list_responses as responses
from timeline.views.queries.entry_lists import read_entry_list
from timeline.views.queries.names import names_of_actors

_ACTORS: dict[str, Callable[[Any], str]] = {
    "statements": lambda mention: str(mention.speaker),
    "verifications": lambda mention: str(mention.claimant),
}
"""Whom an item of a list names."""


def _list_handler(
    name: str, operation_id: str, answer_type: type[responses.EntryList], summary: str
) -> HTTPRouteHandler:
    """The handler that answers with one of the lists.

    They differ in nothing but the list: each has an operation, so that its answer has one type.
    """

    async def answer_list(  # noqa: PLR0913 - the parts of the request
        timeline: TimelineId,  # noqa: ARG001 - read by the dependencies
        id: EventIdPath,  # noqa: A002 - the field's name in the vocabulary
        view: NamedDependency[ViewRequest],
        connection: NamedDependency[Connection],
        service: NamedDependency[Service],
        published_by: PublishedBy = None,
        limit: Limit = None,
    ) -> Response[Any]:
        """In the order of words, as in the entry, which has the newest; tolls and amendments as recorded."""
        publication = None if published_by is None else read_time(published_by)
        listing = ("entry", id, name, published_by)
        offset, size = view.offset(*listing), page_limit(limit, service)
        page, total = await read_entry_list(
            connection, view.moment, id, publication, name, slice(offset, offset + size)
        )
        actors = {_ACTORS[name](item) for item in page} if name in _ACTORS else set()
        next_url = view.next_url(offset + size if total > offset + size else None, *listing)
        answer = answer_type(
            **{**view.common_fields, name: page},
            published_by=publication,
            entry=id,
            total=total,
            names=await names_of_actors(connection, view.moment, actors, publication),
            next=next_url,
        )
        return Response(answer, headers=link_next(next_url))

    answer_list.__annotations__["return"] = Response[answer_type]  # type: ignore[valid-type] # it is the type
    return get(
        f"/v1/timelines/{{timeline:str}}/entries/{{id:uuid}}/{name}",
        operation_id=operation_id,
        opt=IS_VIEW,
        summary=summary,
        tags=["Views"],
        responses=problem_responses(400, 404, 422, 503),
    )(answer_list)


ENTRY_LIST_HANDLERS = (
    _list_handler(
        "statements", "getEntryStatements", responses.StatementList, "All standing statements about an entry"
    ),
    _list_handler(
        "evidence", "getEntryEvidence", responses.EvidenceList, "All standing evidence of an entry"
    ),
    _list_handler(
        "verifications",
        "getEntryVerifications",
        responses.VerificationList,
        "All standing verifications of an entry",
    ),
    _list_handler("tolls", "getEntryTolls", responses.TollList, "All reports of a count for an entry"),
    _list_handler(
        "amendments", "getEntryAmendments", responses.AmendmentList, "All standing amendments of an entry"
    ),
)
