"""Verify reports nothing on what the service wrote, and reports every other change."""

import asyncio
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo

from tests.support import samples
from tests.support.maintenance import (
    PROMPT,
    differences,
    engagement,
    linked_events,
    linked_timeline,
    plain,
    statement,
)
from tests.support.posting import VIEWS, new_appender, new_timeline, post, record_in_batches
from tests.support.profiles import examples
from tests.support.samples import toll
from tests.support.sequences import event_sequences
from timeline.domain.errors import UnknownTimeline
from timeline.domain.record import leaf_hash
from timeline.log import merkle_tree as tree
from timeline.log.integrity import Difference, EarlierRoot
from timeline.log.reader import read_records
from timeline.log.tree_roots import read_leaf_hashes
from timeline.views.maintenance import verify as verifying
from timeline.views.maintenance.generations import rebuilds_at_work
from timeline.views.maintenance.verify import verify

# Positions of the linked timeline: 1 its profile, 2 the actor's, 3 and 4 engagements, 5 a toll of the second,
# 6 a statement on it, 7 a reset, 8 same_as, 9 a correction of the first, 10 the actor renamed, 11 the second
# retracted.


@pytest.fixture(scope="module")
def small_chunks():
    """Cut even short logs into several chunks, so that versions end in others than they begin in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verifying, "CHUNK_RECORDS_MAX", 3)
        yield


@given(events=event_sequences())
@examples(25)
def test_nothing_differs_in_what_was_posted(desk, small_chunks, events):
    """For any sequence of events, in any commits."""

    async def example():
        timeline = await new_timeline(desk.pool)
        await record_in_batches(desk.appender, timeline, events, [4, 1])

        assert [] == await differences(desk.pool, timeline)

    desk.run(example())


def test_nothing_differs_in_a_long_chain_of_counts(desk, monkeypatch):
    """Each counts the one before: no call goes deeper with their number."""
    monkeypatch.setattr(verifying, "CHUNK_RECORDS_MAX", 1_000)  # each loads all of the chain before it
    counts = (toll(number, number - 1) for number in range(2, 2_001))

    async def example():
        timeline = await new_timeline(desk.pool)
        await record_in_batches(desk.appender, timeline, [samples.engagement(1), *counts], [500, 500, 500])

        assert [] == await differences(desk.pool, timeline)

    desk.run(example())


async def test_it_reports_what_it_verified(pool):
    """The position, the root of the tree over the records' bytes, and how many rows of the views."""
    timeline = await linked_timeline(pool)
    steps = []

    verified = await verify(pool.conninfo, PROMPT, timeline, pytest.fail, lambda *step: steps.append(step))

    async with pool.connection() as connection:
        stored = await read_records(connection, timeline, after=0, until=11, limit=11)
    leaves = [leaf_hash(record) for _, record in stored]
    assert (timeline, 11) == (verified.timeline, verified.position)
    assert tree.root(tree.grow([], 0, leaves)).hex() == verified.root
    assert verified.rows > 11
    assert (11, 11) == steps[-1]


_PHANTOM = """
INSERT INTO entry SELECT timeline_id, generation, gen_random_uuid(), 5, NULL, order_key, starts, first_day,
    last_day, day_ranges, types, status, claimants, tags, places, latitude, longitude, further_points,
    document
FROM entry WHERE from_position = 3
"""


_SAME_WORDS = """
INSERT INTO entry_text SELECT timeline_id, generation, development, 6, NULL, words
FROM entry_text WHERE from_position = 4
"""


_EXTRA_REFERENCE = """
INSERT INTO reference SELECT timeline_id, gen_random_uuid(), {position}, FALSE FROM timeline
"""

