"""Clients that ask a service for one heavy read after another, in a process of their own."""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import httpx

from tests.support.processes import clean_environment

CLIENTS = 20
KINDS = {
    "search": "?q=the or forces -report&at={at}",
    "totals": "/totals?measure=killed&by=month&by=actor&at={at}",
    "diff": "/diff?to={at}&limit=500",
    "replay": "/replay?to={at}",
    "export": "?format=csv&at={at}",
}
"""The heavy reads, each at a position, so that no answer is kept from an earlier one."""


@contextmanager
def crowding(url: str, path: str, kind: str, head: int) -> Iterator[None]:
    """Have twenty clients ask as long as the block runs; prints what they got."""
    command = [sys.executable, "-m", "tests.faults.crowd", url, path, kind, str(head)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment(),
    )
    try:
        assert process.stdout is not None
        assert "asking\n" == process.stdout.readline()
        yield
        statuses, _ = process.communicate("enough\n", timeout=60)
        sys.stdout.write(f"{kind}: {statuses}")
        assert "200" in json.loads(statuses)
    finally:
        process.kill()
        process.wait()


async def ask(url: str, address: str, head: int, numbers: Iterator[int], statuses: Counter[str]) -> None:
    """Ask, read what comes, and ask for something else."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
        while True:
            target = address.format(at=head - next(numbers) % head)
            async with client.stream("GET", target) as answer:
                statuses[str(answer.status_code)] += 1
                async for _ in answer.aiter_raw():
                    pass


async def main(url: str, path: str, kind: str, head: str) -> None:
    """Ask with all clients until a line comes in."""
    statuses: Counter[str] = Counter()
    numbers = count()
    clients = [
        asyncio.create_task(ask(url, path + KINDS[kind], int(head), numbers, statuses))
        for _ in range(CLIENTS)
    ]
    await asyncio.sleep(0.5)
    sys.stdout.write("asking\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    sys.stdout.write(json.dumps(statuses) + "\n")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
