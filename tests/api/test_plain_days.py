"""A plain day wherever a time is taken: it means the day's end, by UTC."""

from datetime import date, datetime, timedelta

import pytest

from tests.support.client import Timeline, refused
from tests.support.payloads import engagement, statement


@pytest.fixture
def recorded(timeline: Timeline) -> date:
    """The day on which two records of a timeline were recorded."""
    timeline.take(engagement(), engagement())
    last = timeline.get("/events")["records"][-1]["recorded_at"]
    return datetime.fromisoformat(last).date()


@pytest.mark.parametrize("path", ["", "/actors", "/figures", "/totals?measure=killed"])
def test_a_view_at_a_day(timeline: Timeline, recorded: date, path: str) -> None:
    """It is as of the day's last record; the answer's own address pins the position."""
    separator = "&" if "?" in path else "?"
    same = timeline.client.get(f"{timeline.path}{path}{separator}at={recorded}").json()
    before = timeline.client.get(f"{timeline.path}{path}{separator}at={recorded - timedelta(days=1)}").json()

    assert (2, 0) == (same["position"], before["position"])
    assert "at=2" in same["url"]


def test_the_log_and_its_history_by_days(timeline: Timeline, recorded: date) -> None:
    """`after` begins after the day, `to` and `at` end with it."""
    day_before = recorded - timedelta(days=1)

    assert 2 == len(timeline.get("/events", at=recorded)["records"])
    assert [] == timeline.get("/events", at=day_before)["records"]
    diff = timeline.get("/diff", after=day_before, to=recorded)
    assert (0, 2) == (diff["after_position"], diff["position"])
    assert 2 == timeline.get("/diff", after=recorded)["after_position"]
    assert 2 == timeline.get("/log/root", at=recorded)["position"]
    assert 2 == len(timeline.client.get(f"{timeline.path}/replay?to={recorded}").text.splitlines())


def test_an_answer_of_today_is_not_kept(timeline: Timeline, recorded: date) -> None:
    """The day may go on: its answer is asked for again."""
    answer = timeline.client.get(timeline.path, params={"at": str(recorded)})

    assert "no-cache" == answer.headers["cache-control"]


def test_a_day_that_has_not_begun(timeline: Timeline, recorded: date) -> None:
    """It is a time in the future."""
    response = timeline.client.get(timeline.path, params={"at": str(recorded + timedelta(days=2))})

    assert "in the future" in refused(timeline.client, response, 404, "unknown-position", "at")


def test_what_had_been_published_by_a_day(timeline: Timeline) -> None:
    """All that was published on it."""
    timeline.take(
        statement(speaker="nis", published_at="2024-12-26T23:59:59Z"),
        statement(speaker="nis", published_at="2024-12-27T23:59:59.999Z"),
        statement(speaker="nis", published_at="2024-12-28T00:00:00Z"),
    )

    for view in ("", "/actors/nis"):
        assert 2 == len(timeline.get(view, published_by="2024-12-27")["entries"])
    assert 1 == len(timeline.entries(published_by="2024-12-26"))
