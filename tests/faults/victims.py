"""What these tests kill: a part of a service, and a PostgreSQL of their own."""

import os
import shutil
import signal
import tempfile
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.support.processes import is_running, wait_until
from tests.support.service import Service
from timeline.embedded.server import EmbeddedServer

SERVICE_PARTS = ("all of it", "a worker", "its parent")
"""What a kill of a service may hit; a worker alone is replaced by its parent."""


def kill_service(service: Service, part: str = SERVICE_PARTS[0]) -> None:
    """Kill a part of a service with no time to tidy up; the service runs again when this returns."""
    parent, workers = service.process.pid, service.workers
    victims = {"all of it": [parent, *workers], "a worker": workers[:1], "its parent": [parent]}[part]
    service.kill(*victims)
    if parent in victims:
        service.restart()
        wait_until(lambda: not any(map(is_running, [parent, *workers])))


class Postgres:
    """A PostgreSQL of a test's own that keeps what it has confirmed, whatever kills it."""

    def __init__(self, data_dir: Path | None = None, **parameters: str) -> None:
        self.data_dir = data_dir or Path(tempfile.gettempdir()) / f"timeline-faults-{uuid4().hex[:12]}"
        self._server = EmbeddedServer(self.data_dir, {"fsync": "on", **parameters})

    @property
    def dsn(self) -> str:
        """The database `timeline`."""
        return self._server.dsn

    def start(self) -> None:
        """Start it, or start it again; it replays its log first."""
        self._server.start()

    @property
    def is_down(self) -> bool:
        """Whether it has ended: it removes the file of its pid when it does so by itself."""
        return not (self.data_dir / "postgres/postmaster.pid").exists()

    def stop(self) -> None:
        """Stop it, unless it is down; it can be started again on the same data."""
        self._server.stop()

    def kill(self) -> None:
        """Kill the postmaster, and start it again."""
        os.kill(int((self.data_dir / "postgres/postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        self._server.stop()
        self._server.start()

    def kill_backend(self) -> None:
        """Kill a process that serves a connection: PostgreSQL ends all others too, and replays its log."""
        query = "SELECT pid FROM pg_stat_activity WHERE application_name = 'timeline' LIMIT 1"
        with suppress(psycopg.OperationalError), psycopg.connect(self.dsn, autocommit=True) as connection:
            for (pid,) in connection.execute(query).fetchall():
                os.kill(pid, signal.SIGKILL)

    def new_database(self, **options: str) -> str:
        """Make an empty database; gives its DSN."""
        name = f"faults_{uuid4().hex}"
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            words = sql.SQL(" ").join(
                sql.SQL("{} {}").format(sql.SQL(option), sql.Identifier(value))
                for option, value in options.items()
            )
            connection.execute(sql.SQL("CREATE DATABASE {} {}").format(sql.Identifier(name), words))
        return make_conninfo(self.dsn, dbname=name)

    def remove(self) -> None:
        """Stop it, and remove its data."""
        self._server.stop()
        shutil.rmtree(self.data_dir, ignore_errors=True)
