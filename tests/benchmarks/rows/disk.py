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
    """What the largest log takes, and what was asked of its indexes by the other rows of this run."""
    size = stage.extent.size
    with psycopg.connect(stage.log("live", size)) as connection:
        rows = connection.execute(_SIZES).fetchall()
    total = sum(held for _, _, held, _ in rows) / size
    indexes = sum(held for _, index, held, _ in rows if index) / size
    log = sum(held for table, index, held, _ in rows if table == "event" and index is None) / size
    grid = Grid(
        f"Bytes on disk for each of {size:,} events",
        ["table", "index", "bytes", "scans in this run"],
        [
            [table, index or NOTHING, f"{held / size:,.1f}", NOTHING if scans is None else f"{scans:,}"]
            for table, index, held, scans in rows
            if held >= size
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
