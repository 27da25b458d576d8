"""What reads and appends cost in logs of growing size: flat, if the indexes do their work."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from urllib.parse import quote

import psycopg

from tests.benchmarks import data, words
from tests.benchmarks.report import Curve, Figure, Findings
from tests.benchmarks.scenarios.pages import REQUESTS_MAX, one_by_one
from tests.benchmarks.stage import BATCH, TIMELINE, Stage, as_post, open_service
from tests.benchmarks.timing import Stopwatch, medians
from tests.support.service import Service

FLAT_RATIO_MAX = 2
APPENDS = 5

Paths = Callable[[int], str]


def measure(stage: Stage) -> Findings:
    """Take the sizes in turn for each kind of read, then for appends."""
    sizes = stage.extent.sizes
    costs = _reads(stage, sizes) | _appends(stage, sizes)
    curves = [Curve(name, "ms", list(cost.items())) for name, cost in costs.items()]
    return Findings([_figure(curve) for curve in curves], curves=curves)


def _reads(stage: Stage, sizes: list[int]) -> dict[str, dict[int, float]]:
    costs: dict[tuple[str, int], list[float]] = {}
    requests = min(REQUESTS_MAX, max(1, sizes[0] // 20))
    with ExitStack() as stack:
        services = {size: stack.enter_context(stage.service(stage.log("live", size))) for size in sizes}
        reads = {size: _kinds(stage.log("live", size), size) for size in sizes}
        for round_ in range(stage.extent.repetitions):
            for kind in reads[sizes[0]]:
                for size in sizes:
                    stage.say(f"curve: {kind} at {size:,}")
                    skipped = round_ * requests
                    paths = [reads[size][kind](skipped + index) for index in range(requests)]
                    costs.setdefault((kind, size), []).append(_p50(services[size], paths))
    return _by_kind(costs)


def _kinds(dsn: str, size: int) -> Mapping[str, Paths]:
    """The addresses of each kind of read: the n-th of each at a position of its own."""
    root, actor = f"/v1/timelines/{TIMELINE}", words.UNITS[0].slug
    shared, single = map(quote, _series(dsn))
    return {
        "page now": lambda n: f"{root}?at={max(1, size - n)}",
        "page at 50 %": lambda n: f"{root}?at={max(1, size // 2 - n)}",
        "one actor": lambda n: f"{root}/actors/{actor}?at={max(1, size - n)}",
        "one series, of one incident": lambda n: f"{root}/figures/{single}?at={max(1, size - n)}",
        "one series, growing with the log": lambda n: f"{root}/figures/{shared}?at={max(1, size - n)}",
    }


def _series(dsn: str) -> tuple[str, str]:
    """The series with the most claims, and one that ended early in the log."""
    with psycopg.connect(dsn) as connection:
        shared = connection.execute(
            "SELECT series FROM figure_claim GROUP BY series ORDER BY count(*) DESC, series LIMIT 1"
        ).fetchone()
        single = connection.execute(
            "SELECT series FROM figure_claim WHERE series LIKE '%.incident.%' AND to_position IS NULL"
            " ORDER BY from_position LIMIT 1"
        ).fetchone()
    return shared[0], single[0]


def _p50(service: Service, paths: list[str]) -> float:
    return one_by_one(service, paths).p50_ms


def _appends(stage: Stage, sizes: list[int]) -> dict[str, dict[int, float]]:
    kind = f"append of {BATCH:,}"
    costs: dict[tuple[str, int], list[float]] = {}
    copies = {size: stage.copy_of("live", size) for size in sizes}
    for round_ in range(stage.extent.repetitions):
        for size, dsn in copies.items():
            stage.say(f"curve: {kind} at {size:,}")
            cost = asyncio.run(_append(stage, dsn, size + round_ * APPENDS * BATCH))
            costs.setdefault((kind, size), []).append(cost)
    return _by_kind(costs)


async def _append(stage: Stage, dsn: str, first: int) -> float:
    """Milliseconds of one append, on average."""
    lines = data.bodies(stage.plan("live"), first, APPENDS * BATCH)
    posts = [as_post(lines, BATCH) for _ in range(APPENDS)]
    async with open_service(dsn) as service:
        with Stopwatch() as watch:
            for post in posts:
                await service.appender.append(TIMELINE, post)
    return watch.seconds / APPENDS * 1e3


def _by_kind(costs: dict[tuple[str, int], list[float]]) -> dict[str, dict[int, float]]:
    by_kind: dict[str, dict[int, float]] = {}
    for (kind, size), cost in medians(costs).items():
        by_kind.setdefault(kind, {})[size] = cost
    return by_kind


def _figure(curve: Curve) -> Figure:
    (small, at_first), *_, (large, at_last) = curve.points
    dearest = max(cost for _, cost in curve.points)
    return Figure(
        what=f"{curve.name}, cost at {large:,} events",
        value=at_last,
        unit=curve.unit,
        baseline=at_first,
        baseline_what=f"at {small:,}",
        target=f"flat within {FLAT_RATIO_MAX} times",
        met=dearest <= FLAT_RATIO_MAX * at_first,
    )
