"""Bearing: the events that bear on a topic, and that may have borne on it at some time, and what follows.

What was retracted, or corrected to speak of something else, was told before that (`past_words`); so nothing
ever leaves. It is a value, which each record makes another of: that costs what the record adds.
"""
# ruff: noqa: SLF001 - a value fills the one that follows from it

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from itertools import chain
from uuid import UUID

from timeline.domain.dating import Dating
from timeline.domain.events import CountReport, Event, Evidence, SameAs, Verification
from timeline.domain.publicity import last_of

Kind = type[Event] | tuple[type[Event], ...]

GRADING: Kind = (Verification, SameAs)
"""From these the grade of a claim follows."""
COUNTING: Kind = (CountReport, SameAs)
"""From these the counts of an incident follow."""

PublicationsOf = Callable[[UUID], Sequence[datetime | None]]
DatingsOf = Callable[[UUID], AbstractSet[Dating]]


class Publications:
    """When events were last published, by their ids: nothing, one time, or None where one is unknown."""

    __slots__ = ("_last", "last")

    def __init__(self, last: Mapping[UUID, Sequence[datetime | None]]) -> None:
        self._last = last
        self.last: Sequence[datetime | None] = last_of(chain.from_iterable(last.values()))
        """That of them all."""

    def followed_by(self, event_id: UUID, last: Sequence[datetime | None]) -> "Publications":
        """The same with an event that is new, or that was published again."""
        before = self._last.get(event_id, ())
        after = Publications.__new__(Publications)
        after._last = {**self._last, event_id: last}
        is_leading = before and before == self.last and before != last
        after.last = (
            last_of(chain.from_iterable(after._last.values())) if is_leading else last_of((*self.last, *last))
        )
        return after


class Bearing:
    """The events that ever bore on a topic by a position; what they come to is found when it is asked for."""

    __slots__ = ("_datings", "_events", "_publications", "spoken_evidence")

    def __init__(self, events: Iterable[Event], spoken_evidence: Iterable[UUID]) -> None:
        self._events = {event.id: event for event in events}  # as they were posted, which is their kind
        self.spoken_evidence = frozenset(spoken_evidence)
        """The evidence among them of which anything is said, or that is linked."""
        self._publications: dict[Kind, Publications] = {}
        self._datings: Mapping[UUID, AbstractSet[Dating]] | None = None

    def __len__(self) -> int:
        return len(self._events)

    def publications(self, publications_of: PublicationsOf, kind: Kind = Event) -> Sequence[datetime | None]:
        """The last publication of those of a kind."""
        publications = self._publications.get(kind)
        if publications is None:
            of_kind = (each.id for each in self._events.values() if isinstance(each, kind))
            publications = Publications(
                {event_id: last_of(publications_of(event_id)) for event_id in of_kind}
            )
            self._publications[kind] = publications
        return publications.last

    def count_datings(self, datings_of: DatingsOf) -> AbstractSet[Dating]:
        """The dates that counts among them gave the topic at some time."""
        if self._datings is None:
            counts = (each.id for each in self._events.values() if isinstance(each, CountReport))
            self._datings = {event_id: datings_of(event_id) for event_id in counts}
        return frozenset[Dating]().union(*self._datings.values())

    def followed_by(
        self, event: Event, publications_of: PublicationsOf, datings_of: DatingsOf, *, is_spoken: bool
    ) -> "Bearing":
        """The same with an event that is new among them, or of which something was amended."""
        after = self._copy()
        if event.id not in self._events:
            after._events = {**self._events, event.id: event}
        last = last_of(publications_of(event.id))
        after._publications = {
            kind: publications.followed_by(event.id, last) if isinstance(event, kind) else publications
            for kind, publications in self._publications.items()
        }
        if self._datings is not None and isinstance(event, CountReport):
            after._datings = {**self._datings, event.id: datings_of(event.id)}
        if is_spoken and isinstance(event, Evidence):
            after.spoken_evidence = self.spoken_evidence | {event.id}
        return after

    def spoken_of(self, evidence: UUID) -> "Bearing":
        """The same once something was said of evidence among them."""
        if evidence in self.spoken_evidence or evidence not in self._events:
            return self
        after = self._copy()
        after.spoken_evidence = self.spoken_evidence | {evidence}
        return after

    def _copy(self) -> "Bearing":
        after = Bearing.__new__(Bearing)
        after._events, after.spoken_evidence = self._events, self.spoken_evidence
        after._publications, after._datings = {**self._publications}, self._datings
        return after
