"""CSV (RFC 4180): writes entries and claims in UTF-8 without a byte order mark, with a header row and CRLF.

The columns are those of `columns`. In a list, codes are joined by `;`, addresses by a space, and names by
`;`, with each `;` in a name replaced by a comma.

A spreadsheet runs a cell as a formula if it begins with `=`, `+`, `-`, `@`, a tab or a line break, and
anybody who can post could write one. A free text that begins so gets an apostrophe in front, which marks text
in a spreadsheet; so does a text with apostrophes before such a sign. To get the text as it was recorded,
remove one apostrophe from cells in which apostrophes are followed by one of these signs, or use another
format: only spreadsheets need this. Numbers, dates, codes and addresses cannot be formulas and are written as
they are.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from io import StringIO
from typing import Any, ClassVar, Generic

from timeline.formats.columns import (
    CLAIMS,
    ENTRIES,
    CellKind,
    ClaimTableRow,
    EntryTableRow,
    TableLayout,
    TableRowT,
    claim_table_rows,
    entry_table_rows,
)
from timeline.formats.writers import DocumentHead
from timeline.views.documents import Page, SeriesDocument

MEDIA_TYPE = "text/csv; header=present"

# Spreadsheets in Chinese or Japanese read the full-width signs as formulas too.
_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


class TableCsv(Generic[TableRowT]):
    """Writes the rows of a table; a subclass names the table."""

    media_type: ClassVar[str] = MEDIA_TYPE
    extension: ClassVar[str] = "csv"
    _table: TableLayout[TableRowT]

    def __init__(self, *, hxl: bool = False) -> None:
        self._hxl = hxl
        self._head: DocumentHead

    def begin(self, head: DocumentHead) -> bytes:
        """The header row, and below it on request the row of hashtags."""
        self._head = head
        rows = [[column.name for column in self._table.columns]]
        if self._hxl:
            rows.append([column.hashtag for column in self._table.columns])
        return _write_rows(rows)

    def end(self) -> bytes:
        """No bytes."""
        return b""

    def _rows(self, rows: Sequence[TableRowT]) -> bytes:
        cells = [(_CELLS.get(column.kind), column.value) for column in self._table.columns]
        return _write_rows(
            [cell(value(row)) if cell else value(row) for cell, value in cells] for row in rows
        )


class EntriesCsv(TableCsv[EntryTableRow]):
    """A row for each entry."""

    _table = ENTRIES

    def entries(self, page: Page[bytes, object]) -> bytes:
        """The rows of a page."""
        return self._rows(entry_table_rows(self._head, page))


class ClaimsCsv(TableCsv[ClaimTableRow]):
    """A row for each claim."""

    _table = CLAIMS

    def claims(self, page: Page[SeriesDocument, object]) -> bytes:
        """The rows of a page."""
        return self._rows(claim_table_rows(self._head, page))


def _write_rows(rows: Iterable[Sequence[Any]]) -> bytes:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def escape_formula(text: str | None) -> str | None:
    """The text with an apostrophe in front, if a spreadsheet would run it as a formula."""
    return f"'{text}" if text is not None and _FORMULA.match(text) else text


def _time(value: datetime | None) -> str | None:
    """In one form whatever the time is, so that a column sorts and parses as one."""
    if value is None:
        return None
    utc = value if value.tzinfo is UTC else value.astimezone(UTC)
    return utc.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


_CELLS: dict[CellKind, Any] = {
    "text": escape_formula,
    "time": _time,
    "flag": lambda value: "true" if value else "false",
    "codes": ";".join,
    "texts": lambda values: escape_formula(";".join(value.replace(";", ",") for value in values)),
    "addresses": " ".join,
}
"""A function from value to cell for each kind; values of other kinds are cells as they are."""
