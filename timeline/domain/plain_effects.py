"""Plain effects: what a new event does to reports that stand as they were posted, which no link names.

So are most that a statement or a verification is about, or that a count counts. What stands of them follows
from the few records about them, by themselves, which takes a third of the time of what `snapshot` says of any
report. The two must say the same.
"""

from collections.abc import Sequence
from typing import NamedTuple

from timeline.domain.claims import claim_of, incident_measure, incident_of
from timeline.domain.development_state import DevelopmentState, FixedPublicity, first_state
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import CountReport, Evidence, OfficialStatement, Verification
from timeline.domain.incidents import Incident
from timeline.domain.last_word import first_word
from timeline.domain.plain_reports import PlainReport, Repeated, plain_report
from timeline.domain.publicity import publicity_of, publicity_of_word
from timeline.domain.record import Record
from timeline.domain.references import referenced_developments

StateChange = tuple[DevelopmentState, DevelopmentState]
"""What stood of a development before a record, and what stands with it."""


class PlainEffect(NamedTuple):
    """What stands of a new report, what it changes of others, and what stands of those that only list it."""

    new: DevelopmentState | None
    changed: Sequence[StateChange] = ()
    listing: Sequence[DevelopmentState] = ()


def plain_effect(graph: EventGraph, record: Record) -> PlainEffect | None:
    """What a record does that is about plain reports alone; None where it is not, or may do anything else."""
    event = record.event
    if not isinstance(event, (OfficialStatement, Evidence, CountReport, Verification)):
        return None
    reports: list[PlainReport] = []
    for topic in dict.fromkeys(referenced_developments(event)):
        report = plain_report(graph, topic, record.position)
        if report is None:
            return None
        reports.append(report)
    if not reports:
        return None
    if isinstance(event, CountReport):
        return _effect_of_count(graph, record, event, reports[0])
    if isinstance(event, Verification):
        return PlainEffect(None, changed=[*map(_graded, reports)])
    return PlainEffect(first_state(record, event), listing=[*map(PlainReport.listing, reports)])


def _graded(report: PlainReport) -> StateChange:
    """What stands of a report before a verification and with it, the last that is said of it."""
    repeated = report.root.repeated() if report.claim else None
    return report.state_before(repeated), report.state(repeated)


def _effect_of_count(
    graph: EventGraph, record: Record, event: CountReport, counted: PlainReport
) -> PlainEffect | None:
    if counted.root is not counted:
        return None  # few are counts of a count
    counts_itself, others = incident_of(counted.event) is not None, counted.counts[:-1]
    repeated, before = counted.repeated(), None
    if counts_itself or others or not counted.event.occurred:
        before = counted.repeated(others)
        if not _says_more(repeated.incident, before.incident, incident_measure(event)):
            counts_itself, others = False, []
    changed: list[StateChange] = []
    for other in others:
        report = plain_report(graph, other.event.id, record.position)
        if report is None:
            return None
        changed.append((report.state(before), report.state(repeated)))
    new = _new_count(record, event, repeated)
    if counted.event.occurred and not counts_itself:
        return PlainEffect(new, changed, [counted.listing()])
    return PlainEffect(new, [*changed, (counted.state_before(before), counted.state(repeated))])


def _new_count(record: Record, event: CountReport, repeated: Repeated) -> DevelopmentState:
    word = first_word(record, event)
    publicity = publicity_of([word], repeated.published)
    return DevelopmentState(
        record,
        event,
        words=[word],
        claim=claim_of(word, repeated.incident.leader),
        incident=repeated.incident,
        publicity=FixedPublicity(publicity_of_word(word), publicity, publicity),
    )


def _says_more(incident: Incident, before: Incident, measure: str | None) -> bool:
    """Whether what counts of an incident repeat is something else with a further count of a measure."""
    return before.claims.get(measure or "") == 1 or incident._replace(claims=before.claims) != before
