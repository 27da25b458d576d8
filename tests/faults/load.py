"""Clients of a service that fails: writers that send again what nobody acknowledged, readers at the tail."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from tests.support.client import Answer
from tests.support.payloads import casualties, correction, engagement
from tests.support.processes import run_command

WAIT_SECONDS_MAX = 120
RETRY_SECONDS = 0.05

Where = Callable[[], str]
"""Gives the address of the service, which changes when it is started again."""


class Record(NamedTuple):
    """What identifies a record of the log."""

    position: int
    id: str


def client() -> httpx.AsyncClient:
    """A client with one connection, so that one process answers it for as long as that stands."""
    limits = httpx.Limits(max_connections=1)
    return httpx.AsyncClient(trust_env=False, verify=False, timeout=WAIT_SECONDS_MAX, limits=limits)


async def soon(condition: Callable[[], Any], seconds_max: float = WAIT_SECONDS_MAX) -> None:
    """Wait until a condition is true, or fail."""
    async with asyncio.timeout(seconds_max):
        while not condition():  # noqa: ASYNC110 - no event announces what it waits for
            await asyncio.sleep(0.02)


def check_unavailable(response: Answer | httpx.Response) -> None:
    """A 503 says what it is, and when to try again."""
    assert (503, "application/problem+json") == (response.status_code, response.headers["content-type"])
    assert 1 <= int(response.headers["retry-after"])
    assert response.json()["type"] in ("/problems/unavailable", "/problems/outcome-unknown")


class Load:
    """Writers to a timeline, and what the service has answered them."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.acknowledged: dict[str, int] = {}
        """Event id to position; every event that was sent is here in the end."""
        self.broken_off = self.unavailable = self.duplicates = 0
        """Posts without an answer, posts answered by 503, events answered as duplicates."""
        self.stopping = False

    async def create(self, where: Where) -> None:
        """Make the timeline."""
        async with client() as http:
            assert 201 == (await http.put(where() + self.path)).status_code

    async def write(
        self,
        where: Where,
        posts_max: int = 10**9,
        after_each: Callable[[httpx.AsyncClient, int], Awaitable[None]] | None = None,
    ) -> None:
        """Post single events, arrays and corrections, until it is stopping or all is sent."""
        earlier: dict[str, Any] | None = None
        async with client() as http:
            for number in range(posts_max):
                if self.stopping:
                    return
                events = [engagement(summary=f"No. {number}")]
                if number % 3 == 1:
                    events += [casualties(), engagement()]
                elif number % 3 == 2 and earlier is not None:
                    events = [correction(earlier, summary=f"Restated in {number}.")]
                position = await self.send(http, where, events)
                earlier = events[0] if number % 3 == 0 else earlier
                if after_each is not None:
                    await after_each(http, position)

    async def send(self, http: httpx.AsyncClient, where: Where, events: list[dict[str, Any]]) -> int:
        """Post events again and again until they are acknowledged; gives the last position."""
        while True:
            try:
                body = events[0] if len(events) == 1 else events
                response = await http.post(f"{where()}{self.path}/events", json=body)
            except httpx.TransportError:
                self.broken_off += 1
            else:
                if response.status_code in (200, 201):
                    return self._acknowledge(response, events)
                check_unavailable(response)
                self.unavailable += 1
            await asyncio.sleep(RETRY_SECONDS)

    def _acknowledge(self, response: httpx.Response, events: list[dict[str, Any]]) -> int:
        outcomes = response.json()["outcomes"]
        assert [event["id"] for event in events] == [outcome["id"] for outcome in outcomes]
        for outcome in outcomes:
            assert outcome["id"] not in self.acknowledged
            self.acknowledged[outcome["id"]] = outcome["position"]
            self.duplicates += outcome["duplicate"]
        return outcomes[-1]["position"]

    @asynccontextmanager
    async def under(self, where: Where, writers: int) -> AsyncIterator[None]:
        """Writers that post while the block runs; it ends when all that they sent is acknowledged."""
        async with asyncio.TaskGroup() as group:
            for _ in range(writers):
                group.create_task(self.write(where))
            yield
            self.stopping = True

    async def write_all(self, writers: int, where: Where, posts: int) -> None:
        """Let writers post, until each has sent so many posts."""
        async with asyncio.TaskGroup() as group:
            for _ in range(writers):
                group.create_task(self.write(where, posts))

    async def more(self, count: int) -> None:
        """Wait until so many more events are acknowledged."""
        target = len(self.acknowledged) + count
        await soon(lambda: len(self.acknowledged) >= target)

    async def check(self, url: str, dsn: str) -> list[Record]:
        """The log holds what was acknowledged, each event once, without a gap; all that is stored agrees."""
        log = await read_log(url, self.path)
        assert list(range(1, len(log) + 1)) == [record.position for record in log]
        assert self.acknowledged == {record.id: record.position for record in log}
        assert len(log) == len(self.acknowledged)
        await asyncio.to_thread(run_command, dsn, "verify", "--timeline", self.path.rpartition("/")[2])
        return log


