"""The embedded PostgreSQL dies under the service: it is started again, or the service ends and says why."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.faults.embedded import EmbeddedService, embedded
from tests.faults.load import Load, soon
from tests.faults.sizes import print_figures, short_and_long
from tests.support.client import Timeline
from tests.support.payloads import engagement
from tests.support.processes import wait_until

pytestmark = pytest.mark.alone

WRITERS = 16
EVENTS_BETWEEN = 20
BACK_SECONDS_MAX = 5
HANG_SECONDS_MAX = 60
SIGNALS = (signal.SIGKILL, signal.SIGQUIT, signal.SIGINT, signal.SIGTERM)
"""Ways to end a postmaster; by the last one it would wait for its clients, which stay."""

DIED, REVIVED = "the embedded database has ended", "the embedded database runs again"


@short_and_long("deaths", len(SIGNALS), 20)
async def test_a_dead_database_is_started_again(
    data_dir: Path, tmp_path: Path, load: Load, deaths: int
) -> None:
    """However its postmaster ended: posts are taken again soon, none is lost, each death is two log lines."""
    with embedded(data_dir, tmp_path, pool_wait_seconds_max="0.5") as service:
        await load.create(lambda: service.url)
        async with load.under(lambda: service.url, WRITERS):
            took_seconds = []
            for number in range(deaths):
                await load.more(EVENTS_BETWEEN)
                began = time.monotonic()
                os.kill(service.postmaster, SIGNALS[number % len(SIGNALS)])
                await soon(lambda number=number: len(service.lines(REVIVED)) > number, HANG_SECONDS_MAX)
                await load.more(WRITERS)  # more than were on their way
                took_seconds.append(time.monotonic() - began)
        log = await load.check(service.url, service.dsn)

        assert [deaths, deaths] == [len(service.lines(words)) for words in (DIED, REVIVED)]
        assert "unforeseen error" not in service.log
    print_figures(
        f"{deaths} deaths, {len(log)} events: posts were taken again after {min(took_seconds):.1f} to"
        f" {max(took_seconds):.1f} s",
        faults=deaths,
    )
    # the figure is for a machine that does nothing else, as in `make soak`
    assert deaths == len(SIGNALS) or max(took_seconds) < BACK_SECONDS_MAX


def test_two_services_on_one_database(data_dir: Path, tmp_path: Path) -> None:
    """Both go on, whichever of them starts it again."""
    with embedded(data_dir, tmp_path) as first, embedded(data_dir, tmp_path) as second:
        timelines = [Timeline(service.client, "shared") for service in (first, second)]
        timelines[0].put()
        first.kill_postmaster()
        for timeline in timelines:
            wait_until(lambda timeline=timeline: timeline.post(engagement()).status_code == 201)

        assert [1, 2] == [record["position"] for record in timelines[0].get("/events")["records"]]
        # the other one may have looked again only when it was done
        assert first.lines(REVIVED) + second.lines(REVIVED)


def test_a_crash_that_it_survives_is_left_to_it(data_dir: Path, tmp_path: Path) -> None:
    """PostgreSQL itself replaces its other processes."""
    with embedded(data_dir, tmp_path) as service:
        timeline = Timeline(service.client)
        timeline.put()
        before = service.postmaster
        service.kill_backend()
        wait_until(lambda: timeline.post(engagement()).status_code == 201, HANG_SECONDS_MAX)

        assert before == service.postmaster
        assert [] == service.lines(DIED)


def test_a_database_that_was_stopped_is_not_ready(data_dir: Path, tmp_path: Path) -> None:
    """Whoever asks gets an answer, as a probe waits for seconds only; and another when it goes on."""
    with embedded(data_dir, tmp_path) as service, stopped(service):
        for _ in range(3):
            problem = httpx.get(f"{service.url}/ready", timeout=5)
            assert (503, "unavailable") == (problem.status_code, problem.json()["type"].rpartition("/")[2])
            assert "has not answered" in problem.json()["detail"]
        assert 200 == httpx.get(f"{service.url}/health", timeout=5).status_code
        service.signal_database(signal.SIGCONT)
        wait_until(lambda: httpx.get(f"{service.url}/ready").status_code == 200, HANG_SECONDS_MAX)


@contextmanager
def stopped(service: EmbeddedService) -> Iterator[None]:
    """A database whose processes are stopped; they go on in the end."""
    service.signal_database(signal.SIGSTOP)
    try:
        yield
    finally:
        service.signal_database(signal.SIGCONT)


def break_configuration(service: EmbeddedService) -> None:
    """Make a start fail."""
    with (service.data_dir / "postgres" / "postgresql.conf").open("a") as file:
        file.write("\nno_such_setting = 1\n")


def take_data_away(service: EmbeddedService) -> None:
    """Leave nothing to start on; it must not begin with an empty database."""
    (service.data_dir / "postgres").rename(service.data_dir / "taken-away")


@pytest.mark.parametrize(
    ("hinder", "words"), [(break_configuration, "no_such_setting"), (take_data_away, "the data are gone")]
)
def test_a_database_that_cannot_be_started_again_ends_the_service(
    data_dir: Path, tmp_path: Path, hinder, words: str
) -> None:
    """With an exit code by which a supervisor acts, and with the reason; until then it answers."""
    with embedded(data_dir, tmp_path, database_restart_failures_max="3") as service:
        pid = service.postmaster
        hinder(service)
        assert 200 == httpx.get(f"{service.url}/health").status_code
        os.kill(pid, signal.SIGKILL)
        code = service.process.wait(HANG_SECONDS_MAX)

        assert 3 == code
        assert "cannot be started again" in service.log
        assert words in service.log
        assert 1 == len(service.lines(DIED))


def test_a_stop_while_it_is_being_started_again(data_dir: Path, tmp_path: Path) -> None:
    """SIGTERM ends the service, and leaves no PostgreSQL behind."""
    with embedded(data_dir, tmp_path) as service:
        service.kill_postmaster()
        wait_until(lambda: service.lines(DIED))

        assert 0 == service.stop()
        assert 0 == service.postmaster


@pytest.mark.parametrize("_", [pytest.param(0, marks=pytest.mark.soak)])
async def test_it_is_killed_together_with_a_worker(data_dir: Path, tmp_path: Path, load: Load, _) -> None:
    """The worker is forked while the database is being started: neither holds the other up."""
    with embedded(data_dir, tmp_path, pool_wait_seconds_max="0.5", workers="2") as service:
        await load.create(lambda: service.url)
        async with load.under(lambda: service.url, WRITERS):
            for _number in range(5):
                await load.more(EVENTS_BETWEEN)
                service.kill(service.workers[0], service.postmaster)
                await asyncio.sleep(6)  # of two deaths in 5.5 s the server of the workers gives up
        await load.check(service.url, service.dsn)
        assert 0 == service.stop()
