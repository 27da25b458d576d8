"""The database of a command: the one that is set, or the embedded server for as long as it runs."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from timeline.cli.common import AWAY, USAGE, CommandError
from timeline.cli.words import clean
from timeline.domain.errors import Unavailable
from timeline.log.migrations import migrate
from timeline.postgres import EmbeddedServer, EmbeddedServerError
from timeline.settings import Settings

CONNECT_SECONDS_MAX = "10"
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


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
    except Unavailable as error:
        raise CommandError(error.message) from error


def _patient(dsn: str) -> str:
    """The DSN with a limit to how long connecting may take, unless it has one."""
    try:
        given = conninfo_to_dict(dsn)
        return dsn if "connect_timeout" in given else make_conninfo(dsn, connect_timeout=CONNECT_SECONDS_MAX)
    except psycopg.ProgrammingError:
        # not the driver's own words: they may hold a part of the password
        raise CommandError("TIMELINE_DATABASE_URL is no PostgreSQL connection string", USAGE) from None
