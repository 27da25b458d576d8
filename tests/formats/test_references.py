"""Rows that name each other, and rows that cannot be read: what belongs together stays together."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timeline.domain.events import Retraction
from timeline.formats.drafts import Draft, Reject, event_id
from timeline.formats.edition_rows import CurrentRow
from timeline.formats.editions import Edition
from timeline.formats.mapping_reader import read_mapping
from timeline.formats.table import read_table

RAIDS = """
dataset = "raids"
date = "day"
claimant = "monitor"
basis = "incident"
qualifiers = true
[place]
latitude = { column = "lat" }
longitude = { column = "lon" }
precision = { column = "how", values = { near = "near" } }
[event]
type = "engagement"
key = ["id"]
summary = "Raid {id}"
until = "last"
[event.members]
attackers = { column = "by", slug = true }
method = { column = "kind", values = { raid = "raid" } }
[[counts]]
name = "dead"
type = "casualty_estimate"
measure = "killed"
subject = "army"
column = "dead"
[[counts]]
name = "hurt"
type = "casualty_estimate"
measure = "wounded"
subject = { column = "side", slug = true }
column = "hurt"
"""
WORDS = """
dataset = "words"
date = "day"
[event]
type = "official_statement"
key = ["no"]
summary = "Words {no}"
[event.members]
speaker = "monitor"
stance = "announces"
[event.links.about]
dataset = "raids"
key = [{ column = "raids", split = "," }]
"""
COLUMNS = ("id", "day", "last", "lat", "lon", "how", "by", "kind", "dead", "side", "hurt")
ROWS = [
    dict(zip(COLUMNS, (str(number), *rest), strict=True))
    for number, rest in enumerate(
        [("2024-02-03", "2024-02-04", "50.5", "30.5", "near", "militia", "raid", "3", "army", "~4")] * 30
    )
]
SPOILT = st.sampled_from(["?", "8 May 25", "2024-02-01", "hamlet", "999", "", "7ish", "…", "-1"])


def table(rows: list[dict[str, str]]) -> str:
    """The rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def edit(
    mapping: str, standing: dict[Any, CurrentRow], text: str, others: set[Any] | None = None
) -> tuple[list[Any], list[Reject]]:
    """The events that an edition posts, and the rows that it rejects."""
    read = read_mapping(mapping)
    edition = Edition(read.dataset, standing, others=others)
    events: list[Any] = []
    rejects: list[Reject] = []
    for row in read_table(io.BytesIO(text.encode()), read):
        match row:
            case Draft():
                result = edition.take(row)
            case Reject():
                result = edition.reject(row)
            case _:
                result = edition.pass_over(row)
        if isinstance(result, Reject):
            rejects.append(result)
        else:
            events += result
    return events + ([] if edition.unreadable else edition.retract_missing()), rejects


@given(number=st.integers(0, len(ROWS) - 1), column=st.sampled_from(COLUMNS[1:]), cell=SPOILT)
def test_a_row_that_cannot_be_read_loses_nothing(number, column, cell):
    """Whichever cell of it is spoilt: its event and all its counts stand as they were recorded."""
    standing: dict[Any, CurrentRow] = {}
    edit(RAIDS, standing, table(ROWS))
    rows = [dict(row) for row in ROWS]
    rows[number][column] = cell

    events, rejects = edit(RAIDS, standing, table(rows))

    gone = [event for event in events if isinstance(event, Retraction)]
    # a blank cell claims nothing any more, and a count of another side is another count
    assert not gone or not rejects


@given(spoilt=st.dictionaries(st.sampled_from(COLUMNS[1:]), SPOILT, max_size=4))
def test_no_event_names_one_that_is_not_recorded(spoilt):
    """A row that is no valid event takes its counts with it, and no other row."""
    rows = [dict(row) for row in ROWS[:3]]
    rows[1].update(spoilt)

    events, _ = edit(RAIDS, {}, table(rows))

    recorded = {event.id for event in events}
    assert {event.incident for event in events if hasattr(event, "incident")} <= recorded
    assert {event_id("raids", key) for key in ("0", "0/dead", "0/hurt/army", "2", "2/dead")} <= recorded


def test_an_event_that_is_not_valid_takes_its_counts_along():
    """Each is told, and the other rows are imported."""
    rows = [ROWS[0], ROWS[1] | {"last": "2024-01-01"}]

    events, rejects = edit(RAIDS, {}, table(rows))

    assert 3 == len(events)
    assert [
        "the interval ends before it starts: '2024-02-03/2024-01-01'",
        "what it counts the losses of was rejected",
        "what it counts the losses of was rejected",
    ] == [reject.reason for reject in rejects]


def test_a_row_that_names_an_unknown_row_is_rejected_alone():
    """With the words of the file, not with an id that nobody has seen."""
    text = 'no,day,raids\n1,2024-02-03,"0,2"\n2,2024-02-03,"0,99"\n3,2024-02-03,\n'
    others = {event_id("raids", key) for key in ("0", "1", "2")}

    events, rejects = edit(WORDS, {}, text, others)

    assert [2, 0] == [len(event.about) for event in events]
    assert [(3, "raids", "the timeline has no row '99' of the data set raids")] == [
        (reject.line, reject.path, reject.reason) for reject in rejects
    ]


@pytest.mark.parametrize("lives", [1, 2])
def test_a_row_that_came_back_is_named_by_its_new_event(lives):
    """By its own counts, and by rows of other data sets."""
    standing: dict[Any, CurrentRow] = {}
    edit(RAIDS, standing, table(ROWS))
    for _ in range(lives):
        edit(RAIDS, standing, table(ROWS[1:]))
        events, _ = edit(RAIDS, standing, table(ROWS))

    raid, *counts = events
    assert event_id("raids", "0", lives) == raid.id
    assert [raid.id, raid.id] == [count.incident for count in counts]
    (statement,), _ = edit(WORDS, {}, 'no,day,raids\n1,2024-02-03,"0,1"\n', set(standing))
    assert (raid.id, event_id("raids", "1")) == statement.about
