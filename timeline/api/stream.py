"""The log as server-sent events: resumed by position, filtered, and ended in an orderly way."""

from collections.abc import AsyncIterator, Collection, Sequence
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
from timeline.log.subscription import SubscribedRecord, TooSlow
from timeline.postgres import UNAVAILABLE_ERRORS

MEDIA_TYPE = "text/event-stream"
PING = b": nothing new\n\n"
RETRY_MS = 1_000


@get(
    "/v1/timelines/{timeline:str}/events/stream",
    operation_id="streamEvents",
    summary="Records as they come, as server-sent events",
    tags=["Record"],
    responses={
        200: ResponseSpec(
            str,
            description="Events `record`, the position as `id`; at the end an event `end` with the reason.",
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
        Parameter(description="The position to go on after; the head if absent.", ge=0, le=(1 << 53) - 1),
    ] = None,
    last_event_id: Annotated[
        str | None,
        HeaderParameter(
            name="Last-Event-ID",
            description="The position of the last record received; stands before `after`.",
            pattern=POSITION_PATTERN,
        ),
    ] = None,
    kinds: EventTypes = None,
    actor: ActorFilter = None,
) -> Stream:
    """Every record after a position, verbatim, then each new one; a comment now and then keeps it open."""
    head = (await service.heads.current(timeline)).position
    if service.feed.readers >= service.settings.stream_readers_max:
        raise Unavailable("as many streams are open as this process serves; try again")
    start = int(last_event_id) if last_event_id else after
    lines = _lines(service, timeline, head if start is None else start, kinds or (), actor)
    return Stream(
        lines, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )


async def _lines(
    service: Service, timeline: str, after: int, kinds: Collection[str], actor: str | None
) -> AsyncIterator[bytes]:
    """The stream's text; an exception in the middle would cut it off, so every end is told as an event."""
    yield f"retry: {RETRY_MS}\n\n".encode()
    reason, last = "shutdown", after
    try:
        async for chunk in service.feed.follow(timeline, after):
            text = b"".join(_event(item) for item in _wanted(chunk, kinds, actor))
            last = chunk[-1].position if chunk else last
            yield text or PING
    except TooSlow:
        reason = "too-slow"
    except UNAVAILABLE_ERRORS:
        reason = "unavailable"
    yield f'event: end\ndata: {{"reason":"{reason}","position":{last}}}\n\n'.encode()


def _wanted(
    chunk: Sequence[SubscribedRecord], kinds: Collection[str], actor: str | None
) -> list[SubscribedRecord]:
    return [
        item
        for item in chunk
        if (not kinds or item.type in kinds) and (actor is None or actor in item.actors)
    ]


def _event(item: SubscribedRecord) -> bytes:
    return b"id: %d\nevent: record\ndata: %s\n\n" % (item.position, item.record)