_OTHER_GENERATION = """
INSERT INTO profile SELECT timeline_id, {generation}, kind, subject, from_position, to_position, name,
    part_of, words, document
FROM profile
"""


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("UPDATE entry SET status = 'denied' WHERE from_position = 3", {("entry", "status")}),
        ("UPDATE entry SET document = '{}' WHERE from_position = 3", {("entry", "document")}),
        ("UPDATE entry SET order_key = order_key + 1 WHERE from_position = 9", {("entry", "order_key")}),
        ("UPDATE entry SET tags = '{x}' WHERE from_position = 4", {("entry", "tags")}),
        ("UPDATE entry SET to_position = 7 WHERE from_position = 3", {("entry", "to_position")}),
        ("UPDATE entry SET to_position = NULL WHERE from_position = 3", {("entry", "to_position")}),
        ("UPDATE entry SET to_position = 12 WHERE from_position = 11", {("entry", "to_position")}),
        (
            "UPDATE entry SET from_position = 12, to_position = NULL WHERE from_position = 9",
            {("entry", None), ("entry", "to_position")},
        ),
        ("DELETE FROM entry WHERE from_position = 6", {("entry", None), ("entry", "to_position")}),
        (_PHANTOM, {("entry", None)}),
        ("UPDATE entry_text SET words = 'x' WHERE from_position = 9", {("entry_text", "words")}),
        ("UPDATE entry_text SET to_position = 7 WHERE from_position = 3", {("entry_text", "to_position")}),
        ("DELETE FROM entry_text WHERE from_position = 4", {("entry_text", None)}),
        (_SAME_WORDS, {("entry_text", None)}),
        ("UPDATE entry_actor SET roles = '{victim}' WHERE actor = 'c'", {("entry_actor", "roles")}),
        ("DELETE FROM entry_actor WHERE actor = 'c' AND to_position IS NULL", {("entry_actor", None)}),
        ("UPDATE figure_claim SET high = 11 WHERE from_position = 5", {("figure_claim", "high")}),
        ("UPDATE figure_claim SET series = 'x' WHERE is_reset", {("figure_claim", "series")}),
        ("UPDATE toll SET best = 11 WHERE from_position = 5", {("toll", "best")}),
        ("UPDATE toll SET country = 'UA' WHERE to_position IS NULL", {("toll", "country")}),
        ("UPDATE toll SET to_position = 7 WHERE to_position = 8", {("toll", "to_position")}),
        ("DELETE FROM toll WHERE from_position = 8", {("toll", None)}),
        ("UPDATE profile SET name = 'Another' WHERE from_position = 10", {("profile", "name")}),
        ("UPDATE profile SET to_position = 10 WHERE from_position = 1", {("profile", "to_position")}),
        ("DELETE FROM reference WHERE position = 6", {("reference", None)}),
        ("UPDATE reference SET amends = TRUE WHERE position = 6", {("reference", "amends")}),
        ("UPDATE reference SET amends = FALSE WHERE position = 11", {("reference", "amends")}),
        ("UPDATE reference SET position = 7 WHERE position = 6", {("reference", None)}),
        ("UPDATE reference SET target = gen_random_uuid() WHERE position = 2", {("reference", None)}),
        (_EXTRA_REFERENCE.format(position=4), {("reference", None)}),
        (_EXTRA_REFERENCE.format(position=12), {("reference", None)}),
        ("UPDATE profile SET generation = 0", {("profile", None)}),
        ("UPDATE entry SET generation = 2 WHERE from_position = 3", {("entry", None)}),
        (_OTHER_GENERATION.format(generation=0), {("profile", None)}),
        (_OTHER_GENERATION.format(generation=2), {("profile", None)}),
        ("UPDATE timeline SET tree_frontier[1] = sha256('')", {("timeline", "tree_frontier")}),
        ("UPDATE timeline SET recorded_at = recorded_at + interval '1 s'", {("timeline", "recorded_at")}),
        ("UPDATE timeline SET head = 10", {("timeline", "head"), ("entry", None), ("entry", "to_position")}),
    ],
)
async def test_a_changed_row_is_reported(pool, small_chunks, change, expected):
    """With the table and the column, or the whole row where it is missing or should not exist."""
    timeline = await linked_timeline(pool)
    async with pool.connection() as connection:
        changed = await connection.execute(change)

    reported = await differences(pool, timeline)

    assert changed.rowcount > 0
    assert expected <= plain(reported), reported


