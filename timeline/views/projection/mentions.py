"""Mentions: what an entry lists of the events about a development, and what they make of it."""

from collections.abc import Iterable
from operator import itemgetter
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
    StatementMention,
    VerificationMention,
)
from timeline.views.projection.verdicts import status_of, superseded_ids

_BY_POSITION = itemgetter(0)
"""Puts mentions in the order in which they were recorded."""

_LISTED = (OfficialStatement, Evidence, Verification, CountReport)
"""Events about a development that its entry lists."""


class Mentions(NamedTuple):
    """The standing events about a development, by kind."""

    statements: tuple[StatementMention, ...]
    evidence: tuple[EvidenceMention, ...]
    verifications: tuple[VerificationMention, ...]
    tolls: tuple[UUID, ...]


NO_MENTIONS = Mentions((), (), (), ())


def mentions_of(state: DevelopmentState) -> Mentions:
    """What the entry of a development lists."""
    if not state.mentions:
        return NO_MENTIONS
    mentions = [(mention.position, mention.word.event) for mention in state.mentions]
    superseded = superseded_ids([event for _, event in mentions])
    statements, evidence, verifications, tolls = [], [], [], []
    for position, event in mentions:
        if isinstance(event, OfficialStatement):
            is_superseded = event.id in superseded
            statements.append(
                StatementMention(
                    event.id,
                    position,
                    event.speaker,
                    event.stance,
                    event.summary,
                    _public_url(event),
                    is_superseded,
                )
            )
        elif isinstance(event, CountReport):
            tolls.append((position, event.id))
        elif isinstance(event, Verification):
            is_superseded = event.id in superseded
            verifications.append(
                VerificationMention(event.id, position, event.claimant, event.grade, is_superseded)
            )
        elif isinstance(event, Evidence):
            status = entry_status(state.evidence[event.id])
            evidence.append(
                EvidenceMention(event.id, position, event.kind, event.summary, _public_url(event), status)
            )
    tolls.sort(key=_BY_POSITION)
    return Mentions(
        tuple(statements), tuple(evidence), tuple(verifications), tuple([event_id for _, event_id in tolls])
    )


def _public_url(event: OfficialStatement | Evidence) -> str | None:
    """Where a reader can see it."""
    addresses = [source.url for source in event.sources]
    if isinstance(event, Evidence):
        addresses = [*(medium.url for medium in event.media), *addresses]
    return next(filter(None, addresses), None)


def listed_ids(state: DevelopmentState) -> set[UUID]:
    """The events that the entry of a development lists."""
    return {mention.word.event.id for mention in state.mentions if isinstance(mention.word.event, _LISTED)}


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


def amendment_mention(record: Record, event: Event) -> AmendmentMention:
    """What an entry lists of a correction or retraction of its report."""
    amendment = cast("Amendment", event)
    return AmendmentMention(amendment.id, record.position, event_type(amendment), amendment.reason)


def _claimants(reports: Iterable[Event]) -> set[str]:
    claimants = (getattr(report, "claimant", None) for report in reports)
    return {claimant for claimant in claimants if claimant is not None}
