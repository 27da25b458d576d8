import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timeline.domain.errors import Malformed
from timeline.formats.drafts import Reject
from timeline.formats.json_rows import parse_json_rows
from timeline.formats.table_rows import TableRow, read_table_rows


def read(text: str | bytes) -> list[TableRow | Reject]:
    """The rows of a file."""
    return list(read_table_rows(io.BytesIO(text.encode() if isinstance(text, str) else text)))


CELLS = st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(), max_size=4)


@given(st.lists(CELLS, max_size=5), st.sampled_from([None, 0, 2]))
def test_rows_of_json_come_in_as_any_reader_has_them(rows, indent):
    """However they are laid out; each with its line, and its text."""
    text = json.dumps(rows, indent=indent, ensure_ascii=False)

    actual = read(text.encode("utf-8", "surrogatepass")) if text.isprintable() else read(text)

    assert rows == [row.cells for row in actual]
    assert rows == [json.loads(row.text) for row in actual]
    assert all("\n" not in row.text for row in actual)
    lines = text.splitlines() if indent is None else text.split("\n")
    assert all(lines[row.line - 1].lstrip("[ ").startswith("{") for row in actual)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[{"a": 1},]', "line 1, column 10"),
        ('[{"a": 1,}]', "line 1, column 9"),
        ('[{"a": [1,\n]}]', "line 1, column 10"),
        ('[\n {"a": NaN}]', "line 2, column 8"),
        ('[{"a": "NaN", "b": -Infinity}]', "line 1, column 20"),
        ('[{"a": 1} {"a": 2}]', "line 1, column 11"),
        ('[{"a": 1}] []', "line 1, column 12"),
        ('[{"a": 1}', "line 1, column 10"),
        ('[{"a": 1},\n  5]', "line 2, column 3"),
        ('{"rows": [{"a": 1}]}', "line 1, column 1"),
        ('{"data": [{"a": 1}], "data": []}', "line 1, column 22"),
        ('{"data": [{"a": 1}], "x": {"y": 1, "y": 1}}', "line 1, column 27"),
        ('{"data": [{"a": 1}]', "line 1, column 20"),
        ('{"data": [{"a": 1}],}', "line 1, column 21"),
        ('{"data" [{"a": 1}]}', "line 1, column 9"),
        ('{"data": [{"a": 1}]} [{"a": 1}]', "line 1, column 22"),
        ('\n\n{"data": 5}', "line 3, column 1"),
        ("[{'a': 1}]", "line 1, column 3"),
        ('[{"a": 01}]', "line 1, column 9"),
        ('[{"a": "\t"}]', "line 1, column 9"),
        ('[{"a": ' + "[" * 100_000, "line 1, column 2"),
        ("a,a\n", "line 1, cell 2"),
        ('\n"a"b,c\n', "line 2"),
        (b"a,\xff\n1,2\n", "line 1"),
        (b'[{"a": 1},\n{"a": "\xff"}]', "line 2, column 8"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(text, place):
    """In the message and beside it."""
    with pytest.raises(Malformed) as refused:
        read(text)

    assert place == refused.value.path
    assert refused.value.message.startswith(f"{place}: ")


def test_an_object_around_the_list_is_refused_with_the_place_of_the_list():
    """Where the list itself is, and how a mapping reads it."""
    with pytest.raises(Malformed, match='its member "rows" at line 2, column 10 is a list'):
        read('{\n "rows": [{"a": 1}]}')


def test_a_member_that_appears_twice_is_rejected():
    """Other readers would silently take the last."""
    first, second = read('[{"a": 1, "a": 2},\n{"a": 3}]')

    assert isinstance(first, Reject)
    assert (1, "a", '{"a": 1, "a": 2}') == (first.line, first.path, first.row)
    assert {"a": 3} == second.cells


def test_a_csv_row_of_another_length_is_rejected():
    """It is unclear which cell belongs to which column."""
    few, many, right = read("a,b\n1\n1,2,3\n1,2\n")

    assert [(2, "1"), (3, "1,2,3")] == [(reject.line, reject.row) for reject in (few, many)]
    assert (4, {"a": "1", "b": "2"}) == (right.line, right.cells)


@pytest.mark.parametrize("broken", [b'1,"2"3', b"1,\xff"])
def test_a_csv_row_that_cannot_be_parsed_is_rejected_as_it_came(broken):
    """And the next one is read."""
    first, second = read(b"a,b\n%b\n3,4\n" % broken)

    assert (2, broken.decode(errors="backslashreplace")) == (first.line, first.row)
    assert (3, {"a": "3", "b": "4"}) == (second.line, second.cells)


def test_a_row_that_does_not_end_is_rejected_with_all_that_follows():
    """An open quotation mark takes in the rest of the file, and the reject holds that text."""
    (rejected,) = read('a,b\n1,"2\n3,4\n')

    assert (2, '1,"2\n3,4') == (rejected.line, rejected.row)


def test_cells_may_hold_commas_quotes_and_line_breaks():
    """A row's line is that on which it begins."""
    first, second = read('a,b\n"1\n2","say ""x"", y"\n3,4\n')

    assert (2, {"a": "1\n2", "b": 'say "x", y'}) == (first.line, first.cells)
    assert 4 == second.line


def test_lines_are_counted_from_the_top_of_the_file():
    """Blank ones too."""
    assert [5] == [row.line for row in read("\n\na,b\n\n1,2\n")]
    assert [4] == [row.line for row in read('\n\n[\n{"a": 1}]')]


def test_a_column_without_a_name_may_be_an_index_or_empty():
    """As data frames write them; any other value would be lost."""
    rows = read(",a,,b,\n0,1,,2,\n7.0,3,,4,\nx,5,,6,\n8,7,y,8,\n")

    assert [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}] == [row.cells for row in rows[:2]]
    assert [4, 5] == [reject.line for reject in rows[2:]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_that_by_which_the_names_are_found(delimiter):
    """A name may hold another delimiter, and more often."""
    others = ",;\t|".replace(delimiter, "")
    name = others.join("abcd")
    text = f'"{name}"{delimiter}n\n1{delimiter}2\n'

    (row,) = read_table_rows(io.BytesIO(text.encode()), (name, "n"))

    assert {name: "1", "n": "2"} == row.cells


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_lines_end_as_in_any_program(end):
    """With a carriage return alone too; one within quotes is a part of the cell."""
    text = 'day,note,n\n2024-01-01,"a\rb",8\n2024-01-02,,9\n'.replace("\n", end)

    rows = list(read_table_rows(io.BytesIO(text.encode())))

    assert [
        {"day": "2024-01-01", "note": "a\rb", "n": "8"},
        {"day": "2024-01-02", "note": "", "n": "9"},
    ] == [row.cells for row in rows]


PAGE = '{"success": true, "count": 1, "data": [%s]}'
ROWS = [{"day": "2024-01-01", "n": 8}, {"day": "2024-01-02", "n": None}]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(map(json.dumps, ROWS)),
        " ".join(json.dumps(row, indent=1) for row in ROWS),
        "\n".join(PAGE % json.dumps(row) for row in ROWS),
        f"[{','.join(PAGE % json.dumps(row) for row in ROWS)}]",
    ],
    ids=["lines", "objects", "pages", "list of pages"],
)
def test_rows_of_json_may_stand_on_lines_or_on_pages(text):
    """One after the other, or in a list."""
    assert ROWS == [row.cells for row in read_table_rows(io.BytesIO(text.encode()))]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"data": {"2024-01-01": {"n": 8}}}', "expected a list of objects, or an object with such a list"),
        ('{"n": 1, "items": [{"n": 8}]}', 'its member "items" at line 1, column 19 is a list: a mapping'),
        ('[{"data": [{"n": 8}]}, {"n": 9}]', "expected a page with a list of rows"),
        ('[{"data": [{"n": 8}]}, {"data": [{"n": 8, "n": 9}]}]', "expected a page with a list of rows"),
    ],
)
def test_objects_that_are_neither_rows_nor_pages_are_refused(text, words):
    """Nobody knows what they hold."""
    with pytest.raises(Malformed, match=words):
        list(read_table_rows(io.BytesIO(text.encode())))


ROW = {"event_id_cnty": "X1", "event_type": "Foo"}


@pytest.mark.parametrize(
    ("file", "places"),
    [
        ([ROW, ROW], ["1, [0]", "1, [1]"]),
        ({"data": [ROW, ROW]}, ["1, data[0]", "1, data[1]"]),
        ([{"data": [ROW]}, {"data": [ROW, ROW]}], ["1, [0], row 0", "1, [1], row 0", "1, [1], row 1"]),
        ([ROW], ["1"]),
    ],
)
def test_a_row_of_a_line_with_others_has_its_place_in_the_list(file, places):
    """So that a fault among thousands of rows of an API's answer can be found; a line stays a number."""
    rows = parse_json_rows(json.dumps(file).encode())

    assert places == [str(row.line) for row in rows]
    assert {1} == {row.line for row in rows}


def test_rows_on_lines_of_their_own_are_told_by_these():
    """Also in a list, but for those that share one."""
    text = '{"data": [\n{"a": 1},\n{"a": 2}, {"a": 3, "a": 3}\n]}'

    assert ["2", "3, data[1]", "3, data[2]"] == [str(row.line) for row in parse_json_rows(text.encode())]
