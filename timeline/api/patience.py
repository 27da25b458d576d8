"""How long the service waits for a client that sends a body or reads an answer, and what ends the wait."""

import asyncio
from collections.abc import Awaitable, Iterator
from time import monotonic
from typing import TypeVar

import structlog
from litestar.types import HTTPResponseBodyEvent, HTTPScope, Message, Send

from timeline.api.connections import Connections
from timeline.api.export_slots import WAITING_SINCE

BYTES_PER_SECOND_MIN = 1_000
"""Who is slower than this uses up the patience, however steadily."""

PART_BYTES_MAX = 32_768
"""The server holds up to four parts of a stream that nobody reads."""

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class Patience:
    """The time that may still be spent on waiting for a client, beside what the bytes that pass may take.

    A deadline for each part alone could be met for ever with one byte at a time.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds_max = self._seconds = seconds

    async def wait(self, part: Awaitable[T], size_bytes: int = 0) -> T:
        """Wait for a part of a body or an answer to pass, of a size that is known.

        Raises:
            TimeoutError: there is no time left.
        """
        start = monotonic()
        self._seconds += size_bytes / BYTES_PER_SECOND_MIN
        async with asyncio.timeout(self._seconds):
            value = await part
        self._seconds = min(self._seconds_max, self._seconds - (monotonic() - start))
        return value

    def restore(self, size_bytes: int) -> None:
        """Give time back for what has passed, where its size was not known before."""
        self._seconds = min(self._seconds_max, self._seconds + size_bytes / BYTES_PER_SECOND_MIN)


def patient_send(scope: HTTPScope, send: Send, seconds: float, connections: Connections) -> Send:
    """Send an answer to a client that reads it; where it is streamed to one that does not, hang up.

    The framework learns of it as of any client that disconnects, and ends the stream. An answer that is sent
    at once is the server's from then on: the kernel gives it up after the same time (`listen`).
    """
    patience: Patience | None = None

    async def send_in_time(message: Message) -> None:
        nonlocal patience
        if message["type"] != "http.response.body" or not (patience or message.get("more_body")):
            await send(message)
            return
        patience = patience or Patience(seconds)
        for part in _parts(message):
            scope["state"][WAITING_SINCE] = monotonic()
            try:
                await patience.wait(send(part), len(part["body"]))
            except TimeoutError:
                client = scope["client"]
                _log.info("answer not read", path=scope["path"], client=client and client[0])
                await connections.close(client)
                return
            scope["state"].pop(WAITING_SINCE)

    return send_in_time


def _parts(message: HTTPResponseBodyEvent) -> Iterator[HTTPResponseBodyEvent]:
    """A part of a stream as several, of a size that the server may have in stock for a slow client."""
    body, more_body = message["body"], message.get("more_body", False)
    for start in range(0, max(len(body), 1), PART_BYTES_MAX):
        end = start + PART_BYTES_MAX
        yield {**message, "body": body[start:end], "more_body": more_body or end < len(body)}
