"""Everything that a timeline holds, in other formats: how fast it leaves, and in how much memory."""

from statistics import median
from typing import NamedTuple

import httpx

from tests.benchmarks.drive import run_job
from tests.benchmarks.report import Figure, Findings, Grid
from tests.benchmarks.running import Serving
from tests.benchmarks.stage import TIMELINE, Stage

FORMATS = ("csv", "geojson", "timelinejs")
MEMORY_MB_MAX = 250
REPETITIONS_MAX = 3
_VIEW = f"/v1/timelines/{TIMELINE}"
_LOG = f"{_VIEW}/events?format=ndjson"
_REPLAY = f"{_VIEW}/replay"


class _Left(NamedTuple):
    """An export as it was received."""

    rate: float
    megabytes: float
    megabytes_a_second: float
    memory_mb: float
    cpu_us: float
    """Of the service, for each of what is exported."""


def measure(stage: Stage) -> Findings:
    """Take the formats in turn: entries beside the log as it is, and that beside a replay."""
    size = stage.extent.size
    addresses = {name: f"{_VIEW}?format={name}" for name in FORMATS} | {"ndjson": _LOG, "replay": _REPLAY}
    found: dict[str, list[_Left]] = {name: [] for name in addresses}
    with stage.service(stage.log("live", size)) as service:
        counts = {name: _count(service, addresses[name]) for name in FORMATS} | dict.fromkeys(
            ("ndjson", "replay"), size
        )
        for _ in range(min(stage.extent.repetitions, REPETITIONS_MAX)):
            for name, address in addresses.items():
                stage.say(f"export of {counts[name]:,}: {name}")
                found[name].append(_receive(service, address, counts[name]))
    left = {name: _Left(*map(median, zip(*runs, strict=True))) for name, runs in found.items()}
    return Findings(
        [*_rates(counts, left), *(_memory(name, counts[name], left[name]) for name in (*FORMATS, "ndjson"))],
        [_grid(counts, left)],
    )


def _count(service: Serving, address: str) -> int:
    """How many entries an export will hold."""
    answer = httpx.head(service.url + address, trust_env=False, timeout=60)
    return int(answer.raise_for_status().headers["X-Total-Count"])


def _receive(service: Serving, address: str, count: int) -> _Left:
    """Read an export to its end.

    Raises:
        RuntimeError: it is refused, or ends early.
    """
    service.forget_memory()
    before = service.cpu_seconds()
    told = run_job(service.url, "receive", path=address)
    if told["status"] != 200 or told["lines"] < count:
        raise RuntimeError(f"the export ended early: {told}")
    megabytes = told["bytes"] / 1e6
    used = service.cpu_seconds() - before
    seconds = told["seconds"]
    return _Left(count / seconds, megabytes, megabytes / seconds, service.memory_mb(), used / count * 1e6)


def _rates(counts: dict[str, int], left: dict[str, _Left]) -> list[Figure]:
    beside = dict.fromkeys(FORMATS, ("ndjson", "the log as it is")) | {"ndjson": ("replay", "a replay")}
    return [
        Figure(
            what=f"export of {counts[name]:,} {'records' if name == 'ndjson' else 'entries'}, {name}",
            value=left[name].rate,
            unit="a second",
            baseline=left[other].rate,
            baseline_what=what,
            note=f"{left[name].megabytes_a_second:,.0f} MB/s",
        )
        for name, (other, what) in beside.items()
    ]


def _memory(name: str, count: int, left: _Left) -> Figure:
    return Figure(
        what=f"memory of the server through an export of {count:,}, {name}",
        value=left.memory_mb,
        unit="MB",
        target=f"< {MEMORY_MB_MAX} MB",
        met=left.memory_mb < MEMORY_MB_MAX,
    )


def _grid(counts: dict[str, int], left: dict[str, _Left]) -> Grid:
    rows = [
        [name, f"{counts[name]:,}", f"{one.megabytes:,.0f}", f"{one.cpu_us:.0f}"]
        for name, one in left.items()
    ]
    return Grid(
        "What an export is, and costs", ["format", "rows", "MB", "µs of the service's processor a row"], rows
    )
