"""The disk of the embedded PostgreSQL is full: reads go on, writes wait for room, and nobody need do more."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tests.faults.disks import Ballast, small_disk
from tests.faults.embedded import EmbeddedService, embedded
from tests.faults.sizes import print_figures, short_and_long
from tests.support.client import Timeline
from tests.support.payloads import engagement
from tests.support.processes import wait_until
from timeline.embedded.programs import EmbeddedServerError

DISK_MB = 240
HANG_SECONDS_MAX = 60
USED_UP_SECONDS_MAX = 240
"""How long it may take until PostgreSQL ends: each of its checkpoints may free what was used up before."""
READS = ("", "/events", "/actors", "/figures", "/diff", "/replay")
FULL, ROOM = "the disk of the database is full", "the database has room again"


@pytest.fixture
def disk() -> Iterator[Path]:
    """A small disk."""
    with small_disk(DISK_MB) as folder:
        yield folder


def is_readable(timeline: Timeline) -> bool:
    """Whether all views are answered."""
    return all(timeline.client.get(timeline.path + path).status_code == 200 for path in READS)


def is_taken(timeline: Timeline) -> bool:
    """Whether a post is taken; if not it is 503."""
    code = timeline.post(engagement()).status_code
    assert code in (201, 503)
    return code == 201


def stay(_: EmbeddedService, __: Ballast) -> None:
    """The disk is full, and PostgreSQL lives."""


def use_up_log(service: EmbeddedService, ballast: Ballast) -> bool:
    """Begin the next file of PostgreSQL's log; whether it has ended."""
    if service.postmaster:
        ballast.fill()  # a checkpoint may have freed space since the last time
    gone = suppress(psycopg.OperationalError, EmbeddedServerError)
    with gone, psycopg.connect(service.dsn, autocommit=True) as connection:
        connection.execute("SELECT pg_logical_emit_message(false, '', ''), pg_switch_wal()")
    return bool(service.lines("the embedded database has ended"))


def is_out_of_room(service: EmbeddedService, ballast: Ballast) -> bool:
    """Use up the log until PostgreSQL cannot be started: where it ends, it may leave itself some room."""
    return use_up_log(service, ballast) and bool(service.lines("waits for room on its disk"))


def be_killed(service: EmbeddedService, _: Ballast) -> None:
    """PostgreSQL is killed, and must be started on a full disk."""
    service.kill_postmaster()


def be_restarted(service: EmbeddedService, _: Ballast) -> None:
    """All of it is killed, and must be started on a full disk."""
    service.kill_everything()
    service.process.wait()
    service.close_client()
    service.start()


@short_and_long("times", 1, 3)
@pytest.mark.parametrize("worst", [stay, be_killed, be_restarted])
def test_a_full_disk_stops_writes_alone(
    disk: Path, tmp_path: Path, worst: Callable[[EmbeddedService, Ballast], None], times: int
) -> None:
    """Posts get 503 with the reason, reads go on, one log line says so; with room posts are taken again."""
    ballast = Ballast(disk)
    with embedded(disk / "data", tmp_path, pool_wait_seconds_max="0.5") as service:
        reserve = service.data_dir / "reserve"
        timeline = Timeline(service.client)
        timeline.put()
        for number in range(1, times + 1):
            wait_until(reserve.exists, HANG_SECONDS_MAX)
            timeline.take(engagement())
            ballast.fill()
            worst(service, ballast)
            timeline.client = service.client
            wait_until(lambda: is_readable(timeline), HANG_SECONDS_MAX)
            refusal = timeline.post(engagement())

            assert 503 == refusal.status_code
            assert FULL in refusal.json()["detail"]
            assert 503 == timeline.put(title="Another").status_code
            assert is_readable(timeline)
            # what is over within seconds and comes again is not logged again
            assert 1 <= len(service.lines(FULL)) <= number
            assert [] == service.lines("write refused")

            ballast.drop()
            began = time.monotonic()
            wait_until(lambda: is_taken(timeline), HANG_SECONDS_MAX)
            assert len(service.lines(FULL)) == len(service.lines(ROOM))
            seconds = time.monotonic() - began
            print_figures(f"{worst.__name__}: posts were taken {seconds:.2f} s after", faults=1)
        assert 2 * times == len(timeline.get("/events")["records"])


@pytest.mark.parametrize("free_bytes_min", ["0", "64000000"])
def test_a_disk_whose_last_room_is_used_up(disk: Path, tmp_path: Path, free_bytes_min: str) -> None:
    """By others, whatever is kept of it: PostgreSQL ends; the service stays, and waits for room."""
    settings = {
        "disk_free_bytes_min": free_bytes_min,
        "pool_wait_seconds_max": "0.5",
        "database_restart_failures_max": "1",
    }
    ballast = Ballast(disk)
    with embedded(disk / "data", tmp_path, **settings) as service:
        timeline = Timeline(service.client)
        timeline.put()
        ballast.fill()
        wait_until(lambda: is_out_of_room(service, ballast), USED_UP_SECONDS_MAX)
        assert not is_taken(timeline)

        ballast.drop()
        began = time.monotonic()
        wait_until(lambda: is_taken(timeline), HANG_SECONDS_MAX)
        print_figures(f"used up: posts were taken {time.monotonic() - began:.2f} s after there was room")
        assert 1 == len(service.lines("waits for room on its disk"))
