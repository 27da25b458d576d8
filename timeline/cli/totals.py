"""`timeline totals`: adds up incident figures, as a table with a bar per line."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import rich_click as click
from rich.bar import Bar
from rich.text import Text

from timeline.cli.client import Client, timeline_address
from timeline.cli.common import Command, examples
from timeline.cli.options import service_options
from timeline.cli.show import AT, CURSOR, LIMIT, View
from timeline.cli.tables import console, names_on, table
from timeline.cli.text import clean, name_words, plural, type_words
from timeline.views.responses import TOTALS_KEYS, IncidentSums, TotalsLine, TotalsView

BAR_COLUMNS = 24


@click.command(
    cls=Command,
    epilog=examples(
        "timeline totals kursk-2024 --measure captured --by month",
        "timeline totals kursk-2024 --measure killed --by year --by country --from 2024",
        "timeline totals kursk-2024 --measure killed --by actor --policy latest --json",
    ),
)
@click.argument("timeline")
@click.option("--measure", required=True, metavar="MEASURE", help="What to add up, such as killed.")
@click.option(
    "--by",
    multiple=True,
    type=click.Choice(TOTALS_KEYS),
    help="Group by this, one line per group (repeatable).",
)
@click.option(
    "--policy",
    metavar="POLICY",
    help="How to choose among rival claims: envelope, latest, lowest, highest or claimant:ID.",
)
@click.option("--category", metavar="CATEGORY", help="The category to add up; `all` if not given.")
@click.option("--subject", metavar="ID", help="Only claims about this actor's losses.")
@click.option("--country", metavar="CODE", help="Only incidents in this country, such as UA.")
@click.option("--actor", metavar="ID", help="Only incidents that involve this actor, on either side.")
@click.option("--tag", multiple=True, metavar="TAG", help="Only claims with all of these tags (repeatable).")
@click.option("--from", metavar="DATE", help="Leave out incidents that began before this date.")
@click.option("--to", metavar="DATE", help="Leave out incidents that began after this date.")
@AT
@LIMIT
@CURSOR
@service_options
def totals(*, client: Client, timeline: str, as_json: bool, **query: Any) -> None:
    """Add up the figures of incidents: low, best and high, and in how many incidents they are unknown."""
    view = View(client, timeline_address(timeline, "totals"), query, as_json)
    view.show(TotalsView, lambda page: page.lines, print_totals, "lines")


def print_totals(pages: Sequence[TotalsView], lines: Sequence[TotalsLine]) -> None:
    """Print the lines, the total, and what the numbers leave open."""
    out = console()
    first, names = pages[0], names_on(pages)
    category = "" if first.category == "all" else f" ({clean(first.category)})"
    out.print(Text(f"{type_words(first.measure)}{category} in {first.timeline}", style="bold"))
    out.print(
        Text(f"at position {first.position}, policy for rival claims: {clean(first.policy)}", style="dim")
    )
    rows = table(*first.by, "#incidents", "#low", "#best", "#high", "#unknown", "#unbounded", "best")
    most = max((line.best or 0 for line in lines), default=0)
    for line in lines:
        bar = Bar(most, 0, line.best or 0, width=BAR_COLUMNS) if most else Text()
        rows.add_row(*_keys(line, names), *_cells(line), bar)
    if lines:
        rows.add_section()
    rows.add_row(*_total_label(first.by), *_cells(first.total), "")
    out.print(rows)
    for remark in _remarks(first):
        out.print(Text(remark, style="dim"))


def _keys(line: TotalsLine, names: Mapping[str, str]) -> Iterable[str]:
    for name, key in line.keys.items():
        yield "—" if key is None else name_words(key, names) if name == "actor" else clean(key)


def _total_label(by: Sequence[str]) -> Iterable[str]:
    return ["total", *[""] * (len(by) - 1)] if by else []


def _cells(sums: IncidentSums) -> Iterable[str]:
    yield f"{sums.incidents:,}"
    for number in (sums.low, sums.best, sums.high):
        yield "—" if number is None else f"{number:,}"
    yield f"{sums.unknown:,}"
    yield f"{sums.unbounded:,}"


def _remarks(view: TotalsView) -> Iterable[str]:
    total = view.total
    if view.overlapping:
        yield "An incident appears once per actor: do not add the lines up."
    if total.rivals:
        yield f"With rival claims: {plural(total.rivals, 'incident')}; --policy chooses among them."
    if total.several_subjects:
        yield f"Added up from figures of single subjects: {plural(total.several_subjects, 'incident')}."
    if total.left_out:
        left_out = plural(total.left_out, "incident")
        yield f"Left out: {left_out} without a figure in this category or under this policy."
