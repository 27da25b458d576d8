"""Past words: what events said at some time, and what was one at some time, that the record has undone since.

A retraction that a source published hides nothing before it was published: until then a correction that it
undid was the word, and a report that it took away stood. The same goes for links that a publication undid. So
rows may have been public, and have stood at another date, by words that are none any more.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from uuid import UUID

from timeline.domain.amended_events import AmendedEvents
from timeline.domain.events import Retraction
from timeline.domain.last_word import Word
from timeline.domain.publicity import FROM_THE_START, Publicity, in_utc, publicity_of
from timeline.domain.record import Record
from timeline.domain.record_source import RelatedRecords
from timeline.domain.references import topics_of

_END_OF_TIME = datetime.max.replace(tzinfo=UTC)
_INSTANT = timedelta(microseconds=1)
_SECOND_INSTANT = FROM_THE_START + _INSTANT


class PastWords:
    """What events said, and what was one, at any time by a position."""

    def __init__(self, source: RelatedRecords, events: AmendedEvents) -> None:
        self._source = source
        self._events = events

    def publicity(self, event_id: UUID, bearing: Iterable[datetime | None]) -> Publicity:
        """The publicity of what an event says, and of what bears on it, by its publications."""
        publicity = publicity_of(self.words(event_id), bearing)
        may_be_hidden_again = publicity.has_unknown and self.is_undone(event_id)
        return publicity._replace(public_from=FROM_THE_START) if may_be_hidden_again else publicity

    def group_publicity(
        self,
        words: Iterable[Word],
        group: AbstractSet[UUID],
        once_linked: AbstractSet[UUID],
        bearing: Iterable[datetime | None],
    ) -> Publicity:
        """The publicity of what the words of a group of reports say, and of all that was ever one with it.

        Where others were one by some time, each may have been hidden by itself.
        """
        events = self._events
        has_unknown = any(events.has_unknown_publication(member) for member in group if events.stands(member))
        publicity = publicity_of(words, bearing)._replace(has_unknown=has_unknown)
        may_be_hidden_again = has_unknown and (
            once_linked != group or any(map(self._was_apart, group)) or any(map(self.is_undone, group))
        )
        return publicity._replace(public_from=FROM_THE_START) if may_be_hidden_again else publicity

    def profile_publicity(self, topic: UUID) -> Publicity:
        """The publicity of the profiles of an actor, or of the timeline, whose topic this is.

        Most are what editors know, and apply from the start. All that ever bore on the topic counts, so that
        a view from then on shows what stands now.
        """
        events, is_editorial = self._events, False
        times: list[datetime | None] = []
        for position, record in self._source.mentions_of(topic).items():
            event = record.event
            if position > events.position:
                continue
            if event.published_at is None and not self._source.amendments_of(event.id):
                is_editorial = True  # as most are, and an actor may have thousands
            elif self.bore_on(record, topic):
                is_editorial = is_editorial or events.is_editorial(record)
                times += events.publications(event.id)
        publications = [FROM_THE_START] * is_editorial
        publications += [in_utc(time) for time in times if time is not None]
        settled = None if None in times else max(publications, default=None)
        return Publicity(min(publications, default=None), settled, None in times)

    def words(self, event_id: UUID) -> list[Word]:
        """The words of an event now, whether it stands or not, and those that were undone."""
        words = self._events.spoken_words(event_id)
        return [*words, *self._undone_words(event_id)] if self._source.amendments_of(event_id) else [*words]

    def told_words(self, event_id: UUID) -> list[Word]:
        """The words of an event from the times at which it stood."""
        return self.words(event_id) if self._events.stands(event_id) else self._undone_words(event_id)

    def is_undone(self, event_id: UUID) -> bool:
        """Whether a source retracted an event, or an amendment of it, which stood until then."""
        return bool(self._retractions(event_id))

    def linked(self, development: UUID) -> set[UUID]:
        """All that is one with a development, and that may have been at some time.

        It is the same for each of them.
        """
        linked, frontier, followed = {development}, [development], set[int]()
        while frontier:
            topic = frontier.pop()
            for position, record in self._source.links_of(topic).items():
                if position <= self._events.position and position not in followed:
                    same = self._linking(record)
                    if topic in same:
                        followed.add(position)
                        frontier += same - linked
                        linked |= same
        return linked

    def bore_on(self, record: Record, topic: UUID) -> bool:
        """Whether an event bears on a topic, or may have borne on it at some time."""
        if not self._source.amendments_of(record.event.id):
            return topic in topics_of(record.event)  # as of most
        return topic in self.all_topics(record)

    def leading_publications(self, connected: Iterable[UUID]) -> list[datetime | None]:
        """When that was published by which another report came to lead what is connected with an incident."""
        events, members = self._events, [*connected]
        links = {
            record.event.id
            for member in members
            for record in self._source.links_of(member).values()
            if record.position <= events.position
        }
        times = [time for member in members for time in events.amendment_publications(member)]
        return times + [time for link in links for time in events.publications(link)]

    def _was_apart(self, development: UUID) -> bool:
        """Whether a development is linked by what the world was told, and may not have been before."""
        return any(
            record.position <= self._events.position and not self._is_from_the_start(record)
            for record in self._source.links_of(development).values()
        )

    def _is_from_the_start(self, link: Record) -> bool:
        """Whether a link, with all amendments of it, is what editors know, the same at every time."""
        return all(map(self._events.is_editorial, (link, *self._amendments(link.event.id))))

    def _linking(self, link: Record) -> set[UUID]:
        """What a link makes one, or made so at some time."""
        if not self._is_from_the_start(link):
            return self.all_topics(link)
        event = self._events.content(link.event.id)  # of editors: the same at every time
        return set(topics_of(event)) if self._events.stands(event.id) else set()

    def all_topics(self, record: Record) -> set[UUID]:
        """The topics that an event names, by whichever of its corrections."""
        topics = {*topics_of(record.event)}
        return topics.union(
            topic
            for topic, at in self._source.given_topics(record.event.id).items()
            if at <= self._events.position
        )

    def _undone_words(self, event_id: UUID) -> list[Word]:
        """What was told before each retraction by a source was, of what it undid."""
        words: list[Word] = []
        for time in self._retractions(event_id):
            before = AmendedEvents(self._source, self._events.position, time)
            if before.stands(event_id):
                then = before.spoken_words(event_id)
                words += [word for word in then if word.published_at and word.published_at <= time]
        return words

    def _retractions(self, event_id: UUID) -> list[datetime]:
        """The last instants before the retractions by sources, of an event and its amendments.

        One that the world was never told undoes nothing by any time: its is the end of time.
        """
        if self._events.is_only_corrected(event_id):
            return []
        return [
            _END_OF_TIME if time is None else max(time, _SECOND_INSTANT) - _INSTANT
            for record in self._amendments(event_id)
            if isinstance(record.event, Retraction) and not self._events.is_editorial(record)
            for time in self._events.publications(record.event.id)[:1]
        ]

    def _amendments(self, event_id: UUID) -> Iterator[Record]:
        for record in self._source.amendments_of(event_id):
            if record.position <= self._events.position:
                yield record
                yield from self._amendments(record.event.id)
