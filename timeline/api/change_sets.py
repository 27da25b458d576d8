"""Builds the change sets of diff and replay from stored documents."""

from collections.abc import Iterator
from typing import Any

import msgspec

from timeline.api.view_request import raw_document
from timeline.views.queries.history import Changes, ClaimPair, EntryPair
from timeline.views.responses import (
    ActorChange,
    ChangeSet,
    ClaimChange,
    EntryChange,
    SeriesClaim,
    TimelineChange,
)


def change_set(changes: Changes) -> ChangeSet:
    """The changes of one record, or of several, as they are answered."""
    actors = [pair for pair in changes.profiles if pair.kind == "actor"]
    about = [pair for pair in changes.profiles if pair.kind == "timeline"]
    return ChangeSet(
        entries=[_entry_change(pair) for pair in changes.entries],
        claims=[_claim_change(pair) for pair in changes.claims],
        actors=[
            ActorChange(id=pair.subject, before=raw_document(pair.before), after=raw_document(pair.after))
            for pair in actors
        ],
        about=TimelineChange(before=raw_document(about[0].before), after=raw_document(about[-1].after))
        if about
        else None,
    )


def _entry_change(pair: EntryPair) -> EntryChange:
    after = msgspec.json.decode(pair.after)
    before = msgspec.json.decode(pair.before) if pair.before else None
    return EntryChange(
        id=after["id"],
        type=after["type"],
        summary=after["event"]["summary"],
        before=before and before["status"],
        after=after["status"],
        fields=tuple(_changed_paths(before, after)) if before else (),
    )


def _changed_paths(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """The members that differ: of the report its fields; a list also where the entry does not show it."""
    for name in _changed_names(before, after):
        if name == "event":
            yield from (f"event.{field}" for field in _changed_names(before[name], after[name]))
        elif name != "counts":
            yield name
        elif name in before:  # rows by older rules have none
            changed = _changed_names(before[name], after[name])
            yield from (part for part in changed if before.get(part) == after.get(part))


def _changed_names(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    return (name for name in before | after if before.get(name) != after.get(name))


def _claim_change(pair: ClaimPair) -> ClaimChange:
    return ClaimChange(
        id=pair.source,
        before=_series_claim(pair.series_before, pair.before, is_reset=pair.is_reset),
        after=_series_claim(pair.series_after, pair.after, is_reset=pair.is_reset),
    )


def _series_claim(series: str | None, document: bytes | None, *, is_reset: bool) -> SeriesClaim | None:
    if series is None:
        return None
    return SeriesClaim(
        series=series,
        claim=None if is_reset else raw_document(document),
        reset=raw_document(document) if is_reset else None,
    )
