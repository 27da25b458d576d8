"""A service on its embedded PostgreSQL: what runs of it, how it is killed, what it says in its log."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from tests.support.processes import PROGRAM, children, clean_environment, free_port, is_running, wait_until
from tests.support.service import Service
from timeline.embedded.server import EmbeddedServer


class EmbeddedService(Service):
    """`timeline serve` with its embedded PostgreSQL in a folder, on the same port after each start."""

    def __init__(self, data_dir: Path, log: Path, **settings: str) -> None:
        self.port = free_port()
        variables = {f"TIMELINE_{name.upper()}": value for name, value in settings.items()}
        environment = clean_environment(TIMELINE_DATA_DIR=str(data_dir), **variables)
        super().__init__((*PROGRAM, "serve", "--port", str(self.port)), environment, log)
        self.data_dir = data_dir

    @property
    def dsn(self) -> str:
        """The embedded database, as long as it runs."""
        return EmbeddedServer(self.data_dir).dsn

    @property
    def postmaster(self) -> int:
        """The first process of PostgreSQL; 0 if there is none."""
        try:
            pid = int((self.data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
        except (OSError, IndexError, ValueError):
            return 0
        return pid if is_running(pid) else 0

    @property
    def is_there(self) -> bool:
        """Whether the service has not ended."""
        return self.process.poll() is None

    def kill_postmaster(self, signum: int = signal.SIGKILL) -> None:
        """Send PostgreSQL's first process a signal that ends it, and wait for its end."""
        pid = self.postmaster
        os.kill(pid, signum)
        wait_until(lambda: not is_running(pid))

    def kill_backend(self) -> None:
        """Kill a process that serves a connection of the service."""
        query = "SELECT pid FROM pg_stat_activity WHERE application_name = 'timeline' LIMIT 1"
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            ((pid,),) = connection.execute(query).fetchall()
            os.kill(pid, signal.SIGKILL)

    def signal_database(self, signum: int) -> None:
        """Send a signal to all processes of PostgreSQL."""
        for pid in (self.postmaster, *children(self.postmaster)):
            with suppress(ProcessLookupError):
                os.kill(pid, signum)

    def kill_everything(self) -> None:
        """Kill the parent, the workers and all of PostgreSQL, as an end of a container does."""
        pids = [self.process.pid, *self.workers]
        if postmaster := self.postmaster:
            pids += [postmaster, *children(postmaster)]
        for pid in pids:
            with suppress(ProcessLookupError):  # it ended with another one
                os.kill(pid, signal.SIGKILL)

    def lines(self, words: str) -> list[dict[str, Any]]:
        """The lines of its log whose event has these words."""
        lines = [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]
        return [line for line in lines if words in line["event"]]


@contextmanager
def embedded(data_dir: Path, tmp_path: Path, **settings: str) -> Iterator[EmbeddedService]:
    """Run a service with its embedded PostgreSQL until the block ends; nothing of it is left then."""
    service = EmbeddedService(data_dir, tmp_path / f"service-{uuid4().hex}.log", **settings)
    try:
        yield service.start()
    finally:
        service.close_client()
        with suppress(OSError):
            service.kill_everything()
        service.process.wait()
