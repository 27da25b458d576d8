"""The baseline service: routes that only decode the body, or only hand out ready bytes.

It runs on the same framework and the same server with the same settings as the service itself; what is above
it is the price of the log, the views and the database.
"""

import sys
from functools import cache
from typing import Any

import msgspec
from litestar import Litestar, MediaType, Request, Response, get, post

from timeline.cli.listening import listening_address, reserve_port
from timeline.cli.server import Server
from timeline.domain.codec import decode_batch, decode_event
from timeline.settings import Settings


class Decoded(msgspec.Struct):
    """The answer of a route: as small as an answer can be."""

    events: int


@post("/decode")
async def decode(request: Request[Any, Any, Any]) -> Decoded:
    """Decode one event, or an array of them."""
    body = await request.body()
    if body.startswith(b"["):
        return Decoded(len(decode_batch(body, 1_000)))
    decode_event(body)
    return Decoded(1)


@post("/decode-lines", request_max_body_size=None)
async def decode_lines(request: Request[Any, Any, Any]) -> Decoded:
    """Decode a stream of lines in bounded memory."""
    rest, events = b"", 0
    async for block in request.stream():
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            decode_event(line)
        events += len(lines)
    return Decoded(events)


@get("/static/{size:int}", media_type=MediaType.JSON)
async def static(size: int) -> Response[bytes]:
    """Ready bytes of a size."""
    return Response(_ready(size), media_type=MediaType.JSON)


@get("/ready")
async def ready() -> None:
    """Answer that the server is up."""


@cache
def _ready(size: int) -> bytes:
    return b'"%s"' % (b"x" * (size - 2))


def application() -> Litestar:
    """The routes."""
    return Litestar([decode, decode_lines, static, ready], openapi_config=None, logging_config=None)


def main() -> None:
    """Serve on a free port, and print its address as `timeline serve` does."""
    settings = Settings(port=0)
    with reserve_port(listening_address(settings)) as address:
        server = Server(address, settings, _announce, hangup_ignored=False)
        server.serve(target_loader=application, wrap_loader=False)


def _announce(url: str) -> None:
    sys.stderr.write(f"Serving on {url}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
