"""The fold: what a record does to every view. Pure; the live append, the rebuild and the audit share it.

What stands at a position follows from the records up to it, so a record's effect is the difference between
what stood before it and what stands with it, for everything that it bears on.
"""

from collections.abc import Iterable, Iterator
from uuid import UUID

from timeline.domain.event_graph import EventGraph
from timeline.domain.events import (
    ActorProfile,
    CountReport,
    Development,
    Event,
    SameAs,
    SeriesReset,
    TimelineProfile,
)
from timeline.domain.record import Record
from timeline.domain.references import speaks_of
from timeline.views.projection.claims import reset_at
from timeline.views.projection.entries import NOTHING_SHOWN, Shown, first_shown, shown_at
from timeline.views.projection.incident_counts import not_alone_with, related
from timeline.views.projection.profiles import actor_at, timeline_at
from timeline.views.projection.rows import EntryActorRow, ViewChanges


def fold(docket: EventGraph, records: Iterable[Record], changes: ViewChanges | None = None) -> ViewChanges:
    """What the records do to the views; the docket holds them and everything that they bear on.

    Where `changes` by the records before them are given, they are added to these.
    """
    changes = ViewChanges.none() if changes is None else changes
    for record in records:
        _fold_one(docket, record, changes)
    return changes


def _fold_one(docket: EventGraph, record: Record, changes: ViewChanges) -> None:
    at = record.position
    if isinstance(record.event, Development):
        _replace(changes, record.event.id, NOTHING_SHOWN, first_shown(docket, record), at)
        if not speaks_of(record.event):
            return  # as most records
    root = docket.root(record)
    match root.event:
        case ActorProfile():
            for actor in _described(docket, root, at):
                change = (actor_at(docket, actor, at - 1), actor_at(docket, actor, at))
                changes.profiles.change(("actor", actor), *change, at)
        case TimelineProfile():
            changes.profiles.change(
                ("timeline", ""), timeline_at(docket, at - 1), timeline_at(docket, at), at
            )
        case SeriesReset():
            reset = root.event.id
            changes.claims.change(reset, reset_at(docket, reset, at - 1), reset_at(docket, reset, at), at)
        case _:
            for development in _developments(docket, record, root):
                _change(docket, development, at, changes)


def _described(docket: EventGraph, root: Record, at: int) -> Iterator[str]:
    """The actors that a profile describes, before and after the record; a correction may change which."""
    seen: dict[str, None] = {}
    for position in (at - 1, at):
        event: Event | None = docket.standing(root.event.id, position)
        if isinstance(event, ActorProfile):
            seen[event.actor] = None
    yield from seen


def _developments(docket: EventGraph, record: Record, root: Record) -> list[UUID]:
    """The developments, there before the record, whose entries, claims or tolls it may change."""
    named: dict[UUID, None] = dict.fromkeys((*docket.topics_before(record), *docket.topics(record)))
    if record is not root and isinstance(root.event, Development):
        named[root.event.id] = None
    found = dict(named)
    for development in named:
        # a count may be of one that is retracted, and follow the others all the same
        before = docket.linked(development, record.position - 1)
        after = docket.linked(development, record.position)
        found |= dict.fromkeys(before | after)
    if isinstance(root.event, SameAs) or (record is not root and isinstance(root.event, Development)):
        # what is said of an incident changes no count of it, but another leader, place or date does
        found |= dict.fromkeys(related(docket, found, record.position))
    elif isinstance(root.event, CountReport):
        found |= dict.fromkeys(not_alone_with(docket, root.event, record.position))
    return list(found)


def _change(docket: EventGraph, development: UUID, at: int, changes: ViewChanges) -> None:
    before, after = shown_at(docket, development, at - 1), shown_at(docket, development, at)
    if before != after:
        _replace(changes, development, before, after, at)


def _replace(changes: ViewChanges, development: UUID, before: Shown, after: Shown, at: int) -> None:
    changes.entries.change(development, before.entry, after.entry, at)
    changes.claims.change(development, before.claim, after.claim, at)
    changes.tolls.change(development, before.toll, after.toll, at)
    old, new = _by_key(before.actors), _by_key(after.actors)
    for key in old | new:
        changes.entry_actors.change(key, old.get(key), new.get(key), at)


def _by_key(rows: Iterable[EntryActorRow]) -> dict[tuple[str, int], EntryActorRow]:
    return {(row.actor, row.order_key): row for row in rows}
