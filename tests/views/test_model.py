"""For any sequence of valid events, in whatever batches, the views equal a plain in-memory model's."""

from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import event as note
from hypothesis import given
from hypothesis import strategies as st

from tests.posting import (
    AHEAD,
    new_timeline,
    post_together,
    record_in_batches,
    recorded,
    valid_at,
    view_rows,
)
from tests.profiles import examples
from tests.strategies import COUNTING, LINKING, event_sequences, offered_sequences
from tests.views.model import FOREVER, Entry, Model
from timeline.domain.errors import RuleBroken
from timeline.domain.events import Event
from timeline.log.posts import Post
from timeline.views.documents import ClaimDocument, EntryDocument, ResetDocument
from timeline.views.entries import POSITION_BITS

sequences = st.one_of(event_sequences(), event_sequences(among=LINKING), event_sequences(among=COUNTING))
batchings = st.lists(st.integers(1, 8), max_size=8)


def entry_of(row: dict[str, Any]) -> Entry:
    """An entry's row as the model has it; that the row's columns repeat its document is checked on the way."""
    document = msgspec.json.decode(row["document"], type=EntryDocument)
    ends = FOREVER if document.ends is None else document.ends
    assert (row["development"], row["type"], row["status"]) == (document.id, document.type, document.status)
    assert (row["starts"], row["ends"], row["claimant"]) == (document.starts, ends, document.event.claimant)
    assert row["order_key"] & ((1 << POSITION_BITS) - 1) == document.position
    claim = document.claim
    return Entry(
        id=document.id,
        type=document.type,
        status=document.status,
        position=document.position,
        recorded_at=document.recorded_at,
        starts=document.starts,
        ends=ends,
        roles={named.actor: set(named.roles) for named in document.actors},
        event=document.event,
        claim=(claim.series, claim.as_of, claim.bounds) if claim else None,
        statements=[msgspec.structs.astuple(one) for one in document.statements],
        evidence=[msgspec.structs.astuple(one) for one in document.evidence],
        verifications=[msgspec.structs.astuple(one) for one in document.verifications],
        tolls=list(document.tolls),
        amendments=[msgspec.structs.astuple(one) for one in document.amendments],
        leader=document.leader,
        same_as=list(document.same_as),
    )


def claim_of(row: dict[str, Any]) -> tuple[Any, ...]:
    """A claim's row as the model has it."""
    if row["is_reset"]:
        reset = msgspec.json.decode(row["document"], type=ResetDocument)
        bounds = None
        said = (reset.id, row["series"], reset.claimant, reset.as_of, reset.position, bounds)
    else:
        claim = msgspec.json.decode(row["document"], type=ClaimDocument)
        bounds = (row["low"], row["high"])
        assert bounds == msgspec.structs.astuple(claim.bounds)
        said = (claim.id, row["series"], claim.claimant, claim.as_of, claim.position, claim.bounds)
    assert said[:5] == tuple(row[name] for name in ("source", "series", "claimant", "as_of", "position"))
    return said


def assert_shows(rows: dict[str, list[dict[str, Any]]], model: Model) -> None:
    """The rows of the views that hold at a position are what the model says."""
    assert model.entries == {row["development"]: entry_of(row) for row in rows["entry"]}
    by_order = sorted(rows["entry"], key=lambda row: row["order_key"], reverse=True)
    assert model.walk() == [row["development"] for row in by_order]
    keys = {row["development"]: row["order_key"] for row in rows["entry"]}
    assert {
        (actor, entry.id, keys[entry.id], frozenset(roles))
        for entry in model.entries.values()
        for actor, roles in entry.roles.items()
    } == {(row["actor"], row["development"], row["order_key"], frozenset(row["roles"])) for row in rows["entry_actor"]}
    assert {source: tuple(claim) for source, claim in model.claims.items()} == {
        row["source"]: claim_of(row) for row in rows["figure_claim"]
    }
    assert_profiles(rows["profile"], model)


