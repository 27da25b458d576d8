"""What the log stores: positions, times, bytes, hashes and the tree; and that nobody can change it."""

import random
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import msgspec
import psycopg
import pytest

from tests.support.posting import AHEAD, new_timeline, post, post_together, recorded
from tests.support.samples import engagement, statement
from timeline.domain.codec import encode_event
from timeline.domain.errors import UnknownPosition, UnknownTimeline
from timeline.domain.record import event_bytes
from timeline.log import merkle_tree as tree
from timeline.log.posts import Post
from timeline.log.reader import read_moment, read_record, read_records
from timeline.postgres import connect
from timeline.views.projection.rules import RULES_VERSION


def root_of(leaves: list[bytes]) -> bytes:
    """The Merkle tree hash as RFC 6962, section 2.1, defines it, from leaf hashes."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + root_of(leaves[:split]) + root_of(leaves[split:])).digest()


def frontier_of(leaves: list[bytes]) -> list[bytes]:
    """The roots of the complete subtrees, the largest first."""
    roots, start = [], 0
    for bit in reversed(range(len(leaves).bit_length())):
        if len(leaves) & (1 << bit):
            roots.append(root_of(leaves[start : start + (1 << bit)]))
            start += 1 << bit
    return roots


async def rows(pool, timeline):
    """The event table's rows of a timeline."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT position, event_id, type, version, recorded_at, recorded_by, record, leaf_hash FROM event"
            " WHERE timeline_id = %s ORDER BY position",
            [timeline],
        )
        return await cursor.fetchall()


async def head(pool, timeline):
    """The timeline's own row."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT head, recorded_at, tree_frontier FROM timeline WHERE timeline_id = %s", [timeline]
        )
        return await cursor.fetchone()


async def post_at_random(appender, timeline, count, seed=0):
    """Post engagements in commits of random sizes."""
    chance, number = random.Random(seed), 0
    while number < count:
        size = min(chance.choice((1, 1, 2, 5, 60)), count - number)
        posts = [Post.of((engagement(number + n),), "tests") for n in range(size)]
        await post_together(appender, timeline, posts)
        number += size


@pytest.mark.parametrize("size", range(201))
def test_the_frontier_gives_the_root_that_the_definition_gives(size):
    """Grown in two steps from any size, the frontier and the root are those of RFC 6962."""
    leaves = [sha256(b"\x00" + bytes([number])).digest() for number in range(size)]
    first = size // 3
    grown = tree.grow(tree.grow([], 0, leaves[:first]), first, leaves[first:])

    assert frontier_of(leaves) == grown
    assert root_of(leaves) == tree.root(grown)


async def test_the_log_is_gapless_verbatim_and_hashed(appender, timeline, pool):
    """Positions have no gap, columns repeat the record, its event's bytes are those that were posted."""
    await post_at_random(appender, timeline, 150)
    log = await rows(pool, timeline)
    stored, recorded_at, frontier = await head(pool, timeline)

    assert list(range(1, 151)) == [row[0] for row in log]
    for position, event_id, kind, version, at, by, content, leaf in log:
        assert sha256(b"\x00" + content).digest() == leaf
        assert encode_event(engagement(position - 1)) == event_bytes(content)
        envelope = msgspec.json.decode(content)
        assert (timeline, position, by, version) == tuple(
            envelope[name] for name in ("timeline", "position", "recorded_by", "version")
        )
        assert (str(event_id), kind) == (envelope["event"]["id"], envelope["event"]["type"])
        assert at == datetime.fromisoformat(envelope["recorded_at"])
    assert (150, log[-1][4]) == (stored, recorded_at)
    assert frontier_of([row[-1] for row in log]) == frontier


async def test_records_are_read_as_they_are_stored(appender, timeline, pool):
    """By position, by type and by id the same bytes are given."""
    await post(appender, timeline, engagement(1), statement(2, 1), engagement(3), statement(4, 3))
    log = {row[0]: row[6] for row in await rows(pool, timeline)}
    async with pool.connection() as connection:
        some = await read_records(connection, timeline, after=1, until=4, limit=2)
        statements = await read_records(
            connection, timeline, after=0, until=4, limit=9, types=["official_statement"]
        )
        by_id, _ = await read_record(connection, timeline, engagement(3).id)

    assert [(2, log[2]), (3, log[3])] == some
    assert [(2, log[2]), (4, log[4])] == statements
    assert log[3] == by_id


