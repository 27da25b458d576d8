"""Entries and claims as CSV (RFC 4180): UTF-8 without a byte order mark, a header row, CRLF at each end.

The columns are those of `columns`. Of a list, codes are joined by `;`, addresses by a space, and names by `;`
with each `;` of a name turned into a comma.

A spreadsheet would run a cell as a formula that begins with `=`, `+`, `-`, `@`, a tab or a line break, and
whoever can post could put one there. Such a free text gets an apostrophe in front, by which a spreadsheet
knows text; so does one that has apostrophes before such a sign. To have the text as it was recorded, take one
apostrophe from a cell in which apostrophes are followed by one of these signs; or take another format, for
only a table of cells needs this. Numbers, dates, codes and addresses hold no formula and are left alone.
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
    RowT,
    TableLayout,
    claim_table_rows,
    entry_table_rows,
)
from timeline.formats.writers import DocumentHead
from timeline.views.documents import Page, SeriesDocument

MEDIA_TYPE = "text/csv; header=present"

# The full-width signs are signs too where the spreadsheet speaks Chinese or Japanese.
_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


class TableCsv(Generic[RowT]):
    """Writes the lines of a table; a subclass names it."""

    media_type: ClassVar[str] = MEDIA_TYPE
    extension: ClassVar[str] = "csv"
    _table: TableLayout[RowT]

    def __init__(self, *, hxl: bool = False) -> None:
        self._hxl = hxl
        self._head: DocumentHead

    def begin(self, head: DocumentHead) -> bytes:
        """The names of the columns, and their hashtags if they are wanted."""
        self._head = head
        rows = [[column.name for column in self._table.columns]]
        if self._hxl:
            rows.append([column.hashtag for column in self._table.columns])
        return _written(rows)

    def end(self) -> bytes:
        """Nothing."""
        return b""

    def _rows(self, lines: Sequence[RowT]) -> bytes:
        cells = [(_CELLS.get(column.kind), column.value) for column in self._table.columns]
        return _written(
            [cell(value(line)) if cell else value(line) for cell, value in cells] for line in lines
        )


class EntriesCsv(TableCsv[EntryTableRow]):
    """A row an entry."""

    _table = ENTRIES

    def entries(self, page: Page[bytes, object]) -> bytes:
        """The page's rows."""
        return self._rows(entry_table_rows(self._head, page))


class ClaimsCsv(TableCsv[ClaimTableRow]):
    """A row a claim."""

    _table = CLAIMS

    def claims(self, page: Page[SeriesDocument, object]) -> bytes:
        """The page's rows."""
        return self._rows(claim_table_rows(self._head, page))


def _written(rows: Iterable[Sequence[Any]]) -> bytes:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def harmless(text: str | None) -> str | None:
    """Free text that no spreadsheet takes for a formula."""
    return f"'{text}" if text is not None and _FORMULA.match(text) else text


def _time(value: datetime | None) -> str | None:
    if value is None:
        return None
    utc = value if value.tzinfo is UTC else value.astimezone(UTC)
    return utc.isoformat().removesuffix("+00:00") + "Z"


_CELLS: dict[CellKind, Any] = {
    "text": harmless,
    "time": _time,
    "flag": lambda value: "true" if value else "false",
    "codes": ";".join,
    "texts": lambda values: harmless(";".join(value.replace(";", ",") for value in values)),
    "addresses": " ".join,
}
"""How a value becomes a cell; of the kinds that are not here it is the cell."""
