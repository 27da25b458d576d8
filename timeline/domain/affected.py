"""Affected developments: what a record bears on, and so whose rows it may change.

A count that says nothing new of its incident changes none of the others, and their rows stay as they are. All
that they show follows from what came before it, and is settled by that. Once some of this is taken away,
moved or linked otherwise, they may follow from the later count: then they are `resettled`, written again
although they show the same.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import NamedTuple
from uuid import UUID

from timeline.domain.claims import incident_measure, incident_of
from timeline.domain.events import (
    CountReport,
    Development,
    Event,
    Evidence,
    OfficialStatement,
    SameAs,
    Verification,
)
from timeline.domain.incidents import Incident, IncidentReport, incident_of_reports
from timeline.domain.last_word import Word
from timeline.domain.record import Record
from timeline.domain.references import named_topics
from timeline.domain.snapshot import Snapshot


class Affected(NamedTuple):
    """The developments that a record bears on."""

    changed: AbstractSet[UUID]
    """Those whose entries, claims or counts it may change, itself among them."""
    listing: AbstractSet[UUID]
    """Those whose entries list it, which may change their status, and nothing else."""
    resettled: AbstractSet[UUID] = frozenset()
    """Those of `changed` whose claims and counts may follow from something else than before."""


def affected_developments(before: Snapshot, after: Snapshot, record: Record, original: Record) -> Affected:
    """The developments that a record bears on.

    `before` and `after` are the snapshots around the record; `original` is what it amends, or itself.
    """
    is_new = record is original
    if is_new and isinstance(original.event, SameAs) and after.is_plain(original.event.developments[0]):
        return Affected(_newly_led(before, after, original.event), set())
    topics = dict.fromkeys(
        after.topics(original)
        if is_new
        else (*before.topics(original), *after.topics(original), *named_topics(record.event))
    )
    changes_development = isinstance(original.event, Development)
    if changes_development:
        topics[original.event.id] = None
    affected = dict(topics)
    for development in topics:
        affected |= dict.fromkeys(_reached(before, after, original.event, development, is_new=is_new))
    listing = _only_listing(after, original.event, topics) if is_new else set()
    if isinstance(original.event, SameAs) or (not is_new and changes_development):
        affected |= dict.fromkeys(after.connected(_counting(before, after, original.event, affected)))
    elif isinstance(original.event, CountReport) and original.event.incident is not None:
        counts = _changed_by_count(before, after, record, original.event.incident)
        affected |= dict.fromkeys(counts)
        listing.difference_update(counts)
    for snapshot in (before, after):
        alike = {each for development in affected for each in snapshot.merges.evidence_in(development)}
        affected |= dict.fromkeys(each for evidence in alike for each in snapshot.listing(evidence))
    same = _led_as_before(before, after, affected) if is_new and isinstance(original.event, SameAs) else set()
    resettled = _resettled(before, after, original.event, topics, is_new=is_new)
    changed = affected.keys() - listing - same
    return Affected(changed, listing, changed & resettled)


def _reached(
    before: Snapshot, after: Snapshot, event: Event, development: UUID, *, is_new: bool
) -> Iterable[UUID]:
    """What an event that bears on a development bears on with that.

    Of what is one only that which leads shows what is said of others; but all claims of it have the grade
    that somebody verified. A new count may besides tell another date of it, by which pages are walked.
    """
    # a retracted report can still be counted, and its counts follow the group
    group = before.once_linked(development) | after.once_linked(development)
    leaders = {before.leader(development), after.leader(development)}
    if event.id == development:
        return group
    if isinstance(event, OfficialStatement | Evidence):
        return leaders
    if isinstance(event, Verification):
        return leaders.union(filter(after.has_claim, group))
    if isinstance(event, CountReport) and is_new:
        is_same = before.is_displaced(development) == after.is_displaced(development)
        return leaders if is_same else group
    return group


def _resettled(
    before: Snapshot, after: Snapshot, event: Event, topics: Iterable[UUID], *, is_new: bool
) -> AbstractSet[UUID]:
    """All whose claims and counts may follow from something else, as a link or an amendment may have it."""
    if isinstance(event, SameAs):
        links = [{at.leader(topic): at.linked(topic) for topic in topics} for at in (before, after)]
        moved = topics if links[0] != links[1] else ()
    elif is_new:
        return set()
    elif isinstance(event, Verification):
        return set().union(*(before.once_linked(topic) | after.once_linked(topic) for topic in topics))
    else:
        moved = [event.id] if _contribution(before, event.id) != _contribution(after, event.id) else ()
    return before.connected(moved) | after.connected(moved)


def _contribution(snapshot: Snapshot, development: UUID) -> tuple[UUID | None, Incident] | None:
    """What a report or count adds to its incident, and which it counts; None where it does not stand."""
    word, record = snapshot.word(development), snapshot.record(development)
    if word is None or record is None or not isinstance(word.event, Development):
        return None
    counted = word.event.incident if isinstance(word.event, CountReport) else None
    return counted, incident_of_reports(development, [IncidentReport(word, record.recorded_at)])


def _counting(before: Snapshot, after: Snapshot, event: Event, affected: Iterable[UUID]) -> Iterable[UUID]:
    """What of all that an event bears on has counts that it may change, by a new leader, place or date.

    A statement about an incident changes no count but those of itself.
    """
    if isinstance(event, SameAs | CountReport):
        return affected
    return before.once_linked(event.id) | after.once_linked(event.id)


def _newly_led(before: Snapshot, after: Snapshot, link: SameAs) -> set[UUID]:
    """What a new link changes of a plain group: its leader, and all that another leads from now on.

    It is what the rest of `affected_developments` comes to, without a look at each of a long chain.
    """
    leader = after.leader(link.developments[0])
    changed = {leader}
    for development in link.developments:
        if before.leader(development) != leader:
            changed |= before.linked(development)
    return changed


def _led_as_before(before: Snapshot, after: Snapshot, developments: Iterable[UUID]) -> set[UUID]:
    """Of what a new link makes one, that of which nothing changes: another leads it, the same as before.

    So it is where all of it was linked from the start and stands as it was reported: then nobody was ever
    told of another leader. Else the world may have been told of the new link before an older one. And where
    there are counts, a link may change what they count.
    """
    same: set[UUID] = set()
    for development in developments:
        if not after.merges.is_linked_from_the_start(development):
            return set()
        leader = after.leader(development)
        if leader != development and leader == before.leader(development):
            same.add(development)
    return same


def _only_listing(after: Snapshot, event: Event, topics: Iterable[UUID]) -> set[UUID]:
    """What a new event is about that changes only in what its entry lists, if a count changes no incident.

    A verification grades a claim and is an actor, and a count dates what has no better date.
    """
    if not isinstance(event, OfficialStatement | Evidence | CountReport):
        return set()
    # by what was linked by then, whatever the graph holds of later records
    alone = [topic for topic in topics if topic != event.id and len(after.once_linked(topic)) == 1]
    words = {topic: after.word(topic) for topic in alone}
    if not isinstance(event, CountReport):
        return {*words}
    events = {topic: word.event for topic, word in words.items() if word is not None}
    return {topic for topic, each in events.items() if isinstance(each, Development) and each.occurred}


def _changed_by_count(before: Snapshot, after: Snapshot, record: Record, incident: UUID) -> AbstractSet[UUID]:
    """What a new count changes besides itself: the other counts of its incident, if it says what is new."""
    old, new = before.incident(incident), after.add_count(before, record, incident)
    if old is None or new is None:
        return set()
    measure = incident_measure(record.event) or ""
    if new._replace(claims=old.claims) == old and old.claims.get(measure) != 1:
        return set()
    return {member for member in after.connected([incident]) if _counts_incident(after.word(member))}


def _counts_incident(word: Word | None) -> bool:
    """Whether what a report says is the count of an incident, which repeats what all say of it."""
    return word is not None and incident_of(word.event) is not None
