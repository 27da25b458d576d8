"""`timeline audit`: the history of a series, change by change, with a chart of each claimant's figures."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import rich_click as click
from rich.table import Table
from rich.text import Text

from timeline.cli.client import Client, timeline_address
from timeline.cli.common import Command, examples
from timeline.cli.options import literal_values, service_options
from timeline.cli.show import AT, CURSOR, LIMIT, View
from timeline.cli.tables import console, names_on, style_word, table
from timeline.cli.text import clean, figure_on_one_line, iso_day, name_words, plural, type_words
from timeline.domain.figure import Figure
from timeline.views.documents import ChangeKind, SeriesChange
from timeline.views.responses import Fall, SeriesAuditView

CHART_COLUMNS = 60
_BARS = "▁▂▃▄▅▆▇█"
_KIND_STYLES: Mapping[ChangeKind, str] = {
    "restatement": "yellow",
    "correction": "yellow",
    "retraction": "red",
    "reset": "magenta",
}
SERIES = "casualties.killed_or_wounded.north-korean-troops-in-russia.military.cumulative"


@click.command(
    cls=Command,
    epilog=examples(
        f"timeline audit kursk-2024 {SERIES}",
        f"timeline audit kursk-2024 {SERIES} --kind restatement --kind correction",
        f"timeline audit kursk-2024 {SERIES} --csv",
    ),
)
@click.argument("timeline")
@click.argument("series")
@click.option("--claimant", metavar="ACTOR", help="Only changes by this claimant.")
@click.option(
    "--kind",
    multiple=True,
    type=click.Choice(literal_values(ChangeKind)),
    help="Only changes of these kinds (repeatable).",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print all changes as CSV.")
@AT
@LIMIT
@CURSOR
@service_options
def audit(*, client: Client, timeline: str, series: str, as_csv: bool, as_json: bool, **query: Any) -> None:
    """Show every change to SERIES: the figures before and after, the reason, and the delay of the report.

    Where a running total drops, the output names the reset that explains it, or says that none does.
    """
    if as_csv:
        query = {name: value for name, value in query.items() if name not in ("limit", "cursor")}
    view = View(client, timeline_address(timeline, "figures", series, "audit"), query, as_json)
    if as_csv:
        click.echo(client.get(view.address, {**query, "format": "csv"}), nl=False)
    else:
        view.show(SeriesAuditView, lambda page: page.changes, print_audit, "changes")


def print_audit(pages: Sequence[SeriesAuditView], changes: Sequence[SeriesChange]) -> None:
    """Print the chart, the changes, and the drops in running totals."""
    out = console()
    view, names = pages[0], names_on(pages)
    counts = ", ".join(f"{type_words(kind)} {number:,}" for kind, number in view.kinds.items())
    out.print(Text(clean(view.series), style="bold"))
    out.print(
        Text(f"{view.timeline} at position {view.position}: {plural(view.total, 'change')}", style="dim")
    )
    out.print(Text(counts, style="dim"))
    for line in _chart(changes, names):
        out.print(line)
    out.print(_changes_table(changes, names))
    if view.falls:
        out.print(_falls_table(view.falls, names))


def _changes_table(changes: Iterable[SeriesChange], names: Mapping[str, str]) -> Table:
    rows = table(
        "as of", "claimant", "change", "before", "after", "#difference", "lag", "reason", "#position"
    )
    for change in changes:
        rows.add_row(
            iso_day(change.as_of),
            name_words(change.claimant, names) if change.claimant else "everyone",
            style_word(change.kind, _KIND_STYLES),
            _figure(change.before),
            _figure(change.after),
            _signed_words(change.difference if change.adjustment is None else change.adjustment),
            _lag(change.lag_seconds),
            type_words(change.reason or ""),
            str(change.position),
        )
    return rows


def _falls_table(falls: Iterable[Fall], names: Mapping[str, str]) -> Table:
    rows = table(
        "as of",
        "claimant",
        "before",
        "after",
        "#difference",
        "explained by",
        title="Drops in the running total",
    )
    for fall in falls:
        causes = "\n".join(map(str, fall.explained_by))
        rows.add_row(
            iso_day(fall.as_of),
            name_words(fall.claimant, names),
            _figure(fall.before),
            _figure(fall.after),
            _signed_words(fall.difference),
            causes or Text("unexplained", style="bold red"),
        )
    return rows


def _chart(changes: Iterable[SeriesChange], names: Mapping[str, str]) -> Iterable[Text]:
    """One line per claimant: its last figure for each date, in order of date, scaled to its own range."""
    lines: defaultdict[str, dict[datetime, int]] = defaultdict(dict)
    for change in changes:
        if change.claimant and change.after and (point := change.after.point) is not None:
            lines[change.claimant][change.as_of] = point
    for claimant, points in lines.items():
        if len(points) > 1:
            values = [points[date] for date in sorted(points)]
            ends = f"{iso_day(min(points))} {values[0]:,} … {iso_day(max(points))} {values[-1]:,}"
            yield Text.assemble((spark(values), "cyan"), f"  {name_words(claimant, names)}: ", (ends, "dim"))


def spark(values: Sequence[int]) -> str:
    """The values as bars, scaled from the least to the greatest; if they are many, evenly sampled to fit."""
    step = max(1, -(-len(values) // CHART_COLUMNS))
    sample = [*values[::step], values[-1]] if (len(values) - 1) % step else values[::step]
    low, high = min(values), max(values)
    top = len(_BARS) - 1
    return "".join(_BARS[round((value - low) * top / (high - low)) if high > low else 0] for value in sample)


def _figure(figure: Figure | None) -> str:
    return figure_on_one_line(figure) if figure else "—"


def _signed_words(difference: int | None) -> str:
    return "" if difference is None else f"{difference:+,}"


def _lag(seconds: float) -> str:
    lag = timedelta(seconds=round(seconds))
    if abs(lag) >= timedelta(days=1):
        return f"{lag / timedelta(days=1):+.1f} d"
    return f"{lag / timedelta(hours=1):+.1f} h"
