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
With a time it answers as far as the world had been told by then (see `snapshot`).
"""
# ruff: noqa: SLF001 - a graph reads the inside of another: its parent, or the one that it merges

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from timeline.domain.errors import RuleBroken, UnknownReference
from timeline.domain.events import (
    Amendment,
    Development,
    SameAs,
)
from timeline.domain.last_word import Word, first_word
from timeline.domain.record import Record
from timeline.domain.references import bears_on_nothing, named_topics, referenced_developments
from timeline.domain.snapshot import Snapshot

AMENDMENT_DEPTH_MAX = 8
"""How many amendments may be chained, each aimed at the one before."""

_NO_RECORDS: Mapping[int, Record] = {}
_NO_TOPICS: Mapping[UUID, int] = {}


class EventGraph:
    """Records that bear on each other; `at` gives what stands of them at a position.

    A graph made with `parent` sees its records too and keeps its own apart until `merge` takes them over, so
    that a post can be tried and dropped without a trace.
    """

    def __init__(self, records: Iterable[Record] = (), parent: "EventGraph | None" = None) -> None:
        self._parent = parent
        # by the number of the id: a UUID takes three times as long to be looked up
        self._records: dict[int, Record] = {}
        self._by_position: dict[int, Record] = {}
        self._amendments: dict[int, list[Record]] = {}
        self._mentions: dict[int, dict[int, Record]] = {}  # by topic, then by position
        self._links: dict[int, dict[int, Record]] = {}  # those of them that link, likewise
        self._given_topics: dict[int, dict[UUID, int]] = {}  # by what corrections gave them to
        self._amended_amendments: dict[int, int] = {}  # how many, by what they end at
        self._linked_later: dict[int, int] = {}  # by what was published, or amended; since which position
        self._words: dict[int, Word] = {}  # of what no record amends; made when it is asked for
        self._last_snapshots: tuple[Snapshot, ...] = ()
        for record in records:
            self.add(record)

    def add(self, record: Record) -> None:
        """Add a record.

        Raises:
            UnknownReference: the graph does not hold the event that it amends.
            RuleBroken: it ends a chain of too many amendments.
        """
        event, original = record.event, record
        if self._last_snapshots:  # of which what is recorded later changes nothing
            self._last_snapshots = tuple(
                snapshot for snapshot in self._last_snapshots if snapshot.position < record.position
            )
        self._records[event.id.int] = self._by_position[record.position] = record
        if isinstance(event, Development):  # as most are: neither an amendment nor a link
            for topic in referenced_developments(event):
                self._mentions.setdefault(topic.int, {})[record.position] = record
            return
        if isinstance(event, Amendment):
            self._amendments.setdefault(event.target.int, []).append(record)
            original = self.original(record)
            self._words.pop(event.target.int, None)
            if original.event.id != event.target:
                number = original.event.id.int
                self._amended_amendments[number] = self._amended_amendments.get(number, 0) + 1
        topics = named_topics(event)  # of a correction too that is not the last word: it was before others
        for topic in topics:
            self._mentions.setdefault(topic.int, {})[original.position] = original
            if record is not original:
                self._given_topics.setdefault(original.event.id.int, {}).setdefault(topic, record.position)
        if isinstance(original.event, SameAs):
            self._add_link(record, original, topics)

    def _add_link(self, record: Record, original: Record, topics: Iterable[UUID]) -> None:
        for topic in topics:
            self._links.setdefault(topic.int, {})[original.position] = original
        if record is not original or record.event.published_at is not None:
            for topic in (*topics, *referenced_developments(original.event)):
                self._linked_later.setdefault(topic.int, record.position)

    def merge(self, other: "EventGraph") -> None:
        """Take over what a graph made with this one as `parent` has added."""
        self._last_snapshots = ()
        self._records |= other._records
        self._by_position |= other._by_position
        for target, amendments in other._amendments.items():
            self._amendments.setdefault(target, []).extend(amendments)
            self._words.pop(target, None)
        for topic, mentions in other._mentions.items():
            self._mentions.setdefault(topic, {}).update(mentions)
        for topic, links in other._links.items():
            self._links.setdefault(topic, {}).update(links)
        for event, topics in other._given_topics.items():
            self._given_topics[event] = topics | self._given_topics.get(event, {})
        self._linked_later = other._linked_later | self._linked_later
        for event, count in other._amended_amendments.items():
            self._amended_amendments[event] = self._amended_amendments.get(event, 0) + count

    def at(self, position: int, published_by: datetime | None = None) -> Snapshot:
        """What stands at a position; with a time, as far as the world had been told by then.

        Without a time, the last two are given again where they are asked for again: what followed from them
        stays, and is carried to that of the next record.
        """
        if published_by is not None:
            return Snapshot(self, position, published_by)
        for snapshot in self._last_snapshots:
            if snapshot.position == position:
                return snapshot
        snapshot = self._following(position) or Snapshot(self, position)
        for earlier in self._last_snapshots[:-1]:
            earlier.forget()
        self._last_snapshots = (*self._last_snapshots[-1:], snapshot)  # that before a record, and with it
        return snapshot

    def forget_snapshots(self) -> None:
        """Let go of the last snapshots, once all is folded: they hold the graph, which holds them.

        Only the garbage collector would free them, with all records, and a rebuild does without it.
        """
        for snapshot in self._last_snapshots:
            snapshot.forget()
        self._last_snapshots = ()

    def _following(self, position: int) -> Snapshot | None:
        """What follows from the last snapshot by way of the records between, if anything was found of it."""
        snapshot = self._last_snapshots[-1] if self._last_snapshots else None
        if snapshot is None or not snapshot.position < position:
            return None
        for between in range(snapshot.position + 1, position + 1):
            record = self._record_at(between)
            if record is None or not snapshot.is_worth_carrying(record):
                return None
            if between == position or not bears_on_nothing(record.event):
                snapshot = snapshot.followed_by(record)
        return snapshot

    def _record_at(self, position: int) -> Record | None:
        record = self._by_position.get(position)
        return record if record or not self._parent else self._parent._record_at(position)

    def record(self, event_id: UUID) -> Record | None:
        """The record of an event, or None where the graph does not hold it."""
        return self._find(event_id.int)

    def _find(self, number: int) -> Record | None:
        record = self._records.get(number)
        return record if record or not self._parent else self._parent._find(number)

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
        own = self._amendments.get(event_id.int, ())
        return (*self._parent.amendments_of(event_id), *own) if self._parent else own

    def amended_amendments(self, event_id: UUID) -> int:
        """How many records amend an amendment of an event, or an amendment of such."""
        count = self._amended_amendments.get(event_id.int, 0)
        return count + self._parent.amended_amendments(event_id) if self._parent else count

    def unamended_word(self, event_id: UUID) -> Word | None:
        """What an event says that no record amends; None where one does, or the graph does not hold it."""
        number = event_id.int
        word = self._words.get(number)
        if word is not None:
            return word  # as mostly
        record = self._find(number)
        if record is None or self.amendments_of(event_id):
            return None
        word = self._words[number] = first_word(record, record.event)
        return word

    def mentions_of(self, topic: UUID) -> Mapping[int, Record]:
        """The records that ever bore on a topic, by position."""
        own = self._mentions.get(topic.int, _NO_RECORDS)
        return {**self._parent.mentions_of(topic), **own} if self._parent else own

    def links_of(self, development: UUID) -> Mapping[int, Record]:
        """Those of them that link the development with others."""
        own = self._links.get(development.int, _NO_RECORDS)
        return {**self._parent.links_of(development), **own} if self._parent else own

    def given_topics(self, event_id: UUID) -> Mapping[UUID, int]:
        """The topics that corrections gave an event, each with the position at which the first did."""
        own = self._given_topics.get(event_id.int, _NO_TOPICS)
        return {**own, **self._parent.given_topics(event_id)} if self._parent else own

    def is_linked(self, development: UUID) -> bool:
        """Whether any same_as ever named the development."""
        return development.int in self._links or (
            self._parent is not None and self._parent.is_linked(development)
        )

    def is_linked_later(self, development: UUID, position: int) -> bool:
        """Whether a same_as that was published, or amended by then, named the development by a position."""
        return self._linked_later.get(development.int, position + 1) <= position or (
            self._parent is not None and self._parent.is_linked_later(development, position)
        )
