"""Tolls and their totals as they should be, computed from the model claim by claim, in the plainest way.

Nothing here is shared with the fold or with SQL: the rules are those that the docstrings of
`views/projection/incident_counts.py` and `views/queries/totals.py` put in words.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from tests.support.model import Model, roles_in, span_in
from timeline.domain.events import Event
from timeline.domain.record import Record


class Toll(NamedTuple):
    """A claim on the count of one incident."""

    source: UUID
    incident: UUID
    measure: str
    subject: str
    category: str
    claimant: str
    as_of: datetime
    position: int
    low: int
    best: int | None
    high: int | None
    starts: datetime
    where: tuple[str | None, str | None, str | None]
    actors: set[str]
    tags: tuple[str, ...]


def tolls(model: Model) -> dict[UUID, Toll]:
    """Every standing claim on an incident that stands, by the event that makes it."""
    claims = ((event.id, _toll(model, record, event)) for record, event in model.all_standing)
    return {source: toll for source, toll in claims if toll is not None}


def _toll(model: Model, record: Record, event: Event) -> Toll | None:
    claim = model.claim(record, event)
    if claim is None or ".incident" not in claim.series:
        return None
    reports = _reports(model, getattr(event, "incident", None) or event.id)
    if not reports:
        return None
    kind, measure, subject, category, *_ = claim.series.split(".")
    figure = next(filter(None, (getattr(event, name, None) for name in ("figure", "count", "killed"))))
    leader = model.content(reports[0])
    place = leader.place
    bounds = claim.bounds
    return Toll(
        source=event.id,
        incident=leader.id,
        measure={"equipment": "equipment_"}.get(kind, "") + measure,
        subject=subject,
        category=category,
        claimant=claim.claimant,
        as_of=claim.as_of,
        position=claim.position,
        low=(bounds.low if bounds else 0) if figure.low is None else figure.low,
        best=figure.value if figure.best is None else figure.best,
        high=(bounds.high if bounds else None) if figure.high is None else figure.high,
        starts=span_in(leader, model.records[leader.id])[0],
        where=(place.country, place.admin1, place.name) if place else (None, None, None),
        actors={actor for report in reports for actor in _acting(model.content(report))},
        tags=event.tags,
    )


def _acting(event: Event) -> set[str]:
    actors = roles_in([event], [])
    return {actor for actor, roles in actors.items() if roles - {"claimant", "speaker", "publisher", "relay"}}


def _reports(model: Model, incident: UUID) -> list[UUID]:
    """The standing reports of an incident; for a count, those of the incident that it counts."""
    seen: set[UUID] = set()
    while True:
        reports = [report for report in model.group(incident) if model.standing(report)]
        seen |= {incident, *reports}
        targets = [getattr(model.standing(report), "incident", None) for report in reports]
        unseen = [target for target in targets if target is not None and target not in seen]
        if not unseen:
            return reports
        incident = unseen[0]


class SumQuery(NamedTuple):
    """What is to be added up."""

    measure: str = "killed"
    by: Sequence[str] = ()
    policy: str = "envelope"
    category: str = "all"
    subject: str | None = None
    country: str | None = None
    actor: str | None = None
    tags: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None


class Sum(NamedTuple):
    """One line of an answer."""

    incidents: int
    low: int | None
    best: int | None
    high: int | None
    unknown: int
    unbounded: int
    rivals: int
    several_subjects: int
    left_out: int


class _Incident(NamedTuple):
    """An incident: a toll of it for when and where, and each subject's losses with whether claims differ."""

    toll: Toll
    losses: list[tuple[Any, bool]]
    several: bool


def totals(model: Model, query: SumQuery) -> tuple[Sum, dict[tuple[str | None, ...], Sum]]:
    """The total, and the lines by their keys."""
    by_incident: dict[UUID, list[Toll]] = defaultdict(list)
    for toll in tolls(model).values():
        if _fits(toll, query):
            by_incident[toll.incident].append(toll)
    incidents = [_incident(claims, query) for claims in by_incident.values()]
    lines: dict[tuple[str | None, ...], list[_Incident]] = defaultdict(list)
    for incident in incidents:
        for key in _keys(incident.toll, query.by):
            lines[key].append(incident)
    return _sum(incidents), {key: _sum(line) for key, line in lines.items()} if query.by else {}


