"""Bodies that nobody reads: an answer often needs none, as where an address or a media type is unknown.

The server closes a connection on which a body is left unread, and says nothing of it: a client that sends its
next request there finds the connection broken, and one that is still sending loses the answer. So what is
left of a short body is read before the answer, and an answer after which the connection closes says so.
"""

import asyncio
from contextlib import suppress
from typing import cast

from litestar.types import HTTPReceiveMessage, HTTPScope, Message, Receive, Send

REST_BYTES_MAX = 65_536
REST_SECONDS_MAX = 1.0

_CLOSE = (b"connection", b"close")


class UnreadBody:
    """What is left of the body of a request, which its answer deals with."""

    def __init__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        self._length = headers.get(b"content-length", b"0")
        self._is_left = b"transfer-encoding" in headers or self._length != b"0"
        # who waits for `100 Continue` has not sent it yet
        self._is_short = (
            b"transfer-encoding" not in headers and b"expect" not in headers and _is_short(self._length)
        )
        self._can_close = scope["http_version"].startswith("1")
        self._receive, self._send = receive, send

    async def receive(self) -> HTTPReceiveMessage:
        """Receive a part of the body; who has begun to read it knows what to do with the rest."""
        self._is_short = False
        return await self._receive_part()

    async def send(self, message: Message) -> None:
        """Send a part of the answer, once the body is read or the client is told that the connection ends."""
        if message["type"] == "http.response.start" and self._is_left:
            if self._is_short:
                await self._read_rest()
            if self._is_left and self._can_close:
                message["headers"] = [*message["headers"], _CLOSE]
        await self._send(message)

    async def _receive_part(self) -> HTTPReceiveMessage:
        message = cast("HTTPReceiveMessage", await self._receive())
        self._is_left = message["type"] == "http.request" and message.get("more_body", False)
        return message

    async def _read_rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(REST_SECONDS_MAX):
                while self._is_left:
                    await self._receive_part()


def _is_short(length: bytes) -> bool:
    return length.isdigit() and len(length) < 10 and int(length) <= REST_BYTES_MAX
