"""Answers that are known already: 304s, and a cache of answers ready to send, bounded in bytes.

An answer of a view is a function of its address, the position and the generation; so is its ETag, which can
be compared before anything is read. An address that names its position is answered the same for ever, and
says so; one that does not is answered from the cache until the log's head moves.
"""

import gzip
import re
import zlib
from hashlib import blake2b
from typing import Any, NamedTuple

from cachetools import LRUCache
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from timeline.api.exports import IS_STREAM
from timeline.api.negotiation import FORMATS, PLAIN, accepted
from timeline.api.service import Service
from timeline.domain.scalars import SLUG_LENGTH_MAX, SLUG_PATTERN
from timeline.formats.parquet import MEDIA_TYPE as PARQUET
from timeline.log.heads import HeadPosition

COMPRESS_BYTES_MIN = 500
COMPRESS_LEVEL = 5
STREAM_COMPRESS_LEVEL = 1
GZIP = zlib.MAX_WBITS | 16
OVERHEAD_BYTES = 500
"""What an answer costs beside its body."""

_PINNED = re.compile(rb"(?:^|&)(?:at=\d+|cursor=[^&]+)(?:&|$)")
_ENDED = re.compile(rb"(?:^|&)to=\d+(?:&|$)")
_WAITING = re.compile(rb"(?:^|&)min_position=(\d{1,16})(?:&|$)")
_FOR_EVER = b"public, max-age=31536000, immutable"
_FOR_NOW = b"no-cache"

IS_VIEW = {"is_view": True}
"""The option of a handler whose answers are a function of address, position and generation."""

ENDS_AT_A_POSITION = {**IS_VIEW, "ends_at_a_position": True}
"""The same where `to` is a position; elsewhere it may be a year, which pins nothing."""


class CachedAnswer(NamedTuple):
    """An answer as it is sent."""

    headers: list[tuple[bytes, bytes]]
    body: bytes

    @property
    def size_bytes(self) -> int:
        """What it counts against the cache's limit."""
        return len(self.body) + OVERHEAD_BYTES


class AnswerKey(NamedTuple):
    """What an answer depends on; where the log stands is no part of what an address pins.

    `form` is the format that the request's headers choose, where several are `negotiated`; `host` is what the
    answer calls the service by, where it does.
    """

    path: bytes
    query: bytes
    standing: HeadPosition | None
    compressed: bool
    negotiated: bool
    form: str | None
    host: str

    @property
    def etag(self) -> bytes:
        """A strong validator: another encoding is another representation (RFC 9110, section 8.8.3.3)."""
        digest = blake2b(repr(self).encode(), digest_size=12).hexdigest()
        return f'"{digest}"'.encode()


class AnswerCache(ASGIMiddleware):
    """Answers views from memory where it can, and keeps what it has to let be made."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, bytes_max: int) -> None:
        self._kept: LRUCache[AnswerKey, CachedAnswer] = LRUCache(
            bytes_max, getsizeof=lambda kept: kept.size_bytes
        )

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Answer a request."""
        timeline = str(scope["path_params"].get("timeline", ""))
        if not scope["route_handler"].opt.get("is_view") or not _is_name(timeline):
            await next_app(scope, receive, send)
            return
        standing = await _standing(scope["app"].state.service, timeline, scope["query_string"])
        scope["state"]["standing"] = standing
        headers = Headers.from_scope(scope)
        compressed = "gzip" in headers.get("accept-encoding", "")
        key = _key(scope, headers, standing, compressed=compressed)
        if _matches(headers.get("if-none-match"), key.etag):
            await _send(send, 304, CachedAnswer(_validators(key), b""))
        elif kept := self._kept.get(key):
            await _send(send, 200, kept)
        else:
            await next_app(scope, receive, _CachingSend(self._kept, key, scope, send))


