"""Entries: what the timeline shows of a development, from what stands at a position.

The status is what statements and verifications make of it (`verdicts`), or:

- `retracted`: the report itself is retracted; it is shown as it last stood, and claims nothing. Where another
  report of the same development stands, that is its leader.
- `merged`: it is one with a development that was recorded earlier, its leader.

What is one is found as one (meaning, section 5): what is said of any development of a group, the retracted
among them, is said of its leader, which also has the types, claimants, tags, places, texts and actors of all.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import starmap
from operator import itemgetter
from typing import NamedTuple, cast
from uuid import UUID

from timeline.domain.claims import Claim
from timeline.domain.components import Grade
from timeline.domain.dating import Dating, place_in_time
from timeline.domain.development_state import DevelopmentState, StatePublicity
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
from timeline.domain.last_word import Word
from timeline.domain.record import Record
from timeline.domain.references import actors_of
from timeline.domain.words import edtf_words, figure_words
from timeline.views.documents import (
    LISTED_MAX,
    ActorRole,
    AmendmentMention,
    ClaimMention,
    EntryDocument,
    EntryStatus,
    EvidenceMention,
    ListCounts,
    StatementMention,
    VerificationMention,
    encode_document,
)
from timeline.views.projection.claims import claim_row
from timeline.views.projection.entry_dates import EntryDates, entry_dates
from timeline.views.projection.entry_texts import places_searched, texts_searched
from timeline.views.projection.incident_counts import incident_count_row
from timeline.views.projection.rows import ClaimRow, EntryActorRow, EntryRow, IncidentCountRow
from timeline.views.projection.verdicts import status_of, superseded_ids

_EPOCH = datetime(1000, 1, 1, tzinfo=UTC)
_DAY_SECONDS = 24 * 60 * 60
POSITION_BITS = 27
"""The share of an order key that tells entries of the same second apart: 134 million positions."""
_POSITIONS = (1 << POSITION_BITS) - 1
_VERIFIER = "verifier"
"""The role of an actor that verified a development."""

_BY_POSITION = itemgetter(0)
"""Puts mentions in the order in which they were recorded."""


class DevelopmentRows(NamedTuple):
    """A development's rows: its entry, the actors in it, its claim, and its count of an incident."""

    entry: EntryRow | None
    actors: list[EntryActorRow]
    claim: ClaimRow | None
    incident_count: IncidentCountRow | None


NO_ROWS = DevelopmentRows(None, [], None, None)


class _Mentions(NamedTuple):
    """The standing events about a development, by kind, each in the order in which an entry lists them."""

    statements: tuple[StatementMention, ...]
    evidence: tuple[EvidenceMention, ...]
    verifications: tuple[VerificationMention, ...]
    tolls: tuple[UUID, ...]


_NO_MENTIONS = _Mentions((), (), (), ())


class EntryLists(NamedTuple):
    """All that an entry lists, whatever part of it the entry's document has."""

    statements: tuple[StatementMention, ...]
    evidence: tuple[EvidenceMention, ...]
    verifications: tuple[VerificationMention, ...]
    tolls: tuple[UUID, ...]
    amendments: tuple[AmendmentMention, ...]


def entry_lists(state: DevelopmentState) -> EntryLists:
    """The lists of a development's entry, whole."""
    return EntryLists(*_mentions(state), _amendments(state))


