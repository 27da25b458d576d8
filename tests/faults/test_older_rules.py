"""A service on a database of the program before it: serves the old views, rebuilds them, mixes nothing."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.faults.victims import kill_service
from tests.support.client import Timeline, refused
from tests.support.payloads import engagement
from tests.support.processes import run_command, wait_until
from tests.support.service import Service
from timeline.log.schema import steps
from timeline.views.maintenance.rebuild import _REBUILD
from timeline.views.projection.rules import RULES_VERSION

OLDER_RULES = Path(__file__).with_name("older_rules.sql")
OLD_STEPS = 2
SERIES = "casualties.killed.troops.military.cumulative"
VIEWS = (
    "?order=asc",
    "?order=changed",
    "/entries/01940000-0000-7000-8000-000000000003",
    "/actors",
    "/actors/nis",
    "/figures",
    f"/figures/{SERIES}",
    f"/figures/{SERIES}/audit",
    "/totals?measure=killed&category=military",
    "/diff?after=3",
)


@pytest.fixture
def old_dsn(new_database: Callable[..., str]) -> str:
    """A database as the old program left it."""
    dsn = new_database()
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "CREATE TABLE migration (number integer PRIMARY KEY, name text NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT now())"
        )
        for number, name, script in steps()[:OLD_STEPS]:
            connection.execute(script)
            connection.execute("INSERT INTO migration (number, name) VALUES (%s, %s)", [number, name])
        connection.execute(OLDER_RULES.read_text())
    return dsn


class Hold:
    """Keeps a timeline from being rebuilt until it is released."""

    def __init__(self, dsn: str) -> None:
        self._connection = psycopg.connect(dsn, autocommit=True)
        self._connection.execute("SELECT pg_advisory_lock(hashtextextended('old', %s))", [_REBUILD])

    def release(self) -> None:
        """Let it be rebuilt."""
        self._connection.close()


def views(client: httpx.Client) -> dict[str, dict[str, Any]]:
    """What every view answers, by its path."""
    answers = {}
    for view in VIEWS:
        response = client.get(f"/v1/timelines/old{view}")
        assert response.status_code == 200, (view, response.text)
        answers[view] = response.json()
    return answers


def rules_of(answers: dict[str, dict[str, Any]]) -> set[int]:
    """The versions of the rules by which answers were made."""
    return {answer["rules"] for answer in answers.values()}


def ready(service: Service) -> dict[str, Any]:
    """What the service says of its readiness."""
    return service.client.get("/ready").json()


def test_the_old_views_are_served_until_they_are_rebuilt(old_dsn: str, serve: Callable[..., Service]) -> None:
    """Each answer is wholly by the old rules or by the new ones, as it says; posts wait, and go on after."""
    hold = Hold(old_dsn)
    service = serve(old_dsn, rebuild_wait_seconds_max="0.3", rebuild_grace_seconds="2")
    timeline = Timeline(service.client, "old")
    before = views(service.client)
    refusal = timeline.post(engagement())

    assert {1} == rules_of(before)
    assert {"status": "ready", "rules": RULES_VERSION, "outdated": 1, "outdated_timelines": ["old"]} == ready(
        service
    )
    refused(service.client, refusal, 503, "outdated-views")
    assert refusal.headers["retry-after"]
    pinned = service.client.get(before["/figures"]["url"])
    assert (200, "no-cache") == (pinned.status_code, pinned.headers["cache-control"])

    hold.release()
    polled: list[dict[str, dict[str, Any]]] = []
    deadline = time.monotonic() + 60
    while not polled or rules_of(polled[-1]) != {RULES_VERSION}:
        assert time.monotonic() < deadline, service.log
        polled.append(views(service.client))
    after = polled[-1]

    for answers in polled:
        for view, answer in answers.items():
            assert answer == {1: before, RULES_VERSION: after}[answer["rules"]][view], view
    assert (0, []) == (ready(service)["outdated"], ready(service)["outdated_timelines"])
    for path, answer in before.items():
        assert after[path] == service.client.get(answer["url"]).json()
    assert [16] == timeline.take(engagement())
    wait_until(lambda: "removed the views by older rules" in service.log)
    assert after.keys() == views(service.client).keys()
    for line in ("rebuilding views by newer rules", "rebuilt views by newer rules"):
        assert line in service.log
    assert "unforeseen error" not in service.log
    assert "match the log" in run_command(old_dsn, "verify", "--timeline", "old")


def test_a_post_that_waits_is_recorded_when_the_views_are_rebuilt(
    old_dsn: str, serve: Callable[..., Service]
) -> None:
    """Whoever posts while the service starts need not know of it."""
    service = serve(old_dsn, rebuild_wait_seconds_max="60")

    assert [16] == Timeline(service.client, "old").take(engagement())
    assert {RULES_VERSION} == rules_of(views(service.client))


def test_a_service_killed_in_the_midst_begins_again(old_dsn: str, serve: Callable[..., Service]) -> None:
    """Killed while the rebuild waits for the head, it leaves the old views; the next one makes the new."""
    with psycopg.connect(old_dsn) as locker:
        service = serve(old_dsn, rebuild_grace_seconds="0")
        locker.execute("SELECT FROM timeline WHERE timeline_id = 'old' FOR UPDATE")
        if {1} == rules_of(views(service.client)):
            wait_until(lambda: "rebuilding views by newer rules" in service.log)
        kill_service(service)
        locker.rollback()

    wait_until(lambda: ready(service)["outdated"] == 0)
    assert {RULES_VERSION} == rules_of(views(service.client))
    run_command(old_dsn, "verify", "--timeline", "old")


def test_commands_on_a_database_that_no_service_has_rebuilt(old_dsn: str) -> None:
    """`verify` says that it cannot compare the views, and `rebuild` makes them new."""
    run_command(old_dsn, "migrate")

    assert "by version 1 of the rules" in run_command(old_dsn, "verify", "--timeline", "old")
    run_command(old_dsn, "rebuild", "--timeline", "old", rebuild_grace_seconds="0")
    assert "rows of the views match the log" in run_command(old_dsn, "verify", "--timeline", "old")
