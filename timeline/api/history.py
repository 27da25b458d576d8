"""What changed: between two positions, and record by record."""

from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import QueryParameter
from litestar.response import Stream

from timeline.api.addresses import address, link_next, timeline_path
from timeline.api.caching import ENDS_AT_A_POSITION
from timeline.api.change_sets import change_set
from timeline.api.cursors import listing_digest, next_page_url, read_cursor
from timeline.api.heavy_reads import IS_HEAVY
from timeline.api.parameters import (
    AT_PATTERN,
    AnyRequest,
    CursorText,
    Limit,
    RulesVersion,
    TimelineId,
    read_at,
)
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.api.view_request import page_limit, raw_document
from timeline.domain.errors import Malformed, TooLarge, UnknownPosition
from timeline.formats.ndjson import MEDIA_TYPE as NDJSON
from timeline.log.reader import Moment, read_moment
from timeline.postgres import Connection
from timeline.views.queries.history import actors_of_changes, changes_between, replay
from timeline.views.queries.names import names_of_actors
from timeline.views.responses import Diff, ReplayStep

AfterPosition = Annotated[
    str | None,
    QueryParameter(
        name="after",
        description="Start after this position or time, or the end of this day by UTC; 0 if absent.",
        pattern=AT_PATTERN,
    ),
]
UntilPosition = Annotated[
    str | None,
    QueryParameter(
        name="to",
        description="End with this position or time, or the end of this day by UTC; with the head if absent.",
        pattern=AT_PATTERN,
    ),
]


async def _span(
    connection: Connection, timeline: str, since: str | None, until: str | None
) -> tuple[int, Moment]:
    """The position after which to begin, and the moment at which to end.

    Raises:
        Malformed: `after` lies beyond `to`.
        UnknownPosition: one of them lies ahead of the record.
    """
    end = await _moment(connection, timeline, until, "to")
    start = (await _moment(connection, timeline, since, "after")).position if since else 0
    if start > end.position:
        raise Malformed(f"`after` ({start}) lies beyond `to` ({end.position})", path="after")
    return start, end


async def _moment(connection: Connection, timeline: str, at: str | None, name: str) -> Moment:
    try:
        return await read_moment(connection, timeline, None if at is None else read_at(at))
    except UnknownPosition as error:
        error.path = name
        raise


@get(
    "/v1/timelines/{timeline:str}/diff",
    operation_id="getDiff",
    opt=ENDS_AT_A_POSITION | IS_HEAVY,
    summary="What changed between two positions",
    tags=["History"],
    responses=problem_responses(400, 404, 503),
)
async def get_diff(  # noqa: PLR0913 - the parts of the request
    timeline: TimelineId,
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    since: AfterPosition = None,
    until: UntilPosition = None,
    cursor: CursorText = None,
    limit: Limit = None,
    rules: RulesVersion = None,  # noqa: ARG001 - in addresses from before a change of the rules
) -> Response[Diff]:
    """Every entry, claim and profile that differs between the two positions, before and after."""
    start, end = await _span(connection, timeline, since, until)
    listing = ("diff", timeline, start)
    after = start
    if cursor is not None:
        continued = read_cursor(cursor)
        after = continued.key_as(int, listing_digest(*listing))
        end = await read_moment(connection, timeline, continued.position)
    changes, last = await changes_between(
        connection, end, start, after=after, limit=page_limit(limit, service)
    )
    path = f"{service.base}{timeline_path(timeline)}/diff"
    query: list[tuple[str, object]] = [("after", start), ("to", end.position), ("rules", end.rules)]
    if limit is not None:
        query.append(("limit", limit))
    next_url = next_page_url(path, query, end.position, last, *listing)
    diff = Diff(
        timeline=timeline,
        position=end.position,
        rules=end.rules,
        url=address(path, query if cursor is None else [*query, ("cursor", cursor)]),
        after_position=start,
        changes=change_set(changes),
        names=await names_of_actors(connection, end, actors_of_changes(changes)),
        next=next_url,
    )
    return Response(diff, headers=link_next(next_url))


@get(
    "/v1/timelines/{timeline:str}/replay",
    operation_id="getReplay",
    summary="Replay: each record, and what it changed",
    tags=["History"],
    responses={
        200: ResponseSpec(
            ReplayStep, description="One step per line.", media_type=NDJSON, generate_examples=False
        ),
        **problem_responses(400, 404, 413, 503),
    },
)
async def get_replay(  # noqa: PLR0913 - the parts of the request
    request: AnyRequest,
    timeline: TimelineId,
    service: NamedDependency[Service],
    since: AfterPosition = None,
    until: UntilPosition = None,
    rules: RulesVersion = None,  # noqa: ARG001 - in addresses from before a change of the rules
) -> Stream:
    """Newline-delimited JSON, in the order of the log; it breaks off where the rules change meanwhile."""
    async with service.heavy_reads.first_connection() as connection:
        start, end = await _span(connection, timeline, since, until)
    limit = service.settings.replay_records_max
    if limit and end.position - start > limit:
        raise TooLarge(f"a replay streams at most {limit} records; ask for fewer", limit=limit)
    await service.exports.take(request.scope)
    return Stream(_lines(service, end, start), media_type=NDJSON)


async def _lines(service: Service, end: Moment, start: int) -> AsyncIterator[bytes]:
    """Lines in chunks: one by one they cost more to send than to make."""
    encode = msgspec.json.Encoder().encode
    chunk = bytearray()
    async for record, changes, names in replay(service.heavy_reads.next_connection, end, start):
        step = ReplayStep(
            rules=end.rules, record=raw_document(record), changes=change_set(changes), names=names
        )
        chunk += encode(step) + b"\n"
        if len(chunk) > 1 << 16:
            yield bytes(chunk)
            chunk.clear()
    yield bytes(chunk)
