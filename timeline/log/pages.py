"""Pages of documents: bounded in bytes as well as in rows.

A page is held whole while it is made and sent. Rows alone do not bound it: one record may be as large as a
thousand others.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

PAGE_BYTES_MAX = 1_000_000
"""What the documents of a page may have together; a page of one document may have more."""

RowT = TypeVar("RowT", bound=tuple[Any, ...])


def within_bytes(statement: str, columns: str, bytes_max: int = PAGE_BYTES_MAX) -> str:
    """The rows of a statement in its order, with NULL for each `document` beyond the bytes of a page.

    The `columns` are those before the document, which comes last.
    """
    return f"""
SELECT {columns}, CASE WHEN number = 1 OR bytes <= {bytes_max} THEN document END AS document FROM (
    SELECT *, row_number() OVER page AS number, sum(octet_length(document::text)) OVER page AS bytes
    FROM ({statement}) AS page_rows WINDOW page AS (ROWS UNBOUNDED PRECEDING)
) AS page_rows"""


def first_rows(
    rows: Sequence[RowT], limit: int, bytes_max: int = PAGE_BYTES_MAX
) -> tuple[Sequence[RowT], bool]:
    """The rows of a page of at most `limit`, each with its document last; and whether more follow."""
    size_bytes = 0
    for count, row in enumerate(rows[:limit]):
        document = row[-1]
        size_bytes += len(document or b"")
        if document is None or (count and size_bytes > bytes_max):
            return rows[:count], True
    return rows[:limit], len(rows) > limit
