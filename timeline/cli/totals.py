"""`timeline totals`: incident figures added up, as a table with a bar a line."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import rich_click as click
from rich.bar import Bar
from rich.text import Text

from timeline.cli.client import Client, timeline_address
from timeline.cli.common import Command, examples
from timeline.cli.options import talks_to_a_service
from timeline.cli.show import AT, CURSOR, LIMIT, View
from timeline.cli.tables import console, names_on, table
from timeline.cli.words import clean, name_words, plural, type_words
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
    "--by", multiple=True, type=click.Choice(TOTALS_KEYS), help="What the lines are made by (repeatable)."
)
@click.option(
    "--policy",
    metavar="POLICY",
    help="How rival claims become one: envelope, latest, lowest, highest or claimant:ID.",
)
@click.option("--category", metavar="CATEGORY", help="The one category to add up; `all` if not given.")
@click.option("--subject", metavar="ID", help="Only claims of this actor's losses.")
@click.option("--country", metavar="CODE", help="Only incidents in this country, as UA.")
@click.option("--actor", metavar="ID", help="Only incidents in which this actor acts or suffers.")
@click.option("--tag", multiple=True, metavar="TAG", help="Only claims with all of these tags (repeatable).")
@click.option("--from", metavar="DATE", help="Nothing that began before.")
@click.option("--to", metavar="DATE", help="Nothing that began after.")
@AT
@LIMIT
@CURSOR
@talks_to_a_service
def totals(*, client: Client, timeline: str, as_json: bool, **asked: Any) -> None:
    """Add up the figures of incidents: low, best and high, and how many of them are not known."""
    view = View(client, timeline_address(timeline, "totals"), asked, as_json)
    view.show(TotalsView, lambda page: page.lines, print_totals, "lines")


def print_totals(pages: Sequence[TotalsView], lines: Sequence[TotalsLine]) -> None:
    """The lines, the total, and what stands open."""
    out = console()
    first, names = pages[0], names_on(pages)
    of = "" if first.category == "all" else f" ({clean(first.category)})"
    out.print(Text(f"{type_words(first.measure)}{of} in {first.timeline}", style="bold"))
    out.print(Text(f"at position {first.position}, rival claims by {clean(first.policy)}", style="dim"))
    drawn = table(*first.by, "#incidents", "#low", "#best", "#high", "#unknown", "#unbounded", "best")
    most = max((line.best or 0 for line in lines), default=0)
    for line in lines:
        bar = Bar(most, 0, line.best or 0, width=BAR_COLUMNS) if most else Text()
        drawn.add_row(*_keys(line, names), *_numbers(line), bar)
    if lines:
        drawn.add_section()
    drawn.add_row(*_total(first.by), *_numbers(first.total), "")
    out.print(drawn)
    for remark in _remarks(first):
        out.print(Text(remark, style="dim"))


def _keys(line: TotalsLine, names: Mapping[str, str]) -> Iterable[str]:
    for name, key in line.keys.items():
        yield "—" if key is None else name_words(key, names) if name == "actor" else clean(key)


def _total(by: Sequence[str]) -> Iterable[str]:
    return ["total", *[""] * (len(by) - 1)] if by else []


def _numbers(tally: IncidentSums) -> Iterable[str]:
    yield f"{tally.incidents:,}"
    for number in (tally.low, tally.best, tally.high):
        yield "—" if number is None else f"{number:,}"
    yield f"{tally.unknown:,}"
    yield f"{tally.unbounded:,}"


def _remarks(view: TotalsView) -> Iterable[str]:
    total = view.total
    if view.overlapping:
        yield "An incident is in the line of each of its actors: the lines must not be added up."
    if total.rivals:
        yield f"Of {plural(total.rivals, 'incident')} several claimants speak; see --policy."
    if total.several_subjects:
        yield f"Of {plural(total.several_subjects, 'incident')} figures of single subjects were added."
    if total.left_out:
        left_out = plural(total.left_out, "incident")
        yield f"Left out: {left_out} without such a figure in this category or policy."
