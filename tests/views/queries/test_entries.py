"""Pages, figures, actors and history, asked for at any position, against the plain in-memory model."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.support.model import Claim, Entry, Model
from tests.support.posting import new_timeline, record_in_batches, recorded
from tests.support.profiles import examples
from tests.support.samples import correction, engagement, statement
from tests.support.sequences import COUNTING, any_sequences, event_sequences
from tests.support.strategies import ACTORS, edtf_dates
from timeline.domain.edtf import Span, as_of_instant, parse
from timeline.domain.errors import NotFound
from timeline.domain.figure import reconcile
from timeline.log.reader import read_moment
from timeline.views.queries import actors, series
from timeline.views.queries.entries import EntryQuery, entry_page
from timeline.views.queries.entry_filter import EntryFilter

dates = st.none() | edtf_dates("").map(parse)
filters = st.builds(
    EntryFilter,
    types=st.just(()) | st.just(("casualty_estimate", "capture", "deployment")),
    statuses=st.just(()) | st.just(("retracted", "merged")) | st.just(("reported", "confirmed", "merged")),
    tags=st.just(()) | st.just(("drones",)),
    actor=st.none() | st.sampled_from(ACTORS),
    claimant=st.none() | st.sampled_from(ACTORS),
    place=st.none() | st.sampled_from(("ua", "RU")),
    bbox=st.none() | st.sampled_from(((-90.0, -45.0, 90.0, 45.0), (90.0, -90.0, -90.0, 90.0))),
    since=dates,
    until=dates,
)


def passes(entry: Entry, entry_filter: EntryFilter) -> bool:
    """Whether an entry meets all conditions of a filter."""
    event, place = entry.event, entry.event.place
    statuses = entry_filter.statuses or ("reported", "confirmed", "denied", "contested")
    return (
        entry.status in statuses
        and (not entry_filter.types or entry.type in entry_filter.types)
        and {*entry_filter.tags} <= {*event.tags}
        and entry_filter.actor in (None, *entry.roles)
        and entry_filter.claimant in (None, event.claimant)
        and (entry_filter.place is None or entry_filter.place.upper() in names(place))
        and (entry_filter.bbox is None or inside(place, *entry_filter.bbox))
        and (entry_filter.since is None or began_or_lasted(entry, entry_filter.since))
        and (entry_filter.until is None or entry.starts < entry_filter.until.end)
    )


def names(place: Any) -> set[str]:
    """What a place is called, whatever the case."""
    parts = (place.name, place.admin1, place.country) if place else ()
    return {part.upper() for part in parts if part}


def inside(place: Any, west: float, south: float, east: float, north: float) -> bool:
    """Whether a place lies in a box that may cross the antimeridian."""
    if place is None or place.latitude is None:
        return False
    between = west <= place.longitude <= east
    across = west > east and (place.longitude >= west or place.longitude <= east)
    return south <= place.latitude <= north and (between or across)


def began_or_lasted(entry: Entry, since: Span) -> bool:
    """Whether something of it lies in or after a time; an entry without duration is its own instant."""
    return entry.ends > since.start or entry.starts >= since.start


async def all_ids(desk: Any, at: Any, query: EntryQuery) -> list[str]:
    """The ids of all entries that a query gives, page by page."""
    ids, after = [], None
    async with desk.pool.connection() as connection:
        while True:
            page = await entry_page(connection, at, msgspec.structs.replace(query, after=after))
            ids += [msgspec.json.decode(document)["id"] for document in page.documents]
            assert len(page.documents) <= query.limit
            if (after := page.next) is None:
                return ids


async def moment_at(desk: Any, timeline: str, position: int) -> Any:
    """The timeline at a position."""
    async with desk.pool.connection() as connection:
        return await read_moment(connection, timeline, position)


@examples(60)
@given(events=any_sequences(), data=st.data())
def test_pages_give_each_entry_once_and_in_order(desk, events, data):
    """Whatever the filter, order, position and length of page: together they are what the model says."""
    timeline = desk.run(new_timeline(desk.pool))
    desk.run(record_in_batches(desk.appender, timeline, events))
    log = desk.run(recorded(desk.pool, timeline))
    for _ in range(3):
        position = data.draw(st.integers(0, len(log)))
        entry_filter = data.draw(filters)
        order = data.draw(st.sampled_from(("desc", "asc")))
        at = desk.run(moment_at(desk, timeline, position))
        query = EntryQuery(filter=entry_filter, order=order, limit=data.draw(st.integers(1, 3)))
        ids = desk.run(all_ids(desk, at, query))

        expected = Model(log[:position]).walk(lambda entry: passes(entry, entry_filter))  # noqa: B023 - called here
        assert [str(entry) for entry in (expected if order == "desc" else reversed(expected))] == ids


def test_the_index_of_pages_gives_entries_of_one_second_in_order(desk):
    """Pages read by the index have the entries that share their second in order, and each of them once."""
    timeline = desk.run(new_timeline(desk.pool))

    async def keys_from(order: str, after: int | None) -> list[int]:
        async with desk.pool.connection() as connection, connection.transaction():
            await connection.execute("SET LOCAL enable_seqscan = off")
            await connection.execute("SET LOCAL enable_sort = off")
            await connection.execute("SET LOCAL enable_bitmapscan = off")
            at = await read_moment(connection, timeline, None)
            query = EntryQuery(filter=EntryFilter(statuses=("reported",)), order=order, limit=7, after=after)
            page = await entry_page(connection, at, query)
            keys = [msgspec.json.decode(document)["key"] for document in page.documents]
        return keys + (await keys_from(order, page.next) if page.next else [])

    async def fill() -> None:
        async with desk.pool.connection() as connection:
            await connection.execute(_MANY_OF_A_SECOND, {"timeline": timeline})

    desk.run(fill())

    assert list(range(400, 0, -1)) == desk.run(keys_from("desc", None))
    assert list(range(1, 401)) == desk.run(keys_from("asc", None))


_MANY_OF_A_SECOND = """
INSERT INTO entry (timeline_id, generation, development, from_position, order_key, starts, ends, type, status,
    tags, places, words, document)
