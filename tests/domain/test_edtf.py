import re
from datetime import UTC, date, datetime, timedelta

import edtf
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.support.strategies import edtf as valid_dates
from timeline.domain.edtf import (
    DATE_PATTERN,
    EDTF_PATTERN,
    OPEN_END,
    Days,
    Span,
    named_days,
    parse,
)

numbers = st.integers(0, 99).map(lambda n: f"{n:02}")
years = st.sampled_from(("0999", "1000", "1900", "2000", "2023", "2024", "2100", "2999", "3000"))
months = st.integers(0, 13).map(lambda n: f"{n:02}")
days = st.integers(0, 32).map(lambda n: f"{n:02}")
dates = st.builds(
    "-".join, st.one_of(st.tuples(years), st.tuples(years, months), st.tuples(years, months, days))
)
doubted = st.builds(str.__add__, dates, st.sampled_from(("", "", "?")))
near_dates = st.text(st.sampled_from("0123456789-/.~?%TZ:+\n٣"), max_size=25)


def midnight(*date: int) -> datetime:
    """The start of a day, UTC."""
    return datetime(*date, tzinfo=UTC)  # type: ignore[misc,arg-type]


def oracle_date(text: str) -> tuple[date, date] | None:
    """The first and the last day by the edtf library, None where it or the calendar refuses.

    The library takes 29 February in any year, and every year from 0000 to 9999.
    """
    try:
        parsed = edtf.parse_edtf(text)
        first, last = (date(*bound[:3]) for bound in (parsed.lower_strict(), parsed.upper_strict()))
    except (edtf.parser.edtf_exceptions.EDTFParseException, ValueError):
        return None
    return (first, last) if 1000 <= first.year <= 2999 else None


def days_of(text: str) -> tuple[date, date] | None:
    """The first and the last day by the parser, None where it refuses."""
    try:
        span = parse(text)
    except ValueError:
        return None
    return span.start.date(), (span.end - timedelta(days=1)).date()


@given(doubted)
@example("2023-02-29")
@example("1900-02-29")
@example("2000-02-29")
@example("2024-02-29?")
def test_dates_are_read_as_the_edtf_library_reads_them(text):
    """A date without `~` is taken or refused as by the edtf library, and has the same bounds."""
    expected = oracle_date(text)

    assert expected == days_of(text)


@given(doubted, doubted)
@example("2024-12", "2024")
@example("2024-12-27", "2024-12-26")
@example("2024-12-27", "2024-12")
def test_intervals_are_read_as_the_edtf_library_reads_them(first, last):
    """An interval runs from its first date's first day to its last date's last, and never backwards."""
    start, end = oracle_date(first), oracle_date(last)
    expected = (start[0], end[1]) if start and end and start[0] <= end[1] else None

    assert expected == days_of(f"{first}/{last}")


@given(doubted)
def test_an_open_interval_ends_with_the_last_instant(text):
    """An interval with an open end starts with its date and goes on."""
    start = oracle_date(text)
    expected = (start[0], OPEN_END.date() - timedelta(days=1)) if start else None

    assert expected == days_of(f"{text}/..")


@given(valid_dates())
def test_blur_changes_nothing_that_is_chosen(text):
    """`~`, `?` and `%` blur what is shown: a date names the same days without them."""
    assert named_days(re.sub("[~?%]", "", text)) == named_days(text)


@given(doubted)
def test_a_date_names_the_days_of_its_span(text):
    """The named days run from the first to the last of the span."""
    days = days_of(text)
    assume(days is not None)

    assert Days(*days) == named_days(text)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-12-27~", (2024, 12, 27), (2024, 12, 27)),
        ("2024-12%", (2024, 12, 1), (2024, 12, 31)),
        ("2024-12-01/2024-12-31", (2024, 12, 1), (2024, 12, 31)),
        ("2024-12-20/..", (2024, 12, 20), (9999, 12, 31)),
        ("2024-12-05T23:30:00-08:00", (2024, 12, 5), (2024, 12, 5)),
        ("2024-12-05T00:30:00+09:00", (2024, 12, 5), (2024, 12, 5)),
        ("2024-12-27~/2024-12-26", (2024, 12, 27), (2024, 12, 27)),
    ],
)
def test_named_days(text, first, last):
    """A time names the day by its own clock; an interval that logs hold backwards names its first day."""
    assert Days(date(*first), date(*last)) == named_days(text)


@example("1900-02-29")
@example("2100-02-29~")
@example("2023-02-29T00:00:00Z")
@given(st.one_of(near_dates, doubted, valid_dates(), valid_dates().map(lambda text: text + "\n")))
def test_pattern_and_parser_agree(text):
    """The parser takes what the schema's pattern allows, but for intervals that run backwards."""
    allowed = re.search(EDTF_PATTERN, text) is not None
    try:
        parse(text)
        parses = True
    except ValueError as error:
        parses = "before it starts" in str(error)

    assert allowed == parses


@given(valid_dates())
def test_a_span_holds_at_least_one_instant(text):
    """Whatever may stand in an event has a span that does not run backwards."""
    span = parse(text)

    assert span.start < span.end


@pytest.mark.parametrize(
    "text",
    [
        "2024-12-26\n",
        "2024-12-26T14:30:00Z\n",
        "2024-12/..\n",
        "",
        "2024-1",
        "٢٠٢٤",
        "202\u0664",
        "2024-12-26T24:00:00Z",
        "2024-12-26T23:59:60Z",
        "2024-12-26T14:30Z",
        "2024-12-26T14:30:00",
        "2024-12-26T14:30:00+24:00",
        "2024-12-26T14:30:00.Z",
        "2023-02-29T00:00:00Z",
        "../2024",
        "2024/",
        "/2024",
        "2024//2025",
        "2024-12-26/2024-12-27T00:00:00Z",
        "0999-12-31T23:59:59Z",
        "3000-01-01T00:00:00Z",
        "2024?~",
        "9999",
        "9999-12-31T23:59:59-23:59",
    ],
)
def test_what_is_no_date_is_refused(text):
    """Other forms, a closing newline, digits of other scripts and years out of range are refused."""
    with pytest.raises(ValueError, match=r"not a date|before it starts"):
        parse(text)

    assert re.search(DATE_PATTERN, text) is None


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2024-12-26T14:30:00Z", datetime(2024, 12, 26, 14, 30, tzinfo=UTC)),
        ("2024-12-26T14:30:00+09:00", datetime(2024, 12, 26, 5, 30, tzinfo=UTC)),
        ("2024-12-26T14:30:00.5-02:30", datetime(2024, 12, 26, 17, 0, 0, 500_000, tzinfo=UTC)),
        ("1000-01-01T00:00:00+23:59", datetime(999, 12, 31, 0, 1, tzinfo=UTC)),
        ("2999-12-31T23:59:59.999999-23:59", datetime(3000, 1, 1, 23, 58, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_a_time_is_one_instant(text, instant):
    """An RFC 3339 time means one microsecond, whatever its offset, at either end of the years allowed."""
    expected = Span(instant, instant + timedelta(microseconds=1))

    assert expected == parse(text)
