"""Who may write, what happens while the database is not available, and health and metrics of the service."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.support.client import Timeline, refused
from tests.support.payloads import engagement, statement
from tests.support.processes import wait_until
from tests.support.service import Service
from timeline.embedded.server import EmbeddedServer
from timeline.views.projection.rules import RULES_VERSION

TOKEN = "a-long-random-word"
READS = ["", "/events", "/actors", "/figures", "/diff", "/replay"]


@pytest.fixture
def server():
    """A PostgreSQL of the test's own, to be stopped and started."""
    running = EmbeddedServer(
        Path(tempfile.gettempdir()) / f"timeline-stopped-{uuid4().hex}", {"fsync": "off"}
    )
    running.start()
    yield running
    running.stop()
    shutil.rmtree(running.data_dir)


def lines_of(service: Service, event: str) -> list[dict[str, Any]]:
    """The lines of the service's log about something."""
    lines = [json.loads(line) for line in service.log.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


def unavailable(service: Service, response, kind="unavailable"):
    """A 503 that says when to try again."""
    refused(service.client, response, 503, kind)
    assert 1 <= int(response.headers["retry-after"])


def test_the_database_stops_and_starts(serve, server):
    """While the database is not available, what needs it gets 503; when it is back, the service recovers."""
    service = serve(dsn=server.dsn, pool_wait_seconds_max="0.1")
    made = Timeline(service.client)
    made.put()
    made.take(engagement())
    event = engagement()
    server.stop()

    for path in READS:
        unavailable(service, service.client.get(made.path + path))
    for path in ("/v1/timelines", "/ready"):
        unavailable(service, service.client.get(path))
    unavailable(service, made.put(title="x"))
    unavailable(service, made.post(event))
    assert {"status": "alive"} == service.client.get("/health").json()

    server.start()
    while service.client.get("/ready").status_code != 200:
        pass

    assert [2] == made.take(event)
    assert 2 == len(made.entries())
    assert "unforeseen error" not in service.log
    wait_until(lambda: lines_of(service, "the database is available again"))
    assert 1 == len(lines_of(service, "the database is not available"))
    (back,) = lines_of(service, "the database is available again")
    assert back["errors"] > len(READS)
    assert [] == lines_of(service, "write refused")
    assert "psycopg.pool" not in service.log
    assert "error connecting" not in service.log


def test_connections_that_the_server_ends(serve, dsn):
    """A connection that the server ends is replaced: no request after that fails with more than a 503."""
    service = serve()
    made = Timeline(service.client)
    made.put()
    with psycopg.connect(dsn, autocommit=True) as connection:
        for _ in range(2):
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert made.client.get(made.path).status_code in (200, 503)
            assert made.post(engagement()).status_code in (201, 503)

    assert made.head == len(made.entries())
    assert "unforeseen error" not in service.log


def test_a_timeline_that_somebody_holds_locked(serve, dsn):
    """A post that waits too long for the timeline's lock gets 503, reads go on, and it can be sent again."""
    service = serve(lock_seconds_max="0.2")
    made = Timeline(service.client)
    made.put()
    event = engagement()
    with psycopg.connect(dsn) as connection:
        connection.execute("SELECT FROM timeline WHERE timeline_id = %s FOR UPDATE", [made.name])
        unavailable(service, made.post(event))
        assert [] == made.entries()

    assert [1] == made.take(event)


def test_a_database_that_lacks_its_schema(serve, dsn):
    """A service whose database is behind is not ready, and says what to do."""
    service = serve()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("DELETE FROM migration")
    response = service.client.get("/ready")

    unavailable(service, response)
    assert "timeline migrate" in response.json()["detail"]


@pytest.fixture
def guarded(serve):
    """A timeline of a service whose writes need a token."""
    service = serve(write_token=TOKEN)
    made = Timeline(service.client)
    assert service.client.put(made.path, headers={"authorization": f"Bearer {TOKEN}"}).status_code == 201
    return made


def test_writes_need_the_token(guarded):
    """Without the token, or with another, writes get 401 and leave no trace; reads need none."""
    client = guarded.client
    for credentials in (None, "", "Bearer", "Bearer x", "Basic x", TOKEN, "Bearer é"):
        headers = {} if credentials is None else {"authorization": credentials.encode()}
        for response in (
            client.post(f"{guarded.path}/events", json=statement(), headers=headers),
            client.put("/v1/timelines/another", headers=headers),
        ):
            refused(client, response, 401, "unauthorized")
            assert "Bearer" == response.headers["www-authenticate"]

    assert 0 == guarded.head
    refused(client, client.get("/v1/timelines/another"), 404, "unknown-timeline")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
def test_the_token_lets_write(guarded, scheme):
    """With the token a post is taken in, and recorded as the writer's."""
    response = guarded.post(statement(), authorization=f"{scheme} {TOKEN}")

    assert 201 == response.status_code
    assert "writer" == guarded.get("/events")["records"][0]["recorded_by"]


def test_a_token_is_asked_for_before_anything_is_read(guarded):
    """Who may not write is not told what is wrong with what they sent."""
    response = guarded.client.post(f"{guarded.path}/events", content=b"{")

    refused(guarded.client, response, 401, "unauthorized")


def test_without_a_token_writers_are_anonymous(timeline):
    """A service without a token takes writes from anybody, and records no name."""
    timeline.take(statement())

    assert "anonymous" == timeline.get("/events")["records"][0]["recorded_by"]


def test_health_and_readiness(client):
    """A service that lives and has its database says so."""
    assert {"status": "alive"} == client.get("/health").json()
    ready = {"status": "ready", "rules": RULES_VERSION, "outdated": 0, "outdated_timelines": []}
    assert ready == client.get("/ready").json()


def test_metrics(timeline):
    """Metrics count requests by route, not by address, and not what no route serves."""
    timeline.entries()
    timeline.client.get("/nowhere/at/all")
    metrics = timeline.client.get("/metrics").text

    assert 'path="/v1/timelines/{timeline}"' in metrics
    assert timeline.name not in metrics
    assert "nowhere" not in metrics
    assert "timeline_request_duration_seconds_bucket" in metrics


def test_metrics_count_what_is_refused_before_the_handlers(serve):
    """A timeline that the cache does not find, and a query that cannot be parsed, are counted too."""
    client = serve().client
    client.get("/v1/timelines/nobody-made-this")
    client.get("/v1/timelines/nobody-made-this?q=%zz")
    metrics = client.get("/metrics").text

    for status in (404, 400):
        labels = f'method="GET",path="/v1/timelines/{{timeline}}",status_code="{status}"'
        assert f"timeline_requests_total{{{labels}}} 1.0" in metrics


def test_limits_can_be_set(serve):
    """Body, array and page limits are the settings', and a refusal names them."""
    limits = {"array_events_max": "2", "body_bytes_max": "2000", "page_entries_max": "1"}
    service = serve(**limits, page_entries_default="1", replay_records_max="1")
    made = Timeline(service.client)
    made.put()
    made.take(engagement(), engagement())

    for response, limit in (
        (made.post(*(engagement() for _ in range(3))), 2),
        (made.post(engagement(summary="x" * 2000)), 2000),
        (service.client.get(f"{made.path}/replay"), 1),
    ):
        refused(service.client, response, 413, "too-large")
        assert limit == response.json()["limit"]
    assert 1 == len(made.entries(limit=500))
    assert 200 == service.client.get(f"{made.path}/replay?after=1").status_code


def test_a_refused_write_is_logged_with_its_reason(serve):
    """Who sees the log sees what a client did wrong, and no token; reads are not logged."""
    service, bearer = serve(write_token=TOKEN), f"Bearer {TOKEN}"
    made = Timeline(service.client)
    service.client.put(made.path, headers={"authorization": bearer})
    refusals = [
        made.post(statement(), authorization="Bearer wrong"),
        made.post(engagement(summary=""), authorization=bearer),
        service.client.put("/v1/timelines/a b", headers={"authorization": bearer}),
        service.client.delete(f"{made.path}/events"),
    ]
    service.client.get("/v1/timelines/nowhere")
    lines = lines_of(service, "write refused")

    assert [response.status_code for response in refusals] == [line["status"] for line in lines]
    assert ["POST", "POST", "PUT", "DELETE"] == [line["method"] for line in lines]
    assert ["unauthorized", "malformed"] == [line["problem"] for line in lines[:2]]
    assert ("$.summary", refusals[1].json()["detail"]) == (lines[1]["place"], lines[1]["reason"])
    assert TOKEN not in service.log
    assert "wrong" not in service.log


@pytest.mark.parametrize(("level", "count"), [("debug", 3), ("info", 0)])
def test_requests_are_logged_at_the_level_debug(serve, level, count):
    """Every one, also those of addresses that do not exist; nothing in them can steer a terminal."""
    service = serve(log_level=level)
    for path in ("/v1/timelines?limit=1", "/nowhere/%1b%5B31m", "/health"):
        service.client.get(path)
    lines = [line for line in lines_of(service, "request") if line["path"] != "/ready"]

    assert count == len(lines)
    assert [(200, "limit=1"), (404, ""), (200, "")][:count] == [
        (line["status"], line["query"]) for line in lines
    ]
    assert "\\u001b" not in service.log
