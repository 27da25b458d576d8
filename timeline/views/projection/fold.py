"""The fold: what a record does to every view. Pure; the live append, the rebuild and verify share it.

What stands at a position follows from the records up to it, so a record's effect is the difference between
what stood before it and what stands with it, for everything that it bears on.
"""

from collections.abc import Iterable
from uuid import UUID

from timeline.domain.event_graph import EventGraph, affected_developments
from timeline.domain.events import ActorProfile, Development, SeriesReset, TimelineProfile
from timeline.domain.record import Record
from timeline.domain.references import TIMELINE_TOPIC, actor_topic, referenced_developments
from timeline.views.projection.claims import reset_row
from timeline.views.projection.entries import DevelopmentRows, development_rows
from timeline.views.projection.profiles import profile_row
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
    position, event = record.position, record.event
    after = graph.at(position)
    if isinstance(event, Development) and not referenced_developments(event):
        rows = development_rows(after.new_development(record, event))
        _open(changes, event.id, rows, position)
        return  # a new report that refers to nothing changes only its own rows; most records are such
    before, original = graph.at(position - 1), graph.original(record)
    event = original.event
    if isinstance(event, ActorProfile):
        profiles = before.standing(event.id), after.standing(event.id)
        actors = (profile.actor for profile in profiles if isinstance(profile, ActorProfile))
        for actor in dict.fromkeys(actors):  # two where a correction changes whose profile it is
            topic = actor_topic(actor)
            rows_of_actor = profile_row(before, topic), profile_row(after, topic)
            changes.profiles.change(("actor", actor), *rows_of_actor, position)
    elif isinstance(event, TimelineProfile):
        rows_of_timeline = profile_row(before, TIMELINE_TOPIC), profile_row(after, TIMELINE_TOPIC)
        changes.profiles.change(("timeline", ""), *rows_of_timeline, position)
    elif isinstance(event, SeriesReset):
        old_reset = reset_row(original, before.word(event.id), before.publicity(event.id))
        new_reset = reset_row(original, after.word(event.id), after.publicity(event.id))
        changes.claims.change(event.id, old_reset, new_reset, position)
    else:
        for development in affected_developments(before, after, record, original):
            old_rows = development_rows(before.development(development))
            new_rows = development_rows(after.development(development))
            if old_rows != new_rows:
                _replace(changes, development, old_rows, new_rows, position)


def _open(changes: ViewChanges, development: UUID, rows: DevelopmentRows, position: int) -> None:
    changes.entries.open(development, rows.entry, position)
    changes.claims.open(development, rows.claim, position)
    changes.incident_counts.open(development, rows.incident_count, position)
    for row in rows.actors:
        changes.entry_actors.open((row.actor, row.order_key), row, position)


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
