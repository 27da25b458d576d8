"""Starts the embedded PostgreSQL again when it has died, for as long as the service runs on it."""

import time
from collections.abc import Callable
from threading import Event, Thread

import structlog

from timeline.cli.common import UNAVAILABLE, CommandError
from timeline.embedded.programs import DiskFullError, EmbeddedServerError
from timeline.embedded.server import EmbeddedServer
from timeline.settings import Settings

_log = structlog.get_logger(__name__)

FIRST_PAUSE_SHARE = 1 / 16
"""What the first pause is of the longest one; each further one is twice as long."""

STEADY_PAUSES = 10
"""After how many of the longest pauses without a death the next one is counted as the first."""


class DatabaseSupervisor:
    """Looks after the embedded server in a thread of its own.

    Args:
        server: The server, running.
        settings: How often to look, how long to wait and how often to try.
        give_up: Called once with the reason when the server cannot be started again.
    """

    def __init__(
        self, server: EmbeddedServer, settings: Settings, give_up: Callable[[CommandError], None]
    ) -> None:
        self._server = server
        self._settings = settings
        self._give_up = give_up
        self._deaths = 0
        self._started_at = time.monotonic()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="database supervisor", daemon=True)

    def start(self) -> None:
        """Start looking."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; a start that is under way is waited for."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        self._server.keep_reserve()
        while not self._stopping.wait(self._settings.database_check_seconds):
            if self._server.is_serving:
                self._server.keep_reserve()
                continue
            try:
                self._revive()
            except (EmbeddedServerError, OSError) as error:
                words = f"the embedded PostgreSQL has ended, and cannot be started again: {error}"
                self._give_up(CommandError(words, UNAVAILABLE))
                return

    def _revive(self) -> None:
        """Start the server again, after a pause that is longer the more often it has died of late.

        A full disk is waited out: whoever ended the service for it would not make room.

        Raises:
            EmbeddedServerError: it did not start, as often as is allowed.
        """
        died_at = time.monotonic()
        longest = self._settings.database_restart_pause_seconds_max
        if died_at - self._started_at > STEADY_PAUSES * longest:
            self._deaths = 0
        _log.warning("the embedded database has ended; starting it again")
        starts = failures = 0
        is_full = False
        while not self._stopping.wait(pause_seconds(self._deaths, longest)):
            self._deaths += 1
            starts += 1
            try:
                self._server.restart()
            except DiskFullError as error:
                if not is_full:
                    _log.warning("the embedded database waits for room on its disk", error=str(error))
                is_full = True
            except (EmbeddedServerError, OSError):
                failures += 1
                if failures == self._settings.database_restart_failures_max:
                    raise
            else:
                self._started_at = time.monotonic()
                seconds = round(self._started_at - died_at, 1)
                _log.warning("the embedded database runs again", seconds=seconds, starts=starts)
                return


def pause_seconds(deaths: int, longest_seconds: float) -> float:
    """How long to wait before the next start, after so many deaths and failed starts in a row."""
    if deaths == 0:
        return 0.0
    return min(longest_seconds, longest_seconds * FIRST_PAUSE_SHARE * 2.0 ** min(deaths - 1, 30))
