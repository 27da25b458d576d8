"""What stands: the rules by which reports bear on each other, in one place.

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

Each answer is for a position: a docket that holds later records gives what stood before them.
"""
# ruff: noqa: SLF001 - a docket reads the inside of another: its parent, or the one that it takes over

from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

import msgspec

from timeline.domain.codec import decode_event, encode_event
from timeline.domain.errors import RuleBroken, TimelineError, UnknownReference
from timeline.domain.events import Amendment, Correction, Event, Retraction, SameAs, event_type
from timeline.domain.patches import merge_patch
from timeline.domain.record import Record
from timeline.domain.references import topics_of

MAX_AMENDMENT_DEPTH = 8
"""How many amendments may stand on each other; beyond that, correct the event itself."""


_NOBODY: Mapping[int, Record] = {}


class EventGraph:
    """Records that bear on each other, and what stands of each at a position.

    A docket made with `parent` sees the parent's records and keeps its own apart until `merge` takes them
    over, so that a post can be tried and dropped without a trace.
    """

    def __init__(self, records: Iterable[Record] = (), parent: "EventGraph | None" = None) -> None:
        self._parent = parent
        self._records: dict[UUID, Record] = {}
        self._amendments: dict[UUID, list[Record]] = {}
        self._speakers: dict[UUID, dict[int, Record]] = {}  # by position
        self._linked: set[UUID] = set()
        for record in records:
            self.add(record)

    def add(self, record: Record) -> None:
        """Take in a record; its targets, if it has any, must be here."""
        event = record.event
        self._records[event.id] = record
        if isinstance(event, Amendment):
            self._amendments.setdefault(event.target, []).append(record)
        root = self.root(record)
        topics = self.topics(record)
        for topic in topics:
            self._speakers.setdefault(topic, {})[root.position] = root
        if isinstance(root.event, SameAs):
            self._linked.update(topics)

    def merge(self, other: "EventGraph") -> None:
        """Take over what a docket made with this one as `parent` has added."""
        self._records |= other._records
        for target, amendments in other._amendments.items():
            self._amendments.setdefault(target, []).extend(amendments)
        for topic, speakers in other._speakers.items():
            self._speakers.setdefault(topic, {}).update(speakers)
        self._linked |= other._linked

    def get(self, event_id: UUID) -> Record | None:
        """The record of an event, or None where this docket does not hold it."""
        found = self._records.get(event_id)
        return found if found or not self._parent else self._parent.get(event_id)

    def root(self, record: Record) -> Record:
        """What a chain of amendments is about in the end; a record that is no amendment is its own root."""
        depth = 0
        while isinstance(event := record.event, Amendment):
            target = self.get(event.target)
            if target is None:
                raise UnknownReference(f"there is no event {event.target} to amend", path="$.target")
            depth += 1
            if depth > MAX_AMENDMENT_DEPTH:
                raise RuleBroken(
                    f"more than {MAX_AMENDMENT_DEPTH} amendments stand on each other", path="$.target"
                )
            record = target
        return record

    def topics(self, record: Record) -> tuple[UUID, ...]:
        """What the record bears on as it stands after it; an amendment's topics are those of its root."""
        if not isinstance(record.event, Amendment):
            return topics_of(record.event)
        return topics_of(self._standing_or_posted(self.root(record), record.position))

    def topics_before(self, record: Record) -> tuple[UUID, ...]:
        """What an amendment's root bore on before it; nothing for a record that is no amendment."""
        if not isinstance(record.event, Amendment):
            return ()
        return topics_of(self._standing_or_posted(self.root(record), record.position - 1))

    def amendments(self, event_id: UUID, at: int) -> Iterator[tuple[Record, Event]]:
        """The corrections and retractions aimed at an event that stand at a position, in order."""
        for record in self._aimed_at(event_id):
            if event := self._as_standing(record, at):
                yield record, event

    def standing(self, event_id: UUID, at: int) -> Event | None:
        """The event as it stands at a position; None where it is not there yet, or retracted."""
        record = self.get(event_id)
        return self._as_standing(record, at) if record else None

    def last_content(self, event_id: UUID, at: int) -> Event:
        """The event with its standing corrections, retracted or not."""
        record = self.get(event_id)
        assert record is not None  # noqa: S101 - callers ask for what the docket holds
        return corrected(record.event, [event for _, event in self.amendments(event_id, at)])

    def speakers(self, topic: UUID, at: int) -> Iterator[tuple[Record, Event]]:
        """The standing events that bear on a topic, in order of position."""
        for _, record in sorted(self._speaking_of(topic).items()):
            event = self._as_standing(record, at)
            if event and topic in topics_of(event):
                yield record, event

    def group(self, development: UUID, at: int) -> list[UUID]:
        """The standing developments that are one with this one, in order of position.

        This one is among them even when it is retracted. One that is retracted still links the others.
        """
        if not self._is_linked(development):
            return [development]
        linked = self.linked(development, at)
        standing = (one for one in linked if one == development or self.standing(one, at))
        return sorted(standing, key=self._position)

    def linked(self, development: UUID, at: int) -> set[UUID]:
        """All that standing `same_as` events make one with this development, the retracted among them."""
        found = {development}
        if not self._is_linked(development):
            return found
        frontier = [development]
        while frontier:
            for _, event in self.speakers(frontier.pop(), at):
                if isinstance(event, SameAs):
                    new = set(event.developments) - found
                    found.update(new)
                    frontier.extend(new)
        return found

    def leader(self, development: UUID, at: int) -> UUID:
        """The development that stands for all of the group; the one asked for where none of it stands."""
        group = self.group(development, at)
        if len(group) == 1:
            return development
        return next((member for member in group if self.standing(member, at)), development)

    def _as_standing(self, record: Record, at: int) -> Event | None:
        if record.position > at:
            return None
        if not self._aimed_at(record.event.id):
            return record.event
        amendments = [event for _, event in self.amendments(record.event.id, at)]
        if any(isinstance(event, Retraction) for event in amendments):
            return None
        return corrected(record.event, amendments)

    def _standing_or_posted(self, record: Record, at: int) -> Event:
        try:
            return self.last_content(record.event.id, at)
        except TimelineError:
            # The appender refuses this amendment when it asks what stands; see rule 5.
            return record.event

    def _position(self, event_id: UUID) -> int:
        record = self.get(event_id)
        return record.position if record else 0

    def _aimed_at(self, event_id: UUID) -> Sequence[Record]:
        own = self._amendments.get(event_id, ())
        return (*self._parent._aimed_at(event_id), *own) if self._parent else own

    def _speaking_of(self, topic: UUID) -> Mapping[int, Record]:
        own = self._speakers.get(topic, _NOBODY)
        return {**self._parent._speaking_of(topic), **own} if self._parent else own

    def _is_linked(self, development: UUID) -> bool:
        """Whether any same_as ever named the development."""
        return development in self._linked or (
            self._parent is not None and self._parent._is_linked(development)
        )


def corrected(event: Event, amendments: Iterable[Event]) -> Event:
    """Apply corrections to an event in their order.

    Raises:
        RuleBroken: what comes out is no valid event of its type.
    """
    for amendment in amendments:
        if isinstance(amendment, Correction):
            event = _patched(event, amendment)
    return event


def _patched(event: Event, correction: Correction) -> Event:
    content = merge_patch(msgspec.json.decode(encode_event(event)), correction.changes)
    try:
        return decode_event(msgspec.json.encode(content))
    except TimelineError as error:
        where = (error.path or "$").removeprefix("$")
        message = (
            f"with correction {correction.id} the {event_type(event)} would not be valid: {error.message}"
        )
        raise RuleBroken(message, path=f"$.changes{where}") from error
