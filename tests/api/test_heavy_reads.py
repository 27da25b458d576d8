"""Heavy reads have connections, a queue and a time limit of their own; the others do not wait for them."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import httpx
import psycopg
import pytest

from tests.support.client import Timeline, refused
from tests.support.payloads import statement
from tests.support.processes import wait_until
from tests.support.service import Service

CLIENTS = 20
TOTALS = "/totals?measure=killed"
HEAVY = (
    *("?q=war", "?tag=flood", "?bbox=0,0,1,1", "?type=capture", "?format=csv", "?format=atom&limit=1"),
    *("/export?format=geojson", "/figures?format=csv", "/events?format=ndjson&limit=1"),
    *("/events?type=capture", "/actors/a-b?q=war", "/figures/any/audit", "/diff", "/replay"),
    *(TOTALS, "/totals/export?measure=killed&format=csv", "/log/root?at=1"),
)
SMALL = ("", "?at=1&limit=2&order=asc", "?actor=nis", "/events?limit=1", "/actors", "/actors/nis", "/figures")


class Crowd:
    """Clients that ask for totals, which a lock holds up."""

    def __init__(self, dsn: str, threads: ThreadPoolExecutor) -> None:
        self._dsn = dsn
        self._threads = threads
        self._lock = psycopg.connect(dsn)

    def come(self, timeline: Timeline, clients: int) -> list[Future[httpx.Response]]:
        """Have clients ask, each for something else, until the first of them wait in the database."""
        self._lock.execute("LOCK TABLE toll IN ACCESS EXCLUSIVE MODE")
        months = [f"{TOTALS}&from={2000 + number}" for number in range(clients)]
        requests = [self._threads.submit(get, timeline, path) for path in months]
        wait_until(self.running, 20)
        return requests

    def running(self) -> int:
        """How many statements the lock holds up."""
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            cursor = connection.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            row = cursor.fetchone()
            return row[0] if row else 0

    def leave(self) -> None:
        """Let go of the lock."""
        self._lock.close()


@pytest.fixture
def crowd(dsn: str) -> Iterator[Crowd]:
    """Clients that ask for what takes as long as the test likes."""
    with ThreadPoolExecutor(CLIENTS) as threads:
        crowd = Crowd(dsn, threads)
        yield crowd
        crowd.leave()


def get(timeline: Timeline, path: str) -> httpx.Response:
    """Ask over a connection of its own."""
    with httpx.Client(base_url=timeline.client.base_url, trust_env=False, timeout=60) as client:
        return client.get(timeline.path + path)


def start(serve: Callable[..., Service], **settings: str) -> Timeline:
    """A timeline with a record, on a service with settings."""
    timeline = Timeline(serve(**settings).client)
    timeline.put()
    timeline.take(statement())
    return timeline


def test_posts_and_small_reads_find_a_connection(serve: Callable[..., Service], crowd: Crowd) -> None:
    """However many clients add up; these are answered as soon as the database carries that out again."""
    timeline = start(serve, pool_connections_max="4", pool_wait_seconds_max="10")
    totals = crowd.come(timeline, CLIENTS)
    timeline.client.timeout = 3
    for path in SMALL:
        assert 200 == timeline.client.get(timeline.path + path).status_code
        timeline.take(statement())
    assert 2 == crowd.running()
    assert not any(each.done() for each in totals)
    crowd.leave()
    assert [200] * CLIENTS == [each.result().status_code for each in totals]


def test_who_finds_the_queue_full_is_refused_at_once(serve: Callable[..., Service], crowd: Crowd) -> None:
    """Whatever is heavy: by its operation, its filters or its format."""
    timeline = start(serve, heavy_connections_max="1", heavy_queue_max="0", pool_wait_seconds_max="20")
    crowd.come(timeline, 1)
    timeline.client.timeout = 3
    for path in HEAVY:
        answer = timeline.client.get(timeline.path + path)
        refused(timeline.client, answer, 503, "busy")
        assert 1 <= int(answer.headers["retry-after"])
    crowd.leave()
    wait_until(lambda: timeline.client.get(timeline.path + TOTALS).status_code == 200, 10)


def test_who_waits_too_long_is_refused(serve: Callable[..., Service], crowd: Crowd) -> None:
    """The queue is bounded in time too, and so is each statement of a heavy read."""
    timeline = start(
        serve, heavy_connections_max="1", heavy_statement_seconds_max="1.5", pool_wait_seconds_max="0.5"
    )
    [running] = crowd.come(timeline, 1)
    refused(timeline.client, timeline.client.get(timeline.path + TOTALS), 503, "busy")
    refused(timeline.client, running.result(), 503, "too-costly")
