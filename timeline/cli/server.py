"""Runs the service: its database, its schema, and Granian with the workers, until it is told to stop."""

import asyncio
import ctypes
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from queue import SimpleQueue
from threading import Thread
from types import FrameType
from typing import Any

import httpx
import psycopg
import rich_click as click
from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import MPServer
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from timeline.cli.common import AWAY, USAGE, CommandError
from timeline.cli.listening import Address, admitted, reserved
from timeline.cli.words import clean
from timeline.log.migrations import migrate
from timeline.postgres import EmbeddedServer, EmbeddedServerError
from timeline.settings import Settings

CONNECT_SECONDS_MAX = "10"

# Connections that wait to be accepted, and requests that one worker takes on at a time.
BACKLOG = 1024

# How long a request that is being answered may hold up the end. Requests take milliseconds; what takes
# longer is a stream, and its reader can go on from the last position that it read.
LAST_REQUESTS_SECONDS_MAX = 1

POLL_SECONDS = 0.05
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# Granian's own lines go to stderr, and only what is wrong is said.
_LOG_CONFIG: dict[str, Any] = {
    "handlers": {
        name: {"formatter": "generic", "class": "logging.StreamHandler", "stream": "ext://sys.stderr"}
        for name in ("console", "access")
    }
}

WhenReady = Callable[[str], None]


class Stops:
    """What the signals to stop do until Granian handles them: end the command, but not in mid-start.

    A database server that is just being started would outlive a command that ended right then.
    """

    def __init__(self) -> None:
        self._held = False
        self._asked: int | None = None
        self.hangup_ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        for stop in STOPS:
            if signal.getsignal(stop) is not signal.SIG_IGN:
                signal.signal(stop, self._stop)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Put a stop off to the end of the block."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self._asked is not None:
            sys.exit(128 + self._asked)

    def _stop(self, signum: int, _: FrameType | None) -> None:
        self._asked = signum
        if not self._held:
            sys.exit(128 + signum)


def run(settings: Settings, when_ready: WhenReady) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP; `when_ready` is called with the URL once requests are answered.

    Raises:
        CommandError: the service cannot start, or `when_ready` raised it.
    """
    stops = Stops()
    with ExitStack() as stack:
        address = stack.enter_context(reserved(admitted(settings)))
        dsn = stack.enter_context(opened_database(settings, stops))
        migrated(dsn)
        _tell_workers(settings, address, dsn, stack)
        server = Server(address, settings, when_ready, hangup_ignored=stops.hangup_ignored)
        # not Granian's own way to find the application, which depends on the folder that it runs in
        server.serve(target_loader=load_application, wrap_loader=False)
        if server.failure is not None:
            raise server.failure


@contextmanager
def opened_database(settings: Settings, stops: Stops) -> Iterator[str]:
    """The DSN of the database: the one that is set, else of the embedded server, which runs meanwhile.

    Raises:
        CommandError: the DSN is none, or the embedded server does not start.
    """
    if settings.database_url is not None:
        yield _patient(settings.database_url)
        return
    server = EmbeddedServer(settings.data_dir)
    try:
        with ExitStack() as stack:
            with stops.held():
                stack.enter_context(server)
            yield server.dsn
    except EmbeddedServerError as error:
        raise CommandError(str(error)) from error


def migrated(dsn: str) -> list[str]:
    """Bring the database's schema up to date; gives the names of the steps applied.

    Raises:
        CommandError: the database is away, or refuses.
    """
    try:
        return asyncio.run(migrate(dsn))
    except psycopg.OperationalError as error:
        raise CommandError(f"the database is away: {clean(str(error))}", AWAY) from error
    except psycopg.Error as error:
        raise CommandError(f"the database refuses the schema: {clean(str(error))}") from error


def _patient(dsn: str) -> str:
    """The DSN with a limit to how long connecting may take, unless it has one."""
    try:
        return (
            dsn
            if "connect_timeout" in conninfo_to_dict(dsn)
            else make_conninfo(dsn, connect_timeout=CONNECT_SECONDS_MAX)
        )
    except psycopg.ProgrammingError:
        # not the driver's own words: they may hold a part of the password
        raise CommandError("TIMELINE_DATABASE_URL is no PostgreSQL connection string", USAGE) from None


def _tell_workers(settings: Settings, address: Address, dsn: str, stack: ExitStack) -> None:
    """Set the environment from which each worker reads its settings."""
    os.environ |= {
        "TIMELINE_DATABASE_URL": dsn,
        "TIMELINE_HOST": str(address.ip),
        "TIMELINE_PORT": str(address.port),
        "TIMELINE_WORKERS": str(settings.workers),
    }
    if settings.workers > 1 and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        # each worker writes its counters there, and whichever is asked adds them up
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="timeline-metrics-"))
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder


def load_application() -> Any:
    """The application, in a worker: it is Granian's child, and ends with it whatever happens."""
    for stop in STOPS:
        # a worker is no user of the parent's handlers; Granian sets its own once this is loaded
        signal.signal(stop, signal.SIG_DFL)
    # Ctrl-C is for the parent, which then ends its workers: those that end first look like failures
    os.setpgid(0, 0)
    _end_with_parent()
    from timeline.api.app import create_app  # noqa: PLC0415 - the parent has no use for it

    return create_app()


