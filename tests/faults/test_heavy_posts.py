"""Heavy posts: one that costs much is taken, and keeps nobody else from being answered."""

import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.faults.sizes import print_figures, short_and_long
from tests.faults.victims import Postgres
from tests.support.client import Timeline
from tests.support.samples import id_of
from tests.support.service import Service

pytestmark = pytest.mark.alone

ANSWERS_MIN = 5
"""How many others must be answered while a heavy post is at work."""


@pytest.fixture
def client(durable: Postgres, serve: Callable[..., Service]) -> httpx.Client:
    """A client of a service with one worker, and so one event loop."""
    return serve(durable.new_database(), workers="1").client


def report(number: int, kind: str, /, **fields: Any) -> dict[str, Any]:
    """An event as a client posts it."""
    return {"id": str(id_of(number)), "type": kind, "summary": f"Event {number}.", **fields}


def reports(count: int) -> list[dict[str, Any]]:
    """Reports that refer to nothing."""
    return [report(number, "engagement") for number in range(1, count + 1)]


def links(count: int) -> list[dict[str, Any]]:
    """Links each of one more of so many reports to those before."""
    pairs = ((number, number + 1) for number in range(1, count))
    return [
        report(10_000 + first, "same_as", developments=[str(id_of(first)), str(id_of(second))])
        for first, second in pairs
    ]


def corrections(count: int) -> list[dict[str, Any]]:
    """Corrections of the first report, every other by its source."""
    return [
        report(
            20_000 + number,
            "correction",
            target=str(id_of(1)),
            reason="source_revision" if number % 2 else "transcription",
            changes={"summary": f"Event 1, word {number}."},
        )
        for number in range(count)
    ]


def statements(count: int) -> list[dict[str, Any]]:
    """Statements about the first report."""
    about = [str(id_of(1))]
    return [
        report(30_000 + number, "official_statement", speaker="russia", stance="confirms", about=about)
        for number in range(count)
    ]


def answered_during(client: httpx.Client, post: Callable[[], httpx.Response]) -> tuple[int, httpx.Response]:
    """How many requests of somebody else are answered while a post is at work, and its answer."""
    answers: list[httpx.Response] = []
    poster = threading.Thread(target=lambda: answers.append(post()))
    others = 0
    poster.start()
    while poster.is_alive():
        assert client.get("/health").status_code == 200
        assert client.get("/v1/timelines/other").status_code == 200
        others += 1
    return others, answers[0]


@pytest.mark.parametrize("heavy", [links, corrections, statements])
@short_and_long("count", 150, 600)
def test_others_are_answered_during_a_heavy_post(client, heavy, count):
    """An array of events about one development is decided and folded in turns with what others ask."""
    timeline = Timeline(client, f"heavy-{heavy.__name__}-{count}")
    Timeline(client, "other").put()
    timeline.put()
    timeline.take(*reports(count))

    others, answer = answered_during(client, lambda: timeline.post(*heavy(count)))

    assert answer.status_code == 201, answer.text
    assert others >= ANSWERS_MIN
    print_figures(f"{heavy.__name__}: {count} in one post, {others} answers to others meanwhile")
