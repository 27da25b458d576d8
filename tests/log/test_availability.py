"""An outage is one line when it begins and one when it ends, however many requests meet it."""

import psycopg
import pytest
import structlog
from psycopg.errors import AdminShutdown, DiskFull, LockNotAvailable, ReadOnlySqlTransaction
from psycopg_pool import PoolTimeout

from timeline.disk import Disk
from timeline.domain.errors import Unavailable
from timeline.log import availability as module
from timeline.log.availability import Availability, unavailable

AWAY, AGAIN = "the database is not available", "the database is available again"
FULL = "the disk of the database is full: posts get 503, reads go on"
ROOM = "the database has room again and takes posts"


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


@pytest.mark.parametrize("error", [LockNotAvailable("held"), PoolTimeout("busy")])
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


def test_a_full_disk_is_two_lines(monkeypatch):
    """However often it is met: one when it begins, one at the first commit after it."""
    state, now = Availability(), 1_000.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    with structlog.testing.capture_logs() as lines:
        state.note_commit()
        for _ in range(3):
            state.note(DiskFull("no space"))
            now += module.REPEAT_SECONDS_MIN
        state.note_commit()
        state.note_commit()

    assert [FULL, ROOM] == [line["event"] for line in lines]
    assert 3 * module.REPEAT_SECONDS_MIN == lines[1]["seconds"]


def test_a_full_disk_is_said_in_an_outage_too():
    """It may be why the database ended; nothing else about it would be in the log."""
    state = Availability()
    with structlog.testing.capture_logs() as lines:
        for error in (psycopg.OperationalError("gone"), DiskFull("no space"), DiskFull("no space")):
            state.note(error)

    assert [AWAY, FULL] == [line["event"] for line in lines]


def test_a_disk_on_the_brink_does_not_fill_the_log(monkeypatch):
    """Where every other statement finds no room it is logged now and then, in pairs."""
    state, now = Availability(), 1_000.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    with structlog.testing.capture_logs() as lines:
        for _ in range(100):
            state.note(DiskFull("no space"))
            state.note_commit()
        now += module.REPEAT_SECONDS_MIN
        state.note(DiskFull("no space"))

    assert [FULL, ROOM, FULL] == [line["event"] for line in lines]


def test_without_room_nothing_is_begun(tmp_path):
    """The disk is looked at before each commit; one that cannot be seen counts as having room."""
    Availability().require_room()
    Availability(Disk(tmp_path, 1)).require_room()
    Availability(Disk(tmp_path / "none", 10**18)).require_room()
    with structlog.testing.capture_logs() as lines, pytest.raises(Unavailable, match="disk of the database"):
        Availability(Disk(tmp_path, 10**18)).require_room()

    assert [FULL] == [line["event"] for line in lines]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (DiskFull("x"), "the disk of the database is full"),
        (ReadOnlySqlTransaction("x"), "takes no writes"),
        (psycopg.OperationalError("x"), "the database is not available"),
    ],
)
def test_the_client_learns_what_is_wrong(error, words):
    """As far as it can be told apart, without the driver's own words."""
    assert words in unavailable(error).message
    assert "x" not in unavailable(error).message.split()
