"""Which pages of other origins a browser lets read and write (the Fetch standard's CORS protocol).

Reads are open by default to every origin where anybody can reach the service anyway, and to pages on loopback
where it listens on loopback: else any website could read what a reporter's own machine holds. Writes are open
to origins that the settings list, and to no other. A service behind no browser is not protected by this: that
is what the write token is for.

A page can send no write without a browser's asking first, since no body is taken without its media type.
"""

from collections.abc import Iterable, Mapping
from typing import cast
from urllib.parse import urlsplit

from litestar.types import HTTPScope, Message, Send
from msgspec import Struct

from timeline.api.hosts import is_loopback_host
from timeline.settings import ANY_ORIGIN, Settings, cors_origins

READS = frozenset({"GET", "HEAD", "OPTIONS"})
ALLOWED_METHODS = "GET, HEAD, OPTIONS, POST, PUT"
ALLOWED_HEADERS = "Accept, Authorization, Cache-Control, Content-Type, If-Match, If-None-Match, Last-Event-ID"
EXPOSED_HEADERS = (
    "Allow, Content-Disposition, ETag, Link, Location, Retry-After, WWW-Authenticate, X-Leaf-Hash, X-Rules,"
    " X-Total-Count"
)
PREFLIGHT_SECONDS = 600
"""How long a browser may go by the answer to what it asked first."""

Headers = list[tuple[bytes, bytes]]


class OriginPolicy(Struct, frozen=True):
    """Who may read and who may write: listed origins both, and reads what `any_reads` or loopback opens."""

    listed: frozenset[str]
    any_reads: bool
    loopback_reads: bool

    def allows(self, origin: str, method: str) -> bool:
        """Whether a page of an origin may use a method and see the answer."""
        if origin in self.listed:
            return True
        return method in READS and (self.any_reads or (self.loopback_reads and is_loopback(origin)))

    def depends_on_origin(self, method: str) -> bool:
        """Whether answers to a method say different things to different origins."""
        return not (self.any_reads and method in READS)


def origin_policy(settings: Settings) -> OriginPolicy:
    """The policy that the settings name, or the default for the address on which the service listens."""
    if settings.cors_origins is not None:
        origins = cors_origins(settings.cors_origins)
        return OriginPolicy(origins - {ANY_ORIGIN}, any_reads=ANY_ORIGIN in origins, loopback_reads=False)
    on_loopback = is_loopback_host(settings.host)
    return OriginPolicy(frozenset(), any_reads=not on_loopback, loopback_reads=on_loopback)


def is_loopback(origin: str) -> bool:
    """Whether an origin is a page that this machine serves; `null`, that of files and frames, is none."""
    try:
        parts = urlsplit(origin)
        has_port = parts.port is None or parts.port > 0  # asking raises where it is no number
        return has_port and parts.scheme in ("http", "https") and is_loopback_host(parts.hostname or "")
    except ValueError:
        return False


def is_preflight(scope: HTTPScope) -> bool:
    """Whether a browser asks what a page may do before it sends the page's request."""
    headers = dict(scope["headers"])
    return (
        scope["method"] == "OPTIONS" and b"origin" in headers and b"access-control-request-method" in headers
    )


async def answer_preflight(policy: OriginPolicy, scope: HTTPScope, send: Send) -> None:
    """Say what a page may do, whatever is at the address; nothing of it where the page may not."""
    headers = dict(scope["headers"])
    method = headers[b"access-control-request-method"].decode("latin-1").upper()
    answer: Headers = [(b"vary", b"origin, access-control-request-method")]
    allowed = _allowed_origin(policy, headers, method)
    if allowed is not None:
        answer += [
            (b"access-control-allow-origin", allowed),
            (b"access-control-allow-methods", ALLOWED_METHODS.encode()),
            (b"access-control-allow-headers", ALLOWED_HEADERS.encode()),
            (b"access-control-max-age", str(PREFLIGHT_SECONDS).encode()),
        ]
    start = {"type": "http.response.start", "status": 204, "headers": answer}
    await send(cast("Message", start))
    await send(cast("Message", {"type": "http.response.body", "body": b"", "more_body": False}))


def sharing_send(policy: OriginPolicy, scope: HTTPScope, send: Send) -> Send:
    """A `send` that adds to each answer, be it a refusal, whether the page that asked may see it."""
    method = scope["method"]
    allowed = _allowed_origin(policy, dict(scope["headers"]), method)
    added: Headers = []
    if allowed is not None:
        added += [
            (b"access-control-allow-origin", allowed),
            (b"access-control-expose-headers", EXPOSED_HEADERS.encode()),
        ]
    varies = policy.depends_on_origin(method)

    async def send_shared(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message["headers"]
            message["headers"] = [*(_with_vary(headers) if varies else headers), *added]
        await send(message)

    return send_shared


def _allowed_origin(policy: OriginPolicy, headers: Mapping[bytes, bytes], method: str) -> bytes | None:
    """The value of Access-Control-Allow-Origin; None where the page may not see the answer."""
    if not policy.depends_on_origin(method):
        return ANY_ORIGIN.encode()  # the same for all, so that shared caches need only one copy
    origin = headers.get(b"origin")
    if origin is None or not policy.allows(origin.decode("latin-1"), method):
        return None
    return origin


def _with_vary(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Headers by which a shared cache does not give one origin what was answered to another."""
    others = [(name, value) for name, value in headers if name.lower() != b"vary"]
    values = [value for name, value in headers if name.lower() == b"vary"]
    return [*others, (b"vary", b", ".join([*values, b"origin"]))]
