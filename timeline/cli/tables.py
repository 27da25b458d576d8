"""Draws answers as tables, for a terminal or for a pipe."""

import os
from collections.abc import Iterable, Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from timeline.cli.words import clean, name_words, plural, time_words, type_words
from timeline.views.answers import EntryVersion, EventOutcome, TimelineSummary, TimelineView
from timeline.views.documents import EntryDocument

# Wide enough in a pipe that a row is mostly a line, which is what grep wants.
PIPE_COLUMNS = 200

STATUS_STYLES = {
    "confirmed": "green",
    "denied": "red",
    "contested": "yellow",
    "retracted": "dim strike",
    "merged": "dim",
}
STANDING_STYLES = {"single": "dim", "compatible": "green", "contested": "bold red"}


def console() -> Console:
    """Where answers are printed; colours on a terminal only."""
    found = Console(highlight=False, markup=False, emoji=False)
    if not found.is_terminal and "COLUMNS" not in os.environ:
        found.width = PIPE_COLUMNS
    return found


def error_console() -> Console:
    """Where progress is shown."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def table(*columns: str, title: str | None = None) -> Table:
    """An empty table; a column whose name starts with # holds numbers."""
    made = Table(box=box.SIMPLE_HEAD, title=title and clean(title), title_justify="left", pad_edge=False)
    for name in columns:
        number = name.startswith("#")
        made.add_column(name.removeprefix("#"), justify="right" if number else "left", overflow="fold")
    return made


def styled(word: str, styles: Mapping[str, str]) -> Text:
    """A word in the style that it has there."""
    return Text(clean(word), style=styles.get(word, ""))


def fact(name: str, value: str | Text | None) -> Iterable[Text]:
    """A line `name: value`, or none where there is no value."""
    if value:
        yield Text.assemble((f"{name}: ", "dim"), value if isinstance(value, Text) else clean(value))


def print_timelines(timelines: Sequence[TimelineSummary]) -> None:
    """The list of timelines."""
    drawn = table("timeline", "title", "#head", "last recorded")
    for one in timelines:
        drawn.add_row(clean(one.id), clean(one.title or "—"), str(one.head), time_words(one.recorded_at))
    console().print(drawn if timelines else Text("There is no timeline yet."))


def print_outcomes(outcomes: Iterable[EventOutcome], summary: str) -> None:
    """What became of each event of a post, and of all."""
    out = console()
    drawn = table("#position", "event", "outcome", "recorded")
    for one in outcomes:
        known = Text("there before", style="yellow") if one.duplicate else Text("recorded", style="green")
        drawn.add_row(str(one.position), str(one.id), known, time_words(one.recorded_at))
    if drawn.rows:
        out.print(drawn)
    out.print(Text(f"{summary[:1].upper()}{summary[1:]}."))


def occurred(entry: EntryDocument) -> str:
    """When it happened, as the report has it; else since when it is known."""
    return clean(entry.event.occurred or "") or time_words(entry.starts)


def entries_table(entries: Iterable[EntryDocument], names: Mapping[str, str]) -> Table:
    """Entries, one a row."""
    drawn = table("date", "type", "status", "summary", "actors", "#position")
    for entry in entries:
        actors = ", ".join(name_words(named.actor, names) for named in entry.actors)
        drawn.add_row(
            occurred(entry),
            type_words(entry.type),
            styled(entry.status, STATUS_STYLES),
            clean(entry.event.summary),
            actors,
            str(entry.position),
        )
    return drawn


def print_view(pages: Sequence[TimelineView], entries: Sequence[EntryDocument]) -> None:
    """The timeline: its title and its entries."""
    out = console()
    first = pages[0]
    title = first.about.title if first.about else first.timeline
    out.print(Text(clean(title), style="bold"))
    out.print(Text(f"{first.timeline} at position {first.position}", style="dim"))
    names = {actor: name for page in pages for actor, name in page.names.items()}
    out.print(entries_table(entries, names) if entries else Text("\nNothing is there that fits."))


def say_more(shown: int, thing: str, *, more: bool) -> None:
    """Say that a list goes on."""
    if more:
        console().print(
            Text(f"There are more than these {plural(shown, thing)}: raise --limit.", style="dim")
        )


def versions_table(versions: Iterable[EntryVersion]) -> Table:
    """How an entry came to be what it is, the last first."""
    drawn = table("#from", "#to", "status", "summary", "said of it")
    for version in versions:
        entry = version.entry
        drawn.add_row(
            str(version.from_position),
            "now" if version.to_position is None else str(version.to_position),
            styled(entry.status, STATUS_STYLES),
            clean(entry.event.summary),
            "; ".join(said_of(entry)),
        )
    return drawn


def said_of(entry: EntryDocument, names: Mapping[str, str] | None = None) -> Iterable[str]:
    """What stands about an entry: statements, evidence, verifications, amendments, what it is one with."""
    known = names or {}
    for statement in entry.statements:
        yield f"{name_words(statement.speaker, known)} {type_words(statement.stance)} ({statement.position})"
    for evidence in entry.evidence:
        yield f"{evidence.kind} ({evidence.position})"
    for verification in entry.verifications:
        grade = clean(verification.grade)
        yield f"{name_words(verification.claimant, known)} grades it {grade} ({verification.position})"
    for amendment in entry.amendments:
        yield f"{amendment.type}, {type_words(amendment.reason)} ({amendment.position})"
    if entry.same_as:
        yield f"one with {plural(len(entry.same_as), 'other report')}"
    if entry.leader:
        yield f"one with {entry.leader}"
