"""What the views should show, worked out again from all records up to a position, in the plainest way.

Nothing here is shared with the fold: the rules are those that the docstrings of `domain/event_graph.py` and
`views/projection/entries.py` put in words.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from timeline.domain.codec import decode_event, encode_event
from timeline.domain.edtf import parse
from timeline.domain.events import (
    ActorProfile,
    Capture,
    CasualtyEstimate,
    Correction,
    Deployment,
    Development,
    Engagement,
    EquipmentLoss,
    Event,
    Evidence,
    OfficialStatement,
    Retraction,
    SameAs,
    SeriesReset,
    TimelineProfile,
    Verification,
)
from timeline.domain.figure import Bounds
from timeline.domain.record import Record

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)


class Claim(NamedTuple):
    """A figure in its series, or a reset of it (which has no figure)."""

    source: UUID
    series: str
    claimant: str | None
    as_of: datetime
    position: int
    bounds: Bounds | None
    cuts: bool = False


class Entry(NamedTuple):
    """A development as the timeline shows it."""

    id: UUID
    type: str
    status: str
    position: int
    recorded_at: datetime
    starts: datetime
    ends: datetime
    roles: dict[str, set[str]]
    event: Event
    claim: tuple[str, datetime, Bounds] | None
    statements: list[tuple[UUID, int, str, str]]
    evidence: list[tuple[UUID, int, str]]
    verifications: list[tuple[UUID, int, str, str]]
    tolls: list[UUID]
    amendments: list[tuple[UUID, int, str, str]]
    leader: UUID | None
    same_as: list[UUID]


class Model:
    """The views of a log of these records."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = {record.event.id: record for record in records}
        self._stands: dict[UUID, Event | None] = {}

    # -- amendments

    def amendments(self, event_id: UUID) -> list[tuple[Record, Event]]:
        """The standing corrections and retractions of an event."""
        amendments = []
        for record in self.records.values():
            if isinstance(record.event, Correction | Retraction) and record.event.target == event_id:
                amendment = self.standing(record.event.id)
                if amendment is not None:
                    amendments.append((record, amendment))
        return amendments

    def content(self, event_id: UUID) -> Event:
        """An event with its corrections, whether it is retracted or not."""
        event = self.records[event_id].event
        for _, amendment in self.amendments(event_id):
            if isinstance(amendment, Correction):
                event = _with(event, amendment.changes)
        return event

    def standing(self, event_id: UUID) -> Event | None:
        """An event with its corrections; None where it is retracted."""
        if event_id not in self._stands:
            retracted = any(isinstance(event, Retraction) for _, event in self.amendments(event_id))
            self._stands[event_id] = None if retracted else self.content(event_id)
        return self._stands[event_id]

    @cached_property
    def all_standing(self) -> list[tuple[Record, Event]]:
        """All that stands, in the order of the log."""
        return [
            (record, event)
            for record in self.records.values()
            if (event := self.standing(record.event.id)) is not None
        ]

    # -- reports of the same development

    def linked(self, development: UUID) -> set[UUID]:
        """All that `same_as` links with a development, through any chain, standing or retracted."""
        linked = {development}
        size = 0
        while size < len(linked):
            size = len(linked)
            for _, event in self.all_standing:
                if isinstance(event, SameAs) and linked & {*event.developments}:
                    linked |= {*event.developments}
        return linked

    def group(self, development: UUID) -> list[UUID]:
        """The standing developments among those, in the order of the log."""
        linked = self.linked(development)
        return [event.id for _, event in self.all_standing if event.id in linked]

    # -- entries

    @cached_property
    def entries(self) -> dict[UUID, Entry]:
        """Every development as an entry."""
        developments = [record for record in self.records.values() if isinstance(record.event, Development)]
        return {record.event.id: self._entry(record) for record in developments}

    def _entry(self, record: Record) -> Entry:
        this = record.event.id
        stands = self.standing(this) is not None
        event = self.content(this)
        group = self.group(this) if stands else [this]
        leads = group[0] == this
        reports = group if leads else [this]
        about = [pair for pair in self.all_standing if {*_about(pair[1])} & {*reports}]
        claim = self.claim(record, event) if stands else None
        starts, ends = span_in(event, record)
        status = "retracted"
        if stands:
            status = _status(event for _, event in about) if leads else "merged"
        return Entry(
            id=this,
            type=_type(event),
            status=status,
            position=record.position,
            recorded_at=record.recorded_at,
            starts=starts,
            ends=ends,
            roles=roles_in([self.content(report) for report in reports], [event for _, event in about]),
            event=event,
            claim=(claim.series, claim.as_of, claim.bounds) if claim else None,
            statements=[
                (e.id, r.position, e.speaker, e.stance) for r, e in about if isinstance(e, OfficialStatement)
            ],
            evidence=[(e.id, r.position, e.kind) for r, e in about if isinstance(e, Evidence)],
            verifications=[
                (e.id, r.position, e.claimant, e.grade) for r, e in about if isinstance(e, Verification)
            ],
            tolls=[e.id for _, e in about if isinstance(e, CasualtyEstimate | EquipmentLoss)],
            amendments=[(e.id, r.position, _type(e), e.reason) for r, e in self.amendments(this)],
            leader=None if leads else group[0],
            same_as=[member for member in group if member != this] if leads else [],
        )

    def walk(self, fits: Any = lambda _: True) -> list[UUID]:
        """The entries that fit, the latest first."""
        entries = [entry for entry in self.entries.values() if fits(entry)]
        entries.sort(key=lambda entry: (entry.starts.replace(microsecond=0), entry.position), reverse=True)
        return [entry.id for entry in entries]

    # -- figures

    @cached_property
    def claims(self) -> dict[UUID, Claim]:
        """Every standing claim and reset, by the event that makes it."""
        claims = {}
        for record, event in self.all_standing:
            claim = (
                self._reset(record, event) if isinstance(event, SeriesReset) else self.claim(record, event)
            )
            if claim is not None:
                claims[event.id] = claim
        return claims

    def latest(self, series: str, as_of: datetime | None = None) -> dict[str, Claim]:
        """Each claimant's last claim, for the last date up to `as_of`, after the last reset of its claims."""
        claims = [
            c for c in self.claims.values() if c.series == series and (as_of is None or c.as_of <= as_of)
        ]
        latest: dict[str, Claim] = {}
        for claim in sorted(claims, key=lambda c: (c.as_of, c.position)):
            resets = [c for c in claims if c.cuts and c.claimant in (None, claim.claimant)]
            if claim.bounds is not None and not any(reset.as_of > claim.as_of for reset in resets):
                latest[claim.claimant] = claim
        return latest

    def _reset(self, record: Record, event: SeriesReset) -> Claim:
        as_of = _last_instant(event.as_of) if event.as_of else event.published_at or record.recorded_at
        cuts = event.adjustment is None
        return Claim(event.id, event.series, event.claimant, as_of, record.position, None, cuts)

    def claim(self, record: Record, event: Event) -> Claim | None:
        """The claim that a standing event makes."""
        match event:
            case CasualtyEstimate():
                category = event.category and "-".join(
                    word for word in (event.category.status, event.category.sex, event.category.age) if word
                )
                parts = ["casualties", event.measure, event.subject, category or "all", event.basis]
                parts += self._scope(event)
                figure, dates = event.figure, (event.as_of, event.period, event.occurred)
            case EquipmentLoss():
                parts = ["equipment", event.outcome or "lost", event.subject, event.item, event.basis]
                parts += self._scope(event)
                figure, dates = event.figure, (event.as_of, event.period, event.occurred)
            case Deployment():
                parts = ["strength", "deployed", event.force, event.in_support_of or "all", "stock"]
                figure, dates = event.strength, (event.occurred,)
            case Capture():
                parts = [
                    "casualties",
                    "captured",
                    event.captive_of,
                    "all",
                    "incident",
                    self._incident(event.id),
                ]
                figure, dates = event.count, (event.occurred,)
            case Engagement():
                parts = ["casualties", "killed", "all", "all", "incident", self._incident(event.id)]
                figure, dates = event.killed, (event.occurred,)
            case _:
                return None
        if figure is None:
            return None
        bounded = [date for date in dates if date is not None and not date.endswith("..")]
        as_of = _last_instant(bounded[0]) if bounded else event.published_at or record.recorded_at
        return Claim(event.id, ".".join(parts), event.claimant, as_of, record.position, figure.bounds)

    def _scope(self, event: CasualtyEstimate | EquipmentLoss) -> list[str]:
        if event.basis == "incident":
            return [self._incident(event.incident or event.id)]
        return [event.scope] if event.scope else []

    def _incident(self, development: UUID) -> str:
        return str((self.group(development) or [development])[0])

    # -- profiles

    @cached_property
    def actors(self) -> dict[str, ActorProfile]:
        """Each actor's last standing profile."""
        return {event.actor: event for _, event in self.all_standing if isinstance(event, ActorProfile)}

    @cached_property
    def title(self) -> TimelineProfile | None:
        """The timeline's last standing profile."""
        profiles = [event for _, event in self.all_standing if isinstance(event, TimelineProfile)]
        return profiles[-1] if profiles else None