async def test_time_never_runs_backwards(appender, pool):
    """A clock that was set back counts as standing still."""
    timeline = await new_timeline(pool, AHEAD)
    await post_at_random(appender, timeline, 5)
    usual = await new_timeline(pool)
    await post_at_random(appender, usual, 80)
    times = [record.recorded_at for record in await recorded(pool, usual)]

    assert [AHEAD] * 5 == [record.recorded_at for record in await recorded(pool, timeline)]
    assert sorted(times) == times


async def test_a_time_finds_the_last_position_by_then(appender, pool):
    """For every time around every record, the position is what counting the records gives."""
    start = datetime(2020, 1, 1, tzinfo=UTC)
    timeline = await new_timeline(pool, AHEAD)
    chance = random.Random(1)
    async with pool.connection() as connection:
        # inserted at times of a past clock, since the appender would record them all now
        times = sorted(start + timedelta(seconds=chance.randrange(20)) for _ in range(37))
        for position, time in enumerate(times, start=1):
            await connection.execute(
                "INSERT INTO event VALUES (%s, %s, gen_random_uuid(), 'engagement', 1, %s, '', '{}', %s)",
                [timeline, position, time, bytes(32)],
            )
        await connection.execute("UPDATE timeline SET head = 37 WHERE timeline_id = %s", [timeline])
        for half_seconds in range(-2, 44):
            time = start + timedelta(seconds=half_seconds / 2)
            at = await read_moment(connection, timeline, time)

            assert sum(earlier <= time for earlier in times) == at.position
            assert 37 == at.head


async def test_a_moment_is_within_the_record(appender, timeline, pool):
    """Head, position and time that lie ahead are refused; an empty log has position 0."""
    async with pool.connection() as connection:
        assert 0 == (await read_moment(connection, timeline, datetime.now(UTC))).position
        await post(appender, timeline, engagement(1))
        assert [1, 0, 1, 0] == [
            (await read_moment(connection, timeline, at)).position
            for at in (None, 0, 1, datetime(1999, 1, 1, tzinfo=UTC))
        ]
        for ahead in (2, datetime(2999, 1, 1, tzinfo=UTC)):
            with pytest.raises(UnknownPosition):
                await read_moment(connection, timeline, ahead)
        with pytest.raises(UnknownTimeline):
            await read_moment(connection, "nowhere", None)


@pytest.mark.parametrize(
    "statement_",
    [
        "UPDATE event SET recorded_by = 'x'",
        "UPDATE event SET recorded_by = 'x' WHERE false",
        "DELETE FROM event",
        "TRUNCATE event",
        "TRUNCATE timeline CASCADE",
        "INSERT INTO event SELECT * FROM event ON CONFLICT (timeline_id, event_id) DO UPDATE SET type = ''",
        "MERGE INTO event USING timeline AS t ON event.timeline_id = t.timeline_id WHEN MATCHED THEN DELETE",
    ],
)
async def test_the_database_refuses_to_change_the_record(appender, timeline, pool, statement_):
    """Not even the tables' owner changes or removes an event."""
    await post(appender, timeline, engagement(1))
    before = await rows(pool, timeline)
    async with pool.connection() as connection:
        owner = await connection.execute(
            "SELECT pg_get_userbyid(relowner) = current_user FROM pg_class WHERE relname = 'event'"
        )
        assert (True,) == await owner.fetchone()
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            await connection.execute(statement_)

    assert before == await rows(pool, timeline)


async def test_a_commit_notifies_listeners(appender, timeline, pool, dsn, settings):
    """One notice a commit: timeline, new head, generation and rules; none where nothing was recorded."""
    async with await connect(dsn, settings) as connection:
        await connection.execute("LISTEN timeline")
        await post(appender, timeline, engagement(1), engagement(2))
        await post(appender, timeline, engagement(1))
        await post_together(
            appender, timeline, [Post.of((engagement(number),), "tests") for number in range(3, 90)]
        )
        payloads = [notice.payload async for notice in connection.notifies(timeout=2, stop_after=2)]

    assert [f"{timeline} 2 1 {RULES_VERSION}", f"{timeline} 89 1 {RULES_VERSION}"] == payloads
