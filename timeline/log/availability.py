"""Whether the database answers, as far as this process knows: a log line when it stops, one when it is back.

Requests meet an outage by the hundred, so none of them logs it. What ends an outage is the connection that
listens (`log.heads`): it breaks when the server does, and reads every half second.
"""

import time

import psycopg
import structlog
from psycopg_pool import PoolTimeout

_log = structlog.get_logger(__name__)

REPEAT_SECONDS_MIN = 10.0
"""How often the same trouble is logged, where the database does answer."""

_LOST_STATES = ("08", "57P")
"""The beginnings of SQLSTATEs by which a connection ends, or none begins (PostgreSQL, appendix A)."""


class Availability:
    """What one process knows of its database."""

    def __init__(self) -> None:
        self._lost_at: float | None = None
        self._errors = 0
        self._logged_at: dict[str, float] = {}

    def note(self, error: BaseException) -> None:
        """Take note of an error of the driver's, and log it if it is news."""
        if self._lost_at is not None:
            self._errors += 1
        elif isinstance(error, PoolTimeout):
            self._log_now_and_then("no database connection was free in time", error)
        elif isinstance(error, psycopg.Error) and not _is_lost(error):
            self._log_now_and_then("the database did not carry out a statement", error)
        else:
            self._lost_at, self._errors = time.monotonic(), 1
            _log.warning("the database is not available", error=repr(error))

    def back(self) -> None:
        """Take note of an answer from the database, and log it if there was an outage."""
        if self._lost_at is not None:
            seconds = round(time.monotonic() - self._lost_at, 1)
            _log.warning("the database is available again", seconds=seconds, errors=self._errors)
            self._lost_at = None

    def _log_now_and_then(self, words: str, error: BaseException) -> None:
        now = time.monotonic()
        if now - self._logged_at.get(words, -REPEAT_SECONDS_MIN) >= REPEAT_SECONDS_MIN:
            self._logged_at[words] = now
            _log.warning(words, error=repr(error))


def _is_lost(error: psycopg.Error) -> bool:
    return error.sqlstate is None or error.sqlstate.startswith(_LOST_STATES)
