"""A rebuild gives the rows that appends gave, and nobody notices it."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.maintenance import (
    PROMPT,
    differences,
    engagement,
    generations,
    linked_events,
    linked_timeline,
    rebuilt,
    statement,
    until,
    versions,
)
from tests.support.posting import new_appender, new_timeline, post, record_in_batches
from tests.support.processes import PROGRAM, clean_environment, setting_variables
from tests.support.profiles import examples
from tests.support.sequences import COUNTING, LINKING, event_sequences
from timeline.domain.errors import RuleBroken, UnknownTimeline
from timeline.log import related_events as relations
from timeline.log.heads import LogHead
from timeline.log.reader import read_moment
from timeline.postgres import Pool
from timeline.settings import Settings
from timeline.views.maintenance import rebuild as rebuilding
from timeline.views.maintenance import rebuild_worker as segments
from timeline.views.maintenance.progress_watch import Stalled
from timeline.views.maintenance.rebuild import AlreadyRebuilding, RebuildWatcher, Rebuilt, rebuild
from timeline.views.projection.rules import RULES_VERSION
from timeline.views.queries.entries import EntryQuery, entry_page
from timeline.views.queries.entry_filter import EntryFilter
from timeline.views.queries.history import entry_versions

sequences = st.one_of(event_sequences(), event_sequences(among=LINKING), event_sequences(among=COUNTING))


@pytest.fixture(scope="module")
def small_shares() -> Iterator[None]:
    """Cut even short logs into several shares and chunks, so that references cross them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "CHUNK_RECORDS_MAX", 3)
        patch.setattr(rebuilding, "CHUNK_RECORDS_MAX", 3)
        patch.setattr(segments, "SEGMENT_RECORDS_MAX", 7)
        patch.setattr(rebuilding, "REMOVED_ROWS_MAX", 2)
        yield


@given(events=sequences)
@examples(25)
def test_rebuilt_rows_are_the_live_ones(desk, small_shares, events):
    """For any sequence of events, all versions of all rows, to the byte; the old ones are removed."""

    async def example():
        timeline = await new_timeline(desk.pool)
        await record_in_batches(desk.appender, timeline, events)
        live = await versions(desk.pool, timeline)
        made = await rebuilt(desk.pool, timeline)

        assert Rebuilt(2, len(events)) == made
        assert live == await versions(desk.pool, timeline)
        assert await generations(desk.pool, timeline) <= {2}

    desk.run(example())


@given(events=event_sequences(min_size=15, max_size=40, among=LINKING))
@examples(3)
def test_two_processes_make_the_same_rows(desk, small_shares, events):
    """Independent of who folds which share, and which is ready first."""

    async def example():
        timeline = await new_timeline(desk.pool)
        await record_in_batches(desk.appender, timeline, events)
        live = await versions(desk.pool, timeline)
        await rebuilt(desk.pool, timeline, workers=2)

        assert live == await versions(desk.pool, timeline)

    desk.run(example())


