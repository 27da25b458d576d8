"""Posting events, and reading the log as it is."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import HeaderParameter, Parameter, QueryParameter
from msgspec import Raw

from timeline.api.auth import author, authorized_service
from timeline.api.bodies import EVENT_READERS, PostEvents, media_type, read_body, read_chunks
from timeline.api.bulk_append import BulkAppend, BulkAppendReport, Limits, OnError
from timeline.api.exports import Export, vary
from timeline.api.negotiation import FORMATS, NOT_ACCEPTABLE, choose_format, new_writer
from timeline.api.parameters import (
    AT_PATTERN,
    IF_MATCH_PATTERN,
    AnyRequest,
    EventIdPath,
    Limit,
    TimelineId,
    link_next,
    page_limit,
    read_at,
)
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.domain.errors import Malformed
from timeline.formats.ndjson import MEDIA_TYPE as NDJSON
from timeline.formats.registry import RECORD_FORMATS
from timeline.log import reader
from timeline.log.posts import Outcome, Post
from timeline.postgres import Connection
from timeline.views.queries.exports import all_records
from timeline.views.responses import EventOutcome, LogPage, Receipt, RecordDocument

EventType = Literal[
    "deployment",
    "casualty_estimate",
    "equipment_loss",
    "capture",
    "engagement",
    "territorial_change",
    "official_statement",
    "evidence",
    "verification",
    "actor_profile",
    "timeline_profile",
    "correction",
    "retraction",
    "same_as",
    "series_reset",
]
EventTypes = Annotated[
    list[EventType] | None, QueryParameter(name="type", description="Events of these types only.")
]


@post(
    "/v1/timelines/{timeline:str}/events",
    operation_id="postEvents",
    operation_class=PostEvents,
    summary="Post one event, an array, CloudEvents, or lines without end",
    tags=["Record"],
    security=[{"writeToken": []}, {}],
    status_code=201,
    responses={
        200: ResponseSpec(
            Receipt | BulkAppendReport,
            description="All were recorded before; or what became of the lines.",
            generate_examples=False,
        ),
        **problem_responses(400, 401, 404, 409, 412, 413, 415, 422, 503),
    },
)
async def post_events(
    request: Request[Any, Any, Any],
    timeline: TimelineId,
    if_match: Annotated[
        str | None,
        HeaderParameter(
            name="If-Match",
            description='The position at which the log must stand, as `"17"`; 412 if it does not.',
            pattern=IF_MATCH_PATTERN,
        ),
    ] = None,
    on_error: Annotated[
        OnError,
        Parameter(description="Of lines: end at the first that is refused, or leave out those that are."),
    ] = "stop",
) -> Response[Receipt]:
    """All events of a body are taken in, or none. An id makes a retry harmless: it gets the first outcome.

    Lines (`application/x-ndjson`) have no limit but each line's own: they are committed in batches as they
    come. The first that is refused ends it, with nothing of its batch kept, and the answer says where;
    sending the same lines again goes on from there.
    """
    service = authorized_service(request)
    kind = media_type(request, *EVENT_READERS, NDJSON)
    if kind == NDJSON:
        if if_match is not None:
            raise Malformed("lines are committed in batches, and cannot expect a position", path="If-Match")
        report = await _import(request, timeline, service, skip=on_error == "skip")
        return Response(report, status_code=200)  # type: ignore[arg-type] # the documentation tells of both
    if on_error != "stop":
        raise Malformed(f"only {NDJSON} can leave events out", path="on_error")
    body = await read_body(request, service.settings.body_bytes_max)
    events = EVENT_READERS[kind](body, service.settings.array_events_max)
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


async def _import(
    request: Request[Any, Any, Any], timeline: str, service: Service, *, skip: bool
) -> BulkAppendReport:
    await service.heads.current(timeline)  # an unknown timeline is told before anything is read
    settings = service.settings
    limits = Limits(settings.body_bytes_max, settings.array_events_max, settings.import_refusals_max)
    lines = BulkAppend(service.appender, timeline, author(service), skip=skip, limits=limits)
    return await lines.run(read_chunks(request))


def _expected(if_match: str | None) -> int | None:
    return None if if_match is None or if_match == "*" else int(if_match.strip('"'))


def _event_outcome(timeline: str, outcome: Outcome) -> EventOutcome:
    return EventOutcome(
        id=outcome.id,
        position=outcome.position,
        recorded_at=outcome.recorded_at,
        duplicate=outcome.duplicate,
        url=f"/v1/timelines/{timeline}/events/{outcome.id}",
    )


RecordFormat = Annotated[
    Literal["json", "ndjson", "cloudevents"] | None,
    QueryParameter(
        name="format",
        description="The answer's format; stands before `Accept`. But for JSON, all records are streamed if"
        " there is no `limit`.",
    ),
]
LogEnd = Annotated[
    str | None,
    Parameter(
        description="The position, or the RFC 3339 time, of the last record; the head if absent.",
        pattern=AT_PATTERN,
    ),
]


@get(
    "/v1/timelines/{timeline:str}/events",
    operation_id="getEvents",
    opt={FORMATS: RECORD_FORMATS},
    summary="The log itself, verbatim",
    tags=["Record"],
    responses=problem_responses(400, 404, *NOT_ACCEPTABLE, 503),
)
async def get_events(  # noqa: PLR0913 - the parts of the request
    request: AnyRequest,
    timeline: TimelineId,
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    after: Annotated[int, Parameter(description="The position to go on after.", ge=0, le=(1 << 53) - 1)] = 0,
    limit: Limit = None,
    kinds: EventTypes = None,
    at: LogEnd = None,
    form: RecordFormat = None,
) -> Response[LogPage]:
    """Records in the order of the log, byte for byte as they are stored and hashed."""
    name = choose_format(request, form)
    writer = new_writer(RECORD_FORMATS, name)
    end = await reader.moment(connection, timeline, None if at is None else read_at(at))
    if writer is not None and limit is None:
        export = Export(request, service, connection, end, name, writer)
        return vary(await _all_records(export, after, kinds or ()))
    size = page_limit(limit, service)
    rows = await reader.records(
        connection, timeline, after=after, until=end.position, limit=size + 1, types=kinds or ()
    )
    shown = rows[:size]
    following = None
    if len(rows) > size:
        asked = {"type": kinds or (), "at": at or (), "format": () if writer is None else name}
        following = _address(timeline, after=shown[-1][0], limit=size, **asked)
    if writer is not None:
        export = Export(request, service, connection, end, name, writer)
        pinned = _address(timeline, after=after, limit=size, type=kinds or (), at=end.position, format=name)
        head = await export.head(pinned, following)
        return vary(export.page(head, writer.records, [record for _, record in shown], following))
    page = LogPage(
        timeline=timeline,
        head=end.head,
        records=[Raw(record) for _, record in shown],  # type: ignore[misc] # verbatim
        next=following,
    )
    return vary(Response(page, headers=link_next(following)))


async def _all_records(export: Export, after: int, kinds: Sequence[str]) -> Response[Any]:
    timeline, until = export.moment.timeline, export.moment.position
    pinned = _address(timeline, after=after, type=kinds, at=until, format=export.format)
    records = all_records(export.service.pool.connection, timeline, after=after, until=until, types=kinds)
    count = None if kinds else max(0, until - after)
    return export.stream(await export.head(pinned), export.writer.records, records, count)


def _address(timeline: str, **query: object) -> str:
    return f"/v1/timelines/{timeline}/events?{urlencode(query, doseq=True)}"


@get(
    "/v1/timelines/{timeline:str}/events/{id:uuid}",
    operation_id="getEvent",
    summary="One record, verbatim",
    tags=["Record"],
    responses=problem_responses(400, 404, 503),
)
async def get_event(
    timeline: TimelineId,
    id: EventIdPath,  # noqa: A002 - the field's name in the vocabulary
    connection: NamedDependency[Connection],
) -> RecordDocument:
    """The record that holds the event, byte for byte as it is stored and hashed."""
    await reader.moment(connection, timeline)
    return Raw(await reader.record(connection, timeline, id))  # type: ignore[return-value] # verbatim
