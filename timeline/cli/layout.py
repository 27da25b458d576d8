"""Tables that fit the terminal: lines wrap at spaces, no word is broken, columns go in an order of priority.

Where a row does not fit even without the columns that may go, each row becomes a paragraph, with a line for
each of its cells. A word that is longer than a line stands alone and whole, so that it can be copied.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from rich import box
from rich.cells import cell_len
from rich.console import (
    Console,
    ConsoleOptions,
    JustifyMethod,
    RenderableType,
    RenderResult,
)
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

GAP_COLUMNS = 2
"""The space between two columns of a table."""

PROSE_COLUMNS_MIN = 24
"""How wide a column of sentences is at least, if its words would fit into less."""

VALUE_COLUMNS_MIN = 20
INDENT = "  "

_WORDS = re.compile(r"\s*\S+\s*")


class WholeWords(Console):
    """A console that prints words whole, even where one is longer than a line.

    Rich itself either breaks such a word, or does not wrap at all.
    """

    def print(self, *objects: Any, **options: Any) -> None:
        """Print the objects; the options are those of every console."""
        wrapped = [
            Text("\n").join(_wrap(self, item, self.width)) if isinstance(item, Text) else item
            for item in objects
        ]
        super().print(*wrapped, **{"crop": False, "overflow": "ignore", **options})


class _Column(NamedTuple):
    """A column with its measures: the longest word, a width at which it reads well, and its longest line."""

    name: str
    is_number: bool
    cells: list[RenderableType]
    word: int
    need: int
    full: int


class Rows:
    """The rows of a table, to be printed by a console.

    Args:
        names: Those of the columns; a column whose name starts with # holds numbers.
        drop: The columns that may go where the width is short, the first to go first.
        title: A line above the table.
    """

    def __init__(self, names: Sequence[str], drop: Sequence[str] = (), title: str | None = None) -> None:
        self._names = names
        self._drop = drop
        self._title = title
        self._rows: list[Sequence[RenderableType]] = []
        self._sections: set[int] = set()

    def __bool__(self) -> bool:
        return bool(self._rows)

    def add_row(self, *cells: RenderableType) -> None:
        """Add a row with a cell for each column."""
        self._rows.append([Text(cell) if isinstance(cell, str) else cell for cell in cells])

    def add_section(self) -> None:
        """Draw a line below the last row."""
        self._sections.add(len(self._rows) - 1)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        columns = list(self._columns(console, options))
        yield Text()
        if self._title:
            yield from _wrap(console, Text(self._title, style="italic"), options.max_width)
        for number_dropped in range(len(self._drop) + 1):
            dropped = self._drop[:number_dropped]
            rest = [column for column in columns if column.name not in dropped]
            if widths := _widths(rest, options.max_width, words_only=number_dropped == len(self._drop)):
                yield self._table(rest, widths)
                missing = [column.name for column in columns if column.name in dropped]
                yield from _wrap(console, _remark(missing), options.max_width)
                return
        yield from self._paragraphs(console, columns, options.max_width)

    def _columns(self, console: Console, options: ConsoleOptions) -> Iterator[_Column]:
        """The columns; but for the first, those without any value are left out."""
        for index, name in enumerate(self._names):
            cells = [row[index] for row in self._rows]
            heading = Text(name.removeprefix("#"))
            measures = [_measure(cell, console, options) for cell in (heading, *cells)]
            if index and self._rows and max(measure.maximum for measure in measures[1:]) == 0:
                continue
            word = max(measure.minimum for measure in measures)
            full = max(measure.maximum for measure in measures)
            need = max(word, min(full, PROSE_COLUMNS_MIN))
            yield _Column(name, name.startswith("#"), cells, word, need, full)

    def _table(self, columns: Sequence[_Column], widths: Sequence[int]) -> Table:
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
        for column, width in zip(columns, widths, strict=True):
            justify: JustifyMethod = "right" if column.is_number else "left"
            table.add_column(column.name.removeprefix("#"), width=width, justify=justify, overflow="fold")
        for index in range(len(self._rows)):
            table.add_row(*(column.cells[index] for column in columns), end_section=index in self._sections)
        return table

    def _paragraphs(self, console: Console, columns: Sequence[_Column], width: int) -> Iterator[Text]:
        """Each row as a paragraph: the first cell on a line, below it the others with their names."""
        first, *others = columns
        label = max((cell_len(column.name.removeprefix("#")) for column in others), default=0)
        room = max(width - len(INDENT) - label - GAP_COLUMNS, VALUE_COLUMNS_MIN)
        for index in range(len(self._rows)):
            for line in _wrap(console, first.cells[index], width):
                line.stylize("bold")
                yield line
            for column in others:
                name = column.name.removeprefix("#")
                for line in _wrap(console, column.cells[index], room):
                    yield Text.assemble(INDENT, (f"{name:<{label}}", "dim"), " " * GAP_COLUMNS, line)
                    name = ""
            yield Text()


def _measure(cell: RenderableType, console: Console, options: ConsoleOptions) -> Measurement:
    """The width of a cell's longest word, and of its longest line."""
    if not isinstance(cell, Text):
        return Measurement.get(console, options, cell)
    words = [cell_len(word) for word in cell.plain.split() if not _is_breakable(word)]
    breakable = 2 if any(map(_is_breakable, cell.plain.split())) else 0
    lines = map(cell_len, cell.plain.splitlines())
    return Measurement(max(words, default=breakable), max(lines, default=0))


def _is_breakable(word: str) -> bool:
    """Whether a run without spaces is no word: scripts with wide characters have no spaces between words."""
    return cell_len(word) > len(word)


def _widths(columns: Sequence[_Column], width: int, *, words_only: bool) -> list[int] | None:
    """The widths of the columns in so much space, or None; if need be only as wide as their longest words."""
    room = width - GAP_COLUMNS * (len(columns) - 1)
    widths = [column.need for column in columns]
    if sum(widths) > room and words_only:
        widths = [column.word for column in columns]
    rest = room - sum(widths)
    if rest < 0:
        return None
    # the columns that lack least get all that they lack, so that the rest is shared by those that wrap anyway
    order = sorted(range(len(columns)), key=lambda index: columns[index].full - widths[index])
    for number, index in enumerate(order):
        more = min(columns[index].full - widths[index], rest // (len(order) - number))
        widths[index] += more
        rest -= more
    return widths


def _wrap(console: Console, cell: RenderableType, width: int) -> list[Text]:
    """The lines of a cell, wrapped at spaces; what is not text, as a bar, has none."""
    if not isinstance(cell, Text) or not cell.plain:
        return []
    return [part for line in cell.split(allow_blank=True) for part in _wrap_line(console, line, width)]


def _wrap_line(console: Console, line: Text, width: int) -> Iterable[Text]:
    if any(map(_is_breakable, line.plain.split())):
        return line.wrap(console, width, overflow="fold")
    breaks, used = [], 0
    for word in _WORDS.finditer(line.plain):
        if used and used + cell_len(word[0].rstrip()) > width:
            breaks.append(word.start())
            used = 0
        used += cell_len(word[0])
    parts = line.divide(breaks)
    for part in parts:
        part.rstrip()
    return parts


def _remark(dropped: Sequence[str]) -> Text:
    """Which columns are not shown, if any."""
    names = ", ".join(name.removeprefix("#") for name in dropped)
    return Text(f"Not shown, for want of width: {names}." if names else "", style="dim")
