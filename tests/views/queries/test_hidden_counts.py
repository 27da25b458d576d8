"""What is hidden only for want of a known publication: as many as by the model, whatever was told later."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pytest

from tests.meaning.test_counts_by_time import TIMES, counted_log, has_circle
from tests.support.meaning import MeaningModel
from tests.support.meaning.claims import claims_of
from tests.views.queries.test_totals_agree import record_all
from tests.views.totals_of import ask_totals, modelled_totals
from timeline.domain.record import Record
from timeline.log.reader import read_moment
from timeline.views.queries.published import past_series
from timeline.views.queries.totals import TotalsQuery


def unlike_totals(desk: Any, timeline: str, log: Sequence[Record], time: datetime) -> Iterator[str]:
    """The totals by a time that are not those of the model."""
    for subject in (None, "all", "russia"):
        query = TotalsQuery(measure="killed", subject=subject, published_by=time)
        expected = modelled_totals(log, query, len(log))
        if expected != desk.run(ask_totals(desk.pool, timeline, query, len(log))):
            yield f"killed of {subject} by {time}"


def unlike_series(desk: Any, timeline: str, log: Sequence[Record], time: datetime) -> Iterator[str]:
    """The series of which by a time not as many claims are hidden as the model hides."""

    async def unknown(series: str) -> int:
        async with desk.pool.connection() as connection:
            moment = await read_moment(connection, timeline)
            return (await past_series(connection, moment, series, time)).publication_unknown

    model = MeaningModel(log)
    for series in sorted({claim.topic.series for claim in claims_of(model.log(time))}):
        if model.series(series, None, time).publication_unknown != desk.run(unknown(series)):
            yield f"{series} by {time}"


def assert_agreement(desk: Any, seed: int) -> None:
    """Compare a log at its end by each time."""
    timeline, log = record_all(desk, [record.event for record in counted_log(seed, 16)])
    for time in TIMES:
        if not has_circle(log, time):
            places = [*unlike_totals(desk, timeline, log, time), *unlike_series(desk, timeline, log, time)]
            assert not places, f"seed {seed}: " + "; ".join(places)


@pytest.mark.parametrize("seed", [1023, 1028, 1044, 1077, 1078, 1185, 1229, 1232, 1244, 1295])
def test_as_many_are_hidden_as_by_the_model(desk: Any, seed: int) -> None:
    """Of incidents that are led by another report since, and of counts that are moved."""
    assert_agreement(desk, seed)


@pytest.mark.soak
@pytest.mark.parametrize("block", range(10))
def test_as_many_are_hidden_as_by_the_model_over_many_logs(desk: Any, block: int) -> None:
    """A thousand logs, a hundred a block."""
    for seed in range(20_000 + 100 * block, 20_100 + 100 * block):
        assert_agreement(desk, seed)
