"""The event graph: which events bear on each other, and the rules that decide what stands.

1. An event stands as it was posted until an amendment (a correction or a retraction) aims at it.
2. Corrections apply in the order of words (see `amended_events`), each as an RFC 7396 merge patch on what
   stood before it. What comes out must be a valid event of its type; `id`, `type`, `target` never change.
3. A standing retraction takes the event away, and with it all that the event did.
4. Amendments are events too. A correction of a correction changes what that correction changes; a
   retraction of a correction undoes it and leaves the later ones in force; a retraction of a retraction
   lets the event stand again.
5. An amendment that would leave anything standing invalid (a retraction of a correction that a later one
   builds on) is refused: retract the later one first.
6. Statements, evidence and verifications speak of the developments that they name as they now stand. One
   that is retracted, or corrected to speak of something else, no longer bears on the first.
7. Developments that standing `same_as` events link, directly or in a chain, are one. The one recorded
   first of those that stand leads; what is said of any of them is said of it.
8. A count belongs to the incident that it names; `incidents` says which reports and counts are one incident.

`graph.at(position)` answers for a position: a graph that holds later records gives what stood before them.
"""
# ruff: noqa: SLF001 - a graph reads the inside of another: its parent, or the one that it merges

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from timeline.domain.amended_events import AmendedEvents
from timeline.domain.claims import Claim, claim_of, incident_measure, incident_of
from timeline.domain.development_state import DevelopmentState, Mention
from timeline.domain.errors import RuleBroken, UnknownReference
from timeline.domain.events import Amendment, CountReport, Development, Event, Evidence, SameAs
from timeline.domain.incidents import (
    Incident,
    IncidentReport,
    ReportGroup,
    incident_of_groups,
    incident_of_reports,
)
from timeline.domain.last_word import Word, first_word
from timeline.domain.record import Record
from timeline.domain.references import topics_of

AMENDMENT_DEPTH_MAX = 8
"""How many amendments may be chained, each aimed at the one before."""

_NO_RECORDS: Mapping[int, Record] = {}


class EventGraph:
    """Records that bear on each other; `at` gives what stands of them at a position.

    A graph made with `parent` sees its records too and keeps its own apart until `merge` takes them over, so
    that a post can be tried and dropped without a trace.
    """

    def __init__(self, records: Iterable[Record] = (), parent: "EventGraph | None" = None) -> None:
        self._parent = parent
        self._records: dict[UUID, Record] = {}
        self._amendments: dict[UUID, list[Record]] = {}
        self._mentions: dict[UUID, dict[int, Record]] = {}  # by topic, then by position
        self._linked: set[UUID] = set()
        for record in records:
            self.add(record)

    def add(self, record: Record) -> None:
        """Add a record.

        Raises:
            UnknownReference: the graph does not hold the event that it amends.
            RuleBroken: it ends a chain of too many amendments.
        """
        event, original = record.event, record
        self._records[event.id] = record
        if isinstance(event, Amendment):
            self._amendments.setdefault(event.target, []).append(record)
            original = self.original(record)
            topics = self.at(record.position).topics(original)
        else:
            topics = topics_of(event)
        for topic in topics:
            self._mentions.setdefault(topic, {})[original.position] = original
        if isinstance(original.event, SameAs):
            self._linked.update(topics)

    def merge(self, other: "EventGraph") -> None:
        """Take over what a graph made with this one as `parent` has added."""
        self._records |= other._records
        for target, amendments in other._amendments.items():
            self._amendments.setdefault(target, []).extend(amendments)
        for topic, mentions in other._mentions.items():
            self._mentions.setdefault(topic, {}).update(mentions)
        self._linked |= other._linked

    def at(self, position: int, published_by: datetime | None = None) -> "Snapshot":
        """What stands at a position; with a time, as far as the world had been told by then."""
        return Snapshot(self, position, published_by)

    def record(self, event_id: UUID) -> Record | None:
        """The record of an event, or None where the graph does not hold it."""
        record = self._records.get(event_id)
        return record if record or not self._parent else self._parent.record(event_id)

    def original(self, record: Record) -> Record:
        """The record that a chain of amendments ends at; any record but an amendment is its own original."""
        for _ in range(AMENDMENT_DEPTH_MAX + 1):
            if not isinstance(event := record.event, Amendment):
                return record
            target = self.record(event.target)
            if target is None:
                raise UnknownReference(f"there is no event {event.target} to amend", path="$.target")
            record = target
        too_long = f"more than {AMENDMENT_DEPTH_MAX} corrections or retractions in a chain"
        raise RuleBroken(f"{too_long}; correct the original event instead", path="$.target")

    def amendments_of(self, event_id: UUID) -> Sequence[Record]:
        """The records that amend an event, in order of position."""
        own = self._amendments.get(event_id, ())
        return (*self._parent.amendments_of(event_id), *own) if self._parent else own

    def _mentions_of(self, topic: UUID) -> Mapping[int, Record]:
        own = self._mentions.get(topic, _NO_RECORDS)
        return {**self._parent._mentions_of(topic), **own} if self._parent else own

    def _is_linked(self, development: UUID) -> bool:
        """Whether any same_as ever named the development."""
        return development in self._linked or (
            self._parent is not None and self._parent._is_linked(development)
        )


