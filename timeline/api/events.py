"""Posting events, and reading the log as it is."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import HeaderParameter, Parameter, QueryParameter

from timeline.api.addresses import address, event_path, link_next, timeline_path
from timeline.api.auth import author, authorized_service
from timeline.api.bodies import (
    EVENT_READERS,
    PostCloudEvent,
    PostCloudEvents,
    PostEvents,
    PostLines,
    media_type,
    read_body,
    read_chunks,
)
from timeline.api.bulk_append import BulkAppend, BulkAppendReport, Limits, OnError
from timeline.api.exports import Export, vary
from timeline.api.negotiation import FORMATS, NOT_ACCEPTABLE, PLAIN, choose_format, new_writer
from timeline.api.parameters import (
    AT_PATTERN,
    IF_MATCH_PATTERN,
    AnyRequest,
    EventIdPath,
    Limit,
    TimelineId,
    read_at,
)
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.api.view_request import page_limit, raw_document, raw_documents
from timeline.domain.errors import Malformed
from timeline.domain.events import EventType
from timeline.domain.scalars import EXACT_INTEGER_MAX
from timeline.formats import cloudevents
from timeline.formats.ndjson import MEDIA_TYPE as NDJSON
from timeline.formats.registry import RECORD_FORMATS
from timeline.formats.writers import RecordWriter
from timeline.log import reader
from timeline.log.posts import Outcome, Post
from timeline.log.tree_roots import read_leaf_hashes
from timeline.postgres import Connection
from timeline.views.queries.exports import all_records
from timeline.views.responses import EventOutcome, LogPage, Receipt, RecordDocument

EventTypes = Annotated[
    list[EventType] | None, QueryParameter(name="type", description="Only events of these types.")
]


IfMatch = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match",
        description='Append only if the log ends at this position, such as `"17"`; otherwise 412.',
        pattern=IF_MATCH_PATTERN,
    ),
]
ErrorHandling = Annotated[
    OnError,
    QueryParameter(name="on_error", description="Stop at the first refused line, or skip refused lines."),
]
_EVENTS = "/v1/timelines/{timeline:str}/events"
_TO_RECORD: dict[str, Any] = {
    "security": [{"writeToken": []}, {}],
    "status_code": 201,
    "responses": {
        200: ResponseSpec(Receipt, description="All events were already recorded.", generate_examples=False),
        **problem_responses(400, 401, 404, 408, 409, 412, 413, 415, 422, 503),
    },
}


@post(
    _EVENTS,
    operation_id="postEvents",
    operation_class=PostEvents,
    summary="Post one event, or an array of events",
    tags=["Record"],
    **_TO_RECORD,
)
async def post_events(
    request: AnyRequest, timeline: TimelineId, if_match: IfMatch = None, on_error: ErrorHandling = "stop"
) -> Response[Receipt]:
    """All events of a body are recorded, or none. An id makes a retry harmless: it gets the first outcome.

    This address takes lines of JSON and CloudEvents too, by their media types. For programs that are made
    from this document each has an operation of its own, at an address below this one.
    """
    service = authorized_service(request)
    kind = media_type(request, *EVENT_READERS, NDJSON)
    if kind == NDJSON:
        report = await _append_lines(request, timeline, service, if_match, on_error)
        return Response(report, status_code=200)  # type: ignore[arg-type] # documented as `postLines`
    if on_error != "stop":
        raise Malformed(f"only {NDJSON} can skip events", path="on_error")
    return await _record(request, timeline, service, kind, if_match)


@post(
    f"{_EVENTS}/lines",
    operation_id="postLines",
    operation_class=PostLines,
    summary="Post any number of events as lines of JSON",
    tags=["Record"],
    security=[{"writeToken": []}, {}],
    status_code=200,
    responses=problem_responses(400, 401, 404, 408, 409, 413, 415, 422, 503),
)
async def post_lines(
    request: AnyRequest, timeline: TimelineId, on_error: ErrorHandling = "stop"
) -> BulkAppendReport:
    """NDJSON of any length, with lines up to the size limit of one event, recorded in batches as they arrive.

    The first refused line ends the request and its batch is not recorded; the error names the line; sending
    the same lines again resumes after what is recorded.
    """
    service = authorized_service(request)
    media_type(request, NDJSON)
    return await _append_lines(request, timeline, service, None, on_error)


@post(
    f"{_EVENTS}/cloudevent",
    operation_id="postCloudEvent",
    operation_class=PostCloudEvent,
    summary="Post an event in a CloudEvents envelope",
    tags=["Record"],
    **_TO_RECORD,
)
async def post_cloud_event(
    request: AnyRequest, timeline: TimelineId, if_match: IfMatch = None
) -> Response[Receipt]:
    """CloudEvents 1.0, structured: the envelope's `id` is the event's, its `data` are the other fields."""
    service = authorized_service(request)
    return await _record(request, timeline, service, media_type(request, cloudevents.SINGLE), if_match)


@post(
    f"{_EVENTS}/cloudevents",
    operation_id="postCloudEvents",
    operation_class=PostCloudEvents,
    summary="Post a batch of CloudEvents",
    tags=["Record"],
    **_TO_RECORD,
)
async def post_cloud_events(
    request: AnyRequest, timeline: TimelineId, if_match: IfMatch = None
) -> Response[Receipt]:
    """All events of a batch are recorded, or none."""
    service = authorized_service(request)
    return await _record(request, timeline, service, media_type(request, cloudevents.BATCH), if_match)


async def _record(
    request: AnyRequest, timeline: str, service: Service, kind: str, if_match: str | None
) -> Response[Receipt]:
    body = await read_body(request, service.settings.body_bytes_max)
    events = EVENT_READERS[kind](body, service.settings.array_events_max)
    if not events:
        raise Malformed("the array holds no events", path="$")
    post_of_events = Post.of_posted(events, author(service), _expected_position(if_match))
    outcomes = await service.appender.append(timeline, post_of_events)
    receipt = Receipt(
        timeline=timeline,
        position=max(outcome.position for outcome in outcomes),
        outcomes=[_event_outcome(service.base + timeline_path(timeline), outcome) for outcome in outcomes],
    )
    created = any(not outcome.duplicate for outcome in outcomes)
    headers = {"Location": receipt.outcomes[0].url} if created and len(outcomes) == 1 else {}
    return Response(receipt, status_code=201 if created else 200, headers=headers)


async def _append_lines(
    request: AnyRequest, timeline: str, service: Service, if_match: str | None, on_error: OnError
) -> BulkAppendReport:
    """Record the lines of an NDJSON body.

    Raises:
        Malformed: the request expects a position.
        TimelineError: a line is refused, and refused lines are not to be skipped.
    """
    if if_match is not None:
        raise Malformed("lines are committed in batches, and cannot expect a position", path="If-Match")
    await service.heads.current(timeline)  # an unknown timeline is refused before anything is read
    settings = service.settings
    limits = Limits(settings.body_bytes_max, settings.array_events_max, settings.import_refusals_max)
    lines = BulkAppend(service.appender, timeline, author(service), skip=on_error == "skip", limits=limits)
    return await lines.run(read_chunks(request))


def _expected_position(if_match: str | None) -> int | None:
    return None if if_match is None or if_match == "*" else int(if_match.strip('"'))


def _event_outcome(path: str, outcome: Outcome) -> EventOutcome:
    return EventOutcome(
        id=outcome.id,
        position=outcome.position,
        recorded_at=outcome.recorded_at,
        duplicate=outcome.duplicate,
        effect=outcome.effect,
        url=event_path(path, outcome.id),
    )


if TYPE_CHECKING:
    RecordFormatName = str
else:
    RecordFormatName = Literal[(PLAIN, *RECORD_FORMATS)]
RecordFormat = Annotated[
    RecordFormatName | None,
    QueryParameter(
        name="format",
        description="The answer's format; takes precedence over `Accept`. Except for JSON, all records are"
        " streamed if there is no `limit`.",
    ),
]
LogEnd = Annotated[
    str | None,
    Parameter(
        description="Only records up to this position or RFC 3339 time, or the end of this day by UTC; up to"
        " the head if absent.",
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
    after: Annotated[
        int, Parameter(description="Start after this position.", ge=0, le=EXACT_INTEGER_MAX)
    ] = 0,
    limit: Limit = None,
    types: EventTypes = None,
    at: LogEnd = None,
    form: RecordFormat = None,
) -> Response[LogPage]:
    """Records in the order of the log, byte for byte as they are stored and hashed."""
    format_name = choose_format(request, form)
    writer: RecordWriter | None = new_writer(RECORD_FORMATS, format_name)
    end = await reader.read_moment(connection, timeline, None if at is None else read_at(at))
    if writer is not None and limit is None:
        export = Export(request, service, connection, end, format_name, writer)
        return vary(await _stream_records(export, after, types or ()), is_shared=bool(service.base))
    path, size = service.base + timeline_path(timeline), page_limit(limit, service)
    rows, is_continued = await reader.read_record_page(
        connection, timeline, after=after, until=end.position, limit=size, types=types or ()
    )
    records = [record for _, record in rows]
    next_url = None
    if is_continued:
        parameters = {"type": types or (), "at": at or (), "format": () if writer is None else format_name}
        next_url = _address(path, after=rows[-1][0], limit=size, **parameters)
    if writer is not None:
        export = Export(request, service, connection, end, format_name, writer)
        url = _address(path, after=after, limit=size, type=types or (), at=end.position, format=format_name)
        document = await export.describe_document(url, next_url)
        answer = export.page(document, writer.records, records, next_url)
        return vary(answer, is_shared=bool(service.base))
    hashes = await read_leaf_hashes(connection, timeline, [position for position, _ in rows])
    page = LogPage(
        timeline=timeline,
        head=end.head,
        records=raw_documents(records),
        hashes=[leaf.hex() for leaf in hashes],
        next=next_url,
    )
    return vary(Response(page, headers=link_next(next_url)))


async def _stream_records(export: Export[RecordWriter], after: int, types: Sequence[str]) -> Response[Any]:
    timeline, until = export.moment.timeline, export.moment.position
    path = export.service.base + timeline_path(timeline)
    url = _address(path, after=after, type=types, at=until, format=export.format)
    records = all_records(
        export.service.heavy_reads.next_connection, timeline, after=after, until=until, types=types
    )
    count = None if types else max(0, until - after)
    return await export.stream(await export.describe_document(url), export.writer.records, records, count)


def _address(path: str, **query: object) -> str:
    return address(f"{path}/events", query.items())


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
) -> Response[RecordDocument]:
    """The record that holds the event, byte for byte as it is stored and hashed; `X-Leaf-Hash` has that."""
    await reader.read_moment(connection, timeline)
    record, leaf = await reader.read_record(connection, timeline, id)
    return Response(raw_document(record), headers={"X-Leaf-Hash": leaf.hex()})
