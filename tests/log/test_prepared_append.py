"""What is prepared while the commit before it is written is recorded as if it had waited, or thrown away."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.maintenance import differences
from tests.support.posting import new_appender, new_timeline, post, post_together, recorded
from tests.support.profiles import examples
from tests.support.samples import engagement, statement
from timeline.domain.errors import RuleBroken, TimelineError
from timeline.log import appender as appending
from timeline.log import prepared_append
from timeline.log.appender import Appender
from timeline.log.pipeline import Statement
from timeline.log.posts import Post
from timeline.log.prepared_append import PreparedAppend
from timeline.views.projection.rules import RULES_VERSION
from timeline.views.projection.writer import project


@pytest.fixture(autouse=True)
def small_posts_are_large(monkeypatch):
    """Two events are worth preparing."""
    monkeypatch.setattr(prepared_append, "PREPARED_EVENTS_MIN", 2)


@pytest.fixture
def fits(monkeypatch):
    """Whether each of what was prepared fitted the log, in order."""
    answers = []

    class Watched(PreparedAppend):
        def fits(self, head):
            answers.append(super().fits(head))
            return answers[-1]

    monkeypatch.setattr(appending, "PreparedAppend", Watched)
    return answers


def pair(number: int) -> Post:
    """A post of two plain reports."""
    return Post.of((engagement(2 * number), engagement(2 * number + 1)), "tests")


def outcome_of(result: Any) -> Any:
    """Where the events of a post are, or the kind of its refusal."""
    if isinstance(result, TimelineError):
        return type(result)
    return [(outcome.position, outcome.duplicate, outcome.effect) for outcome in result]


async def test_posts_that_wait_are_prepared(pool, fits):
    """In their order, each behind the one before; the views are those that verifying expects."""
    timeline = await new_timeline(pool)
    results = await post_together(
        new_appender(pool, commit_events_max=2), timeline, [pair(number) for number in range(8)]
    )

    assert [True] * 6 == fits  # the first shows that nobody else appends
    assert list(range(1, 17)) == [outcome.position for result in results for outcome in result]
    records = await recorded(pool, timeline)
    assert sorted(record.recorded_at for record in records) == [record.recorded_at for record in records]
    assert [] == await differences(pool, timeline)


async def test_what_somebody_else_appended_in_between_is_kept(pool, fits):
    """What was prepared is thrown away, and made for the log as it is."""
    timeline = await new_timeline(pool)
    others = new_appender(pool)
    tasks = []

    async def slow(head, graph, records):
        async for part in project(head, graph, records):
            yield part
        if records[0].position == 3:  # the second commit, behind which the third is prepared
            tasks.append(asyncio.create_task(post(others, timeline, engagement(99))))
            yield [Statement("SELECT pg_sleep(2)")]

    results = await post_together(_appender(pool, slow), timeline, [pair(number) for number in range(3)])
    await asyncio.gather(*tasks)

    assert [False] == fits
    assert [1, 2, 3, 4, 6, 7] == [outcome.position for result in results for outcome in result]
    assert list(range(1, 8)) == [record.position for record in await recorded(pool, timeline)]
    assert [] == await differences(pool, timeline)


async def test_a_commit_that_fails_takes_nothing_with_it(pool, fits):
    """What was prepared behind it is recorded in its place."""
    timeline = await new_timeline(pool)

    first, refused, last = await post_together(
        _appender(pool, _failing_with(2)), timeline, [pair(number) for number in range(3)]
    )

    assert [False] == fits
    assert [1, 2, 3, 4] == [outcome.position for result in (first, last) for outcome in result]
    assert RuleBroken is type(refused)
    assert [] == await differences(pool, timeline)


async def test_what_is_prepared_stays_so_while_others_are_tried_one_by_one(pool, fits):
    """A commit of three posts fails for the first; what was prepared behind it comes next, then the rest."""
    timeline = await new_timeline(pool)
    results = await asyncio.wait_for(
        post_together(
            _appender(pool, _failing_with(6), events_max=6), timeline, [pair(number) for number in range(12)]
        ),
        timeout=20,
    )

    assert fits
    assert [3] == [number for number, result in enumerate(results) if isinstance(result, RuleBroken)]
    assert list(range(1, 23)) == [record.position for record in await recorded(pool, timeline)]
    assert [] == await differences(pool, timeline)


def _appender(pool: Any, projection: Any, events_max: int = 2) -> Appender:
    return Appender(pool, projection, rules=RULES_VERSION, commit_events_max=events_max, queue_events_max=100)


def _failing_with(number: int) -> Any:
    """A projection that the database refuses, late, where a certain event is among the records."""

    async def failing(head, graph, records):
        async for part in project(head, graph, records):
            yield part
        if any(record.event.id == engagement(number).id for record in records):
            yield [Statement("SELECT pg_sleep(0.2)"), Statement("SELECT 1 / 0")]

    return failing


def _post(number: int, kind: str, about: int) -> Post:
    """The post of this number among many: its events are its own, but for what it refers to or repeats."""
    report = engagement(2 * number)
    match kind:
        case "about another":
            return Post.of((report, statement(100 + number, about)), "tests")
        case "again":
            return pair(about)
        case "at a position":
            return Post.of((report,), "tests", 6)
    return pair(number)


kinds = st.sampled_from(("plain", "plain", "plain", "plain", "about another", "again", "at a position"))
posts = st.lists(st.tuples(kinds, st.integers(0, 9)), min_size=4, max_size=10).map(
    lambda parts: [_post(number, *each) for number, each in enumerate(parts)]
)


@examples(40)
@given(posts=posts, size=st.sampled_from((2, 4)))
def test_prepared_or_not_each_post_has_the_same_outcome(desk: Any, posts: list[Post], size: int) -> None:
    """Whatever they hold: new events, recorded ones, references, positions that are not the log's."""

    async def outcomes(events_min: int) -> list[Any]:
        timeline = await new_timeline(desk.pool)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(prepared_append, "PREPARED_EVENTS_MIN", events_min)
            results = await post_together(new_appender(desk.pool, commit_events_max=size), timeline, posts)
        assert [] == await differences(desk.pool, timeline)
        return [outcome_of(result) for result in results]

    assert desk.run(outcomes(1_000)) == desk.run(outcomes(1))
