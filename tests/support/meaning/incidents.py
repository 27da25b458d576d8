"""Incidents: reports and counts that are one, however they are linked, and the report that leads."""

from collections.abc import Iterable
from uuid import UUID

from tests.support.meaning.developments import Group, groups_of, united
from tests.support.meaning.words import Log, Word, once_a_log
from timeline.domain.events import Capture, CountReport, Development, Engagement
from timeline.domain.record import Record


class Incident:
    """Everything that is one incident: its reports, the counts of it, and counts of these."""

    def __init__(self, log: Log, groups: Iterable[Group], pointers: dict[UUID, UUID]) -> None:
        """Take the developments that are linked, and which count names which development."""
        self.log = log
        self.groups = sorted(groups, key=lambda group: _position(log, group.leader))
        self.members = frozenset().union(*(group.members for group in self.groups))
        counting = [group for group in self.groups if group.members & pointers.keys()]
        self.counted = [group for group in self.groups if group not in counting] or self.groups
        """The developments that count no other; all where they count each other in a circle."""

    @property
    def leader(self) -> UUID:
        """The first standing report of what is counted leads; counts never lead what they count."""
        standing = [group for group in self.counted if group.standing]
        return (standing or self.counted)[0].leader

    @property
    def is_retracted(self) -> bool:
        """Whether every report of what is counted was retracted; hidden is not retracted."""
        return not any(group.standing for group in self.counted)

    @property
    def words(self) -> list[Word]:
        """What every report says, the leading first, then the counts."""
        leading = [group for group in self.counted if group.leader == self.leader]
        reports = [*leading, *(group for group in self.counted if group not in leading)]
        counts = [group for group in self.groups if group not in self.counted]
        return [word for group in (*reports, *counts) for word in group.reports]


@once_a_log
def incidents_of(log: Log) -> list[Incident]:
    """An incident counts once, however its reports and counts are linked.

    Reports that are one, counts that are one, and counts of counts make one incident; circles in old logs
    count once. Links are taken from what stands, heard of or not, so that addresses do not depend on
    `published_by`.
    """
    pointers = counted_developments(log)
    groups = groups_of(log)
    parts = [set(group.members) for group in groups]
    for count, incident in pointers.items():
        parts = united(parts, {count, incident})
    return [Incident(log, [g for g in groups if g.members <= part], pointers) for part in parts]


@once_a_log
def counted_developments(log: Log) -> dict[UUID, UUID]:
    """Which development each standing count names as its incident: by its last word, heard of or not."""
    pointers = {}
    for record in log.roots():
        word = log.last_word(record.event.id)
        event = log.plain(record) if word is None else word.event
        if isinstance(event, CountReport) and event.incident is not None and log.stands(event.id):
            pointers[event.id] = event.incident
    return pointers


def is_circular(records: Iterable[Record]) -> bool:
    """Whether some count becomes, through what it counts, a count of itself: a link that is to be refused.

    By whatever event it arises: a count, a correction of one, `same_as`, or the retraction of a retraction.
    """
    log = Log(records)
    groups = groups_of(log)
    pointers = counted_developments(log)
    home = {member: number for number, group in enumerate(groups) for member in group.members}
    edges = {(home[count], home[incident]) for count, incident in pointers.items() if incident in home}
    return any(_reaches(edges, end, start) for start, end in edges)


def _reaches(edges: set[tuple[int, int]], start: int, goal: int) -> bool:
    reached = {start}
    for _ in edges:
        reached |= {end for begin, end in edges if begin in reached}
    return goal in reached


def is_incident_count(event: object) -> bool:
    """Whether an event has a figure of an incident."""
    if isinstance(event, CountReport):
        return event.basis == "incident"
    return isinstance(event, Development) and (
        (isinstance(event, Engagement) and event.killed is not None)
        or (isinstance(event, Capture) and event.count is not None)
    )


def _position(log: Log, event_id: UUID) -> int:
    record = log.record(event_id)
    return record.position if record else 0
