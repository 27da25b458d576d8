"""Diffs, replays and the versions of an entry, against the plain in-memory model."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.model import Model
from tests.support.posting import AHEAD, new_timeline, post, record_in_batches, recorded
from tests.support.profiles import examples
from tests.support.samples import estimate, profile, retraction
from tests.support.sequences import any_sequences
from timeline.api.change_sets import change_set
from timeline.log.reader import Moment, read_moment, read_records
from timeline.views.queries import history
from timeline.views.queries.history import changes_between, entry_versions, replay


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
    before, now = Model(log[:start]), Model(log[:end])
    at = desk.run(at_position(desk, timeline, end))
    pages = desk.run(diff(desk, at, start, data.draw(st.integers(1, 4))))

    assert_entries_differ(before, now, collected(pages, "entries"))
    assert_claims_differ(before, now, collected(pages, "claims"))
    names = {*before.actors} | {*now.actors}
    changed = {name for name in names if profile_of(before, name) != profile_of(now, name)}
    actors = collected(pages, "actors")
    assert changed == {*actors}
    for name, change in actors.items():
        assert [model.actors[name].name if name in model.actors else None for model in (before, now)] == [
            actor and actor["name"] for actor in (change["before"], change["after"])
        ]
    titles = [page["about"] for page in pages if page["about"]]
    expected = [[model.title and model.title.title for model in (before, now)]]
    assert (expected if title_of(before) != title_of(now) else []) == [
        [profile and profile["title"] for profile in (change["before"], change["after"])] for change in titles
    ]


def profile_of(model: Model, actor: str) -> Any:
    """The parts of an actor's profile that a view has; its publisher, for example, is not among them."""
    event = model.actors.get(actor)
    return event and (event.id, event.name, event.kind, event.aliases, event.part_of, event.external_ids)


def title_of(model: Model) -> Any:
    """The parts of the timeline's profile that a view has."""
    event = model.title
    return event and (event.id, event.title, event.description, event.language)


def assert_entries_differ(before: Model, now: Model, changes: dict[str, dict[str, Any]]) -> None:
    """The changed entries are those that differ, with their status before and after."""
    differ = {str(key) for key, entry in now.entries.items() if before.entries.get(key) != entry}
    assert differ <= {*changes}
    for name in {*changes} - differ:  # the model does not say in which order an entry names its actors
        assert ["actors"] == changes[name]["fields"]
    for development, entry in now.entries.items():
        if change := changes.get(str(development)):
            earlier = before.entries.get(development)
            assert (earlier and earlier.status, entry.status) == (change["before"], change["after"])
            assert entry.event.summary == change["summary"]


def assert_claims_differ(before: Model, now: Model, changes: dict[str, dict[str, Any]]) -> None:
    """The changed claims are those that differ, with their series before and after."""
    sources = {*before.claims} | {*now.claims}
    differ = {str(source) for source in sources if before.claims.get(source) != now.claims.get(source)}
    assert differ <= {*changes}
    for change in changes.values():
        assert change["before"] != change["after"]
    for source in sources:
        if change := changes.get(str(source)):
            series = [
                model.claims[source].series if source in model.claims else None for model in (before, now)
            ]
            assert series == [claim and claim["series"] for claim in (change["before"], change["after"])]


@pytest.fixture(scope="module", autouse=True)
def short_chunks():
    """A replay reads the log in chunks: here they are so short that the examples have several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "REPLAY_CHUNK_RECORDS", 3)
        yield


async def replayed_from(desk: Any, at: Moment, start: int) -> list[tuple[bytes, dict[str, Any]]]:
    """The steps of a replay: the record's bytes, and what it did."""
    return [
        (record, plain(change_set(changes)))
        async for record, changes in replay(desk.pool.connection, at, start)
    ]


@examples(50)
@given(events=any_sequences(), sizes=st.lists(st.integers(1, 6), max_size=4), data=st.data())
def test_a_replay_leads_to_the_head(desk, events, sizes, data):
    """Each step holds its record verbatim; applied one after another they give every position's views."""
    timeline = desk.run(new_timeline(desk.pool))
    desk.run(record_in_batches(desk.appender, timeline, events, sizes))
    log = desk.run(recorded(desk.pool, timeline))
    at = desk.run(at_position(desk, timeline))

    async def stored() -> list[bytes]:
        async with desk.pool.connection() as connection:
            rows = await read_records(connection, timeline, after=0, until=len(log), limit=len(log))
        return [record for _, record in rows]

    replayed = desk.run(replayed_from(desk, at, 0))
    end = data.draw(st.integers(0, len(log)))
    start = data.draw(st.integers(0, end))
    stretch = desk.run(replayed_from(desk, at._replace(position=end), start))

    assert replayed[start:end] == stretch
    assert (desk.run(stored()) if log else []) == [record for record, _ in replayed]
    state: dict[str, dict[str, Any]] = {"entries": {}, "claims": {}, "actors": {}}
    title = None
    for position, (_, changes) in enumerate(replayed, start=1):
        for kind, now in state.items():
            for change in changes[kind]:
                assert now.get(change["id"]) == change["before"]
                assert change["before"] != change["after"] or kind == "entries"
                now[change["id"]] = change["after"]
        if changes["about"]:
            assert title == changes["about"]["before"]
            title = changes["about"]["after"]
        assert_leads_to(Model(log[:position]), state, title)


def assert_leads_to(model: Model, state: dict[str, dict[str, Any]], title: dict[str, Any] | None) -> None:
    """The changes so far give what the model says."""
    assert {str(key): entry.status for key, entry in model.entries.items()} == state["entries"]
    assert {str(source): claim.series for source, claim in model.claims.items()} == {
        name: claim["series"] for name, claim in state["claims"].items() if claim
    }
    assert {name: profile.name for name, profile in model.actors.items()} == {
        name: actor["name"] for name, actor in state["actors"].items() if actor
    }
    assert (model.title and model.title.title) == (title and title["title"])


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
                page = await entry_versions(connection, at, development, before=before, limit=2)
                rows += page
                before = page[-1].from_position
        return rows

    for development, entry in Model(log[:position]).entries.items():
        first_position = entry.position
        rows = desk.run(versions(development))

        assert [None, *(row.from_position for row in rows[:-1])] == [row.to_position for row in rows]
        for version in rows:
            status = Model(log[: version.from_position]).entries[development].status
            assert status == msgspec.json.decode(version.document)["status"]


def test_what_was_taken_back_is_no_difference(desk):
    """A retraction that is itself retracted leaves no change between the positions around both."""
    timeline = desk.run(new_timeline(desk.pool))
    log = (estimate(1), profile(2, "russia", "Russia"), retraction(3, 1), retraction(4, 2))
    desk.run(post(desk.appender, timeline, *log, retraction(5, 3), retraction(6, 4)))
    at = desk.run(at_position(desk, timeline))
    [page] = desk.run(diff(desk, at, 2, 10))

    assert {"entries": [], "claims": [], "actors": [], "about": None} == page
