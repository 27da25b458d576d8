"""The lists of an entry are those that the whole log gives, however many records bear on its development."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.maintenance import differences
from tests.support.posting import new_timeline, post, record_in_batches, recorded
from tests.support.profiles import examples
from tests.support.samples import correction, engagement, evidence, id_of, statement, verification
from tests.support.sequences import any_sequences
from timeline.domain.errors import NotFound, RuleBroken
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Development
from timeline.log import related_events
from timeline.log.bearing_events import load_listed
from timeline.log.reader import read_moment
from timeline.views.maintenance import verify
from timeline.views.projection.mentions import LIST_NAMES, entry_list
from timeline.views.queries.entry_lists import ListPage, read_entry_list
from timeline.views.queries.past_rows import compute_rows

WHOLE = slice(0, 1_000)
BY = datetime(2025, 1, 1, tzinfo=UTC)


@given(
    events=any_sequences(),
    published_by=st.one_of(st.none(), st.datetimes(timezones=st.just(UTC))),
    part=st.builds(slice, st.integers(0, 2), st.integers(1, 20)),
    data=st.data(),
)
@examples(60)
def test_they_are_those_of_the_whole_log(desk, events, published_by, part, data):
    """At any position and by any time, whatever is linked with what."""

    async def example():
        timeline = await new_timeline(desk.pool)
        await record_in_batches(desk.appender, timeline, events, [4, 1])
        records = await recorded(desk.pool, timeline)
        position = data.draw(st.integers(0, len(records)))
        snapshot = EventGraph(records).at(position, published_by)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(related_events, "RELATED_RECORDS_MAX", data.draw(st.sampled_from((0, 10_000))))
            for record in records:
                if not isinstance(record.event, Development):
                    continue
                state = snapshot.development(record.event.id) if record.position <= position else None
                for name in LIST_NAMES:
                    answer = await page(desk, timeline, record.event.id, name, position, published_by, part)
                    assert answer == (None if state is None else entry_list(state, name, part))

    desk.run(example())


async def page(  # noqa: PLR0913 - which part of which list
    desk: Any,
    timeline: str,
    development: UUID,
    name: str,
    at: int | None = None,
    by: datetime | None = None,
    part: slice = WHOLE,
) -> Any:
    """The items of a page; None where there is no such development."""
    async with desk.pool.connection() as connection:
        moment = await read_moment(connection, timeline, at)
        try:
            answer = await read_entry_list(connection, moment, development, by, name, part)
        except NotFound:
            return None
        assert isinstance(answer, ListPage)
        return answer.items


def test_a_development_about_which_no_more_can_be_posted_is_read_all_the_same(desk, monkeypatch):
    """Also by a time of publication; and its views can be verified, which fold every record again."""
    monkeypatch.setattr(related_events, "RELATED_RECORDS_MAX", 20)
    monkeypatch.setattr(verify, "CHUNK_RECORDS_MAX", 3)
    published = {"published_at": "2024-02-02T00:00:00Z"}
    first = [engagement(1, **published), *(statement(number, 1, **published) for number in range(2, 19))]
    more = [correction(19, 1, summary="Mended."), evidence(20, 1, **published), verification(21, 1)]
    more += [statement(number, 1, **published) for number in range(22, 35)]

    async def example():
        timeline = await new_timeline(desk.pool)
        await record_in_batches(desk.appender, timeline, first)
        await post(desk.appender, timeline, *more)
        for refused in (statement(35, 1), correction(36, 2, stance="denies"), correction(37, 1, tags=["x"])):
            with pytest.raises(RuleBroken, match=r"more than 20 records bear on what .* a further report"):
                await post(desk.appender, timeline, refused)
        await post(desk.appender, timeline, engagement(38), statement(39, 38))
        for name, number in zip(LIST_NAMES, (30, 1, 1, 0, 1), strict=True):
            assert number == len(await page(desk, timeline, id_of(1), name))
        assert 30 == len(await page(desk, timeline, id_of(1), "statements", by=BY))
        async with desk.pool.connection() as connection:
            moment = await read_moment(connection, timeline, None)
            [rows] = await compute_rows(connection, moment, BY, [id_of(1)])
        assert rows.entry is not None
        return await differences(desk.pool, timeline)

    assert [] == desk.run(example())


def test_what_is_said_of_statements_is_not_read_for_their_list(desk, monkeypatch):
    """However much it is: a page of three statements does not cost what is said of each of them."""

    async def example():
        timeline = await new_timeline(desk.pool)
        statements = [statement(number, 2) for number in range(3, 30)]
        video = [evidence(31, 1), *(statement(number, 31) for number in range(32, 50))]
        await record_in_batches(
            desk.appender, timeline, [engagement(1), statement(2, 1), *statements, *video]
        )
        monkeypatch.setattr(related_events, "RELATED_RECORDS_MAX", 3)
        async with desk.pool.connection() as connection:
            assert 3 == len(await load_listed(connection, timeline, 100, [id_of(1)]))
            moment = await read_moment(connection, timeline, None)
            with pytest.raises(RuleBroken, match="too many to compute") as refusal:
                await compute_rows(connection, moment, BY, [id_of(1)])
        assert "published_by" == refusal.value.path
        assert ["confirmed"] == [each.status for each in await page(desk, timeline, id_of(1), "evidence")]
        assert 1 == len(await page(desk, timeline, id_of(1), "statements"))
        assert 27 == len(await page(desk, timeline, id_of(2), "statements"))

    desk.run(example())