class Snapshot:
    """What stands at a position of the events that a graph holds."""

    __slots__ = ("_events", "_graph", "_incidents", "position")

    def __init__(self, graph: EventGraph, position: int, published_by: datetime | None = None) -> None:
        self.position = position
        self._graph = graph
        self._events = AmendedEvents(graph, position, published_by)
        self._incidents: dict[UUID, Incident | None] = {}

    def record(self, event_id: UUID) -> Record | None:
        """The record of an event; None where it was not recorded by this position."""
        record = self._graph.record(event_id)
        return record if record and record.position <= self.position else None

    def standing(self, event_id: UUID) -> Event | None:
        """The event as it stands; None where it is not recorded yet, or retracted."""
        word = self._events.word(event_id)
        return word.event if word else None

    def word(self, event_id: UUID) -> Word | None:
        """What an event says by its last word; None where it is not recorded yet, or retracted."""
        return self._events.word(event_id)

    def corrected(self, event_id: UUID) -> Event:
        """The event with its standing corrections, retracted or not; it must be in the graph."""
        return self._events.content(event_id)

    def check_corrections(self, event_id: UUID) -> Event:
        """The same as `corrected`, where each correction in turn must leave a valid event.

        Raises:
            RuleBroken: one does not.
        """
        return self._events.corrected(event_id)

    def amendments(self, event_id: UUID) -> Iterator[tuple[Record, Event]]:
        """The standing corrections and retractions of an event, each with its record, in order."""
        return self._events.amendments(event_id)

    def mentions(self, topic: UUID) -> Iterator[tuple[Record, Event]]:
        """The standing events that bear on a topic, each with its record, in order of position."""
        for _, record in sorted(self._graph._mentions_of(topic).items()):
            event = self.standing(record.event.id)
            if event and topic in topics_of(event):
                yield record, event

    def last_mention(self, topic: UUID) -> Event | None:
        """The last standing event that bears on a topic."""
        events = [event for _, event in self.mentions(topic)]
        return events[-1] if events else None

    def topics(self, original: Record) -> tuple[UUID, ...]:
        """What a record (not an amendment) bears on, with its corrections; nothing before it is recorded."""
        if original.position > self.position:
            return ()
        return topics_of(self.corrected(original.event.id))

    def group(self, development: UUID) -> list[UUID]:
        """The standing developments that are one with this one, in order of position.

        This one is among them even when it is retracted. One that is retracted still links the others.
        """
        if not self._graph._is_linked(development):
            return [development]
        members = (
            member for member in self.linked(development) if member == development or self.standing(member)
        )
        return sorted(members, key=self._first_position)

    def linked(self, development: UUID) -> set[UUID]:
        """All that standing `same_as` events make one with this development, the retracted among them."""
        linked = {development}
        if not self._graph._is_linked(development):
            return linked
        frontier = [development]
        while frontier:
            for _, event in self.mentions(frontier.pop()):
                if isinstance(event, SameAs):
                    new = set(event.developments) - linked
                    linked.update(new)
                    frontier.extend(new)
        return linked

    def leader(self, development: UUID) -> UUID:
        """The development that represents its group; this one where none of the group stands."""
        group = self.group(development)
        if len(group) == 1:
            return development
        return next((member for member in group if self.standing(member)), development)

    def development(self, development: UUID) -> DevelopmentState | None:
        """What stands of a development; None where it is not recorded yet, or is not a development."""
        state = self._state(development)
        if state is None or not state.mentions:
            return state
        ids = [
            mention.word.event.id for mention in state.mentions if isinstance(mention.word.event, Evidence)
        ]
        evidence = {event_id: home for event_id in ids if (home := self._state(self.leader(event_id)))}
        return state._replace(evidence=evidence) if evidence else state

    def _state(self, development: UUID) -> DevelopmentState | None:
        """What stands of a development, its evidence apart: that may be evidence for each other."""
        record = self.record(development)
        if record is None or not isinstance(record.event, Development):
            return None
        if record.position == self.position:  # nothing can bear on a report at its own position yet
            return self.new_development(record, record.event)
        word = self.word(development)
        standing = cast("Development", word.event) if word else None
        event = standing or cast("Development", self.corrected(development))
        leader = self.leader(development)
        members, about = [development], {development}
        if standing and leader == development:
            members, about = self.group(development), self.linked(development)
        claim, incident = self._claim(record, word) if word else (None, None)
        return DevelopmentState(
            record,
            event,
            words=[*filter(None, map(self.word, members))] or [first_word(record, event)],
            claim=claim,
            incident=incident,
            is_retracted=standing is None,
            leader=None if leader == development else leader,
            mentions=self._mentions_of_any(about),
            amendments=[*self.amendments(development)],
        )

    def new_development(self, record: Record, event: Development) -> DevelopmentState:
        """What stands of a report at its own position, where nothing bears on it yet."""
        word = first_word(record, event)
        claim, incident = self._claim(record, word)
        return DevelopmentState(record, event, words=[word], claim=claim, incident=incident)

    def listing(self, development: UUID) -> Iterator[UUID]:
        """The developments whose entries list this one as evidence, and show how it stands."""
        event = self.standing(development)
        if isinstance(event, Evidence):
            for topic in event.about:
                yield topic
                yield self.leader(topic)

    def connected(self, developments: Iterable[UUID]) -> set[UUID]:
        """These, and all whose counts may follow from what they are.

        That is what is one with them, counts of them and what they are counts of, however far it goes: a
        count at one end of such a chain shares its incident with those at the other. A report that is
        retracted still links, and may have counts, so the walk goes on through it.
        """
        frontier = list(developments)
        connected = set(frontier)
        while frontier:
            development = frontier.pop()
            near = self.linked(development) | self._counts_of(development)
            if counted := _counted(self._linking(development)):
                near.add(counted)
            frontier.extend(near - connected)
            connected |= near
        return connected

    def incident(self, development: UUID) -> Incident | None:
        """The incident that a development belongs to; None where nothing is said of it."""
        if development not in self._incidents:
            members = self.connected([development])
            incident = incident_of_groups(self._report_groups(members))
            self._incidents.update(dict.fromkeys(members, incident))
        return self._incidents[development]

    def _report_groups(self, developments: Iterable[UUID]) -> Iterator[ReportGroup]:
        rest = set(developments)
        while rest:
            group = sorted(self.linked(next(iter(rest))), key=self._first_position)
            rest.difference_update(group)
            standing = [(member, event) for member in group if (event := self._linking(member))]
            leader = standing[0][0] if standing else group[0]
            reports = [self._report(member) for member, _ in standing]
            yield ReportGroup(
                leader,
                self._first_position(leader),
                [report for report in reports if report],
                stands=bool(standing),
                counts_another=any(_counted(event) for _, event in standing),
            )

    def _report(self, development: UUID) -> IncidentReport | None:
        record, word = self.record(development), self.word(development)
        return IncidentReport(word, record.recorded_at) if record and word else None

    def _counts_of(self, development: UUID) -> set[UUID]:
        counts = (record.event.id for record in self._graph._mentions_of(development).values())
        return {count for count in counts if _counted(self._linking(count)) == development}

    def _linking(self, event_id: UUID) -> Event | None:
        """An event that stands, whether the world was told or not: what is one does not depend on that."""
        event = self.standing(event_id)
        return self.corrected(event_id) if event is None and self._events.stands(event_id) else event

    def _claim(self, record: Record, word: Word) -> tuple[Claim | None, Incident | None]:
        """What a standing report claims and counts; a count stands in the series of its incident's leader."""
        development = record.event.id
        if (counted := incident_of(word.event)) is None:
            return claim_of(word), None
        if counted == development and record.position == self.position:
            report = IncidentReport(word, record.recorded_at)
            return claim_of(word, development), incident_of_reports(development, [report])
        incident = self.incident(development)
        return claim_of(word, incident and incident.leader), incident

    def _mentions_of_any(self, developments: Iterable[UUID]) -> list[Mention]:
        records = {
            record.event.id: record.position
            for development in developments
            for record, _ in self.mentions(development)
        }
        words = ((position, self.word(event_id)) for event_id, position in records.items())
        mentions = [Mention(position, word) for position, word in words if word]
        return sorted(mentions, key=lambda mention: mention.word.order)

    def _first_position(self, event_id: UUID) -> int:
        record = self._graph.record(event_id)
        return record.position if record else 0


