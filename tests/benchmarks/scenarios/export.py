"""Exports of a whole timeline in every format: how fast they are, and how much memory they take."""

from statistics import median
from typing import NamedTuple

import httpx

from tests.benchmarks.drive import run_job
from tests.benchmarks.report import Figure, Findings, Grid
from tests.benchmarks.stage import TIMELINE, Stage
from tests.support.service import Service

FORMATS = ("csv", "geojson", "timelinejs")
MEMORY_MB_MAX = 250
REPETITIONS_MAX = 3
_VIEW = f"/v1/timelines/{TIMELINE}"
_LOG = f"{_VIEW}/events?format=ndjson"
_REPLAY = f"{_VIEW}/replay"


class _Export(NamedTuple):
    """An export as it was received."""

    rate: float
    megabytes: float
    megabytes_a_second: float
    memory_mb: float
    cpu_us: float
    """Of the service, for each of what is exported."""


def measure(stage: Stage) -> Findings:
    """Take the formats in turn: entries against the log as it is, and the log against a replay."""
    size = stage.extent.size
    addresses = {name: f"{_VIEW}?format={name}" for name in FORMATS} | {"ndjson": _LOG, "replay": _REPLAY}
    runs_by_name: dict[str, list[_Export]] = {name: [] for name in addresses}
    with stage.service(stage.log("live", size)) as service:
        counts = {name: _count(service, addresses[name]) for name in FORMATS} | dict.fromkeys(
            ("ndjson", "replay"), size
        )
        for _ in range(min(stage.extent.repetitions, REPETITIONS_MAX)):
            for name, address in addresses.items():
                stage.say(f"export of {counts[name]:,}: {name}")
                runs_by_name[name].append(_receive(service, address, counts[name]))
    exports = {name: _Export(*map(median, zip(*runs, strict=True))) for name, runs in runs_by_name.items()}
    return Findings(
        [
            *_rates(counts, exports),
            *(_memory(name, counts[name], exports[name]) for name in (*FORMATS, "ndjson")),
        ],
        [_grid(counts, exports)],
    )


def _count(service: Service, address: str) -> int:
    """How many entries an export will hold."""
    answer = httpx.head(service.url + address, trust_env=False, timeout=60)
    return int(answer.raise_for_status().headers["X-Total-Count"])


def _receive(service: Service, address: str, count: int) -> _Export:
    """Read an export to its end.

    Raises:
        RuntimeError: it is refused, or ends early.
    """
    service.reset_memory_mb_max()
    before = service.cpu_seconds()
    answer = run_job(service.url, "receive", path=address)
    if answer["status"] != 200 or answer["lines"] < count:
        raise RuntimeError(f"the export ended early: {answer}")
    megabytes = answer["bytes"] / 1e6
    used = service.cpu_seconds() - before
    seconds = answer["seconds"]
    return _Export(
        count / seconds, megabytes, megabytes / seconds, service.memory_mb_max(), used / count * 1e6
    )


def _rates(counts: dict[str, int], exports: dict[str, _Export]) -> list[Figure]:
    beside = dict.fromkeys(FORMATS, ("ndjson", "the log as it is")) | {"ndjson": ("replay", "a replay")}
    return [
        Figure(
            what=f"export of {counts[name]:,} {'records' if name == 'ndjson' else 'entries'}, {name}",
            value=exports[name].rate,
            unit="a second",
            baseline=exports[other].rate,
            baseline_what=what,
            note=f"{exports[name].megabytes_a_second:,.0f} MB/s",
        )
        for name, (other, what) in beside.items()
    ]


def _memory(name: str, count: int, export: _Export) -> Figure:
    return Figure(
        what=f"memory of the server through an export of {count:,}, {name}",
        value=export.memory_mb,
        unit="MB",
        target=f"< {MEMORY_MB_MAX} MB",
        met=export.memory_mb < MEMORY_MB_MAX,
    )


def _grid(counts: dict[str, int], exports: dict[str, _Export]) -> Grid:
    rows = [
        [name, f"{counts[name]:,}", f"{export.megabytes:,.0f}", f"{export.cpu_us:.0f}"]
        for name, export in exports.items()
    ]
    return Grid(
        "What an export is, and costs", ["format", "rows", "MB", "µs of the service's processor a row"], rows
    )
