"""Watches the services of a test from outside: how soon /health is answered, how much memory they take."""

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit

from tests.faults.figures import figures
from tests.support.processes import memory_mb_max
from tests.support.service import Service

PAUSE_SECONDS = 0.25
HANG_SECONDS = 30
OWN_ADDRESS = "127.0.0.9"
"""No other client of these tests has it, so their bounds on connections from one address are not its own."""

YOUNG_SECONDS = 3
"""For so long after its start a worker may be busy with it."""


@contextmanager
def watched() -> Iterator[None]:
    """Look again and again at all services that run, until the block ends."""
    end = Event()
    watcher = Thread(target=watch, args=[end], daemon=True)
    watcher.start()
    try:
        yield
    finally:
        end.set()
        watcher.join()


def watch(end: Event) -> None:
    """Look at them until the end; a service that is being killed or started may be half there."""
    while not end.wait(PAUSE_SECONDS):
        for service in Service.started():
            with suppress(OSError, HTTPException, ValueError, IndexError):
                look_at(service)


def look_at(service: Service) -> None:
    """Measure the memory of its processes and the time of one answer of /health."""
    before = service.workers
    for pid in (service.process.pid, *before):
        figures.add(memory_mb=memory_mb_max(pid))
    is_young = not before or min(map(age_seconds, before)) < YOUNG_SECONDS
    seconds = health_seconds(service.health_url)
    is_settled = not is_young and before == service.workers
    figures.add(**{"health_seconds" if is_settled else "starting_seconds": seconds})


def health_seconds(url: str) -> float:
    """How long a new connection waits for /health; an answer that never comes counts as all of the wait.

    Raises:
        OSError: nobody listens, or the connection broke off: the service is down.
    """
    address, began = urlsplit(url), time.monotonic()
    assert address.hostname is not None
    source = (OWN_ADDRESS, 0)
    with closing(HTTPConnection(address.hostname, address.port, HANG_SECONDS, source)) as connection:
        with suppress(TimeoutError):
            connection.request("GET", "/health")
            assert 200 == connection.getresponse().status
        return time.monotonic() - began


def age_seconds(pid: int) -> float:
    """How long ago a process was started."""
    began = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    return uptime - began / os.sysconf("SC_CLK_TCK")
