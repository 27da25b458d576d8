"""Entries: what the timeline shows of a development, from what stands at a position.

The status is what statements and verifications make of it (`mentions`), or:

- `retracted`: the report itself is retracted; it is shown as it last stood, and claims nothing. Where another
  report of the same development stands, that is its leader.
- `merged`: it is one with a development that was recorded earlier, its leader.

What is one is found as one (meaning, section 5): what is said of any development of a group, the retracted
among them, is said of its leader, which also has the types, claimants, tags, places, texts and actors of all.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, cast

from timeline.domain.development_state import DevelopmentState
from timeline.domain.events import Development, event_type
from timeline.domain.mentions_by_kind import place_of
from timeline.domain.references import actors_of
from timeline.domain.words import edtf_words
from timeline.views.documents import (
    LISTED_MAX,
    ActorRole,
    EntryDocument,
    EntryStatus,
    by_position,
    encode_document,
)
from timeline.views.projection.claims import claim_mention, claim_row
from timeline.views.projection.entry_dates import EntryDates, entry_dates
from timeline.views.projection.entry_texts import places_searched, texts_searched
from timeline.views.projection.incident_counts import incident_count_row
from timeline.views.projection.mentions import (
    EntryLists,
    entry_lists,
    entry_status,
    grade_of,
    listed_number,
)
from timeline.views.projection.rows import (
    ClaimRow,
    EntryActorRow,
    EntryRow,
    EntryTextRow,
    IncidentCountRow,
)

_EPOCH = datetime(1000, 1, 1, tzinfo=UTC)
_DAY_SECONDS = 24 * 60 * 60
POSITION_BITS = 27
"""The share of an order key that tells entries of the same second apart: 134 million positions."""
_POSITIONS = (1 << POSITION_BITS) - 1
_VERIFIER = "verifier"
"""The role of an actor that verified a development."""


class DevelopmentRows(NamedTuple):
    """A development's rows: its entry, its words, the actors in it, its claim, and its incident count."""

    entry: EntryRow | None
    text: EntryTextRow | None
    actors: list[EntryActorRow]
    claim: ClaimRow | None
    incident_count: IncidentCountRow | None


NO_ROWS = DevelopmentRows(None, None, [], None, None)


class DevelopmentView:
    """A development as it stands, and its rows; each is made when it is asked for."""

    def __init__(self, state: DevelopmentState) -> None:
        self.state = state
        self._reports = [cast("Development", word.event) for word in state.words]
        self._dates = _dates(state)
        self._key = order_key(self._dates.dating.instant, state.record.position)
        self._roles: Sequence[ActorRole] | None = None

    def entry(self) -> EntryRow:
        """The row of its entry."""
        return _entry_row(self.state, self._reports, self._dates, self._key, self._actor_roles())

    def text(self) -> EntryTextRow:
        """The row of the words by which it is found."""
        words = texts_searched(self._reports, [actor.id for actor in self._actor_roles()])
        return EntryTextRow(self.state.record.event.id, words)

    def actors(self) -> list[EntryActorRow]:
        """The rows of the actors in it."""
        development, standing = self.state.record.event.id, not self.state.is_retracted
        # by position, which takes half the time
        return [
            EntryActorRow(actor.id, self._key, development, standing, list(actor.roles))
            for actor in self._actor_roles()
        ]

    def claim(self) -> ClaimRow | None:
        """The row of its claim."""
        state = self.state
        return (
            claim_row(state.record, state.claim, grade_of(state), state.publicity.claim())
            if state.claim
            else None
        )

    def incident_count(self) -> IncidentCountRow | None:
        """The row of its count of an incident."""
        state = self.state
        if state.claim is None or state.incident is None:
            return None
        return incident_count_row(
            state.event.id, state.claim, state.incident, state.publicity.incident_count()
        )

    def lists_other(self, other: "DevelopmentView") -> bool:
        """Whether the entry certainly shows something else than the other's: another report or mention."""
        state, others = self.state, other.state
        return (
            state.is_retracted != others.is_retracted
            or state.leader != others.leader
            or listed_number(state) != listed_number(others)
        )

    def reads_as(self, other: "DevelopmentView") -> bool:
        """Whether its words, and who acts in it how, are certainly those of the other."""
        state, others = self.state, other.state
        return state.words == others.words and _verifiers(state) == _verifiers(others)

    def stands_as(self, other: "DevelopmentView") -> bool:
        """Whether it has the place of the other in the order of entries, and stands where that does."""
        is_kept = self.state.is_retracted == other.state.is_retracted
        return is_kept and self._key == other._key  # noqa: SLF001 - its own kind

    def _actor_roles(self) -> Sequence[ActorRole]:
        if self._roles is None:
            self._roles = _roles(self._reports, _verifiers(self.state))
        return self._roles


