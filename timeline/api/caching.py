"""The cache of view answers: 304s by ETag, answers from memory, and how long clients may keep them.

An answer of a view is a function of its address, the log and the position, the generation and the rules, and
of the software; so is its ETag, which can be compared before anything is read. An address that names its
position is answered the same as long as rules and software are: clients may keep the answer for a while
(`pinned_seconds_max`), not for ever, because rules change and what was recorded of a person may have to be
forgotten. One that names no position is answered from the cache until the log's head moves.

What a request chooses freely takes no memory here: an answer is filed under a digest, is counted with its
headers, and is filed at all only where it does not call the service by the name in the request.
"""

import asyncio
import gzip
import re
import zlib
from functools import cached_property, partial
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

from cachetools import LRUCache
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send
from msgspec import Struct

from timeline.api.exports import IS_STREAM
from timeline.api.hosts import request_base
from timeline.api.http_methods import HEADERS_ONLY
from timeline.api.negotiation import FORMATS, PLAIN, accepted_format, accepts_gzip
from timeline.api.request_query import RequestQuery, query_of
from timeline.api.service import HEAD_POSITION, SOFTWARE_VERSION, Service
from timeline.domain.scalars import SLUG_LENGTH_MAX, SLUG_PATTERN
from timeline.formats.parquet import MEDIA_TYPE as PARQUET
from timeline.log.heads import HeadPosition
from timeline.views.projection.rules import RULES_VERSION

COMPRESS_BYTES_MIN = 500
COMPRESS_LEVEL = 5
THREAD_BYTES_MIN = 50_000
ETAG_BYTES = 16
STREAM_COMPRESS_LEVEL = 1
GZIP = zlib.MAX_WBITS | 16
ENTRY_BYTES = 700
"""What an answer costs in memory beside its body and its headers: its key, and its places in the cache."""

HEADER_BYTES = 160
"""What a header costs beside its text."""

_NOT_MODIFIED_HEADERS = frozenset((b"cache-control", b"content-location", b"etag", b"expires", b"vary"))
"""What a 304 says as the answer would (RFC 9110, section 15.4.5)."""

RULES_HEADER = b"x-rules"
"""Names the version of the rules, in formats whose documents have no place for it too."""

IS_VIEW = {"is_view": True}
"""The option of a handler whose answers are a function of address, position and generation."""

IS_LIVE = {"is_live": True}
"""The option of a handler that tells what is so at the moment, and of one whose answer has no end."""

ENDS_AT_A_POSITION = {**IS_VIEW, "ends_at_a_position": True}
"""The same where `to` is a position; elsewhere it may be a year, which pins nothing."""


class CachedAnswer(NamedTuple):
    """An answer as it is sent."""

    headers: list[tuple[bytes, bytes]]
    body: bytes

    @property
    def size_bytes(self) -> int:
        """What it counts against the cache's limit."""
        headers = sum(len(name) + len(value) + HEADER_BYTES for name, value in self.headers)
        return len(self.body) + headers + ENTRY_BYTES


class AnswerKey(Struct, frozen=True, kw_only=True, dict=True):
    """What an answer depends on.

    `path` is decoded and `query` canonical, so that an address has one key however it is written. `lineage`
    is the log's own id: two that have one name, one after the other or in two databases, share no answer.
    `head` is None where the address itself names the position; the `rules` are those that made the views.
    `format` is the one that the request's headers choose, where several are `negotiated`; `base` is what the
    answer calls the service by, where it does. It `is_shared` unless that is from the request. Clients may
    keep the answer for `age_seconds_max`.
    """

    path: str
    query: str
    lineage: UUID
    head: HeadPosition | None
    rules: int
    software: str
    age_seconds_max: int
    compressed: bool
    negotiated: bool
    format: str | None
    base: str
    is_shared: bool

    @cached_property
    def etag(self) -> bytes:
        """A strong validator: another encoding is another representation (RFC 9110, section 8.8.3.3).

        The answer is filed under it too: it is as short for the longest request.
        """
        digest = blake2b(repr(self).encode(), digest_size=ETAG_BYTES).hexdigest()
        return f'"{digest}"'.encode()


