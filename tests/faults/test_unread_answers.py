"""Clients that ask and do not read: they take neither the exports from others nor the memory."""

import asyncio
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import cycle, islice
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import httpx
import pytest

from tests.faults.load import soon
from tests.faults.sizes import print_figures, short_and_long
from tests.faults.victims import Postgres
from tests.support.payloads import engagement, evidence
from tests.support.service import Service

pytestmark = pytest.mark.alone

PATH = "/v1/timelines/unread"
EXPORT = "/events?format=ndjson"
ANSWERS = (EXPORT, "?format=geojson", "/replay", "/events?limit=500", "?limit=500", "/events/stream?after=0")
MEMORY_MB_MAX = 250
TCP_ESTABLISHED = "01"
WAIT_SECONDS_MAX = 30
"""A hang: what is waited for takes a second or two."""


Start = Callable[..., Service]


@pytest.fixture
def on_log(durable: Postgres, serve: Start) -> Start:
    """Start a service with settings on a timeline of posts; it has read none of them."""

    def start(posts: Iterable[object], **settings: str) -> Service:
        service = serve(durable.new_database(), **settings)
        service.client.put(PATH)
        for post in posts:
            assert 201 == service.client.post(f"{PATH}/events", json=post).status_code
        service.restart()
        return service

    return start


def large_reports() -> Iterator[object]:
    """A few events of 600 KB."""
    media = [{"url": "https://news.example/1", "caption": "\u4e00" * 20_000}] * 10
    return (evidence(about=[], media=media) for _ in range(20))


def many_reports() -> Iterator[object]:
    """Arrays of many events of 2 KB."""
    return ([engagement(summary="x" * 2_000) for _ in range(500)] for _ in range(8))


@contextmanager
def unread(url: str, answers: Iterator[str]) -> Iterator[None]:
    """Clients that ask for answers and have next to no room for them."""
    address = urlsplit(url)
    with ExitStack() as stack:
        for answer in answers:
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            client.connect((address.hostname, address.port))
            client.sendall(f"GET {PATH}{answer} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        yield


def connections(url: str) -> int:
    """How many connections the service has; a client that does not read is not told of the end of its own."""
    address = urlsplit(url)
    local = f"0100007F:{address.port:04X}"
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    return sum(fields[1] == local and fields[3] == TCP_ESTABLISHED for fields in sockets)


def export_seconds(service: Service) -> float:
    """How long it takes until an export is not refused any more, and comes whole."""
    start = monotonic()
    while monotonic() < start + WAIT_SECONDS_MAX:
        with httpx.stream("GET", f"{service.url}{PATH}{EXPORT}", trust_env=False, timeout=30) as response:
            if response.status_code == 200:
                assert 4_000 == sum(1 for _ in response.iter_lines())
                return monotonic() - start
    raise AssertionError("every export was refused")


@short_and_long("answers", (EXPORT,), (EXPORT, "/replay"))
async def test_exports_that_nobody_reads(on_log: Start, answers: tuple[str, ...]) -> None:
    """They make room for one that is read, long before their own time is up."""
    service = await asyncio.to_thread(on_log, many_reports())
    with unread(service.url, islice(cycle(answers), 20)):
        await asyncio.sleep(1)
        seconds = await asyncio.to_thread(export_seconds, service)

    assert seconds < 10
    print_figures(f"20 exports unread: another came whole after {seconds:.1f} s", clients=20)


@short_and_long("clients", 12, 100)
async def test_answers_that_are_not_read_in_time(on_log: Start, clients: int) -> None:
    """The connections are closed, whatever was asked for."""
    service = await asyncio.to_thread(on_log, large_reports(), unread_seconds_max="2")
    start = monotonic()
    with unread(service.url, islice(cycle(ANSWERS), clients)):
        assert clients <= connections(service.url)
        await soon(lambda: connections(service.url) == 0)  # exports go on one after another
    seconds = monotonic() - start

    assert "unforeseen error" not in service.log
    print_figures(f"{clients} answers unread: all were closed after {seconds:.1f} s", clients=clients)


@short_and_long("groups", (ANSWERS,), tuple((answer,) for answer in ANSWERS))
async def test_memory(on_log: Start, groups: tuple[tuple[str, ...], ...]) -> None:
    """A hundred clients that do not read leave the worker as small as it is, whatever they ask for."""
    service = await asyncio.to_thread(on_log, large_reports(), stream_readers_max="200")
    for answers in groups:
        with unread(service.url, islice(cycle(answers), 100)):
            await asyncio.sleep(3)
            assert 200 == (await asyncio.to_thread(service.client.get, "/health")).status_code
            memory = service.memory_mb_max()

        assert memory < MEMORY_MB_MAX
        print_figures(
            f"100 clients leave {', '.join(answers)} unread: the worker held {memory:.0f} MB at most",
            clients=100,
        )
