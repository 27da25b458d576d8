"""Count groups: whose counts follow from each other at a position, and the incident that they make.

That is what is one, counts of that and what it is a count of, however far it goes: a count at one end of such
a chain shares its incident with those at the other. A report that is retracted still links, and may have
counts, so the walk goes on through it.

What a record leaves as it was is carried to the next position: one more count costs what it adds.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from uuid import UUID

from timeline.domain.corrected_events import CorrectedEvents
from timeline.domain.events import CountReport, Event
from timeline.domain.group_publicity import CountPublications
from timeline.domain.incidents import Incident, IncidentReport, ReportGroup, incident_of_groups
from timeline.domain.merges import Merges
from timeline.domain.past_words import PastWords
from timeline.domain.publicity import last_of
from timeline.domain.record import Record
from timeline.domain.record_source import RelatedRecords
from timeline.domain.state_publicity import count_publications
from timeline.domain.topics import Reach


class CountGroup:
    """Developments that are connected; what follows from them is worked out when it is asked for."""

    __slots__ = ("incident", "is_incident_known", "members", "publications", "until")

    def __init__(self, members: AbstractSet[UUID]) -> None:
        self.members = members
        self.incident: Incident | None = None
        self.is_incident_known = False
        self.publications: CountPublications | None = None
        self.until: int | None = None
        """The first position, if any, at which a record may have changed something of it."""


class CountGroups:
    """Which developments are connected at the position of some events; what was found once is kept."""

    __slots__ = ("_events", "_groups", "_merges", "_records")

    def __init__(self, records: RelatedRecords, events: CorrectedEvents, merges: Merges) -> None:
        self._records = records
        self._events = events
        self._merges = merges
        self._groups: dict[UUID, CountGroup] = {}

    def followed_by(self, events: CorrectedEvents, merges: Merges, reach: Reach) -> "CountGroups":
        """The same with the next record; `events` and `merges` are with it."""
        after = CountGroups(self._records, events, merges)
        if events.published_by is not None:
            return after
        after._groups = {**self._groups} if reach.connecting else self._groups
        for development in reach.connecting:
            group = self._groups.get(development)
            if group is not None and group.until is None:
                group.until = events.position
        return after

    def of(self, development: UUID) -> CountGroup:
        """A development and all that is connected with it."""
        group = self._groups.get(development)
        if group is None or (group.until is not None and group.until <= self._events.position):
            group = self._keep(CountGroup(self._follow(development)))
        return group

    def _keep(self, group: CountGroup) -> CountGroup:
        self._groups.update(dict.fromkeys(group.members, group))
        return group

    def _follow(self, development: UUID) -> AbstractSet[UUID]:
        if self._merges.is_plain(development):
            return self._merges.linked(development)
        members, frontier = set[UUID](), [development]
        while frontier:
            group = self._merges.linked(frontier.pop())
            if members.isdisjoint(group):
                members |= group
                for member in group:
                    frontier += self._counts_of(member)
                    if counted := counted_by(self._linking(member)):
                        frontier.append(counted)
        return members

    def incident(self, development: UUID) -> Incident | None:
        """The incident that a development belongs to; None where nothing is said of it."""
        group = self.of(development)
        if not group.is_incident_known:
            group.incident = incident_of_groups(self._report_groups(group.members))
            group.is_incident_known = True
        return group.incident

    def publications(self, development: UUID) -> CountPublications:
        """When that was published from which the counts follow that a development is connected with."""
        group = self.of(development)
        if group.publications is None:
            past, topics = PastWords(self._records, self._events), self._merges.topics
            group.publications = count_publications(past, self._events, topics, group.members)
        return group.publications

    def add_count(self, before: "CountGroups", record: Record, counted: UUID) -> Incident | None:
        """The incident with a count that the record adds to it as it was before; None where nothing stood.

        The count is the last of all reports, and another of what they count: the rest follows from before.
        """
        old, word = before.incident(counted), self._events.word(record.event.id)
        if old is None or old.is_retracted or word is None:
            return self.incident(counted)
        group = CountGroup({*before.of(counted).members, record.event.id})
        group.incident = old.extended(IncidentReport(word, record.recorded_at))
        group.is_incident_known = True
        publications = before.publications(counted)
        counted_last = last_of([*publications.counted, word.published_at])
        group.publications = publications._replace(counted=counted_last)
        return self._keep(group).incident

    def _report_groups(self, developments: Iterable[UUID]) -> Iterator[ReportGroup]:
        rest = set(developments)
        while rest:
            group = self._merges.in_order(next(iter(rest)))
            rest.difference_update(group)
            standing = [(member, event) for member in group if (event := self._linking(member))]
            leader = standing[0][0] if standing else group[0]
            reports = [self._report(member) for member, _ in standing]
            yield ReportGroup(
                leader,
                self._merges.first_position(leader),
                [report for report in reports if report],
                stands=bool(standing),
                counts_another=any(counted_by(event) for _, event in standing),
            )

    def _report(self, development: UUID) -> IncidentReport | None:
        record, word = self._records.record(development), self._events.word(development)
        return IncidentReport(word, record.recorded_at) if record and word else None

    def _counts_of(self, development: UUID) -> set[UUID]:
        counts = [
            record.event.id
            for record in self._records.mentions_of(development).values()
            if isinstance(record.event, CountReport)
        ]
        return {count for count in counts if counted_by(self._linking(count)) == development}

    def _linking(self, event_id: UUID) -> Event | None:
        """An event that stands, whether the world was told or not: what is one does not depend on that."""
        word = self._events.word(event_id)
        if word is not None:
            return word.event
        return self._events.content(event_id) if self._events.stands(event_id) else None


def counted_by(event: Event | None) -> UUID | None:
    """The development whose count an event reports; None where it counts none, or its own incident."""
    return event.incident if isinstance(event, CountReport) else None
