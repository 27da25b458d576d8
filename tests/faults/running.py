"""What the tests of this folder kill: a service that can be started again, and a PostgreSQL of their own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.support.service import Service, serving
from timeline.embedded import EmbeddedServer

COMMAND = (sys.executable, "-c", "from timeline.cli import main; main()")
SECONDS_MAX = 120
KILLED_AT_ONCE = ("all of it", "a worker", "its parent")
"""What a kill of the service may hit; a worker alone is replaced by its parent."""


def short_and_long(name: str | tuple[str, ...], short: Any, long: Any) -> Any:
    """One test in two sizes: the short one for every run, the long one for `make soak`."""
    many = not isinstance(name, str)
    sizes = [
        pytest.param(*(short if many else (short,)), id="short"),
        pytest.param(*(long if many else (long,)), id="long", marks=pytest.mark.soak),
    ]
    return pytest.mark.parametrize(name, sizes)


def say(figures: str) -> None:
    """Tell what a test has met with; pytest shows it with -s or -rA."""
    sys.stdout.write(f"{figures}\n")


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid: int) -> bool:
    """Whether a process lives; one that has ended has no command line, even if nobody has reaped it yet."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except (FileNotFoundError, ProcessLookupError):
        return False


def memory_mb(pid: int) -> float:
    """What a process holds in memory now, in 10^6 bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024 / 1e6


class Restartable:
    """`timeline serve` on a database, to be killed and started again; its address changes each time."""

    def __init__(self, dsn: str, folder: Path, **environment: str) -> None:
        self.dsn = dsn
        self.service: Service
        self._folder = folder
        self._environment = environment
        self._running = ExitStack()
        self._starts = count(1)

    @property
    def url(self) -> str:
        """Where it is now."""
        return self.service.url

    @property
    def workers(self) -> list[int]:
        """The processes that answer."""
        return children(self.service.process.pid)

    def start(self) -> None:
        """Start it, or start it again."""
        log = self._folder / f"service-{id(self)}-{next(self._starts)}.log"
        self.service = self._running.enter_context(serving(self.dsn, log, **self._environment))

    def kill(self, what: str = KILLED_AT_ONCE[0]) -> None:
        """Kill what is named, with no time to tidy up; it runs again when this returns."""
        parent, workers = self.service.process.pid, self.workers
        victims = {"all of it": [parent, *workers], "a worker": workers[:1], "its parent": [parent]}[what]
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        if parent in victims:
            self.stop()
            self.start()
            wait_until(lambda: not any(map(is_running, victims + workers)))

    def stop(self) -> None:
        """End it, if it still runs."""
        self._running.close()

    @property
    def logs(self) -> str:
        """What it has written, all its lives together."""
        return "".join(log.read_text() for log in self._folder.glob(f"service-{id(self)}-*.log"))


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
        """Stop it, unless it is down; it is started again on the same data."""
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


def command(dsn: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start a command of `timeline` on a database; settings are TIMELINE_ variables without prefix."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TIMELINE_")}
    settings = {f"TIMELINE_{name.upper()}": value for name, value in environment.items()}
    return subprocess.Popen(
        [*COMMAND, *arguments],
        env={**clean, "TIMELINE_DATABASE_URL": dsn, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def carried_out(dsn: str, *arguments: str, **environment: str) -> str:
    """Run a command of `timeline` on a database, which must go well; gives what it says."""
    with command(dsn, *arguments, **environment) as process:
        said, _ = process.communicate(timeout=SECONDS_MAX)
    assert process.returncode == 0, said
    return said


def wait_until(condition: Any, seconds_max: float = SECONDS_MAX, pause_seconds: float = 0.02) -> None:
    """Wait for something that must come true."""
    deadline = time.monotonic() + seconds_max
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(pause_seconds)
