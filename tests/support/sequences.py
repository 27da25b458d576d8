"""Hypothesis strategies for logs: events that refer to each other, as one timeline would record them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import strategies as st

from tests.support.samples import event
from tests.support.strategies import (
    AMENDMENT_REASONS,
    ID_POOL,
    events,
    events_of,
    retractions,
    structs,
    texts,
)
from timeline.domain.codec import encode_event
from timeline.domain.errors import TimelineError
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import (
    Capture,
    CasualtyEstimate,
    Correction,
    Development,
    EquipmentLoss,
    Event,
    Evidence,
    OfficialStatement,
    Retraction,
    SameAs,
    SeriesReset,
    Verification,
)
from timeline.domain.record import Record, new_record
from timeline.domain.validation import add_valid_record

FIRST_RECORDED_AT = datetime(2025, 1, 1, tzinfo=UTC)

LINKING = (
    CasualtyEstimate,
    EquipmentLoss,
    Capture,
    OfficialStatement,
    Evidence,
    Verification,
    SameAs,
    SameAs,
)
"""The types that connect developments."""

COUNTING = (CasualtyEstimate, CasualtyEstimate, SeriesReset, SameAs)
"""The types of which series are made."""


def event_sequences(
    min_size: int = 0, max_size: int = 20, among: Sequence[type[Event]] = ()
) -> st.SearchStrategy[list[Event]]:
    """Lists of valid events that refer to earlier ones only, as one timeline would record them.

    Amendments amend developments, statements and each other; same_as makes chains. What an earlier
    event rules out (a correction after which its target would not be valid) is omitted.
    """
    return offered_sequences(min_size, max_size, among).map(
        lambda offered: [event for event, is_valid in offered if is_valid]
    )


def any_sequences() -> st.SearchStrategy[list[Event]]:
    """Sequences of every kind that matters to the views."""
    # shorter ones seldom have events that connect developments
    linked = event_sequences(min_size=10, among=LINKING)
    return st.one_of(event_sequences(), linked, linked, event_sequences(among=COUNTING))


@st.composite
def offered_sequences(
    draw: st.DrawFn, min_size: int = 0, max_size: int = 20, among: Sequence[type[Event]] = ()
) -> list[tuple[Event, bool]]:
    """The same without omitting anything: each event, and whether the timeline records it."""
    graph = EventGraph()
    offered: list[tuple[Event, bool]] = []
    log: list[Event] = []
    for number in range(draw(st.integers(min_size, max_size))):
        event = draw(_next_event(log, UUID(int=ID_POOL[0].int + 1000 + number), among))
        trial = EventGraph(parent=graph)
        try:
            add_valid_record(trial, record_of(event, len(log) + 1))
        except TimelineError:
            offered.append((event, False))
            continue
        graph.merge(trial)
        log.append(event)
        offered.append((event, True))
    return offered


def _next_event(
    log: Sequence[Event], event_id: UUID, among: Sequence[type[Event]]
) -> st.SearchStrategy[Event]:
    ids = st.just(event_id)
    developments = [event.id for event in log if isinstance(event, Development)][-6:]
    if not log:
        return events(ids, among=among)
    recent = log[-8:]
    amendments = [event for event in recent if isinstance(event, Correction | Retraction)] or recent

    def choose(turn: str) -> st.SearchStrategy[Event]:
        if turn == "retract":
            return retractions(ids, [event.id for event in recent])
        pool = {"correct": recent, "amend again": amendments}.get(turn)
        if pool is None:
            return events(ids, developments, among=among)
        return st.sampled_from(pool).flatmap(
            lambda target: _fitting_corrections(ids, target, log, developments)
        )

    # Every second event amends, else chains of amendments would be too rare to be tested.
    return st.sampled_from(("report", "report", "report", "retract", "correct", "amend again")).flatmap(
        choose
    )


def _fitting_corrections(
    ids: st.SearchStrategy[UUID], target: Event, log: Sequence[Event], developments: Sequence[UUID]
) -> st.SearchStrategy[Event]:
    required = {
        "id": ids,
        "target": st.just(target.id),
        "reason": AMENDMENT_REASONS,
        "changes": _fitting_changes(target, log, developments),
    }
    return structs(Correction, required, {"summary": texts})


def _fitting_changes(
    target: Event, log: Sequence[Event], developments: Sequence[UUID]
) -> st.SearchStrategy[dict[str, Any]]:
    """Some fields of another event of the target's type; for a correction, what it should change instead."""
    if isinstance(target, Retraction):
        return st.fixed_dictionaries({"summary": texts})
    if isinstance(target, Correction):
        corrected = next(event for event in log if event.id == target.target)
        inner = _fitting_changes(corrected, log, developments)
        return inner.map(lambda changes: {"changes": changes})
    if isinstance(target, SameAs) and len(developments) < 2:
        return st.fixed_dictionaries({"summary": texts})
    return events_of(type(target), st.just(target.id), developments).flatmap(_parts_of)


def _parts_of(event: Event) -> st.SearchStrategy[dict[str, Any]]:
    content = msgspec.json.decode(encode_event(event))
    names = sorted(set(content) - {"id", "type", "target"})
    chosen = st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)
    removed = st.lists(st.sampled_from(("occurred", "claimant", "about", "tags")), max_size=1)
    return st.builds(
        lambda keep, drop: {name: content[name] for name in keep} | dict.fromkeys(drop), chosen, removed
    )


def record_of(event: Event, position: int) -> Record:
    """The event as recorded at a position, an hour after the position before it."""
    recorded_at = FIRST_RECORDED_AT + timedelta(hours=position)
    return new_record("kursk-2024", position, recorded_at, "tests", event)


def records_of(log: Iterable[Event]) -> list[Record]:
    """The events as recorded at the positions from 1 on."""
    return [record_of(event, position) for position, event in enumerate(log, start=1)]


def offer(graph: EventGraph, records: list[Record], number: int, kind: str, fields: dict[str, Any]) -> None:
    """Record an event next, if it is valid, by itself and there."""
    trial = EventGraph(parent=graph)
    try:
        record = record_of(event(number, kind, **fields), len(records) + 1)
        add_valid_record(trial, record)
    except TimelineError:
        return
    graph.merge(trial)
    records.append(record)
