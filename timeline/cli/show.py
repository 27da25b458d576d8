"""`timeline show`, `actor` and `figures`: the views, now or at any position."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

import rich_click as click

from timeline.cli.client import Client, Page, segment
from timeline.cli.common import examples, talks_to_a_service
from timeline.cli.details import print_actor, print_actors, print_history
from timeline.cli.series import print_series, print_series_list
from timeline.cli.tables import print_timelines, print_view
from timeline.views.answers import (
    ActorList,
    ActorView,
    EntryHistory,
    SeriesList,
    SeriesView,
    TimelineList,
    TimelineView,
)

ROWS_DEFAULT = 50

P = TypeVar("P", bound=Page)
Command = Callable[..., None]


class Rows(NamedTuple):
    """The rows of several pages, and whether there are more."""

    pages: list[Any]
    rows: list[Any]
    more: bool


AT = click.option(
    "--at", metavar="POSITION|TIME", help="As it stood at a position, or at a time (2024-12-27T10:00:00Z)."
)
LIMIT = click.option(
    "--limit",
    type=click.IntRange(1),
    metavar="N",
    help=f"How many rows; {ROWS_DEFAULT}, or with --json the service's page, if not given.",
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


def filters(command: Command) -> Command:
    """Give a command the filters of the timeline view."""
    for name, how in reversed(FILTERS):
        # the metavar is the option's own name where nothing says better
        command = click.option(name, **{"metavar": name[2:].upper()} | how)(command)
    return command


@click.command(
    epilog=examples(
        "timeline show",
        "timeline show kursk-2024",
        "timeline show kursk-2024 --at 23 --type capture --type evidence",
        "timeline show kursk-2024 --actor nis-south-korea --order asc",
        "timeline show kursk-2024 --entry 01940767-a2e0-7e51-b541-51be2431f565",
        "timeline show kursk-2024 --q 'drones' --json",
    )
)
@click.argument("timeline", required=False)
@click.option("--entry", metavar="ID", help="One development, with all its versions.")
@AT
@filters
@LIMIT
@CURSOR
@talks_to_a_service
def show(
    *, client: Client, timeline: str | None, entry: str | None, as_json: bool, **asked: Any
) -> None:
    """Show a timeline, one of its entries, or, without TIMELINE, the list of timelines."""
    if timeline is None:
        _refuse(entry=entry, **asked, but=("limit", "cursor"), without="a TIMELINE")
        _show(client, TimelineList, "/v1/timelines", asked, as_json, lambda page: page.timelines, print_timelines)
        return
    ...
