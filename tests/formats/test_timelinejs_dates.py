import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import edtf
from timeline.domain.edtf import parse
from timeline.formats.drafts import RowFault
from timeline.formats.timelinejs_dates import (
    SlideDate,
    SlideDates,
    SlideEdtf,
    read_slide_dates,
    write_slide_dates,
)


@pytest.mark.parametrize(
    ("dates", "edtf"),
    [
        (SlideDates(SlideDate("1815", "12", "10"), SlideDate("1852", "11", "27")), "1815-12-10/1852-11-27"),
        (SlideDates(SlideDate("1951", "", "")), "1951"),
        (SlideDates(SlideDate(1943, 7, None), SlideDate("1946", "", "")), "1943-07/1946"),
        (SlideDates(SlideDate("2012", "02", " 9 ")), "2012-02-09"),
        (SlideDates(SlideDate(2012, 2, 11), SlideDate("2012", "2", "11")), "2012-02-11"),
        (SlideDates(SlideDate(2012), SlideDate("", None, "")), "2012"),
        (SlideDates(SlideDate(2012, 2, 11, 14)), "2012-02-11T14:00:00Z"),
        (SlideDates(SlideDate(2012, 2, 11, "14", "05", "06", "78")), "2012-02-11T14:05:06.078Z"),
        (SlideDates(SlideDate(2012), None, "about 2012"), "2012~"),
        (SlideDates(SlideDate(2012), None, "since  2012"), "2012/.."),
        (SlideDates(SlideDate(2012), SlideDate(2013), "2012 (uncertain) to about 2013"), "2012?/2013~"),
    ],
)
def test_a_slide_is_read_as_precisely_as_it_is_dated(dates, edtf):
    """Numbers may be text, what is "" or null is missing, and the writer's own words are understood."""
    assert SlideEdtf(edtf) == read_slide_dates(dates)


def test_what_edtf_cannot_hold_is_reported():
    """A display date in other words, and times of day in an interval, are flagged."""
    own_words = SlideDates(SlideDate(1918, 11, 11), display="Armistice Day")
    hours = SlideDates(SlideDate(2024, 12, 26, 14), SlideDate(2024, 12, 26, 16))
    assert SlideEdtf("1918-11-11", lacks_display=True) == read_slide_dates(own_words)
    assert SlideEdtf("2024-12-26", lacks_times=True) == read_slide_dates(hours)


@pytest.mark.parametrize(
    ("dates", "path", "reason"),
    [
        (SlideDates(SlideDate("", "", "")), "start_date", "no year"),
        (SlideDates(SlideDate("602")), "start_date.year", "between 1000 and 2999, not 602"),
        (SlideDates(SlideDate(-44, 3, 15)), "start_date.year", "not -44"),
        (SlideDates(SlideDate(2012), SlideDate(3000)), "end_date.year", "not 3000"),
        (SlideDates(SlideDate(2012, "", 5)), "start_date.day", "a day, but no month"),
        (SlideDates(SlideDate(2012, 2, 30)), "start_date", "does not exist: 2012-02-30"),
        (SlideDates(SlideDate(2012, 13)), "start_date", "does not exist"),
        (SlideDates(SlideDate("c. 2012")), "start_date.year", "not a whole number"),
        (SlideDates(SlideDate(2012, 2, hour=5)), "start_date", "no day"),
        (SlideDates(SlideDate(2012, 2, 5, minute=5)), "start_date.minute", "no hour"),
        (SlideDates(SlideDate(2012, 2, 5, 24)), "start_date", "does not exist"),
        (SlideDates(SlideDate(2013), SlideDate(2012)), "end_date", "ends before it starts"),
    ],
)
def test_a_date_outside_the_vocabulary_is_refused(dates, path, reason):
    """Nothing is guessed where TimelineJS would fill in a first of January or a year 0."""
    with pytest.raises(RowFault, match=reason) as caught:
        read_slide_dates(dates)
    assert path == caught.value.path


@given(edtf())
def test_a_date_goes_out_and_comes_in_as_the_same(text):
    """The span is the same, and so is the doubt; only an interval of one date becomes that date."""
    read = read_slide_dates(write_slide_dates(text))
    assert not read.lacks_display
    assert parse(text) == parse(read.edtf) or text.partition("/")[0] == read.edtf
    assert text.count("?") + text.count("%") == read.edtf.count("?") + read.edtf.count("%") or "/" in text


@given(edtf(), st.sampled_from((str, int)))
def test_a_date_written_as_text_is_the_same_date(text, kind):
    """Years as text, which all of TimelineJS's own examples have, are years."""
    dates = write_slide_dates(text)
    parts = [getattr(dates.start, name) for name in SlideDate.__struct_fields__]
    start = SlideDate(*(part if part is None else kind(part) for part in parts))
    assert read_slide_dates(dates) == read_slide_dates(dates._replace(start=start))
