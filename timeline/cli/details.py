"""Draws what is known of one entry, of the actors, and of one actor."""

from collections.abc import Mapping, Sequence

from rich.text import Text

from timeline.cli.tables import (
    STATUS_STYLES,
    console,
    entries_table,
    fact,
    occurred,
    said_of,
    styled,
    table,
    versions_table,
)
from timeline.cli.words import bounds_words, clean, name_words, type_words
from timeline.views.answers import ActorView, EntryHistory, EntryVersion
from timeline.views.documents import ActorDocument, EntryDocument


def print_history(
    history: EntryHistory, versions: Sequence[EntryVersion], names: Mapping[str, str]
) -> None:
    """One development as it stands, and its versions."""
    out = console()
    entry = history.entry
    out.print(Text(clean(entry.event.summary), style="bold"))
    out.print(Text(f"{history.timeline} at position {history.position}, entry {entry.id}", style="dim"))
    roles = [f"{name_words(one.actor, names)} ({', '.join(map(type_words, one.roles))})" for one in entry.actors]
    for line in (
        *fact("type", type_words(entry.type)),
        *fact("status", styled(entry.status, STATUS_STYLES)),
        *fact("occurred", occurred(entry)),
        *fact("place", _place(entry)),
        *fact("actors", ", ".join(roles)),
        *fact("figure", entry.claim and f"{bounds_words(entry.claim.bounds)}, in {entry.claim.series}"),
        *(line for said in said_of(entry, names) for line in fact("said of it", said)),
    ):
        out.print(line)
    out.print(versions_table(versions))


def print_actors(actors: Sequence[ActorDocument]) -> None:
    """The actors of a timeline."""
    drawn = table("actor", "name", "kind", "part of", "also called")
    for one in actors:
        drawn.add_row(
            clean(one.id),
            clean(one.name),
            type_words(one.kind or "—"),
            clean(one.part_of or "—"),
            clean(", ".join(one.aliases)),
        )
    console().print(drawn if actors else Text("No actor is named yet."))


def print_actor(view: ActorView, entries: Sequence[EntryDocument], names: Mapping[str, str]) -> None:
    """One actor: who it is, and every entry that names it, with its roles there."""
    out = console()
    actor = view.actor
    out.print(Text(clean(actor.name), style="bold"))
    out.print(Text(f"{actor.id} in {view.timeline} at position {view.position}", style="dim"))
    for line in (
        *fact("kind", type_words(actor.kind or "")),
        *fact("also called", ", ".join(actor.aliases)),
        *fact("part of", actor.part_of and name_words(actor.part_of, names)),
        *fact("parts", ", ".join(part.name for part in view.parts)),
        *fact("known as", ", ".join(f"{scheme} {value}" for scheme, value in actor.external_ids.items())),
    ):
        out.print(line)
    out.print(_roles_table(actor.id, entries, names) if entries else Text("\nNo entry names it."))
