"""The audit of a long series, no answer twice, against as many ready bytes and the series' own view."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from statistics import median

import httpx

from tests.benchmarks import data, words
from tests.benchmarks.drive import Calls
from tests.benchmarks.report import Figure, Findings, Grid
from tests.benchmarks.scenarios.pages import one_by_one
from tests.benchmarks.series import SERIES, changes
from tests.benchmarks.stage import BATCH, TIMELINE, Stage, as_post, open_service
from tests.support.service import Service

CHANGES_MAX = 5_000
AUDIT_MS_MAX = 50
REQUESTS = 20
LATER = 250
"""Events recorded after the series: at each of their positions the audit is the same, but not cached."""
_SERIES = f"/v1/timelines/{TIMELINE}/figures/{SERIES}"


def measure(stage: Stage) -> Findings:
    """Take the answers in turn: all changes as JSON and as CSV, a page of them, the view, ready bytes."""
    size = min(CHANGES_MAX, stage.extent.size)
    dsn = stage.database()
    stage.say(f"filling a series of {size:,} changes")
    asyncio.run(_fill(dsn, size))
    measured: dict[str, list[Calls]] = {}
    used: dict[str, float] = defaultdict(float)
    baseline = stage.baseline()
    with stage.service(dsn, page_entries_max=str(CHANGES_MAX)) as service:
        length = _length(service, size)
        for round_ in range(stage.extent.repetitions):
            for name, paths in _addresses(size, round_).items():
                stage.say(f"audit of {size:,} changes: {name}")
                before = service.cpu_seconds()
                measured.setdefault(name, []).append(one_by_one(service, paths))
                used[name] += (service.cpu_seconds() - before) / len(paths) / stage.extent.repetitions
            static = one_by_one(baseline, [f"/static/{length}"] * REQUESTS)
            measured.setdefault("static", []).append(static)
    return Findings(_figures(size, length, measured), [_grid(measured, used)])


async def _fill(dsn: str, size: int) -> None:
    plan = data.Plan(seed=6)
    lines: Iterator[bytes] = chain(changes(size), data.bodies(plan, len(words.ACTORS), LATER))
    async with open_service(dsn) as service:
        for _ in range(0, size + LATER, BATCH):
            await service.appender.append(TIMELINE, as_post(lines, BATCH))


def _addresses(size: int, round_: int) -> dict[str, list[str]]:
    """Each address names another position, so that no cache answers."""
    first = size + LATER - round_ * REQUESTS
    positions = [max(size, first - index) for index in range(REQUESTS)]
    forms = {
        "JSON": f"{_SERIES}/audit?limit={CHANGES_MAX}",
        "CSV": f"{_SERIES}/audit?format=csv",
        "page": f"{_SERIES}/audit?limit=50",
        "view": f"{_SERIES}?limit={CHANGES_MAX}",
    }
    return {name: [f"{address}&at={at}" for at in positions] for name, address in forms.items()}


def _length(service: Service, size: int) -> int:
    """The bytes of the whole audit.

    Raises:
        RuntimeError: it has fewer changes than there are.
    """
    address = f"{service.url}{_SERIES}/audit?limit={CHANGES_MAX}&at={size}"
    answer = httpx.get(address, headers={"Accept-Encoding": "identity"}, trust_env=False, timeout=60)
    audit = answer.raise_for_status().json()
    if len(audit["changes"]) != size:
        raise RuntimeError(f"the audit has {len(audit['changes'])} changes of {size}")
    return len(answer.content)


def _figures(size: int, length: int, measured: dict[str, list[Calls]]) -> list[Figure]:
    p50 = {name: median(run.p50_ms for run in runs) for name, runs in measured.items()}
    what = f"audit of a series of {size:,} changes, not cached"
    beside = {
        "JSON": ("all changes, JSON", "static", f"{length / 1e6:.1f} MB of static bytes"),
        "CSV": ("all changes, CSV", "static", f"{length / 1e6:.1f} MB of static bytes"),
        "page": ("the first 50 changes", "view", "the series with all its claims"),
    }
    return [
        Figure(
            what=f"{what}: {form}",
            value=p50[name],
            unit="ms",
            baseline=p50[other],
            baseline_what=other_words,
            target=f"≤ {AUDIT_MS_MAX} ms",
            met=p50[name] <= AUDIT_MS_MAX,
        )
        for name, (form, other, other_words) in beside.items()
    ]


def _grid(measured: dict[str, list[Calls]], used: dict[str, float]) -> Grid:
    rows = [
        [name, f"{median(run.p99_ms for run in measured[name]):.1f}", f"{seconds * 1e3:.0f}"]
        for name, seconds in used.items()
    ]
    return Grid("What an audit costs", ["answer", "p99 ms", "ms of the service's processor"], rows)