def development_rows(state: DevelopmentState | None) -> DevelopmentRows:
    """The rows of a development; none where it is not recorded yet."""
    if state is None:
        return NO_ROWS
    view = DevelopmentView(state)
    return DevelopmentRows(view.entry(), view.text(), view.actors(), view.claim(), view.incident_count())


def order_key(starts: datetime, position: int) -> int:
    """Puts entries in order: by the second in which they start, then as they were first reported."""
    return _first_key_of(starts) | position & _POSITIONS


def last_key_of(instant: datetime) -> int:
    """The greatest order key of an entry that starts in the second of the instant."""
    return _first_key_of(instant) | _POSITIONS


def _first_key_of(instant: datetime) -> int:
    since = instant - _EPOCH
    return since.days * _DAY_SECONDS + since.seconds << POSITION_BITS


def _dates(state: DevelopmentState) -> EntryDates:
    datings = [place_of(word) for word in state.words]
    if not state.mentions or datings[0].dated_by == "occurred":
        return entry_dates(datings)  # no count dates what its report does
    return entry_dates(datings, state.mentions.by_kind.count_dates.leading)


def _verifiers(state: DevelopmentState) -> Sequence[str]:
    return state.mentions.by_kind.verifiers if state.mentions else ()


def _roles(reports: Iterable[Development], verifiers: Iterable[str]) -> Sequence[ActorRole]:
    roles: dict[str, tuple[str, ...]] = {}
    actors: list[tuple[str, str]] = []
    for report in reports:
        actors += actors_of(report)
    actors += ((verifier, _VERIFIER) for verifier in verifiers)
    for actor, role in actors:
        if actor not in roles:
            roles[actor] = (role,)  # as most have
        elif role not in roles[actor]:
            roles[actor] = (*roles[actor], role)
    return [ActorRole(actor, actor_roles) for actor, actor_roles in roles.items()]


def _entry_row(
    state: DevelopmentState,
    reports: Sequence[Development],
    dates: EntryDates,
    key: int,
    actors: Sequence[ActorRole],
) -> EntryRow:
    points, public = _points(reports), state.publicity.entry()
    status, lists = entry_status(state), entry_lists(state, LISTED_MAX)
    # by position, which takes half the time: in the order of the fields
    return EntryRow(
        state.record.event.id,
        key,
        dates.dating.instant,
        dates.first_day,
        dates.last_day,
        dates.day_ranges,
        _each_once([event_type(report) for report in reports]),
        status,
        _each_once([report.claimant for report in reports if report.claimant]),
        _each_once([tag for report in reports for tag in report.tags]),
        places_searched(reports),
        points[0][0] if points else None,
        points[0][1] if points else None,
        [f"({longitude},{latitude})" for latitude, longitude in points[1:]],
        encode_document(_document(state, status, lists, reports, dates, actors)),
        public.public_from,
        public.settled_at,
        public.has_unknown,
        state.publicity.is_displaced(),
    )


_new_document = by_position(EntryDocument)


def _document(  # noqa: PLR0913 - what an entry shows
    state: DevelopmentState,
    status: EntryStatus,
    lists: EntryLists,
    reports: Sequence[Development],
    dates: EntryDates,
    actors: Sequence[ActorRole],
) -> EntryDocument:
    record, dating = state.record, dates.dating
    return _new_document(
        record.event.id,
        event_type(state.event),
        status,
        record.position,
        record.recorded_at,
        dating.text,
        edtf_words(dating.text),
        dating.days.first,
        dating.days.last,
        dating.dated_by,
        dating.instant,
        dates.ends,
        tuple(actors),
        state.event,
        lists.counts,
        claim_mention(state.claim) if state.claim else None,
        lists.statements,
        lists.evidence,
        lists.verifications,
        lists.tolls,
        lists.amendments,
        state.leader,
        tuple([report.id for report in reports if report.id != record.event.id]),
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
