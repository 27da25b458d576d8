"""Parquet: read back by pyarrow, with its types."""

import subprocess
import sys
from datetime import UTC, datetime
from io import BytesIO

import pytest
from hypothesis import given
from msgspec.structs import astuple

from tests.formats.documents import (
    HEAD,
    claims_of,
    heads,
    page_of,
    sequences,
    single_entry_pages,
    write_document,
)
from tests.support.profiles import examples
from tests.support.samples import engagement, estimate
from timeline.domain.errors import NotInstalled
from timeline.formats import parquet
from timeline.formats.columns import CLAIMS, ENTRIES
from timeline.formats.csv_writer import EntriesCsv
from timeline.formats.writers import read_claim, read_entry

pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow, the extra `parquet`, is not installed")


def table_of(document):
    """What pyarrow reads."""
    return pq.read_table(BytesIO(document))


@examples(40)
@given(sequences, heads)
def test_every_entry_comes_back(events, head):
    """Any text as it was recorded, with no apostrophe: nobody runs a formula out of Parquet."""
    page = page_of(events)
    entries = [read_entry(document) for document in page.documents]
    rows = table_of(
        write_document(parquet.EntriesParquet(), "entries", *single_entry_pages(page), head=head)
    ).to_pylist()

    assert [
        (str(entry.id), entry.event.summary, entry.starts, entry.ends, list(entry.event.tags))
        for entry in entries
    ] == [tuple(row[name] for name in ("id", "summary", "starts", "ends", "tags")) for row in rows]


@examples(40)
@given(sequences, heads)
def test_every_claim_comes_back(events, head):
    """With exact numbers, up to the largest."""
    page = claims_of(events)
    claims = [read_claim(document) for _, document in page.documents]
    rows = table_of(write_document(parquet.ClaimsParquet(), "claims", page, head=head)).to_pylist()

    assert [
        (*(astuple(claim.bounds) if claim.bounds else (None, None)), claim.disordered, claim.as_of)
        for claim in claims
    ] == [tuple(row[name] for name in ("bound_low", "bound_high", "disordered", "as_of")) for row in rows]


def test_columns_have_types():
    """Times are times in UTC, numbers are numbers, lists are lists; an empty file has them too."""
    schema = table_of(write_document(parquet.EntriesParquet(), "entries")).schema

    names = ("starts", "as_of", "as_of_latest", "latitude", "bound_low", "actors")
    assert [column.name for column in ENTRIES.columns] == schema.names
    assert {
        "starts": "timestamp[us, tz=UTC]",
        "as_of": "string",
        "as_of_latest": "date32[day]",
        "latitude": "double",
        "bound_low": "int64",
        "actors": "list<element: string>",
    } == {name: str(schema.field(name).type) for name in names}
    assert "bool" == str(
        table_of(write_document(parquet.ClaimsParquet(), "claims")).schema.field("disordered").type
    )
    assert b"kursk-2024" == schema.metadata[b"timeline.timeline"]


def test_row_groups_leave_as_they_fill(monkeypatch):
    """What is written is out before the end comes, and what is kept is a row group at most."""
    monkeypatch.setattr(parquet, "ROW_GROUP_ROWS", 4)
    pages = single_entry_pages(page_of([engagement(n) for n in range(10)]))
    writer = parquet.EntriesParquet()
    parts = [writer.begin(HEAD), *map(writer.entries, pages), writer.end()]

    assert [True, *[n % 4 == 3 for n in range(10)], True] == [bool(part) for part in parts]
    file = pq.ParquetFile(BytesIO(b"".join(parts)))
    assert [4, 4, 2] == [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    assert datetime(2025, 1, 1, 1, tzinfo=UTC) == file.read().to_pylist()[0]["recorded_at"]


def test_a_row_is_what_csv_has():
    """Both tables have the same columns, in the same order."""
    page = page_of([estimate(1)])
    header, row, _ = write_document(EntriesCsv(), "entries", page).decode().split("\r\n")

    (read,) = table_of(write_document(parquet.EntriesParquet(), "entries", page)).to_pylist()
    assert list(read) == header.split(",")
    assert row.startswith(f"{read['id']},{read['type']},{read['status']},{read['position']},")
    assert len(CLAIMS.columns) == len({column.name for column in CLAIMS.columns})


def test_without_pyarrow_it_says_what_to_install(monkeypatch):
    """A service without the extra lacks this format alone, and is imported without it."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(NotInstalled, match=r"pip install 'conflict-timeline\[parquet\]'"):
        parquet.EntriesParquet()
    code = "import sys; sys.modules['pyarrow'] = None; from timeline.api.app import documented_app"
    subprocess.run([sys.executable, "-c", code], check=True)