def _end_with_parent() -> None:
    """Get SIGTERM when the parent is killed, and so free the port; only Linux can do that."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


class Server(MPServer):
    """Granian with this service's choices, which says when it is ready."""

    def __init__(
        self, address: Address, settings: Settings, when_ready: WhenReady, *, hangup_ignored: bool
    ) -> None:
        super().__init__(
            "timeline.api.app:create_app",
            address=str(address.ip),
            port=address.port,
            interface=Interfaces.ASGI,
            loop=Loops.uvloop,
            websockets=False,
            workers=settings.workers,
            respawn_failed_workers=True,
            workers_kill_timeout=LAST_REQUESTS_SECONDS_MAX,
            backlog=BACKLOG,
            backpressure=BACKLOG,
            log_level=LogLevels.debug if settings.log_level == "debug" else LogLevels.warning,
            log_dictconfig=_LOG_CONFIG,
            log_access=False,
        )
        self.failure: CommandError | None = None
        self._url = address.url
        self._when_ready = when_ready
        self._hangup = signal.SIG_IGN if hangup_ignored else self.signal_handler_interrupt
        self._stops: SimpleQueue[None] = SimpleQueue()

    def signal_handler_interrupt(self, *_: Any, **__: Any) -> None:
        """Ask for the end.

        Granian's own handler sets an Event. That takes a lock: a second signal in the middle of it, or one
        that comes while the main thread enters its wait, would lock the process for ever.
        """
        self._stops.put(None)  # the one way to pass something on that may be interrupted by itself

    def startup(self, spawn_target: Any, target_loader: Any) -> None:
        """Start the workers, and threads that wait for their first answer and for the end.

        The threads start after the workers are forked: a fork in the middle of its imports would leave
        them locked in the worker.
        """
        super().startup(spawn_target, target_loader)  # type: ignore[no-untyped-call]
        # to Granian a closed terminal means to start the workers anew; to us that nobody is there any more
        signal.signal(signal.SIGHUP, self._hangup)
        Thread(target=self._await_stop, daemon=True).start()
        Thread(target=self._announce, daemon=True).start()

    def _await_stop(self) -> None:
        self._stops.get()
        self.interrupt_signal = True
        self.main_loop_interrupt.set()

    def _announce(self) -> None:
        while not _answers(self._url):
            if self.interrupt_signal:
                return
            time.sleep(POLL_SECONDS)
        try:
            self._when_ready(self._url)
        except CommandError as error:
            self.failure = error
            self.signal_handler_interrupt()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ready", trust_env=False, verify=False, timeout=5).is_success  # noqa: S501 - plain http
    except httpx.HTTPError:
        return False


def say(*lines: str) -> None:
    """Print lines for whoever watches the service run."""
    for line in lines:
        click.echo(line, err=True)
