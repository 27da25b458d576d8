"""`timeline show`, `actor` and `figures`: the views, now or at any position."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import rich_click as click

from timeline.cli.client import Client, PagedAnswer, timeline_address
from timeline.cli.common import Command, examples
from timeline.cli.details import print_actor, print_actors, print_history
from timeline.cli.options import talks_to_a_service
from timeline.cli.series import print_series, print_series_list
from timeline.cli.tables import print_timelines, print_view, say_more
from timeline.views.responses import (
    ActorList,
    ActorView,
    EntryHistory,
    SeriesList,
    SeriesView,
    TimelineList,
    TimelineView,
)

ROWS_DEFAULT = 50
SERIES = "strength.deployed.north-korean-troops-in-russia.russia.stock"
PAGE_ROWS_MAX = 500  # what a service gives at once, unless it is set to less

P = TypeVar("P", bound=PagedAnswer)
Function = Callable[..., None]

AT = click.option(
    "--at", metavar="POSITION|TIME", help="As it stood at a position, or at a time (2024-12-27T10:00:00Z)."
)
LIMIT = click.option(
    "--limit",
    type=click.IntRange(1),
    metavar="N",
    help=f"How many rows; if not given {ROWS_DEFAULT}, or with --json the service's own choice.",
)
CURSOR = click.option("--cursor", metavar="CURSOR", help="Where to go on: the cursor of a page's `next`.")

FILTERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--type", {"multiple": True, "help": "Any of these types, such as capture (repeatable)."}),
    ("--actor", {"help": "An actor's id, in whatever role."}),
    ("--claimant", {"help": "The id of who asserts it."}),
    ("--place", {"help": "The name, first-level unit or country of the place."}),
    ("--bbox", {"help": "west,south,east,north in degrees."}),
    ("--from", {"metavar": "DATE", "help": "Nothing that was over before."}),
    ("--to", {"metavar": "DATE", "help": "Nothing that began after."}),
    ("--q", {"metavar": "WORDS", "help": "Words to search for."}),
    ("--tag", {"multiple": True, "help": "All of these tags (repeatable)."}),
    ("--status", {"multiple": True, "help": "Any of these, such as confirmed (repeatable)."}),
    ("--order", {"type": click.Choice(["asc", "desc"]), "help": "The earliest or the latest first."}),
)


def filters(command: Function) -> Function:
    """Give a command the filters of the timeline view."""
    for name, how in reversed(FILTERS):
        metavar = {} if "type" in how else {"metavar": name[2:].upper()}
        command = click.option(name, **metavar | how)(command)
    return command


class View(NamedTuple):
    """A view asked for: where, with which parameters, and what to do with it."""

    client: Client
    address: str
    parameters: dict[str, Any]
    as_json: bool

    def show(
        self,
        kind: type[P],
        rows: Callable[[P], Sequence[Any]],
        draw: Callable[[list[P], list[Any]], None],
        things: str,
    ) -> None:
        """Print the answer as it came, or draw as many rows as were asked for, from as many pages."""
        if self.as_json:
            click.echo(self.client.get(self.address, self.parameters))
            return
        limit = self.parameters.get("limit") or ROWS_DEFAULT
        pages: list[P] = []
        found: list[Any] = []
        asked = {**self.parameters, "limit": min(limit, PAGE_ROWS_MAX)}
        for page in self.client.pages(kind, self.address, asked):
            pages.append(page)
            found += rows(page)
            if len(found) >= limit:
                break
        draw(pages, found[:limit])
        if len(found) > limit or pages[-1].next is not None:
            say_more(limit, things)


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
@click.option("--entry", metavar="ID", help="One development, with all its versions.")
@AT
@filters
@LIMIT
@CURSOR
@talks_to_a_service
def show(*, client: Client, timeline: str | None, entry: str | None, as_json: bool, **asked: Any) -> None:
    """Show a timeline, one of its entries, or, without TIMELINE, the list of timelines."""
    paging = ("limit", "cursor")
    if timeline is None:
        _refuse("needs a TIMELINE", entry=entry, **{n: v for n, v in asked.items() if n not in paging})
        view = View(client, "/v1/timelines", asked, as_json)
        view.show(TimelineList, lambda page: page.timelines, print_timelines, "timelines")
    elif entry is None:
        view = View(client, timeline_address(timeline), asked, as_json)
        view.show(TimelineView, lambda page: page.entries, print_view, "entries")
    else:
        _refuse("does not go with --entry", **{n: v for n, v in asked.items() if n not in ("at", *paging)})
        view = View(client, timeline_address(timeline, "entries", entry), asked, as_json)
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
@AT
@LIMIT
@CURSOR
@talks_to_a_service
def actor(*, client: Client, timeline: str, actor: str | None, as_json: bool, **asked: Any) -> None:
    """Show an actor and every entry that names it, or, without ACTOR, the timeline's actors."""
    if actor is None:
        view = View(client, timeline_address(timeline, "actors"), asked, as_json)
        view.show(ActorList, lambda page: page.actors, print_actors, "actors")
    else:
        view = View(client, timeline_address(timeline, "actors", actor), asked, as_json)
        view.show(ActorView, lambda page: page.entries, print_actor, "entries")


@click.command(
    cls=Command,
    epilog=examples(
        "timeline figures kursk-2024",
        "timeline figures kursk-2024 --at 16",
        f"timeline figures kursk-2024 {SERIES}",
        f"timeline figures kursk-2024 {SERIES} --as-of 2024-12-31 --policy latest",
    ),
)
@click.argument("timeline")
@click.argument("series", required=False)
@click.option("--as-of", metavar="DATE", help="Only claims that speak for a date up to this one.")
@click.option("--published-by", metavar="TIME", help="Only what had been published by then.")
@click.option("--policy", metavar="POLICY", help="How one figure is chosen: latest, lowest, claimant:ID, …")
@AT
@LIMIT
@CURSOR
@talks_to_a_service
def figures(*, client: Client, timeline: str, series: str | None, as_json: bool, **asked: Any) -> None:
    """Show how the claims of one series stand to each other, or, without SERIES, all series."""
    if series is None:
        _refuse("needs a SERIES", **{name: asked.pop(name) for name in ("as_of", "published_by", "policy")})
        view = View(client, timeline_address(timeline, "figures"), asked, as_json)
        view.show(SeriesList, lambda page: page.series, print_series_list, "series")
    else:
        view = View(client, timeline_address(timeline, "figures", series), asked, as_json)
        view.show(SeriesView, lambda page: page.claims, print_series, "claims")


def _refuse(why: str, **asked: object) -> None:
    """Refuse options that mean nothing here, rather than ignore them."""
    for name, value in asked.items():
        if value not in (None, ()):
            raise click.UsageError(f"--{name.replace('_', '-')} {why}")
