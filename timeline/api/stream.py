"""The log as server-sent events: resumed by position, filtered, and ended with a reason."""

from collections.abc import AsyncIterator, Collection
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import HeaderParameter, Parameter
from litestar.response import Stream

from timeline.api.events import EventTypes
from timeline.api.parameters import POSITION_PATTERN, ActorFilter, TimelineId
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.domain.errors import Unavailable
from timeline.domain.scalars import EXACT_INTEGER_MAX
from timeline.log.subscription import TooSlow
from timeline.postgres import UNAVAILABLE_ERRORS

MEDIA_TYPE = "text/event-stream"
PING = b": nothing new\n\n"
RETRY_MS = 1_000


@get(
    "/v1/timelines/{timeline:str}/events/stream",
    operation_id="streamEvents",
    summary="New records as server-sent events",
    tags=["Record"],
    responses={
        200: ResponseSpec(
            str,
            description="Events `record` with the position as `id`; last, an event `end` with the reason.",
            media_type=MEDIA_TYPE,
            generate_examples=False,
        ),
        **problem_responses(400, 404, 503),
    },
)
async def stream_events(  # noqa: PLR0913 - the parts of the request
    timeline: TimelineId,
    service: NamedDependency[Service],
    after: Annotated[
        int | None,
        Parameter(
            description="Start after this position; after the head if absent.", ge=0, le=EXACT_INTEGER_MAX
        ),
    ] = None,
    last_event_id: Annotated[
        str | None,
        HeaderParameter(
            name="Last-Event-ID",
            description="The position of the last record received; takes precedence over `after`.",
            pattern=POSITION_PATTERN,
        ),
    ] = None,
    types: EventTypes = None,
    actor: ActorFilter = None,
) -> Stream:
    """Every record after a position, verbatim, then each new one; comments keep an idle stream open."""
    head = (await service.heads.current(timeline)).position
    if service.subscriptions.readers >= service.settings.stream_readers_max:
        raise Unavailable("this process has no capacity for another stream; try again")
    start = int(last_event_id) if last_event_id else after
    chunks = _chunks(service, timeline, head if start is None else start, types or (), actor)
    return Stream(
        chunks, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )


async def _chunks(
    service: Service, timeline: str, after: int, types: Collection[str], actor: str | None
) -> AsyncIterator[bytes]:
    """The stream's text. An exception would cut it off, so each end is sent as an event with its reason."""
    yield f"retry: {RETRY_MS}\n\n".encode()
    reason, last_position = "shutdown", after
    try:
        async for records in service.subscriptions.follow(timeline, after):
            text = b"".join(
                b"id: %d\nevent: record\ndata: %s\n\n" % (record.position, record.record)
                for record in records
                if (not types or record.type in types) and (actor is None or actor in record.actors)
            )
            last_position = records[-1].position if records else last_position
            yield text or PING
    except TooSlow:
        reason = "too-slow"
    except UNAVAILABLE_ERRORS:
        reason = "unavailable"
    yield f'event: end\ndata: {{"reason":"{reason}","position":{last_position}}}\n\n'.encode()
