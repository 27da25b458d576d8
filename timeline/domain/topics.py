"""Topics: what is said of each development by itself, and what ever was, at a position.

Of what much is said, this is carried to the next position: what the record there changes is changed in one
place, however much was said before.
"""

from collections.abc import Container
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import cast
from uuid import UUID

from timeline.domain.amended_events import AmendedEvents
from timeline.domain.bearing import COUNTING, GRADING, Bearing
from timeline.domain.dating import Dating, place_in_time
from timeline.domain.events import Amendment, CountReport, Development, Event, Evidence, SameAs
from timeline.domain.last_word import Word
from timeline.domain.mention import Mention
from timeline.domain.mentions import Mentions
from timeline.domain.past_words import PastWords
from timeline.domain.record import Record
from timeline.domain.record_source import RelatedRecords, amended_by, word_as_posted
from timeline.domain.references import topics_of
from timeline.domain.word_facts import WordFacts

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


class Reach:
    """What the record at a position bears on; `past` is of that position."""

    __slots__ = ("connecting", "is_amendment", "original", "shown_by", "topics", "touched")

    def __init__(self, records: RelatedRecords, past: PastWords, record: Record) -> None:
        self.original = amended_by(records, record)[-1]
        """The record, or what it amends."""
        self.is_amendment = isinstance(record.event, Amendment)
        self.topics: AbstractSet[UUID] = past.all_topics(self.original)
        """What the original bears on, or bore on."""
        self.connecting = _connecting(self.original.event, self.topics, is_new=not self.is_amendment)
        """The developments whose incidents it may change."""
        self.shown_by: list[tuple[UUID, UUID]] = []
        """What ever showed evidence that is among the topics, with that."""
        for evidence in filter(None, map(records.record, self.topics)):
            if isinstance(evidence.event, Evidence):
                self.shown_by += [(topic, evidence.event.id) for topic in past.all_topics(evidence)]
        self.touched = {self.original.event.id, *self.topics, *(topic for topic, _ in self.shown_by)}
        """All of which something may be known now that was not before."""


def _connecting(event: Event, topics: AbstractSet[UUID], *, is_new: bool) -> AbstractSet[UUID]:
    if isinstance(event, SameAs | CountReport):
        return {event.id, *topics}
    return frozenset() if is_new or not isinstance(event, Development) else {event.id}


