"""Apache Parquet: writes entries and claims in typed columns, by pyarrow, the optional dependency `parquet`.

The columns are those of `columns`. Rows are collected into row groups, and each is sent as soon as it is
full, so that a file of any length needs the memory of one row group.
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
    TableLayout,
    TableRowT,
    claim_table_rows,
    entry_table_rows,
)
from timeline.formats.writers import DocumentHead
from timeline.views.documents import Page, SeriesDocument

if TYPE_CHECKING:
    import pyarrow as pa

MEDIA_TYPE = "application/vnd.apache.parquet"
ROW_GROUP_ROWS = 10_000


class _TableParquet(Generic[TableRowT]):
    """Writes the rows of a table; a subclass names the table."""

    media_type: ClassVar[str] = MEDIA_TYPE
    extension: ClassVar[str] = "parquet"
    _table: TableLayout[TableRowT]

    def __init__(self) -> None:
        """Import pyarrow.

        Raises:
            NotInstalled: pyarrow is not installed.
        """
        self._arrow = _import_pyarrow()
        self._sink = _Sink()
        self._pending: list[pa.RecordBatch] = []
        self._head: DocumentHead

    def begin(self, head: DocumentHead) -> bytes:
        """The file's signature; the timeline, the position and the address are metadata of the schema."""
        self._head = head
        from pyarrow.parquet import ParquetWriter  # noqa: PLC0415 - an optional dependency, and a slow import

        about = {
            "timeline": head.timeline,
            "position": str(head.position),
            "rules": str(head.rules),
            "url": head.url,
        }
        types = _types(self._arrow)
        fields = [(column.name, types[column.kind]) for column in self._table.columns]
        self._schema = self._arrow.schema(fields, metadata={f"timeline.{n}": v for n, v in about.items()})
        self._writer = ParquetWriter(self._sink, self._schema, compression="zstd")
        return self._sink.take_written()

    def end(self) -> bytes:
        """The last row group, and the file's index."""
        self._write_pending()
        self._writer.close()
        return self._sink.take_written()

    def _rows(self, rows: Sequence[TableRowT]) -> bytes:
        arrays = [
            self._arrow.array([column.value(row) for row in rows], field.type)
            for column, field in zip(self._table.columns, self._schema, strict=True)
        ]
        self._pending.append(self._arrow.RecordBatch.from_arrays(arrays, schema=self._schema))
        if sum(batch.num_rows for batch in self._pending) >= ROW_GROUP_ROWS:
            self._write_pending()
        return self._sink.take_written()

    def _write_pending(self) -> None:
        if self._pending:
            table = self._arrow.Table.from_batches(self._pending, self._schema)
            self._writer.write_table(table, row_group_size=max(1, table.num_rows))
            self._pending = []


class EntriesParquet(_TableParquet[EntryTableRow]):
    """A row for each entry."""

    _table = ENTRIES

    def entries(self, page: Page[bytes, object]) -> bytes:
        """The row groups that are full with this page's rows."""
        return self._rows(entry_table_rows(self._head, page))


class ClaimsParquet(_TableParquet[ClaimTableRow]):
    """A row for each claim."""

    _table = CLAIMS

    def claims(self, page: Page[SeriesDocument, object]) -> bytes:
        """The row groups that are full with this page's rows."""
        return self._rows(claim_table_rows(self._head, page))


class _Sink(BytesIO):
    """The bytes written and not sent yet; `tell` counts from the start of the file, as its index does."""

    def __init__(self) -> None:
        super().__init__()
        self._sent = 0

    def take_written(self) -> bytes:
        """The bytes that were written since the last call."""
        written = self.getvalue()
        self._sent += len(written)
        self.seek(0)
        self.truncate()
        return written

    def tell(self) -> int:
        return self._sent + super().tell()


def _import_pyarrow() -> Any:
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
        "day": arrow.date32(),
        "time": arrow.timestamp("us", tz="UTC"),
        "whole": arrow.int64(),
        "real": arrow.float64(),
        "flag": arrow.bool_(),
        "codes": texts,
        "texts": texts,
        "addresses": texts,
    }
