"""What stands around a table in a spreadsheet, and headers that are written for people."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timeline.domain.errors import Malformed
from timeline.formats.cells import parse_coordinates
from timeline.formats.csv_rows import read_named_rows
from timeline.formats.drafts import Draft, RowFault
from timeline.formats.mapping_reader import read_mapping
from timeline.formats.table import read_table
from timeline.formats.table_figures import NumberStyle, read_figure

NAMES = ("day", "place", "dead")
ROWS = [["2024-02-01", "Hill", "3"], ["2024-02-02", "", "4"]]
TITLE = st.lists(
    st.sampled_from(["Register of incidents", "Updated", "day", "2024", ""]), max_size=2, unique=True
)
PATTERN = """
dataset = "losses"
date = "day"
claimant = "staff"
[[counts]]
name = "people"
type = "casualty_estimate"
columns = '(?P<subject>.+): (?P<measure>.+)'
"""


@given(titles=st.lists(TITLE, max_size=4), delimiter=st.sampled_from(",;\t|"), widened=st.booleans())
def test_a_title_above_the_header_row_is_no_part_of_the_table(titles, delimiter, widened):
    """With or without the empty cells that a spreadsheet adds to it; lines keep their numbers."""
    width = len(NAMES) if widened else 0
    lines = [delimiter.join(row + [""] * (width - len(row))) for row in [*titles, list(NAMES), *ROWS]]
    file = io.BytesIO("".join(f"{line}\n" for line in lines).encode())

    rows = list(read_named_rows(file, NAMES, 0))

    cells = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
    assert [(len(titles) + 2, cells[0]), (len(titles) + 3, cells[1])] == [row[:2] for row in rows]


def test_rows_of_values_are_no_title():
    """A file whose header row has other names is not read from a later line."""
    file = io.BytesIO(b"a,b,c\n1,2,3\nday,place,dead\n")

    assert [{"a": "1", "b": "2", "c": "3"}, {"a": "day", "b": "place", "c": "dead"}] == [
        row[1] for row in read_named_rows(file, NAMES, 0)
    ]


@given(number=st.decimals(-90, 90, places=4))
def test_degrees_are_written_with_a_point_or_a_comma(number):
    """Nobody separates thousands of degrees."""
    text = f"{number:f}"

    assert parse_coordinates(text, text) == parse_coordinates(text.replace(".", ","), text)
    assert float(number) == parse_coordinates(text.replace(".", ","), "")["latitude"]


def read(header: str) -> list[dict[str, str]]:
    """The terms of the counts that a header is read as."""
    table = io.BytesIO(f"day,{header}\n2024-02-01,5\n".encode())
    drafts = [row for row in read_table(table, read_mapping(PATTERN)) if isinstance(row, Draft)]
    return [{name: draft.content[name] for name in ("subject", "measure")} for draft in drafts]


@pytest.mark.parametrize(
    ("header", "subject", "measure"),
    [
        ("north-army: killed", "north-army", "killed"),
        ("North Army: Killed", "north-army", "killed"),
        ("north_army: Killed or wounded", "north-army", "killed_or_wounded"),
    ],
)
def test_a_header_for_people_gives_the_words_of_the_vocabulary(header, subject, measure):
    """Capitals and blanks do not count."""
    assert [{"subject": subject, "measure": measure}] == read(header)


@given(
    titles=st.lists(st.sampled_from(["Losses", "Losses;as of today", "", "2024;"]), max_size=3),
    separator=st.booleans(),
    columns=st.sets(st.sampled_from(["North: Killed", "South: Killed", "north: wounded"]), min_size=1),
)
def test_a_title_is_none_of_the_table_where_a_pattern_matches_the_counts(titles, separator, columns):
    """The date alone is known by name; Excel's line is no title."""
    rows = [*titles, ";".join(("Day", *columns)), ";".join(("2024-02-01", *("3" for _ in columns)))]
    text = "".join(f"{line}\r\n" for line in [*(["sep=;"] if separator else []), *rows])

    results = list(read_table(io.BytesIO(text.encode()), read_mapping(PATTERN)))

    drafts = [row for row in results if isinstance(row, Draft)]
    assert {separator + len(titles) + 2} == {draft.line for draft in drafts}
    assert len(columns) == len(drafts) == len(results) - 1


@pytest.mark.parametrize("delimiter", ",;|^\t")
def test_the_line_for_excel_says_what_separates_cells(delimiter):
    """Whatever separates most."""
    text = f"sep={delimiter}\na/b{delimiter}c/d\n1{delimiter}2\n"
    file = io.BytesIO(text.encode())

    assert [(3, {"a/b": "1", "c/d": "2"})] == [row[:2] for row in read_named_rows(file, (), 0)]


def test_a_title_that_is_taken_for_a_header_row_is_told():
    """With when it is passed over."""
    (reject,) = read_named_rows(io.BytesIO(b"Losses\na,b\n"), NAMES, 0)

    assert "is that a title?" in reject.reason


def test_a_header_that_gives_no_word_of_the_vocabulary_is_told_once():
    """With the words that are allowed, before a row is read."""
    with pytest.raises(Malformed, match="gives the measure 'hurt': 'hurt' is not one of killed, wounded"):
        read("North Army: Hurt")


@pytest.mark.parametrize(
    ("latitude", "longitude"), [("90.1", ""), ("", "-181"), ("5012345", ""), ("", "inf")]
)
def test_no_place_has_more_degrees_than_there_are(latitude, longitude):
    """As where a point was lost; the row is rejected once, with the cell."""
    with pytest.raises(RowFault, match=latitude or longitude):
        parse_coordinates(latitude, longitude)


@pytest.mark.parametrize("cell", ["300 (est.)", "1.3k", "150-", "several hundred"])
def test_a_cell_without_a_figure_says_what_one_may_be(cell):
    """Where the table writes qualifiers into cells; else what the mapping would have to say."""
    with pytest.raises(RowFault, match=r"such as 100\+, ~100") as caught:
        read_figure("dead", cell, NumberStyle(",", qualifiers=True))

    assert repr(cell) in str(caught.value)


@pytest.mark.parametrize("cell", ["1 250", "≈1 250", "1 250 - 1 300"])
def test_a_number_in_another_style_says_which(cell):
    """Rather than that it is none, also with words beside it."""
    with pytest.raises(RowFault, match="with thousands = ' ' in the mapping it is a number"):
        read_figure("dead", cell, NumberStyle(",", qualifiers=True))
