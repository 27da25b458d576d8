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
from timeline.log.reader import moment
from timeline.views.queries import actors, series
from timeline.views.queries.entries import EntryFilter, EntryQuery, entry_page

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


def passes(entry: Entry, wanted: EntryFilter) -> bool:
    """Whether an entry is among those asked for."""
    event, place = entry.event, entry.event.place
    statuses = wanted.statuses or ("reported", "confirmed", "denied", "contested")
    return (
        entry.status in statuses
        and (not wanted.types or entry.type in wanted.types)
        and {*wanted.tags} <= {*event.tags}
        and wanted.actor in (None, *entry.roles)
        and wanted.claimant in (None, event.claimant)
        and (wanted.place is None or wanted.place.upper() in names(place))
        and (wanted.bbox is None or inside(place, *wanted.bbox))
        and (wanted.since is None or began_or_lasted(entry, wanted.since))
        and (wanted.until is None or entry.starts < wanted.until.end)
    )


def names(place: Any) -> set[str]:
    """What a place is called, whatever the case."""
    given = (place.name, place.admin1, place.country) if place else ()
    return {name.upper() for name in given if name}


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


async def walked(desk: Any, at: Any, walk: EntryQuery) -> list[str]:
    """The ids of all entries of a walk, page by page."""
    found, after = [], None
    async with desk.pool.connection() as connection:
        while True:
            page = await entry_page(connection, at, msgspec.structs.replace(walk, after=after))
            found += [msgspec.json.decode(bytes(entry))["id"] for entry in page.entries]
            assert len(page.entries) <= walk.limit
            if (after := page.following) is None:
                return found


async def asked(desk: Any, timeline: str, position: int) -> Any:
    """The timeline at a position."""
    async with desk.pool.connection() as connection:
        return await moment(connection, timeline, position)


@examples(60)
@given(events=any_sequences(), data=st.data())
def test_a_walk_gives_each_entry_once_and_in_order(desk, events, data):
    """Whatever the filter, order, position and length of page: the walk is what the model says."""
    timeline = desk.run(new_timeline(desk.pool))
    desk.run(record_in_batches(desk.appender, timeline, events))
    log = desk.run(recorded(desk.pool, timeline))
    for _ in range(3):
        position = data.draw(st.integers(0, len(log)))
        wanted = data.draw(filters)
        order = data.draw(st.sampled_from(("desc", "asc")))
        at = desk.run(asked(desk, timeline, position))
        walk = EntryQuery(filter=wanted, order=order, limit=data.draw(st.integers(1, 3)))
        found = desk.run(walked(desk, at, walk))

        expected = Model(log[:position]).walk(lambda entry: passes(entry, wanted))  # noqa: B023 - called here
        assert [str(one) for one in (expected if order == "desc" else reversed(expected))] == found


def test_the_index_of_the_walk_keeps_entries_of_one_second_in_order(desk):
    """A walk by the index gives entries that share their second in order, and each of them once."""
    timeline = desk.run(new_timeline(desk.pool))

    async def found(order: str, after: int | None) -> list[int]:
        async with desk.pool.connection() as connection, connection.transaction():
            await connection.execute("SET LOCAL enable_seqscan = off")
            await connection.execute("SET LOCAL enable_sort = off")
            await connection.execute("SET LOCAL enable_bitmapscan = off")
            at = await moment(connection, timeline, None)
            walk = EntryQuery(filter=EntryFilter(statuses=("reported",)), order=order, limit=7, after=after)
            page = await entry_page(connection, at, walk)
            keys = [msgspec.json.decode(bytes(entry))["key"] for entry in page.entries]
        return keys + (await found(order, page.following) if page.following else [])

    async def fill() -> None:
        async with desk.pool.connection() as connection:
            await connection.execute(_MANY_OF_A_SECOND, {"timeline": timeline})

    desk.run(fill())

    assert list(range(400, 0, -1)) == desk.run(found("desc", None))
    assert list(range(1, 401)) == desk.run(found("asc", None))


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
    at = desk.run(asked(desk, timeline, position))
    claims = [claim for claim in model.claims.values() if claim.bounds is not None]

    async def answers() -> tuple[list[str], dict[str, Any], dict[str, list[str]]]:
        async with desk.pool.connection() as connection:
            names = await walk_names(connection)
            latest = await series.latest_claims(connection, at, names, until)
            pages = {}
            for name in names:
                page, offset = [], 0
                while offset is not None:
                    more, offset = await series.claims_page(
                        connection, at, name, until, offset=offset, limit=2
                    )
                    page += [msgspec.json.decode(one)["id"] for one in more]
                pages[name] = page
            return names, latest, pages

    async def walk_names(connection: Any) -> list[str]:
        found, after = [], ""
        while page := await series.series_page(connection, at, after=after, limit=2):
            found += page
            after = page[-1]
        return found

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


def assert_latest(expected: dict[str, Claim], found: series.LatestClaims | None) -> None:
    """The latest claims and how they stand to each other are what the model says."""
    documents = found.documents if found else []
    assert [str(claim.source) for _, claim in sorted(expected.items())] == [
        msgspec.json.decode(one)["id"] for one in documents
    ]
    reconciled = reconcile(claim.bounds for claim in expected.values())
    if reconciled is None:
        assert found is None
    else:
        told = found.reconciled
        assert (reconciled.standing, reconciled.overlap, reconciled.envelope) == (
            told.standing,
            told.overlap,
            told.envelope,
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
    at = desk.run(asked(desk, timeline, position))
    named = {actor for entry in model.entries.values() for actor in entry.roles} | {*model.actors}

    async def listed() -> list[str]:
        found, after = [], ""
        async with desk.pool.connection() as connection:
            while page := await actors.actor_page(connection, at, after=after, limit=2):
                found += [actor for actor, _ in page]
                after = page[-1][0]
        return found

    async def described(actor: str) -> tuple[str, list[str]] | None:
        async with desk.pool.connection() as connection:
            try:
                document = await actors.actor(connection, at, actor)
            except NotFound:
                return None
            parts = await actors.parts_of(connection, at, actor)
        return name_of(document), [msgspec.json.decode(msgspec.json.encode(one))["id"] for one in parts]

    assert sorted(named) == desk.run(listed())
    for actor in ACTORS:
        profile = model.actors.get(actor)
        parts = sorted(name for name, one in model.actors.items() if one.part_of == actor)
        expected = (profile.name if profile else actor, parts) if actor in named else None
        assert expected == desk.run(described(actor))


def name_of(document: Any) -> str:
    """The name in an actor's document, ready to send or not."""
    return msgspec.json.decode(msgspec.json.encode(document))["name"]


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

    def found(words: str, position: int) -> list[int]:
        walk = EntryQuery(filter=EntryFilter(words=words), order="asc", limit=1)
        at = desk.run(asked(desk, timeline, position))
        return [int(one[-2:]) for one in desk.run(walked(desk, at, walk))]

    assert [2, 1, 3] == found("drone", 3)
    assert [2, 3] == found("drone", 4)
    assert [1] == found('"strike near" -drone', 4)
    assert [] == found('"strike near" -drone', 3)
