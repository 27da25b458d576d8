"""A listener of its own for /health and /ready: clients can occupy every place of the other.

It speaks as much HTTP as a supervisor does: one request without a body, one answer, and the end.
"""

import asyncio
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from litestar import Litestar

from timeline.api.hosts import PROBES

HEAD_BYTES_MAX = 4_096
PROBE_SECONDS_MAX = 2.0
"""How long one probe may take, from its connection to the end of its answer."""

PROBES_MAX = 50
"""How many are answered at once; others are closed."""


class ProbeListener:
    """Answers /health and /ready as the application does, on another port."""

    def __init__(self, app: Litestar, host: str, port: int | None) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._server: asyncio.Server | None = None
        self._in_use = 0

    async def start(self) -> None:
        """Listen, if there is a port to listen on; each worker does so on the same."""
        if self._port is not None:
            self._server = await asyncio.start_server(
                self._answer, self._host, self._port, limit=HEAD_BYTES_MAX, reuse_port=True
            )

    async def stop(self) -> None:
        """Listen no longer."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._in_use += 1
        try:
            if self._in_use <= PROBES_MAX:
                async with asyncio.timeout(PROBE_SECONDS_MAX):
                    head = await reader.readuntil(b"\r\n\r\n")
                    writer.write(await self._response(head))
                    await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # no request, or nobody who waits for the answer
        finally:
            self._in_use -= 1
            writer.close()

    async def _response(self, head: bytes) -> bytes:
        """The whole response to a request's head."""
        method, _, rest = head.partition(b"\r\n")[0].decode("latin-1").partition(" ")
        path = rest.partition(" ")[0]
        if path not in PROBES or method not in ("GET", "HEAD"):
            return _response_bytes(HTTPStatus.NOT_FOUND, [(b"content-length", b"0")], b"")
        messages: list[Any] = []

        async def send(message: Any) -> None:
            messages.append(message)

        await self._app(_scope(method, path), _receive, send)
        start, *parts = messages
        return _response_bytes(start["status"], start["headers"], b"".join(part["body"] for part in parts))


def _scope(method: str, path: str) -> Any:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.0",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [],
        "client": None,
        "server": None,
        "state": {},
    }


async def _receive() -> Any:
    return {"type": "http.request", "body": b"", "more_body": False}


def _response_bytes(status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode(), b"connection: close"]
    return b"\r\n".join([*lines, *(b": ".join(header) for header in headers), b"", body])
