"""Snapshots: what stands at a position, of events that bear on each other.

A snapshot with a time shows them as far as the world had been told by then. What is one, and which report
leads, does not depend on that: it is taken from what stands, whether the world was told or not, so that an
address stays the same. A development of which only some reports were known shows these under its address.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import cast
from uuid import UUID

from timeline.domain.claiming_words import ClaimingWords
from timeline.domain.claims import Claim, claim_of, incident_of
from timeline.domain.corrected_events import CorrectedEvents
from timeline.domain.count_groups import CountGroups, counted_by
from timeline.domain.development_state import (
    UNKNOWN_STATE,
    DevelopmentState,
    FixedPublicity,
    first_state,
)
from timeline.domain.events import Amendment, Correction, Development, Event, Evidence, SameAs
from timeline.domain.group_publicity import CountPublications
from timeline.domain.incidents import (
    Incident,
)
from timeline.domain.last_word import Word, first_word
from timeline.domain.merges import Merges
from timeline.domain.past_words import PastWords
from timeline.domain.publicities import Publicities
from timeline.domain.publicity import UNKNOWN_PUBLICITY, Publicity
from timeline.domain.record import Record
from timeline.domain.record_source import RelatedRecords
from timeline.domain.references import bears_on_nothing, topics_of
from timeline.domain.state_publicity import ComputedPublicity
from timeline.domain.topics import Reach, words_about


class Snapshot:
    """What stands at a position of the events that a graph holds."""

    __slots__ = (
        "_claiming",
        "_count_groups",
        "_developments",
        "_events",
        "_graph",
        "_publicities",
        "merges",
        "position",
        "published_by",
    )

    def __init__(self, graph: RelatedRecords, position: int, published_by: datetime | None = None) -> None:
        self.position = position
        self.published_by = published_by
        self._graph = graph
        self._events = CorrectedEvents(graph, position, published_by)
        self.merges = Merges(graph, self._events)
        self._count_groups = CountGroups(graph, self._events, self.merges)
        self._developments: dict[UUID, DevelopmentState | None] = {}
        self._publicities = Publicities(graph, self._events, self.merges)
        self._claiming = ClaimingWords()

    def is_worth_carrying(self, record: Record) -> bool:
        """Whether what stands with a record is found sooner from what was found here than by itself."""
        is_found = self.merges.has_found or self._events.has_many_corrections
        return is_found or isinstance(record.event, Amendment | SameAs) or bears_on_nothing(record.event)

    def followed_by(self, record: Record) -> "Snapshot":
        """What stands with the next record too; what that leaves as it was is not looked up again.

        By a time, only what events say is carried: what is one may have been so, untold, before.
        """
        after = Snapshot(self._graph, record.position, self.published_by)
        after._events = self._events.followed_by(record)
        reach = Reach(self._graph, after._past, record)
        after.merges = self.merges.followed_by(after._events, reach)
        after._count_groups = self._count_groups.followed_by(after._events, after.merges, reach)
        after._publicities = self._publicities.followed_by(after._events, after.merges, self, reach)
        after._claiming = self._claiming
        return after

    def forget(self) -> None:
        """Let go of what was found, which would hold this snapshot; it is found again if it is asked for."""
        self._developments = {}
        self._publicities.forget()

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

    def check_corrections(self, event_id: UUID, before: "Snapshot") -> Event:
        """The same as `corrected`, where each correction in turn must leave a valid event.

        `before` is a snapshot up to which they do.

        Raises:
            RuleBroken: one does not.
        """
        return self._events.corrected(event_id, before._events)  # noqa: SLF001 - its own kind

    def amendments(self, event_id: UUID) -> Iterator[tuple[Record, Event]]:
        """The standing corrections and retractions of an event, each with its record, in order."""
        return self._events.amendments(event_id)

    def mentions(self, topic: UUID) -> list[tuple[Record, Event]]:
        """The standing events that bear on a topic, each with its record, in order of position."""
        return [(record, word.event) for record, word in words_about(self._graph, self._events, topic)]

    def last_mention(self, topic: UUID) -> Event | None:
        """The last standing event that bears on a topic."""
        # from the last, because an actor may have thousands of profiles
        for position, record in sorted(self._graph.mentions_of(topic).items(), reverse=True):
            event = self.standing(record.event.id) if position <= self.position else None
            if event and topic in topics_of(event):
                return event
        return None

    def topics(self, original: Record) -> tuple[UUID, ...]:
        """What a record (not an amendment) bears on, with its corrections; nothing before it is recorded."""
        if original.position > self.position:
            return ()
        return topics_of(self.corrected(original.event.id))

    def linked(self, development: UUID) -> AbstractSet[UUID]:
        """All that standing `same_as` events make one with this development, the retracted among them."""
        return self.merges.linked(development)

    def once_linked(self, development: UUID) -> AbstractSet[UUID]:
        """All that is one with this development, and that may have been at some time of publication."""
        return self.merges.once_linked(development)

    def group(self, development: UUID) -> list[UUID]:
        """The standing developments that are one with this one, in order of position, itself among them."""
        return self.merges.group(development)

    def leader(self, development: UUID) -> UUID:
        """The development that represents its group; this one where none of the group stands."""
        return self.merges.leader(development)

    def development(self, development: UUID) -> DevelopmentState | None:
        """What stands of a development; None where it is not recorded yet, or is not a development."""
        if development not in self._developments:
            self._developments[development] = self._state(development)
        state = self._developments[development]
        if state is None or not state.mentions or not state.mentions.by_kind.evidence:
            return state
        return state._replace(home_of=self._home_of)  # not kept with it: the two would hold each other

    def _home_of(self, evidence: UUID) -> DevelopmentState | None:
        """What stands of the development that evidence is one with, whose own evidence nobody asks for."""
        return self._state(self.leader(evidence))

    def _state(self, development: UUID) -> DevelopmentState | None:
        """What stands of a development, its evidence apart: that may be evidence for each other."""
        record = self.record(development)
        if record is None or not isinstance(record.event, Development):
            return None
        if record.position == self.position and self.published_by is None:
            return self.new_development(record, record.event)  # nothing can bear on it yet
        stands, leader = self._events.stands(development), development
        members: Sequence[UUID] = [development]
        leads = False
        if self._graph.is_linked(development):
            leader = self.leader(development)
            if stands and leader == development:
                members, leads = self.merges.first_reports(development), True
        words = [*filter(None, map(self.word if stands else self._events.told_word, members))]
        if not words:
            return None
        word = self.word(development)
        claiming = () if word is None else self._claiming_words(development, word)
        claim, incident = self._claim(record, claiming[-1]) if claiming else (None, None)
        return DevelopmentState(
            record,
            cast("Development", words[0].event),
            words=words,
            claim=claim,
            incident=incident,
            is_retracted=not stands,
            leader=None if leader == development else leader,
            mentions=self.merges.mentions(development) if leads else self.merges.topics.mentions(development),
            amendments=[*self.amendments(development)],
            publicity=UNKNOWN_STATE
            if self.published_by
            else self._publicity(development, has_claim=claim is not None),
            earlier=claiming[:-1],
        )

    def new_development(self, record: Record, event: Development) -> DevelopmentState:
        """What stands of a report at its own position, where nothing bears on it yet but what it counts."""
        if not counted_by(event):
            return first_state(record, event)
        word = first_word(record, event)
        claim, incident = self._claim(record, word)
        computed = self._publicity(event.id, has_claim=True)
        publicity, counted = computed.new_entry(word), computed.incident_count()
        return DevelopmentState(
            record,
            event,
            words=[word],
            claim=claim,
            incident=incident,
            publicity=FixedPublicity(publicity, counted, counted),
        )

    @property
    def _past(self) -> PastWords:
        return PastWords(self._graph, self._events)

    def _publicity(self, development: UUID, *, has_claim: bool) -> ComputedPublicity:
        group, topics = self._publicities.of(development, self), self.merges.topics
        return ComputedPublicity(
            self._graph, self._events, self, topics, development, group, has_claim=has_claim
        )

    def publicity(self, event_id: UUID) -> Publicity:
        """When the world came to know of an event on which nothing but its amendments bears."""
        if self.record(event_id) is None:
            return UNKNOWN_PUBLICITY
        return self._past.publicity(event_id, self._events.publications(event_id))

    def profile_publicity(self, topic: UUID) -> Publicity:
        """When the world came to know of the profiles of an actor, or of the timeline, by their topic."""
        return self._past.profile_publicity(topic)

    @property
    def untimed(self) -> "Snapshot":
        """What stands whatever the world was told."""
        return Snapshot(self._graph, self.position)

    def is_untold(self, record: Record) -> bool:
        """Whether a record is a correction of a report's words of which the world knows nothing by the time.

        Such a one changes nothing that is shown; what a count counts holds whether the world was told or not.
        """
        event = record.event
        if not isinstance(event, Correction) or self._graph.unamended_word(event.id) is None:
            return False
        target = self._graph.record(event.target)
        return (
            target is not None
            and isinstance(target.event, Development)
            and "incident" not in event.changes
            and not self._events.is_public(record)
        )

    def has_claim(self, development: UUID) -> bool:
        """Whether what a development says as it stands is a claim."""
        word = self.word(development)
        return word is not None and claim_of(word) is not None

    def is_displaced(self, development: UUID) -> bool:
        """Whether the world may have known of another date of what is one with a development."""
        return self._publicities.of(development, self).is_displaced

    def is_missed(self, event_id: UUID) -> bool:
        """Whether an event is hidden by the time only because no publication of it is known."""
        return self._events.is_missed(event_id)

    def listing(self, development: UUID) -> Sequence[UUID]:
        """The developments whose entries list this one as evidence, and show how it stands."""
        record = self._graph.record(development)
        if record is None or not isinstance(record.event, Evidence):
            return ()  # as most are
        event = self.standing(development)
        return (
            [each for topic in event.about for each in (topic, self.leader(topic))]
            if isinstance(event, Evidence)
            else ()
        )

    def connected_with(self, development: UUID) -> AbstractSet[UUID]:
        """One, and all whose counts may follow from what it is; the same set for each of these."""
        return self._count_groups.of(development).members

    def connected(self, developments: Iterable[UUID]) -> set[UUID]:
        """These, and all whose counts may follow from what they are (`count_groups`)."""
        connected = set[UUID]()
        for development in developments:
            if development not in connected:
                connected |= self.connected_with(development)
        return connected

    def is_plain(self, development: UUID) -> bool:
        """Whether a development and all that is one with it stand as posted, linked from the start."""
        return self.merges.is_plain(development)

    def incident(self, development: UUID) -> Incident | None:
        """The incident that a development belongs to; None where nothing is said of it."""
        return self._count_groups.incident(development)

    def add_count(self, before: "Snapshot", record: Record, counted: UUID) -> Incident | None:
        """The incident with a count that the record adds to it as it was before; None where nothing stood."""
        return self._count_groups.add_count(before._count_groups, record, counted)  # noqa: SLF001 - its own kind

    def count_publications(self, development: UUID) -> CountPublications:
        """When that was published from which the counts follow that a development is connected with."""
        return self._count_groups.publications(development)

    def _claiming_words(self, development: UUID, word: Word) -> Sequence[Word]:
        """The words by which a report claims something, whose last word this is."""
        if self._graph.unamended_word(development) is not None:
            return (word,)  # as most are
        words = self._events.told_words(development)
        return self._claiming.of(development, words)

    def _claim(self, record: Record, word: Word) -> tuple[Claim | None, Incident | None]:
        """What a standing report claims and counts; a count stands in the series of its incident's leader."""
        development = record.event.id
        if incident_of(word.event) is None:
            return claim_of(word), None
        incident = self.incident(development)
        return claim_of(word, incident and incident.leader), incident