@given(events=sequences, share=st.integers(0, 100))
@examples(12)
def test_what_is_posted_meanwhile_is_folded_as_well(desk, small_shares, events, share):
    """Posts that come after the first pass over the log, and those that follow the swap."""

    class Posting(RebuildWatcher):
        posted = None

        def folded(self, done: int, of: int) -> None:  # noqa: ARG002 - the watcher's signature
            if self.posted is None:
                later = events[len(events) * share // 100 :]
                self.posted = asyncio.create_task(record_in_batches(desk.appender, timeline, later, [2, 3]))

    timeline = desk.run(new_timeline(desk.pool))

    async def example():
        await record_in_batches(desk.appender, timeline, events[: len(events) * share // 100])
        watcher = Posting()
        await rebuild(desk.pool.conninfo, PROMPT, timeline, 1, watcher)
        await watcher.posted

        assert [] == await differences(desk.pool, timeline)

    desk.run(example())


async def test_words_that_no_index_takes_do_not_hold_it_up(pool):
    """A notice about each of them once filled the connection while the other way was full of rows."""
    timeline, appender = await new_timeline(pool), new_appender(pool)
    for _ in range(20):
        await post(appender, timeline, *[engagement(summary=uuid4().hex * 70) for _ in range(100)])

    async with asyncio.timeout(60):
        assert Rebuilt(2, 2_000) == await rebuilt(pool, timeline)
    assert [] == await differences(pool, timeline)


@pytest.mark.parametrize("workers", [1, 2])
async def test_one_that_makes_no_progress_says_so_and_ends(pool, workers):
    """It waits for another's transaction, which never ends; the views are as they were."""
    timeline, settings = await linked_timeline(pool), Settings(rebuild_stall_seconds_max=2)

    async with _blocked(pool, timeline):
        with pytest.raises(Stalled, match=f"rebuild of {timeline} made no progress for 2 s"):
            async with asyncio.timeout(30):
                await rebuild(pool.conninfo, settings, timeline, workers, RebuildWatcher())

    assert {1} == await generations(pool, timeline)
    assert [] == await differences(pool, timeline)


async def test_a_chunk_with_too_many_related_records_is_folded_in_parts(pool, monkeypatch):
    """Posts within the limit are within it when they are folded again."""
    monkeypatch.setattr(segments, "CHUNK_RECORDS_MAX", 10)
    timeline, appender = await new_timeline(pool), new_appender(pool)
    developments = [engagement() for _ in range(10)]
    statements = [statement(development.id) for development in developments * 2]
    await post(appender, timeline, *developments)
    await post(appender, timeline, *statements)
    live = await versions(pool, timeline)

    monkeypatch.setattr(relations, "RELATED_RECORDS_MAX", 4)
    await rebuilt(pool, timeline)

    assert live == await versions(pool, timeline)
    monkeypatch.setattr(relations, "RELATED_RECORDS_MAX", 0)
    with pytest.raises(RuleBroken):
        await rebuilt(pool, timeline)
    assert {2} == await generations(pool, timeline)


@pytest.mark.parametrize(
    ("workers", "length", "sizes"),
    [(1, 0, []), (1, 7, [7]), (1, 8, [4, 4]), (2, 8, [4, 4]), (2, 15, [4, 4, 4, 3]), (4, 3, [1, 1, 1])],
)
def test_workers_get_equal_shares(monkeypatch, workers, length, sizes):
    """One after another, none larger than a share may be."""
    monkeypatch.setattr(segments, "SEGMENT_RECORDS_MAX", 7)
    head = LogHead("kursk-2024", length, datetime.now(UTC), 1, RULES_VERSION, [], datetime.now(UTC))

    shares = list(segments.segments(head, 10, 10 + length, workers))

    assert sizes == [share.end - share.start for share in shares]
    assert all(share.end == following.start for share, following in pairwise(shares))


async def test_readers_and_writers_never_stop_and_lose_nothing(pool, monkeypatch):
    """Eight write and four read at a pinned position through two rebuilds."""
    monkeypatch.setattr(segments, "CHUNK_RECORDS_MAX", 20)
    monkeypatch.setattr(segments, "SEGMENT_RECORDS_MAX", 40)
    timeline, appender = await linked_timeline(pool), new_appender(pool)
    pinned = await _answers(pool, timeline, 11)
    done = asyncio.Event()
    acknowledged: list[int] = []

    async def write() -> None:
        while not done.is_set():
            for event in linked_events(f"a-{uuid4()}"):
                acknowledged.extend(outcome.position for outcome in await post(appender, timeline, event))
            await asyncio.sleep(0.05)

    async def read() -> int:
        count = 0
        while not done.is_set():
            assert pinned == await _answers(pool, timeline, 11)
            count += 1
        return count

    async with asyncio.TaskGroup() as tasks:
        writers = [tasks.create_task(write()) for _ in range(8)]
        readers = [tasks.create_task(read()) for _ in range(4)]
        made = [
            await rebuild(
                pool.conninfo, Settings(rebuild_grace_seconds=0.3), timeline, workers, RebuildWatcher()
            )
            for workers in (1, 2)
        ]
        done.set()

    assert [2, 3] == [result.generation for result in made]
    assert all(task.done() for task in writers)
    assert all(task.result() > 1 for task in readers)
    assert list(range(12, len(acknowledged) + 12)) == sorted(acknowledged)
    assert [] == await differences(pool, timeline)
    assert {3} == await generations(pool, timeline)


async def test_two_at_once_are_refused_and_a_stopped_one_leaves_what_the_next_removes(pool):
    """The second gets the reason; the first, stopped in its time of grace, has done its work."""
    timeline = await linked_timeline(pool)
    folding, swapped = asyncio.Event(), asyncio.Event()

    class Watched(RebuildWatcher):
        def folded(self, done: int, of: int) -> None:  # noqa: ARG002 - the watcher's signature
            folding.set()

        def swapped(self, rebuilt: Rebuilt) -> None:  # noqa: ARG002 - the watcher's signature
            swapped.set()

    async with pool.connection() as connection, connection.transaction():
        # the first cannot put its rows in use while somebody holds the head
        await connection.execute("SELECT FROM timeline WHERE timeline_id = %s FOR UPDATE", [timeline])
        first = asyncio.create_task(
            rebuild(pool.conninfo, Settings(rebuild_grace_seconds=600), timeline, 1, Watched())
        )
        await folding.wait()
        refusal = f"timeline {timeline} is being rebuilt by another process"
        with pytest.raises(AlreadyRebuilding, match=refusal):
            await rebuilt(pool, timeline)
    await swapped.wait()
    first.cancel()
    await asyncio.wait([first])

    assert {1, 2} == await generations(pool, timeline)
    assert {1} == {difference.key.get("generation") for difference in await differences(pool, timeline)}
    assert 3 == (await rebuilt(pool, timeline)).generation
    assert {3} == await generations(pool, timeline)


async def test_another_timeline_can_be_rebuilt_meanwhile(pool):
    """And its rows are its own."""
    names = [await linked_timeline(pool) for _ in range(2)]

    made = await asyncio.gather(*(rebuilt(pool, name) for name in names))

    assert [Rebuilt(2, 11), Rebuilt(2, 11)] == made
    assert [[], []] == [await differences(pool, name) for name in names]


async def test_an_empty_timeline_and_one_that_does_not_exist(pool):
    """Nothing to fold is not an error; no timeline is."""
    assert Rebuilt(2, 0) == await rebuilt(pool, await new_timeline(pool))
    with pytest.raises(UnknownTimeline):
        await rebuilt(pool, "nope")


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_stopped_half_way_it_leaves_nothing_visible(pool, dsn, workers, signum):
    """Killed, it leaves rows that the next one removes; asked to stop, it removes them itself."""
    timeline = await linked_timeline(pool)

    async def half_way() -> bool:
        return 2 in await generations(pool, timeline)

    async def are_named() -> bool:
        return {2} == {difference.key.get("generation") for difference in await differences(pool, timeline)}

    with _process(dsn, timeline, workers) as process:
        async with _blocked(pool, timeline):
            await until(half_way)
            os.kill(process.pid, signum)
            if signum == signal.SIGKILL:
                process.wait()
        code = await asyncio.to_thread(process.wait, 60)

    assert code == (-signum if signum == signal.SIGKILL else 128 + signum)
    if signum == signal.SIGKILL:
        await until(are_named)  # once PostgreSQL has noticed who is gone, and let go of its locks
    else:
        assert {1} == await generations(pool, timeline)
        assert [] == await differences(pool, timeline)
    await rebuilt(pool, timeline)
    assert {2} == await generations(pool, timeline)
    assert [] == await differences(pool, timeline)


@asynccontextmanager
async def _blocked(pool: Pool, timeline: str):
    """The last row that a rebuild writes waits for this transaction, which has one of the same key."""
    async with pool.connection() as connection, connection.transaction(force_rollback=True):
        await connection.execute(
            "INSERT INTO profile SELECT timeline_id, 2, kind, subject, from_position, to_position, name,"
            " part_of, words, document FROM profile WHERE timeline_id = %s AND kind = 'timeline'",
            [timeline],
        )
        yield


@contextmanager
def _process(dsn: str, timeline: str, workers: int) -> Iterator[subprocess.Popen]:
    """`timeline rebuild` in a process of its own."""
    with subprocess.Popen(
        [*PROGRAM, "rebuild", "--timeline", timeline, "--workers", str(workers)],
        env=clean_environment(**setting_variables(dsn, rebuild_grace_seconds="0")),
        stderr=subprocess.DEVNULL,
    ) as process:
        yield process
        process.kill()


async def _answers(pool: Pool, timeline: str, at: int) -> list[object]:
    """What readers see at a position: a page, and every version of each entry on it."""
    async with pool.connection() as connection:
        now = await read_moment(connection, timeline, at)
        page = await entry_page(connection, now, EntryQuery(filter=EntryFilter(statuses=_ALL), limit=100))
    async with pool.connection() as connection:
        histories = [
            (await entry_versions(connection, now, UUID(entry[7:43].decode()), before=at + 1, limit=9))[0]
            for entry in page.documents
        ]
    return [
        [*page.documents],
        [
            [(version.from_position, version.to_position, version.document) for version in versions]
            for versions in histories
        ],
    ]


_ALL = ("reported", "confirmed", "denied", "contested", "retracted", "merged")
