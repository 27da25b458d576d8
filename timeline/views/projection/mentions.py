"""Mentions: what an entry lists of the events about a development, and what they make of it."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
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
    """What an entry lists, in its order, or the newest of it; `counts` is how many items each list has."""

    statements: Sequence[StatementMention]
    evidence: Sequence[EvidenceMention]
    verifications: Sequence[VerificationMention]
    tolls: Sequence[UUID]
    amendments: Sequence[AmendmentMention]
    counts: ListCounts


_NO_LISTS = EntryLists((), (), (), (), (), ListCounts())


def superseded_mentions(state: DevelopmentState) -> AbstractSet[UUID]:
    """The statements and verifications about a development that later words supersede."""
    return superseded_ids([mention.word.event for mention in state.mentions]) if state.mentions else set()


def entry_lists(
    state: DevelopmentState, superseded: AbstractSet[UUID], newest: int | None = None
) -> EntryLists:
    """The lists of a development's entry: the newest items of each, or all."""
    if not state.mentions and not state.amendments:
        return _NO_LISTS  # as of most
    statements: list[tuple[int, OfficialStatement]] = []
    evidence: list[tuple[int, Evidence]] = []
    verifications: list[tuple[int, Verification]] = []
    tolls: list[tuple[int, UUID]] = []
    for position, word in state.mentions:
        event = word.event
        if isinstance(event, OfficialStatement):
            statements.append((position, event))
        elif isinstance(event, Evidence):
            evidence.append((position, event))
        elif isinstance(event, Verification):
            verifications.append((position, event))
        elif isinstance(event, CountReport):
            tolls.append((position, event.id))
    tolls.sort()
    part = slice(None if newest is None else -newest, None)
    return EntryLists(
        [_statement(*each, is_superseded=each[1].id in superseded) for each in statements[part]],
        [_evidence(*each, entry_status(state.evidence[each[1].id])) for each in evidence[part]],
        [_verification(*each, is_superseded=each[1].id in superseded) for each in verifications[part]],
        [event_id for _, event_id in tolls[part]],
        [*starmap(_amendment, state.amendments[part])],
        ListCounts(len(statements), len(evidence), len(verifications), len(tolls), len(state.amendments)),
    )


def listed_number(state: DevelopmentState) -> int:
    """How much the entry of a development lists."""
    mentions = sum(isinstance(mention.word.event, _LISTED) for mention in state.mentions)
    return mentions + len(state.amendments)


def _statement(position: int, event: OfficialStatement, *, is_superseded: bool) -> StatementMention:
    url = _public_url(event)
    return StatementMention(
        event.id, position, event.speaker, event.stance, event.summary, url, is_superseded
    )


def _evidence(position: int, event: Evidence, status: EntryStatus) -> EvidenceMention:
    return EvidenceMention(event.id, position, event.kind, event.summary, _public_url(event), status)


def _verification(position: int, event: Verification, *, is_superseded: bool) -> VerificationMention:
    return VerificationMention(event.id, position, event.claimant, event.grade, is_superseded)


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


def entry_status(state: DevelopmentState, superseded: AbstractSet[UUID] | None = None) -> EntryStatus:
    """How a development stands, by what is about it and not superseded."""
    if state.is_retracted:
        return "retracted"
    if state.leader:
        return "merged"
    if not state.mentions:
        return "reported"  # as of most
    events = [mention.word.event for mention in state.mentions]
    if superseded is None:
        superseded = superseded_ids(events)
    return status_of(events, superseded, _claimants(word.event for word in state.words))


def grade_of(state: DevelopmentState) -> Grade | None:
    """The grade of the last verification, else the report's own."""
    verifications = verifications_of(state)
    if verifications:
        return verifications[-1].grade
    return state.event.certainty.grade if state.event.certainty else None


def _claimants(reports: Iterable[Event]) -> set[str]:
    claimants = (getattr(report, "claimant", None) for report in reports)
    return {claimant for claimant in claimants if claimant is not None}