def _fits(toll: Toll, query: SumQuery) -> bool:
    return (
        toll.measure == query.measure
        and query.subject in (None, toll.subject)
        and query.country in (None, toll.where[0])
        and (query.actor is None or query.actor in toll.actors)
        and {*query.tags} <= {*toll.tags}
        and (query.since is None or toll.starts >= query.since)
        and (query.until is None or toll.starts < query.until)
    )


def _incident(tolls: Sequence[Toll], query: SumQuery) -> _Incident:
    chosen = [toll for toll in tolls if toll.category == query.category]
    name, _, claimant = query.policy.partition(":")
    if claimant:
        chosen = [toll for toll in chosen if toll.claimant == claimant]
    losses = {}
    for subject in {toll.subject for toll in chosen}:
        claims: dict[str, Toll] = {}
        for toll in sorted(chosen, key=lambda toll: (toll.as_of, toll.position)):
            if toll.subject == subject:
                claims.pop(toll.claimant, None)
                claims[toll.claimant] = toll
        losses[subject] = (_POLICIES[name](list(claims.values())), len(claims) > 1)
    if "all" in losses:
        losses = {"all": losses["all"]}
    return _Incident(tolls[0], list(losses.values()), len(losses) > 1)


def _envelope(claims: Sequence[Toll]) -> tuple[int, int | None, int | None]:
    highs = [claim.high for claim in claims]
    return (min(claim.low for claim in claims), claims[-1].best, None if None in highs else max(highs))


def _chooser(
    number: Callable[[Toll], float],
) -> Callable[[Sequence[Toll]], tuple[int, int | None, int | None]]:
    """Choose the claim with the least number; of several, the last."""

    def choose(claims: Sequence[Toll]) -> tuple[int, int | None, int | None]:
        claim = min(reversed(claims), key=number)
        return claim.low, claim.best, claim.high

    return choose


def _top(claim: Toll) -> float:
    if claim.best is not None:
        return claim.best
    return float("inf") if claim.high is None else claim.high


_POLICIES = {
    "envelope": _envelope,
    "latest": _chooser(lambda _: 0),
    "claimant": _chooser(lambda _: 0),
    "lowest": _chooser(lambda claim: claim.low if claim.best is None else claim.best),
    "highest": _chooser(lambda claim: -_top(claim)),
}


def _keys(toll: Toll, by: Sequence[str]) -> Iterable[tuple[str | None, ...]]:
    start = toll.starts.astimezone(UTC)
    whole = {
        "month": f"{start.year:04}-{start.month:02}",
        "year": f"{start.year:04}",
        **dict(zip(("country", "admin1", "place"), toll.where, strict=True)),
    }
    for actor in (sorted(toll.actors) or [None]) if "actor" in by else [None]:
        yield tuple(actor if name == "actor" else whole[name] for name in by)


def _sum(incidents: Sequence[_Incident]) -> Sum:
    counted = [incident for incident in incidents if incident.losses]
    numbers = [[loss for loss, _ in incident.losses] for incident in counted]
    low, best, high = (
        [loss[place] for losses in numbers for loss in losses if loss[place] is not None]
        for place in range(3)
    )
    return Sum(
        incidents=len(counted),
        low=sum(low) if low else None,
        best=sum(best) if best else None,
        high=sum(high) if high else None,
        unknown=sum(any(loss[1] is None for loss in losses) for losses in numbers),
        unbounded=sum(any(loss[2] is None for loss in losses) for losses in numbers),
        rivals=sum(any(differ for _, differ in incident.losses) for incident in counted),
        several_subjects=sum(incident.several for incident in counted),
        left_out=len(incidents) - len(counted),
    )
