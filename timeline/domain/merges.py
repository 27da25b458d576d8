"""Merges: which developments are one at a position, and which of them leads.

Standing `same_as` events link developments, directly or in a chain. A development that is retracted still
links the others. The one recorded first of those that stand leads.

What a record leaves as it was is carried to the next position: a chain of links costs what each of them adds.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

from timeline.domain.amended_events import AmendedEvents
from timeline.domain.events import Amendment, CountReport, Evidence, SameAs
from timeline.domain.last_word import Word, first_word
from timeline.domain.linked import Linked, united
from timeline.domain.mentions import Mention, Mentions
from timeline.domain.past_words import PastWords
from timeline.domain.record import Record
from timeline.domain.record_source import RelatedRecords, word_as_posted
from timeline.domain.references import referenced_developments, topics_of

REPORTS_MAX = 100
"""How many reports of one development its entry is made of, and found by: the first that stand.

Each further report of a development writes its entry once more, which must not grow with their number.
"""


CARRIED_MENTIONS_MIN = 16
"""How many mentions are worth carrying: few are found again in less time."""


def words_about(records: RelatedRecords, events: AmendedEvents, topic: UUID) -> list[tuple[Record, Word]]:
    """The last words of the standing events that bear on a topic, with their records, by position."""
    mentions: list[tuple[Record, Word]] = []
    for position, record in sorted(records.mentions_of(topic).items()):
        if position > events.position:
            break
        word = records.unamended_word(record.event.id) if events.published_by is None else None
        if word is None:  # only what is amended can have borne on it, and bear on it no more
            word = events.word(record.event.id)
            if word is None or topic not in topics_of(word.event):
                continue
        mentions.append((record, word))
    return mentions


class Merges:
    """What is one at the position, and by the time, of some events; what was followed once is kept."""

    __slots__ = ("_alone", "_events", "_few_mentions", "_groups", "_mentions", "_once_linked", "_records")

    def __init__(self, records: RelatedRecords, events: AmendedEvents) -> None:
        self._records = records
        self._events = events
        self._groups: dict[UUID, Linked] = {}
        self._alone: dict[UUID, Linked] = {}  # of what no link names, which is not worth carrying
        self._once_linked: dict[UUID, AbstractSet[UUID]] = {}
        self._mentions: dict[UUID, Mentions] = {}
        """Of developments, each by itself, of which much is said."""
        self._few_mentions: dict[UUID, Mentions] = {}

    @property
    def has_found(self) -> bool:
        """Whether anything was found that is worth carrying."""
        return bool(self._groups or self._mentions)

    def carried(self, events: AmendedEvents, record: Record) -> "Merges":
        """The same at the next position, with the record there; what that leaves as it was is kept.

        After an amendment, and a link that somebody published or amends later, all is followed again.
        """
        merges, event = Merges(self._records, events), record.event
        merges._mentions = self._mentions_with(record) if self._mentions else {}
        if isinstance(event, SameAs):
            if event.published_at is None and self._records.unamended_word(event.id) is not None:
                merges._groups = {**self._groups}
                merges._keep(self._united(event.developments))
        elif not isinstance(event, Amendment):
            topics = referenced_developments(event)
            merges._groups = {**self._groups} if topics else self._groups
            for group in {self._groups[topic] for topic in topics if topic in self._groups}:
                merges._keep(group.spoken_of(_mention(record), is_counted=isinstance(event, CountReport)))
        return merges

    def _mentions_with(self, record: Record) -> dict[UUID, Mentions]:
        """What is said of each development by itself, with the record."""
        event = record.event
        if isinstance(event, Amendment):
            past = PastWords(self._records, self._events)
            amended = past.topics_of_amended(event)
            amended |= self._shown_by(amended)
            return {each: mentions for each, mentions in self._mentions.items() if each not in amended}
        topics = referenced_developments(event)
        if not topics:
            return self._mentions
        mentions = {**self._mentions}
        for development in self._shown_by(topics):
            if development in mentions:
                mentions[development] = mentions[development].spoken_of()
        if not isinstance(event, SameAs):
            mention = _mention(record)
            for topic in {topic for topic in topics if topic in mentions}:
                mentions[topic] = mentions[topic].followed_by(mention)
        return mentions

    def _shown_by(self, developments: Iterable[UUID]) -> set[UUID]:
        """What those of these that are evidence ever were about."""
        records = filter(None, map(self._records.record, developments))
        past = PastWords(self._records, self._events)
        return {
            topic for each in records if isinstance(each.event, Evidence) for topic in past.all_topics(each)
        }

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
            self._once_linked.update(dict.fromkeys(linked, once))
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
            group.mentions = self._mentions_of_any(group.members)
        return group.mentions

    def own_mentions(self, development: UUID) -> Mentions:
        """The standing events about a development by itself, links apart."""
        mentions = self._mentions.get(development) or self._few_mentions.get(development)
        if mentions is None:
            mentions = self._mentions_of_any([development])
            is_carried = len(mentions) >= CARRIED_MENTIONS_MIN
            (self._mentions if is_carried else self._few_mentions)[development] = mentions
        return mentions

    def _mentions_of_any(self, developments: Iterable[UUID]) -> Mentions:
        mentions = {
            record.position: Mention(record.position, word)
            for development in developments
            for record, word in words_about(self._records, self._events, development)
            if not isinstance(word.event, SameAs)
        }
        return Mentions(mentions.values())

    def has_plain_mentions(self, development: UUID) -> bool:
        """Whether the events about a development stand as posted, and no evidence among them is spoken of."""
        mentions = self.own_mentions(development)
        if mentions.is_plain is None:
            records, position = self._records.mentions_of(development), self._events.position
            mentions.is_plain = all(
                at > position or self._is_plain_mention(record) for at, record in records.items()
            )
        return mentions.is_plain

    def _is_plain_mention(self, record: Record) -> bool:
        event_id, position = record.event.id, self._events.position
        if word_as_posted(self._records, event_id, position) is None:
            return False
        return not isinstance(record.event, Evidence) or not (
            self._records.is_linked(event_id)
            or any(at <= position for at in self._records.mentions_of(event_id))
        )

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
        for group in groups:
            leader = group.order[0][1]
            self.is_plain(leader)
            self.mentions(leader)
            self._is_any_linked_later(group)
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
        linked, frontier = {development}, [development]
        while frontier:
            topic = frontier.pop()
            if not self._records.is_linked(topic):
                continue
            for _, word in words_about(self._records, self._events, topic):
                if isinstance(word.event, SameAs):
                    new = set(word.event.developments) - linked
                    linked.update(new)
                    frontier.extend(new)
        return linked


def _mention(record: Record) -> Mention:
    """The mention that a record is at its own position, where nobody has amended it."""
    return Mention(record.position, first_word(record, record.event))
