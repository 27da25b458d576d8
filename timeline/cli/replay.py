"""`timeline replay`: prints each record of the log, and what it changed: entries, figures, actors."""

from collections.abc import Iterator

import rich_click as click
from msgspec import Raw, Struct
from rich.console import Console
from rich.text import Text

from timeline.cli.client import Client, Unreachable, decode, timeline_address
from timeline.cli.common import Command, examples
from timeline.cli.options import service_options
from timeline.cli.tables import STATUS_STYLES, console, style_word
from timeline.cli.text import bounds_words, clean, plural, time_words, type_words
from timeline.domain.events import event_type
from timeline.domain.record import Record, decode_record
from timeline.views.documents import ActorDocument
from timeline.views.responses import (
    ActorChange,
    ChangeSet,
    ClaimChange,
    EntryChange,
    SeriesClaim,
    TimelineChange,
)


class _Step(Struct):
    """A record as the log holds it, in whichever version of the vocabulary, and what it changed."""

    record: Raw
    changes: ChangeSet


INDENT = "     "
NOTHING = "—"


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
            _print_step(out, record, step.changes)
            count, position = count + 1, record.position
    except Unreachable as error:
        if count:
            error.add(f"The answer broke off; continue with --after {position}.")
        raise
    out.print(Text(f"{plural(count, 'record')} replayed." if count else "No records to replay."))


def _print_step(out: Console, record: Record, change_set: ChangeSet) -> None:
    out.print(_heading(record))
    if record.event.summary:
        out.print(Text(INDENT + clean(record.event.summary)))
    changes = list(_changes(change_set))
    for line in changes or [Text("no changes", style="dim")]:
        out.print(Text(INDENT).append_text(line))


def _heading(record: Record) -> Text:
    return Text.assemble(
        (f"{record.position:<4} ", "bold"),
        (type_words(event_type(record.event)), "bold cyan"),
        (f"  {time_words(record.recorded_at)} by {clean(record.recorded_by)}  {record.event.id}", "dim"),
    )


def _changes(changes: ChangeSet) -> Iterator[Text]:
    for entry in changes.entries:
        yield _entry(entry)
    for claim in changes.claims:
        yield from _claim(claim)
    for actor in changes.actors:
        yield _actor(actor)
    if changes.about:
        yield _title(changes.about)


def _entry(change: EntryChange) -> Text:
    line = Text("entry   ")
    if change.before is None:
        line.append_text(style_word(change.after, STATUS_STYLES)).append(", new")
    elif change.before == change.after:
        line.append_text(style_word(change.after, STATUS_STYLES))
    else:
        line.append_text(style_word(change.before, STATUS_STYLES)).append(" → ")
        line.append_text(style_word(change.after, STATUS_STYLES))
    if change.before is not None:
        line.append(f": {clean(change.summary)}")
        line.append(f" [{', '.join(map(clean, change.fields))}]" if change.fields else "", style="dim")
    return line


def _claim(change: ClaimChange) -> Iterator[Text]:
    """A claim's figure before and after; two lines where it moved to another series."""
    before, after = change.before, change.after
    if before and after and before.series != after.series:
        yield _figure(before.series, before, None)
        yield _figure(after.series, None, after)
    elif either := after or before:
        yield _figure(either.series, before, after)


def _figure(series: str, before: SeriesClaim | None, after: SeriesClaim | None) -> Text:
    words = (f"  {_claim_words(before)} → ", (_claim_words(after), "bold"))
    return Text.assemble("figure  ", (clean(series), "dim"), *words)


def _claim_words(claim: SeriesClaim | None) -> str:
    if claim is not None and (document := claim.claim) is not None:
        source = f"by {clean(document.claimant)}, as of {document.as_of_text}"
        return f"{clean(document.text) or bounds_words(document.bounds)} ({source})"
    if claim is not None and claim.reset is not None:
        claimant = clean(claim.reset.claimant or "everyone")
        return f"reset for {claimant} on {claim.reset.as_of_text}"
    return NOTHING


def _actor(change: ActorChange) -> Text:
    return Text.assemble(
        "actor   ", (clean(change.id), "dim"), f"  {_actor_name(change.before)} → {_actor_name(change.after)}"
    )


def _actor_name(actor: ActorDocument | None) -> str:
    return clean(actor.name) if actor else NOTHING


def _title(change: TimelineChange) -> Text:
    titles = (clean(about.title) if about else NOTHING for about in (change.before, change.after))
    return Text(f"title   {' → '.join(titles)}")