def affected_developments(
    before: Snapshot, after: Snapshot, record: Record, original: Record
) -> Iterable[UUID]:
    """The developments whose entries, claims or counts a record may change, itself among them.

    `before` and `after` are the snapshots around the record; `original` is what it amends, or itself.
    """
    topics = dict.fromkeys((*before.topics(original), *after.topics(original)))
    changes_development = isinstance(original.event, Development)
    if changes_development:
        topics[original.event.id] = None
    affected = dict(topics)
    for development in topics:
        # a retracted report can still be counted, and its counts follow the group
        affected |= dict.fromkeys(before.linked(development) | after.linked(development))
    if isinstance(original.event, SameAs) or (record is not original and changes_development):
        # a statement about an incident changes no count; a new leader, place or date does
        affected |= dict.fromkeys(after.connected(affected))
    elif isinstance(original.event, CountReport) and original.event.incident is not None:
        affected |= dict.fromkeys(_changed_by_count(before, after, original.event, original.event.incident))
    for development in [*affected]:
        affected |= dict.fromkeys((*before.listing(development), *after.listing(development)))
    return affected


def _changed_by_count(
    before: Snapshot, after: Snapshot, count: CountReport, incident: UUID
) -> Iterable[UUID]:
    """What a new count changes besides itself: what the others of its incident repeat, if that is new."""
    old, new = before.incident(incident), after.incident(incident)
    if old is None or new is None:
        return ()
    measure = incident_measure(count) or ""
    if new._replace(claims=old.claims) == old and old.claims.get(measure) != 1:
        return ()
    return after.connected([incident])


def _counted(event: Event | None) -> UUID | None:
    """The development whose count an event reports; None where it counts none, or its own incident."""
    return event.incident if isinstance(event, CountReport) else None
