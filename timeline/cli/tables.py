"""Tables and lines that the commands print, on a terminal or into a pipe."""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from rich.console import Console
from rich.text import Text

from timeline.cli.layout import Rows, WholeWords
from timeline.cli.text import clean, name_words, time_words, type_words
from timeline.domain.agreement import Agreement
from timeline.views.documents import EntryDocument, Status
from timeline.views.responses import EventOutcome, TimelineList, TimelineSummary, TimelineView

# Wide enough in a pipe that a row is mostly a line, which is what grep wants.
PIPE_COLUMNS = 200

WordT = TypeVar("WordT", bound=str)

STATUS_STYLES: Mapping[Status, str] = {
    "confirmed": "green",
    "denied": "red",
    "contested": "yellow",
    "retracted": "dim strike",
    "merged": "dim",
}
AGREEMENT_STYLES: Mapping[Agreement, str] = {
    "single": "dim",
    "compatible": "green",
    "contested": "bold red",
    "not_comparable": "dim",
}


_DATED_BY = {"published": "published", "recorded": "recorded", "as_of": "as of"}
"""What dates an entry, where its date is not when it happened."""


def console() -> Console:
    """The console for answers; colours on a terminal only."""
    stdout = WholeWords(highlight=False, markup=False, emoji=False)
    if not stdout.is_terminal and "COLUMNS" not in os.environ:
        stdout.width = PIPE_COLUMNS
    return stdout


def error_console() -> Console:
    """The console for progress and remarks, on stderr."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def table(*columns: str, drop: Sequence[str] = (), title: str | None = None) -> Rows:
    """An empty table; a column whose name starts with # holds numbers.

    Where the terminal is narrow, the columns in `drop` go first, in that order.
    """
    return Rows(columns, drop, title and clean(title))


def style_word(word: WordT, styles: Mapping[WordT, str]) -> Text:
    """A word of the vocabulary, in its style if it has one."""
    return Text(type_words(word), style=styles.get(word, ""))


def fact(name: str, value: str | Text | None) -> Iterable[Text]:
    """A line `name: value`, or no line where there is no value."""
    if value:
        yield Text.assemble((f"{name}: ", "dim"), value if isinstance(value, Text) else clean(value))


class HasNames(Protocol):
    """A page that has the names of its actors."""

    @property
    def names(self) -> Mapping[str, str]:
        """The names by id."""


def names_on(pages: Iterable[HasNames]) -> dict[str, str]:
    """The names of the actors on these pages, by id."""
    return {actor: name for page in pages for actor, name in page.names.items()}


def print_timelines(_: Sequence[TimelineList], timelines: Sequence[TimelineSummary]) -> None:
    """Print the list of timelines."""
    rows = table("timeline", "title", "#head", "last recorded", drop=("last recorded",))
    for timeline in timelines:
        rows.add_row(
            clean(timeline.id),
            clean(timeline.title or "—"),
            str(timeline.head),
            time_words(timeline.recorded_at),
        )
    console().print(rows if timelines else Text("No timelines yet."))


def print_outcomes(outcomes: Iterable[EventOutcome], summary: str) -> None:
    """Print the outcome of each event of a post, and the summary."""
    out = console()
    rows = table("#position", "event", "outcome", "recorded", drop=("recorded",))
    for outcome in outcomes:
        word = Text("already recorded", "yellow") if outcome.duplicate else Text("recorded", "green")
        if outcome.effect == "none":
            word = Text("recorded, changes nothing", "yellow")
        rows.add_row(str(outcome.position), str(outcome.id), word, time_words(outcome.recorded_at))
    if rows:
        out.print(rows)
    out.print(Text(f"{summary[:1].upper()}{summary[1:]}."))


def date_words(entry: EntryDocument) -> str:
    """When the entry happened, in words; what dates it is added where that is no `occurred`."""
    words = clean(entry.date_text or entry.event.occurred or "") or time_words(entry.starts)
    remark = _DATED_BY.get(entry.dated_by or "occurred")
    return f"{words} ({remark})" if remark else words


def entries_table(
    entries: Iterable[EntryDocument], names: Mapping[str, str], roles_of: str | None = None
) -> Rows:
    """Entries, one per row, with their actors; or with the roles that one actor has in them.

    Where an entry names only parts of that actor, these are named instead.
    """
    who = "role" if roles_of else "actors"
    drop = ("type", "#position") if roles_of else ("type", "actors", "#position")
    rows = table("date", "type", "status", "summary", who, "#position", drop=drop)
    for entry in entries:
        roles = [role for actor in entry.actors if actor.id == roles_of for role in actor.roles]
        actors = ", ".join(map(type_words, roles)) or ", ".join(
            name_words(actor.id, names) for actor in entry.actors
        )
        rows.add_row(
            date_words(entry),
            type_words(entry.type),
            style_word(entry.status, STATUS_STYLES),
            clean(entry.event.summary),
            actors,
            str(entry.position),
        )
    return rows


def print_view(pages: Sequence[TimelineView], entries: Sequence[EntryDocument]) -> None:
    """Print a timeline: its title and its entries."""
    out = console()
    first = pages[0]
    title = first.about.title if first.about else first.timeline
    out.print(Text(clean(title), style="bold"))
    out.print(Text(f"{first.timeline} at position {first.position}", style="dim"))
    print_unknown(first.publication_unknown, "entries")
    out.print(entries_table(entries, names_on(pages)) if entries else Text("\nNo entries match."))


def print_unknown(count: int | None, nouns: str) -> None:
    """Print how much is hidden only because nobody knows when it was published."""
    if count:
        hidden = f"{count} more {nouns} are hidden, because it is not known when they were published."
        console().print(Text(hidden, style="yellow"))


def print_more(count: int, nouns: str) -> None:
    """Print that the list is longer than the rows above."""
    console().print(
        Text(f"There are more {nouns} than these {count}; raise --limit to see them.", style="dim")
    )
