"""`python -m tests.benchmarks`: runs the scenarios, prints their table and writes RESULTS.md."""

import argparse
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tests.benchmarks import machine, results
from tests.benchmarks.report import Figure, rich_table
from tests.benchmarks.results import Part, Run
from tests.benchmarks.scenarios import SCENARIOS
from tests.benchmarks.stage import Extent, Stage, open_stage
from timeline.embedded.server import EmbeddedServer

CACHE = Path(".cache/bench")


def main() -> None:
    """Measure the chosen scenarios; a missed target is reported, and fails nothing."""
    arguments = _arguments()
    extent = Extent(size=arguments.size, repetitions=arguments.repetitions, seconds=arguments.seconds)
    names = [name for name in SCENARIOS if name in arguments.only] if arguments.only else list(SCENARIOS)
    console = Console()
    data_dir = Path(tempfile.mkdtemp(prefix="timeline-bench-"))
    try:
        with EmbeddedServer(data_dir) as server, progress(console, len(names)) as (say, step):
            run = Run(machine.describe(server.dsn), _words(extent))
            with open_stage(server.dsn, CACHE, extent, say) as stage:
                figures = _measure(stage, names, run, step)
    finally:
        shutil.rmtree(data_dir)
    console.print(rich_table("Benchmarks", figures))
    console.print(f"Written to {results.FOLDER / 'RESULTS.md'}")


def _measure(stage: Stage, names: Sequence[str], run: Run, step: Callable[[], None]) -> list[Figure]:
    """Run scenario by scenario; each is written as soon as it is measured."""
    figures: list[Figure] = []
    for name in names:
        findings = SCENARIOS[name](stage)
        figures += findings.figures
        written = results.load()
        written.parts[name] = Part(run, findings)
        results.save(written, list(SCENARIOS))
        step()
    return figures


class progress:  # noqa: N801 - reads as a with-statement's verb
    """A bar over the scenarios; gives a function that names the current work, and one that moves the bar."""

    def __init__(self, console: Console, steps: int) -> None:
        columns = (BarColumn(20), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn())
        self._progress = Progress(*columns, TextColumn("{task.description}"), console=console, transient=True)
        self._task = self._progress.add_task("starting", total=steps)

    def __enter__(self) -> tuple[Callable[[str], None], Callable[[], None]]:
        self._progress.start()
        return self._say, lambda: self._progress.advance(self._task)

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def _say(self, text: str) -> None:
        self._progress.update(self._task, description=text)


def _words(extent: Extent) -> str:
    return f"{extent.size:,} events, {extent.repetitions} repetitions, {extent.seconds:g} s a closed loop"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", type=_names, help=f"some of {', '.join(SCENARIOS)}, with commas")
    parser.add_argument("--size", type=int, default=Extent().size, help="events of the largest log")
    parser.add_argument("--repetitions", type=int, default=Extent().repetitions)
    parser.add_argument("--seconds", type=float, default=Extent().seconds, help="of each closed loop")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = set(names) - set(SCENARIOS)
    if unknown:
        raise argparse.ArgumentTypeError(
            f"unknown scenarios: {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}"
        )
    return names


if __name__ == "__main__":
    main()
