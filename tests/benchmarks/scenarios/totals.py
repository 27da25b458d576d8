"""Totals over incidents, one event an incident and some with a rival claim, no answer twice.

Compared with the bare sum: what the database takes to add up three columns by month, unchecked.
"""

import asyncio
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import msgspec
import psycopg

from tests.benchmarks import words
from tests.benchmarks.data import Plan, event_id
from tests.benchmarks.report import Figure, Findings
from tests.benchmarks.scenarios.pages import one_by_one
from tests.benchmarks.stage import BATCH, TIMELINE, Stage, as_post, open_service
from tests.benchmarks.timing import Stopwatch
from tests.support.service import Service

EVENTS = 150_000
TOTALS_MS_MAX = 200
REQUESTS = 20
RIVALS_EVERY = 25
"""Of so many events one is a second claim on an incident before it."""

_FIRST_DAY = datetime(1989, 1, 1, tzinfo=UTC)
_DAYS = 12_000
_COUNTRIES = ("UA", "RU", "SY", "AF", "IQ", "CD", "SD", "ML", "YE", "MM", "NG", "SO", "ET", "MX", "IN")
_PLAN = Plan(seed=7)

QUERIES = {
    "by month": "by=month",
    "by year and country": "by=year&by=country",
    "by actor": "by=actor",
    "by month, of one country and ten years": "by=month&country=UA&from=2000&to=2009",
}

_BARE = """
SELECT date_trunc('month', first_day), sum(low), sum(best), sum(high) FROM toll
WHERE timeline_id = %s AND measure = 'killed' AND to_position IS NULL GROUP BY 1
"""


def measure(stage: Stage) -> Findings:
    """Fill a log with incidents, and request their totals in turn."""
    size = min(EVENTS, stage.extent.size)
    dsn = stage.database()
    asyncio.run(_fill(stage, dsn, size))
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
    costs: dict[str, list[float]] = {name: [] for name in (*QUERIES, "bare")}
    with stage.service(dsn) as service:
        for round_ in range(stage.extent.repetitions):
            for name, query in QUERIES.items():
                stage.say(f"totals {name}")
                costs[name].append(_p50(service, query, size - round_ * REQUESTS))
            costs["bare"].append(_bare(dsn))
    bare = median(costs["bare"])
    return Findings([_figure(name, size, median(costs[name]), bare) for name in QUERIES])


def incidents(size: int) -> Iterator[bytes]:
    """Battles with their counts, and now and then a rival claim on the battle before."""
    encode = msgspec.json.Encoder().encode
    for number in range(size):
        chance = random.Random(number)
        rival = number and number % RIVALS_EVERY == 0
        yield encode(_rival(number, chance) if rival else _battle(number, chance))


def _battle(number: int, chance: random.Random) -> dict[str, Any]:
    when = _FIRST_DAY + timedelta(days=chance.randrange(_DAYS))
    spot = chance.choice(words.SPOTS)
    low = int(chance.expovariate(0.3))
    return {
        "type": "engagement",
        "id": str(event_id(_PLAN, number)),
        "summary": f"{chance.choice(words.DEEDS)} at {spot.name}.",
        "occurred": f"{when:%Y-%m-%d}",
        "claimant": "a-data-set",
        "attackers": [chance.choice(words.UNITS).slug],
        "targets": [chance.choice(words.SUBJECTS).slug],
        "place": {"name": spot.name, "admin1": spot.admin1, "country": chance.choice(_COUNTRIES)},
        "killed": {
            "qualifier": "between",
            "low": low,
            "high": low + chance.randrange(9),
            **({"best": low + 1} if chance.randrange(20) else {}),
        },
        "tags": ["a-data-set"],
    }


def _rival(number: int, chance: random.Random) -> dict[str, Any]:
    return {
        "type": "casualty_estimate",
        "id": str(event_id(_PLAN, number)),
        "summary": "Another count.",
        "claimant": chance.choice(words.CLAIMANTS).slug,
        "subject": "all",
        "measure": "killed",
        "basis": "incident",
        "incident": str(event_id(_PLAN, number - 1)),
        "figure": {"qualifier": "at_least", "value": 1 + chance.randrange(30)},
    }


async def _fill(stage: Stage, dsn: str, size: int) -> None:
    lines = incidents(size)
    async with open_service(dsn) as service:
        for first in range(0, size, BATCH):
            stage.say(f"filling a log of {size:,} incidents: {first:,}")
            await service.appender.append(TIMELINE, as_post(lines, min(BATCH, size - first)))


def _p50(service: Service, query: str, last: int) -> float:
    root = f"/v1/timelines/{TIMELINE}/totals?measure=killed&{query}"
    return one_by_one(service, [f"{root}&at={max(1, last - number)}" for number in range(REQUESTS)]).p50_ms


def _bare(dsn: str) -> float:
    """Milliseconds of the bare sum."""
    with psycopg.connect(dsn, autocommit=True) as connection, Stopwatch() as watch:
        for _ in range(REQUESTS):
            connection.execute(_BARE, [TIMELINE]).fetchall()
    return watch.seconds / REQUESTS * 1e3


def _figure(name: str, size: int, cost: float, bare: float) -> Figure:
    return Figure(
        what=f"totals of {size:,} events {name}, not cached",
        value=cost,
        unit="ms",
        baseline=bare,
        baseline_what="the bare sum by month",
        target=f"≤ {TOTALS_MS_MAX} ms",
        met=cost <= TOTALS_MS_MAX,
    )
