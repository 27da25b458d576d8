"""The client, in a process of its own: as little HTTP/1.1 as the figures need, on uvloop.

It reads what to do from standard input as JSON, and writes what it saw to standard output as JSON. A client
library would take more of the two cores than the service that it measures.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from typing import Any

import uvloop


class Caller(asyncio.Protocol):
    """One connection that sends the next request once the last one is answered."""

    def __init__(self, requests: Iterator[bytes], seen: "Seen") -> None:
        self._requests = requests
        self._seen = seen
        self._buffer = b""
        self._missing = 0
        self._began = 0.0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport: Any = transport

    def begin(self) -> None:
        """Send the next request, unless there is none or the time is up."""
        self._began = time.perf_counter()
        request = next(self._requests, None) if self._began < self._seen.until else None
        if request is not None:
            self._transport.write(request)
        elif not self.done.done():
            self.done.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Take in a piece of an answer; all of them name their length."""
        if self._missing:
            self._missing -= len(data)
        else:
            self._buffer += data
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._buffer[:end].lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
            self._seen.status(int(head[9:12]), self._buffer)
            self._missing = length + end + 4 - len(self._buffer)
            self._buffer = b""
        if self._missing == 0:
            self._seen.took.append(time.perf_counter() - self._began)
            self.begin()

    def connection_lost(self, error: Exception | None) -> None:
        """The service has hung up, which it must not do before all requests are answered."""
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the service hung up"))


class Seen:
    """What all connections saw: seconds a request, and what was refused."""

    def __init__(self, seconds: float) -> None:
        self.until = time.perf_counter() + seconds
        self.took: list[float] = []
        self.refused = 0
        self.example = ""

    def status(self, code: int, answer: bytes) -> None:
        """Count the request if it was refused."""
        if not 200 <= code < 300:
            self.refused += 1
            self.example = self.example or answer[-600:].decode(errors="replace")


async def call(host: str, port: int, requests: Iterator[bytes], *, connections: int, seconds: float) -> dict:
    """Keep each connection busy until the requests or the seconds are used up."""
    loop = asyncio.get_running_loop()
    seen = Seen(seconds)
    callers = [
        (await loop.create_connection(lambda: Caller(requests, seen), host, port))[1]
        for _ in range(connections)
    ]
    began = time.perf_counter()
    seen.until = began + seconds
    for caller in callers:
        caller.begin()
    await asyncio.gather(*(caller.done for caller in callers))
    elapsed = time.perf_counter() - began
    return {"seconds": elapsed, "took": sorted(seen.took), "refused": seen.refused, "example": seen.example}


def posts(job: dict[str, Any]) -> Iterator[bytes]:
    """A request for each line of a file, or for each group of `batch` lines an array."""
    lines = iter(Path(job["file"]).read_bytes().splitlines()[job["skip"] :])
    batch = job.get("batch", 1)
    head = (
        f"POST {job['path']} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: "
    )
    prefix = head.encode()

    def request(body: bytes) -> bytes:
        return b"%s%d\r\n\r\n%s" % (prefix, len(body), body)

    if batch == 1:
        return map(request, lines)
    return map(request, _arrays(lines, batch))


def _arrays(lines: Iterable[bytes], size: int) -> Iterator[bytes]:
    group = []
    for line in lines:
        group.append(line)
        if len(group) == size:
            yield b"[%s]" % b",".join(group)
            group = []
    if group:
        yield b"[%s]" % b",".join(group)


def gets(job: dict[str, Any]) -> Iterator[bytes]:
    """Requests for paths, over and over unless `once` is set."""
    accept = f"Accept-Encoding: {job.get('accept_encoding', 'identity')}\r\n"
    requests = [f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{accept}\r\n".encode() for path in job["paths"]]
    return iter(requests) if job.get("once") else cycle(requests)


async def send(host: str, port: int, job: dict[str, Any]) -> dict[str, Any]:
    """Stream a file as one chunked body; gives the seconds, and the answer's end."""
    reader, writer = await asyncio.open_connection(host, port)
    began = time.perf_counter()
    writer.write(
        f"POST {job['path']} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
        "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode()
    )
    # where the service cuts the body off, its answer says why
    with suppress(ConnectionError):
        for block in _blocks(Path(job["file"])):
            writer.write(b"%x\r\n%s\r\n" % (len(block), block))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
    answer = b""
    with suppress(ConnectionError):
        answer = await reader.read()
    return {
        "seconds": time.perf_counter() - began,
        "status": int(answer[9:12] or 0),
        "end": _text(answer[-2_000:]),
    }


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(1 << 16):
            yield block


async def receive(host: str, port: int, job: dict[str, Any]) -> dict[str, Any]:
    """Read one answer to its end; gives the seconds, the bytes and the lines in it."""
    reader, writer = await asyncio.open_connection(host, port, limit=1 << 20)
    began = time.perf_counter()
    writer.write(f"GET {job['path']} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    size = lines = 0
    status = 0
    while block := await reader.read(1 << 18):
        status = status or int(block[9:12])
        size += len(block)
        lines += block.count(b"\n")
    writer.close()
    return {"seconds": time.perf_counter() - began, "status": status, "bytes": size, "lines": lines}


async def listen(host: str, port: int, job: dict[str, Any]) -> dict[str, Any]:
    """Open many event streams, hold them, and count the events that each receives."""
    streams = [await asyncio.open_connection(host, port) for _ in range(job["streams"])]
    for _, writer in streams:
        writer.write(
            f"GET {job['path']} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".encode()
        )
    counts = [0] * len(streams)
    statuses = [0] * len(streams)

    async def follow(index: int) -> None:
        reader, _ = streams[index]
        while block := await reader.read(1 << 16):
            statuses[index] = statuses[index] or int(block[9:12])
            counts[index] += block.count(b"\ndata:")

    followers = [asyncio.create_task(follow(index)) for index in range(len(streams))]
    print("listening", flush=True, file=sys.stderr)  # noqa: T201 - the parent posts from here on
    await asyncio.wait(followers, timeout=job["seconds"])
    for follower in followers:
        follower.cancel()
    return {"events": counts, "statuses": statuses}


def _text(data: bytes) -> str:
    return data.decode(errors="replace")


_CALLS: dict[str, Callable[[dict[str, Any]], Iterator[bytes]]] = {"posts": posts, "gets": gets}
_STREAMS = {"send": send, "receive": receive, "listen": listen}


async def main() -> None:
    """Do the one job that standard input names."""
    job = json.load(sys.stdin)
    host, port = job["host"], job["port"]
    if job["what"] in _CALLS:
        requests = _CALLS[job["what"]](job)
        answer = await call(host, port, requests, connections=job["connections"], seconds=job["seconds"])
    else:
        answer = await _STREAMS[job["what"]](host, port, job)
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    uvloop.run(main())
