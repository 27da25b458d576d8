"""What a standing selects in the database of a single series is what it selects of several."""

from hypothesis import given
from hypothesis import strategies as st

from tests.support.meaning.strategies import CLAIMANTS, TOTAL, dates, figures, running_total, times
from tests.support.posting import new_timeline, record_in_batches
from tests.support.profiles import examples
from timeline.domain.edtf import named_days
from timeline.log.reader import read_moment
from timeline.views.queries.standings import read_standings

words = st.tuples(st.sampled_from(CLAIMANTS), figures(), dates, times)
asked_dates = st.none() | dates.map(named_days)


@examples(60)
@given(claims=st.lists(words, min_size=1, max_size=12), as_of=asked_dates)
def test_a_single_series_has_the_standing_that_it_has_among_others(desk, claims, as_of):
    """For days, months and years, some only holding the date that is asked for, in any order of words."""
    events = [
        running_total(number, claimant, figure, day, published_at=time)
        for number, (claimant, figure, day, time) in enumerate(claims, 1)
    ]
    timeline = desk.run(new_timeline(desk.pool))
    desk.run(record_in_batches(desk.appender, timeline, events))

    async def read(*series):
        async with desk.pool.connection() as connection:
            return await read_standings(connection, await read_moment(connection, timeline), series, as_of)

    assert desk.run(read(TOTAL)) == desk.run(read(TOTAL, "other"))
