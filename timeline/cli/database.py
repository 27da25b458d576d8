"""The database of a command: TIMELINE_DATABASE_URL, or the embedded server while the command runs."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from timeline.cli.common import UNAVAILABLE, USAGE, CommandError
from timeline.cli.text import clean
from timeline.domain.errors import Unavailable
from timeline.embedded.programs import EmbeddedServerError
from timeline.embedded.server import EmbeddedServer
from timeline.log.migrations import migrate
from timeline.settings import Settings

CONNECT_SECONDS_MAX = "10"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopHandler:
    """Handles the signals to stop until Granian does: ends the command, but not while a server is starting.

    A database server that is just being started would outlive a command that ended right then.
    """

    def __init__(self) -> None:
        self._is_deferring = False
        self._signum: int | None = None
        self.hangup_ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        for signum in STOP_SIGNALS:
            if signal.getsignal(signum) is not signal.SIG_IGN:
                signal.signal(signum, self._stop)

    @contextmanager
    def defer(self) -> Iterator[None]:
        """Put a stop off to the end of the block."""
        self._is_deferring = True
        try:
            yield
        finally:
            self._is_deferring = False
        if self._signum is not None:
            sys.exit(128 + self._signum)

    def _stop(self, signum: int, _: FrameType | None) -> None:
        self._signum = signum
        if not self._is_deferring:
            sys.exit(128 + signum)


@contextmanager
def open_database(settings: Settings, stop_handler: StopHandler) -> Iterator[str]:
    """The DSN of the database that is set; else of the embedded server, which runs until the block ends.

    Raises:
        CommandError: the DSN is not valid, or the embedded server does not start.
    """
    if settings.database_url is not None:
        yield _add_connect_timeout(settings.database_url)
        return
    with open_server(settings, stop_handler) as server:
        yield server.dsn


@contextmanager
def open_server(settings: Settings, stop_handler: StopHandler) -> Iterator[EmbeddedServer]:
    """The embedded server, which runs until the block ends.

    Raises:
        CommandError: it does not start or stop.
    """
    try:
        server = EmbeddedServer(
            settings.data_dir,
            start_seconds_max=settings.database_start_seconds_max,
            free_bytes_min=settings.disk_free_bytes_min,
        )
        with ExitStack() as stack:
            with stop_handler.defer():
                stack.enter_context(server)
            yield server
    except EmbeddedServerError as error:
        raise CommandError(str(error)) from error


def migrate_database(dsn: str) -> list[str]:
    """Bring the database's schema up to date; gives the names of the steps applied.

    Raises:
        CommandError: the database is not available, or refuses a step.
    """
    try:
        return asyncio.run(migrate(dsn))
    except psycopg.OperationalError as error:
        raise CommandError(f"the database is not available: {clean(str(error))}", UNAVAILABLE) from error
    except psycopg.Error as error:
        raise CommandError(f"cannot migrate the database: {clean(str(error))}") from error
    except Unavailable as error:
        raise CommandError(error.message) from error


def _add_connect_timeout(dsn: str) -> str:
    """The DSN with a limit to how long connecting may take, unless it has one."""
    try:
        parameters = conninfo_to_dict(dsn)
        if "connect_timeout" in parameters:
            return dsn
        return make_conninfo(dsn, connect_timeout=CONNECT_SECONDS_MAX)
    except psycopg.ProgrammingError:
        # not the driver's own words: they may hold a part of the password
        raise CommandError("TIMELINE_DATABASE_URL is not a PostgreSQL connection string", USAGE) from None
