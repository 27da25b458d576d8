"""The fold: what a record does to every view. Pure; the live append, the rebuild and verify share it.

What stands at a position follows from the records up to it, so a record's effect is the difference between
what stood before it and what stands with it, for everything that it bears on.
"""

from collections.abc import Generator, Hashable, Iterable, Mapping
from uuid import UUID

from timeline.domain.affected import affected_developments
from timeline.domain.development_state import DevelopmentState, first_state
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import ActorProfile, Development, SeriesReset, TimelineProfile
from timeline.domain.plain_effects import plain_effect
from timeline.domain.record import Record
from timeline.domain.references import TIMELINE_TOPIC, actor_topic, referenced_developments
from timeline.views.projection.claims import reset_row
from timeline.views.projection.entries import DevelopmentView
from timeline.views.projection.profiles import profile_row
from timeline.views.projection.rows import ClaimRow, ViewChanges


def fold(graph: EventGraph, records: Iterable[Record], changes: ViewChanges | None = None) -> ViewChanges:
    """What the records do to the views; the graph holds them and everything that they bear on.

    Where `changes` by the records before them are passed, these are added to them.
    """
    changes = ViewChanges.none() if changes is None else changes
    for record in records:
        for _ in folding(graph, record, changes):
            pass
    return changes


def folding(graph: EventGraph, record: Record, changes: ViewChanges) -> Generator[None, None, None]:
    """Add what a record does to the views; yields between its steps, which may look at large groups."""
    if _fold_plain(graph, record, changes):
        return
    position = record.position
    before = graph.at(position - 1)  # that of the record before, with what followed from it
    after = graph.at(position)
    original = graph.original(record)
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
        _change_claims(changes, _by_key(old_reset), _by_key(new_reset), position)
    else:
        affected = affected_developments(before, after, record, original)
        yield
        for development in affected.changed:
            old = before.development(development)
            yield
            new = after.development(development)
            yield
            if old is None or new is None:
                _open(changes, development, new, position)
            else:
                _change(changes, old, new, position, is_resettled=development in affected.resettled)
            yield
        for development in affected.listing:
            if listing := after.development(development):
                changes.entries.replace(development, DevelopmentView(listing).entry(), position)
            yield


def _fold_plain(graph: EventGraph, record: Record, changes: ViewChanges) -> bool:
    """Add what a record does, as most do, that refers to nothing or to plain reports; whether it does."""
    event, position = record.event, record.position
    if isinstance(event, Development) and not referenced_developments(event):
        _open(changes, event.id, first_state(record, event), position)
        return True
    effect = plain_effect(graph, record)
    if effect is None:
        return False
    if effect.new is not None:
        _open(changes, event.id, effect.new, position)
    for before, after in effect.changed:
        _change(changes, before, after, position)
    for listing in effect.listing:
        changes.entries.replace(listing.event.id, DevelopmentView(listing).entry(), position)
    return True


def _open(changes: ViewChanges, development: UUID, state: DevelopmentState | None, position: int) -> None:
    """The rows of a development that is new."""
    if state is None:
        return
    view = DevelopmentView(state)
    changes.entries.open(development, view.entry(), position)
    changes.entry_texts.open(development, view.text(), position)
    changes.entry_actors.open_all(view.actors(), position)
    if state.claim is not None:
        changes.claims.open_all(view.claims(), position)
        changes.incident_counts.open(development, view.incident_count(), position)


def _change(
    changes: ViewChanges,
    before: DevelopmentState,
    after: DevelopmentState,
    position: int,
    *,
    is_resettled: bool = False,
) -> None:
    """Change the rows that differ; of what stood before only those are made that may be the same.

    A claim and a count that are resettled (`affected`) are written again in any case.
    """
    if after.shows_the_same(before) and not (is_resettled and after.claim):
        return
    development, old, new = before.record.event.id, DevelopmentView(before), DevelopmentView(after)
    if new.lists_other(old):
        changes.entries.replace(development, new.entry(), position)
    elif not new.shows_as(old):
        changes.entries.change(development, old.entry(), new.entry(), position)
    is_same = new.reads_as(old)
    if not is_same:
        changes.entry_texts.change(development, old.text(), new.text(), position)
    if not is_same or not new.stands_as(old):
        old_actors, new_actors = old.actors(), new.actors()
        for key in old_actors | new_actors:
            changes.entry_actors.change(key, old_actors.get(key), new_actors.get(key), position)
    same = new.claimed_before(old)
    _change_claims(changes, old.claims(same), new.claims(same), position, even_if_same=is_resettled)
    counts = old.incident_count(), new.incident_count()
    changes.incident_counts.change(development, *counts, position, even_if_same=is_resettled)


def _change_claims(
    changes: ViewChanges,
    before: Mapping[Hashable, ClaimRow],
    after: Mapping[Hashable, ClaimRow],
    position: int,
    *,
    even_if_same: bool = False,
) -> None:
    for key in {**before, **after}:
        changes.claims.change(key, before.get(key), after.get(key), position, even_if_same=even_if_same)


def _by_key(row: ClaimRow | None) -> dict[Hashable, ClaimRow]:
    return {} if row is None else {row.key: row}