def _key(scope: Scope, headers: Headers, standing: HeadPosition, *, compressed: bool) -> AnswerKey:
    query, opt = scope["query_string"], scope["route_handler"].opt
    is_pinned = _PINNED.search(query) or ("ends_at_a_position" in opt and _ENDED.search(query))
    formats = opt.get(FORMATS)
    form: str | None = PLAIN
    host = ""
    if formats:
        form = accepted(headers.get("accept"), formats)
        host = headers.get("host", "") if form != PLAIN or b"format=" in query else ""
    return AnswerKey(
        scope["raw_path"],
        query,
        None if is_pinned else standing,
        compressed,
        bool(formats),
        form,
        host,
    )


def _is_name(timeline: str) -> bool:
    return len(timeline) <= SLUG_LENGTH_MAX and re.match(SLUG_PATTERN, timeline) is not None


async def _standing(service: Service, timeline: str, query: bytes) -> HeadPosition:
    """Where the log stands, once it has reached what the request waits for."""
    if waiting := _WAITING.search(query):
        wait_seconds = service.settings.read_wait_seconds_max
        return await service.heads.reached(timeline, int(waiting[1]), wait_seconds)
    return await service.heads.current(timeline)


class _CachingSend:
    """Sends an answer on, compressed and with its validators, and keeps it, unless it is streamed."""

    def __init__(
        self, kept: LRUCache[AnswerKey, CachedAnswer], key: AnswerKey, scope: Scope, send: Send
    ) -> None:
        self._kept = kept
        self._key = key
        self._scope = scope
        self._send = send
        self._packer: Any = None
        self._start: HTTPResponseStartEvent | None = None
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if IS_STREAM in self._scope["state"]:
            await self._send(self._streamed(message))
        elif message["type"] == "http.response.start" and message["status"] == 200:
            self._start = message
        elif message["type"] == "http.response.body" and self._start is not None:
            self._body += message["body"]
            if not message["more_body"]:
                await _send(self._send, 200, self._keep(list(self._start["headers"])))
        else:
            await self._send(message)

    def _streamed(self, message: Message) -> Message:
        """A part of a stream, compressed as it goes."""
        if message["type"] == "http.response.start":
            headers = [*message["headers"], *_validators(self._key)]
            if self._key.compressed and not _is_packed(headers):
                self._packer = zlib.compressobj(STREAM_COMPRESS_LEVEL, wbits=GZIP)
                headers.append((b"content-encoding", b"gzip"))
            message["headers"] = headers
        elif message["type"] == "http.response.body" and self._packer is not None:
            packed = self._packer.compress(message["body"])
            message["body"] = packed if message["more_body"] else packed + self._packer.flush()
        return message

    def _keep(self, headers: list[tuple[bytes, bytes]]) -> CachedAnswer:
        body = bytes(self._body)
        headers = [(name, value) for name, value in headers if name != b"content-length"]
        if self._key.compressed and len(body) >= COMPRESS_BYTES_MIN and not _is_packed(headers):
            body = gzip.compress(body, COMPRESS_LEVEL, mtime=0)
            headers.append((b"content-encoding", b"gzip"))
        headers += [*_validators(self._key), (b"content-length", str(len(body)).encode())]
        answer = CachedAnswer(headers, body)
        if answer.size_bytes <= self._kept.maxsize // 10:
            self._kept[self._key] = answer
        return answer


def _is_packed(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether an answer is of a kind that is compressed in itself."""
    return (b"content-type", PARQUET.encode()) in headers


def _validators(key: AnswerKey) -> list[tuple[bytes, bytes]]:
    lasting = _FOR_NOW if key.standing else _FOR_EVER
    vary = b"accept, accept-encoding" if key.negotiated else b"accept-encoding"
    return [(b"etag", key.etag), (b"cache-control", lasting), (b"vary", vary)]


def _matches(given: str | None, etag: bytes) -> bool:
    """Whether an If-None-Match names the answer; weakly compared, as RFC 9110, section 13.1.2, asks."""
    if given is None:
        return False
    named = [tag.strip().removeprefix("W/") for tag in given.split(",")]
    return etag.decode() in named


async def _send(send: Send, status: int, kept: CachedAnswer) -> None:
    start: Any = {"type": "http.response.start", "status": status, "headers": kept.headers}
    body: Any = {"type": "http.response.body", "body": kept.body, "more_body": False}
    await send(start)
    await send(body)
