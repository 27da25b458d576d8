"""Timelines: create, describe and list them."""

from typing import Annotated, Any
from uuid import uuid4

import msgspec
from litestar import Request, Response, get, put
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from msgspec import Meta, Struct

from timeline.api.auth import author, authorized_service
from timeline.api.bodies import JSON, PutTimeline, media_type, read_body
from timeline.api.cursors import Cursor, listing_digest, read_cursor, write_cursor
from timeline.api.parameters import CursorText, Limit, TimelineId, link_next, page_limit
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.domain.codec import refusal
from timeline.domain.events import TimelineProfile
from timeline.domain.scalars import Language, Line, Text
from timeline.log import reader
from timeline.log.posts import Post
from timeline.postgres import Connection
from timeline.views.queries import timelines as views
from timeline.views.responses import TimelineList, TimelineSummary


class TimelineDescription(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a timeline is called and covers."""

    title: Line
    description: Text | None = None
    language: Annotated[Language | None, Meta(description="The main language of its summaries.")] = None


_decoder = msgspec.json.Decoder(TimelineDescription, strict=True)


@put(
    "/v1/timelines/{timeline:str}",
    operation_id="putTimeline",
    operation_class=PutTimeline,
    summary="Create a timeline, or describe it anew",
    tags=["Record"],
    security=[{"writeToken": []}, {}],
    responses={
        201: ResponseSpec(TimelineSummary, description="It was created.", generate_examples=False),
        **problem_responses(400, 401, 413, 415, 422, 503),
    },
)
async def put_timeline(request: Request[Any, Any, Any], timeline: TimelineId) -> Response[TimelineSummary]:
    """Makes the timeline where it is not there; what the body says that is new is recorded as its profile.

    Without a body it only makes the timeline. Sent again it changes nothing.
    """
    service = authorized_service(request)
    description = await _description(request, service.settings.body_bytes_max)
    async with service.pool.connection() as connection:
        created = await reader.create_timeline(connection, timeline)
        known = await views.described(connection, timeline)
    if description and (description.title, description.description, description.language) != known:
        profile = TimelineProfile(
            id=uuid4(),
            title=description.title,
            description=description.description,
            language=description.language,
        )
        await service.appender.append(timeline, Post.of((profile,), author(service)))
    async with service.pool.connection() as connection:
        summary = await views.summary(connection, timeline)
    return Response(summary, status_code=201 if created else 200)


async def _description(request: Request[Any, Any, Any], limit_bytes: int) -> TimelineDescription | None:
    body = await read_body(request, limit_bytes)
    if not body:
        return None
    media_type(request, JSON)
    try:
        return _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise refusal(error) from error


@get(
    "/v1/timelines",
    operation_id="getTimelines",
    summary="The timelines and where their logs stand",
    tags=["Views"],
    responses=problem_responses(400, 503),
)
async def get_timelines(
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    cursor: CursorText = None,
    limit: Limit = None,
) -> Response[TimelineList]:
    """All timelines by id, each with its present title and head."""
    size = page_limit(limit, service)
    walk = listing_digest("timelines")
    after = read_cursor(cursor).key_as(str, walk) if cursor else ""
    found = await views.timeline_page(connection, after=after, limit=size + 1)
    following = None
    if len(found) > size:
        text = write_cursor(Cursor(0, found[size - 1].id, walk))
        following = f"/v1/timelines?limit={size}&cursor={text}"
    return Response(TimelineList(timelines=found[:size], next=following), headers=link_next(following))
