"""Fuzzed inputs: no answer is a 500 or missing, no worker ends, and what is acknowledged is recorded."""

import asyncio
import time
from collections.abc import Callable

import pytest

from tests.faults.figures import figures
from tests.faults.fuzz_client import FuzzClient
from tests.faults.fuzz_inputs import fuzzed
from tests.faults.fuzz_pools import draw_pools
from tests.faults.load import read_log
from tests.faults.sizes import print_figures, share_of
from tests.faults.victims import Postgres
from tests.support.client import Timeline
from tests.support.payloads import first_case
from tests.support.processes import run_command
from tests.support.service import Service

CONNECTIONS = 12
TIMELINE_INPUTS = 2_500
"""How many inputs a timeline gets: on longer ones every read would be slow, and fewer inputs be tried."""

SHORT = pytest.param(1, 2_000, 2, id="short")
LONG = [
    pytest.param(
        seed, share_of(50_000, 2_000), share_of(20, 2), id=f"long-seed {seed}", marks=pytest.mark.soak
    )
    for seed in range(101, 105)
]


def timeline_of(number: int) -> str:
    """The timeline that an input is sent to."""
    return f"fuzzed-{number // TIMELINE_INPUTS}"


async def lost_and_doubled(url: str, client: FuzzClient) -> tuple[int, int]:
    """How many acknowledged events are not in their place in the logs, and how many records repeat one."""
    lost = doubled = 0
    for timeline, outcomes in client.outcomes.items():
        log = await read_log(url, f"/v1/timelines/{timeline}")
        positions = {record.id: record.position for record in log}
        lost += sum(positions.get(outcome.id) != outcome.position for outcome in outcomes.values())
        doubled += len(log) - len(positions)
        assert list(range(1, len(log) + 1)) == [record.position for record in log]
    return lost, doubled


@pytest.mark.parametrize(("seed", "count", "each"), [SHORT, *LONG])
def test_fuzzed_inputs(
    durable: Postgres, serve: Callable[..., Service], seed: int, count: int, each: int
) -> None:
    """Requests from the OpenAPI document and events, changed by bytes and by members."""
    pools = draw_pools(seed, each)
    dsn = durable.new_database()
    # most of the requests that name a min_position name one that the log never reaches
    service = serve(dsn, read_wait_seconds_max="0.001", address_connections_max="0")
    workers = service.workers
    for name in sorted({timeline_of(number) for number in range(count)}):
        timeline = Timeline(service.client, name)
        timeline.put()
        timeline.take(*first_case())
    client = FuzzClient(service.url, timeline_of)
    began = time.monotonic()
    asyncio.run(
        client.send_all(((number, fuzzed(pools, seed, number)) for number in range(count)), CONNECTIONS)
    )
    seconds = time.monotonic() - began
    lost, doubled = asyncio.run(lost_and_doubled(service.url, client))
    tried, acknowledged = client.statuses.total(), sum(map(len, client.outcomes.values()))
    figures.add(inputs=tried, acknowledged=acknowledged, lost=lost, doubled=doubled)
    statuses = ", ".join(f"{number} times {status}" for status, number in sorted(client.statuses.items()))
    print_figures(
        f"seed {seed}, {each} each: {tried} inputs, {tried / seconds:.0f} a second, answered by {statuses}"
    )

    assert [] == client.faults
    assert (0, 0) == (lost, doubled)
    assert workers == service.workers
    assert "unforeseen error" not in service.log
    assert count == tried
    assert acknowledged > count / 20
    run_command(dsn, "verify")
