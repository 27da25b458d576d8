"""An outage is one line when it begins and one when it ends, however many requests meet it."""

import psycopg
import pytest
import structlog
from psycopg.errors import AdminShutdown, DiskFull, LockNotAvailable
from psycopg_pool import PoolTimeout

from timeline.log import availability as module
from timeline.log.availability import Availability

AWAY, AGAIN = "the database is not available", "the database is available again"


@pytest.mark.parametrize("error", [psycopg.OperationalError("gone"), AdminShutdown("stopped")])
def test_an_outage_is_two_lines(error):
    """The second says how many errors there were."""
    state = Availability()
    with structlog.testing.capture_logs() as lines:
        state.back()
        for each in (error, PoolTimeout("late"), error):
            state.note(each)
        state.back()
        state.back()

    assert [AWAY, AGAIN] == [line["event"] for line in lines]
    assert 3 == lines[1]["errors"]


def test_a_second_outage_is_logged_too():
    """Each has its two lines."""
    state = Availability()
    with structlog.testing.capture_logs() as lines:
        for _ in range(2):
            state.note(psycopg.OperationalError("gone"))
            state.back()

    assert [AWAY, AGAIN] * 2 == [line["event"] for line in lines]


@pytest.mark.parametrize("error", [LockNotAvailable("held"), DiskFull("full"), PoolTimeout("busy")])
def test_a_database_that_answers_is_no_outage(error, monkeypatch):
    """Its trouble is logged with the reason, and again only after a while."""
    state, now = Availability(), 1_000.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    with structlog.testing.capture_logs() as lines:
        for _ in range(3):
            state.note(error)
        now += module.REPEAT_SECONDS_MIN
        state.note(error)
        state.back()

    assert 2 == len(lines)
    assert AWAY not in [line["event"] for line in lines]
    assert all(repr(error) == line["error"] for line in lines)
