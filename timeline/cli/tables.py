"""Draws answers as tables, for a terminal or for a pipe."""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from timeline.cli.words import clean, name_words, time_words, type_words
from timeline.views.documents import EntryDocument
from timeline.views.responses import EventOutcome, TimelineList, TimelineSummary, TimelineView

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


class HasNames(Protocol):
    """A page that says what actors are called."""

    @property
    def names(self) -> Mapping[str, str]:
        """The names by id."""


def names_on(pages: Iterable[HasNames]) -> dict[str, str]:
    """What the actors on these pages are called."""
    return {actor: name for page in pages for actor, name in page.names.items()}


def print_timelines(_: Sequence[TimelineList], timelines: Sequence[TimelineSummary]) -> None:
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


def entries_table(
    entries: Iterable[EntryDocument], names: Mapping[str, str], roles_of: str | None = None
) -> Table:
    """Entries, one a row, with their actors; or with the roles that one actor has in them."""
    drawn = table("date", "type", "status", "summary", "as" if roles_of else "actors", "#position")
    for entry in entries:
        if roles_of:
            roles = (role for named in entry.actors if named.actor == roles_of for role in named.roles)
            actors = ", ".join(map(type_words, roles))
        else:
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
    out.print(entries_table(entries, names_on(pages)) if entries else Text("\nNothing is there that fits."))


def say_more(shown: int, things: str) -> None:
    """Say that a list goes on."""
    console().print(Text(f"There are more {things} than these {shown}: raise --limit.", style="dim"))
