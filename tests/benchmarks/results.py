"""Stores findings in `results.json` and writes them out as `RESULTS.md` and `cost.svg`.

A run of a part replaces that part; each part says from which run it is.
"""

from pathlib import Path

import msgspec
from msgspec import Struct, field

from tests.benchmarks import chart, report
from tests.benchmarks.report import Findings

FOLDER = Path(__file__).parent
_INTRODUCTION = """# Results

Written by `make bench` and `make bench-peers`; not by hand. Each figure is a median, taken in turn with its
baseline in the same run on the same machine: the ratios hold elsewhere, the figures do not. Client, server
and database share the machine's cores. A target that is missed says so.
"""
_PEERS = """## Peers

The same events, posted and replayed side by side on one machine, in turn. Every store is durable when it
acknowledges. The service is asked over HTTP and keeps all its views; the peers are asked through their own
clients and keep the log alone. *Tailing reader*: eight writers post while one reader polls for what is new;
it must miss nothing and see nothing twice.
"""


class Run(Struct, frozen=True):
    """Where and when a part was measured, and at which extent."""

    machine: dict[str, str]
    extent: str


class Part(Struct):
    """The findings of a scenario, and the run that they are of."""

    run: Run
    findings: Findings


class Results(Struct):
    """The last findings of every scenario, and of the peers."""

    parts: dict[str, Part] = field(default_factory=dict)
    peers: Part | None = None


def load(folder: Path = FOLDER) -> Results:
    """The findings of earlier runs; none where they were stored in another form."""
    path = folder / "results.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Results)
    except (FileNotFoundError, msgspec.ValidationError):
        return Results()


def save(results: Results, order: list[str], folder: Path = FOLDER) -> Path:
    """Write all three files; gives the one to read."""
    results.parts = {name: results.parts[name] for name in order if name in results.parts}
    text = msgspec.json.format(msgspec.json.encode(results), indent=1)
    (folder / "results.json").write_bytes(text + b"\n")
    curves = [curve for part in results.parts.values() for curve in part.findings.curves]
    if curves:
        (folder / "cost.svg").write_text(chart.draw(curves))
    path = folder / "RESULTS.md"
    path.write_text("\n".join(_sections(results, has_chart=bool(curves))))
    return path


def _sections(results: Results, *, has_chart: bool) -> list[str]:
    parts = results.parts
    figures = [figure.cells() for part in parts.values() for figure in part.findings.figures]
    sections = [_INTRODUCTION]
    if figures:
        sections += [report.markdown(report.HEADER, figures), ""]
    if has_chart:
        sections += [
            "![Cost against size: what reads and appends cost in logs of growing size](cost.svg)",
            "",
        ]
    grids = [grid for part in parts.values() for grid in part.findings.grids]
    sections += [line for grid in grids for line in _grid(grid)]
    if results.peers is not None:
        findings = results.peers.findings
        sections += [
            _PEERS,
            report.markdown(report.HEADER, [figure.cells() for figure in findings.figures]),
            "",
        ]
        sections += [line for grid in findings.grids for line in _grid(grid, level=3)]
    return sections + _runs(results)


def _grid(grid: report.Grid, level: int = 2) -> list[str]:
    return [f"{'#' * level} {grid.title}", "", report.markdown(grid.header, grid.rows), ""]


def _runs(results: Results) -> list[str]:
    """Where each part was measured; parts of the same run share a table."""
    runs: dict[bytes, tuple[Run, list[str]]] = {}
    parts = {**results.parts, **({"peers": results.peers} if results.peers else {})}
    for name, part in parts.items():
        runs.setdefault(msgspec.json.encode(part.run), (part.run, []))[1].append(name)
    sections = ["## Measured on", ""]
    for run, names in runs.values():
        rows = [["Parts", ", ".join(names)], *([name, value] for name, value in run.machine.items())]
        sections += [report.markdown(["", ""], [*rows, ["Extent", run.extent]]), ""]
    return sections
