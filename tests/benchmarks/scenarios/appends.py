"""Appends in this process, 1,000 events a batch and all views, against COPY of the same log rows alone."""

import asyncio
from collections.abc import Sequence

import psycopg

from tests.benchmarks import data
from tests.benchmarks.report import Figure, Findings
from tests.benchmarks.stage import BATCH, TIMELINE, Stage, as_post, open_service
from tests.benchmarks.timing import Stopwatch, medians
from timeline.gc_tuning import relax_gc
from timeline.log.posts import Post

BATCHES = 20

_BARE = (
    "CREATE TABLE bare_event (LIKE event INCLUDING ALL)",
    "ALTER TABLE bare_event ADD FOREIGN KEY (timeline_id) REFERENCES timeline",
)
_COLUMNS = "timeline_id, position, event_id, type, version, recorded_at, recorded_by, record, leaf_hash"


def measure(stage: Stage) -> Findings:
    """Alternate between appends, and COPY of what they wrote into a table of the same definition."""
    relax_gc()  # as a worker of the service does
    dsn = stage.database()
    batches = min(BATCHES, max(1, stage.extent.size // BATCH))
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in _BARE:
            connection.execute(statement)
        rates = medians(asyncio.run(_alternate(stage, dsn, connection, batches)))
    rate, copying = rates["appends"], rates["COPY"]
    return Findings(
        [
            Figure(
                what=f"appends in process, {BATCH:,} a batch, all views",
                value=rate,
                unit="events/s",
                baseline=copying,
                baseline_what="COPY of the log rows alone, a transaction a batch",
                target="≥ a third",
                met=rate >= copying / 3,
            )
        ]
    )


async def _alternate(
    stage: Stage, dsn: str, connection: psycopg.Connection, batches: int
) -> dict[str, list[float]]:
    rates: dict[str, list[float]] = {"appends": [], "COPY": []}
    async with open_service(dsn) as service:
        for round_ in range(stage.extent.repetitions):
            first = round_ * batches * BATCH
            posts = _posts(stage, first, batches)
            stage.say("appends in process")
            with Stopwatch() as watch:
                for post in posts:
                    await service.appender.append(TIMELINE, post)
            rates["appends"].append(batches * BATCH / watch.seconds)
            blocks = [_block(connection, first + batch * BATCH) for batch in range(batches)]
            stage.say("COPY of the same log rows")
            with Stopwatch() as watch:
                for block in blocks:
                    with connection.cursor().copy(f"COPY bare_event ({_COLUMNS}) FROM STDIN") as copy:
                        copy.write(block)
            rates["COPY"].append(batches * BATCH / watch.seconds)
    return rates


def _posts(stage: Stage, first: int, batches: int) -> Sequence[Post]:
    lines = data.bodies(stage.plan("live"), first, batches * BATCH)
    return [as_post(lines, BATCH) for _ in range(batches)]


def _block(connection: psycopg.Connection, after: int) -> bytes:
    """A batch of log rows as COPY reads them."""
    batch = f"position > {after} AND position <= {after + BATCH}"
    rows = f"SELECT {_COLUMNS} FROM event WHERE {batch} ORDER BY position"
    with connection.cursor().copy(f"COPY ({rows}) TO STDOUT") as copy:
        return b"".join(map(bytes, copy))
