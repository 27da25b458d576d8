"""Mentions: what an entry lists of the events about a development, and what they make of it."""

from collections.abc import Iterable, Sequence
from itertools import starmap
from typing import NamedTuple, cast
from uuid import UUID

from timeline.domain.components import Grade
from timeline.domain.development_state import DevelopmentState
from timeline.domain.events import (
    Amendment,
    CountReport,
    Event,
    Evidence,
    OfficialStatement,
    Verification,
    event_type,
)
from timeline.domain.record import Record
from timeline.views.documents import (
    AmendmentMention,
    EntryStatus,
    EvidenceMention,
    ListCounts,
    StatementMention,
    VerificationMention,
)
from timeline.views.projection.verdicts import status_of, superseded_ids

_LISTED = (OfficialStatement, CountReport, Verification, Evidence)
"""Events about a development that its entry lists."""


class EntryLists(NamedTuple):
    """All that an entry lists, in its order, whatever part of it the entry's document has."""

    statements: Sequence[StatementMention]
    evidence: Sequence[EvidenceMention]
    verifications: Sequence[VerificationMention]
    tolls: Sequence[UUID]
    amendments: Sequence[AmendmentMention]

    @property
    def counts(self) -> ListCounts:
        """How many items each has."""
        return _NOTHING_LISTED if self is _NO_LISTS else ListCounts(*map(len, self))


_NO_LISTS = EntryLists((), (), (), (), ())
_NOTHING_LISTED = ListCounts()


def entry_lists(state: DevelopmentState) -> EntryLists:
    """The lists of a development's entry, whole."""
    if not state.mentions and not state.amendments:
        return _NO_LISTS  # as of most
    superseded = superseded_ids([mention.word.event for mention in state.mentions])
    statements, evidence, verifications, tolls = [], [], [], []
    for position, word in state.mentions:
        event = word.event
        if isinstance(event, OfficialStatement):
            statements.append(_statement(position, event, is_superseded=event.id in superseded))
        elif isinstance(event, Evidence):
            evidence.append(_evidence(position, event, entry_status(state.evidence[event.id])))
        elif isinstance(event, Verification):
            is_superseded = event.id in superseded
            verifications.append(
                VerificationMention(event.id, position, event.claimant, event.grade, is_superseded)
            )
        elif isinstance(event, CountReport):
            tolls.append((position, event.id))
    tolls.sort()
    amendments = [*starmap(_amendment, state.amendments)]
    return EntryLists(statements, evidence, verifications, [event_id for _, event_id in tolls], amendments)


def listed_ids(state: DevelopmentState) -> list[UUID]:
    """All that the entry of a development lists."""
    events = [mention.word.event for mention in state.mentions]
    amendments = [record.event.id for record, _ in state.amendments]
    return [event.id for event in events if isinstance(event, _LISTED)] + amendments


def _statement(position: int, event: OfficialStatement, *, is_superseded: bool) -> StatementMention:
    url = _public_url(event)
    return StatementMention(
        event.id, position, event.speaker, event.stance, event.summary, url, is_superseded
    )


def _evidence(position: int, event: Evidence, status: EntryStatus) -> EvidenceMention:
    return EvidenceMention(event.id, position, event.kind, event.summary, _public_url(event), status)


def _amendment(record: Record, event: Event) -> AmendmentMention:
    amendment = cast("Amendment", event)
    return AmendmentMention(amendment.id, record.position, event_type(amendment), amendment.reason)


def _public_url(event: OfficialStatement | Evidence) -> str | None:
    """Where a reader can see it."""
    addresses = [source.url for source in event.sources]
    if isinstance(event, Evidence):
        addresses = [*(medium.url for medium in event.media), *addresses]
    return next(filter(None, addresses), None)


def verifications_of(state: DevelopmentState) -> list[Verification]:
    """The standing verifications of a development, in the order in which they were made."""
    events = (mention.word.event for mention in state.mentions)
    return [event for event in events if isinstance(event, Verification)]


def entry_status(state: DevelopmentState) -> EntryStatus:
    """How a development stands."""
    if state.is_retracted:
        return "retracted"
    if state.leader:
        return "merged"
    if not state.mentions:
        return "reported"  # as of most
    events = [mention.word.event for mention in state.mentions]
    return status_of(events, superseded_ids(events), _claimants(word.event for word in state.words))


def grade_of(state: DevelopmentState) -> Grade | None:
    """The grade of the last verification, else the report's own."""
    verifications = verifications_of(state)
    if verifications:
        return verifications[-1].grade
    return state.event.certainty.grade if state.event.certainty else None


def _claimants(reports: Iterable[Event]) -> set[str]:
    claimants = (getattr(report, "claimant", None) for report in reports)
    return {claimant for claimant in claimants if claimant is not None}
