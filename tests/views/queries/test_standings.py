"""What a standing selects in the database, of one series and of several, is what it selects of rows."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.support.meaning.strategies import CLAIMANTS, TOTAL, dates, figures, running_total, times
from tests.support.posting import new_timeline, record_in_batches
from tests.support.profiles import examples
from timeline.domain.edtf import named_days
from timeline.log.reader import read_moment
from timeline.views.projection.rows import VALID, ClaimRow
from timeline.views.queries.standings import compute_standing, read_standings

words = st.tuples(st.sampled_from(CLAIMANTS), figures(), dates, times)
asked_dates = st.none() | dates.map(named_days)


@examples(60)
@given(claims=st.lists(words, min_size=1, max_size=12), as_of=asked_dates)
def test_one_series_several_and_rows_select_the_same(desk, claims, as_of):
    """Days, months and years, some only holding the date that is asked for, in any order of words."""
    events = [
        running_total(number, claimant, figure, day, published_at=time)
        for number, (claimant, figure, day, time) in enumerate(claims, 1)
    ]
    timeline = desk.run(new_timeline(desk.pool))
    desk.run(record_in_batches(desk.appender, timeline, events))

    async def read():
        async with desk.pool.connection() as connection:
            moment = await read_moment(connection, timeline)
            cursor = await connection.execute(
                f"SELECT {', '.join(ClaimRow._fields)} FROM figure_claim WHERE {VALID}", moment.scope
            )
            rows = [ClaimRow(*row) for row in await cursor.fetchall()]
            single = await read_standings(connection, moment, [TOTAL], as_of)
            return rows, single, await read_standings(connection, moment, [TOTAL, "other"], as_of)

    rows, single, several = desk.run(read())
    rows = [row._replace(document=row.document.decode()) for row in rows]
    computed = compute_standing(TOTAL, rows, as_of)

    assert single == several
    assert single.get(TOTAL) is None or ids(single[TOTAL]) == ids(computed)


def ids(standing):
    """The claims of a standing, and how they stand."""
    return (
        [json.loads(document)["id"] for document in standing.documents],
        set(standing.containing),
        {unit.unit: unit.reconciliation.agreement for unit in standing.units},
    )