def assert_profiles(rows: Sequence[dict[str, Any]], model: Model) -> None:
    """The profiles that hold at a position are what the model says."""
    said = {}
    for row in rows:
        document = msgspec.json.decode(row["document"])
        said[row["kind"], row["subject"]] = (row["name"], row["part_of"], document["profile"])
        if row["kind"] == "actor":
            assert document["id"] == row["subject"]
    expected = {
        ("actor", actor): (one.name, one.part_of, str(one.id)) for actor, one in model.actors.items()
    }
    if model.title:
        expected["timeline", ""] = (model.title.title, None, str(model.title.id))
    assert expected == said


def note_kinds(events: Sequence[Event]) -> None:
    """For `--hypothesis-show-statistics`: what the examples hold."""
    for kind in {type(one).__name__ for one in events}:
        note(kind)


@examples(60)
@given(events=sequences, sizes=batchings, copies=st.integers(2, 9))
def test_views_equal_the_model_at_every_position(desk, events, sizes, copies, monkeypatch_copy):
    """At each position the rows that hold are those that the rules in words give for the records up to it."""
    note_kinds(events)
    monkeypatch_copy(copies)
    timeline = desk.run(new_timeline(desk.pool))
    desk.run(record_in_batches(desk.appender, timeline, events, sizes))
    log = desk.run(recorded(desk.pool, timeline))
    rows = desk.run(view_rows(desk.pool, timeline))

    assert events == [record.event for record in log]
    for position in range(len(log) + 1):
        now = {table: valid_at(versions, position) for table, versions in rows.items()}
        assert_shows(now, Model(log[:position]))


@examples(25)
@given(events=sequences, sizes=batchings, data=st.data())
def test_batches_leave_no_trace(desk, events, sizes, data, monkeypatch_copy):
    """One by one, all at once or in any batches: the same versions of the same rows, to the byte."""
    monkeypatch_copy(data.draw(st.integers(2, 30)))
    found = []
    for chosen in ([1] * len(events), [], sizes):
        timeline = desk.run(new_timeline(desk.pool, AHEAD))
        desk.run(record_in_batches(desk.appender, timeline, events, chosen))
        found.append(desk.run(view_rows(desk.pool, timeline)))

    assert found[0] == found[1]
    assert found[0] == found[2]


@examples(30)
@given(events=sequences, data=st.data())
def test_a_position_shows_what_a_log_that_ended_there_shows(desk, events, data):
    """What is recorded later changes nothing of what stood at a position."""
    position = data.draw(st.integers(0, len(events)))
    whole = desk.run(new_timeline(desk.pool, AHEAD))
    prefix = desk.run(new_timeline(desk.pool, AHEAD))
    desk.run(record_in_batches(desk.appender, whole, events))
    desk.run(record_in_batches(desk.appender, prefix, events[:position]))
    rows = desk.run(view_rows(desk.pool, whole))
    ended = desk.run(view_rows(desk.pool, prefix))

    for table in rows:
        assert valid_at(ended[table], position) == valid_at(rows[table], position)


@examples(40)
@given(offered=st.one_of(offered_sequences(among=LINKING), offered_sequences()), sizes=batchings)
def test_refused_posts_change_nothing_for_their_neighbours(desk, offered, sizes):
    """In whatever batches they come, the posts that are taken in are those that would be, one by one."""
    note(f"refused: {any(not is_taken for _, is_taken in offered)}")
    timeline = desk.run(new_timeline(desk.pool))
    left = list(offered)
    heard = []
    for size in (*sizes, len(left)):
        posts = [Post.of((one,), "tests") for one, _ in left[:size]]
        heard += desk.run(post_together(desk.appender, timeline, posts))
        left = left[size:]
    log = desk.run(recorded(desk.pool, timeline))

    assert [is_taken for _, is_taken in offered] == [not isinstance(one, RuleBroken) for one in heard]
    assert [one for one, is_taken in offered if is_taken] == [record.event for record in log]
    rows = desk.run(view_rows(desk.pool, timeline))
    assert_shows({table: valid_at(versions, len(log)) for table, versions in rows.items()}, Model(log))
