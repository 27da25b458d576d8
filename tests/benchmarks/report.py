"""Shows a figure beside its baseline and its target, in a terminal and as Markdown."""

from collections.abc import Iterable, Sequence

from msgspec import Struct, field
from rich.table import Table
from rich.text import Text

MISSING = "not available yet"
NOTHING = "\N{EN DASH}"
HEADER = ("what", "figure", "baseline", "ratio", "target", "met")


class Figure(Struct, kw_only=True):
    """One row: a figure, its baseline and its target, and whether the target is met.

    `target` is a text; `met` is None where there is no target, or nothing to measure yet.
    """

    what: str
    value: float | None
    unit: str
    baseline: float | None = None
    baseline_what: str = ""
    target: str = ""
    met: bool | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The figure over its baseline."""
        return self.value / self.baseline if self.value is not None and self.baseline else None

    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        measured = MISSING if self.value is None else number(self.value, self.unit)
        beside = f"{number(self.baseline, self.unit)} ({self.baseline_what})" if self.baseline else NOTHING
        ratio = f"{self.ratio:.2f}" if self.ratio is not None else NOTHING
        return (
            self.what,
            f"{measured} ({self.note})" if self.note else measured,
            beside,
            ratio,
            self.target or "shown",
            {True: "yes", False: "no", None: NOTHING}[self.met],
        )


class Grid(Struct):
    """A further table of a scenario: its title, its header and its rows."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


class Curve(Struct):
    """What something costs at each size."""

    name: str
    unit: str
    points: Sequence[tuple[int, float]]


class Findings(Struct):
    """The results of a scenario."""

    figures: list[Figure]
    grids: list[Grid] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)


def missing(what: str, unit: str, target: str) -> Figure:
    """The row of something that the service cannot do yet."""
    return Figure(what=what, value=None, unit=unit, target=target)


def number(value: float, unit: str) -> str:
    """A figure with its unit, to about three digits."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}".strip()


def rich_table(title: str, figures: Iterable[Figure]) -> Table:
    """The rows for a terminal."""
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for name in HEADER:
        table.add_column(name, justify="right" if name == "ratio" else "left")
    for figure in figures:
        *cells, met = figure.cells()
        table.add_row(*cells, Text(met, style={"yes": "green", "no": "bold red"}.get(met, "dim")))
    return table


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