SELECT %(timeline)s, 1, gen_random_uuid(), 0, (32345678900 + n / 200 << 27) | n, now(), now(), 'engagement',
    'reported', '{}', '{}', '', json_build_object('key', n)
FROM (SELECT n FROM generate_series(1, 400) AS n ORDER BY random()) AS shuffled
"""


@examples(40)
@given(events=st.one_of(event_sequences(among=COUNTING), any_sequences()), data=st.data())
def test_figures_are_reconciled_as_the_model_does(desk, events, data):
    """Each claimant's latest claim by a date, resets observed; their standing, overlap and envelope."""
    timeline = desk.run(new_timeline(desk.pool))
    desk.run(record_in_batches(desk.appender, timeline, events))
    log = desk.run(recorded(desk.pool, timeline))
    position = data.draw(st.integers(0, len(log)))
    until = data.draw(st.none() | edtf_dates().map(as_of_instant))
    model = Model(log[:position])
    at = desk.run(moment_at(desk, timeline, position))
    claims = [claim for claim in model.claims.values() if claim.bounds is not None]

    async def answers() -> tuple[list[str], dict[str, Any], dict[str, list[str]]]:
        async with desk.pool.connection() as connection:
            names = await all_names(connection)
            latest = await series.latest_claims(connection, at, names, until)
            pages = {}
            for name in names:
                page, offset = [], 0
                while offset is not None:
                    more, offset = await series.claims_page(
                        connection, at, name, until, offset=offset, limit=2
                    )
                    page += [msgspec.json.decode(document)["id"] for document in more]
                pages[name] = page
            return names, latest, pages

    async def all_names(connection: Any) -> list[str]:
        names, after = [], ""
        while page := await series.series_page(connection, at, after=after, limit=2):
            names += page
            after = page[-1]
        return names

    names, latest, pages = desk.run(answers())

    assert sorted({claim.series for claim in claims}) == names
    for name in names:
        expected = model.latest(name, until)
        assert_latest(expected, latest.get(name))
        by_date = sorted(
            (c for c in claims if c.series == name and (until is None or c.as_of <= until)),
            key=lambda c: (c.as_of, c.position),
            reverse=True,
        )
        assert [str(claim.source) for claim in by_date] == pages[name]


