"""`timeline diff`: what changed between two positions, each entry, figure and actor once, before → after."""

from collections.abc import Iterator
from itertools import chain

import rich_click as click
from rich.text import Text

from timeline.cli.change_lines import change_lines
from timeline.cli.client import Client, timeline_address
from timeline.cli.common import Command, examples
from timeline.cli.options import service_options
from timeline.cli.show import CURSOR
from timeline.cli.tables import console
from timeline.cli.text import plural
from timeline.views.responses import Diff


@click.command(
    cls=Command,
    epilog=examples(
        "timeline diff kursk-2024 --after 16",
        "timeline diff kursk-2024 --after 2024-12-27T00:00:00Z --to 24",
        "timeline diff kursk-2024 --after 16 --json | jq '.changes.entries[].id'",
    ),
)
@click.argument("timeline")
@click.option(
    "--after",
    metavar="POSITION|TIME",
    help="What changed after this position or time; from the beginning if not given.",
)
@click.option(
    "--to", "until", metavar="POSITION|TIME", help="Up to this position or time; up to now if not given."
)
@click.option(
    "--limit", type=click.IntRange(1), metavar="N", help="With --json: how many entries a page holds."
)
@CURSOR
@service_options
def diff(  # noqa: PLR0913 - the command's options
    *,
    client: Client,
    timeline: str,
    after: str | None,
    until: str | None,
    limit: int | None,
    cursor: str | None,
    as_json: bool,
) -> None:
    """Show what changed between two positions: entries, figures, actors and the title, before → after.

    Each is shown once, as it was and as it is, however often it changed between; `timeline replay` shows
    every step. All changes are printed; with --json one page of them.
    """
    address = timeline_address(timeline, "diff")
    query = {"after": after, "to": until, "limit": limit, "cursor": cursor}
    if as_json:
        click.echo(client.get(address, query))
    else:
        _print(client.pages(Diff, address, query))


def _print(pages: Iterator[Diff]) -> None:
    """Print each page as it comes, and in the end how much differs."""
    out = console()
    first = next(pages)
    out.print(
        Text(f"{first.timeline} after position {first.after_position}, up to {first.position}", style="dim")
    )
    entries = figures = actors = lines = 0
    for page in chain((first,), pages):
        for line in change_lines(page.changes, page.names):
            out.print(line)
            lines += 1
        entries += len(page.changes.entries)
        figures += len(page.changes.claims)
        actors += len(page.changes.actors)
    counts = f"{plural(entries, 'entry', 'entries')}, {plural(figures, 'figure')}, {plural(actors, 'actor')}"
    out.print(Text(f"What differs: {counts}." if lines else "Nothing differs."))
