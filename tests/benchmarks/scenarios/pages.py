"""A page of 50 entries of the largest log, no answer twice: now, at past positions, by what was published.

All reports say when they were published. The corrections of some do not, and of many that were published by
the time asked for, what others say of them was published later: these entries are computed anew.
"""

from datetime import timedelta
from statistics import median

from tests.benchmarks.data import START, Order
from tests.benchmarks.drive import Calls, calls
from tests.benchmarks.report import Figure, Findings, Grid
from tests.benchmarks.stage import TIMELINE, Stage
from tests.benchmarks.timing import medians
from tests.support.service import Service

PAGE_MS_MAX = 10
PAST_RATIO_MAX = 2
PUBLISHED_RATIO_MAX = 5
POSITIONS = {"now": 1.0, "at 99 %": 0.99, "at 50 %": 0.5, "at 1 %": 0.01}
REQUESTS_MAX = 200
PUBLISHED = "now, by what was published when half of it had happened"
ORDERS: dict[Order, str] = {"live": "recorded as it happened", "random": "recorded in random order"}
LOOP_SECONDS_MAX = 120


def measure(stage: Stage) -> Findings:
    """Take the positions in turn, in logs of both orders."""
    figures: list[Figure] = []
    rows: list[list[str]] = []
    for order, log in ORDERS.items():
        measured = _measure(stage, order)
        figures += _figures(
            stage, order, {name: median(run.p50_ms for run in runs) for name, runs in measured.items()}
        )
        p99 = medians({name: [run.p99_ms for run in runs] for name, runs in measured.items()})
        rows += [[log, name, f"{p99[name]:.2f}"] for name in (*POSITIONS, PUBLISHED)]
    return Findings(figures, [Grid("Ninety-ninth percentile of a page", ["log", "position", "p99 ms"], rows)])


def _measure(stage: Stage, order: Order) -> dict[str, list[Calls]]:
    calls_by_name: dict[str, list[Calls]] = {name: [] for name in (*POSITIONS, PUBLISHED, "static")}
    baseline = stage.baseline()
    with stage.service(stage.log(order, stage.extent.size)) as service:
        for round_ in range(stage.extent.repetitions):
            for name, share in POSITIONS.items():
                stage.say(f"pages, {ORDERS[order]}, {name}")
                paths = distinct_pages(stage.extent.size, share, round_)
                calls_by_name[name].append(one_by_one(service, paths))
            stage.say(f"pages, {ORDERS[order]}, {PUBLISHED}")
            by = _half_time(stage.extent.days)
            paths = [f"{path}&published_by={by}" for path in distinct_pages(stage.extent.size, 1.0, round_)]
            calls_by_name[PUBLISHED].append(one_by_one(service, paths))
            calls_by_name["static"].append(one_by_one(baseline, ["/static/50000"] * len(paths)))
    return calls_by_name


def _half_time(days: float) -> str:
    return f"{START + timedelta(days=days / 2):%Y-%m-%dT%H:%M:%SZ}"


def distinct_pages(size: int, share: float, round_: int) -> list[str]:
    """Addresses of pages at neighbouring positions, none of them twice: a cache must not answer."""
    requests = min(REQUESTS_MAX, max(1, size // 200))
    last = int(size * share) - round_ * requests
    return [f"/v1/timelines/{TIMELINE}?at={max(1, last - index)}" for index in range(requests)]


def one_by_one(service: Service, paths: list[str]) -> Calls:
    """Request each once, on one connection."""
    return calls(service.url, "gets", paths=paths, once=True, connections=1, seconds=LOOP_SECONDS_MAX)


def _figures(stage: Stage, order: Order, p50: dict[str, float]) -> list[Figure]:
    now = p50["now"]
    what = f"a page of 50 of {stage.extent.size:,} entries, {ORDERS[order]}, not cached"
    return [
        Figure(
            what=f"{what}, now",
            value=now,
            unit="ms",
            baseline=p50["static"],
            baseline_what="50 kB of static bytes",
            target=f"≤ {PAGE_MS_MAX} ms",
            met=now <= PAGE_MS_MAX,
        ),
        *(
            Figure(
                what=f"{what}, {name}",
                value=p50[name],
                unit="ms",
                baseline=now,
                baseline_what="now",
                target=f"≤ {PAST_RATIO_MAX} times now",
                met=p50[name] <= PAST_RATIO_MAX * now,
            )
            for name in POSITIONS
            if name != "now"
        ),
        Figure(
            what=f"{what}, {PUBLISHED}",
            value=p50[PUBLISHED],
            unit="ms",
            baseline=now,
            baseline_what="now",
            target=f"≤ {PUBLISHED_RATIO_MAX} times now",
            met=p50[PUBLISHED] <= PUBLISHED_RATIO_MAX * now,
        ),
    ]