async def read_log(url: str, path: str) -> list[Record]:
    """The whole log, page by page."""
    log: list[Record] = []
    async with client() as http:
        while page := await read_page(http, url + path, log[-1].position if log else 0, 500):
            log += page
    return log


async def read_page(http: httpx.AsyncClient, address: str, after: int, limit: int) -> list[Record]:
    """Some records after a position."""
    response = await http.get(f"{address}/events", params={"after": after, "limit": limit})
    if response.status_code == 503:
        check_unavailable(response)
        return []
    assert 200 == response.status_code, response.text
    return [Record(record["position"], record["event"]["id"]) for record in response.json()["records"]]


async def tail_pages(where: Where, path: str, seen: list[Record]) -> None:
    """Read the log page by page with `after`, until cancelled."""
    async with client() as http:
        while True:
            page: list[Record] = []
            with suppress(httpx.TransportError):
                page = await read_page(http, where() + path, seen[-1].position if seen else 0, 50)
            seen += page
            await asyncio.sleep(0 if page else RETRY_SECONDS)


async def tail_stream(where: Where, path: str, seen: list[Record]) -> None:
    """Follow the stream until cancelled, and resume it where it breaks off."""
    while True:
        with suppress(OSError, asyncio.IncompleteReadError):
            async with stream(where(), path, seen[-1].position if seen else 0) as reader:
                while line := await reader.readline():
                    if line.startswith(b'data: {"position"') or b'"event"' in line:
                        record = json.loads(line.removeprefix(b"data: "))
                        seen.append(Record(record["position"], record["event"]["id"]))
        await asyncio.sleep(RETRY_SECONDS)


@asynccontextmanager
async def stream(
    url: str, path: str, after: int, *, limit_bytes: int = 1 << 20
) -> AsyncIterator[asyncio.StreamReader]:
    """An open stream, read up to its headers; by HTTP/1.0, so that the text comes without chunks."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=limit_bytes)
    try:
        writer.write(f"GET {path}/events/stream?after={after} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise OSError(head.decode())
        yield reader
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


@asynccontextmanager
async def tailing(path: str, *wheres: Where) -> AsyncIterator[list[list[Record]]]:
    """Two readers at the tail for each address: one of pages, one of the stream."""
    seen: list[list[Record]] = [[] for _ in range(2 * len(wheres))]
    tails = [
        asyncio.ensure_future(tail(where, path, into))
        for (where, tail), into in zip(
            ((where, tail) for where in wheres for tail in (tail_pages, tail_stream)), seen, strict=True
        )
    ]
    try:
        yield seen
    finally:
        for task in tails:
            task.cancel()
        failed = [e for e in await asyncio.gather(*tails, return_exceptions=True) if isinstance(e, Exception)]
        assert [] == failed


async def check_tails(seen: list[list[Record]], log: list[Record]) -> None:
    """Every reader comes to the end of the log, and has seen each record once and in order."""
    await soon(lambda: all(len(records) >= len(log) for records in seen))
    for records in seen:
        assert log == records
