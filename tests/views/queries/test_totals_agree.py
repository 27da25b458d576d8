"""Totals and the model of meaning agree: on logs as reporting makes them, at every position."""

from datetime import datetime

from hypothesis import event as note
from hypothesis import given
from hypothesis import strategies as st

from tests.support.meaning.incident_logs import incident_logs
from tests.support.meaning.law_logs import assert_in_order, merged_reports
from tests.support.meaning.strategies import CLAIMANTS, DAYS, logs
from tests.support.posting import new_timeline, record_in_batches, recorded
from tests.support.profiles import examples
from tests.views.totals_of import ask_totals, modelled_totals
from timeline.domain.edtf import named_days
from timeline.domain.errors import TimelineError
from timeline.views.queries.totals import TotalsQuery
from timeline.views.totals_responses import TOTALS_KEYS

dates = st.none() | st.sampled_from(("2024-11", "2024-12", "2024-11-20", "2024", "2024-12-01~")).map(
    named_days
)
policies = (
    "envelope",
    "envelope",
    "latest",
    "lowest",
    "highest",
    *(f"claimant:{name}" for name in CLAIMANTS),
)

questions = st.builds(
    TotalsQuery,
    measure=st.just("killed"),
    by=st.lists(st.sampled_from(TOTALS_KEYS), unique=True, max_size=3).map(tuple),
    policy=st.sampled_from(policies),
    category=st.just("all") | st.just("civilian"),
    unit=st.none() | st.none() | st.just("battalions"),
    subject=st.none() | st.none() | st.sampled_from(("all", "s", "t")),
    country=st.none() | st.none() | st.just("RU"),
    place=st.none() | st.none() | st.just("Kursk"),
    actor=st.none() | st.none() | st.sampled_from(("kyiv", "s", "t")),
    tags=st.just(()) | st.just(()) | st.just(("air-strike",)),
    since=dates,
    until=dates,
    published_by=st.none() | st.sampled_from(DAYS).map(lambda day: datetime.fromisoformat(f"{day}T12:00Z")),
)


def record_all(desk, events):
    """Record events one by one in a new timeline, without those that are refused; gives it and its log."""
    timeline = desk.run(new_timeline(desk.pool))
    for event in events:
        try:
            desk.run(record_in_batches(desk.appender, timeline, [event]))
        except TimelineError as refusal:
            note(f"refused: {type(refusal).__name__}")
    return timeline, desk.run(recorded(desk.pool, timeline))


@examples(30)
@given(
    events=incident_logs() | incident_logs() | logs(max_size=14),
    some=st.lists(questions, min_size=3, max_size=3),
    data=st.data(),
)
def test_totals_equal_the_model_at_any_position(desk, events, some, data):
    """For any events that refer to each other, with any filters and policies."""
    timeline, log = record_all(desk, events)
    for query in [TotalsQuery(measure="killed"), TotalsQuery(measure="killed", by=("month",)), *some]:
        at = data.draw(st.just(len(log)) | st.integers(0, len(log)))
        expected = modelled_totals(log, query, at)
        note(f"rivals: {expected.sums.rivals > 0}, parts: {bool(expected.parts)}")
        for reason in expected.left_out:
            note(f"left out: {reason}")

        assert expected == desk.run(ask_totals(desk.pool, timeline, query, at))


@examples(20)
@given(events=incident_logs())
def test_parts_of_time_add_up(desk, events):
    """The lines of months and years are the whole, and so are months that are asked for one by one."""
    timeline, _ = record_all(desk, events)

    def ask(**parameters):
        return desk.run(ask_totals(desk.pool, timeline, TotalsQuery(measure="killed", **parameters)))

    whole = ask(by=("month",))
    days = {month: named_days(month) for month in ("2024-11", "2024-12")}
    by_month = {month: ask(since=part, until=part) for month, part in days.items()}
    both = ask(since=days["2024-11"], until=days["2024-12"])

    assert whole.sums.incidents == sum(line.incidents for line in whole.lines.values())
    assert (whole.sums.low or 0) == sum(line.low for line in whole.lines.values())
    for month, part in by_month.items():
        line = whole.lines.get((month,))
        assert ((line.incidents, line.low) if line else (0, None)) == (part.sums.incidents, part.sums.low)
    straddling = both.sums.incidents - sum(part.sums.incidents for part in by_month.values())
    assert 0 <= straddling <= min(part.left_out["straddles"] for part in by_month.values())


@examples(20)
@given(events=incident_logs(), policy=st.sampled_from(("envelope", "latest", "lowest", "highest")))
def test_low_is_not_above_high_and_best_lies_within_its_own_bounds(desk, events, policy):
    """Unless the bounds of a source are out of order, which is counted."""
    timeline, _ = record_all(desk, events)
    query = TotalsQuery(measure="killed", policy=policy)
    sums = desk.run(ask_totals(desk.pool, timeline, query)).sums

    assert_in_order(sums)


@examples(10)
@given(log=merged_reports())
def test_any_order_of_merging_makes_one_incident(desk, log):
    """Reports that are one, counts that are one, counts of counts: whatever is linked first."""
    timeline, _ = record_all(desk, log)
    answer = desk.run(ask_totals(desk.pool, timeline, TotalsQuery(measure="killed")))

    assert (1, 3, 5, {}) == (answer.sums.incidents, answer.sums.low, answer.sums.high, answer.left_out)