class AnswerStore:
    """Answers by their ETags, the least recently used dropped first, in so many bytes all in all."""

    def __init__(self, bytes_max: int) -> None:
        self._answers: LRUCache[bytes, CachedAnswer] = LRUCache(
            bytes_max, getsizeof=lambda answer: answer.size_bytes
        )

    def get(self, etag: bytes) -> CachedAnswer | None:
        """The answer, if it is still there."""
        return self._answers.get(etag)

    def keep(self, key: AnswerKey, answer: CachedAnswer) -> None:
        """Keep an answer that others may get, unless it would take more than a tenth of the space."""
        if key.is_shared and answer.size_bytes <= self._answers.maxsize // 10:
            self._answers[key.etag] = answer


class AnswerCache(ASGIMiddleware):
    """Answers requests for views from memory where it can, and stores the answers that are made."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, bytes_max: int) -> None:
        self._answers = AnswerStore(bytes_max)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Answer a request.

        Raises:
            UnknownTimeline: it is for a view of a timeline that does not exist.
        """
        timeline = str(scope["path_params"].get("timeline", ""))
        if not scope["route_handler"].opt.get("is_view") or not _is_slug(timeline):
            if _if_none_match(scope) == "*" and _is_lasting_resource(scope):
                send = _not_modified_send(scope, send)
            await next_app(scope, receive, send)
            return
        query = query_of(scope)
        service: Service = scope["app"].state.service
        head = await _read_head(service, timeline, query)
        lineage = await service.heads.lineage(timeline)
        scope["state"][HEAD_POSITION] = head
        headers = Headers.from_scope(scope)
        key = _answer_key(scope, headers, lineage, head)
        if_none_match = _if_none_match(scope)
        if if_none_match == "*":
            send = _not_modified_send(scope, send, key)
        etag = key.etag
        if _is_match(if_none_match, etag):
            await _send(send, 304, CachedAnswer(validators(key), b""))
        elif answer := self._answers.get(etag):
            await _send(send, 200, answer)
        else:
            await next_app(scope, receive, _StoringSend(self._answers, key, scope, send))


def _answer_key(scope: Scope, headers: Headers, lineage: UUID, head: HeadPosition) -> AnswerKey:
    opt, query = scope["route_handler"].opt, query_of(scope)
    service: Service = scope["app"].state.service
    is_pinned = (
        query.position("at") is not None
        or bool(query.get("cursor"))
        or ("ends_at_a_position" in opt and query.position("to") is not None)
    )
    formats = opt.get(FORMATS)
    chosen_format: str | None = PLAIN
    base = service.base
    if formats:
        chosen_format = accepted_format(headers.get("accept"), formats)
        if not base and (chosen_format != PLAIN or query.get("format") is not None):
            base = request_base(scope)
    return AnswerKey(
        path=scope["path"],
        query=query.text,
        lineage=lineage,
        head=None if is_pinned else head,
        rules=head.rules,
        software=SOFTWARE_VERSION,
        age_seconds_max=service.settings.pinned_seconds_max if is_pinned and _is_lasting(query, head) else 0,
        compressed=accepts_gzip(headers.get("accept-encoding", "")),
        negotiated=bool(formats),
        format=chosen_format,
        base=base,
        is_shared=base == service.base,
    )


def _is_lasting(query: RequestQuery, head: HeadPosition) -> bool:
    """Whether the rules that make the answer stay for now: no rebuild is due, and no newer ones are named.

    An address with newer rules comes from a service of the newer program, which is about to take over.
    """
    return head.rules == RULES_VERSION and (query.position("rules") or 0) <= head.rules


def _is_slug(timeline: str) -> bool:
    return len(timeline) <= SLUG_LENGTH_MAX and re.match(SLUG_PATTERN, timeline) is not None


async def _read_head(service: Service, timeline: str, query: RequestQuery) -> HeadPosition:
    """The log's head, once it has reached the position that the request waits for, or the time is up."""
    position = query.position("min_position")
    if position is None:
        return await service.heads.current(timeline)
    return await service.heads.wait_for(timeline, position, service.settings.read_wait_seconds_max)


