"""Lines that say what changed in the views, before → after: of one record, or between two positions."""

from collections.abc import Iterator, Mapping

from rich.text import Text

from timeline.cli.tables import STATUS_STYLES, style_word
from timeline.cli.text import bounds_words, clean, name_words, reset_words
from timeline.views.documents import ActorDocument
from timeline.views.responses import (
    ActorChange,
    ChangeSet,
    ClaimChange,
    EntryChange,
    SeriesClaim,
    TimelineChange,
)

NOTHING = "—"


def change_lines(changes: ChangeSet, names: Mapping[str, str], *, names_new: bool = True) -> Iterator[Text]:
    """What changed, a line for each entry, figure, actor and title: before → after.

    Args:
        changes: The changes.
        names: The names of the actors in them.
        names_new: Say what a new entry is about; not where that stands above the lines.
    """
    for entry in changes.entries:
        yield _entry(entry, names_new=names_new)
    for claim in changes.claims:
        yield from _claim(claim, names)
    for actor in changes.actors:
        yield _actor(actor)
    if changes.about:
        yield _title(changes.about)


def _entry(change: EntryChange, *, names_new: bool) -> Text:
    line = Text("entry   ")
    if change.before is None:
        line.append_text(style_word(change.after, STATUS_STYLES)).append(", new")
    elif change.before == change.after:
        line.append_text(style_word(change.after, STATUS_STYLES))
    else:
        line.append_text(style_word(change.before, STATUS_STYLES)).append(" → ")
        line.append_text(style_word(change.after, STATUS_STYLES))
    if change.before is not None or names_new:
        line.append(f": {clean(change.summary)}")
    if change.before is not None:
        line.append(f" [{', '.join(map(clean, change.fields))}]" if change.fields else "", style="dim")
    return line


def _claim(change: ClaimChange, names: Mapping[str, str]) -> Iterator[Text]:
    """A claim's figure before and after; two lines where it moved to another series."""
    before, after = change.before, change.after
    if before and after and before.series != after.series:
        yield _figure(before.series, before, None, names)
        yield _figure(after.series, None, after, names)
    elif either := after or before:
        yield _figure(either.series, before, after, names)


def _figure(
    series: str, before: SeriesClaim | None, after: SeriesClaim | None, names: Mapping[str, str]
) -> Text:
    # a new claim is a word of its own, whatever its claimant's line answered before
    start = f"  {_claim_words(before, names)} → " if before else "  new: "
    words = (start, (_claim_words(after, names), "bold"))
    return Text.assemble("figure  ", (clean(series), "dim"), *words)


def _claim_words(claim: SeriesClaim | None, names: Mapping[str, str]) -> str:
    if claim is not None and (document := claim.claim) is not None:
        source = f"by {name_words(document.claimant, names)}, as of {document.as_of_text}"
        return f"{clean(document.text) or bounds_words(document.bounds)} ({source})"
    if claim is not None and claim.reset is not None:
        return reset_words(claim.reset, names)
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
