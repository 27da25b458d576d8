"""Tolls and their totals as they should be, worked out from the model by hand: claim by claim, in the open.

Nothing here is shared with the fold or with SQL: the rules are those that the docstrings of `views/tolls.py`
and `views/totals.py` put in words.
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
    """What a claim says of one incident."""

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
    found = ((event.id, _toll(model, record, event)) for record, event in model.all_standing)
    return {source: toll for source, toll in found if toll is not None}


def _toll(model: Model, record: Record, event: Event) -> Toll | None:
    claim = model.claim(record, event)
    if claim is None or ".incident" not in claim.series:
        return None
    reports = _reports(model, getattr(event, "incident", None) or event.id)
    if not reports:
        return None
    kind, measure, subject, category, *_ = claim.series.split(".")
    figure = next(one for name in ("figure", "count", "killed") if (one := getattr(event, name, None)))
    leader = model.content(reports[0])
    place = leader.place
    return Toll(
        source=event.id,
        incident=leader.id,
        measure={"equipment": "equipment_"}.get(kind, "") + measure,
        subject=subject,
        category=category,
        claimant=claim.claimant,
        as_of=claim.as_of,
        position=claim.position,
        low=claim.bounds.low if figure.low is None else figure.low,
        best=figure.value if figure.best is None else figure.best,
        high=claim.bounds.high if figure.high is None else figure.high,
        starts=span_in(leader, model.records[leader.id])[0],
        where=(place.country, place.admin1, place.name) if place else (None, None, None),
        actors={actor for report in reports for actor in _acting(model.content(report))},
        tags=event.tags,
    )


def _acting(event: Event) -> set[str]:
    named = roles_in([event], [])
    return {a for a, roles in named.items() if roles - {"claimant", "speaker", "publisher", "relay"}}


def _reports(model: Model, incident: UUID) -> list[UUID]:
    """The standing reports of an incident; those of a count are reports of what it is the count of."""
    seen: set[UUID] = set()
    while True:
        reports = [one for one in model.group(incident) if model.standing(one)]
        seen |= {incident, *reports}
        of = [getattr(model.standing(one), "incident", None) for one in reports]
        further = [one for one in of if one is not None and one not in seen]
        if not further:
            return reports
        incident = further[0]


class Asked(NamedTuple):
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


class _One(NamedTuple):
    """An incident: when, where and who; and what each of its subjects lost, with whether claims differ."""

    toll: Toll
    losses: list[tuple[Any, bool]]
    several: bool


def totals(model: Model, asked: Asked) -> tuple[Sum, dict[tuple[str | None, ...], Sum]]:
    """The total, and the lines by their keys."""
    by_incident: dict[UUID, list[Toll]] = defaultdict(list)
    for toll in tolls(model).values():
        if _fits(toll, asked):
            by_incident[toll.incident].append(toll)
    incidents = [_one(found, asked) for found in by_incident.values()]
    lines: dict[tuple[str | None, ...], list[_One]] = defaultdict(list)
    for one in incidents:
        for key in _keys(one.toll, asked.by):
            lines[key].append(one)
    return _sum(incidents), {key: _sum(found) for key, found in lines.items()} if asked.by else {}


def _fits(toll: Toll, asked: Asked) -> bool:
    return (
        toll.measure == asked.measure
        and asked.subject in (None, toll.subject)
        and asked.country in (None, toll.where[0])
        and (asked.actor is None or asked.actor in toll.actors)
        and {*asked.tags} <= {*toll.tags}
        and (asked.since is None or toll.starts >= asked.since)
        and (asked.until is None or toll.starts < asked.until)
    )


def _one(found: Sequence[Toll], asked: Asked) -> _One:
    wanted = [toll for toll in found if toll.category == asked.category]
    name, _, claimant = asked.policy.partition(":")
    if claimant:
        wanted = [toll for toll in wanted if toll.claimant == claimant]
    losses = {}
    for subject in {toll.subject for toll in wanted}:
        claims: dict[str, Toll] = {}
        for toll in sorted(wanted, key=lambda toll: (toll.as_of, toll.position)):
            if toll.subject == subject:
                claims.pop(toll.claimant, None)
                claims[toll.claimant] = toll
        losses[subject] = (_POLICIES[name](list(claims.values())), len(claims) > 1)
    if "all" in losses:
        losses = {"all": losses["all"]}
    return _One(found[0], list(losses.values()), len(losses) > 1)


def _envelope(claims: Sequence[Toll]) -> tuple[int, int | None, int | None]:
    highs = [claim.high for claim in claims]
    return (min(claim.low for claim in claims), claims[-1].best, None if None in highs else max(highs))


def _choosing(
    number: Callable[[Toll], float],
) -> Callable[[Sequence[Toll]], tuple[int, int | None, int | None]]:
    """By the least number; of several, the last."""

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
    "latest": _choosing(lambda _: 0),
    "claimant": _choosing(lambda _: 0),
    "lowest": _choosing(lambda claim: claim.low if claim.best is None else claim.best),
    "highest": _choosing(lambda claim: -_top(claim)),
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


def _sum(incidents: Sequence[_One]) -> Sum:
    counted = [one for one in incidents if one.losses]
    numbers = [[loss for loss, _ in one.losses] for one in counted]
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
        rivals=sum(any(differ for _, differ in one.losses) for one in counted),
        several_subjects=sum(one.several for one in counted),
        left_out=len(incidents) - len(counted),
    )
