"""Pages of entries at any position: each in order, once, and whatever their length."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.support.posting import new_timeline, record_in_batches, recorded, view_rows
from tests.support.profiles import examples
from tests.support.samples import correction, engagement, statement
from tests.support.sequences import any_sequences
from tests.support.strategies import ACTORS, edtf_dates
from tests.views.consistency import shown_at
from timeline.domain.edtf import named_days
from timeline.log.reader import read_moment
from timeline.views.queries.entries import EntryQuery, entry_page
from timeline.views.queries.entry_filter import EntryFilter

dates = st.none() | edtf_dates().map(named_days)
filters = st.just(EntryFilter()) | st.builds(
    EntryFilter,
    types=st.just(()) | st.just(("casualty_estimate", "capture", "deployment")),
    statuses=st.just(()) | st.just(("retracted", "merged")) | st.just(("reported", "confirmed", "merged")),
    tags=st.just(()) | st.just(("drones",)),
    actor=st.none() | st.sampled_from(ACTORS),
    parts=st.booleans(),
    claimant=st.none() | st.sampled_from(ACTORS),
    place=st.none() | st.sampled_from(("ua", "RU")),
    bbox=st.none() | st.sampled_from(((-90.0, -45.0, 90.0, 45.0), (90.0, -90.0, -90.0, 90.0))),
    words=st.none() | st.sampled_from((*ACTORS, "drone or kursk", "-kursk")),
    since=dates,
    until=dates,
)


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
    """Whatever the filter, order, position and length of page: together they are the one long page."""
    timeline = desk.run(new_timeline(desk.pool))
    desk.run(record_in_batches(desk.appender, timeline, events))
    log = desk.run(recorded(desk.pool, timeline))
    rows = desk.run(view_rows(desk.pool, timeline))
    for _ in range(3):
        position = data.draw(st.integers(0, len(log)))
        entry_filter = data.draw(filters)
        at = desk.run(moment_at(desk, timeline, position))
        query = EntryQuery(filter=entry_filter, limit=data.draw(st.integers(1, 3)))
        pages = {
            order: desk.run(all_ids(desk, at, msgspec.structs.replace(query, order=order)))
            for order in ("desc", "asc")
        }
        whole = desk.run(all_ids(desk, at, msgspec.structs.replace(query, limit=1_000)))

        assert whole == pages["desc"] == pages["asc"][::-1]
        assert whole == [entry for entry in shown_at(rows, position) if entry in whole]
        if entry_filter == EntryFilter():
            assert whole == [
                name
                for name, entry in shown_at(rows, position).items()
                if entry.status not in ("retracted", "merged")
            ]


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
INSERT INTO entry (timeline_id, generation, development, from_position, order_key, starts, first_day,
    last_day, day_ranges, types, status, claimants, tags, places, further_points, document)
SELECT %(timeline)s, 1, gen_random_uuid(), 0, (32345678900 + n / 200 << 27) | n, now(), now(), now(), '{}',
    '{engagement}', 'reported', '{}', '{}', '{}', '{}', json_build_object('key', n)
FROM (SELECT n FROM generate_series(1, 400) AS n ORDER BY random()) AS shuffled
"""


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
