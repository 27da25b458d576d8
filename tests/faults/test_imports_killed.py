"""An import that breaks off at a random moment: sent again, the file is in the log once and in order."""

import asyncio
import json
import random
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from tests.faults.load import RETRY_SECONDS, Load, check_unavailable, client
from tests.faults.sizes import print_figures, short_and_long
from tests.faults.victims import Postgres, kill_service
from tests.support.payloads import casualties, correction, engagement
from tests.support.service import Service

CHUNK_BYTES = 20_000
NDJSON = "application/x-ndjson"


def file_of(count: int) -> list[dict[str, Any]]:
    """Events, some of which correct earlier ones: out of order they would be refused."""
    events: list[dict[str, Any]] = []
    for number in range(count):
        if number % 10 == 9:
            events.append(correction(events[-random.randrange(1, 9)], summary=f"Mended by {number}."))
        else:
            events.append(random.choice((engagement, casualties))(summary=f"Line {number}."))
    return events


def lines_of(events: list[dict[str, Any]]) -> bytes:
    """The events as a file."""
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


async def send(url: str, path: str, content: bytes) -> httpx.Response:
    """Post the whole file."""

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), CHUNK_BYTES):
            yield content[start : start + CHUNK_BYTES]

    async with client() as http:
        return await http.post(f"{url}{path}/events", content=chunks(), headers={"content-type": NDJSON})


async def send_patiently(url: str, path: str, content: bytes) -> dict[str, Any]:
    """Post the whole file again until it is accepted; gives the report."""
    while True:
        try:
            response = await send(url, path, content)
        except httpx.TransportError:  # it was answered before all was sent
            continue
        if response.status_code == 200:
            return response.json()
        check_unavailable(response)
        await asyncio.sleep(RETRY_SECONDS)


def send_a_part(url: str, path: str, content: bytes, end: int) -> None:
    """Post the file up to a byte, which may be in the middle of a line, and disconnect."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        head = f"POST {path}/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: {NDJSON}\r\n"
        # with too many imports running the service answers early and closes, so that the rest cannot be sent
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content[:end])
        if random.random() < 0.5:  # half of the clients are reset, the others close
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def head(dsn: str, path: str) -> int:
    """The position at which the log ends, read from the database."""
    with psycopg.connect(dsn) as connection:
        query = "SELECT head FROM timeline WHERE timeline_id = %s"
        return connection.execute(query, [path.rpartition("/")[2]]).fetchone()[0]


async def reached(dsn: str, path: str, position: int, sending: asyncio.Future[Any]) -> None:
    """Wait until the log has reached a position, or nothing is sent any more."""
    while not sending.done() and await asyncio.to_thread(head, dsn, path) < position:
        pass


async def check(load: Load, url: str, dsn: str, events: list[dict[str, Any]]) -> None:
    """The log is the file, line for line."""
    load.acknowledged = {event["id"]: position for position, event in enumerate(events, start=1)}
    log = await load.check(url, dsn)
    assert [event["id"] for event in events] == [record.id for record in log]


@pytest.fixture
def dsn(durable: Postgres) -> str:
    """A database with fsync."""
    return durable.new_database()


@short_and_long(("kills", "count"), (2, 8_000), (20, 100_000))
async def test_the_service_is_killed(
    serve: Callable[..., Service], dsn: str, load: Load, kills: int, count: int
) -> None:
    """Each time the file is sent, the import continues where the last kill stopped it."""
    service = await asyncio.to_thread(serve, dsn)
    await load.create(lambda: service.url)
    events = file_of(count)
    content = lines_of(events)
    heads = [0]
    for number in range(1, kills + 1):
        sending = asyncio.ensure_future(send(service.url, load.path, content))
        target = random.randint(heads[-1], count * number // (kills + 1))
        await reached(dsn, load.path, target, sending)
        await asyncio.to_thread(kill_service, service)
        with pytest.raises(httpx.TransportError):
            await sending
        heads.append(await asyncio.to_thread(head, dsn, load.path))
    report = (await send(service.url, load.path, content)).json()

    assert (count, heads[-1]) == (report["recorded"] + report["duplicates"], report["duplicates"])
    await check(load, service.url, dsn, events)
    print_figures(
        f"{kills} kills of an import of {count}, after which the log ended at {heads[1:]}", faults=kills
    )


@short_and_long(("departures", "count"), (6, 4_000), (60, 30_000))
async def test_the_client_goes_away(
    serve: Callable[..., Service], dsn: str, load: Load, departures: int, count: int
) -> None:
    """Clients disconnect at any byte, and the next one does not wait for the imports that they began."""
    service = await asyncio.to_thread(serve, dsn)
    await load.create(lambda: service.url)
    events = file_of(count)
    content = lines_of(events)
    ends = sorted(random.randrange(len(content)) for _ in range(departures))
    for end in ends:
        await asyncio.to_thread(send_a_part, service.url, load.path, content, end)
    report = await send_patiently(service.url, load.path, content)

    assert count == report["recorded"] + report["duplicates"]
    await check(load, service.url, dsn, events)
    assert "unforeseen error" not in service.log
    print_figures(
        f"{departures} clients disconnected from {count} lines; {report['duplicates']} recorded before",
        faults=departures,
    )