async def test_a_difference_has_the_row_and_both_values(pool):
    """What an operator needs to look at it."""
    timeline, appender, battle = await new_timeline(pool), new_appender(pool), engagement()
    await post(appender, timeline, battle)
    await post(appender, timeline, statement(battle.id))
    async with pool.connection() as connection:
        await connection.execute(
            "UPDATE entry SET status = 'denied' WHERE from_position = 2 AND development = %s",
            [battle.id],
        )
        await connection.execute("UPDATE entry SET to_position = 3 WHERE from_position = 1")

    status, end = await differences(pool, timeline)

    key = {"development": battle.id, "from_position": 2}
    assert ("entry", key, "status", "denied", "confirmed") == (
        status.table, status.key, status.column, status.stored, status.expected
    )  # fmt: skip
    assert ({**key, "from_position": 1}, "to_position", 3, 2) == (
        end.key,
        end.column,
        end.stored,
        end.expected,
    )


# Breaks a rule of posts, with the hash that belongs to the record.
_NAMELESS = """
UPDATE event SET record = changed::json, leaf_hash = sha256('\\x00'::bytea || convert_to(changed, 'UTF8'))
FROM (SELECT replace(record::text, 'A battle.', '') FROM event WHERE position = 4) AS record_of(changed)
WHERE position = 4
"""


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            "UPDATE event SET record = replace(record::text, 'battle', 'battue')::json WHERE position = 4",
            {
                ("event", "leaf_hash"),
                ("timeline", "tree_frontier"),
                ("entry", "document"),
                ("entry_text", "words"),
            },
        ),
        (
            "UPDATE event SET record = '{}', leaf_hash = sha256('\\x007b7d') WHERE position = 4",
            {("event", "record"), ("timeline", "tree_frontier")},
        ),
        (_NAMELESS, {("event", "record"), ("timeline", "tree_frontier")}),
        ("UPDATE event SET leaf_hash = sha256('') WHERE position = 4", {("event", "leaf_hash")}),
        ("UPDATE event SET type = 'capture' WHERE position = 4", {("event", "type")}),
        ("UPDATE event SET recorded_by = 'me' WHERE position = 4", {("event", "recorded_by")}),
        ("UPDATE event SET event_id = gen_random_uuid() WHERE position = 4", {("event", "event_id")}),
        (
            "UPDATE event SET recorded_at = recorded_at - interval '1 s' WHERE position = 4",
            {("event", "recorded_at")},
        ),
        ("UPDATE event SET version = 3 WHERE position = 4", {("event", "version")}),
        ("DELETE FROM event WHERE position = 7", {("event", "position"), ("timeline", "tree_frontier")}),
        ("DELETE FROM event WHERE position = 11", {("timeline", "head"), ("timeline", "tree_frontier")}),
        ("DELETE FROM event WHERE position = 4", {("event", "position"), ("event", "record")}),
    ],
)
async def test_a_changed_record_is_reported(pool, small_chunks, change, expected):
    """By a superuser, who can disable the trigger that refuses it."""
    timeline = await linked_timeline(pool)
    async with pool.connection() as connection:
        await connection.execute("ALTER TABLE event DISABLE TRIGGER event_is_append_only")
        changed = await connection.execute(change)

    reported = await differences(pool, timeline)

    assert 1 == changed.rowcount
    assert expected <= plain(reported), reported


async def test_posts_continue_meanwhile(pool, monkeypatch):
    """Their rows are ignored, and the versions that they end count as valid."""
    monkeypatch.setattr(verifying, "CHUNK_RECORDS_MAX", 5)
    timeline, appender = await linked_timeline(pool), new_appender(pool)
    done = asyncio.Event()

    async def write() -> None:
        while not done.is_set():
            for event in linked_events():
                await post(appender, timeline, event)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(2):
            tasks.create_task(write())
        reported = [await differences(pool, timeline) for _ in range(5)]
        done.set()

    assert [[]] * 5 == reported


