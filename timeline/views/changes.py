"""What changed in the views, as an answer: pairs of documents, before and after."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Raw

from timeline.views.answers import (
    ActorChange,
    ChangeSet,
    ClaimChange,
    EntryChange,
    SeriesClaim,
    TimelineChange,
)


class EntryPair(NamedTuple):
    """An entry before and after a change at a position."""

    position: int
    before: bytes | None
    after: bytes


class ClaimPair(NamedTuple):
    """The claim, or reset, of an event before and after a change at a position."""

    position: int
    source: UUID
    is_reset: bool
    series_before: str | None
    before: bytes | None
    series_after: str | None
    after: bytes | None


class ProfilePair(NamedTuple):
    """A profile before and after a change at a position; `kind` is `actor` or `timeline`."""

    position: int
    kind: str
    subject: str
    before: bytes | None
    after: bytes | None


def change_set(
    entries: Iterable[EntryPair], claims: Iterable[ClaimPair], profiles: Iterable[ProfilePair]
) -> ChangeSet:
    """The changes as they are answered."""
    profiles = list(profiles)
    about = [pair for pair in profiles if pair.kind == "timeline"]
    return ChangeSet(
        entries=[_entry_change(pair) for pair in entries],
        claims=[_claim_change(pair) for pair in claims],
        actors=[
            ActorChange(id=pair.subject, before=_raw(pair.before), after=_raw(pair.after))
            for pair in profiles
            if pair.kind == "actor"
        ],
        about=TimelineChange(before=_raw(about[0].before), after=_raw(about[-1].after)) if about else None,
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
    """The members that differ; of the report itself, which of its fields."""
    for name in before | after:
        if before.get(name) == after.get(name):
            continue
        if name == "event":
            yield from (f"event.{field}" for field in _changed_paths(before[name], after[name]))
        else:
            yield name


def _claim_change(pair: ClaimPair) -> ClaimChange:
    return ClaimChange(
        id=pair.source,
        before=_series_claim(pair.series_before, pair.before, pair.is_reset),
        after=_series_claim(pair.series_after, pair.after, pair.is_reset),
    )


def _series_claim(series: str | None, document: bytes | None, is_reset: bool) -> SeriesClaim | None:
    if series is None:
        return None
    return SeriesClaim(
        series=series,
        claim=None if is_reset else _raw(document),
        reset=_raw(document) if is_reset else None,
    )


def _raw(document: bytes | None) -> Any:
    """A document ready to send, passed through."""
    return None if document is None else Raw(document)
