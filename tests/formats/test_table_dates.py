"""Dates and times in tables, as people write them."""

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timeline.domain.errors import Malformed
from timeline.domain.events import Event
from timeline.formats.absent_columns import keep_absent
from timeline.formats.days import parse_day, parse_month
from timeline.formats.drafts import Absence, Draft, Reject, validate_draft
from timeline.formats.mapping_reader import read_mapping
from timeline.formats.table import read_table

EVENTS = """
dataset = "raids"
date = "when"
claimant = "monitor"
{keys}
[event]
type = "engagement"
key = ["id"]
summary = "Raid {{id}}"
until = "last"
[[counts]]
name = "dead"
type = "casualty_estimate"
measure = "killed"
basis = "incident"
subject = "army"
column = "dead"
"""
COUNTS = """
dataset = "losses"
date = "when"
claimant = "staff"
{keys}
[[counts]]
name = "dead"
type = "casualty_estimate"
measure = "killed"
subject = "army"
column = "dead"
"""


def read(mapping: str, when: str, keys: str = "", last: str = "") -> list[Any]:
    """What a row with these dates is read as."""
    text = f'id,when,last,dead\n1,"{when}","{last}",3\n'
    if mapping is COUNTS:
        text = f'when,dead\n"{when}",3\n'
    return list(read_table(io.BytesIO(text.encode()), read_mapping(mapping.format(keys=keys))))


@pytest.mark.parametrize(
    ("when", "keys", "occurred"),
    [
        ("2025-05-03T14:30:00Z", "", "2025-05-03T14:30:00Z"),
        ("2025-05-03 14:30:05.25 +0200", "", "2025-05-03T14:30:05.25+02:00"),
        ("2025-05-03 14:30 UTC", 'times = "+03:00"', "2025-05-03T14:30:00Z"),
        ("2025-05-03 9:30", 'times = "+03:00"', "2025-05-03T09:30:00+03:00"),
        ("3 May 2025, 14:30", 'times = "Z"', "2025-05-03T14:30:00Z"),
        ("May 3, 2025 14:30", 'times = "ignore"', "2025-05-03"),
        ("03.05.2025 14:30", 'times = "-02:00"\ndate_format = "day-first"', "2025-05-03T14:30:00-02:00"),
        ("2025-05-03T14:30:00Z", 'times = "ignore"', "2025-05-03"),
        ("2025-05-03 00:00:00+00:00", "", "2025-05-03"),
    ],
)
def test_an_event_is_of_the_time_that_its_cell_names(when, keys, occurred):
    """Its counts are of the day, as it is written there."""
    event, count = map(validate_draft, read(EVENTS, when, keys))

    assert isinstance(event, Event), event
    assert isinstance(count, Event), count
    assert (occurred, "2025-05-03") == (event.occurred, count.as_of)


def test_an_event_with_an_end_is_of_days():
    """An end on the same day leaves the time of its start."""
    rows = [
        read(EVENTS, "2025-05-03 14:30", 'times = "Z"', last) for last in ("2025-05-04 01:00", "2025-05-03")
    ]

    assert ["2025-05-03/2025-05-04", "2025-05-03T14:30:00Z"] == [
        event.content["occurred"] for event, _ in rows
    ]


@pytest.mark.parametrize(
    ("mapping", "when", "words"),
    [
        (EVENTS, "2025-05-03 14:30", "times = '+02:00'"),
        (EVENTS, "03/05/2025 14:30", "date_format = 'day-first'"),
        (EVENTS, "2025-05-03 25:00", "not a date such as"),
        (COUNTS, "2025-05-03T14:30:00Z", "a count is of a day, not of a time"),
        (COUNTS, "2025-05-03 14:30", "times = 'ignore'"),
    ],
)
def test_a_time_that_cannot_be_read_says_what_would_help(mapping, when, words):
    """In the mapping, where that mends it."""
    (reject,) = read(mapping, when)

    assert isinstance(reject, Reject)
    assert words in reject.reason


def test_times_of_counts_may_be_ignored():
    """The day is taken."""
    (count,) = read(COUNTS, "2025-05-03 14:30", 'times = "ignore"')

    assert isinstance(count, Draft)
    assert "2025-05-03" == count.content["as_of"]


def test_an_offset_that_is_none_is_refused_in_the_mapping():
    """Not row by row."""
    with pytest.raises(Malformed, match="neither 'ignore' nor an offset"):
        read(EVENTS, "2025-05-03", 'times = "Kyiv"')


@given(day=st.dates().filter(lambda day: 1000 <= day.year < 2999))
def test_a_day_is_the_same_in_every_form(day):
    """With the name of the month, before or behind the day, and without separators."""
    forms = ["%Y-%m-%d", "%Y%m%d", "%d %B %Y", "%B %d, %Y", "%b %d %Y", "%b. %d, %Y", "%Y/%m/%d"]
    year = f"{day.year:04}"

    assert {day} == {parse_day(day.strftime(form.replace("%Y", year))) for form in forms}
    months = ["%B %Y", "%b %Y", "%m/%Y", "%m.%Y"]
    assert {f"{year}-{day.month:02}"} == {
        parse_month(day.strftime(form.replace("%Y", year))) for form in months
    }


@pytest.mark.parametrize("text", ["13.2025", "Mai 2025", "0.2025", "20251340", "May 32, 2025", "2025 May"])
def test_what_names_no_day_and_no_month_is_none(text):
    """It is never guessed."""
    assert (None, None) == (parse_day(text), parse_month(text))


def test_a_file_without_ends_takes_none_away_by_a_time():
    """A time within the days that are recorded says nothing new of how long it lasted."""
    before = {"type": "engagement", "occurred": "2025-05-03/2025-05-04"}
    after = {"type": "engagement", "occurred": "2025-05-03T14:30:00Z"}

    assert before == keep_absent(before, after, Absence(is_date_precision=True))