async def test_a_timeline_that_does_not_exist(pool):
    """Verify refuses it."""
    with pytest.raises(UnknownTimeline):
        await differences(pool, "nope")


_ONLY_DELETE = """
DROP TRIGGER event_is_append_only ON event;
CREATE TRIGGER event_is_append_only BEFORE DELETE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_record()
"""

_HARMLESS = """
CREATE OR REPLACE FUNCTION refuse_change_of_record() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN RETURN NULL; END $$
"""

_REPLICA = """
DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET session_replication_role = replica', current_database());
END $$
"""


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("ALTER TABLE event DISABLE TRIGGER event_is_append_only", ("event", "state")),
        ("ALTER TABLE event ENABLE REPLICA TRIGGER event_is_append_only", ("event", "state")),
        ("ALTER TABLE event DISABLE TRIGGER ALL", ("event", "state")),
        (_REPLICA, ("event", "state")),
        ("DROP TRIGGER event_is_append_only ON event", ("event", None)),
        (_ONLY_DELETE, ("event", "definition")),
        (_HARMLESS, ("event", "function")),
        ("GRANT UPDATE, TRUNCATE ON event TO PUBLIC", ("event", "privileges")),
        ("GRANT UPDATE (record) ON event TO PUBLIC", ("event", "privileges")),
    ],
)
async def test_what_no_longer_protects_the_record_is_reported(pool, change, expected):
    """The trigger that refuses changes, and who may make them."""
    timeline = await new_timeline(pool)
    async with pool.connection() as connection:
        await connection.execute(change, prepare=False)

    assert {expected} == plain(await differences(pool, timeline))


@pytest.mark.parametrize(
    ("granted", "expected"),
    [
        ("SELECT, INSERT, UPDATE, DELETE", {("event", "privileges")}),  # more than any service needs
        ("SELECT, INSERT, UPDATE", {("event", "privileges"), *((view, "privileges") for view in VIEWS)}),
        ("SELECT", set()),  # whoever only reads can verify
    ],
)
async def test_missing_privileges_are_reported(pool, granted, expected):
    """Of who verifies, which should be the role of the service; but of none that may write nothing."""
    timeline, role = await linked_timeline(pool), f"role_{uuid4().hex}"
    async with pool.connection() as connection:
        await connection.execute(f"CREATE ROLE {role}")
        await connection.execute(f"GRANT {granted} ON ALL TABLES IN SCHEMA public TO {role}")
        reported: list[Difference] = []
        dsn = make_conninfo(pool.conninfo, options=f"-c role={role}")
        await verify(dsn, PROMPT, timeline, reported.append, lambda *_: None)
        await connection.execute(f"DROP OWNED BY {role}")
        await connection.execute(f"DROP ROLE {role}")

    assert expected == plain(reported)


_CHANGE_TOGETHER = """
WITH changed AS (
    SELECT position, replace(record::text, %(old)s, %(new)s) AS record FROM event
    WHERE timeline_id = %(timeline)s AND position = %(position)s
)
UPDATE event SET record = changed.record::json, recorded_by = changed.record::json ->> 'recorded_by',
    leaf_hash = sha256('\\x00'::bytea || convert_to(changed.record, 'UTF8'))
FROM changed WHERE timeline_id = %(timeline)s AND event.position = changed.position
"""


async def _change_together(pool, timeline, position, old, new):
    """Change a record and all that its row says of it, as the owner of the table can."""
    async with pool.connection() as connection, connection.transaction():
        await connection.execute("ALTER TABLE event DISABLE TRIGGER event_is_append_only")
        parameters = {"timeline": timeline, "position": position, "old": old, "new": new}
        changed = await connection.execute(_CHANGE_TOGETHER, parameters)
        await connection.execute("ALTER TABLE event ENABLE TRIGGER event_is_append_only")
    assert 1 == changed.rowcount


