"""The log as server-sent events: resumed by position, filtered, and ended with a reason."""

from collections.abc import AsyncIterator, Collection
from typing import Annotated, NamedTuple

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import HeaderParameter, Parameter
from litestar.response import Stream

from timeline.api.caching import IS_LIVE
from timeline.api.events import EventTypes
from timeline.api.parameters import STREAM_ID_PATTERN, ActorFilter, TimelineId
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.domain.errors import Unavailable
from timeline.domain.scalars import EXACT_INTEGER_MAX
from timeline.log.reader import read_moment
from timeline.log.subscription import SubscribedRecord, TooSlow
from timeline.postgres import UNAVAILABLE_ERRORS

MEDIA_TYPE = "text/event-stream"
PING = b": nothing new\n\n"
RETRY_MS = 1_000
CHUNK_BYTES_MIN = 50_000
"""From which size on text is sent: a reader may leave it unread."""

MARK_LENGTH = 12
"""How many of the lineage's hexadecimal digits an event's id has."""


class Start(NamedTuple):
    """After which position a stream begins, the mark of its log, and why not where it was to begin, if so."""

    after: int
    mark: str
    reset: str | None


class Selection(NamedTuple):
    """Which records a stream sends: of these types, if any is named, and that name this actor."""

    types: Collection[str]
    actor: str | None

    def covers(self, record: SubscribedRecord) -> bool:
        """Whether a record is sent."""
        is_of_type = not self.types or record.type in self.types
        return is_of_type and (self.actor is None or self.actor in record.actors)


@get(
    "/v1/timelines/{timeline:str}/events/stream",
    operation_id="streamEvents",
    opt=IS_LIVE,
    summary="New records as server-sent events",
    tags=["Record"],
    responses={
        200: ResponseSpec(
            str,
            description="Events `record`, whose `id` is the position, and after a hyphen the beginning of the"
            " log's lineage; last, an event `end` with the reason. First an event `reset`, where the request"
            " asks to go on after a position that the log has not reached (`ahead`), or in another log of"
            " this name (`other_log`): its `position` and `id` are the log's head, after which the stream"
            " goes on, and what the client holds has to be read again.",
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
            description="The `id` of the last event received; takes precedence over `after`.",
            pattern=STREAM_ID_PATTERN,
        ),
    ] = None,
    types: EventTypes = None,
    actor: ActorFilter = None,
) -> Stream:
    """Every record after a position, verbatim, then each new one; comments keep an idle stream open."""
    head = (await service.heads.current(timeline)).position
    mark = (await service.heads.lineage(timeline)).hex[:MARK_LENGTH]
    position, _, last_mark = (last_event_id or "").partition("-")
    start = int(position) if position else head if after is None else after
    if start > head:  # by what this process knows; another one may have moved the log since
        async with service.pool.connection() as connection:
            head = (await read_moment(connection, timeline)).head
    reset = "other_log" if last_mark not in ("", mark) else "ahead" if start > head else None
    if service.subscriptions.readers >= service.settings.stream_readers_max:
        raise Unavailable("this process has no capacity for another stream; try again")
    begin = Start(head if reset else start, mark, reset)
    return Stream(
        _chunks(service, timeline, begin, Selection(types or (), actor)),
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _chunks(
    service: Service, timeline: str, start: Start, selection: Selection
) -> AsyncIterator[bytes]:
    """The stream's text. An exception would cut it off, so each end is sent as an event with its reason."""
    yield f"retry: {RETRY_MS}\n\n".encode()
    after, mark = start.after, start.mark
    if start.reset is not None:
        # the id has a browser resume from there: it would else ask for the same position again and again
        data = f'{{"reason":"{start.reset}","position":{after}}}'
        yield f"id: {after}-{mark}\nevent: reset\ndata: {data}\n\n".encode()
    reason, last_position = "shutdown", after
    try:
        async for records in service.subscriptions.follow(timeline, after):
            text = bytearray()
            for record in records:
                last_position = record.position
                if selection.covers(record):
                    text += b"id: %d-%s\nevent: record\ndata: " % (record.position, mark.encode())
                    if len(record.record) > CHUNK_BYTES_MIN:  # sent as it is: all readers share it
                        yield _take(text)
                        yield record.record
                    else:
                        text += record.record
                    text += b"\n\n"
                if len(text) > CHUNK_BYTES_MIN:
                    yield _take(text)
            yield _take(text) or PING
    except TooSlow:
        reason = "too-slow"
    except UNAVAILABLE_ERRORS:
        reason = "unavailable"
    yield f'event: end\ndata: {{"reason":"{reason}","position":{last_position}}}\n\n'.encode()


def _take(text: bytearray) -> bytes:
    """The text, which is emptied: while its reader does not read it, it is held only once."""
    content = bytes(text)
    text.clear()
    return content
