"""Draws what is known of one entry, of the actors, and of one actor."""

from collections.abc import Iterable, Mapping, Sequence

from rich.table import Table
from rich.text import Text

from timeline.cli.tables import (
    STATUS_STYLES,
    console,
    entries_table,
    fact,
    names_on,
    occurred,
    styled,
    table,
)
from timeline.cli.words import bounds_words, clean, name_words, plural, type_words
from timeline.views.documents import ActorDocument, EntryDocument
from timeline.views.responses import ActorList, ActorView, EntryHistory, EntryVersion


def print_history(pages: Sequence[EntryHistory], versions: Sequence[EntryVersion]) -> None:
    """One development as it stands, and its versions."""
    out = console()
    history, names = pages[0], names_on(pages)
    entry = history.entry
    out.print(Text(clean(entry.event.summary), style="bold"))
    out.print(Text(f"{history.timeline} at position {history.position}, entry {entry.id}", style="dim"))
    roles = [
        f"{name_words(one.actor, names)} ({', '.join(map(type_words, one.roles))})" for one in entry.actors
    ]
    for line in (
        *fact("type", type_words(entry.type)),
        *fact("status", styled(entry.status, STATUS_STYLES)),
        *fact("occurred", occurred(entry)),
        *fact("place", _place(entry)),
        *fact("actors", ", ".join(roles)),
        *fact("figure", _figure(entry)),
        *(line for said in _said_of(entry, names) for line in fact("said of it", said)),
    ):
        out.print(line)
    out.print(_versions_table(versions))


def print_actors(_: Sequence[ActorList], actors: Sequence[ActorDocument]) -> None:
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


def print_actor(pages: Sequence[ActorView], entries: Sequence[EntryDocument]) -> None:
    """One actor: who it is, and every entry that names it, with its roles there."""
    out = console()
    view, names = pages[0], names_on(pages)
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
    out.print(entries_table(entries, names, roles_of=actor.id) if entries else Text("\nNo entry names it."))


def _figure(entry: EntryDocument) -> str | None:
    claim = entry.claim
    return f"{bounds_words(claim.bounds)}, in {clean(claim.series)}" if claim else None


def _place(entry: EntryDocument) -> str | None:
    place = entry.event.place
    if place is None:
        return None
    named = [clean(name) for name in (place.name, place.admin1, place.country) if name]
    point = f"{place.latitude}, {place.longitude}" if place.latitude is not None else ""
    return "; ".join(filter(None, (", ".join(dict.fromkeys(named)), point, place.precision)))


def _versions_table(versions: Iterable[EntryVersion]) -> Table:
    """How an entry came to be what it is, the last first."""
    drawn = table("#from", "#to", "status", "summary", "said of it")
    for version in versions:
        entry = version.entry
        drawn.add_row(
            str(version.from_position),
            "now" if version.to_position is None else str(version.to_position),
            styled(entry.status, STATUS_STYLES),
            clean(entry.event.summary),
            "; ".join(_said_of(entry)),
        )
    return drawn


def _said_of(entry: EntryDocument, names: Mapping[str, str] | None = None) -> Iterable[str]:
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
