"""Mentions: what an entry lists of the events about a development, and what they make of it.

What a later word superseded is listed and decides nothing (`domain/mentions`). The status follows from
the last words (meaning, sections 2 and 5):

- `confirmed`: a statement confirms it, or a verification grades it confirmed, where somebody other than its
  speaker claims the thing, or nobody does: nobody confirms a claim of their own.
- `denied`: a statement denies it, or a verification grades it discounted. A claimant may deny its own claim.
- `contested`: both of these, or a verification grades it contested.
- `reported`: none of these.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from itertools import starmap
from typing import Any, NamedTuple, cast
from uuid import UUID

from timeline.domain.components import Grade
from timeline.domain.development_state import DevelopmentState
from timeline.domain.events import (
    Amendment,
    Development,
    Event,
    Evidence,
    OfficialStatement,
    Verification,
    event_type,
)
from timeline.domain.last_word import Word
from timeline.domain.mention import Mention, by_word
from timeline.domain.mentions_by_kind import MentionsByKind
from timeline.domain.record import Record
from timeline.views.documents import (
    AmendmentMention,
    EntryStatus,
    EvidenceMention,
    ListCounts,
    StatementMention,
    Status,
    VerificationMention,
)


class EntryLists(NamedTuple):
    """The newest of what an entry lists, in its order; `counts` is how many items each whole list has."""

    statements: Sequence[StatementMention]
    evidence: Sequence[EvidenceMention]
    verifications: Sequence[VerificationMention]
    tolls: Sequence[UUID]
    amendments: Sequence[AmendmentMention]
    counts: ListCounts


_NO_LISTS = EntryLists((), (), (), (), (), ListCounts())
LIST_NAMES = EntryLists._fields[:-1]
"""What the lists are called, in the entry and by their addresses."""


def entry_lists(state: DevelopmentState, newest: int) -> EntryLists:
    """The lists of a development's entry: the newest items of each."""
    if not state.mentions.in_order and not state.amendments:
        return _NO_LISTS  # as of most
    part = slice(-newest, None)
    lists = {name: entry_list(state, name, part) for name in LIST_NAMES}
    return EntryLists(**lists, counts=list_counts(state))


def list_counts(state: DevelopmentState) -> ListCounts:
    """How many items each list of a development has."""
    mentions = state.mentions.by_kind
    return ListCounts(
        len(mentions.statements),
        len(mentions.evidence),
        len(mentions.verifications),
        len(mentions.counts),
        len(state.amendments),
    )


def entry_list(state: DevelopmentState, name: str, part: slice) -> Sequence[Any]:
    """A part of one of a development's lists, in the list's order."""
    mentions = state.mentions.by_kind
    is_superseded, home_of = mentions.is_superseded, state.home_of
    match name:
        case "statements":
            return [_statement(each, is_superseded=is_superseded(each)) for each in mentions.statements[part]]
        case "evidence":
            return [_evidence(each, home_of(each.word.event.id)) for each in mentions.evidence[part]]
        case "verifications":
            words = mentions.verifications[part]
            return [_verification(each, is_superseded=is_superseded(each)) for each in words]
        case "tolls":
            return [each.word.event.id for each in mentions.counts[part]]
    return [*starmap(_amendment, state.amendments[part])]


def listed_number(state: DevelopmentState) -> int:
    """How much the entry of a development lists."""
    return len(state.mentions) + len(state.amendments)


def _statement(mention: Mention, *, is_superseded: bool) -> StatementMention:
    event = cast("OfficialStatement", mention.word.event)
    url = _public_url(event)
    return StatementMention(
        event.id, mention.position, event.speaker, event.stance, event.summary, url, is_superseded
    )


def _evidence(mention: Mention, home: DevelopmentState | None) -> EvidenceMention:
    """`home` is what stands of the development that the evidence is one with."""
    event, status = cast("Evidence", mention.word.event), entry_status(home) if home else "reported"
    url = _public_url(event)
    return EvidenceMention(event.id, mention.position, event.kind, event.summary, url, status)


def _verification(mention: Mention, *, is_superseded: bool) -> VerificationMention:
    event = cast("Verification", mention.word.event)
    return VerificationMention(event.id, mention.position, event.claimant, event.grade, is_superseded)


def _amendment(record: Record, event: Event) -> AmendmentMention:
    amendment = cast("Amendment", event)
    return AmendmentMention(amendment.id, record.position, event_type(amendment), amendment.reason)


def _public_url(event: OfficialStatement | Evidence) -> str | None:
    """Where a reader can see it."""
    addresses = [source.url for source in event.sources]
    if isinstance(event, Evidence):
        addresses = [*(medium.url for medium in event.media), *addresses]
    return next(filter(None, addresses), None)


def entry_status(state: DevelopmentState) -> EntryStatus:
    """How a development stands, by what is about it and not superseded."""
    if state.is_retracted:
        return "retracted"
    if state.leader:
        return "merged"
    if not state.mentions.in_order:
        return "reported"  # as of most
    return status_of(state.mentions.by_kind, _claimants(word.event for word in state.words))


def grade_of(state: DevelopmentState) -> Grade | None:
    """The grade of the last verification, else the report's own."""
    if state.mentions.in_order and (verifications := state.mentions.by_kind.verifications):
        return cast("Verification", verifications[-1].word.event).grade
    return state.event.certainty.grade if state.event.certainty else None


def grade_before(state: DevelopmentState, word: Word, following: Word) -> Grade | None:
    """The grade of what an earlier word of a report claims, until the word that follows it.

    That is the grade of the last verification that was said by then, else the one that it gave itself.
    """
    verifications = state.mentions.by_kind.verifications if state.mentions.in_order else ()
    number = bisect_left(verifications, following.order, key=by_word)
    if number:
        return cast("Verification", verifications[number - 1].word.event).grade
    certainty = cast("Development", word.event).certainty
    return certainty.grade if certainty else None


def _claimants(reports: Iterable[Event]) -> set[str]:
    claimants = (getattr(report, "claimant", None) for report in reports)
    return {claimant for claimant in claimants if claimant is not None}


def status_of(mentions: MentionsByKind, claimants: AbstractSet[str]) -> Status:
    """What a development is by the events about it; `claimants` claim it."""
    if not (mentions.statements or mentions.verifications):
        return "reported"
    confirming = mentions.speakers("confirms", "confirmed")
    is_confirmed = bool(confirming) and (len(claimants) != 1 or not confirming <= claimants)
    is_denied = bool(mentions.speakers("denies", "discounted"))
    if (is_confirmed and is_denied) or mentions.speakers("contested"):
        return "contested"
    return "confirmed" if is_confirmed else "denied" if is_denied else "reported"