class _StoringSend:
    """Sends an answer on, compressed and with its validators, and stores it, unless it is streamed."""

    def __init__(self, answers: AnswerStore, key: AnswerKey, scope: Scope, send: Send) -> None:
        self._answers = answers
        self._key = key
        self._scope = scope
        self._send = send
        self._compressor: Any = None
        self._start: HTTPResponseStartEvent | None = None
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if IS_STREAM in self._scope["state"]:
            await self._send(self._prepare_chunk(message))
        elif message["type"] == "http.response.start" and message["status"] == 200:
            self._start = message
        elif message["type"] == "http.response.body" and self._start is not None:
            self._body += message["body"]
            if not message["more_body"]:
                await _send(self._send, 200, await self._store(list(self._start["headers"])))
        else:
            await self._send(message)

    def _prepare_chunk(self, message: Message) -> Message:
        """A part of a stream with its validators, compressed as it goes."""
        if message["type"] == "http.response.start":
            headers = [*message["headers"], *validators(self._key)]
            if self._key.compressed and not _is_compressed_format(headers):
                self._compressor = zlib.compressobj(STREAM_COMPRESS_LEVEL, wbits=GZIP)
                headers.append((b"content-encoding", b"gzip"))
            message["headers"] = headers
        elif message["type"] == "http.response.body" and self._compressor is not None:
            chunk = self._compressor.compress(message["body"])
            message["body"] = chunk if message["more_body"] else chunk + self._compressor.flush()
        return message

    async def _store(self, headers: list[tuple[bytes, bytes]]) -> CachedAnswer:
        """The whole answer, in the cache where it may be kept."""
        body = bytes(self._body)
        headers = [(name, value) for name, value in headers if name != b"content-length"]
        if self._key.compressed and len(body) >= COMPRESS_BYTES_MIN and not _is_compressed_format(headers):
            compress = partial(gzip.compress, body, COMPRESS_LEVEL, mtime=0)
            # beside the event loop where it takes longer than changing to a thread
            is_large = len(body) >= THREAD_BYTES_MIN
            body = await asyncio.to_thread(compress) if is_large else compress()
            headers.append((b"content-encoding", b"gzip"))
        headers += [*validators(self._key), (b"content-length", str(len(body)).encode())]
        answer = CachedAnswer(headers, body)
        self._answers.keep(self._key, answer)
        return answer


def _is_compressed_format(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether an answer's format is compressed in itself."""
    return (b"content-type", PARQUET.encode()) in headers


def validators(key: AnswerKey) -> list[tuple[bytes, bytes]]:
    """The headers that say by what an answer is compared, and how long and by whom it may be kept."""
    lasting = f"max-age={key.age_seconds_max}" if key.age_seconds_max else "no-cache"
    if not key.is_shared:
        cache_control = f"private, {lasting}"
    else:
        cache_control = f"public, {lasting}" if key.age_seconds_max else lasting
    vary = b"accept, accept-encoding" if key.negotiated else b"accept-encoding"
    return [
        (b"etag", key.etag),
        (b"cache-control", cache_control.encode()),
        (b"vary", vary),
        (RULES_HEADER, str(key.rules).encode()),
    ]


def _if_none_match(scope: Scope) -> str:
    """The tags of a request; a list may come in several lines (RFC 9110, section 5.3)."""
    return ", ".join(Headers.from_scope(scope).getall("if-none-match", [])).strip()


def _is_lasting_resource(scope: Scope) -> bool:
    """Whether a GET asks for something that a client may have kept."""
    is_get = scope["type"] == ScopeType.HTTP and scope["method"] == "GET"
    return is_get and not scope["route_handler"].opt.get("is_live")


def _is_match(if_none_match: str, etag: bytes) -> bool:
    """Whether an If-None-Match names the answer; weakly compared (RFC 9110, section 13.1.2)."""
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag.decode() in tags


def _not_modified_send(scope: Scope, send: Send, key: AnswerKey | None = None) -> Send:
    """A `send` that turns an answer into a 304 without a body, and lets a refusal pass.

    Whether there is an answer at all is known only once it is made.
    """
    scope[HEADERS_ONLY] = True  # type: ignore[literal-required] # as HEAD sets it
    is_answer = False

    async def send_without_answer(message: Message) -> None:
        nonlocal is_answer
        if message["type"] == "http.response.start" and message["status"] == 200:
            is_answer = True
            headers = [pair for pair in message["headers"] if pair[0].lower() in _NOT_MODIFIED_HEADERS]
            message = {**message, "status": 304, "headers": validators(key) if key else headers}
        elif is_answer and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_without_answer


async def _send(send: Send, status: int, answer: CachedAnswer) -> None:
    start: Any = {"type": "http.response.start", "status": status, "headers": answer.headers}
    body: Any = {"type": "http.response.body", "body": answer.body, "more_body": False}
    await send(start)
    await send(body)
