"""Entries: what the timeline shows of a development, from what stands at a position.

The status follows from what stands at the position:

- `retracted`: the report itself is retracted; it is shown as it last stood, and claims nothing.
- `merged`: it is one with a development that was recorded earlier, its leader.
- `confirmed`: a statement confirms it, or a verification grades it confirmed.
- `denied`: a statement denies it, or a verification grades it discounted.
- `contested`: both of these, or a verification grades it contested.
- `reported`: none of these.

What is said of any development of a group is said of its leader, which also names the actors of all.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import starmap
from typing import NamedTuple, cast
from uuid import UUID

from timeline.domain.claims import Claim
from timeline.domain.components import Grade
from timeline.domain.dating import publication
from timeline.domain.edtf import OPEN_END, Span, parse
from timeline.domain.event_graph import DevelopmentState
from timeline.domain.events import (
    Amendment,
    CountReport,
    Development,
    DevelopmentEvent,
    Event,
    Evidence,
    OfficialStatement,
    Verification,
    event_type,
)
from timeline.domain.record import Record
from timeline.domain.references import actors_of
from timeline.domain.words import figure_words
from timeline.views.documents import (
    ActorRole,
    AmendmentMention,
    ClaimMention,
    EntryDocument,
    EvidenceMention,
    StatementMention,
    Status,
    VerificationMention,
    encode_document,
)
from timeline.views.projection.claims import claim_row
from timeline.views.projection.incident_counts import incident_count_row
from timeline.views.projection.rows import ClaimRow, EntryActorRow, EntryRow, IncidentCountRow

_EPOCH = datetime(1000, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
POSITION_BITS = 27
"""The share of an order key that tells entries of the same second apart: 134 million positions."""
_POSITIONS = (1 << POSITION_BITS) - 1


class DevelopmentRows(NamedTuple):
    """A development's rows: its entry, the actors in it, its claim, and its count of an incident."""

    entry: EntryRow | None
    actors: list[EntryActorRow]
    claim: ClaimRow | None
    incident_count: IncidentCountRow | None


NO_ROWS = DevelopmentRows(None, [], None, None)


class _Mentions(NamedTuple):
    """The standing events about a development, by kind."""

    statements: tuple[StatementMention, ...]
    evidence: tuple[EvidenceMention, ...]
    verifications: tuple[VerificationMention, ...]
    tolls: tuple[UUID, ...]


_NO_MENTIONS = _Mentions((), (), (), ())


def development_rows(state: DevelopmentState | None) -> DevelopmentRows:
    """The rows of a development; none where it is not recorded yet."""
    if state is None:
        return NO_ROWS
    record, event, claim, incident = state.record, state.event, state.claim, state.incident
    span = occurred_span(event, record)
    key = order_key(span, record.position)
    mentions = _mentions(state.mentions)
    document = EntryDocument(
        id=event.id,
        type=event_type(event),
        status="retracted" if state.is_retracted else "merged" if state.leader else _status(mentions),
        position=record.position,
        recorded_at=record.recorded_at,
        starts=span.start,
        ends=None if span.end == OPEN_END else span.end,
        actors=_roles(state.reports, mentions),
        event=cast("DevelopmentEvent", event),
        claim=_claim_mention(claim) if claim else None,
        statements=mentions.statements,
        evidence=mentions.evidence,
        verifications=mentions.verifications,
        tolls=mentions.tolls,
        amendments=tuple(starmap(_amendment_mention, state.amendments)) if state.amendments else (),
        leader=state.leader,
        same_as=tuple([report.id for report in state.reports[1:]]) if len(state.reports) > 1 else (),
    )
    return DevelopmentRows(
        _entry_row(event, key, document),
        [EntryActorRow(actor.actor, key, event.id, list(actor.roles)) for actor in document.actors],
        claim_row(record, event, claim, _last_grade(mentions)) if claim else None,
        incident_count_row(record, event, claim, incident) if claim and incident else None,
    )


