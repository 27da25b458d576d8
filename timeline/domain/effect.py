"""The effect of an event: whether it changes anything that stands.

A second retraction, a correction to what the report says already, and a merge of what is one already are
recorded, as everything that somebody reports, but nobody should wonder afterwards why no figure moved.
"""

from typing import Literal

from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Amendment, Development, SameAs
from timeline.domain.record import Record
from timeline.domain.snapshot import Snapshot

Effect = Literal["none"]
"""`none`: the event changes nothing that stands."""


def effect_of(graph: EventGraph, record: Record) -> Effect | None:
    """`none` if the record changes nothing that stands, else None; the graph holds what it bears on."""
    event = record.event
    if isinstance(event, Development) or not isinstance(event, Amendment | SameAs):
        return None
    before, after = graph.at(record.position - 1), graph.at(record.position)
    if isinstance(event, SameAs):
        first, *others = event.developments
        return "none" if before.linked(first) >= set(others) else None
    original = graph.original(record)
    return "none" if _meaning(before, original) == _meaning(after, original) else None


def _meaning(snapshot: Snapshot, original: Record) -> tuple[object, ...]:
    """All that an amendment could change of an event."""
    event_id = original.event.id
    return snapshot.word(event_id), snapshot.corrected(event_id)
