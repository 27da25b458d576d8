"""Publicities: that of each group at a position, found once, and carried to the next as far as that follows.

A word about a large group, a link of plain groups and a correction add to what was found what can be told
without the rest; what a record does not touch stays.
"""

from uuid import UUID

from timeline.domain.corrected_events import Addition, CorrectedEvents
from timeline.domain.events import SameAs
from timeline.domain.group_publicity import (
    AnyPublicity,
    GroupPublicity,
    Links,
    OnceWords,
    PlainPublicity,
    UnitedPublicity,
    corrected_publicity,
    spoken_publicity,
    united_publicity,
)
from timeline.domain.linked import Linked
from timeline.domain.merges import Merges
from timeline.domain.past_words import PastWords
from timeline.domain.record_source import RelatedRecords, word_as_posted
from timeline.domain.topics import Reach

CARRIED_MEMBERS_MIN = 16
"""Of how many members the publicity is worth carrying: that of few is found again in less time."""


class Publicities:
    """The publicity of groups at a position, as far as it was asked for."""

    __slots__ = ("_events", "_merges", "_publicities", "_records", "_words")

    def __init__(self, records: RelatedRecords, events: CorrectedEvents, merges: Merges) -> None:
        self._records = records
        self._events = events
        self._merges = merges
        self._publicities: dict[Linked, AnyPublicity] = {}
        self._words: OnceWords = {}

    def of(self, development: UUID, links: Links) -> AnyPublicity:
        """That of the group of a development; `links` are those at the same position."""
        group = self._merges.of(development)
        publicity = self._publicities.get(group)
        if publicity is None:
            publicity = self._plain(development) or self._computed(group, links)
            self._publicities[group] = publicity
        return publicity

    def _computed(self, group: Linked, links: Links) -> GroupPublicity:
        past = PastWords(self._records, self._events)
        topics = self._merges.topics
        return GroupPublicity(past, self._events, links, topics, group.members, self._words)

    def _plain(self, development: UUID) -> PlainPublicity | None:
        """That of a report which is as posted; None of any other."""
        if self._records.is_linked(development):
            return None
        word = word_as_posted(self._records, development, self._events.position)
        if word is None:
            return None
        topics = self._merges.topics
        mentions = topics.mentions(development)
        return PlainPublicity(word, mentions) if topics.has_plain_mentions(development) else None

    def followed_by(
        self, events: CorrectedEvents, merges: Merges, links: Links, reach: Reach
    ) -> "Publicities":
        """The same with the next record, as far as it follows from that; the rest is found when asked for.

        `events` and `merges` are with the record, `links` without.
        """
        after, event = Publicities(self._records, events, merges), reach.original.event
        if events.published_by is not None:
            return after
        after._publicities = self._untouched(links, reach)
        if reach.is_amendment:
            if addition := events.addition:
                after._publicities |= self._corrected(merges.of(addition.event_id), addition)
        elif not isinstance(event, SameAs):
            after._publicities |= self._spoken(events, merges, reach)
        elif merges.is_plain(event.developments[0]):
            after._publicities |= self._united(merges.of(event.developments[0]), event, links)
        return after

    def forget(self) -> None:
        """Let go of what was found; it is found again if it is asked for."""
        self._publicities = {}

    def _untouched(self, links: Links, reach: Reach) -> dict[Linked, AnyPublicity]:
        """Those that follow from nothing which is yet to be looked up, and that the record does not touch."""
        return {
            group: each
            for group, each in self._publicities.items()
            if isinstance(each, UnitedPublicity) and reach.touched.isdisjoint(links.once_linked(group.leader))
        }

    def _spoken(self, events: CorrectedEvents, merges: Merges, reach: Reach) -> dict[Linked, AnyPublicity]:
        """Those of large groups of which a new event says something, if it says nothing of evidence."""
        word, publicities = events.word(reach.original.event.id), dict[Linked, AnyPublicity]()
        if word is None or reach.shown_by:
            return publicities
        for topic in reach.topics:
            group = self._merges.of(topic)
            publicity = self._publicities.get(group) if len(group.members) >= CARRIED_MEMBERS_MIN else None
            spoken = spoken_publicity(publicity, word) if publicity is not None else None
            if spoken is not None:
                publicities[merges.of(topic)] = spoken
        return publicities

    def _corrected(self, report: Linked, addition: Addition) -> dict[Linked, AnyPublicity]:
        """That of a report which is corrected next, if it was asked for and nothing is linked with it."""
        publicity = self._publicities.get(self._merges.of(addition.event_id))
        if publicity is None or self._records.is_linked(addition.event_id):
            return {}
        corrected = corrected_publicity(publicity, addition)
        return {report: corrected} if corrected else {}

    def _united(self, whole: Linked, link: SameAs, links: Links) -> dict[Linked, AnyPublicity]:
        """That of the plain group of a link, if that of a part of it was asked for."""
        groups = dict.fromkeys(map(self._merges.of, link.developments))
        if self._publicities.keys().isdisjoint(groups):
            return {}
        if len(groups) == 1:
            return {whole: self.of(whole.leader, links)}
        return {whole: united_publicity([self.of(group.leader, links) for group in groups])}
