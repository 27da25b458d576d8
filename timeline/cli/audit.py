"""`timeline audit`: the life of a series, change by change, with a chart of what each claimant says."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import rich_click as click
from rich.table import Table
from rich.text import Text

from timeline.cli.client import Client, timeline_address
from timeline.cli.common import Command, examples
from timeline.cli.options import talks_to_a_service
from timeline.cli.show import AT, CURSOR, LIMIT, View
from timeline.cli.tables import console, names_on, styled, table
from timeline.cli.words import clean, day_words, figure_words, name_words, plural
from timeline.domain.figure import Figure
from timeline.views.responses import Fall, SeriesAuditView, SeriesChange

CHART_COLUMNS = 60
_BARS = "▁▂▃▄▅▆▇█"
_KIND_STYLES = {
    "restatement": "yellow",
    "correction": "yellow",
    "retraction": "red",
    "reset": "magenta",
}
_KINDS = ("first_report", "update", "restatement", "correction", "retraction", "reset")
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
@click.option("--claimant", metavar="ACTOR", help="Changes by this claimant only.")
@click.option("--kind", multiple=True, type=click.Choice(_KINDS), help="Of these kinds only (repeatable).")
@click.option("--csv", "as_csv", is_flag=True, help="Print all changes as CSV.")
@AT
@LIMIT
@CURSOR
@talks_to_a_service
def audit(*, client: Client, timeline: str, series: str, as_csv: bool, as_json: bool, **asked: Any) -> None:
    """Show every change of SERIES: what stood before and after it, what made it, why, and how late.

    A fall of a running total is shown with the reset that explains it, or as unexplained.
    """
    if as_csv:
        asked = {name: value for name, value in asked.items() if name not in ("limit", "cursor")}
    view = View(client, timeline_address(timeline, "figures", series, "audit"), asked, as_json)
    if as_csv:
        click.echo(client.get(view.address, {**asked, "format": "csv"}), nl=False)
    else:
        view.show(SeriesAuditView, lambda page: page.changes, print_audit, "changes")


def print_audit(pages: Sequence[SeriesAuditView], changes: Sequence[SeriesChange]) -> None:
    """The chart, the changes, and the falls."""
    out = console()
    view, names = pages[0], names_on(pages)
    counted = ", ".join(f"{clean(kind).replace('_', ' ')} {number:,}" for kind, number in view.kinds.items())
    out.print(Text(clean(view.series), style="bold"))
    out.print(
        Text(f"{view.timeline} at position {view.position}: {plural(view.total, 'change')}", style="dim")
    )
    out.print(Text(counted, style="dim"))
    for line in _chart(changes, names):
        out.print(line)
    out.print(_changes_table(changes, names))
    if view.falls:
        out.print(_falls_table(view.falls, names))


def _changes_table(changes: Iterable[SeriesChange], names: Mapping[str, str]) -> Table:
    drawn = table("as of", "claimant", "change", "before", "after", "#difference", "lag", "why", "#position")
    for change in changes:
        drawn.add_row(
            day_words(change.as_of),
            name_words(change.claimant, names) if change.claimant else "everybody",
            styled(change.kind.replace("_", " "), {k.replace("_", " "): v for k, v in _KIND_STYLES.items()}),
            _figure(change.before),
            _figure(change.after),
            _signed(change.difference if change.adjustment is None else change.adjustment),
            _lag(change.lag_seconds),
            clean((change.reason or "").replace("_", " ")),
            str(change.position),
        )
    return drawn


def _falls_table(falls: Iterable[Fall], names: Mapping[str, str]) -> Table:
    drawn = table("fell on", "claimant", "before", "after", "#difference", "explained by", title="Falls")
    for fall in falls:
        causes = "\n".join(map(str, fall.explained_by))
        drawn.add_row(
            day_words(fall.as_of),
            name_words(fall.claimant, names),
            _figure(fall.before),
            _figure(fall.after),
            _signed(fall.difference),
            causes or Text("unexplained", style="bold red"),
        )
    return drawn


def _chart(changes: Iterable[SeriesChange], names: Mapping[str, str]) -> Iterable[Text]:
    """A line a claimant: what it last said for each date, from the first to the last, scaled to its range."""
    lines: defaultdict[str, dict[datetime, int]] = defaultdict(dict)
    for change in changes:
        if change.claimant and change.after and (point := change.after.point) is not None:
            lines[change.claimant][change.as_of] = point
    for claimant, points in lines.items():
        if len(points) > 1:
            values = [points[date] for date in sorted(points)]
            ends = f"{day_words(min(points))} {values[0]:,} … {day_words(max(points))} {values[-1]:,}"
            yield Text.assemble((spark(values), "cyan"), f"  {name_words(claimant, names)}: ", (ends, "dim"))


def spark(values: Sequence[int]) -> str:
    """The values as bars from the least to the greatest; of many, as many as fit, evenly chosen."""
    step = max(1, -(-len(values) // CHART_COLUMNS))
    shown = [*values[::step], values[-1]] if (len(values) - 1) % step else values[::step]
    low, high = min(values), max(values)
    top = len(_BARS) - 1
    return "".join(_BARS[round((value - low) * top / (high - low)) if high > low else 0] for value in shown)


def _figure(figure: Figure | None) -> str:
    return figure_words(figure) if figure else "—"


def _signed(difference: int | None) -> str:
    return "" if difference is None else f"{difference:+,}"


def _lag(seconds: float) -> str:
    lag = timedelta(seconds=round(seconds))
    if abs(lag) >= timedelta(days=1):
        return f"{lag / timedelta(days=1):+.1f} d"
    return f"{lag / timedelta(hours=1):+.1f} h"
