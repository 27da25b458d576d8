"""Validation: checks an event against the events recorded before it.

An event may only refer to developments that the timeline holds. An amendment must aim at a recorded event,
and what it changes must stay a valid event that refers to what the timeline holds.

A link by which a count, through what it counts, would become a count of itself is refused, by whatever event
it would arise: a count, a merge, a correction of these, or the retraction of a retraction. Logs from before
this rule hold such circles; what is in one already may be linked further.

Only running totals restart: a `series_reset` of any other series is refused. Logs from before this rule hold
such, which may be corrected in what else they say.
"""

from uuid import UUID

from timeline.domain.amended_events import is_spoken
from timeline.domain.errors import RuleBroken, UnknownReference
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import (
    ActorProfile,
    Amendment,
    Correction,
    CountReport,
    Development,
    Event,
    SameAs,
    SeriesReset,
    event_type,
)
from timeline.domain.mendings import changes_of
from timeline.domain.record import Record
from timeline.domain.references import named_topics, referenced_developments
from timeline.domain.snapshot import Snapshot

AMENDED_AMENDMENTS_MAX = 50
"""How often corrections and retractions of one event may be corrected or retracted, all together.

The event itself may be corrected as often as its sources speak. What is undone again was told in between, and
what was told at each of these times must be found for every further amendment.
"""


def add_valid_record(graph: EventGraph, record: Record) -> None:
    """Add a record to the graph if it is valid there; after a refusal the graph must not be used any more.

    Raises:
        UnknownReference: the event refers to, or aims at, something that the graph does not hold.
        RuleBroken: with it, some event would stand that is not valid.
    """
    event = record.event
    if isinstance(event, Development):  # as most are: nothing that was recorded before bears on what is new
        _check_references(graph, event, "$")
        graph.add(record)
        return
    if isinstance(event, Amendment) and event.target == event.id:
        raise UnknownReference("a correction or retraction cannot target itself", path="$.target")
    _check_references(graph, event, "$")
    if isinstance(event, SameAs):
        _check_merge(event)
    if isinstance(event, SeriesReset):
        _check_reset(event, "$.series")
    graph.add(record)
    if isinstance(event, Amendment):
        _check_amended(graph, record, event)
    _check_circles(graph, record)


def _check_references(graph: EventGraph, event: Event, path: str) -> None:
    for index, development in enumerate(referenced_developments(event)):
        _check_reference(graph, event, development, _reference_path(event, index, path))


def _check_reference(graph: EventGraph, event: Event, development: UUID, path: str) -> None:
    record = graph.record(development)
    if development == event.id and isinstance(event, CountReport):
        message = "a count cannot count itself; leave `incident` out for a count of its own"
        raise UnknownReference(message, path=path)
    if record is None or development == event.id:
        message = f"there is no development {development} in this timeline"
        raise UnknownReference(message, path=path)
    if not isinstance(record.event, Development):
        message = f"{development} is a {event_type(record.event)}, not a development"
        raise UnknownReference(message, path=path)


def _reference_path(event: Event, index: int, path: str) -> str:
    if isinstance(event, CountReport):
        return f"{path}.incident"
    return f"{path}.developments[{index}]" if isinstance(event, SameAs) else f"{path}.about[{index}]"


def _check_amended(graph: EventGraph, record: Record, amendment: Amendment) -> None:
    """Check all that the amendment changes: its target, and where that is an amendment too, its target."""
    original = graph.original(record)
    _check_number(graph, original)
    path = "$.changes" if isinstance(amendment, Correction) else "$.target"
    earlier, snapshot = graph.at(record.position - 1), graph.at(record.position)
    event: Event = record.event
    while isinstance(event, Amendment):
        target = graph.record(event.target)
        assert target is not None  # noqa: S101 - the graph has taken the amendment
        event = target.event
        try:
            content = snapshot.check_corrections(event.id, earlier)
        except RuleBroken as error:
            if not isinstance(amendment, Correction):
                error.path = path
            raise
        _check_references(graph, content, path)
        before = event.series if isinstance(event, SeriesReset) else None
        if isinstance(content, SeriesReset) and content.series != before:
            _check_reset(content, path)
        if isinstance(content, SameAs):
            _check_merge(content, path)
        if isinstance(event, Amendment):
            _check_speaker(event, content)
        if isinstance(event, SeriesReset) and "adjustment" in changes_of(amendment):
            _check_adjustment(event, changes_of(amendment)["adjustment"])
    if isinstance(amendment, Correction) and not isinstance(original.event, ActorProfile):
        for development in named_topics(amendment):  # what another word sets now was told by itself at a time
            _check_reference(graph, original.event, development, path)