def assert_latest(expected: dict[str, Claim], actual: series.LatestClaims | None) -> None:
    """The latest claims and how they stand to each other are what the model says."""
    documents = actual.documents if actual else []
    assert [str(claim.source) for _, claim in sorted(expected.items())] == [
        msgspec.json.decode(document)["id"] for document in documents
    ]
    reconciled = reconcile(claim.bounds for claim in expected.values())
    if reconciled is None:
        assert actual is None
    else:
        assert (reconciled.agreement, reconciled.overlap, reconciled.envelope) == (
            actual.reconciled.standing,
            actual.reconciled.overlap,
            actual.reconciled.envelope,
        )


@examples(40)
@given(events=any_sequences(), data=st.data())
def test_actors_are_those_that_stand(desk, events, data):
    """The list of actors, who each is, its parts, and the entries that name it, at any position."""
    timeline = desk.run(new_timeline(desk.pool))
    desk.run(record_in_batches(desk.appender, timeline, events))
    log = desk.run(recorded(desk.pool, timeline))
    position = data.draw(st.integers(0, len(log)))
    model = Model(log[:position])
    at = desk.run(moment_at(desk, timeline, position))
    actors_of_model = {actor for entry in model.entries.values() for actor in entry.roles} | {*model.actors}

    async def all_actors() -> list[str]:
        ids, after = [], ""
        async with desk.pool.connection() as connection:
            while page := await actors.actor_page(connection, at, after=after, limit=2):
                ids += [actor.id for actor in page]
                after = page[-1].id
        return ids

    async def description(actor: str) -> tuple[str, list[str]] | None:
        async with desk.pool.connection() as connection:
            try:
                document = await actors.actor(connection, at, actor)
            except NotFound:
                return None
            parts = await actors.parts_of(connection, at, actor)
        return msgspec.json.decode(document)["name"], [msgspec.json.decode(part)["id"] for part in parts]

    assert sorted(actors_of_model) == desk.run(all_actors())
    for actor in ACTORS:
        profile = model.actors.get(actor)
        parts = sorted(name for name, other in model.actors.items() if other.part_of == actor)
        expected = (profile.name if profile else actor, parts) if actor in actors_of_model else None
        assert expected == desk.run(description(actor))


def test_words_are_found_as_they_stood(desk):
    """A search finds what an entry said at the position, in order and page by page, and nothing else."""
    timeline = desk.run(new_timeline(desk.pool))
    log = [
        engagement(1, summary="Drone strike near Kursk."),
        engagement(2, summary="A drone was lost.", occurred="2024-12"),
        statement(3, 1, quote="No drone at all"),
        correction(4, 1, summary="Missile strike near Kursk."),
    ]
    desk.run(record_in_batches(desk.appender, timeline, log))

    def matches(words: str, position: int) -> list[int]:
        query = EntryQuery(filter=EntryFilter(words=words), order="asc", limit=1)
        at = desk.run(moment_at(desk, timeline, position))
        return [int(entry[-2:]) for entry in desk.run(all_ids(desk, at, query))]

    assert [2, 1, 3] == matches("drone", 3)
    assert [2, 3] == matches("drone", 4)
    assert [1] == matches('"strike near" -drone', 4)
    assert [] == matches('"strike near" -drone', 3)
