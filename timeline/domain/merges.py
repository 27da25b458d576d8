"""Merges: which developments are one at a position, and which of them leads.

Standing `same_as` events link developments, directly or in a chain. A development that is retracted still
links the others. The one recorded first of those that stand leads.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

from timeline.domain.amended_events import AmendedEvents
from timeline.domain.events import CountReport, SameAs
from timeline.domain.last_word import Word
from timeline.domain.past_words import PastWords
from timeline.domain.record import Record
from timeline.domain.record_source import RelatedRecords
from timeline.domain.references import topics_of

REPORTS_MAX = 100
"""How many reports of one development its entry is made of, and found by: the first that stand.

Each further report of a development writes its entry once more, which must not grow with their number.
"""


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

    __slots__ = ("_events", "_links", "_once_linked", "_orders", "_records")

    def __init__(self, records: RelatedRecords, events: AmendedEvents) -> None:
        self._records = records
        self._events = events
        self._links: dict[UUID, AbstractSet[UUID]] = {}
        self._once_linked: dict[UUID, AbstractSet[UUID]] = {}
        self._orders: dict[UUID, Sequence[UUID]] = {}

    def linked(self, development: UUID) -> AbstractSet[UUID]:
        """All that standing `same_as` events make one with this development, the retracted among them."""
        if not self._records.is_linked(development):
            return {development}
        linked = self._links.get(development)
        if linked is None:
            linked = self._follow_links(development)
            self._links.update(dict.fromkeys(linked, linked))
        return linked

    def once_linked(self, development: UUID) -> AbstractSet[UUID]:
        """All that is one with this development, and that may have been at some time of publication."""
        linked = self.linked(development)
        if not any(map(self._is_linked_later, linked)):
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
        order = self._orders.get(development)
        if order is None:
            linked = self.linked(development)
            order = sorted(linked, key=self.first_position)
            self._orders.update(dict.fromkeys(linked, order))
        return order

    def group(self, development: UUID) -> list[UUID]:
        """The standing developments that are one with this one, in order of position.

        This one is among them even when it is retracted.
        """
        stands = self._events.stands
        return [member for member in self.in_order(development) if member == development or stands(member)]

    def leader(self, development: UUID) -> UUID:
        """The development that represents its group; this one where none of the group stands."""
        standing = (member for member in self.in_order(development) if self._events.stands(member))
        return next(standing, development)

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

    def _is_linked_later(self, development: UUID) -> bool:
        return self._records.is_linked_later(development, self._events.position)

    def first_position(self, event_id: UUID) -> int:
        """Where an event is recorded; 0 where it is not."""
        record = self._records.record(event_id)
        return record.position if record else 0

    def _follow_links(self, development: UUID) -> AbstractSet[UUID]:
        linked, frontier = {development}, [development]
        while frontier:
            for _, word in words_about(self._records, self._events, frontier.pop()):
                if isinstance(word.event, SameAs):
                    new = set(word.event.developments) - linked
                    linked.update(new)
                    frontier.extend(new)
        return linked
