"""Sends fuzzed inputs over several connections, as fast as they are answered, and keeps what is a fault."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import msgspec

from tests.faults.fuzz_pools import Input

HANG_SECONDS = 30
"""No input may take longer: each of its own is answered in milliseconds."""

FAULTS_MAX = 10
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
STREAM = re.compile(rb"\r\ncontent-type: *text/event-stream", re.IGNORECASE)
CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)


class Outcome(NamedTuple):
    """How an event was answered."""

    id: str
    position: int


class Fault(NamedTuple):
    """What must not happen, and the input that it happened to."""

    number: int
    words: str
    sent: bytes


def as_sent(request: Input, timeline: str, host: str) -> bytes:
    """The bytes of a request; what a header cannot hold is quoted."""
    pairs = [f"{quoted(name)}={quoted(value)}" for name, value in request.query]
    path = request.path.replace("{timeline}", timeline)
    target = quote(path.encode("utf-8", "surrogatepass"), safe="/%:@,;=!$&'()*+~")
    if pairs:
        target += "?" + "&".join(pairs)
    headers = [("Host", host), *request.headers]
    if request.body or request.method in ("POST", "PUT", "PATCH"):
        headers.append(("Content-Length", str(len(request.body))))
    lines = "".join(f"{plain(name)}: {plain(value)}\r\n" for name, value in headers)
    return f"{request.method} {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1", "replace") + request.body


def quoted(text: str) -> str:
    """A part of a query."""
    return quote(text.encode("utf-8", "surrogatepass" if text.isprintable() else "replace"), safe="~:/,")


def plain(text: str) -> str:
    """A part of a header without the characters that would end it: the connection itself is not fuzzed."""
    return "".join(character for character in text if character.isprintable())


class FuzzClient:
    """Connections to a service that send inputs and judge the answers."""

    def __init__(self, url: str, timeline_of: Callable[[int], str]) -> None:
        self._address = urlsplit(url)
        self._timeline_of = timeline_of
        self.statuses: Counter[int] = Counter()
        self.faults: list[Fault] = []
        self.outcomes: dict[str, dict[str, Outcome]] = {}
        """By timeline and id, what was acknowledged."""

    async def send_all(self, inputs: Iterator[tuple[int, Input]], connections: int) -> None:
        """Send them all, or until there are many faults."""
        async with asyncio.TaskGroup() as group:
            for _ in range(connections):
                group.create_task(self._send_some(inputs))

    async def _send_some(self, inputs: Iterator[tuple[int, Input]]) -> None:
        reader: asyncio.StreamReader | None = None
        writer: asyncio.StreamWriter | None = None
        for number, request in inputs:
            timeline = self._timeline_of(number)
            sent = as_sent(request, timeline, self._address.netloc)
            if reader is None or writer is None:
                reader, writer = await asyncio.open_connection(self._address.hostname, self._address.port)
            try:
                async with asyncio.timeout(HANG_SECONDS):
                    writer.write(sent)
                    is_open = await self._judge(reader, request, timeline, number, sent)
            except TimeoutError:
                self.faults.append(Fault(number, f"no answer in {HANG_SECONDS} s", sent))
                is_open = False
            except (OSError, asyncio.IncompleteReadError) as error:
                self.faults.append(Fault(number, f"no whole answer: {error!r}", sent))
                is_open = False
            if not is_open:
                await close(writer)
                reader = writer = None
            if len(self.faults) >= FAULTS_MAX:
                break
        if writer is not None:
            await close(writer)

    async def _judge(
        self, reader: asyncio.StreamReader, request: Input, timeline: str, number: int, sent: bytes
    ) -> bool:
        """Read an answer; gives whether the connection may be used again."""
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        self.statuses[status] += 1
        if STREAM.search(head):
            return False
        body = b"" if request.method == "HEAD" or status in (204, 304) else await read_body(reader, head)
        if status >= 500:
            self.faults.append(Fault(number, f"{status}: {body[:300]!r}", sent))
        if status in (200, 201) and b'"outcomes"' in body and request.method == "POST":
            self._acknowledge(body, request, timeline, number, sent)
        return CLOSE.search(head) is None

    def _acknowledge(self, body: bytes, request: Input, timeline: str, number: int, sent: bytes) -> None:
        """Remember where the events of a post are; an event that was posted before is where it was."""
        if not request.path.startswith("/v1/timelines/{timeline}/"):
            return
        of_timeline = self.outcomes.setdefault(timeline, {})
        for outcome in msgspec.json.decode(body).get("outcomes", ()):
            now = Outcome(outcome["id"], outcome["position"])
            if of_timeline.setdefault(now.id, now) != now:
                self.faults.append(Fault(number, f"acknowledged twice: {of_timeline[now.id]}, {now}", sent))


async def close(writer: asyncio.StreamWriter) -> None:
    """Close a connection, and wait until it is: what stays open is reported as a mistake of the test."""
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def read_body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    """The body of an answer, by its length or by its chunks, or to the end of the connection."""
    if match := LENGTH.search(head):
        return await reader.readexactly(int(match[1]))
    if not CHUNKED.search(head):
        return await reader.read()
    body = b""
    while length := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        body += (await reader.readexactly(length + 2))[:-2]
    await reader.readuntil(b"\r\n")
    return body
