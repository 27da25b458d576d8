"""`timeline show`, `actor` and `figures`: show the views, now or at any earlier position."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar, get_args

import rich_click as click

from timeline.cli.client import Client, PagedAnswer, timeline_address
from timeline.cli.common import Command, examples
from timeline.cli.details import print_actor, print_actors, print_history
from timeline.cli.options import service_options
from timeline.cli.series import print_series, print_series_list
from timeline.cli.tables import print_more, print_timelines, print_view
from timeline.domain.agreement import Agreement
from timeline.views.figure_responses import SeriesList, SeriesView
from timeline.views.queries.entry_filter import FILTERS, LIST_KINDS, Filter, FilterKind
from timeline.views.responses import (
    ActorList,
    ActorView,
    EntryHistory,
    TimelineList,
    TimelineView,
)

ROWS_DEFAULT = 50
SERIES = "strength.deployed.north-korean-troops-in-russia.russia.stock"
AGREEMENTS = get_args(Agreement)
PAGE_ROWS_MAX = 500  # the most that a service returns at once by default

P = TypeVar("P", bound=PagedAnswer)
Function = Callable[..., None]

AT = click.option(
    "--at", metavar="POSITION|TIME", help="As of a position or a time, such as 2024-12-27T10:00:00Z."
)
PUBLISHED_BY = click.option(
    "--published-by", metavar="TIME", help="Only what the world had been told by this time."
)
LIMIT = click.option(
    "--limit",
    type=click.IntRange(1),
    metavar="N",
    help=f"How many rows; {ROWS_DEFAULT} if not given, or with --json the service's default.",
)
CURSOR = click.option("--cursor", metavar="CURSOR", help="Continue from this cursor, from a page's `next`.")

_METAVARS: Mapping[FilterKind, str] = {"date": "DATE", "words": "WORDS"}
"""The kinds of filters whose value is not called by the name of the option."""


def filters(command: Function) -> Function:
    """Give a command the filters of the timeline view, named and described as in the API."""
    order = click.Choice(["asc", "desc"])
    options: list[Callable[[Function], Function]] = [
        click.option("--actor", metavar="ACTOR", help="Only entries that name this actor, in any role."),
        click.option(
            "--parts/--no-parts", default=None, help="With the actor also what belongs to it (part_of)."
        ),
        *map(_filter_option, FILTERS),
        click.option("--order", type=order, help="Earliest (asc) or latest (desc) first."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _filter_option(row: Filter) -> Callable[[Function], Function]:
    metavar = _METAVARS.get(row.kind, row.parameter.upper())
    if row.kind in LIST_KINDS:
        text = f"{row.description.removesuffix('.')} (repeatable)."
        return click.option(f"--{row.parameter}", metavar=metavar, multiple=True, help=text)
    return click.option(f"--{row.parameter}", metavar=metavar, help=row.description)


class View(NamedTuple):
    """A view to request and print: its address and parameters, and whether to print it as JSON."""

    client: Client
    address: str
    parameters: dict[str, Any]
    as_json: bool

    def show(
        self,
        kind: type[P],
        rows: Callable[[P], Sequence[Any]],
        print_rows: Callable[[list[P], list[Any]], None],
        nouns: str,
    ) -> None:
        """Print the answer unchanged as JSON; or as many rows as `limit` asks for, from as many pages.

        Args:
            kind: The type of a page.
            rows: Gives the rows of a page.
            print_rows: Prints the rows of all pages; the pages tell the rest, such as the names.
            nouns: What the rows are, in the plural.
        """
        if self.as_json:
            click.echo(self.client.get(self.address, self.parameters))
            return
        limit = self.parameters.get("limit") or ROWS_DEFAULT
        pages: list[P] = []
        items: list[Any] = []
        parameters = {**self.parameters, "limit": min(limit, PAGE_ROWS_MAX)}
        for page in self.client.pages(kind, self.address, parameters):
            pages.append(page)
            items += rows(page)
            if len(items) >= limit:
                break
        print_rows(pages, items[:limit])
        if len(items) > limit or pages[-1].next is not None:
            print_more(limit, nouns)


@click.command(
    cls=Command,
    epilog=examples(
        "timeline show",
        "timeline show kursk-2024",
        "timeline show kursk-2024 --at 23 --type capture --type evidence",
        "timeline show kursk-2024 --actor nis-south-korea --order asc",
        "timeline show kursk-2024 --entry 01940767-a2e0-7e51-b541-51be2431f565",
        "timeline show kursk-2024 --q drones --json",
    ),
)
@click.argument("timeline", required=False)
@click.option("--entry", metavar="ID", help="Show this entry with all its versions.")
@AT
@PUBLISHED_BY
@filters
@LIMIT
@CURSOR
@service_options
def show(*, client: Client, timeline: str | None, entry: str | None, as_json: bool, **query: Any) -> None:
    """Show a timeline or one of its entries; without TIMELINE, list the timelines."""
    paging = ("limit", "cursor")
    if timeline is None:
        _refuse("needs a TIMELINE", entry=entry, **{n: v for n, v in query.items() if n not in paging})
        view = View(client, "/v1/timelines", query, as_json)
        view.show(TimelineList, lambda page: page.timelines, print_timelines, "timelines")
    elif entry is None:
        view = View(client, timeline_address(timeline), query, as_json)
        view.show(TimelineView, lambda page: page.entries, print_view, "entries")
    else:
        of_entry = ("at", "published_by", *paging)
        _refuse("does not work with --entry", **{n: v for n, v in query.items() if n not in of_entry})
        view = View(client, timeline_address(timeline, "entries", entry), query, as_json)
        view.show(EntryHistory, lambda page: page.versions, print_history, "versions")


@click.command(
    cls=Command,
    epilog=examples(
        "timeline actor kursk-2024",
        "timeline actor kursk-2024 nis-south-korea",
        "timeline actor kursk-2024 nis-south-korea --at 23",
    ),
)
@click.argument("timeline")
@click.argument("actor", required=False)
@click.option(
    "--parts/--no-parts", default=None, help="With the actor also what belongs to it; if absent, it is."
)
@AT
@PUBLISHED_BY
@LIMIT
@CURSOR
@service_options
def actor(*, client: Client, timeline: str, actor: str | None, as_json: bool, **query: Any) -> None:
    """Show an actor and every entry that names it; without ACTOR, list the timeline's actors."""
    if actor is None:
        _refuse("needs an ACTOR", parts=query.pop("parts"))
        view = View(client, timeline_address(timeline, "actors"), query, as_json)
        view.show(ActorList, lambda page: page.actors, print_actors, "actors")
    else:
        view = View(client, timeline_address(timeline, "actors", actor), query, as_json)
        view.show(ActorView, lambda page: page.entries, print_actor, "entries")


