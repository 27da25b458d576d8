"""Killed and started again at once, on the same port and data: it waits for what its predecessor left."""

import signal
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.embedded import EmbeddedService, embedded
from tests.faults.sizes import print_figures, short_and_long
from tests.support.client import Timeline
from tests.support.payloads import engagement
from tests.support.processes import free_port


def kill_parent(service: EmbeddedService) -> None:
    """Kill the parent: its workers answer their last requests before they end, and PostgreSQL stays."""
    service.kill(service.process.pid)


def kill_postmaster_too(service: EmbeddedService) -> None:
    """Kill the parent and PostgreSQL's first process: the others notice that only a little later."""
    service.kill(service.process.pid, service.postmaster)


def kill_everything(service: EmbeddedService) -> None:
    """Kill every process."""
    service.kill_everything()


def ask_to_stop(service: EmbeddedService) -> None:
    """Send SIGTERM, whose effect the next one does not wait for."""
    service.process.send_signal(signal.SIGTERM)


def hold_up(service: EmbeddedService, path: str) -> ExitStack:
    """Keep the workers busy with a stream and with half a post."""
    stream = f"GET {path}/events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"
    headers = "Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000"
    half = f"POST {path}/events HTTP/1.1\r\n{headers}\r\n\r\n["
    connections = ExitStack()
    for request in (stream, half):
        connection = connections.enter_context(socket.create_connection(("127.0.0.1", service.port)))
        connection.sendall(request.encode())
    time.sleep(0.2)  # until they are with the workers
    return connections


@short_and_long("times", 1, 20)
@pytest.mark.parametrize("kill", [kill_parent, kill_postmaster_too, kill_everything, ask_to_stop])
def test_the_first_restart_after_a_kill_works(
    data_dir: Path, tmp_path: Path, kill: Callable[[EmbeddedService], None], times: int
) -> None:
    """The port is not said to be taken, nor the database; all that was recorded is there."""
    with embedded(data_dir, tmp_path, workers="2", health_port=str(free_port())) as service:
        timeline = Timeline(service.client)
        timeline.put()
        took_seconds = []
        for number in range(1, times + 1):
            assert [number] == timeline.take(engagement())
            with hold_up(service, timeline.path):
                predecessor = service.process
                kill(service)
                if kill is not ask_to_stop:
                    predecessor.wait()
                began = time.monotonic()
                service.close_client()
                service.start()  # fails if the service ends
                took_seconds.append(time.monotonic() - began)
                predecessor.wait()
            timeline.client = service.client
            assert number == len(timeline.get("/events")["records"])
    print_figures(
        f"{kill.__name__}: {times} restarts at the first try, in {min(took_seconds):.1f} to"
        f" {max(took_seconds):.1f} s",
        faults=times,
    )
