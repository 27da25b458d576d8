"""`timeline replay`: prints each record of the log, and what it changed: entries, figures, actors."""

from collections.abc import Iterator

import rich_click as click
from msgspec import Raw, Struct
from rich.console import Console
from rich.text import Text

from timeline.cli.change_lines import change_lines
from timeline.cli.client import Client, Unreachable, decode, timeline_address
from timeline.cli.common import Command, examples
from timeline.cli.options import service_options
from timeline.cli.tables import console
from timeline.cli.text import clean, plural, time_words, type_words
from timeline.domain.events import event_type
from timeline.domain.record import Record, decode_record
from timeline.views.responses import ChangeSet


class _Step(Struct):
    """A record as the log holds it, in whichever version of the vocabulary, and what it changed."""

    record: Raw
    changes: ChangeSet
    names: dict[str, str]


INDENT = "     "


@click.command(
    cls=Command,
    epilog=examples(
        "timeline replay kursk-2024",
        "timeline replay kursk-2024 --after 15 --to 17",
        "timeline replay kursk-2024 --json | jq -c '.changes.claims[]'",
    ),
)
@click.argument("timeline")
@click.option("--after", metavar="POSITION|TIME", help="Start after this position or time.")
@click.option("--to", "until", metavar="POSITION|TIME", help="End with this position or time.")
@service_options
def replay(*, client: Client, timeline: str, after: str | None, until: str | None, as_json: bool) -> None:
    """Replay the log: each event in the order it was recorded, and what it changed, before → after."""
    lines = client.lines(timeline_address(timeline, "replay"), {"after": after, "to": until})
    if as_json:
        for line in lines:
            click.echo(line)
    else:
        _print_steps(lines)


def _print_steps(lines: Iterator[bytes]) -> None:
    out = console()
    count, position = 0, 0
    try:
        for line in lines:
            step = decode(_Step, line)
            record = decode_record(bytes(step.record))
            _print_step(out, record, step)
            count, position = count + 1, record.position
    except Unreachable as error:
        if count:
            error.add(f"The answer broke off; continue with --after {position}.")
        raise
    out.print(Text(f"{plural(count, 'record')} replayed." if count else "No records to replay."))


def _print_step(out: Console, record: Record, step: _Step) -> None:
    out.print(_heading(record))
    if record.event.summary:
        out.print(Text(INDENT + clean(record.event.summary)))
    changes = list(change_lines(step.changes, step.names, names_new=False))
    for line in changes or [Text("no changes", style="dim")]:
        out.print(Text(INDENT).append_text(line))


def _heading(record: Record) -> Text:
    return Text.assemble(
        (f"{record.position:<4} ", "bold"),
        (type_words(event_type(record.event)), "bold cyan"),
        (f"  {time_words(record.recorded_at)} by {clean(record.recorded_by)}  {record.event.id}", "dim"),
    )
