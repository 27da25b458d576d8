"""Tables break no word at any width, and lose columns only in the order in which they may go."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from timeline.cli.layout import Rows, WholeWords

WORDS = st.text("abcdefgXYZ-.0123456789é", min_size=1, max_size=30)
CELLS = st.lists(WORDS, max_size=8).map(" ".join)
TABLES = st.integers(2, 7).flatmap(
    lambda columns: st.lists(st.lists(CELLS, min_size=columns, max_size=columns), min_size=1, max_size=4)
)


def lines_of(item, width):
    """What a terminal of this width would get, line by line."""
    file = io.StringIO()
    WholeWords(file=file, width=width, highlight=False, markup=False, emoji=False).print(item)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def table_of(rows, drop=()):
    """A table with columns c0, c1 and so on."""
    table = Rows([f"c{index}" for index in range(len(rows[0]))], drop)
    for row in rows:
        table.add_row(*row)
    return table


@given(rows=TABLES, width=st.integers(20, 140), number=st.integers(0, 3))
def test_no_word_is_broken(rows, width, number):
    """Every word is there whole, unless its column is dropped, which is then said; no line is too long."""
    drop = [f"c{index}" for index in range(len(rows[0]) - 1, 0, -1)][:number]
    lines = lines_of(table_of(rows, drop), width)
    printed = " ".join(lines).split()
    remark = re.search(r"Not shown, for want of width: (.*)\.", " ".join(lines))
    dropped = remark[1].split(", ") if remark else []

    with_values = [name for name in drop if any(row[int(name[1:])] for row in rows)]
    assert sorted(with_values[: len(dropped)]) == dropped
    for row in rows:
        for index, cell in enumerate(row):
            if f"c{index}" not in dropped:
                assert set(cell.split()) <= set(printed)
    for line in lines:
        assert cell_len(line) <= width or max(map(len, line.split())) > width - 20


@given(rows=TABLES)
def test_a_wide_terminal_shows_every_row_on_a_line(rows):
    """And no column is dropped."""
    lines = lines_of(table_of(rows, ["c0", "c1"]), 2_000)

    assert [" ".join(" ".join(row).split()) for row in rows] == [" ".join(line.split()) for line in lines[3:]]


def test_columns_go_in_their_order_and_prose_keeps_room():
    """A sentence is not squeezed into the width of its longest word while a column may go."""
    table = table_of(
        [["2024-02-01", "engagement", "A sentence that needs some room.", "Somebody"]], ["c1", "c3"]
    )

    assert "2024-02-01  engagement  A sentence" in " ".join(lines_of(table, 80))
    assert "Not shown, for want of width: c1." in lines_of(table, 48)
    assert "Not shown, for want of width: c1, c3." in lines_of(table, 40)


def test_rows_that_do_not_fit_become_paragraphs():
    """The first cell stands alone, so that it can be copied whole; the others follow with their names."""
    series = "casualties.killed_or_wounded.north-korean-troops-in-russia.military.cumulative"
    table = Rows(["series", "claims", "agreement"])
    table.add_row(series, "one: 1\ntwo: at least 1,100 as one says", "compatible")

    assert [
        "",
        series,
        "  claims     one: 1",
        "             two: at least 1,100",
        "             as one says",
        "  agreement  compatible",
        "",
    ] == lines_of(table, 34)


def test_scripts_without_spaces_wrap_anywhere():
    """A sentence of them is no word; nothing of it is lost."""
    sentence = "乌克兰说他们抓获了一名朝鲜士兵并且他受了伤" * 3
    lines = lines_of(table_of([["2024", sentence]]), 40)

    assert max(map(cell_len, lines)) <= 40
    assert sentence in "".join("".join(line.split()[-1:]) for line in lines[3:])


@pytest.mark.parametrize("width", [20, 34, 80])
def test_lines_beside_tables_wrap_at_spaces_too(width):
    """As the address of a series in a sentence."""
    word = "casualties.captured.north-korean-troops.all.incident"
    lines = lines_of(Text(f"figure: 1, in the series {word} and others"), width)

    assert word in " ".join(lines).split()
    assert all(len(line) <= width or line == word for line in lines)
