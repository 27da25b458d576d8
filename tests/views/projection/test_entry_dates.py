"""Dates of entries: the best date that any report gives, and found by exactly the days of all of them."""

from datetime import UTC, date, datetime, time

from hypothesis import given
from hypothesis import strategies as st

from timeline.domain.dating import Dating
from timeline.domain.edtf import Days
from timeline.views.projection.entry_dates import entry_dates, leading_dating

RANKS = ("occurred", "as_of", "period", "published", "recorded")
day = st.dates(date(2024, 1, 1), date(2024, 2, 9))


@st.composite
def datings(draw):
    """A date of some kind, of one day or of several."""
    first, last = sorted((draw(day), draw(day)))
    instant = datetime.combine(first, time(), tzinfo=UTC)
    return Dating(f"{first}/{last}", Days(first, last), draw(st.sampled_from(RANKS)), instant)


@given(st.lists(datings(), min_size=1), st.lists(datings()))
def test_the_date_is_the_first_of_the_best_kind(reports, counts):
    """Whatever the leading report says, another's `occurred` goes before its recording."""
    every = [*reports, *counts]
    leading = leading_dating(counts) if counts else None
    best = min(RANKS.index(dating.dated_by) for dating in every)

    assert next(d for d in every if d.dated_by == RANKS[best]) == entry_dates(reports, leading).dating
    assert leading_dating(every) == entry_dates(reports, leading).dating


@given(st.lists(datings(), min_size=1), day)
def test_an_entry_is_found_by_the_days_of_its_reports_and_no_others(reports, wanted_day):
    """By those of publication or recording only where no report has a date."""
    dates = entry_dates(reports)
    written = [dating for dating in reports if dating.dated_by in RANKS[:3]]
    published = [dating for dating in reports if dating.dated_by == "published"]
    expected = any(
        dating.days.meet(Days(wanted_day, wanted_day)) for dating in written or published or reports
    )
    ranges = dates.day_ranges or [f"[{dates.first_day},{dates.last_day}]"]

    assert expected == any(text[1:11] <= wanted_day.isoformat() <= text[12:22] for text in ranges)
    assert (dates.first_day.isoformat(), dates.last_day.isoformat()) == (ranges[0][1:11], ranges[-1][12:22])
