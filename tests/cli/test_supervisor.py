"""How long the supervisor of the embedded database waits, and when it gives up, without a database."""

import threading
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timeline.cli.common import CommandError
from timeline.cli.supervisor import DatabaseSupervisor, pause_seconds
from timeline.embedded.programs import DiskFullError, EmbeddedServerError
from timeline.settings import Settings

QUICK = Settings(
    database_check_seconds=0.01, database_restart_pause_seconds_max=0.02, database_restart_failures_max=3
)
SECONDS_MAX = 10


@given(deaths=st.integers(0, 10_000), longest=st.floats(0, 3_600))
def test_pauses_grow_up_to_the_longest(deaths: int, longest: float) -> None:
    """The first start is at once, and no pause is shorter than the one before."""
    before, after = pause_seconds(deaths, longest), pause_seconds(deaths + 1, longest)

    assert 0 == pause_seconds(0, longest)
    assert before <= after <= longest
    assert after in (longest, pytest.approx(max(2 * before, longest / 16)))


class FakeServer:
    """A server that is dead until a start succeeds; each start has an outcome: an error, or None."""

    def __init__(self, *outcomes: Exception | None) -> None:
        self.outcomes = list(outcomes)
        self.is_serving = False

    def restart(self) -> None:
        """Start it, or fail."""
        if outcome := self.outcomes.pop(0):
            raise outcome
        self.is_serving = True

    def keep_reserve(self) -> None:
        """Do nothing."""


def supervise(server: Any) -> CommandError | None:
    """Supervise until the server serves or is given up; gives the reason if it is."""
    reasons: list[CommandError] = []
    ended = threading.Event()

    def give_up(error: CommandError) -> None:
        reasons.append(error)
        ended.set()

    supervisor = DatabaseSupervisor(server, QUICK, give_up)
    supervisor.start()
    deadline = time.monotonic() + SECONDS_MAX
    while not server.is_serving and not ended.wait(0.005):
        assert time.monotonic() < deadline
    supervisor.stop()
    return reasons[0] if reasons else None


def test_a_start_may_fail_fewer_times_than_is_set() -> None:
    """And then it serves."""
    server = FakeServer(EmbeddedServerError("a"), OSError("b"), None)

    assert supervise(server) is None
    assert [] == server.outcomes


def test_a_server_that_does_not_start_is_given_up() -> None:
    """With the last reason, and an exit code that says so."""
    reason = supervise(FakeServer(*map(EmbeddedServerError, ["a", "b", "at last"])))

    assert reason is not None
    assert 3 == reason.exit_code
    assert "cannot be started again: at last" in str(reason)


def test_a_full_disk_is_waited_out() -> None:
    """However long it takes."""
    server = FakeServer(*[DiskFullError("full")] * 20, EmbeddedServerError("a"), None)

    assert supervise(server) is None
    assert [] == server.outcomes
