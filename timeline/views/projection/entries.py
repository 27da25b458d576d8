"""Entries: what the timeline shows of a development, from what stands at a position.

The status is what statements and verifications make of it (`mentions`), or:

- `retracted`: the report itself is retracted; it is shown as it last stood, and claims nothing. Where another
  report of the same development stands, that is its leader.
- `merged`: it is one with a development that was recorded earlier, its leader.

What is one is found as one (meaning, section 5): what is said of any development of a group, the retracted
among them, is said of its leader, which also has the types, claimants, tags, places, texts and actors of all.
"""

from collections.abc import Hashable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from itertools import chain, pairwise
from typing import NamedTuple, cast
from uuid import UUID

from timeline.domain.development_state import DevelopmentState
from timeline.domain.events import Development, event_type
from timeline.domain.last_word import Word
from timeline.domain.mention import Mention
from timeline.domain.mentions_by_kind import place_of
from timeline.domain.references import actors_of
from timeline.domain.words import edtf_words
from timeline.views.documents import (
    LISTED_MAX,
    ActorRole,
    ClaimMention,
    EntryDocument,
    EntryStatus,
    by_position,
    encode_document,
)
from timeline.views.projection.claims import claim_mention, claim_row, earlier_claim_row
from timeline.views.projection.entry_dates import EntryDates, entry_dates, single_dates
from timeline.views.projection.entry_texts import places_searched, texts_searched
from timeline.views.projection.incident_counts import incident_count_row
from timeline.views.projection.mentions import (
    entry_lists,
    entry_status,
    grade_before,
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
    """A development's rows: its entry, its words, the actors in it, its claims, and its incident count."""

    entry: EntryRow | None
    text: EntryTextRow | None
    actors: list[EntryActorRow]
    claim: ClaimRow | None
    incident_count: IncidentCountRow | None
    earlier_claims: Sequence[ClaimRow] = ()

    @property
    def claims(self) -> list[ClaimRow]:
        """All its claims, or the reset that it is."""
        return [] if self.claim is None else [*self.earlier_claims, self.claim]


NO_ROWS = DevelopmentRows(None, None, [], None, None)


class DevelopmentView:
    """A development as it stands, and its rows; each is made when it is asked for."""

    def __init__(self, state: DevelopmentState) -> None:
        self.state = state
        self._reports = cast("list[Development]", [word.event for word in state.words])
        self._dates = _dates(state)
        self._key = order_key(self._dates.dating.instant, state.record.position)
        self._roles: Sequence[ActorRole] | None = None
        self._mention: ClaimMention | None = None

    def entry(self) -> EntryRow:
        """The row of its entry."""
        state, dates = self.state, self._dates
        public, status = state.publicity.entry(), entry_status(state)
        types, claimants, tags, places, points = _found_by(self._reports)
        # by position, which takes half the time: in the order of the fields
        return EntryRow(
            state.record.event.id,
            self._key,
            dates.dating.instant,
            dates.first_day,
            dates.last_day,
            dates.day_ranges,
            types,
            status,
            claimants,
            tags,
            places,
            points[0][0] if points else None,
            points[0][1] if points else None,
            [f"({longitude},{latitude})" for latitude, longitude in points[1:]] if len(points) > 1 else [],
            encode_document(self._document(status)),
            public.public_from,
            public.settled_at,
            public.has_unknown,
            state.publicity.is_displaced(),
        )

    def _document(self, status: EntryStatus) -> EntryDocument:
        state, dating, lists = self.state, self._dates.dating, entry_lists(self.state, LISTED_MAX)
        record, event = state.record, state.event
        return _new_document(
            record.event.id,
            event_type(event),
            status,
            record.position,
            record.recorded_at,
            dating.text,
            edtf_words(dating.text),
            dating.days.first,
            dating.days.last,
            dating.dated_by,
            dating.instant,
            self._dates.ends,
            tuple(self._actor_roles()),
            event,
            lists.counts,
            self._claim_mention(),
            lists.statements,
            lists.evidence,
            lists.verifications,
            lists.tolls,
            lists.amendments,
            state.leader,
            self._others(),
        )

    def text(self) -> EntryTextRow:
        """The row of the words by which it is found."""
        words = texts_searched(self._reports, [actor.id for actor in self._actor_roles()])
        return EntryTextRow(self.state.record.event.id, words)

    def actors(self) -> dict[Hashable, EntryActorRow]:
        """The rows of the actors in it, by their keys."""
        development, standing, key = self.state.record.event.id, not self.state.is_retracted, self._key
        # by position, which takes half the time
        return {
            (actor.id, key): EntryActorRow(actor.id, key, development, standing, list(actor.roles))
            for actor in self._actor_roles()
        }

    def claim(self) -> ClaimRow | None:
        """The row of its claim."""
        state, mention = self.state, self._claim_mention()
        if state.claim is None or mention is None:
            return None
        return claim_row(state.record, state.claim, mention, grade_of(state), state.publicity.claim())

    def earlier_claims(self, but: AbstractSet[int] = frozenset()) -> list[ClaimRow]:
        """The rows of what its earlier words claim, but for those of the words set at some positions."""
        state = self.state
        if not state.earlier or state.claim is None:
            return []  # as of most
        leader = state.incident and state.incident.leader
        rows = (
            earlier_claim_row(state.record, word, leader, grade_before(state, word, following))
            for word, following in _followed(state)
            if word.position not in but
        )
        return [*filter(None, rows)]

    def claims(self, but: AbstractSet[int] = frozenset()) -> dict[Hashable, ClaimRow]:
        """The rows of all its claims by their keys, but for earlier words that were set at some positions."""
        row = self.claim()
        return {} if row is None else {each.key: each for each in (row, *self.earlier_claims(but))}

    def claimed_before(self, other: "DevelopmentView") -> AbstractSet[int]:
        """The positions of the earlier words that claim the same in both."""
        state, others = self.state, other.state
        if not (state.earlier and others.earlier and state.claim and others.claim):
            return frozenset()
        if state.claim.series != others.claim.series or _verifications(state) != _verifications(others):
            return frozenset()
        if _verifications(state):  # what follows a word says which of these grade it
            pairs = {(word.position, following.position): word for word, following in _followed(others)}
            return {
                word.position
                for word, following in _followed(state)
                if word == pairs.get((word.position, following.position))
            }
        words = {word.position: word for word in others.earlier}
        return {word.position for word in state.earlier if word == words.get(word.position)}

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

    def shows_as(self, other: "DevelopmentView") -> bool:
        """Whether its entry is certainly that of the other, which lists as much."""
        state, others = self.state, other.state
        return (
            state.words == others.words
            and state.claim == others.claim
            and state.mentions == others.mentions
            and state.amendments == others.amendments
            and not (
                state.mentions and state.mentions.by_kind.evidence
            )  # of which something may have changed
            and state.publicity.entry() == others.publicity.entry()
            and state.publicity.is_displaced() == others.publicity.is_displaced()
        )

    def reads_as(self, other: "DevelopmentView") -> bool:
        """Whether its words, and who acts in it how, are certainly those of the other."""
        state, others = self.state, other.state
        return state.words == others.words and _verifiers(state) == _verifiers(others)

    def stands_as(self, other: "DevelopmentView") -> bool:
        """Whether it has the place of the other in the order of entries, and stands where that does."""
        is_kept = self.state.is_retracted == other.state.is_retracted
        return is_kept and self._key == other._key  # noqa: SLF001 - its own kind

    def _others(self) -> tuple[UUID, ...]:
        """The other reports of it."""
        own = self.state.record.event.id
        return tuple([report.id for report in self._reports if report.id != own])

    def _claim_mention(self) -> ClaimMention | None:
        if self._mention is None and self.state.claim is not None:
            self._mention = claim_mention(self.state.claim)
        return self._mention

    def _actor_roles(self) -> Sequence[ActorRole]:
        if self._roles is None:
            self._roles = _roles(self._reports, _verifiers(self.state))
        return self._roles


def development_rows(state: DevelopmentState | None) -> DevelopmentRows:
    """The rows of a development; none where it is not recorded yet."""
    if state is None:
        return NO_ROWS
    view = DevelopmentView(state)
    actors = [*view.actors().values()]
    return DevelopmentRows(
        view.entry(), view.text(), actors, view.claim(), view.incident_count(), view.earlier_claims()
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


def _dates(state: DevelopmentState) -> EntryDates:
    if len(state.words) == 1 and not state.mentions.in_order:
        return single_dates(place_of(state.words[0]))
    datings = [place_of(word) for word in state.words]
    if not state.mentions.in_order or datings[0].dated_by == "occurred":
        return entry_dates(datings)  # no count dates what its report does
    return entry_dates(datings, state.mentions.by_kind.count_dates.leading)


def _followed(state: DevelopmentState) -> Iterable[tuple[Word, Word]]:
    """The words that claim something for earlier days, each with the one that follows it."""
    return pairwise((*state.earlier, state.claim.word)) if state.claim else ()


def _verifications(state: DevelopmentState) -> Sequence[Mention]:
    return state.mentions.by_kind.verifications if state.mentions.in_order else ()


def _verifiers(state: DevelopmentState) -> Sequence[str]:
    return state.mentions.by_kind.verifiers if state.mentions.in_order else ()


def _roles(reports: Iterable[Development], verifiers: Sequence[str]) -> Sequence[ActorRole]:
    roles: dict[str, tuple[str, ...]] = {}
    actors: list[tuple[str, str]] = []
    for report in reports:
        actors += actors_of(report)
    if verifiers:
        actors += [(verifier, _VERIFIER) for verifier in verifiers]
    for actor, role in actors:
        if actor not in roles:
            roles[actor] = (role,)  # as most have
        elif role not in roles[actor]:
            roles[actor] = (*roles[actor], role)
    return [ActorRole(actor, actor_roles) for actor, actor_roles in roles.items()]


_new_document = by_position(EntryDocument)


class _Found(NamedTuple):
    """What reports are found by, each once: their types, claimants, tags, names of places, and points."""

    types: list[str]
    claimants: list[str]
    tags: list[str]
    places: list[str]
    points: list[tuple[float, float]]
    """Latitude first."""


def _found_by(reports: Sequence[Development]) -> _Found:
    if len(reports) == 1:  # as most have
        return _found_by_one(reports[0])
    columns = zip(*map(_found_by_one, reports), strict=True)
    return _Found(*([*dict.fromkeys(chain.from_iterable(values))] for values in columns))


def _found_by_one(report: Development) -> _Found:
    tags, place = [*report.tags], report.place
    points: list[tuple[float, float]] = []
    if place is not None and place.latitude is not None and place.longitude is not None:
        points.append((place.latitude, place.longitude))
    # by position, which takes half the time
    return _Found(
        [event_type(report)],
        [report.claimant] if report.claimant else [],
        tags if len(tags) < 2 else [*dict.fromkeys(tags)],
        places_searched(report),
        points,
    )