async def test_a_record_changed_together_with_its_hash_is_named(pool, small_chunks):
    """By its part of the tree, and by where the views begin to differ."""
    timeline = await linked_timeline(pool)
    await _change_together(pool, timeline, 4, "battle", "battue")
    await _change_together(pool, timeline, 9, '"recorded_by":"tests"', '"recorded_by":"nobody"')

    reported = await differences(pool, timeline)
    keys = [difference.key for difference in reported if difference.table == "event"]

    assert [{"position": "1 to 8", "views_differ_from": 4}, {"position": "9 to 10"}] == keys
    assert ("timeline", "tree_frontier") in plain(reported)


@given(events=event_sequences(min_size=1), share=st.integers(0, 99))
@examples(15)
def test_any_record_changed_together_with_its_hash_is_among_those_named(desk, small_chunks, events, share):
    """Whatever the log; and no other part of the tree is."""

    async def example():
        timeline = await new_timeline(desk.pool)
        await record_in_batches(desk.appender, timeline, events)
        position = len(events) * share // 100 + 1
        await _change_together(
            desk.pool, timeline, position, '"recorded_by":"tests"', '"recorded_by":"nobody"'
        )
        reported = await differences(desk.pool, timeline)

        assert {("event", "record"), ("timeline", "tree_frontier")} == plain(reported)
        [positions] = [difference.key["position"] for difference in reported if difference.table == "event"]
        first, _, last = str(positions).partition(" to ")
        assert int(first) <= position <= int(last or first)

    desk.run(example())


async def _rewrite(pool, timeline, position):
    """Change a record and the tree that follows from it; no view shows who recorded it."""
    await _change_together(pool, timeline, position, '"recorded_by":"tests"', '"recorded_by":"nobody"')
    async with pool.connection() as connection:
        leaves = await read_leaf_hashes(connection, timeline, range(1, 100))
        await connection.execute(
            "UPDATE timeline SET tree_frontier = %s WHERE timeline_id = %s",
            [tree.grow([], 0, leaves), timeline],
        )


async def test_only_a_kept_root_shows_that_a_log_was_written_anew(pool, small_chunks):
    """Those of before the change are extended, those of after it are not, and between two it must be."""
    timeline = await linked_timeline(pool)
    async with pool.connection() as connection:
        leaves = await read_leaf_hashes(connection, timeline, range(1, 100))
    roots = [EarlierRoot(at, tree.root(tree.grow([], 0, leaves[:at]))) for at in range(12)]
    reported: list[Difference] = []
    verified = await verify(pool.conninfo, PROMPT, timeline, reported.append, lambda *_: None, roots)
    assert (11, []) == (verified.proven_position, reported)

    await _rewrite(pool, timeline, 4)
    assert [] == await differences(pool, timeline)
    verified = await verify(pool.conninfo, PROMPT, timeline, reported.append, lambda *_: None, roots)
    assert 3 == verified.proven_position
    assert [*range(4, 12)] == [difference.key["position"] for difference in reported]
    assert {("timeline", "root")} == plain(reported)
    assert ["4 to 8"] == [
        difference.key["records"] for difference in await differences(pool, timeline, roots[3], roots[8])
    ]


async def test_a_log_that_is_shorter_than_a_kept_root_does_not_extend_it(pool):
    """Records were taken away from its end."""
    timeline = await linked_timeline(pool)

    [shorter] = await differences(pool, timeline, EarlierRoot(12, bytes(32)))

    assert ("root", None, "00" * 32) == (shorter.column, shorter.stored, shorter.expected)


async def test_rows_of_a_rebuild_that_is_at_work_are_counted_and_no_difference(pool):
    """Nobody reads them yet, or any more; once no rebuild is at work they should not be there."""
    timeline = await linked_timeline(pool)
    async with pool.connection() as connection:
        await connection.execute(_OTHER_GENERATION.format(generation=2))
    async with rebuilds_at_work(pool.conninfo, PROMPT):
        verified = await verify(pool.conninfo, PROMPT, timeline, pytest.fail, lambda *_: None)

    assert verified.rebuild_rows > 0
    assert {("profile", None)} == plain(await differences(pool, timeline))
