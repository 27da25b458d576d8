"""Prints one entry with its versions, the actors of a timeline, or one actor with its entries."""

from collections.abc import Iterable, Mapping, Sequence

from rich.text import Text

from timeline.cli.layout import Rows
from timeline.cli.tables import (
    STATUS_STYLES,
    console,
    date_words,
    entries_table,
    fact,
    names_on,
    print_unknown,
    style_word,
    table,
)
from timeline.cli.text import bounds_words, clean, name_words, plural, type_words
from timeline.views.documents import (
    ActorDocument,
    EntryDocument,
    ListCounts,
    StatementMention,
    VerificationMention,
)
from timeline.views.responses import ActorList, ActorView, EntryHistory, EntryVersion


def print_history(pages: Sequence[EntryHistory], versions: Sequence[EntryVersion]) -> None:
    """Print an entry as it stands, and its versions."""
    out = console()
    history, names = pages[0], names_on(pages)
    entry = history.entry
    out.print(Text(clean(entry.event.summary), style="bold"))
    out.print(Text(f"{history.timeline} at position {history.position}, entry {entry.id}", style="dim"))
    roles = [
        f"{name_words(actor.id, names)} ({', '.join(map(type_words, actor.roles))})" for actor in entry.actors
    ]
    for line in (
        *fact("type", type_words(entry.type)),
        *fact("status", style_word(entry.status, STATUS_STYLES)),
        *fact("date", date_words(entry)),
        *fact("place", _place(entry)),
        *fact("actors", ", ".join(roles)),
        *fact("figure", _figure(entry)),
        *(line for mention in _mentions(entry, names) for line in fact("related", mention)),
    ):
        out.print(line)
    out.print(_versions_table(versions))


def print_actors(pages: Sequence[ActorList], actors: Sequence[ActorDocument]) -> None:
    """Print the actors of a timeline."""
    rows = table("actor", "name", "kind", "part of", "also called", drop=("also called", "part of", "kind"))
    for actor in actors:
        rows.add_row(
            clean(actor.id),
            clean(actor.name),
            type_words(actor.kind or "—"),
            clean(actor.part_of or "—"),
            clean(", ".join(actor.aliases)),
        )
    print_unknown(pages[0].publication_unknown, "entries")
    console().print(rows if actors else Text("No actors yet."))


def print_actor(pages: Sequence[ActorView], entries: Sequence[EntryDocument]) -> None:
    """Print an actor: its profile, and every entry that names it or a part of it, with its roles there."""
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
        *fact("external ids", ", ".join(f"{scheme} {value}" for scheme, value in actor.external_ids.items())),
    ):
        out.print(line)
    print_unknown(view.publication_unknown, "entries")
    no_entries = Text("\nNo entries name this actor.")
    out.print(entries_table(entries, names, roles_of=actor.id) if entries else no_entries)


def _superseded(mention: StatementMention | VerificationMention) -> str:
    return ", and said otherwise later" if mention.superseded else ""


def _figure(entry: EntryDocument) -> str | None:
    claim = entry.claim
    if claim is None:
        return None
    return f"{clean(claim.text) or bounds_words(claim.bounds)}, in {clean(claim.series)}"


def _place(entry: EntryDocument) -> str | None:
    place = entry.event.place
    if place is None:
        return None
    names = [clean(name) for name in (place.name, place.admin1, place.country) if name]
    point = f"{place.latitude}, {place.longitude}" if place.latitude is not None else ""
    return "; ".join(filter(None, (", ".join(dict.fromkeys(names)), point, place.precision)))


def _versions_table(versions: Iterable[EntryVersion]) -> Rows:
    """The versions of an entry, the last first."""
    rows = table("#from", "#to", "status", "summary", "related", drop=("related",))
    for version in versions:
        entry = version.entry
        rows.add_row(
            str(version.from_position),
            "now" if version.before_position is None else str(version.before_position),
            style_word(entry.status, STATUS_STYLES),
            clean(entry.event.summary),
            "; ".join(_mentions(entry, {})),
        )
    return rows


def _mentions(entry: EntryDocument, names: Mapping[str, str]) -> Iterable[str]:
    """What other events say about an entry, with their positions; and the entries that it is merged with."""
    for name in ListCounts.__struct_fields__:
        if (unlisted := getattr(entry.counts, name) - len(getattr(entry, name))) > 0:
            yield f"{unlisted} earlier {name}"
    for statement in entry.statements:
        remark = _superseded(statement)
        words = f"{name_words(statement.speaker, names)} {type_words(statement.stance)}{remark}"
        yield f"{words} ({statement.position})"
    for evidence in entry.evidence:
        status = f", {evidence.status}" if evidence.status not in (None, "reported") else ""
        yield f"{evidence.kind}{status} ({evidence.position})"
    for verification in entry.verifications:
        grade = f"{clean(verification.grade)}{_superseded(verification)}"
        yield f"{name_words(verification.claimant, names)} grades it {grade} ({verification.position})"
    for amendment in entry.amendments:
        yield f"{amendment.type}, {type_words(amendment.reason)} ({amendment.position})"
    if entry.same_as:
        yield f"same as {plural(len(entry.same_as), 'other report')}"
    if entry.leader:
        yield f"same as {entry.leader}"