def development_rows(state: DevelopmentState | None) -> DevelopmentRows:
    """The rows of a development; none where it is not recorded yet."""
    if state is None:
        return NO_ROWS
    record, event, claim, incident = state.record, state.event, state.claim, state.incident
    reports = [cast("Development", word.event) for word in state.words]
    mentions, amendments = _mentions(state), _amendments(state)
    mention = _claim_mention(claim) if claim else None
    dates = _dates(state)
    dating = dates.dating
    document = EntryDocument(
        id=record.event.id,
        type=event_type(event),
        status=_status(state),
        position=record.position,
        recorded_at=record.recorded_at,
        date=dating.text,
        date_text=edtf_words(dating.text),
        earliest=dating.days.first,
        latest=dating.days.last,
        dated_by=dating.dated_by,
        starts=dating.instant,
        ends=dates.ends,
        actors=_roles(reports, mentions),
        event=cast("DevelopmentEvent", event),
        counts=_counts(mentions, amendments),
        claim=mention,
        statements=mentions.statements[-LISTED_MAX:],
        evidence=mentions.evidence[-LISTED_MAX:],
        verifications=mentions.verifications[-LISTED_MAX:],
        tolls=mentions.tolls[-LISTED_MAX:],
        amendments=amendments[-LISTED_MAX:],
        leader=state.leader,
        same_as=tuple([report.id for report in reports if report.id != record.event.id]),
    )
    key = order_key(dating.instant, record.position)
    return DevelopmentRows(
        _entry_row(reports, key, dates, document, state.publicity),
        [_actor_row(actor, key, document) for actor in document.actors],
        claim_row(record, claim, mention, _grade(event, mentions), state.publicity.claim)
        if claim and mention
        else None,
        incident_count_row(event.id, claim, incident, state.publicity.incident_count)
        if claim and incident
        else None,
    )


def order_key(starts: datetime, position: int) -> int:
    """Puts entries in order: by the second in which they start, then as they were first reported."""
    return _first_key_of(starts) | position & _POSITIONS


def last_key_of(instant: datetime) -> int:
    """The greatest order key of an entry that starts in the second of the instant."""
    return _first_key_of(instant) | _POSITIONS


def _first_key_of(instant: datetime) -> int:
    since = instant - _EPOCH
    return since.days * _DAY_SECONDS + since.seconds << POSITION_BITS


def _counts(mentions: _Mentions, amendments: Sequence[AmendmentMention]) -> ListCounts:
    return ListCounts(
        len(mentions.statements),
        len(mentions.evidence),
        len(mentions.verifications),
        len(mentions.tolls),
        len(amendments),
    )


def _dates(state: DevelopmentState) -> EntryDates:
    if not state.mentions:
        return entry_dates([_dating(word) for word in state.words])
    counts = [mention for mention in state.mentions if isinstance(mention.word.event, CountReport)]
    counts.sort(key=_BY_POSITION)  # as reports, they lead in the order in which they were recorded
    return entry_dates([*map(_dating, state.words)], [_dating(count.word) for count in counts])


def _dating(word: Word) -> Dating:
    return place_in_time(cast("Development", word.event), word.first_published_at, word.first_recorded_at)


def _mentions(state: DevelopmentState) -> _Mentions:
    if not state.mentions:
        return _NO_MENTIONS
    mentions = [(mention.position, mention.word.event) for mention in state.mentions]
    superseded = superseded_ids([event for _, event in mentions])
    return _Mentions(
        tuple(
            StatementMention(
                event.id,
                position,
                event.speaker,
                event.stance,
                event.summary,
                _public_url(event),
                event.id in superseded,
            )
            for position, event in mentions
            if isinstance(event, OfficialStatement)
        ),
        tuple(
            EvidenceMention(
                event.id,
                position,
                event.kind,
                event.summary,
                _public_url(event),
                _status(state.evidence[event.id]),
            )
            for position, event in mentions
            if isinstance(event, Evidence)
        ),
        tuple(
            VerificationMention(event.id, position, event.claimant, event.grade, event.id in superseded)
            for position, event in mentions
            if isinstance(event, Verification)
        ),
        tuple(event.id for _, event in sorted(mentions, key=_BY_POSITION) if isinstance(event, CountReport)),
    )


def _public_url(event: OfficialStatement | Evidence) -> str | None:
    """Where a reader can see it."""
    addresses = [source.url for source in event.sources]
    if isinstance(event, Evidence):
        addresses = [*(medium.url for medium in event.media), *addresses]
    return next(filter(None, addresses), None)


