"""`timeline import ucdp-ged` from a file to committed views, against reading and checking the file alone."""

import resource
import subprocess
from itertools import count
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec

from tests.benchmarks.ged import ged_file
from tests.benchmarks.report import Figure, Findings, Grid
from tests.benchmarks.stage import Stage
from tests.benchmarks.timing import Stopwatch
from tests.support.processes import PROGRAM
from tests.support.service import Service
from timeline.formats.drafts import Draft
from timeline.formats.editions import Edition
from timeline.formats.ucdp_ged import DATA_SET, read_ucdp_ged

ROWS_MAX = 100_000
RATE_MIN = 15_000
REPETITIONS_MAX = 3
IMPORT_SECONDS_MAX = 1_800
_COMMAND = (*PROGRAM, "import", "ucdp-ged")


class _Spent(NamedTuple):
    """The seconds that one import took: on the clock, then of processors."""

    elapsed: float
    command: float
    service: float
    database: float


def measure(stage: Stage) -> Findings:
    """Alternate between importing the file into a new timeline, and reading it."""
    rows = min(ROWS_MAX, stage.extent.size)
    stage.say(f"writing {rows:,} rows")
    file = ged_file(stage.folder, rows)
    names = (f"ged-{number}" for number in count(1))
    spent: list[_Spent] = []
    readings: list[float] = []
    with stage.service(stage.database()) as service:
        for _ in range(min(stage.extent.repetitions, REPETITIONS_MAX)):
            stage.say(f"import of {rows:,} rows")
            spent.append(_import(stage, service, file, next(names), rows))
            stage.say(f"reading {rows:,} rows")
            readings.append(_read(file, rows))
    return Findings([_figure(rows, spent, readings)], [_grid(rows, spent, readings)])


def _import(stage: Stage, service: Service, file: Path, timeline: str, rows: int) -> _Spent:
    before = (_command_seconds(), service.cpu_seconds(), stage.database_cpu_seconds())
    with Stopwatch() as watch:
        run = subprocess.run(
            [
                *_COMMAND,
                str(file),
                "-t",
                timeline,
                "--create",
                "--url",
                service.url,
                "--json",
            ],
            capture_output=True,
            timeout=IMPORT_SECONDS_MAX,
            check=False,
        )
    after = (_command_seconds(), service.cpu_seconds(), stage.database_cpu_seconds())
    if run.returncode or msgspec.json.decode(run.stdout)["recorded"] < rows:
        raise RuntimeError(f"the import failed: {run.stdout[-500:]!r} {run.stderr[-2_000:]!r}")
    return _Spent(watch.seconds, *(end - begin for begin, end in zip(before, after, strict=True)))


def _command_seconds() -> float:
    """The processor time of the commands that have ended; the service, which still runs, is not included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _read(file: Path, rows: int) -> float:
    """The seconds that it takes to make checked events with their ids of the file."""
    edition = Edition(DATA_SET, {})
    with Stopwatch() as watch, file.open("rb") as opened:
        for row in read_ucdp_ged(opened):
            if isinstance(row, Draft):
                edition.take(row)
    if edition.tally.new != rows:
        raise RuntimeError(f"the file has {edition.tally.new} rows, not {rows}")
    return watch.seconds


def _figure(rows: int, spent: list[_Spent], readings: list[float]) -> Figure:
    rate = rows / median(times.elapsed for times in spent)
    return Figure(
        what=f"`timeline import ucdp-ged` of {rows:,} rows, from file to committed views",
        value=rate,
        unit="rows/s",
        baseline=rows / median(readings),
        baseline_what="reading and checking the file alone",
        target=f"≥ {RATE_MIN:,} rows/s",
        met=rate >= RATE_MIN,
    )


def _grid(rows: int, spent: list[_Spent], readings: list[float]) -> Grid:
    parts = {
        "all of it, on the clock": [times.elapsed for times in spent],
        "reading and checking the file alone, on the clock": readings,
        "the command, processor": [times.command for times in spent],
        "the service, processor": [times.service for times in spent],
        "the database, processor": [times.database for times in spent],
    }
    cells = [
        [name, f"{median(seconds):.2f}", f"{median(seconds) / rows * 1e6:.0f}"]
        for name, seconds in parts.items()
    ]
    return Grid(f"Where the import of {rows:,} rows spends its time", ["part", "s", "µs a row"], cells)