@click.command(
    cls=Command,
    epilog=examples(
        "timeline figures kursk-2024",
        "timeline figures kursk-2024 --at 16",
        "timeline figures kursk-2024 --measure killed --standing contested",
        f"timeline figures kursk-2024 {SERIES}",
        f"timeline figures kursk-2024 {SERIES} --as-of 2024-12-31 --policy latest",
    ),
)
@click.argument("timeline")
@click.argument("series", required=False)
@click.option("--as-of", metavar="DATE", help="The figures for this date: each claimant's newest by then.")
@PUBLISHED_BY
@click.option("--policy", metavar="POLICY", help="How to choose one figure: latest, lowest, claimant:ID, …")
@click.option("--kind", metavar="KIND", help="List only series of this kind, such as casualties.")
@click.option("--measure", metavar="MEASURE", help="List only series of this measure, such as killed.")
@click.option("--subject", metavar="ACTOR", help="List only series about this actor, or about all.")
@click.option("--category", metavar="CATEGORY", help="List only series of this category.")
@click.option("--basis", metavar="BASIS", help="List only series on this basis, such as cumulative.")
@click.option("--claimant", metavar="ACTOR", help="List only series in which this actor claims a figure.")
@click.option("--q", metavar="WORDS", help="List only series with these words in their id and names.")
@click.option("--standing", type=click.Choice(AGREEMENTS), help="List only series that stand so.")
@AT
@LIMIT
@CURSOR
@service_options
def figures(*, client: Client, timeline: str, series: str | None, as_json: bool, **query: Any) -> None:
    """Show the claims of a series and whether they agree; without SERIES, list all series."""
    of_list = ("kind", "measure", "subject", "category", "basis", "claimant", "q", "standing")
    if series is None:
        _refuse("needs a SERIES", **{name: query.pop(name) for name in ("as_of", "policy")})
        view = View(client, timeline_address(timeline, "figures"), query, as_json)
        view.show(SeriesList, lambda page: page.series, print_series_list, "series")
    else:
        _refuse("does not work with a SERIES", **{name: query.pop(name) for name in of_list})
        view = View(client, timeline_address(timeline, "figures", series), query, as_json)
        view.show(SeriesView, lambda page: page.claims, print_series, "claims")


def _refuse(reason: str, **options: object) -> None:
    """Refuse options that have no meaning here, rather than ignore them."""
    for name, value in options.items():
        if value not in (None, ()):
            raise click.UsageError(f"--{name.replace('_', '-')} {reason}")
