from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import samples
from tests.support.meaning import dates as model
from tests.support.meaning.strategies import CLAIMANTS, dates, event_of, publications, spans, times
from timeline.domain.dating import (
    capped_days,
    claim_dating,
    count_days,
    lag_days,
    place_in_time,
    publication,
    said_dating,
)
from timeline.domain.edtf import Days

RECORDED_AT = datetime(2024, 12, 24, 18, tzinfo=UTC)


@st.composite
def dated_events(draw):
    """Counts and statements with any of the dates that they may have, and when they were published."""
    fields = draw(publications(public=False)) | {"occurred": draw(st.none() | spans)}
    if draw(st.booleans()):
        return event_of(1, "official_statement", speaker="m", stance="denies", **fields)
    basis = draw(st.sampled_from(("cumulative", "incident", "increment")))
    period = draw(spans if basis == "increment" else st.none() | spans)
    count = {"subject": "s", "measure": "killed", "basis": basis, "as_of": draw(st.none() | dates)}
    figure = {"qualifier": "exact", "value": 1}
    claimant = draw(st.sampled_from(CLAIMANTS))
    return event_of(
        1, "casualty_estimate", claimant=claimant, figure=figure, period=period, **count, **fields
    )


@given(dated_events())
def test_dates_follow_the_rules(event):
    """Date, days, field and publication of an event are those of the model."""
    published = publication(event, RECORDED_AT)

    assert model.publication(event, RECORDED_AT) == published
    for ours, theirs in (
        (claim_dating, model.claim_dating),
        (place_in_time, model.place_in_time),
    ):
        assert tuple(theirs(event, published, RECORDED_AT)) == tuple(ours(event, published, RECORDED_AT))
    speaks_for = model.count_dating(event, published, RECORDED_AT)
    assert tuple(speaks_for.days) == tuple(count_days(event, published or RECORDED_AT))


@given(dates | spans, times)
def test_a_cap_never_reaches_below_the_first_day(text, told_at):
    """Days that are capped are some of those named, and the first of them stays."""
    told_on = datetime.fromisoformat(told_at).date()
    whole, capped = capped_days(text, date.max), capped_days(text, told_on)

    assert whole.first == capped.first <= capped.last <= whole.last


@pytest.mark.parametrize(
    ("text", "told_on", "last"),
    [
        ("2024-12", (2024, 12, 5), (2024, 12, 5)),
        ("2024-12", (2024, 11, 5), (2024, 12, 1)),
        ("2024", (2024, 12, 5), (2024, 12, 5)),
        ("2024-11/2024-12~", (2024, 12, 5), (2024, 12, 5)),
        ("2024-11-01/..", (2024, 12, 5), (2024, 12, 5)),
        ("2024-12-27", (2024, 12, 5), (2024, 12, 27)),
        ("2024-11/2024-12-27", (2024, 12, 5), (2024, 12, 27)),
        ("2024-12-27T10:00:00Z", (2024, 12, 5), (2024, 12, 27)),
    ],
)
def test_what_is_capped(text, told_on, last):
    """Months, years and open ends are capped at the day on which they were told, days never."""
    assert date(*last) == capped_days(text, date(*told_on)).last


@pytest.mark.parametrize(
    ("occurred", "printed_at", "is_since"),
    [
        ("2024-01-05T01:00:00+03:00", "2024-01-04T23:00:00Z", True),
        ("2024-01-05T01:00:00+03:00", "2024-01-04T20:00:00Z", False),
        ("2024-01-04T23:00:00-05:00", "2024-01-05T04:30:00Z", True),
        ("2024-01-05", "2024-01-04T23:00:00Z", False),
        ("2024-01-05", "2024-01-05T00:30:00+09:00", True),
    ],
)
def test_a_source_of_the_day_speaks_by_the_clock_of_the_place(occurred, printed_at, is_since):
    """An hour after it happened is not the day before, whatever the clock of the source."""
    event = samples.engagement(
        1, occurred=occurred, sources=[{"publisher": "paper", "published_at": printed_at}]
    )

    published_at = publication(event, RECORDED_AT)

    assert published_at == (datetime.fromisoformat(printed_at) if is_since else None)


def test_said_is_the_day_of_its_own_clock():
    """Half past midnight in Seoul is that day, and the lag counts days by the same clock."""
    told_at = datetime.fromisoformat("2024-12-28T00:30:00+09:00")
    day = date(2024, 12, 28)

    dating = said_dating(told_at, RECORDED_AT)

    assert ("2024-12-28", Days(day, day), "published") == dating[:3]
    assert lag_days(Days(date(2024, 12, 1), date(2024, 12, 27)), told_at) == 1
