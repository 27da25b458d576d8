"""One process of clients, run in the peers' environment: writes, reads all, or tails.

It reads its job from the first line of standard input, says `ready` on standard error, begins at the next
line, and writes what it saw to standard output.
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from threading import Thread
from typing import Any

from stores import STORES, Store

PAGE = 1_000
QUIET_SECONDS = 0.5
POLL_SECONDS = 0.01
"""How long a reader waits when there was nothing new, as a consumer does that spares its store."""


def write(job: dict[str, Any], stores: Sequence[Store]) -> dict[str, Any]:
    """Each client appends until the time is up."""
    lines = Path(job["file"]).read_bytes().splitlines()
    shares = [lines[index + job["first"] :: job["clients"]] for index in range(len(stores))]
    counts = [0] * len(stores)
    faults: list[str] = []
    until = time.perf_counter() + job["seconds"]

    def run(index: int) -> None:
        share, sizes = iter(shares[index]), cycle(job["batches"])
        try:
            while time.perf_counter() < until and (events := list(islice(share, next(sizes)))):
                stores[index].append(events)
                counts[index] += len(events)
        except Exception as error:  # noqa: BLE001 - a thread's end must not pass unseen
            faults.append(repr(error))

    began = time.perf_counter()
    threads = [Thread(target=run, args=[index]) for index in range(len(stores))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"events": sum(counts), "seconds": time.perf_counter() - began, "faults": faults}


def replay(job: dict[str, Any], stores: Sequence[Store]) -> dict[str, Any]:
    """Read from the beginning, so many events at most."""
    began = time.perf_counter()
    events = sum(map(len, islice(_pages(stores[0], 0), job["events"] // PAGE)))
    return {"events": events, "seconds": time.perf_counter() - began, "faults": []}


def tail(job: dict[str, Any], stores: Sequence[Store]) -> dict[str, Any]:
    """Poll for what is new while others write; then compare what was seen with what is stored."""
    store, stopped = stores[0], []
    Thread(target=lambda: stopped.append(sys.stdin.readline()), daemon=True).start()
    seen: list[int] = []
    after = job["after"]
    quiet_since = time.monotonic()
    while not stopped or time.monotonic() - quiet_since < QUIET_SECONDS:
        page = store.read(after, PAGE)
        if page:
            seen += page
            after = page[-1]
            quiet_since = time.monotonic()
        else:
            time.sleep(POLL_SECONDS)
    stored = {position for page in _pages(store, job["after"]) for position in page}
    return {
        "events": len(stored),
        "missed": len(stored - set(seen)),
        "twice": len(seen) - len(set(seen)),
        "faults": [],
    }


def head(_: dict[str, Any], stores: Sequence[Store]) -> dict[str, Any]:
    """The last position."""
    last = 0
    for page in _pages(stores[0], 0):
        last = page[-1]
    return {"position": last, "faults": []}


def _pages(store: Store, after: int) -> Iterator[list[int]]:
    while page := store.read(after, PAGE):
        yield page
        after = page[-1]


_TASKS = {"write": write, "replay": replay, "tail": tail, "head": head}


def main() -> None:
    """Do the one job."""
    job = json.loads(sys.stdin.readline())
    stores = [STORES[job["store"]](job["address"]) for _ in range(job.get("own", 1))]
    sys.stderr.write("ready\n")
    sys.stderr.flush()
    sys.stdin.readline()
    json.dump(_TASKS[job["task"]](job, stores), sys.stdout)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
