"""Entries: what the timeline shows of a development at a position, from what then stands.

The status follows from what stands at the position:

- `retracted`: the report itself is retracted; it is shown as it last stood, and claims nothing.
- `merged`: it is one with a development that was recorded earlier, its leader.
- `confirmed`: a statement confirms it, or a verification grades it confirmed.
- `denied`: a statement denies it, or a verification grades it discounted.
- `contested`: both of these, or a verification grades it contested.
- `reported`: nothing of that.

What is said of any development of a group is said of its leader, which also names the actors of all.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import NamedTuple, cast
from uuid import UUID

from timeline.domain.claims import Claim, span_of
from timeline.domain.edtf import OPEN_END, Span
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import (
    Amendment,
    CountReport,
    Development,
    DevelopmentEvent,
    Event,
    Evidence,
    Grade,
    OfficialStatement,
    Verification,
    event_type,
)
from timeline.domain.record import Record
from timeline.domain.references import actors_of
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
from timeline.views.projection.claims import claim_at, claim_row
from timeline.views.projection.incident_counts import first_toll, toll_at
from timeline.views.projection.rows import ClaimRow, EntryActorRow, EntryRow, IncidentCountRow

_EPOCH = datetime(1000, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
POSITION_BITS = 27
"""The share of an order key that tells entries of the same second apart: 134 million positions."""
_POSITIONS = (1 << POSITION_BITS) - 1


class Said(NamedTuple):
    """What stands about a development, by kind."""

    statements: tuple[StatementMention, ...]
    evidence: tuple[EvidenceMention, ...]
    verifications: tuple[VerificationMention, ...]
    tolls: tuple[UUID, ...]


NOTHING_SAID = Said((), (), (), ())


class Shown(NamedTuple):
    """What the views show of a development: its entry, the actors named there, its claim, and its toll."""

    entry: EntryRow | None
    actors: list[EntryActorRow]
    claim: ClaimRow | None
    toll: IncidentCountRow | None


NOTHING_SHOWN = Shown(None, [], None, None)


class _Bearing(NamedTuple):
    """What bears on a development: what is said of it, its amendments, and those that it is one with."""

    said: Said = NOTHING_SAID
    amendments: tuple[AmendmentMention, ...] = ()
    leader: UUID | None = None
    same_as: tuple[UUID, ...] = ()


_NOTHING_BEARS = _Bearing()


def first_shown(docket: EventGraph, record: Record) -> Shown:
    """What is shown of a development when it is reported.

    This is `shown_at` without the questions to which the answer is known: nothing bears on it yet.
    """
    event = cast("Development", record.event)
    claim = claim_at(docket, record, event, record.position)
    shown = _shown(record, event, claim, "reported", _roles((event,), NOTHING_SAID), _NOTHING_BEARS)
    return shown._replace(toll=first_toll(docket, record, event, claim)) if claim else shown


def shown_at(docket: EventGraph, development: UUID, at: int) -> Shown:
    """What is shown of a development at a position: nothing where it is not there yet."""
    record = docket.get(development)
    if record is None or record.position > at or not isinstance(record.event, Development):
        return NOTHING_SHOWN
    standing = docket.standing(development, at)
    event = cast("Development", standing or docket.last_content(development, at))
    group = docket.group(development, at) if standing else [development]
    leads = group[0] == development
    said = _said(docket, group if leads else [development], at)
    claim = claim_at(docket, record, event, at) if standing else None
    status = _status(said) if standing and leads else "merged" if standing else "retracted"
    members = (
        [event]
        if len(group) == 1 or not leads
        else [docket.standing(member, at) or event for member in group]
    )
    bearing = _Bearing(
        said,
        amendments=tuple(_amendment_mention(*pair) for pair in docket.amendments(event.id, at)),
        leader=None if leads else group[0],
        same_as=tuple(group[1:]) if leads else (),
    )
    shown = _shown(record, event, claim, status, _roles(members, said), bearing)
    return shown._replace(toll=toll_at(docket, record, event, claim, at)) if claim else shown


def _shown(  # noqa: PLR0913 - what is shown of a development follows from these
    record: Record,
    event: Development,
    claim: Claim | None,
    status: Status,
    roles: tuple[ActorRole, ...],
    bearing: _Bearing,
) -> Shown:
    span = span_of(event, record)
    document = EntryDocument(
        id=event.id,
        type=event_type(event),
        status=status,
        position=record.position,
        recorded_at=record.recorded_at,
        starts=span.start,
        ends=None if span.end == OPEN_END else span.end,
        actors=roles,
        event=cast("DevelopmentEvent", event),
        claim=ClaimMention(claim.series, claim.as_of, claim.figure.bounds) if claim else None,
        statements=bearing.said.statements,
        evidence=bearing.said.evidence,
        verifications=bearing.said.verifications,
        tolls=bearing.said.tolls,
        amendments=bearing.amendments,
        leader=bearing.leader,
        same_as=bearing.same_as,
    )
    key = order_key(span, record.position)
    return Shown(
        _row(event, key, document),
        [EntryActorRow(named.actor, key, event.id, list(named.roles)) for named in roles],
        claim_row(record, event, claim, _grade(bearing.said)) if claim else None,
        None,
    )


def order_key(span: Span, position: int) -> int:
    """Puts entries in order: by the second in which they start, then as they were first reported."""
    return _first_key_of(span.start) | position & _POSITIONS


def last_key_of(instant: datetime) -> int:
    """The greatest order key of an entry that starts in the second of the instant."""
    return _first_key_of(instant) | _POSITIONS


def _first_key_of(instant: datetime) -> int:
    return (instant - _EPOCH) // _SECOND << POSITION_BITS


def _said(docket: EventGraph, group: Iterable[UUID], at: int) -> Said:
    found = {record.position: event for member in group for record, event in docket.speakers(member, at)}
    if not found:
        return NOTHING_SAID
    said = sorted(found.items())
    return Said(
        tuple(
            StatementMention(e.id, p, e.speaker, e.stance)
            for p, e in said
            if isinstance(e, OfficialStatement)
        ),
        tuple(EvidenceMention(e.id, p, e.kind) for p, e in said if isinstance(e, Evidence)),
        tuple(
            VerificationMention(e.id, p, e.claimant, e.grade) for p, e in said if isinstance(e, Verification)
        ),
        tuple(e.id for _, e in said if isinstance(e, CountReport)),
    )


def _status(said: Said) -> Status:
    words = {statement.stance for statement in said.statements} | {v.grade for v in said.verifications}
    confirmed = not words.isdisjoint(("confirms", "confirmed"))
    denied = not words.isdisjoint(("denies", "discounted"))
    if "contested" in words or (confirmed and denied):
        return "contested"
    return "confirmed" if confirmed else "denied" if denied else "reported"


def _grade(said: Said) -> Grade | None:
    return said.verifications[-1].grade if said.verifications else None


def _roles(members: Iterable[Event], said: Said) -> tuple[ActorRole, ...]:
    roles: dict[str, tuple[str, ...]] = {}
    verifiers = ((verification.claimant, "verifier") for verification in said.verifications)
    for actor, role in chain(chain.from_iterable(map(actors_of, members)), verifiers):
        named = roles.get(actor, ())
        if role not in named:
            roles[actor] = (*named, role)
    return tuple(ActorRole(actor, named) for actor, named in roles.items())


def _amendment_mention(record: Record, event: Event) -> AmendmentMention:
    amendment = cast("Amendment", event)
    return AmendmentMention(amendment.id, record.position, event_type(amendment), amendment.reason)


def _row(event: Development, key: int, document: EntryDocument) -> EntryRow:
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
