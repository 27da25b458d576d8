"""Whether the database answers and takes writes, as far as this process knows: a log line when that changes.

Requests meet an outage by the hundred, so none of them logs it. What ends an outage is the connection that
listens (`log.heads`): it breaks when the server does, and reads every half second. What ends a full disk is a
commit.

On a full disk reads go on for as long as PostgreSQL lives, and it ends once it cannot extend its own log.
Therefore nothing is written once there is less room than is set, where the disk can be seen.
"""

import time

import psycopg
import structlog
from psycopg.errors import DiskFull, ReadOnlySqlTransaction
from psycopg_pool import PoolTimeout

from timeline.disk import Disk
from timeline.domain.errors import Unavailable

_log = structlog.get_logger(__name__)

REPEAT_SECONDS_MIN = 10.0
"""How often the same trouble is logged, where the database does answer."""

_FULL = "the disk of the database is full: posts get 503, reads go on"

_LOST_STATES = ("08", "57P")
"""The beginnings of SQLSTATEs by which a connection ends, or none begins (PostgreSQL, appendix A)."""


class Availability:
    """What one process knows of its database.

    Args:
        disk: The disk of the database, if this machine has it and it is known.
    """

    def __init__(self, disk: Disk | None = None) -> None:
        self._disk = disk
        self._lost_at: float | None = None
        self._full_at: float | None = None
        self._errors = 0
        self._logged_at: dict[str, float] = {}

    @property
    def has_room(self) -> bool:
        """Whether there is room to write on the disk, where that can be seen."""
        return self._disk is None or not self._disk.is_full

    def require_room(self) -> None:
        """Refuse what would write, if there is no room for it; nothing of it is begun.

        Raises:
            Unavailable: there is none.
        """
        if not self.has_room:
            error = DiskFull("less room than TIMELINE_DISK_FREE_BYTES_MIN is free on the database's disk")
            self.note(error)
            raise unavailable(error) from error

    def note(self, error: BaseException) -> None:
        """Take note of an error of the driver's, and log it if it is news."""
        if isinstance(error, DiskFull):
            if self._full_at is None and self._log_now_and_then(_FULL, error):
                self._full_at = time.monotonic()
        elif self._lost_at is not None:
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

    def note_commit(self) -> None:
        """Take note of a commit, and log it if there was no room before."""
        if self._full_at is not None:
            seconds = round(time.monotonic() - self._full_at, 1)
            _log.warning("the database has room again and takes posts", seconds=seconds)
            self._full_at = None

    def _log_now_and_then(self, words: str, error: BaseException) -> bool:
        """Log it unless it was logged a moment ago; whether it was logged now."""
        now = time.monotonic()
        if now - self._logged_at.get(words, -REPEAT_SECONDS_MIN) < REPEAT_SECONDS_MIN:
            return False
        self._logged_at[words] = now
        _log.warning(words, error=repr(error))
        return True


def unavailable(error: BaseException) -> Unavailable:
    """What the client learns of an error of the driver's: what is wrong, as far as it need know."""
    if isinstance(error, DiskFull):
        return Unavailable(
            "the disk of the database is full; nothing was recorded. Posts are taken again when it has room."
        )
    if isinstance(error, ReadOnlySqlTransaction):
        return Unavailable("the database takes no writes at present; nothing was recorded, try again")
    return Unavailable("the database is not available; nothing was recorded, try again")


def _is_lost(error: psycopg.Error) -> bool:
    return error.sqlstate is None or error.sqlstate.startswith(_LOST_STATES)
