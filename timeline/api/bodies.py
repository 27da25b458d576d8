"""Request bodies: which media types an address accepts, how they are decoded, and how that is documented.

Bodies are decoded here, strictly, and not by the framework, which would accept "5" for 5.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from litestar import Request
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, Reference, RequestBody, Schema

from timeline.api.negotiation import JSON
from timeline.api.patience import Patience
from timeline.api.service import Service
from timeline.domain.codec import PostedEvent, decode_batch, decode_posted_event, encode_event
from timeline.domain.errors import Malformed, SlowBody, TooLarge, UnsupportedMedia
from timeline.domain.events import Event
from timeline.formats import cloudevents
from timeline.formats.ndjson import MEDIA_TYPE as NDJSON

EventReader = Callable[[bytes, int], list[PostedEvent]]


def _read_json(body: bytes, limit: int) -> list[PostedEvent]:
    if body.lstrip(b" \t\r\n").startswith(b"["):
        return decode_batch(body, limit)
    return [decode_posted_event(body)]


def _with_contents(events: list[Event]) -> list[PostedEvent]:
    return [PostedEvent(event, encode_event(event)) for event in events]


EVENT_READERS: Mapping[str, EventReader] = {
    JSON: _read_json,
    cloudevents.SINGLE: lambda body, _: _with_contents([cloudevents.read_cloud_event(body)]),
    cloudevents.BATCH: lambda body, limit: _with_contents(cloudevents.read_cloud_events(body, limit)),
}
"""How the events of a body are read, by media type."""


async def read_body(request: Request[Any, Any, Any], limit_bytes: int) -> bytes:
    """The whole body of a request.

    Raises:
        Malformed: it ended early, or its framing is not HTTP.
        SlowBody: it does not come as fast as it must.
        TooLarge: it is over the limit.
    """
    body = bytearray()
    async for chunk in read_chunks(request):
        body += chunk
        if len(body) > limit_bytes:
            raise TooLarge(f"a body may have at most {limit_bytes} bytes", limit=limit_bytes)
    return bytes(body)


async def read_chunks(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    """The body of a request, chunk by chunk as it comes.

    Raises:
        Malformed: it ended early, or its framing is not HTTP.
        SlowBody: it does not come as fast as it must.
    """
    service: Service = request.app.state.service
    patience = Patience(service.settings.body_seconds_max)
    more_body = True
    while more_body:
        # not the framework's stream, which reports a client that disconnects as a fault of the service
        try:
            message = await patience.wait(request.receive())
        except TimeoutError:
            raise SlowBody("the body stopped coming, or came too slowly") from None
        if message["type"] != "http.request":
            raise Malformed("the body ended early", path="$")
        patience.restore(len(message["body"]))
        yield message["body"]
        more_body = message.get("more_body", False)


def media_type(request: Request[Any, Any, Any], *allowed: str) -> str:
    """The media type of the request's body.

    Raises:
        UnsupportedMedia: it is not one of those allowed, or the body is compressed.
    """
    content_type, _ = request.content_type
    if content_type not in allowed:
        actual = content_type[:80] or "a body without a media type"
        raise UnsupportedMedia(
            f"this address accepts {', '.join(allowed)}, not {actual}", path="Content-Type"
        )
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding != "identity":
        raise UnsupportedMedia(
            f"this service does not decode bodies; send it without the coding {coding[:80]!r}",
            path="Content-Encoding",
        )
    return content_type


def _ref(name: str) -> Reference:
    return Reference(ref=f"#/components/schemas/{name}")


def _array_of(name: str) -> Schema:
    return Schema(type=OpenAPIType.ARRAY, items=_ref(name), min_items=1)


class _Posting(Operation):
    """Documents the body of a post, in one media type: generated clients can send no body of several."""

    media_type: ClassVar[str]
    content: ClassVar[Reference | Schema]

    def __post_init__(self) -> None:
        """Name the media type and what is in it."""
        self.request_body = RequestBody(
            required=True, content={self.media_type: OpenAPIMediaType(schema=self.content)}
        )


@dataclass
class PostEvents(_Posting):
    """One event, or an array of them."""

    media_type = JSON
    content = Schema(one_of=[_ref("AnyEvent"), _array_of("AnyEvent")])


@dataclass
class PostLines(_Posting):
    """Lines of JSON."""

    media_type = NDJSON
    content = Schema(type=OpenAPIType.STRING)


@dataclass
class PostCloudEvent(_Posting):
    """An event in its envelope."""

    media_type = cloudevents.SINGLE
    content = _ref("CloudEvent")


@dataclass
class PostCloudEvents(_Posting):
    """Events in their envelopes."""

    media_type = cloudevents.BATCH
    content = _array_of("CloudEvent")


@dataclass
class PutTimeline(Operation):
    """Documents the body of a timeline's description."""

    def __post_init__(self) -> None:
        """Name the media type and what is in it."""
        self.request_body = RequestBody(
            required=False, content={JSON: OpenAPIMediaType(schema=_ref("TimelineDescription"))}
        )
