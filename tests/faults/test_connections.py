"""Clients that hold connections and do nothing: each is closed in time, and others are served meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import httpx
import pytest

from tests.faults.load import soon
from tests.faults.sizes import print_figures, short_and_long
from tests.faults.victims import Postgres
from tests.support.processes import free_port
from tests.support.service import Service

pytestmark = pytest.mark.alone

HEALTH_SECONDS_MAX = 1.0
DEADLINE_SECONDS = 1.5
CLOSED_SECONDS_MAX = 20
"""A hang: more than the deadline and a machine that does much else take."""

ATTACKER = "127.0.0.2"
"""On Linux each address of this network is the machine's own."""

HOST = b"Host: 127.0.0.1\r\n"
HALF_BODY = HOST + b"Content-Type: application/%s\r\nContent-Length: 100\r\n\r\n{"
HALVES = {
    b"": b"",
    b"GET /health HTTP/1.1\r\n" + HOST + b"X-Half: ": b"",
    b"GET /health HTTP/1.1\r\n" + HOST + b"\r\n": b"200 OK",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0": b"",
    b"POST /v1/timelines/held/events HTTP/1.1\r\n" + HALF_BODY % b"json": b"408 Request Timeout",
    b"PUT /v1/timelines/held HTTP/1.1\r\n" + HALF_BODY % b"json": b"408 Request Timeout",
    b"POST /v1/timelines/held/events/lines HTTP/1.1\r\n" + HALF_BODY % b"x-ndjson": b"408 Request Timeout",
}
"""What is sent, and the status of the answer before the connection is closed, if there is one."""

LIMITS = {
    "header_seconds_max": str(DEADLINE_SECONDS),
    "body_seconds_max": str(DEADLINE_SECONDS),
    "address_connections_max": "0",
}


def seconds_of(address: str) -> float:
    """How long a new connection waits for a good answer."""
    start = monotonic()
    response = httpx.get(address, trust_env=False, timeout=CLOSED_SECONDS_MAX)
    assert 200 == response.status_code
    return monotonic() - start


@asynccontextmanager
async def waiting(url: str, count: int, text: bytes, source: str = "127.0.0.1") -> AsyncIterator[list[bytes]]:
    """Connections that send a text and nothing more; gives what each got until it was closed."""
    address, answers = urlsplit(url), list[bytes]()

    async def hold() -> None:
        answer, writer = b"", None
        try:
            reader, writer = await asyncio.open_connection(
                address.hostname, address.port, local_addr=(source, 0)
            )
            writer.write(text)
            while part := await reader.read(65_536):
                answer += part
        except OSError:  # closed with what it had sent unread
            pass
        finally:
            if writer is not None:
                writer.transport.abort()
        answers.append(answer)

    tasks = [asyncio.create_task(hold()) for _ in range(count)]
    try:
        yield answers
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def slowest_health(url: str, answers: Sequence[bytes], count: int) -> float:
    """The longest time that /health takes until so many connections are closed."""
    slowest, end = 0.0, monotonic() + CLOSED_SECONDS_MAX
    while len(answers) < count:
        assert monotonic() < end, f"{len(answers)} of {count} were closed"
        slowest = max(slowest, await asyncio.to_thread(seconds_of, f"{url}/health"))
        await asyncio.sleep(0.1)
    return slowest


@short_and_long("count", 40, 400)
async def test_connections_that_wait(durable: Postgres, serve: Callable[..., Service], count: int) -> None:
    """What is begun and not continued is closed at the deadline, half a body with a 408."""
    service = await asyncio.to_thread(serve, durable.new_database(), **LIMITS)
    await asyncio.to_thread(service.client.put, "/v1/timelines/held")
    start = monotonic()
    async with AsyncExitStack() as stack:
        answers_by_text = [
            (text, await stack.enter_async_context(waiting(service.url, count, text))) for text in HALVES
        ]
        slowest = max([await slowest_health(service.url, answers, count) for _, answers in answers_by_text])
    seconds = monotonic() - start

    for text, answers in answers_by_text:
        assert {HALVES[text]} == {
            answer.partition(b"\r\n")[0].removeprefix(b"HTTP/1.1 ") for answer in answers
        }
    assert slowest < HEALTH_SECONDS_MAX
    print_figures(
        f"{len(HALVES)} times {count}: closed within {seconds:.1f} s, slowest /health {slowest:.2f} s",
        clients=len(HALVES) * count,
    )


@short_and_long("count", 1_200, 5_000)
async def test_connections_from_one_address(
    durable: Postgres, serve: Callable[..., Service], count: int
) -> None:
    """More than the worker has places for: the newest beyond the bound are closed, and others are served."""
    service = await asyncio.to_thread(
        serve, durable.new_database(), stream_readers_max="1", address_connections_max="100"
    )
    async with (
        waiting(service.url, 50, b"", ATTACKER) as early,
        waiting(service.url, 50, b"") as others,
    ):
        await asyncio.sleep(1)  # they are known before the others come
        async with waiting(service.url, count, b"", ATTACKER) as answers:
            slowest = await slowest_health(service.url, answers, count - 50)
            await asyncio.sleep(1)

            assert (0, 0, count - 50) == (len(early), len(others), len(answers))
    assert slowest < HEALTH_SECONDS_MAX
    await soon(lambda: "too many connections from one address" in service.log)
    print_figures(f"{count} connections: slowest /health {slowest:.2f} s", clients=count)


@short_and_long("count", 1_200, 5_000)
async def test_places_that_are_all_taken(
    durable: Postgres, serve: Callable[..., Service], count: int
) -> None:
    """As by clients with many addresses: supervisors have a port of their own, and the service recovers."""
    service = await asyncio.to_thread(
        serve,
        durable.new_database(),
        stream_readers_max="1",
        address_connections_max="0",
        header_seconds_max="8",
        health_port=str(port := free_port()),
    )
    probes = [f"http://127.0.0.1:{port}/health", f"http://127.0.0.1:{port}/ready"]
    async with waiting(service.url, count, b"") as answers, waiting(probes[0], 40, b""):
        slowest = max([await asyncio.to_thread(seconds_of, probe) for probe in probes])
        assert 0 == len(answers)  # later, on a machine that is busy, the first may have been closed
        for _ in range(9):
            await asyncio.sleep(0.2)
            slowest = max(slowest, *[await asyncio.to_thread(seconds_of, probe) for probe in probes])

        assert slowest < HEALTH_SECONDS_MAX
        # of more than the kernel has places for, some never reach the service: their clients hear nothing
        await soon(lambda: len(answers) > count // 2 and not held_connections(service.url))
        assert await asyncio.to_thread(seconds_of, f"{service.url}/health") < HEALTH_SECONDS_MAX
    assert 404 == (await asyncio.to_thread(httpx.get, f"http://127.0.0.1:{port}/v1/timelines")).status_code
    print_figures(f"{count} connections: slowest /health and /ready {slowest:.2f} s", clients=count)


def held_connections(url: str) -> int:
    """How many connections to a service stand, those among them that it has not taken yet."""
    listening, established = f":{urlsplit(url).port:04X}", "01"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    return sum(row[1].endswith(listening) and row[3] == established for row in rows)