def _type(event: Event) -> str:
    return msgspec.to_builtins(event)["type"]


def _with(event: Event, changes: dict[str, Any]) -> Event:
    return decode_event(msgspec.json.encode(_merged(msgspec.json.decode(encode_event(event)), changes)))


def _merged(target: Any, patch: Any) -> Any:
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    before = target if isinstance(target, dict) else {}
    rest = {name: value for name, value in before.items() if name not in patch}
    set_ = {name: _merged(before.get(name), value) for name, value in patch.items() if value is not None}
    return rest | set_


def _about(event: Event) -> Sequence[UUID]:
    match event:
        case OfficialStatement() | Evidence() | Verification():
            return event.about
        case CasualtyEstimate() | EquipmentLoss():
            return [event.incident] if event.incident else []
    return []


def _status(about: Iterable[Event]) -> str:
    words = {getattr(event, "stance", None) or getattr(event, "grade", None) for event in about}
    confirmed = "confirms" in words or "confirmed" in words
    denied = "denies" in words or "discounted" in words
    if (confirmed and denied) or "contested" in words:
        return "contested"
    if confirmed or denied:
        return "confirmed" if confirmed else "denied"
    return "reported"


_ROLES = {
    "force": "force",
    "in_support_of": "in_support_of",
    "against": "against",
    "subject": "subject",
    "captor": "captor",
    "captive_of": "captive_of",
    "attackers": "attacker",
    "targets": "target",
    "from_actor": "from",
    "to_actor": "to",
    "speaker": "speaker",
    "claimant": "claimant",
}


def roles_in(reports: list[Event], about: list[Event]) -> dict[str, set[str]]:
    """The roles of the actors that reports, and events about these, name."""
    roles: dict[str, set[str]] = {}
    for event in reports:
        for field, role in _ROLES.items():
            actors = getattr(event, field, None) or ()
            for actor in (actors,) if isinstance(actors, str) else actors:
                roles.setdefault(actor, set()).add(role)
        for source in event.sources:
            roles.setdefault(source.publisher, set()).add("publisher")
            if source.relayed_via:
                roles.setdefault(source.relayed_via, set()).add("relay")
    for event in about:
        if isinstance(event, Verification):
            roles.setdefault(event.claimant, set()).add("verifier")
    return roles


def span_in(event: Development, record: Record) -> tuple[datetime, datetime]:
    """When a development began and ended."""
    if event.occurred:
        return parse(event.occurred)
    instant = event.published_at or record.recorded_at
    return instant, instant


def _last_instant(date: str) -> datetime:
    return parse(date).end - timedelta(microseconds=1)