def order_key(span: Span, position: int) -> int:
    """Puts entries in order: by the second in which they start, then as they were first reported."""
    return _first_key_of(span.start) | position & _POSITIONS


def last_key_of(instant: datetime) -> int:
    """The greatest order key of an entry that starts in the second of the instant."""
    return _first_key_of(instant) | _POSITIONS


def _first_key_of(instant: datetime) -> int:
    return (instant - _EPOCH) // _SECOND << POSITION_BITS


def _mentions(events: Sequence[tuple[int, Event]]) -> _Mentions:
    if not events:
        return _NO_MENTIONS
    return _Mentions(
        tuple(
            StatementMention(event.id, position, event.speaker, event.stance)
            for position, event in events
            if isinstance(event, OfficialStatement)
        ),
        tuple(
            EvidenceMention(event.id, position, event.kind)
            for position, event in events
            if isinstance(event, Evidence)
        ),
        tuple(
            VerificationMention(event.id, position, event.claimant, event.grade)
            for position, event in events
            if isinstance(event, Verification)
        ),
        tuple(event.id for _, event in events if isinstance(event, CountReport)),
    )


def _status(mentions: _Mentions) -> Status:
    if mentions is _NO_MENTIONS:
        return "reported"  # as of most
    words: set[str] = {statement.stance for statement in mentions.statements}
    words |= {verification.grade for verification in mentions.verifications}
    confirmed = not words.isdisjoint(("confirms", "confirmed"))
    denied = not words.isdisjoint(("denies", "discounted"))
    if "contested" in words or (confirmed and denied):
        return "contested"
    return "confirmed" if confirmed else "denied" if denied else "reported"


def _last_grade(mentions: _Mentions) -> Grade | None:
    return mentions.verifications[-1].grade if mentions.verifications else None


def _claim_mention(claim: Claim) -> ClaimMention:
    figure = claim.figure
    return ClaimMention(claim.series, claim.dating.text, figure.bounds, figure_words(figure))


def occurred_span(event: Development, record: Record) -> Span:
    """When it happened; where the report does not say, the instant at which it became known."""
    if event.occurred is not None:
        return parse(event.occurred)
    instant = (publication(event, record.recorded_at) or record.recorded_at).astimezone(UTC)
    return Span(instant, instant)


def _roles(reports: Iterable[Event], mentions: _Mentions) -> tuple[ActorRole, ...]:
    roles: dict[str, tuple[str, ...]] = {}
    actors = [pair for report in reports for pair in actors_of(report)]
    actors += [(verification.claimant, "verifier") for verification in mentions.verifications]
    for actor, role in actors:
        actor_roles = roles.get(actor, ())
        if role not in actor_roles:
            roles[actor] = (*actor_roles, role)
    return tuple([ActorRole(actor, actor_roles) for actor, actor_roles in roles.items()])


def _amendment_mention(record: Record, event: Event) -> AmendmentMention:
    amendment = cast("Amendment", event)
    return AmendmentMention(amendment.id, record.position, event_type(amendment), amendment.reason)


def _entry_row(event: Development, key: int, document: EntryDocument) -> EntryRow:
    place = event.place
    names = (place.name, place.admin1, place.country) if place else ()
    return EntryRow(
        development=event.id,
        order_key=key,
        starts=document.starts,
        ends=document.ends or OPEN_END,
        type=document.type,
        status=document.status,
        claimant=event.claimant,
        tags=list(event.tags),
        places=[name.casefold() for name in names if name],
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
        words=_words(event),
        document=encode_document(document),
    )


def _words(event: Development) -> str:
    """What the full-text filter searches."""
    texts: list[str | None] = [
        event.summary,
        *(source.title for source in event.sources),
        event.place.name if event.place else None,
    ]
    if isinstance(event, OfficialStatement):
        texts += [event.position, event.quote]
    return "\n".join(filter(None, texts))
