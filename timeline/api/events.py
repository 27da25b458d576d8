"""Posting events, and reading the log as it is."""

import re
from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.params import Parameter
from msgspec import Raw

from timeline.api.access import author, require_write_token
from timeline.api.bodies import EVENT_READERS, PostEvents, media_type
from timeline.api.parameters import EventId, Limit, TimelineId, link_next, page_limit
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.domain.errors import Malformed
from timeline.domain.events import EVENT_TYPES
from timeline.log import reader
from timeline.log.posts import Outcome, Post
from timeline.log.reader import Connection
from timeline.views.answers import EventOutcome, LogPage, Receipt, RecordDocument

_IF_MATCH = re.compile(r'"(\d{1,18})"', re.ASCII)


@post(
    "/v1/timelines/{timeline:str}/events",
    operation_id="postEvents",
    operation_class=PostEvents,
    summary="Post one event, an array, or CloudEvents",
    tags=["Record"],
    guards=[require_write_token],
    security=[{"writeToken": []}],
    responses=problem_responses(400, 401, 404, 409, 412, 413, 415, 422, 503),
)
async def post_events(
    request: Request[Any, Any, Any],
    timeline: TimelineId,
    service: Service,
    if_match: Annotated[
        str | None,
        Parameter(
            header="If-Match",
            description='The position at which the log must stand, as `"17"`; 412 if it does not.',
        ),
    ] = None,
) -> Response[Receipt]:
    """All events of a body are taken in, or none. An id makes a retry harmless: it gets the first outcome."""
    kind = media_type(request, *EVENT_READERS)
    events = EVENT_READERS[kind](await request.body(), service.settings.array_events_max)
    if not events:
        raise Malformed("the array holds no event", path="$")
    posted = Post.of(tuple(events), author(service), _expected(if_match))
    outcomes = await service.appender.append(timeline, posted)
    receipt = Receipt(
        timeline=timeline,
        position=max(outcome.position for outcome in outcomes),
        outcomes=[_event_outcome(timeline, outcome) for outcome in outcomes],
    )
    created = any(not outcome.duplicate for outcome in outcomes)
    return Response(receipt, status_code=201 if created else 200)


def _expected(if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    found = _IF_MATCH.fullmatch(if_match.strip())
    if found is None:
        raise Malformed('If-Match takes one position in quotes, such as "17", or *', path="If-Match")
    return int(found[1])


def _event_outcome(timeline: str, outcome: Outcome) -> EventOutcome:
    return EventOutcome(
        id=outcome.id,
        position=outcome.position,
        recorded_at=outcome.recorded_at,
        duplicate=outcome.duplicate,
        url=f"/v1/timelines/{timeline}/events/{outcome.id}",
    )


@get(
    "/v1/timelines/{timeline:str}/events",
    operation_id="getEvents",
    summary="The log itself, verbatim",
    tags=["Record"],
    responses=problem_responses(400, 404, 503),
)
async def get_events(  # noqa: PLR0913 - the parts of the request
    timeline: TimelineId,
    connection: Connection,
    service: Service,
    after: Annotated[int, Parameter(description="The position to go on after.", ge=0, lt=1 << 60)] = 0,
    limit: Limit = None,
    kinds: Annotated[
        list[str] | None, Parameter(query="type", description="Events of these types only.", max_items=20)
    ] = None,
) -> Response[LogPage]:
    """Records in the order of the log, byte for byte as they are stored and hashed."""
    if unknown := set(kinds or ()) - set(EVENT_TYPES):
        raise Malformed(f"there is no event type {min(unknown)!r}", path="type")
    size = page_limit(limit, service)
    now = await reader.moment(connection, timeline)
    rows = await reader.records(
        connection, timeline, after=after, until=now.head, limit=size + 1, types=kinds or ()
    )
    shown = rows[:size]
    following = None
    if len(rows) > size:
        query = [("after", shown[-1][0]), ("limit", size), *(("type", kind) for kind in kinds or ())]
        following = f"/v1/timelines/{timeline}/events?{urlencode(query)}"
    page = LogPage(
        timeline=timeline,
        head=now.head,
        records=[Raw(record) for _, record in shown],  # type: ignore[misc] # verbatim
        next=following,
    )
    return Response(page, headers=link_next(following))


@get(
    "/v1/timelines/{timeline:str}/events/{id:uuid}",
    operation_id="getEvent",
    summary="One record, verbatim",
    tags=["Record"],
    responses=problem_responses(400, 404, 503),
)
async def get_event(
    timeline: TimelineId,
    id: EventId,  # noqa: A002 - the field's name in the vocabulary
    connection: Connection,
) -> RecordDocument:
    """The record that holds the event, byte for byte as it is stored and hashed."""
    await reader.moment(connection, timeline)
    return Raw(await reader.record(connection, timeline, id))  # type: ignore[return-value] # verbatim
