"""What bears on developments is loaded for their rows: what shows in these, not all that they speak of."""

from datetime import UTC, datetime

import pytest

from tests.support.posting import new_timeline, record_in_batches, recorded
from tests.support.samples import (
    correction,
    engagement,
    estimate,
    evidence,
    id_of,
    ids,
    retraction,
    same_as,
    statement,
    toll,
    verification,
)
from timeline.domain.event_graph import EventGraph
from timeline.log.bearing_events import load_bearing
from timeline.views.projection.entries import development_rows

JANUARY, MARCH = {"published_at": "2024-01-02T00:00:00Z"}, {"published_at": "2024-03-02T00:00:00Z"}
LOG = (
    engagement(1, **JANUARY),
    engagement(2, **MARCH),
    engagement(3, **JANUARY),
    statement(4, 1, 3, **JANUARY),
    statement(5, 4, stance="denies", **MARCH),
    evidence(6, 1, **JANUARY),
    evidence(7, 3, **MARCH),
    verification(8, 6, **MARCH),
    toll(9, 1, **JANUARY),
    toll(10, 9, **MARCH),
    toll(11, 2, **JANUARY),
    estimate(12, **JANUARY),
    same_as(13, 1, 2),
    same_as(14, 6, 7),
    correction(15, 12, incident=str(id_of(3))),
    correction(16, 4, about=ids(2)),
    correction(17, 16, changes={"about": ids(3)}),
    correction(18, 13, developments=ids(1, 3)),
    retraction(19, 15),
    retraction(20, 2),
)
DEVELOPMENTS = [event.id for event in LOG[:12]]


@pytest.fixture
async def timeline(pool, appender):
    """A timeline in which everything is tied to everything."""
    timeline = await new_timeline(pool)
    await record_in_batches(appender, timeline, LOG, [1] * len(LOG))
    return timeline


@pytest.mark.parametrize("month", [2, 4])
async def test_rows_of_what_bears_on_them_are_those_of_the_whole_log(pool, timeline, month):
    """At any position and by any time, of each development alone."""
    by = datetime(2024, month, 1, tzinfo=UTC)
    whole = EventGraph(await recorded(pool, timeline))
    async with pool.connection() as connection:
        for position in (12, 15, 18, 20):
            for development in DEVELOPMENTS:
                part = EventGraph(await load_bearing(connection, timeline, position, [development]))
                rows = [
                    development_rows(graph.at(position, by).development(development))
                    for graph in (whole, part)
                ]

                assert rows[0] == rows[1], (position, development)


async def test_what_a_report_speaks_of_is_not_loaded(pool, appender):
    """A page of statements does not load all that others said of the same."""
    timeline = await new_timeline(pool)
    others = [statement(number, 1) for number in range(2, 8)]
    await record_in_batches(appender, timeline, [engagement(1), *others, correction(8, 2, stance="denies")])

    async with pool.connection() as connection:
        records = await load_bearing(connection, timeline, 8, [id_of(2)])

    assert [2, 8] == [record.position for record in records]