class Topics:
    """What is said of developments at the position of some events; what was found once is kept."""

    __slots__ = (
        "_bearings",
        "_events",
        "_few_bearings",
        "_few_mentions",
        "_mentions",
        "_past",
        "_records",
        "_word_dates",
    )

    def __init__(self, records: RelatedRecords, events: AmendedEvents) -> None:
        self._records = records
        self._events = events
        self._past = PastWords(records, events)
        self._mentions: dict[UUID, Mentions] = {}
        self._few_mentions: dict[UUID, Mentions] = {}  # which are not worth carrying
        self._bearings: dict[UUID, Bearing] = {}
        self._few_bearings: dict[UUID, Bearing] = {}
        self._word_dates = WordFacts(dating_of)

    @property
    def has_found(self) -> bool:
        """Whether anything was found that is worth carrying."""
        return bool(self._mentions or self._bearings)

    def followed_by(self, events: AmendedEvents, reach: Reach) -> "Topics":
        """The same with the next record; `events` are those with it."""
        after = Topics(self._records, events)
        after._word_dates = self._word_dates
        if not reach.topics:  # both may go on with the same
            after._mentions, after._bearings = self._mentions, self._bearings
            return after
        after._mentions, after._bearings = {**self._mentions}, {**self._bearings}
        for topic in reach.topics:
            if topic in self._mentions and not isinstance(reach.original.event, SameAs):
                after._mentions[topic] = after.with_record(self._mentions[topic], [topic], self, reach)
            if topic in self._bearings:
                after._bear(topic, reach.original)
        for topic, evidence in reach.shown_by:
            if topic in self._mentions:
                after._mentions[topic] = after._mentions[topic].spoken_of()
            if topic in self._bearings:
                after._bearings[topic] = after._bearings[topic].spoken_of(evidence)
        return after

    def with_record(
        self, mentions: Mentions, about: Container[UUID], before: "Topics", reach: Reach
    ) -> Mentions:
        """The mentions of any of some developments with a record that bears on one of these."""
        new = self._mention(reach.original, about)
        if not reach.is_amendment:
            return mentions.followed_by(new) if new else mentions
        return mentions.amended(before._mention(reach.original, about), new)  # noqa: SLF001 - its own kind

    def _mention(self, record: Record, about: Container[UUID]) -> Mention | None:
        word = self._events.word(record.event.id)
        if word is None or not any(topic in about for topic in topics_of(word.event)):
            return None
        return Mention(record.position, word)

    def _bear(self, topic: UUID, record: Record) -> None:
        is_spoken = self._is_spoken_of(record.event.id)
        self._bearings[topic] = self._bearings[topic].followed_by(
            record.event, self._events.publications, self._count_datings, is_spoken=is_spoken
        )

    def mentions(self, development: UUID) -> Mentions:
        """The standing events about a development by itself, links apart."""
        mentions = self._mentions.get(development) or self._few_mentions.get(development)
        if mentions is None:
            words = words_about(self._records, self._events, development)
            mentions = Mentions(
                Mention(record.position, word) for record, word in words if not isinstance(word.event, SameAs)
            )
            is_carried = len(mentions) >= CARRIED_MENTIONS_MIN
            (self._mentions if is_carried else self._few_mentions)[development] = mentions
        return mentions

    def bearing(self, topic: UUID) -> Bearing:
        """The events that bear on a topic, and that may have borne on it at some time."""
        bearing = self._bearings.get(topic) or self._few_bearings.get(topic)
        if bearing is None:
            position, past = self._events.position, self._past
            bore = [
                record.event
                for at, record in self._records.mentions_of(topic).items()
                # one that is corrected later may be put under it only then
                if at <= position and past.bore_on(record, topic)
            ]
            spoken = [each.id for each in bore if isinstance(each, Evidence) and self._is_spoken_of(each.id)]
            bearing = Bearing(bore, spoken)
            is_carried = len(bearing) >= CARRIED_MENTIONS_MIN
            (self._bearings if is_carried else self._few_bearings)[topic] = bearing
        return bearing

    def publications(self, topic: UUID) -> list[datetime | None]:
        """When the last of what ever bore on a topic was published."""
        return [*self.bearing(topic).publications(self._events.publications)]

    def grading(self, topic: UUID) -> list[datetime | None]:
        """The same of that from which the grade of a claim follows."""
        return [*self.bearing(topic).publications(self._events.publications, GRADING)]

    def counting(self, topic: UUID) -> list[datetime | None]:
        """The same of that from which the counts of an incident follow."""
        return [*self.bearing(topic).publications(self._events.publications, COUNTING)]

    def count_datings(self, topic: UUID) -> AbstractSet[Dating]:
        """The dates that counts gave a topic at some time."""
        return self.bearing(topic).count_datings(self._count_datings)

    def _count_datings(self, count: UUID) -> AbstractSet[Dating]:
        return {*self._word_dates.of(count, self._past.words(count))}

    def has_plain_mentions(self, development: UUID) -> bool:
        """Whether the events about a development stand as posted, and no evidence among them is spoken of."""
        mentions = self.mentions(development)
        if mentions.is_plain is None:
            records, position = self._records.mentions_of(development), self._events.position
            mentions.is_plain = all(
                at > position or self._is_plain_mention(record) for at, record in records.items()
            )
        return mentions.is_plain

    def _is_plain_mention(self, record: Record) -> bool:
        event_id = record.event.id
        if word_as_posted(self._records, event_id, self._events.position) is None:
            return False
        return not isinstance(record.event, Evidence) or not self._is_spoken_of(event_id)

    def _is_spoken_of(self, event_id: UUID) -> bool:
        position = self._events.position
        return self._records.is_linked(event_id) or any(
            at <= position for at in self._records.mentions_of(event_id)
        )


def dating_of(word: Word) -> Dating:
    """The date that a word gave its report, when it was the last word."""
    return place_in_time(cast("Development", word.event), word.first_published_at, word.recorded_at)
