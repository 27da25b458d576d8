"""Chains of events that refer to each other may be long: no call goes deeper with their length.

Whatever is recorded one after another can be any number; only amendments of amendments are limited.
"""

import sys
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from tests.support.samples import (
    correction,
    engagement,
    estimate,
    evidence,
    retraction,
    same_as,
    statement,
    toll,
    verification,
)
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Event
from timeline.log.decider import Decider
from timeline.log.heads import LogHead
from timeline.log.posts import Post, PostResult
from timeline.views.projection.fold import fold

NOW = datetime(2025, 1, 1, tzinfo=UTC)
LINKS: dict[str, Callable[[int], list[Event]]] = {
    "counts": lambda n: [toll(n, n - 3)],
    "published counts": lambda n: [toll(n, n - 3, published_at=f"{1800 + n % 200}-01-01T00:00:00Z")],
    "evidence": lambda n: [evidence(n, n - 3)],
    "statements": lambda n: [statement(n, n - 3)],
    "graded evidence": lambda n: [evidence(n, n - 3), verification(n + 1, n)],
    "links": lambda n: [engagement(n), same_as(n + 1, n, n - 3)],
    "links of counts": lambda n: [estimate(n), same_as(n + 1, n, n - 3), toll(n + 2, n)],
    "counts of what is linked": lambda n: [toll(n, n - 3), estimate(n + 1), same_as(n + 2, n, n + 1)],
    "corrected counts": lambda n: [toll(n, n - 3), correction(n + 1, n, summary="Mended.")],
    "retracted evidence": lambda n: [evidence(n, n - 3), retraction(n + 1, n)],
    "corrections of one": lambda n: [correction(n, 1, summary=f"Mended {n}.")],
}
"""What a link of a chain adds, which refers to the link before."""


class Work(NamedTuple):
    """How many calls something took, and how many of them lay within each other at most."""

    calls: int
    depth: int


@pytest.mark.parametrize("name", LINKS)
def test_no_call_goes_deeper_with_the_length_of_a_chain(name):
    """A short one takes every way that there is, and a long one no other."""
    assert work_of(chain(name, 12)).depth == work_of(chain(name, 36)).depth


@pytest.mark.parametrize("name", ["counts", "published counts", "evidence", "statements", "graded evidence"])
def test_each_link_of_a_chain_costs_the_same(name):
    """However many there are before."""
    first, second, third = (work_of(chain(name, length)).calls for length in (100, 200, 300))

    assert third - second == pytest.approx(second - first, rel=0.05)


def test_thousands_of_counts_are_decided_and_shown():
    """Each counts the one before."""
    events = chain("counts", 2_000)
    decider = decide(events)
    rows = fold(decider.graph, decider.records)

    assert {event.id for event in events} == {version.row.development for version in rows.entries.opened}


def chain(name: str, length: int) -> list[Event]:
    """A report and so many links."""
    links = (LINKS[name](1 + 3 * number) for number in range(1, length + 1))
    return [engagement(1), *(event for link in links for event in link)]


def decide(events: list[Event]) -> Decider:
    """Post them in one array, as if another were to follow: so it is tried apart."""
    head = LogHead("test", 0, NOW, 1, 1, [], NOW)
    decider = Decider(head, {}, EventGraph(), posts=2)
    result = _end_of(decider.deciding(Post.of(tuple(events), "tests")))
    assert isinstance(result, list), result
    return decider


def _end_of(deciding: Generator[None, None, PostResult]) -> PostResult:
    while True:
        try:
            next(deciding)
        except StopIteration as end:
            return end.value


def work_of(events: list[Event]) -> Work:
    """What it takes to decide and fold events."""
    calls = depth = deepest = 0

    def count(_frame: object, what: str, _argument: object) -> None:
        nonlocal calls, depth, deepest
        if what == "call":
            calls, depth = calls + 1, depth + 1
            deepest = max(deepest, depth)
        elif what == "return":
            depth -= 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        decider = decide(events)
        fold(decider.graph, decider.records)
    finally:
        sys.setprofile(before)
    return Work(calls, deepest)
