"""`timeline audit`: the history of a series, change by change, with a chart of each claimant's figures."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import rich_click as click
from rich.text import Text

from timeline.cli.client import Client, timeline_address
from timeline.cli.common import Command, examples
from timeline.cli.layout import Rows
from timeline.cli.options import literal_values, service_options
from timeline.cli.show import AT, CURSOR, LIMIT, View
from timeline.cli.tables import console, names_on, print_unknown, style_word, table
from timeline.cli.text import clean, name_words, plural, type_words
from timeline.domain.edtf import Days
from timeline.domain.words import edtf_words
from timeline.views.documents import ChangeKind, SeriesChange
from timeline.views.responses import Fall, SeriesAuditView

CHART_COLUMNS = 60
_BARS = "▁▂▃▄▅▆▇█"
_KIND_STYLES: Mapping[ChangeKind, str] = {
    "restatement": "yellow",
    "correction": "yellow",
    "retraction": "red",
    "merge": "magenta",
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
@click.option(
    "--all",
    is_flag=True,
    default=None,
    help="Also the changes that changed no answer, as of a claim that another had superseded.",
)
@click.option("--published-by", metavar="TIME", help="Only what had been published by this time.")
@click.option("--csv", "as_csv", is_flag=True, help="Print all changes as CSV.")
@AT
@LIMIT
@CURSOR
@service_options
def audit(*, client: Client, timeline: str, series: str, as_csv: bool, as_json: bool, **query: Any) -> None:
    """Show every change to SERIES: what stood before and what stands after, why, and the delay of the word.

    Where a running total drops, the output says how much of it adjustments explain, and how much not.
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
    print_unknown(view.publication_unknown, "claims or resets")
    if view.falls:
        out.print(_falls_table(view.falls, names))


def _changes_table(changes: Iterable[SeriesChange], names: Mapping[str, str]) -> Rows:
    rows = table(
        *("as of", "claimant", "change", "before", "after", "#difference", "#lag", "reason", "#position"),
        drop=("#lag", "#difference", "#position", "reason"),
    )
    for change in changes:
        rows.add_row(
            clean(change.as_of_text),
            name_words(change.claimant, names),
            _kind_words(change),
            _answer(change.before_text, change.before_as_of),
            _answer(change.after_text, change.after_as_of),
            _difference_words(change),
            plural(change.lag_days, "day"),
            type_words(change.reason or ""),
            str(change.position),
        )
    return rows


def _falls_table(falls: Iterable[Fall], names: Mapping[str, str]) -> Rows:
    rows = table(
        "as of",
        "claimant",
        "before",
        "after",
        "#drop",
        "#unexplained",
        "explained by",
        drop=("explained by", "before"),
        title="Drops in the running total",
    )
    for fall in falls:
        rows.add_row(
            clean(fall.as_of_text),
            name_words(fall.claimant, names),
            _answer(fall.before_text, fall.before_as_of),
            clean(fall.after_text),
            _drop_words(fall, fall.drop),
            Text(_drop_words(fall, fall.unexplained), style="bold red" if fall.unexplained else "dim"),
            "\n".join(map(str, fall.explained_by)) or "nothing",
        )
    return rows


def _chart(changes: Iterable[SeriesChange], names: Mapping[str, str]) -> Iterable[Text]:
    """One line per claimant and unit: its last figure for each date, in order of date, to its own scale."""
    lines: defaultdict[tuple[str, str], dict[Days, tuple[str, int, str]]] = defaultdict(dict)
    for change in changes:
        if change.earliest is None or change.latest is None or change.after_as_of is not None:
            continue  # what is said of another date has its place there
        line, days = lines[change.claimant, change.unit], Days(change.earliest, change.latest)
        point = change.after.point if change.after else None
        if point is None:
            line.pop(days, None)
        else:
            line[days] = change.as_of_text, point, change.after_text
    for (claimant, unit), points in lines.items():
        if len(points) > 1:
            dates = sorted(points, key=lambda days: days.by_end)
            values = [points[days][1] for days in dates]
            (first, _, begin), (last, _, end) = points[dates[0]], points[dates[-1]]
            # in words: a floor is drawn as its number, and is not said to be it
            ends = f"{clean(unit)}, {clean(first)} {clean(begin)} … {clean(last)} {clean(end)}"
            yield Text.assemble((spark(values), "cyan"), f"  {name_words(claimant, names)}: ", (ends, "dim"))


def spark(values: Sequence[int]) -> str:
    """The values as bars, scaled from the least to the greatest; if they are many, evenly sampled to fit."""
    step = max(1, -(-len(values) // CHART_COLUMNS))
    sample = [*values[::step], values[-1]] if (len(values) - 1) % step else values[::step]
    low, high = min(values), max(values)
    top = len(_BARS) - 1
    return "".join(_BARS[round((value - low) * top / (high - low)) if high > low else 0] for value in sample)


def _answer(text: str, as_of: str | None) -> str:
    """What is said of a date, with the date that it was given for where that is another."""
    return clean(f"{text} (as of {edtf_words(as_of)})" if as_of else text) or "—"


def _drop_words(fall: Fall, number: int) -> str:
    """By how much a total fell: at least so much, where not both of its figures are single numbers."""
    is_exact = all(b is not None and b.low == b.high for b in (fall.before.bounds, fall.after.bounds))
    return f"{number:,}" if is_exact or not number else f"at least {number:,}"


def _kind_words(change: SeriesChange) -> Text:
    """The kind, the figure that was claimed where the answers do not show it, and whether it is silent."""
    claimed = f" ({clean(change.claimed_text)})" if change.claimed_text else ""
    silent = ", silent" if change.silent else ""
    return Text.assemble(style_word(change.kind, _KIND_STYLES), claimed, (silent, "dim"))


def _difference_words(change: SeriesChange) -> str:
    """By how much the answer changed; of a reset by how much it revises the total, or no longer does."""
    if change.adjustment is None:
        return "undone" if change.undone else _signed_words(change.difference)
    return f"{_signed_words(change.adjustment)}{' undone' if change.undone else ''}"


def _signed_words(difference: int | None) -> str:
    return "" if difference is None else f"{difference:+,}"
