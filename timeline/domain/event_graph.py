"""The event graph: which events bear on each other, and the rules that decide what stands.

1. An event stands as it was posted until an amendment (a correction or a retraction) aims at it.
2. Corrections apply in the order of their positions, each as an RFC 7396 merge patch on what stood before
   it. What comes out must be a valid event of the same type; `id`, `type` and `target` never change.
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
8. A count belongs to the incident that it names. Reports of a count may themselves be one with others, or
   have counts of their own: all of them belong to the incident at the end of that chain, which counts once.

`graph.at(position)` answers for a position: a graph that holds later records gives what stood before them.
"""
# ruff: noqa: SLF001 - a graph reads the inside of another: its parent, or the one that it merges

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, cast
from uuid import UUID

from timeline.domain.claims import Claim, claim_of, incident_measure, incident_of
from timeline.domain.errors import RuleBroken, TimelineError, UnknownReference
from timeline.domain.events import Amendment, CountReport, Development, Event, Retraction, SameAs
from timeline.domain.last_word import Word, first_word
from timeline.domain.patches import correct_event
from timeline.domain.record import Record
from timeline.domain.references import topics_of

AMENDMENT_DEPTH_MAX = 8
"""How many amendments may be chained, each aimed at the one before."""

_NO_RECORDS: Mapping[int, Record] = {}


class Incident(NamedTuple):
    """An incident: its standing reports, the leading one first, and the record of that one.

    `is_shared` is whether another claim may be on the same incident and measure; where in doubt, it is.
    """

    record: Record
    reports: Sequence[Development]
    measure: str
    is_shared: bool


