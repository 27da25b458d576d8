"""Posts and what becomes of them: each on its own, whoever's commit they share."""

import asyncio
import gc
import weakref
from contextlib import suppress

import psycopg
import pytest

from tests.support.posting import (
    new_appender,
    new_timeline,
    post,
    post_together,
    recorded,
    valid_at,
    view_rows,
)
from tests.support.samples import (
    correction,
    engagement,
    estimate,
    evidence,
    id_of,
    ids,
    profile,
    retraction,
    same_as,
    statement,
    toll,
    verification,
)
from timeline.domain.errors import (
    IdConflict,
    PositionMismatch,
    RuleBroken,
    TimelineError,
    TooLarge,
    Unavailable,
    UnknownReference,
    UnknownTimeline,
)
from timeline.log import related_events as relations
from timeline.log.posts import Post
from timeline.postgres import connection_pool
from timeline.views.projection import writer


def positions(outcomes):
    """Where the events of a post are, or the kind of its refusal."""
    if isinstance(outcomes, TimelineError):
        return type(outcomes)
    return [(outcome.position, outcome.duplicate) for outcome in outcomes]


def of(*events, **more):
    """A post of these events."""
    return Post.of(events, "tests", **more)


async def test_each_post_of_a_commit_has_its_own_outcome(appender, timeline):
    """Refused posts fail alone: their neighbours are recorded at gapless positions."""
    results = await post_together(
        appender,
        timeline,
        [
            of(engagement(1)),
            of(statement(2, 99)),
            of(engagement(3), engagement(4)),
            of(engagement(1, summary="Another.")),
            of(engagement(5), retraction(6, 99)),
            of(engagement(7), expected_position=1),
            of(statement(8, 3)),
        ],
    )

    assert [
        [(1, False)],
        UnknownReference,
        [(2, False), (3, False)],
        IdConflict,
        UnknownReference,
        PositionMismatch,
        [(4, False)],
    ] == [positions(result) for result in results]


@pytest.mark.parametrize("part", [1, 1_000])
async def test_in_parts_or_at_once_the_same_is_recorded(monkeypatch, pool, appender, timeline, part):
    """The bytes that went in come out."""
    monkeypatch.setattr(writer, "WRITTEN_RECORDS_MAX", part)
    odd = engagement(1, summary="Tab\t, line\n, backslash \\N \\., emoji 🜨, \u2028.", tags=["a", "b"])
    await post(appender, timeline, odd, statement(2, 1, quote='{"a", NULL}'))
    rows = await view_rows(pool, timeline)

    assert [odd, statement(2, 1, quote='{"a", NULL}')] == [
        record.event for record in await recorded(pool, timeline)
    ]
    assert ["a", "b"] == valid_at(rows["entry"], 2)[0]["tags"]


async def test_statements_that_the_driver_gave_up_are_prepared_again(appender, timeline, pool):
    """It gives up all of a connection when a transaction of its own is rolled back on it."""
    await post(appender, timeline, engagement(1))
    for _ in range(pool.max_size):
        async with pool.connection() as connection:
            with suppress(psycopg.Error):
                async with connection.transaction():
                    await connection.execute("SELECT 1 / 0")
    await post(appender, timeline, engagement(2), statement(3, 1))

    assert [1, 2, 3] == [record.position for record in await recorded(pool, timeline)]


async def test_a_retry_gets_the_first_outcome(appender, timeline):
    """The same content again is a duplicate: across commits, within one, and within one array."""
    [first] = await post(appender, timeline, engagement(1))
    again = await post(appender, timeline, engagement(1))
    twice = await post_together(appender, timeline, [of(engagement(2)), of(engagement(2))])
    in_array = await post(appender, timeline, engagement(3), engagement(1), engagement(3))

    assert [(1, True)] == positions(again)
    assert first.recorded_at == again[0].recorded_at
    assert [[(2, False)], [(2, True)]] == [positions(result) for result in twice]
    assert [(3, False), (1, True), (3, True)] == positions(in_array)


async def test_a_used_id_with_other_content_is_a_conflict(appender, timeline, pool):
    """An id names one content for ever, in the record, in the commit and in the array."""
    await post(appender, timeline, engagement(1))
    other = engagement(1, summary="Another.")
    with pytest.raises(IdConflict) as across:
        await post(appender, timeline, engagement(2), other)
    with pytest.raises(IdConflict) as inside:
        await post(appender, timeline, engagement(3), engagement(3, summary="Another."))
    together = await post_together(
        appender, timeline, [of(engagement(4)), of(engagement(4, summary="Another."))]
    )

    assert "$[1].id" == across.value.path == inside.value.path
    assert [[(2, False)], IdConflict] == [positions(result) for result in together]
    assert [1, 4] == [record.event.id.int & 0xF for record in await recorded(pool, timeline)]


