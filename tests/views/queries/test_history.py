"""Diffs, replays and the versions of an entry, against the rows that are valid at each position."""

from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.posting import (
    AHEAD,
    new_timeline,
    post,
    record_in_batches,
    recorded,
    valid_at,
    view_rows,
)
from tests.support.profiles import examples
from tests.support.samples import estimate, profile, retraction
from tests.support.sequences import any_sequences
from tests.views.consistency import shown_at
from timeline.api.change_sets import change_set
from timeline.log.reader import Moment, read_moment, read_records
from timeline.views.documents import EntryDocument
from timeline.views.queries import history
from timeline.views.queries.history import actors_of_changes, changes_between, entry_versions, replay

_entry = msgspec.json.Decoder(EntryDocument)


def plain(answer: Any) -> Any:
    """An answer as a client reads it."""
    return msgspec.json.decode(msgspec.json.encode(answer))


async def diff(desk: Any, at: Moment, start: int, limit: int) -> list[dict[str, Any]]:
    """The pages of a diff."""
    pages, after = [], start
    async with desk.pool.connection() as connection:
        while after is not None:
            changes, after = await changes_between(connection, at, start, after=after, limit=limit)
            pages.append(plain(change_set(changes)))
    return pages


async def at_position(desk: Any, timeline: str, position: int | None = None) -> Moment:
    """The timeline at a position."""
    async with desk.pool.connection() as connection:
        return await read_moment(connection, timeline, position)


def collected(pages: list[dict[str, Any]], name: str) -> dict[str, dict[str, Any]]:
    """The changes of one kind by what changed, each of which occurs once."""
    changes = [change for page in pages for change in page[name]]
    by_id = {change["id"]: change for change in changes}
    assert len(changes) == len(by_id)
    return by_id