class DevelopmentState(NamedTuple):
    """What stands of a development, and all that bears on it.

    `event` is the report with its standing corrections, retracted or not; `leader` the development that
    represents this one, if another does. A leading development has the `reports` of its whole group, in
    order, and the `mentions` of all of them: the standing events about them, by position. Any other has its
    own. `claim` is what the report claims and `incident` what it counts, while it stands.
    """

    record: Record
    event: Development
    reports: Sequence[Development]
    claim: Claim | None
    incident: Incident | None
    is_retracted: bool = False
    leader: UUID | None = None
    mentions: Sequence[tuple[int, Event]] = ()
    amendments: Sequence[tuple[Record, Event]] = ()


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

    def at(self, position: int) -> "Snapshot":
        """What stands at a position."""
        return Snapshot(self, position)

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

    def _amendments_of(self, event_id: UUID) -> Sequence[Record]:
        own = self._amendments.get(event_id, ())
        return (*self._parent._amendments_of(event_id), *own) if self._parent else own

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

    __slots__ = ("_graph", "_standing", "position")

    def __init__(self, graph: EventGraph, position: int) -> None:
        self.position = position
        self._graph = graph
        # correcting an event decodes it again, and a fold asks for the same one several times
        self._standing: dict[UUID, Event | None] = {}

    def record(self, event_id: UUID) -> Record | None:
        """The record of an event; None where it was not recorded by this position."""
        record = self._graph.record(event_id)
        return record if record and record.position <= self.position else None

    def standing(self, event_id: UUID) -> Event | None:
        """The event as it stands; None where it is not recorded yet, or retracted."""
        record = self._graph.record(event_id)
        return self._as_standing(record) if record else None

    def word(self, event_id: UUID) -> Word | None:
        """What an event says by its last word; None where it is not recorded yet, or retracted."""
        record, event = self._graph.record(event_id), self.standing(event_id)
        return first_word(record, event) if record and event else None

    def corrected(self, event_id: UUID) -> Event:
        """The event with its standing corrections, retracted or not; it must be in the graph."""
        record = self._graph.record(event_id)
        assert record is not None  # noqa: S101 - callers ask for what the graph holds
        return correct_event(record.event, (event for _, event in self.amendments(event_id)))

    def amendments(self, event_id: UUID) -> Iterator[tuple[Record, Event]]:
        """The standing corrections and retractions of an event, each with its record, in order."""
        for record in self._graph._amendments_of(event_id):
            if event := self._as_standing(record):
                yield record, event

    def mentions(self, topic: UUID) -> Iterator[tuple[Record, Event]]:
        """The standing events that bear on a topic, each with its record, in order of position."""
        for _, record in sorted(self._graph._mentions_of(topic).items()):
            event = self._as_standing(record)
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
        if not self._graph._amendments_of(original.event.id):
            return topics_of(original.event)
        try:
            return topics_of(self.corrected(original.event.id))
        except TimelineError:
            # the validation refuses the amendment that causes this when it asks what stands; see rule 5
            return topics_of(original.event)

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
        record = self.record(development)
        if record is None or not isinstance(record.event, Development):
            return None
        if record.position == self.position:  # nothing can bear on a report at its own position yet
            return self.new_development(record, record.event)
        standing = cast("Development | None", self._as_standing(record))
        event = standing or cast("Development", self.corrected(development))
        group = self.group(development) if standing else [development]
        leads, reports = group[0] == development, [event]
        if leads and len(group) > 1:
            reports = [cast("Development", self.standing(member) or event) for member in group]
        claim, incident = self._claim(record, event) if standing else (None, None)
        return DevelopmentState(
            record,
            event,
            reports=reports,
            claim=claim,
            incident=incident,
            is_retracted=standing is None,
            leader=None if leads else group[0],
            mentions=self._mentions_of_any(group if leads else [development]),
            amendments=[*self.amendments(development)],
        )

    def new_development(self, record: Record, event: Development) -> DevelopmentState:
        """What stands of a report at its own position, where nothing bears on it yet."""
        claim, incident = self._claim(record, event)
        return DevelopmentState(record, event, reports=[event], claim=claim, incident=incident)

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
            near = self.linked(development)
            near.update(event.id for _, event in self.mentions(development) if isinstance(event, CountReport))
            if counted := _counted(self.standing(development)):
                near.add(counted)
            frontier.extend(near - connected)
            connected |= near
        return connected

    def sharing_with(self, count: CountReport) -> Iterable[UUID]:
        """The reports whose `is_shared` becomes true because of this count."""
        incident = count.incident
        if incident is None:
            return ()
        if _counted(self.standing(incident)) or len(self.linked(incident)) > 1:
            return self.connected([incident])
        measure = incident_measure(count)
        others = [
            event.id
            for _, event in self.mentions(incident)
            if isinstance(event, CountReport) and incident_measure(event) == measure and event.id != count.id
        ]
        return others if len(others) == 1 else ()  # with several others, they were shared before

    def _claim(self, record: Record, event: Development) -> tuple[Claim | None, Incident | None]:
        """What a standing report claims and counts; a count belongs to the leader of its incident's group."""
        counted, word = incident_of(event), first_word(record, event)
        if counted is None:
            return claim_of(word), None
        measure = incident_measure(event) or ""
        if counted == event.id and record.position == self.position:
            claim = claim_of(word, counted)
            return claim, Incident(record, [event], measure, is_shared=False)
        claim = claim_of(word, self.leader(counted))
        reports = self._incident_reports(counted)
        if not reports:
            return claim, None
        leader = reports[0]
        leading = record if leader.id == event.id else cast("Record", self.record(leader.id))
        return claim, Incident(leading, reports, measure, self._may_be_shared(leader, measure))

    def _incident_reports(self, incident: UUID) -> list[Development]:
        """The standing reports of the incident that a development belongs to, the leading one first."""
        visited: set[UUID] = set()
        while True:
            group = self.group(incident)
            reports = [event for member in group if (event := self.standing(member))]
            visited.update(group)
            counted = filter(None, map(_counted, reports))
            beyond = next((development for development in counted if development not in visited), None)
            if beyond is None:
                return cast("list[Development]", reports)
            incident = beyond

    def _may_be_shared(self, leader: Development, measure: str) -> bool:
        if _counted(leader):
            return True
        mentions = [event for _, event in self.mentions(leader.id)]
        if any(isinstance(event, SameAs) for event in mentions):
            return True
        counts = [event for event in mentions if isinstance(event, CountReport)]
        claims = [count for count in (*counts, leader) if incident_measure(count) == measure]
        of_counts = (event for count in counts for _, event in self.mentions(count.id))
        return len(claims) > 1 or any(isinstance(event, CountReport | SameAs) for event in of_counts)

    def _mentions_of_any(self, developments: Sequence[UUID]) -> list[tuple[int, Event]]:
        events = {
            record.position: event
            for development in developments
            for record, event in self.mentions(development)
        }
        return sorted(events.items())

    def _as_standing(self, record: Record) -> Event | None:
        event = record.event
        if record.position > self.position:
            return None
        if not self._graph._amendments_of(event.id):
            return event
        if event.id not in self._standing:
            amendments = [amendment for _, amendment in self.amendments(event.id)]
            is_retracted = any(isinstance(amendment, Retraction) for amendment in amendments)
            self._standing[event.id] = None if is_retracted else correct_event(event, amendments)
        return self._standing[event.id]

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
    elif isinstance(original.event, CountReport):
        affected |= dict.fromkeys(after.sharing_with(original.event))
    return affected


def _counted(event: Event | None) -> UUID | None:
    """The development whose count an event reports; None where it counts none, or its own incident."""
    return event.incident if isinstance(event, CountReport) else None
