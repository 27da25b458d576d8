import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.acled_rows import acled_file
from tests.formats.ged import ROW, ged_file
from timeline.domain.errors import Malformed
from timeline.formats.acled import read_acled
from timeline.formats.data_rows import DataColumns, DataRow, read_data_rows
from timeline.formats.drafts import Draft, Reject, validate_draft
from timeline.formats.ucdp_columns import LAYOUT_49
from timeline.formats.ucdp_ged import read_ucdp_ged

COLUMNS = DataColumns(("a", "b", "c"), ("a",))


def read(data):
    """The rows with the columns a, b and c, of which the file needs only the first."""
    return list(read_data_rows(io.BytesIO(data), COLUMNS))


@pytest.mark.parametrize(
    "data",
    [
        b"a,b\n1,2\n",
        b"\xef\xbb\xbfa,b\r\n1,2",
        b"b;A \n2;1\n",
        b"a\tb\n1\t2\n\n",
        b"b|a\n2|1\n",
        b'"a","b"\n"1","2"\n',
        b"a,b,,\n1,2,,\n",
        b"a,b\n1,2,\n",
        b",a,b\n0,1,2\n",
        b"Unnamed: 0,a,b\n0,1,2\n",
        b"a,b\n#x,#y\n1,2\n",
        b"a,b\n,\n 1 , 2 \n",
        b'[{"a": 1, "B": "2"}]',
        b'{"success": true, "data": [{"a": 1, "b": 2}]}',
    ],
    ids=str,
)
def test_cells_are_bound_by_name_whatever_stands_around_them(data):
    """Delimiters, marks, empty columns and rows, an index, hashtags; what the file lacks is absent."""
    (row,) = read(data)

    assert (["1", "2", ""], {"c"}) == (row.cells, row.absent)


def test_a_row_keeps_its_line_and_its_text():
    """Blank lines count as lines, and are not rows."""
    rows = read(b'\n,\na,b\n"1\n",2\n\n3,4\n')

    absent = frozenset("c")
    assert [
        DataRow(4, ["1", "2", ""], '"1\n",2', absent),
        DataRow(7, ["3", "4", ""], "3,4", absent),
    ] == rows


def test_pages_of_an_api_follow_one_another():
    """As somebody saves them, one after the other."""
    rows = read(b'{"count": 1, "data": [{"a": 1}]}\n{"data": []}\n{"data": [{"a": 2}, {"a": 3}]}')

    assert [(1, "1"), (3, "2"), (3, "3")] == [(row.line, row.cells[0]) for row in rows]


def test_all_columns_that_are_missing_are_named_at_once():
    """Whoever mends the file mends it once."""
    with pytest.raises(Malformed, match="`a`, `b`") as refused:
        list(read_data_rows(io.BytesIO(b"c\n1\n"), DataColumns(("a", "b", "c"), ("a", "b"))))

    assert "a" == refused.value.path


def test_a_row_with_a_cell_that_is_too_large_is_rejected():
    """An unclosed quote that takes in the file ends before it fills the memory."""
    reject, row = read(b'a,b\n1,"' + b"x" * 200_000 + b"\n3,4\n")

    assert isinstance(reject, Reject)
    assert (3, ["3", "4", ""]) == (row.line, row.cells)


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=80),
            st.lists(
                st.one_of(
                    st.sampled_from([*ROW.values(), "NA", '"', "-1", "1e9", "\0"]), st.text(max_size=5)
                ),
                min_size=49,
                max_size=49,
            ).map(lambda cells: ",".join(cells).encode()),
        ),
        max_size=5,
    )
)
def test_nothing_below_a_header_breaks_a_reader(lines):
    """Whatever the rows are, each is an event or a reject, and the reader goes on to the end."""
    body = b"\n".join(lines)
    for reader, header in ((read_ucdp_ged, ged_file()), (read_acled, acled_file())):
        for row in reader(io.BytesIO(header.read() + body)):
            assert isinstance(row, Reject) or validate_draft(row)


@given(st.dictionaries(st.sampled_from(LAYOUT_49), st.text(max_size=40), max_size=4))
def test_odd_cells_reject_at_most_their_row(cells):
    """A cell with any text makes an event, or rejects its row alone."""
    file = ged_file({"id": "1"}, {"id": "2"} | cells, {"id": "3"})

    results = [validate_draft(row) if isinstance(row, Draft) else row for row in read_ucdp_ged(file)]

    assert not isinstance(results[0], Reject)
    assert not isinstance(results[-1], Reject)


@given(st.binary(max_size=200))
def test_no_bytes_crash_a_reader(data):
    """A file of another format is refused as a whole."""
    for reader in (read_ucdp_ged, read_acled):
        with pytest.raises(Malformed):
            list(reader(io.BytesIO(data)))
