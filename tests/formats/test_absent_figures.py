"""Figures in several columns, where an edition lacks some of these."""

import io
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.profiles import examples
from timeline.domain.errors import Malformed
from timeline.domain.events import Correction, Retraction
from timeline.formats.drafts import Draft, Reject
from timeline.formats.edition_rows import CurrentRow, row_members
from timeline.formats.editions import Edition
from timeline.formats.mapping_reader import read_mapping
from timeline.formats.table import read_table

COUNTS = """
dataset = "tolls"
date = "day"
claimant = "monitor"
qualifiers = true
[[counts]]
name = "dead"
type = "casualty_estimate"
measure = "killed"
subject = "people"
column = "number"
low = "low"
best = "best"
high = "high"
qualifier = { column = "how", otherwise = "exact" }
"""
EVENTS = """
dataset = "tolls"
date = "day"
claimant = "monitor"
qualifiers = true
[event]
type = "engagement"
key = ["day"]
summary = "A raid"
[event.figures.killed]
column = "number"
low = "low"
best = "best"
high = "high"
qualifier = { column = "how", otherwise = "exact" }
"""
COLUMNS = ("number", "low", "best", "high")
LACKED = [lacked for count in range(1, 5) for lacked in combinations((*COLUMNS, "how"), count)]
CELLS = st.fixed_dictionaries(
    {
        "number": st.sampled_from(["", "", "7", "7+", "10-20", "dozens"]),
        **dict.fromkeys(COLUMNS[1:], st.sampled_from(["", "4", "9"])),
        "how": st.sampled_from(["", "about"]),
    }
).filter(lambda cells: cells["number"] or not cells["how"])
"""Rows as they may be; a word such as "about" needs a number that it is said of."""
ROWS = st.lists(CELLS, min_size=1, max_size=4)


def edit(mapping: str, standing: dict[Any, CurrentRow], rows: list[dict[str, str]], lacked=()) -> list[Any]:
    """What an edition of rows that lacks some columns posts, retractions among them."""
    names = [name for name in ("day", *COLUMNS, "how") if name not in lacked]
    lines = [
        ",".join({**row, "day": f"2024-02-{day:02}"}[name] for name in names)
        for day, row in enumerate(rows, 1)
    ]
    table = io.BytesIO("\n".join((",".join(names), *lines, "")).encode())
    edition = Edition("tolls", standing)
    events: list[Any] = []
    if mapping == COUNTS and set(COLUMNS) <= set(lacked):
        with pytest.raises(Malformed, match="lacks all columns of counts"):
            list(read_table(table, read_mapping(mapping)))
        return events
    for row in read_table(table, read_mapping(mapping)):
        match row:
            case Draft():
                result = edition.take(row)
                assert not isinstance(result, Reject), result
                events += result
            case Reject():
                raise AssertionError(row)
            case _:
                events += edition.pass_over(row)
    return events + edition.retract_missing()


def figures(standing: dict[Any, CurrentRow]) -> list[dict[str, Any]]:
    """The figures that stand, by their days."""
    rows = [row_members(row.content) for row in standing.values() if not row.retracted]
    pairs = [(row["occurred"], row.get("figure") or row.get("killed")) for row in rows]
    return [figure for _, figure in sorted(pairs, key=lambda pair: pair[0]) if figure]


@pytest.mark.parametrize("lacked", LACKED)
@pytest.mark.parametrize("mapping", [COUNTS, EVENTS], ids=["counts", "events"])
@given(rows=ROWS)
@examples(6)
def test_no_column_that_went_retracts_or_corrects_anything(mapping, lacked, rows):
    """Whichever of the columns of a figure goes, and whatever stood in it alone."""
    standing: dict[Any, CurrentRow] = {}
    edit(mapping, standing, rows)

    assert [] == edit(mapping, standing, rows, lacked)


@given(rows=ROWS, later=ROWS, lacked=st.sampled_from(LACKED))
@examples(60)
def test_what_an_edition_says_in_the_columns_that_it_has_is_taken(rows, later, lacked):
    """The numbers in them are as they are now, blank ones gone; the others stay."""
    rows, later = ([{**row, "number": "", "how": ""} for row in rows] for rows in (rows, later))
    later = [*later, *[dict.fromkeys((*COLUMNS, "how"), "")] * 4][: len(rows)]
    merged = [
        {name: (before if name in lacked else after)[name] for name in before}
        for before, after in zip(rows, later, strict=True)
    ]
    expected: dict[Any, CurrentRow] = {}
    edit(COUNTS, expected, merged)
    standing: dict[Any, CurrentRow] = {}
    edit(COUNTS, standing, rows)

    edit(COUNTS, standing, later, lacked)

    # a row of which nothing was recorded has no number in a column that the file lacks
    stand = [figure for figure in figures(standing) if figure]
    assert figures(expected) == stand or set(COLUMNS[1:]) <= set(lacked)


def test_a_number_that_went_blank_goes_beside_a_column_that_is_lacking():
    """A count of which nothing is left is retracted."""
    standing: dict[Any, CurrentRow] = {}
    blank = dict.fromkeys((*COLUMNS, "how"), "")
    edit(COUNTS, standing, [{**blank, "low": "4", "best": "5", "high": "9"}, {**blank, "low": "4"}])

    correction, retraction = edit(COUNTS, standing, [blank, blank], ["best"])

    assert isinstance(correction, Correction)
    assert {"figure": {"qualifier": "vague", "low": None, "high": None}} == {
        name: value for name, value in correction.changes.items() if name == "figure"
    }
    assert isinstance(retraction, Retraction)


@pytest.mark.parametrize("mapping", [COUNTS, EVENTS])
def test_a_reader_names_the_numbers_that_a_file_lacks(mapping):
    """By which `--require-columns` refuses it."""
    (draft,) = [
        row
        for row in read_table(io.BytesIO(b"day,low\n2024-02-01,4\n"), read_mapping(mapping))
        if isinstance(row, Draft)
    ]

    (figure,) = draft.absent.figures
    assert ["value", "best", "high", "qualifier"] == [path.rpartition(".")[2] for path in figure.paths]
