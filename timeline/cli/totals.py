"""`timeline totals`: adds up incident figures, as a table with a bar per line."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import rich_click as click
from rich.bar import Bar
from rich.text import Text

from timeline.cli.client import Client, timeline_address
from timeline.cli.common import Command, examples
from timeline.cli.options import literal_values, service_options
from timeline.cli.show import AT, CURSOR, LIMIT, PUBLISHED_BY, View
from timeline.cli.tables import console, names_on, table
from timeline.cli.text import clean, name_words, plural, type_words
from timeline.domain.claims import IncidentMeasure
from timeline.views.totals_responses import (
    TOTALS_KEYS,
    IncidentSums,
    LeftOutIncidents,
    LeftOutReason,
    PartSums,
    TotalsLine,
    TotalsView,
)

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
@click.option(
    "--measure",
    required=True,
    type=click.Choice(literal_values(IncidentMeasure)),
    metavar="MEASURE",
    help="What to add up, such as killed.",
)
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
@click.option("--unit", metavar="UNIT", help="The unit to add up; people or items if not given.")
@click.option("--subject", metavar="ID", help="Only claims about this actor's losses.")
@click.option("--country", metavar="CODE", help="Only incidents in this country, such as UA.")
@click.option("--place", metavar="NAME", help="Only incidents at a place or first-level unit of this name.")
@click.option("--actor", metavar="ID", help="Only incidents in which this actor acts or suffers.")
@click.option("--tag", multiple=True, metavar="TAG", help="Only incidents with all these tags (repeatable).")
@click.option("--from", metavar="DATE", help="Only incidents that lie wholly on or after this date.")
@click.option("--to", metavar="DATE", help="Only incidents that lie wholly on or before this date.")
@PUBLISHED_BY
@AT
@LIMIT
@CURSOR
@service_options
def totals(*, client: Client, timeline: str, as_json: bool, **query: Any) -> None:
    """Add up the figures of incidents: low, best and high, of how many, and what is left out and why."""
    view = View(client, timeline_address(timeline, "totals"), query, as_json)
    view.show(TotalsView, lambda page: page.lines, print_totals, "lines")


def print_totals(pages: Sequence[TotalsView], lines: Sequence[TotalsLine]) -> None:
    """Print the lines, the total, and what the numbers leave open."""
    out = console()
    first, names = pages[0], names_on(pages)
    category = "" if first.category == "all" else f" ({clean(first.category)})"
    measure = f"{type_words(first.measure)}{category}, {clean(first.unit)}, in {first.timeline}"
    out.print(Text(measure, style="bold"))
    out.print(
        Text(f"at position {first.position}, policy for rival claims: {clean(first.policy)}", style="dim")
    )
    rows = table(
        *first.by,
        *("#incidents", "#low", "#best", "#high", "#best of", "#unbounded", "chart of the best"),
        drop=("chart of the best", "#unbounded", "#best of"),
    )
    most = max((line.best or 0 for line in lines), default=0)
    for line in lines:
        bar = Bar(most, 0, line.best or 0, width=BAR_COLUMNS) if most else Text()
        rows.add_row(*_keys(line, names), *_cells(line), bar)
    if lines:
        rows.add_section()
    rows.add_row(*_label("total", first.by), *_cells(first.total), "")
    out.print(rows)
    for remark in _remarks(first, names):
        out.print(Text(remark, style="dim"))


def _keys(line: TotalsLine, names: Mapping[str, str]) -> Iterable[str]:
    for name, key in line.keys.items():
        if key is None:
            yield "—"
        elif name == "actor":
            yield name_words(key, names)
        else:
            yield _TIME_WORDS.get(key, key) if name in ("year", "month") else clean(key)


_TIME_WORDS = {"several_years": "several years"}


def _label(label: str, by: Sequence[str]) -> Iterable[str]:
    return [label, *[""] * (len(by) - 1)] if by else []


def _cells(sums: IncidentSums) -> Iterable[str]:
    yield f"{sums.incidents:,}"
    for number in (sums.low, sums.best, sums.high):
        yield "—" if number is None else f"{number:,}"
    yield f"{sums.best_incidents:,}"
    yield f"{sums.unbounded:,}"


def _remarks(view: TotalsView, names: Mapping[str, str]) -> Iterable[str]:
    total = view.total
    if view.overlapping:
        yield "An incident appears once per actor: do not add the lines up."
    if 0 < total.best_incidents < total.incidents:
        yield f"Best: of {total.best_incidents:,} of {plural(total.incidents, 'incident')}, {_range(total)}."
    if total.rivals:
        yield f"With rival claims: {plural(total.rivals, 'incident')}; --policy chooses among them."
    if total.several_subjects:
        yield f"Added up from figures of single subjects: {plural(total.several_subjects, 'incident')}."
    if total.disordered:
        yield f"With low, best and high out of order: {plural(total.disordered, 'incident')}."
    for part in view.parts:
        yield f"Beside claims of all: {_part_words(part, names)}."
    if view.publication_unknown:
        yield f"Hidden, for want of a known publication: {plural(view.publication_unknown, 'incident')}."
    if view.left_out:
        reasons = "; ".join(map(_reason_words, view.left_out_reasons))
        yield f"Left out: {plural(view.left_out, 'incident')}: {reasons}."


def _range(sums: IncidentSums) -> str:
    if sums.best_high is None:
        return f"which lie at {sums.best_low:,} or more"
    return f"which lie between {sums.best_low:,} and {sums.best_high:,}"


def _part_words(part: PartSums, names: Mapping[str, str]) -> str:
    low, high = f"{part.low:,}", f"{part.high:,}" if part.high is not None and not part.unbounded else None
    bounds = f"at least {low}" if high is None else low if low == high else f"{low} to {high}"
    best = f", best {part.best:,} of {part.best_incidents:,}" if part.best is not None else ""
    return f"{name_words(part.subject, names)} {bounds}{best}, in {plural(part.incidents, 'incident')}"


def _reason_words(part: LeftOutIncidents) -> str:
    categories = f" ({', '.join(map(clean, part.categories))})" if part.categories else ""
    return f"{part.incidents:,} {_REASON_WORDS[part.reason]}{categories}"


_REASON_WORDS: Mapping[LeftOutReason, str] = {
    "report_retracted": "whose report is retracted",
    "undated": "undated",
    "straddles": "only partly within the time",
    "other_unit": "counted in another unit",
    "other_category": "counted only in other categories",
    "none_reported": "with none reported",
    "no_number": "without a number",
    "other_claimant": "counted only by other claimants",
}
