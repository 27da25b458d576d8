"""`timeline rebuild`: the views rebuilt from the log, with one worker and with two."""

import subprocess

from tests.benchmarks.report import Figure, Findings, missing
from tests.benchmarks.stage import TIMELINE, Stage
from tests.benchmarks.timing import Stopwatch, interleave
from tests.support.processes import PROGRAM, clean_environment, setting_variables
from timeline.cli import COMMANDS

RATE_MIN = 40_000
GAIN_MIN = 1.6
REPETITIONS_MAX = 3
REBUILD_SECONDS_MAX = 3_600
_SINGLE, _DOUBLE = "rebuild, one worker", "rebuild, two workers"
_TARGETS = {_SINGLE: f"≥ {RATE_MIN:,} events/s", _DOUBLE: f"≥ {GAIN_MIN} times one worker"}


def measure(stage: Stage) -> Findings:
    """Alternate between one worker and two, on the same log."""
    if "rebuild" not in COMMANDS:
        return Findings([missing(what, "events/s", target) for what, target in _TARGETS.items()])
    size = stage.extent.size
    dsn = stage.copy_of("live", size)

    def rebuild(workers: int) -> float:
        stage.say(f"rebuild of {size:,}: {workers} workers")
        with Stopwatch() as watch:
            _rebuild(dsn, workers)
        return size / watch.seconds

    rates = interleave(
        {_SINGLE: lambda: rebuild(1), _DOUBLE: lambda: rebuild(2)},
        min(stage.extent.repetitions, REPETITIONS_MAX),
    )
    return Findings(_figures(rates[_SINGLE], rates[_DOUBLE]))


def _rebuild(dsn: str, workers: int) -> None:
    command = [*PROGRAM, "rebuild", "--timeline", TIMELINE, "--workers", str(workers)]
    environment = clean_environment(**setting_variables(dsn, rebuild_grace_seconds="0"))
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=REBUILD_SECONDS_MAX)


def _figures(single: float, double: float) -> list[Figure]:
    return [
        Figure(what=_SINGLE, value=single, unit="events/s", target=_TARGETS[_SINGLE], met=single >= RATE_MIN),
        Figure(
            what=_DOUBLE,
            value=double,
            unit="events/s",
            baseline=single,
            baseline_what="one worker",
            target=_TARGETS[_DOUBLE],
            met=double >= GAIN_MIN * single,
        ),
    ]