async def test_an_expected_position_is_compared_with_the_commit_so_far(appender, timeline):
    """Of two that expect the same position, one is refused, with the position of the log."""
    results = await post_together(
        appender,
        timeline,
        [
            of(engagement(1), expected_position=0),
            of(engagement(2), expected_position=0),
            of(engagement(3), engagement(4), expected_position=1),
        ],
    )

    assert [[(1, False)], PositionMismatch, [(2, False), (3, False)]] == [
        positions(result) for result in results
    ]
    assert 1 == results[1].details["position"]


async def test_a_retry_of_recorded_events_expects_nothing(appender, timeline):
    """A retry whose expectation its own first try has made stale gets its outcomes, not a refusal."""
    both = (engagement(1), engagement(2))
    await post(appender, timeline, *both, expected_position=0)
    again = await post(appender, timeline, *both, expected_position=0)
    with pytest.raises(PositionMismatch):
        await post(appender, timeline, *both, engagement(3), expected_position=0)

    assert [(1, True), (2, True)] == positions(again)


@pytest.mark.parametrize(
    ("refused", "path"),
    [
        (statement(9, 1, 99), "$.about[1]"),
        (statement(9, 9), "$.about[0]"),
        (evidence(9, 2), "$.about[0]"),
        (verification(9, 3), "$.about[0]"),
        (same_as(9, 1, 2), "$.developments[1]"),
        (toll(9, 99), "$.incident"),
        (toll(9, 9), "$.incident"),
        (retraction(9, 99), "$.target"),
        (retraction(9, 9), "$.target"),
        (correction(9, 99, summary="x"), "$.target"),
        (correction(9, 4, about=ids(99)), "$.changes.about[0]"),
        (correction(9, 4, about=ids(4)), "$.changes.about[0]"),
        (correction(9, 4, about=ids(2)), "$.changes.about[0]"),
    ],
)
async def test_what_an_event_refers_to_must_exist(appender, timeline, pool, refused, path):
    """Unknown, not a development, or the event itself: refused, with the path of the reference."""
    await post(
        appender, timeline, engagement(1), profile(2, "russia", "Russia"), verification(3, 1), statement(4, 1)
    )
    with pytest.raises(UnknownReference) as error:
        await post(appender, timeline, refused)
    [neighbour, _] = await post_together(appender, timeline, [of(engagement(5)), of(refused)])

    assert path == error.value.path
    assert [(5, False)] == positions(neighbour)
    assert 5 == len(await recorded(pool, timeline))


async def test_an_event_may_refer_to_one_before_it_in_its_array(appender, timeline):
    """Within an array, and within a commit, order decides."""
    together = await post_together(
        appender, timeline, [of(engagement(1), statement(2, 1)), of(statement(3, 2))]
    )
    with pytest.raises(UnknownReference):
        await post(appender, timeline, statement(4, 5), engagement(5))

    assert [[(1, False), (2, False)], [(3, False)]] == [positions(result) for result in together]


async def test_an_amendment_must_leave_valid_events(appender, timeline):
    """A correction that would invalidate its target is refused, and so is what would a later correction."""
    await post(appender, timeline, estimate(1, basis="cumulative"))
    await post(appender, timeline, correction(2, 1, period="2024-12"), correction(3, 1, basis="increment"))
    refused = [
        (correction(4, 1, period=None), "$.changes.period"),
        (correction(4, 1, basis="incident", incident=ids(99)[0]), "$.changes.incident"),
        (correction(4, 2, changes={"period": None, "scope": "kursk"}), "$.changes.period"),
        (retraction(4, 2), "$.target"),
    ]
    for amendment, path in refused:
        with pytest.raises(RuleBroken) as error:
            await post(appender, timeline, amendment)
        assert path == error.value.path
    outcomes = await post(appender, timeline, retraction(5, 3), retraction(6, 2))

    assert [(4, False), (5, False)] == positions(outcomes)


async def test_a_refused_correction_does_not_hide_what_its_neighbour_refers_to(appender, timeline, pool):
    """What a post affects is looked up as if it had no neighbours: any of them may be refused."""
    await post(appender, timeline, engagement(1), engagement(2), statement(3, 1))
    refused, accepted = await post_together(
        appender, timeline, [of(correction(4, 3, stance=None)), of(correction(5, 3, about=ids(2)))]
    )
    rows = valid_at((await view_rows(pool, timeline))["entry"], 4)

    assert [RuleBroken, [(4, False)]] == [positions(refused), positions(accepted)]
    assert {id_of(1): "reported", id_of(2): "confirmed", id_of(3): "reported"} == {
        row["development"]: row["status"] for row in rows
    }


async def test_records_about_several_developments_count_once(monkeypatch, appender, timeline, pool):
    """However often a record is read, it counts once within the limit, and none is silently omitted."""
    monkeypatch.setattr(relations, "RELATED_RECORDS_MAX", 8)
    await post(appender, timeline, engagement(1), engagement(2))
    for number in (3, 4, 5, 6):
        await post(appender, timeline, statement(number, 1, 2))
    await post(appender, timeline, statement(7, 2))
    await post(appender, timeline, statement(8, 1, 2))
    rows = valid_at((await view_rows(pool, timeline))["entry"], 8)
    second = next(row["document"] for row in rows if row["development"] == id_of(2))

    assert 6 == second.count(b'"stance"')
    await post(appender, timeline, statement(9, 2))
    with pytest.raises(RuleBroken, match="more than 8 records"):
        await post(appender, timeline, statement(10, 1, 2))


