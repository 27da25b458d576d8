"""Entries and claims as Apache Parquet, with typed columns, by pyarrow: the optional dependency `parquet`.

The columns are those of `columns`. Rows are gathered into row groups and leave as soon as one is full: a file
of any length is written in the memory of a row group.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from timeline.domain.errors import NotInstalled
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

if TYPE_CHECKING:
    import pyarrow as pa

MEDIA_TYPE = "application/vnd.apache.parquet"
ROW_GROUP_ROWS = 10_000


class _Parquet(Generic[RowT]):
    """Writes the lines of a table."""

    media_type: ClassVar[str] = MEDIA_TYPE
    extension: ClassVar[str] = "parquet"
    _table: TableLayout[RowT]

    def __init__(self) -> None:
        """Find pyarrow.

        Raises:
            NotInstalled: it is not there.
        """
        self._arrow = _pyarrow()
        self._sink = _Sink()
        self._waiting: list[pa.RecordBatch] = []
        self._head: DocumentHead

    def begin(self, head: DocumentHead) -> bytes:
        """The file's signature; what the document is about is kept with the schema."""
        self._head = head
        from pyarrow.parquet import ParquetWriter  # noqa: PLC0415 - an optional dependency, and a slow import

        about = {"timeline": head.timeline, "position": str(head.position), "url": head.url}
        types = _types(self._arrow)
        fields = [(column.name, types[column.kind]) for column in self._table.columns]
        self._schema = self._arrow.schema(fields, metadata={f"timeline.{n}": v for n, v in about.items()})
        self._writer = ParquetWriter(self._sink, self._schema, compression="zstd")
        return self._sink.taken()

    def end(self) -> bytes:
        """The last row group, and the file's index."""
        self._write()
        self._writer.close()
        return self._sink.taken()

    def _take(self, lines: Sequence[RowT]) -> bytes:
        arrays = [
            self._arrow.array([column.value(line) for line in lines], field.type)
            for column, field in zip(self._table.columns, self._schema, strict=True)
        ]
        self._waiting.append(self._arrow.RecordBatch.from_arrays(arrays, schema=self._schema))
        if sum(batch.num_rows for batch in self._waiting) >= ROW_GROUP_ROWS:
            self._write()
        return self._sink.taken()

    def _write(self) -> None:
        if self._waiting:
            table = self._arrow.Table.from_batches(self._waiting, self._schema)
            self._writer.write_table(table, row_group_size=max(1, table.num_rows))
            self._waiting = []


class EntriesParquet(_Parquet[EntryTableRow]):
    """A row an entry."""

    _table = ENTRIES

    def entries(self, page: Page[bytes, object]) -> bytes:
        """The row groups that the page's rows make full."""
        return self._take(entry_table_rows(self._head, page))


class ClaimsParquet(_Parquet[ClaimTableRow]):
    """A row a claim."""

    _table = CLAIMS

    def claims(self, page: Page[SeriesDocument, object]) -> bytes:
        """The row groups that the page's rows make full."""
        return self._take(claim_table_rows(self._head, page))


class _Sink(BytesIO):
    """What was written and has not left yet; it is told its place in the whole file, as an index needs it."""

    def __init__(self) -> None:
        super().__init__()
        self._left = 0

    def taken(self) -> bytes:
        """What was written since the last time."""
        written = self.getvalue()
        self._left += len(written)
        self.seek(0)
        self.truncate()
        return written

    def tell(self) -> int:
        return self._left + super().tell()


def _pyarrow() -> Any:
    try:
        import pyarrow as pa  # noqa: PLC0415 - an optional dependency, and a slow import
    except ImportError as error:
        raise NotInstalled(
            "parquet needs pyarrow, which is not installed with this service;"
            " `pip install 'conflict-timeline[parquet]'` adds it"
        ) from error
    return pa


def _types(arrow: Any) -> "dict[CellKind, pa.DataType]":
    text, texts = arrow.string(), arrow.list_(arrow.string())
    return {
        "code": text,
        "text": text,
        "time": arrow.timestamp("us", tz="UTC"),
        "whole": arrow.int64(),
        "real": arrow.float64(),
        "flag": arrow.bool_(),
        "codes": texts,
        "texts": texts,
        "addresses": texts,
    }
