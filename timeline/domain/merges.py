"""Merges: which developments are one at a position, and which of them leads.

Standing `same_as` events link developments, directly or in a chain. A development that is retracted still
links the others. The one recorded first of those that stand leads.

What a record leaves as it was is carried to the next position: a chain of links costs what each of them adds.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

from timeline.domain.amended_events import AmendedEvents
from timeline.domain.events import CountReport, Evidence, SameAs
from timeline.domain.linked import Linked, merged, united
from timeline.domain.mentions import Mentions
from timeline.domain.past_words import PastWords
from timeline.domain.record_source import RelatedRecords
from timeline.domain.references import topics_of
from timeline.domain.topics import Reach, Topics

REPORTS_MAX = 100
"""How many reports of one development its entry is made of, and found by: the first that stand.

Each further report of a development writes its entry once more, which must not grow with their number.
"""


class Merges:
    """What is one at the position, and by the time, of some events; what was followed once is kept."""

    __slots__ = ("_alone", "_events", "_groups", "_once_linked", "_records", "topics")

    def __init__(self, records: RelatedRecords, events: AmendedEvents, topics: Topics | None = None) -> None:
        self._records = records
        self._events = events
        self.topics = topics or Topics(records, events)
        """What is said of each development by itself."""
        self._groups: dict[UUID, Linked] = {}
        self._alone: dict[UUID, Linked] = {}  # of what no link names, which is not worth carrying
        self._once_linked: dict[UUID, AbstractSet[UUID]] = {}

    @property
    def has_found(self) -> bool:
        """Whether anything was found that is worth carrying."""
        return bool(self._groups) or self.topics.has_found

    def followed_by(self, events: AmendedEvents, reach: Reach) -> "Merges":
        """The same with the next record; `events` are those with it. What that leaves as it was is kept."""
        if events.published_by is not None:
            return Merges(self._records, events)
        after = Merges(self._records, events, self.topics.followed_by(events, reach))
        after._groups, after._once_linked = self._groups, self._once_linked
        if not reach.topics and not reach.is_amendment:
            return after
        after._groups = {**self._groups}
        if not isinstance(reach.original.event, SameAs):
            after._say(reach, self)
            return after
        after._once_linked = _sets_apart(self._once_linked, reach.topics)
        if reach.is_amendment:
            touched = {self._groups[topic] for topic in reach.topics if topic in self._groups}
            after._groups = {key: group for key, group in self._groups.items() if group not in touched}
        else:
            after._link(reach.original.event, self)
        return after

    def _say(self, reach: Reach, before: "Merges") -> None:
        """Tell the groups that a record bears on of it."""
        event_id, is_counted = reach.original.event.id, isinstance(reach.original.event, CountReport)
        for group in {self._groups[topic] for topic in reach.topics if topic in self._groups}:
            after = group.copy()
            if group.mentions is not None:
                after.mentions = self.topics.with_record(group.mentions, group.members, before.topics, reach)
            if is_counted:
                after.is_plain = False
            self._keep(after)
        amended = self._groups.get(event_id) if reach.is_amendment else None
        if amended is not None and amended.is_plain:
            after = amended.copy()
            after.is_plain = False
            self._keep(after)

    def _link(self, link: SameAs, before: "Merges") -> None:
        """Make one what a new link names."""
        whole = before._united(link.developments)  # noqa: SLF001 - its own kind
        if link.published_at is not None:
            whole = whole.copy()
            whole.is_plain, whole.is_linked_later = False, True
        self._keep(whole)

    def of(self, development: UUID) -> Linked:
        """The group of a development: all that standing `same_as` events make one with it."""
        if not self._records.is_linked(development):
            return self._of_alone(development)
        group = self._groups.get(development)
        if group is None:
            members = self._follow_links(development)
            group = Linked(members, sorted((self.first_position(member), member) for member in members))
            self._keep(group)
        return group

    def _of_alone(self, development: UUID) -> Linked:
        group = self._alone.get(development)
        if group is None:
            order = [(self.first_position(development), development)]
            group = self._alone[development] = Linked({development}, order)
        return group

    def linked(self, development: UUID) -> AbstractSet[UUID]:
        """All that standing `same_as` events make one with this development, the retracted among them."""
        return self.of(development).members if self._records.is_linked(development) else {development}

    def once_linked(self, development: UUID) -> AbstractSet[UUID]:
        """All that is one with this development, and that may have been at some time of publication."""
        linked = self.linked(development)
        if not self._records.is_linked(development) or not self._is_any_linked_later(self.of(development)):
            return linked
        once = self._once_linked.get(development)
        if once is None:
            once = PastWords(self._records, self._events).linked(development)
            self._once_linked.update(dict.fromkeys(once, once))
        return once

    def in_order(self, development: UUID) -> Sequence[UUID]:
        """All that is one with this development, the retracted among them, in order of position."""
        if not self._records.is_linked(development):
            return [development]
        return [member for _, member in self.of(development).order]

    def group(self, development: UUID) -> list[UUID]:
        """The standing developments that are one with this one, in order of position.

        This one is among them even when it is retracted.
        """
        stands = self._events.stands
        return [member for member in self.in_order(development) if member == development or stands(member)]

    def first_reports(self, development: UUID) -> list[UUID]:
        """Those of the group that an entry is made of."""
        if self.is_plain(development):
            return [member for _, member in self.of(development).order[:REPORTS_MAX]]
        return self.group(development)[:REPORTS_MAX]

    def leader(self, development: UUID) -> UUID:
        """The development that represents its group; this one where none of the group stands."""
        if not self._records.is_linked(development):
            return development
        order, stands = self.of(development).order, self._events.stands
        return next((member for _, member in order if stands(member)), development)

    def mentions(self, development: UUID) -> Mentions:
        """The standing events about any of the group, links apart."""
        group = self.of(development)
        if group.mentions is None:
            group.mentions = merged(map(self.topics.mentions, group.members))
        return group.mentions

    def evidence_in(self, development: UUID) -> Sequence[UUID]:
        """The evidence that is one with a development: what shows it shows how all of these stand."""
        group = self.of(development)
        if group.evidence is None:
            records = ((member, self._records.record(member)) for member in group.members)
            group.evidence = [member for member, each in records if each and isinstance(each.event, Evidence)]
        return group.evidence

    def is_plain(self, development: UUID) -> bool:
        """Whether all of a linked group stands as posted, was linked from the start, and nothing counts it.

        No evidence or count is in it either, whose state others show. Of what the world was told by a time
        nothing is plain, nor is what no link names: of that no long chain must be followed.
        """
        if not self._records.is_linked(development):
            return False
        group = self.of(development)
        if group.is_plain is None:
            group.is_plain = self._events.published_by is None and all(map(self._is_plain, group.members))
        return group.is_plain

    def is_linked_from_the_start(self, development: UUID) -> bool:
        """Whether every link of a report was so at every time, and the report is no count and unamended.

        Later records change nothing of the answer.
        """
        record, position = self._records.record(development), self._events.position
        amendments = self._records.amendments_of(development)
        return (
            record is not None
            and not isinstance(record.event, CountReport)
            and not any(amendment.position <= position for amendment in amendments)
            and not self._is_linked_later(development)
        )

    def first_position(self, event_id: UUID) -> int:
        """Where an event is recorded; 0 where it is not."""
        record = self._records.record(event_id)
        return record.position if record else 0

    def _keep(self, group: Linked) -> None:
        self._groups.update(dict.fromkeys(group.members, group))

    def _united(self, developments: Iterable[UUID]) -> Linked:
        """The group that a new link makes of these."""
        groups = list(dict.fromkeys(map(self.of, developments)))
        asks_for_mentions = max(groups, key=lambda group: len(group.members)).mentions is not None
        for group in groups:
            self.is_plain(group.leader)
            self._is_any_linked_later(group)
            if asks_for_mentions:
                self.mentions(group.leader)
        return united(groups)

    def _is_plain(self, member: UUID) -> bool:
        record, position = self._records.record(member), self._events.position
        mentions = self._records.mentions_of(member).items()
        return (
            record is not None
            and record.position <= position
            and not isinstance(record.event, Evidence)
            and self.is_linked_from_the_start(member)
            and not any(at <= position and isinstance(each.event, CountReport) for at, each in mentions)
        )

    def _is_linked_later(self, development: UUID) -> bool:
        return self._records.is_linked_later(development, self._events.position)

    def _is_any_linked_later(self, group: Linked) -> bool:
        if group.is_linked_later is None:
            group.is_linked_later = any(map(self._is_linked_later, group.members))
        return group.is_linked_later

    def _follow_links(self, development: UUID) -> AbstractSet[UUID]:
        linked, frontier, followed = {development}, [development], set[int]()
        while frontier:
            topic = frontier.pop()
            for position, record in self._records.links_of(topic).items():
                if position > self._events.position or position in followed:
                    continue
                word = self._events.word(record.event.id)
                if word is not None and topic in topics_of(word.event):
                    followed.add(position)
                    new = set(topics_of(word.event)) - linked
                    linked.update(new)
                    frontier.extend(new)
        return linked


def _sets_apart(
    sets: Mapping[UUID, AbstractSet[UUID]], topics: AbstractSet[UUID]
) -> dict[UUID, AbstractSet[UUID]]:
    """Those of the sets, by their members, in which none of the topics is."""
    distinct = {id(each): each for each in sets.values()}
    touched = {key for key, each in distinct.items() if not each.isdisjoint(topics)}
    return {member: each for member, each in sets.items() if id(each) not in touched}
