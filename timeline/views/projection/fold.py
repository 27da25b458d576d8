"""The fold: what a record does to every view. Pure; the live append, the rebuild and verify share it.

What stands at a position follows from the records up to it, so a record's effect is the difference between
what stood before it and what stands with it, for everything that it bears on.
"""

from collections.abc import Iterable
from uuid import UUID

from timeline.domain.event_graph import EventGraph, Snapshot
from timeline.domain.events import (
    ActorProfile,
    CountReport,
    Development,
    SameAs,
    SeriesReset,
    TimelineProfile,
)
from timeline.domain.incidents import connected_developments, developments_sharing_with
from timeline.domain.record import Record
from timeline.domain.references import referenced_developments
from timeline.views.projection.claims import reset_row
from timeline.views.projection.entries import NO_ROWS, DevelopmentRows, development_rows, new_report_rows
from timeline.views.projection.profiles import actor_row, timeline_row
from timeline.views.projection.rows import EntryActorRow, ViewChanges


def fold(graph: EventGraph, records: Iterable[Record], changes: ViewChanges | None = None) -> ViewChanges:
    """What the records do to the views; the graph holds them and everything that they bear on.

    Where `changes` by the records before them are passed, these are added to them.
    """
    changes = ViewChanges.none() if changes is None else changes
    for record in records:
        _fold_record(graph, record, changes)
    return changes


def _fold_record(graph: EventGraph, record: Record, changes: ViewChanges) -> None:
    position = record.position
    after = graph.at(position)
    if isinstance(record.event, Development):
        _replace(changes, record.event.id, NO_ROWS, new_report_rows(after, record), position)
        if not referenced_developments(record.event):
            return  # as most records
    before = graph.at(position - 1)
    root = graph.root(record)
    match root.event:
        case ActorProfile():
            for actor in _described_actors(before, after, root):
                rows = actor_row(before, actor), actor_row(after, actor)
                changes.profiles.change(("actor", actor), *rows, position)
        case TimelineProfile():
            changes.profiles.change(("timeline", ""), timeline_row(before), timeline_row(after), position)
        case SeriesReset():
            reset = root.event.id
            changes.claims.change(reset, reset_row(before, reset), reset_row(after, reset), position)
        case _:
            for development in _affected_developments(before, after, record, root):
                rows_before = development_rows(before, development)
                rows_after = development_rows(after, development)
                if rows_before != rows_after:
                    _replace(changes, development, rows_before, rows_after, position)


def _described_actors(before: Snapshot, after: Snapshot, root: Record) -> Iterable[str]:
    """The actors that a profile describes, before and after the record; a correction may change which."""
    profiles = (snapshot.standing(root.event.id) for snapshot in (before, after))
    return dict.fromkeys(profile.actor for profile in profiles if isinstance(profile, ActorProfile))


def _affected_developments(before: Snapshot, after: Snapshot, record: Record, root: Record) -> Iterable[UUID]:
    """The developments, recorded before the record, whose entries, claims or counts it may change."""
    named = dict.fromkeys((*before.topics(root), *after.topics(root)))
    amends_development = record is not root and isinstance(root.event, Development)
    if amends_development:
        named[root.event.id] = None
    affected = dict(named)
    for development in named:
        # a count may be of one that is retracted, and follow the others all the same
        affected |= dict.fromkeys(before.linked(development) | after.linked(development))
    if isinstance(root.event, SameAs) or amends_development:
        # what is said of an incident changes no count of it, but another leader, place or date does
        affected |= dict.fromkeys(connected_developments(after, affected))
    elif isinstance(root.event, CountReport):
        affected |= dict.fromkeys(developments_sharing_with(after, root.event))
    return affected


def _replace(
    changes: ViewChanges, development: UUID, before: DevelopmentRows, after: DevelopmentRows, position: int
) -> None:
    changes.entries.change(development, before.entry, after.entry, position)
    changes.claims.change(development, before.claim, after.claim, position)
    changes.incident_counts.change(development, before.incident_count, after.incident_count, position)
    old, new = _by_key(before.actors), _by_key(after.actors)
    for key in old | new:
        changes.entry_actors.change(key, old.get(key), new.get(key), position)


def _by_key(rows: Iterable[EntryActorRow]) -> dict[tuple[str, int], EntryActorRow]:
    return {(row.actor, row.order_key): row for row in rows}
