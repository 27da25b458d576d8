"""Bytes on disk for each event, by table and by index, and how often each index was used."""

import psycopg

from tests.benchmarks.report import NOTHING, Figure, Findings, Grid
from tests.benchmarks.stage import Stage

_SIZES = """
SELECT table_.relname, index_.relname, pg_relation_size(index_.oid), usage.idx_scan
FROM pg_class AS table_
JOIN pg_index ON pg_index.indrelid = table_.oid
JOIN pg_class AS index_ ON index_.oid = pg_index.indexrelid
JOIN pg_stat_user_indexes AS usage ON usage.indexrelid = index_.oid
UNION ALL
SELECT relname, NULL, pg_table_size(oid), NULL FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
ORDER BY 1, 2 NULLS FIRST
"""


def measure(stage: Stage) -> Findings:
    """Measure the largest log, and how often the other scenarios of this run used its indexes."""
    size = stage.extent.size
    with psycopg.connect(stage.log("live", size)) as connection:
        rows = connection.execute(_SIZES).fetchall()
    total = sum(size_bytes for _, _, size_bytes, _ in rows) / size
    indexes = sum(size_bytes for _, index, size_bytes, _ in rows if index) / size
    log = sum(size_bytes for table, index, size_bytes, _ in rows if table == "event" and index is None) / size
    grid = Grid(
        f"Bytes on disk for each of {size:,} events",
        ["table", "index", "bytes", "scans in this run"],
        [
            [table, index or NOTHING, f"{size_bytes / size:,.1f}", NOTHING if scans is None else f"{scans:,}"]
            for table, index, size_bytes, scans in rows
            if size_bytes >= size
        ],
    )
    figure = Figure(
        what="bytes on disk for each event, views and indexes included",
        value=total,
        unit="bytes",
        baseline=log,
        baseline_what="the log's rows alone",
        note=f"indexes {indexes:,.0f}",
    )
    return Findings([figure], [grid])