@pytest.mark.parametrize("part", [1, 1_000])
async def test_what_the_database_refuses_harms_no_neighbour(
    monkeypatch, new_database, template, settings, part
):
    """A post that the database itself refuses fails alone; those of its commit are recorded."""
    monkeypatch.setattr(writer, "WRITTEN_RECORDS_MAX", part)
    async with connection_pool(new_database(template), settings) as pool:
        async with pool.connection() as connection:
            await connection.execute("ALTER TABLE event ADD CHECK (record::text NOT LIKE '%poison%')")
        appender, timeline = new_appender(pool), await new_timeline(pool)
        results = await post_together(
            appender, timeline, [of(engagement(1)), of(engagement(2, summary="poison")), of(statement(3, 1))]
        )

        assert [(1, False)] == positions(results[0])
        assert isinstance(results[1], Exception)
        assert [(2, False)] == positions(results[2])
        assert [1, 2] == [record.position for record in await recorded(pool, timeline)]


async def test_an_unknown_timeline_refuses_all(appender):
    """Every post to a timeline that does not exist is refused."""
    results = await post_together(appender, "nowhere", [of(engagement(1)), of(engagement(2))])

    assert [UnknownTimeline, UnknownTimeline] == [positions(result) for result in results]


async def test_nothing_posted_is_nothing_recorded(appender, timeline, pool):
    """An empty post has no outcomes."""
    assert [] == await post(appender, timeline)
    assert [] == await recorded(pool, timeline)


async def test_a_post_is_no_larger_than_a_commit(pool, timeline):
    """A post that no commit could hold is refused at once; the largest possible one is recorded."""
    appender = new_appender(pool, commit_events_max=3)
    with pytest.raises(TooLarge):
        await post(appender, timeline, *(engagement(number) for number in range(4)))

    assert 3 == len(await post(appender, timeline, *(engagement(number) for number in range(3))))


async def test_commits_hold_whole_posts_up_to_their_limit(pool, timeline):
    """Posts are taken in their order, and one that does not fit waits for the next commit."""
    appender = new_appender(pool, commit_events_max=4)
    posts = [of(*(engagement(10 * number + n) for n in range(number % 3 + 1))) for number in range(1, 9)]
    results = await post_together(appender, timeline, posts)

    assert list(range(1, 18)) == [outcome.position for outcomes in results for outcome in outcomes]


async def test_the_queue_has_a_limit(pool, timeline):
    """Beyond it a post is refused at once and nothing of it is recorded; later posts succeed again."""
    appender = new_appender(pool, queue_events_max=3)
    results = await post_together(
        appender,
        timeline,
        [of(engagement(1), engagement(2)), of(engagement(3), engagement(4)), of(engagement(5))],
    )

    assert [[(1, False), (2, False)], Unavailable, [(3, False)]] == [positions(result) for result in results]
    assert [(4, False), (5, False)] == positions(await post(appender, timeline, engagement(3), engagement(4)))


async def test_a_post_of_a_client_that_disconnects_is_recorded(appender, timeline, pool):
    """A post that is in the queue is recorded, whether its client still waits or not."""
    waiting = asyncio.create_task(post(appender, timeline, engagement(1)))
    staying = asyncio.create_task(post(appender, timeline, engagement(2)))
    await asyncio.sleep(0)
    waiting.cancel()
    outcome = await staying
    await appender.drain()

    assert waiting.cancelled()
    assert [(2, False)] == positions(outcome)
    assert [1, 2] == [record.position for record in await recorded(pool, timeline)]


async def test_timelines_do_not_wait_for_each_other(appender, pool):
    """Posts to many timelines at once are each recorded from position 1 on, with the same ids."""
    timelines = [await new_timeline(pool) for _ in range(6)]
    results = await asyncio.gather(
        *(post(appender, name, engagement(1), engagement(2)) for name in timelines)
    )

    assert [[(1, False), (2, False)]] * 6 == [positions(result) for result in results]


async def refusal_of(appender, timeline, refused):
    """A weak reference to what the refused post raises."""
    try:
        await appender.append(timeline, refused)
    except TimelineError as error:
        return weakref.ref(error)
    raise AssertionError


@pytest.mark.parametrize(
    ("name", "refused"),
    [(None, of(statement(2, 99))), ("nowhere", of(engagement(1)))],
    ids=["the post", "the timeline"],
)
async def test_a_refusal_leaves_nothing_for_the_garbage_collector(appender, timeline, name, refused):
    """A refused post is freed at once, with the body that its error refers to: collections are rare."""
    gc.disable()
    try:
        error = await refusal_of(appender, name or timeline, refused)
        await appender.drain()
        assert error() is None
    finally:
        gc.enable()
