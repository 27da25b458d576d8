"""Replay in this process: the whole log read and decoded, against the same read and left as bytes."""

import asyncio

from tests.benchmarks.report import Figure, Findings
from tests.benchmarks.stage import TIMELINE, Stage, open_service
from tests.benchmarks.timing import Stopwatch, interleave
from timeline.api.service import Service
from timeline.domain.record import decode_record
from timeline.log import reader

RATE_MIN = 200_000
PAGE = 2_000


def measure(stage: Stage) -> Findings:
    """Alternate between reading with and without decoding."""
    size = stage.extent.size
    dsn = stage.log("live", size)

    def run(decodes: bool) -> float:
        stage.say(f"replay of {size:,}" + (" and decode" if decodes else ""))
        return size / asyncio.run(_replay(dsn, size, decodes=decodes))

    rates = interleave({"decoded": lambda: run(True), "read": lambda: run(False)}, stage.extent.repetitions)
    return Findings(
        [
            Figure(
                what="replay and decode in process",
                value=rates["decoded"],
                unit="events/s",
                baseline=rates["read"],
                baseline_what="read and not decoded",
                target=f"≥ {RATE_MIN:,} events/s",
                met=rates["decoded"] >= RATE_MIN,
            )
        ]
    )


async def _replay(dsn: str, head: int, *, decodes: bool) -> float:
    async with open_service(dsn) as service:
        with Stopwatch() as watch:
            await _read(service, head, decodes=decodes)
    return watch.seconds


async def _read(service: Service, head: int, *, decodes: bool) -> None:
    after = 0
    while after < head:
        async with service.pool.connection() as connection:
            rows = await reader.read_records(connection, TIMELINE, after=after, until=head, limit=PAGE)
        if decodes:
            for _, record in rows:
                decode_record(record)
        after = rows[-1][0]
