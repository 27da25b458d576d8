"""Incidents: reports and counts that are one, and what all of them together say of it (meaning, section 4).

An incident counts once, however its reports and counts are linked: reports that are one, counts that are one,
counts of counts. What counts nothing else is the incident itself; where all count each other in a circle, as
old logs may have it, all of them are. Its first standing report leads. It is retracted where no report of it
stands, even if counts of it do.

Its tags, places and actors are those that any report or count says; actors act or suffer in it, and `all` is
nobody. Its date is the first `occurred` that any of them says, the leading report first, then the others,
then the counts; else as for any event.

Its place is that of one report, the first that has one, in the same order. What that leaves open of country,
admin1 and name a later one fills in if it says the same of the levels above and nothing else of those below:
else the incident would lie where no report puts it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple, cast
from uuid import UUID

from timeline.domain.claims import incident_measure
from timeline.domain.components import Place
from timeline.domain.dating import Dating, leading_dating, place_in_time
from timeline.domain.events import Development
from timeline.domain.last_word import Word
from timeline.domain.search_text import fold_name

_SPEAKER_FIELDS = frozenset({"claimant", "speaker"})
"""Fields that name who speaks of an incident, not who acts or suffers in it."""


class IncidentReport(NamedTuple):
    """What a standing report or count says, and when it was first recorded."""

    word: Word
    recorded_at: datetime

    @property
    def event(self) -> Development:
        """The report itself."""
        return cast("Development", self.word.event)

    @property
    def dating(self) -> Dating:
        """Its place in time."""
        return place_in_time(self.event, self.word.first_published_at, self.recorded_at)


class PlaceLevels(NamedTuple):
    """Where an incident was, from the widest level to the narrowest; each as far as it is known."""

    country: str | None = None
    admin1: str | None = None
    name: str | None = None


class ReportGroup(NamedTuple):
    """Reports that are one: the leading one, where it is in the log, and those that stand, in order."""

    leader: UUID
    position: int
    reports: Sequence[IncidentReport]
    stands: bool
    counts_another: bool


class Incident(NamedTuple):
    """What every count of an incident repeats."""

    leader: UUID
    is_retracted: bool
    dating: Dating
    tags: tuple[str, ...]
    places: tuple[Place, ...]
    actors: tuple[str, ...]
    claims: Mapping[str, int]
    """How many claims there are on each measure."""

    @property
    def place(self) -> PlaceLevels:
        """The levels of its place."""
        if len(self.places) == 1:  # as of most
            place = self.places[0]
            return PlaceLevels(place.country, place.admin1, place.name)
        every = [PlaceLevels(place.country, place.admin1, place.name) for place in self.places]
        filled = next((levels for levels in every if any(levels)), PlaceLevels())
        if None in filled:
            for levels in every:
                filled = _fill_in(filled, levels)
        return filled

    def extended(self, report: IncidentReport) -> "Incident":
        """The same with another report or count of it, the last of all."""
        addition = incident_of_reports(self.leader, [report])
        claims = dict(self.claims)
        for measure, number in addition.claims.items():
            claims[measure] = claims.get(measure, 0) + number
        return Incident(
            self.leader,
            self.is_retracted,
            leading_dating([self.dating, addition.dating]),
            _each_once([*self.tags, *addition.tags]),
            self.places + tuple([place for place in addition.places if place not in self.places]),
            _each_once([*self.actors, *addition.actors]),
            claims,
        )


def incident_of_groups(groups: Iterable[ReportGroup]) -> Incident | None:
    """The incident that groups of reports make together; None where nothing is said of it."""
    ordered = sorted(groups, key=lambda group: group.position)
    counted = [group for group in ordered if not group.counts_another] or ordered
    leader = next((group for group in counted if group.stands), counted[0])
    in_order = [leader, *(group for group in counted if group is not leader)]
    in_order += [group for group in ordered if group not in counted]
    reports = [report for group in in_order for report in group.reports]
    if not reports:
        return None
    return incident_of_reports(
        leader.leader, reports, is_retracted=not any(group.stands for group in counted)
    )


def incident_of_reports(
    leader: UUID, reports: Sequence[IncidentReport], *, is_retracted: bool = False
) -> Incident:
    """The incident of which these reports and counts speak, the leading one first."""
    if len(reports) == 1:  # as most have
        return _incident_of_report(leader, reports[0], is_retracted=is_retracted)
    tags: list[str] = []
    places: list[Place] = []
    actors: list[str] = []
    claims: dict[str, int] = {}
    for report in reports:
        event = report.event
        tags += event.tags
        actors += _actors(event)
        if event.place is not None and event.place not in places:
            places.append(event.place)
        measure = incident_measure(event)
        if measure is not None and event.claimant is not None:
            claims[measure] = claims.get(measure, 0) + 1
    dating = leading_dating([report.dating for report in reports])
    return Incident(leader, is_retracted, dating, _each_once(tags), tuple(places), _each_once(actors), claims)


def _incident_of_report(leader: UUID, report: IncidentReport, *, is_retracted: bool) -> Incident:
    """The same of one report."""
    event = report.event
    measure = incident_measure(event)
    return Incident(
        leader,
        is_retracted,
        report.dating,
        _each_once(event.tags),
        () if event.place is None else (event.place,),
        _each_once(_actors(event)),
        {} if measure is None or event.claimant is None else {measure: 1},
    )


def _fill_in(levels: PlaceLevels, others: PlaceLevels) -> PlaceLevels:
    for depth, (level, other) in enumerate(zip(levels, others, strict=True)):
        above = zip(levels[:depth], others[:depth], strict=True)
        below = zip(levels[depth + 1 :], others[depth + 1 :], strict=True)
        agrees = all(_is_same(*pair) for pair in above) and all(
            None in pair or _is_same(*pair) for pair in below
        )
        if level is None and other is not None and agrees:
            levels = PlaceLevels._make((*levels[:depth], other, *levels[depth + 1 :]))
    return levels


def _is_same(name: str | None, other: str | None) -> bool:
    return name == other or (name is not None and other is not None and fold_name(name) == fold_name(other))


def _each_once(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(values) if len(values) < 2 else tuple(dict.fromkeys(values))


def _actors(event: Development) -> list[str]:
    actors: list[str] = []
    for field in _acting_roles(type(event)):
        value = getattr(event, field)
        actors += value if isinstance(value, tuple) else (value,)
    return [actor for actor in actors if actor is not None and actor != "all"]


@cache
def _acting_roles(kind: type[Development]) -> tuple[str, ...]:
    return tuple([field for field in kind.roles if field not in _SPEAKER_FIELDS])
