"""Timelines: create, describe and list them."""

from typing import Annotated, Any
from uuid import uuid4

import msgspec
from litestar import Request, Response, get, put
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from msgspec import Meta, Struct

from timeline.api.addresses import TIMELINES, link_next, timeline_path
from timeline.api.auth import author, authorized_service
from timeline.api.bodies import PutTimeline, media_type, read_body
from timeline.api.cursors import listing_digest, next_page_url, read_cursor
from timeline.api.negotiation import JSON
from timeline.api.parameters import CursorText, Limit, TimelineId
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.api.view_request import page_limit
from timeline.domain.codec import explain_decode_error, refuse_repeated_members
from timeline.domain.events import TimelineProfile
from timeline.domain.scalars import Language, Line, Text
from timeline.log.posts import Post
from timeline.log.transaction import create_timeline
from timeline.postgres import Connection
from timeline.views.documents import TimelineDocument
from timeline.views.projection.rules import RULES_VERSION
from timeline.views.queries.timelines import (
    TimelineHead,
    present_profile,
    timeline_head,
    timeline_page,
)
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
    summary="Create a timeline, or change its description",
    tags=["Record"],
    security=[{"writeToken": []}, {}],
    responses={
        201: ResponseSpec(TimelineSummary, description="It was created.", generate_examples=False),
        **problem_responses(400, 401, 408, 413, 415, 422, 503),
    },
)
async def put_timeline(request: Request[Any, Any, Any], timeline: TimelineId) -> Response[TimelineSummary]:
    """Creates the timeline if it does not exist; a changed description is recorded as a new profile.

    Without a body it only creates the timeline. Sending the same request again changes nothing.
    """
    service = authorized_service(request)
    description = await _description(request, service.settings.body_bytes_max)
    service.availability.require_room()
    async with service.pool.connection() as connection:
        created = await create_timeline(connection, timeline, RULES_VERSION)
        present = await present_profile(connection, timeline)
    if description and description != _description_in(present):
        profile = TimelineProfile(
            id=uuid4(),
            title=description.title,
            description=description.description,
            language=description.language,
        )
        await service.appender.append(timeline, Post.of((profile,), author(service)))
    async with service.pool.connection() as connection:
        head = await timeline_head(connection, timeline)
    summary = _summary(head, service.base)
    if not created:
        return Response(summary, status_code=200)
    return Response(summary, status_code=201, headers={"Location": summary.url})


def _description_in(profile: TimelineDocument | None) -> TimelineDescription | None:
    if profile is None:
        return None
    return TimelineDescription(
        title=profile.title, description=profile.description, language=profile.language
    )


def _summary(head: TimelineHead, base: str) -> TimelineSummary:
    return TimelineSummary(**head._asdict(), url=base + timeline_path(head.id))


async def _description(request: Request[Any, Any, Any], limit_bytes: int) -> TimelineDescription | None:
    body = await read_body(request, limit_bytes)
    if not body:
        return None
    media_type(request, JSON)
    try:
        description = _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise explain_decode_error(error, TimelineDescription, body) from error
    refuse_repeated_members(body)
    return description


@get(
    "/v1/timelines",
    operation_id="getTimelines",
    summary="The timelines and the heads of their logs",
    tags=["Views"],
    responses=problem_responses(400, 503),
)
async def get_timelines(
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    cursor: CursorText = None,
    limit: Limit = None,
) -> Response[TimelineList]:
    """All timelines by id, each with its current title and head."""
    size = page_limit(limit, service)
    after = read_cursor(cursor).key_as(str, listing_digest("timelines")) if cursor else ""
    heads = await timeline_page(connection, after=after, limit=size + 1)
    last = heads[size - 1].id if len(heads) > size else None
    next_url = next_page_url(service.base + TIMELINES, [("limit", size)], 0, last, "timelines")
    page = TimelineList(timelines=[_summary(head, service.base) for head in heads[:size]], next=next_url)
    return Response(page, headers=link_next(next_url))