def _status(state: DevelopmentState) -> EntryStatus:
    if state.is_retracted:
        return "retracted"
    if state.leader:
        return "merged"
    if not state.mentions:
        return "reported"  # as of most
    events = [mention.word.event for mention in state.mentions]
    return status_of(events, superseded_ids(events), _claimants(word.event for word in state.words))


def _claimants(reports: Iterable[Event]) -> set[str]:
    claimants = (getattr(report, "claimant", None) for report in reports)
    return {claimant for claimant in claimants if claimant is not None}


def _grade(event: Development, mentions: _Mentions) -> Grade | None:
    """The grade of the last verification, else the report's own."""
    if mentions.verifications:
        return mentions.verifications[-1].grade
    return event.certainty.grade if event.certainty else None


def _claim_mention(claim: Claim) -> ClaimMention:
    figure, dating = claim.figure, claim.dating
    return ClaimMention(
        series=claim.series,
        as_of=dating.text,
        figure=figure,
        bounds=figure.bounds,
        text=figure_words(figure),
        as_of_text=edtf_words(dating.text),
        earliest=dating.days.first,
        latest=dating.days.last,
        dated_by=dating.dated_by,
    )


def _roles(reports: Iterable[Event], mentions: _Mentions) -> tuple[ActorRole, ...]:
    roles: dict[str, tuple[str, ...]] = {}
    actors: list[tuple[str, str]] = []
    for report in reports:
        actors += actors_of(report)
    for verification in mentions.verifications:
        actors.append((verification.claimant, _VERIFIER))
    for actor, role in actors:
        if actor not in roles:
            roles[actor] = (role,)  # as most have
        elif role not in roles[actor]:
            roles[actor] = (*roles[actor], role)
    return tuple([ActorRole(actor, actor_roles) for actor, actor_roles in roles.items()])


def _actor_row(actor: ActorRole, key: int, document: EntryDocument) -> EntryActorRow:
    return EntryActorRow(actor.id, key, document.id, document.status != "retracted", list(actor.roles))


def _amendments(state: DevelopmentState) -> tuple[AmendmentMention, ...]:
    return tuple(starmap(_amendment_mention, state.amendments)) if state.amendments else ()


def _amendment_mention(record: Record, event: Event) -> AmendmentMention:
    amendment = cast("Amendment", event)
    return AmendmentMention(amendment.id, record.position, event_type(amendment), amendment.reason)


def _entry_row(
    reports: Sequence[Development],
    key: int,
    dates: EntryDates,
    document: EntryDocument,
    publicity: StatePublicity,
) -> EntryRow:
    points, public = _points(reports), publicity.entry
    return EntryRow(
        development=document.id,
        order_key=key,
        starts=document.starts,
        first_day=dates.first_day,
        last_day=dates.last_day,
        day_ranges=dates.day_ranges,
        types=_each_once([event_type(report) for report in reports]),
        status=document.status,
        claimants=_each_once([report.claimant for report in reports if report.claimant]),
        tags=_each_once([tag for report in reports for tag in report.tags]),
        places=places_searched(reports),
        latitude=points[0][0] if points else None,
        longitude=points[0][1] if points else None,
        further_points=[f"({longitude},{latitude})" for latitude, longitude in points[1:]],
        words=texts_searched(reports, (actor.id for actor in document.actors)),
        document=encode_document(document),
        public_from=public.public_from,
        settled_at=public.settled_at,
        publication_unknown=public.has_unknown,
        displaced=publicity.is_displaced,
    )


def _points(reports: Iterable[Development]) -> list[tuple[float, float]]:
    """The coordinates that reports say, latitude first, each once."""
    places = [report.place for report in reports if report.place]
    points = [
        (place.latitude, place.longitude)
        for place in places
        if place.latitude is not None and place.longitude is not None
    ]
    return points if len(points) < 2 else [*dict.fromkeys(points)]


def _each_once(values: list[str]) -> list[str]:
    return values if len(values) < 2 else [*dict.fromkeys(values)]