def _check_speaker(amendment: Amendment, corrected: Event) -> None:
    """Refuse to make what editors know a word of the source, or the reverse: as it was recorded decides."""
    if isinstance(corrected, Amendment) and is_spoken(amendment) != is_spoken(corrected):
        kind = "a word of its source" if is_spoken(amendment) else "what editors know"
        message = (
            f"{amendment.id} was recorded as {kind}, by its reason and its publication, and stays so;"
            " retract it, and record it with the right ones"
        )
        raise RuleBroken(message, path="$.changes")


def _check_number(graph: EventGraph, original: Record) -> None:
    """Refuse what makes more and more of an event be worked out again at each of many times."""
    if graph.amended_amendments(original.event.id) > AMENDED_AMENDMENTS_MAX:
        message = (
            f"corrections and retractions of event {original.event.id} were corrected or retracted"
            f" {AMENDED_AMENDMENTS_MAX} times, the limit for one event; correct the event itself instead"
        )
        raise RuleBroken(message, path="$.target")


def _check_reset(event: SeriesReset, path: str) -> None:
    *_, basis = event.series.split(".")[:5]
    if basis != "cumulative":
        message = f"only running totals (basis cumulative) restart; {event.series} has the basis {basis}"
        raise RuleBroken(message, path=path)


def _check_adjustment(event: SeriesReset, number: object) -> None:
    """Refuse to make a revision of a total, by which it goes on, one that begins it again."""
    if event.adjustment is not None and number is None:
        message = (
            "an adjustment needs a number; to say that the count was begun again, retract the adjustment and"
            " record a `series_reset` without one"
        )
        raise RuleBroken(message, path="$.changes.adjustment")


def _check_merge(event: SameAs, path: str | None = None) -> None:
    for index, development in enumerate(event.developments):
        if development in event.developments[:index]:
            message = f"development {development} cannot be merged with itself; name each development once"
            raise RuleBroken(message, path=path or f"$.developments[{index}]")


def _check_circles(graph: EventGraph, record: Record) -> None:
    original = graph.original(record).event
    if not isinstance(original, CountReport | SameAs):
        return
    before, after = graph.at(record.position - 1), graph.at(record.position)
    developments: tuple[UUID, ...] = (original.id,)
    if isinstance(original, SameAs):
        standing = after.standing(original.id)
        developments = standing.developments[:1] if isinstance(standing, SameAs) else ()
    for development in developments:
        if _counts_itself(after, development) and not _counts_itself(before, development):
            message = f"this would make {development} a count of itself, by what it counts or is one with"
            raise RuleBroken(message, path=_link_path(record.event))


def _counts_itself(snapshot: Snapshot, development: UUID) -> bool:
    """Whether what a development, or one with it, counts leads back to it by way of counts and merges."""
    if snapshot.is_plain(development):
        return False  # no count is among it
    start = snapshot.linked(development)
    frontier, seen = set(start), set[UUID]()
    while frontier:
        seen |= frontier
        counts = [event for member in frontier if isinstance(event := snapshot.standing(member), CountReport)]
        groups = [snapshot.linked(count.incident) for count in counts if count.incident]
        if any(not start.isdisjoint(group) for group in groups):
            return True
        frontier = set().union(*groups) - seen
    return False


def _link_path(event: Event) -> str:
    """Where an event names what it links."""
    return {SameAs: "$.developments", Correction: "$.changes"}.get(type(event), "$.target")
