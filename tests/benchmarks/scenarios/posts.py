"""Durable posts over HTTP, one event per request, against a route that only decodes the same body."""

from collections import defaultdict
from statistics import median

from tests.benchmarks.drive import Calls, calls
from tests.benchmarks.report import Figure, Findings, Grid
from tests.benchmarks.stage import TIMELINE, Stage

CONNECTIONS = (1, 16, 64, 256)
SEED_EVENTS = 20_000
"""Events that are recorded before, and to which those posted refer."""
RATE_MAX = 15_000
"""More requests a second than one run can use up."""

Measured = dict[tuple[str, int], list[Calls]]


def measure(stage: Stage) -> Findings:
    """Alternate between service and baseline at each number of connections."""
    seed = min(SEED_EVENTS, stage.extent.size)
    plan = stage.plan("live")._replace(targets=seed)
    measured: Measured = defaultdict(list)
    runs = [(round_, n) for round_ in range(stage.extent.repetitions) for n in CONNECTIONS]
    per_run = int(RATE_MAX * stage.extent.seconds)
    baseline = stage.baseline()
    with stage.service(stage.copy_of("live", seed)) as service:
        for index, (_, connections) in enumerate(runs):
            file = stage.file(plan, seed + index * per_run, per_run)
            job = {"file": file, "skip": 0, "connections": connections, "seconds": stage.extent.seconds}
            for name, url, path in (
                ("service", service.url, f"/v1/timelines/{TIMELINE}/events"),
                ("decoding", baseline.url, "/decode"),
            ):
                stage.say(f"posts: {connections} connections, {name}")
                measured[name, connections].append(calls(url, "posts", path=path, **job))
            file.unlink()
    return Findings([_figure(measured, n) for n in CONNECTIONS], [_latencies(measured)])


def _figure(measured: Measured, connections: int) -> Figure:
    rate, baseline = (_median(measured[name, connections], "rate") for name in ("service", "decoding"))
    is_target = connections == 256
    return Figure(
        what=f"durable posts over HTTP, all views, {connections} connections",
        value=rate,
        unit="events/s",
        baseline=baseline,
        baseline_what="a route that only decodes",
        target="≥ half" if is_target else "",
        met=rate >= baseline / 2 if is_target else None,
    )


def _latencies(measured: Measured) -> Grid:
    rows = [
        [
            f"{connections}",
            *(
                f"{_median(measured[name, connections], share):,.1f}"
                for name in ("service", "decoding")
                for share in ("p50_ms", "p99_ms")
            ),
        ]
        for connections in CONNECTIONS
    ]
    header = ["connections", "p50 ms", "p99 ms", "decoding only: p50 ms", "p99 ms"]
    return Grid("Latency of a durable post", header, rows)


def _median(runs: list[Calls], name: str) -> float:
    return median(getattr(run, name) for run in runs)