@examples(50)
@given(events=any_sequences(), data=st.data())
def test_a_diff_has_each_thing_that_changed_once(desk, events, data):
    """Between any two positions, page by page: what differs, as it was and as it is, and nothing else."""
    timeline = desk.run(new_timeline(desk.pool, AHEAD))
    desk.run(record_in_batches(desk.appender, timeline, events, [len(events) // 2]))
    log = desk.run(recorded(desk.pool, timeline))
    end = data.draw(st.integers(0, len(log)))
    start = data.draw(st.integers(0, end))
    rows = desk.run(view_rows(desk.pool, timeline))
    before, now = state_at(rows, start), state_at(rows, end)
    at = desk.run(at_position(desk, timeline, end))
    pages = desk.run(diff(desk, at, start, data.draw(st.integers(1, 4))))

    entries = collected(pages, "entries")
    assert differing(before.entries, now.entries) == {*entries}
    for name, change in entries.items():
        earlier, later = before.entries.get(name), now.entries[name]
        assert (earlier and earlier["status"], later["status"]) == (change["before"], change["after"])
        assert later["event"]["summary"] == change["summary"]
    actors = collected(pages, "actors")
    assert differing(before.actors, now.actors) == {*actors}
    for name, change in actors.items():
        assert [name in state.actors for state in (before, now)] == [
            bool(change["before"]),
            bool(change["after"]),
        ]
    differences = [
        {state.claims[key] for key in differing(before.claims, now.claims) if key in state.claims}
        for state in (before, now)
    ]
    claims = [change for page in pages for change in page["claims"]]
    for side, difference in zip(("before", "after"), differences, strict=True):
        changed = [claim_text(change[side]) for change in claims if change[side]]
        assert sorted(changed) == sorted(difference)
    titles = [page["about"] for page in pages if page["about"]]
    expected = [[title_of(state) for state in (before, now)]] if before.about != now.about else []
    assert expected == [
        [profile and profile["title"] for profile in (change["before"], change["after"])] for change in titles
    ]


class State(NamedTuple):
    """What the views show at a position: documents by id, claims by their words, with their series."""

    entries: dict[str, Any]
    claims: dict[Any, str]
    actors: dict[str, Any]
    about: Any


def state_at(rows: Any, position: int) -> State:
    """The rows that are valid at a position."""
    valid = {table: valid_at(versions, position) for table, versions in rows.items()}
    profiles = {row["subject"]: msgspec.json.decode(row["document"]) for row in valid["profile"]}
    return State(
        {str(row["development"]): msgspec.json.decode(row["document"]) for row in valid["entry"]},
        {
            (row["source"], row["position"]): claim_text(
                {"series": row["series"], "claim": msgspec.json.decode(row["document"])}
            )
            for row in valid["figure_claim"]
        },
        {subject: profile for subject, profile in profiles.items() if subject},
        profiles.get(""),
    )


def claim_text(claim: dict[str, Any]) -> str:
    """A claim, or a reset, with its series."""
    return repr((claim["series"], claim.get("claim") or claim["reset"]))


def title_of(state: State) -> str | None:
    """What the timeline is called."""
    return state.about and state.about["title"]


def differing(before: dict[Any, Any], now: dict[Any, Any]) -> set[Any]:
    """The names under which the two do not have the same."""
    return {name for name in {*before, *now} if before.get(name) != now.get(name)}


@pytest.fixture(scope="module", autouse=True)
def short_chunks():
    """A replay reads the log in chunks: here they are so short that the examples have several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "REPLAY_CHUNK_RECORDS", 3)
        yield


async def replayed_from(desk: Any, at: Moment, start: int) -> list[tuple[bytes, dict[str, Any], Any]]:
    """The steps of a replay: the record's bytes, what it did, and the names in that."""
    return [
        (record, plain(change_set(changes)), (actors_of_changes(changes), names))
        async for record, changes, names in replay(desk.pool.connection, at, start)
    ]


@examples(50)
@given(events=any_sequences(), sizes=st.lists(st.integers(1, 6), max_size=4), data=st.data())
def test_a_replay_leads_to_the_head(desk, events, sizes, data):
    """Each step holds its record verbatim; applied one after another they give every position's views."""
    timeline = desk.run(new_timeline(desk.pool))
    desk.run(record_in_batches(desk.appender, timeline, events, sizes))
    log = desk.run(recorded(desk.pool, timeline))
    at = desk.run(at_position(desk, timeline))
    rows = desk.run(view_rows(desk.pool, timeline))

    async def stored() -> list[bytes]:
        async with desk.pool.connection() as connection:
            rows = await read_records(connection, timeline, after=0, until=len(log), limit=len(log))
        return [record for _, record in rows]

    replayed = desk.run(replayed_from(desk, at, 0))
    end = data.draw(st.integers(0, len(log)))
    start = data.draw(st.integers(0, end))
    stretch = desk.run(replayed_from(desk, at._replace(position=end), start))

    assert replayed[start:end] == stretch
    assert (desk.run(stored()) if log else []) == [record for record, *_ in replayed]
    state: dict[str, dict[str, Any]] = {"entries": {}, "actors": {}}
    claims: list[str] = []
    title = None
    for position, (_, changes, (actors, names)) in enumerate(replayed, start=1):
        for kind, now in state.items():
            for change in changes[kind]:
                assert now.get(change["id"]) == change["before"]
                assert change["before"] != change["after"] or kind == "entries"
                now[change["id"]] = change["after"]
        for change in changes["claims"]:
            assert change["before"] != change["after"]
            if change["before"]:
                claims.remove(claim_text(change["before"]))
            if change["after"]:
                claims.append(claim_text(change["after"]))
        if changes["about"]:
            assert title == changes["about"]["before"]
            title = changes["about"]["after"]
        views = state_at(rows, position)
        assert_leads_to(views, state, title)
        assert sorted(claims) == sorted(views.claims.values())
        assert names == {id_: actor["name"] for id_, actor in views.actors.items() if id_ in actors}


def assert_leads_to(views: State, state: dict[str, dict[str, Any]], title: dict[str, Any] | None) -> None:
    """The changes so far give what the views show."""
    assert {name: entry["status"] for name, entry in views.entries.items()} == state["entries"]
    assert {name: profile["name"] for name, profile in views.actors.items()} == {
        name: actor["name"] for name, actor in state["actors"].items() if actor
    }
    assert title_of(views) == (title and title["title"])


@examples(25)
@given(events=any_sequences(), data=st.data())
def test_an_entry_has_the_versions_up_to_the_position(desk, events, data):
    """At a position, the versions join without a gap, and each is what the entry was over its positions."""
    timeline = desk.run(new_timeline(desk.pool))
    desk.run(record_in_batches(desk.appender, timeline, events, [3]))
    log = desk.run(recorded(desk.pool, timeline))
    position = data.draw(st.integers(0, len(log)))
    at = desk.run(at_position(desk, timeline, position))

    async def versions(development: Any) -> list[Any]:
        rows, before = [], position + 1
        async with desk.pool.connection() as connection:
            while before > first_position:
                page, _ = await entry_versions(connection, at, development, before=before, limit=2)
                rows += page
                before = page[-1].from_position
        return rows

    rows = desk.run(view_rows(desk.pool, timeline))
    for development, entry in shown_at(rows, position).items():
        first_position = entry.position
        entry_rows = desk.run(versions(UUID(development)))

        assert [None, *(row.from_position for row in entry_rows[:-1])] == [
            row.to_position for row in entry_rows
        ]
        for version in entry_rows:
            assert shown_at(rows, version.from_position)[development] == _entry.decode(version.document)


def test_what_was_taken_back_is_no_difference(desk):
    """A retraction that is itself retracted leaves no change between the positions around both."""
    timeline = desk.run(new_timeline(desk.pool))
    log = (estimate(1), profile(2, "russia", "Russia"), retraction(3, 1), retraction(4, 2))
    desk.run(post(desk.appender, timeline, *log, retraction(5, 3), retraction(6, 4)))
    at = desk.run(at_position(desk, timeline))
    [page] = desk.run(diff(desk, at, 2, 10))

    assert {"entries": [], "claims": [], "actors": [], "about": None} == page
