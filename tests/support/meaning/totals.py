"""Totals: what can be added up of the figures of incidents, and what is left out and why."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from tests.support.meaning.bounds import Interval, best_number, envelope, is_disordered, published_bounds
from tests.support.meaning.claims import Claim, incident_claims
from tests.support.meaning.dates import time_line
from tests.support.meaning.developments import development_dating
from tests.support.meaning.incidents import Incident, incidents_of
from tests.support.meaning.search import folded
from tests.support.meaning.standing import choose_claim, select
from tests.support.meaning.words import Log
from timeline.domain.edtf import Days

ACTING = ("attackers", "targets", "captor", "captive_of", "force", "against", "in_support_of")
ACTING += ("from_actor", "to_actor", "subject")


class Query(NamedTuple):
    """What a total is asked for; the filters ask about the incident."""

    measure: str
    category: str = "all"
    subject: str | None = None
    unit: str | None = None
    tags: tuple[str, ...] = ()
    country: str | None = None
    place: str | None = None
    actor: str | None = None
    first: Days | None = None
    last: Days | None = None
    by: tuple[str, ...] = ()
    policy: str = "envelope"


class Share(NamedTuple):
    """What one incident adds: published bounds, and a best if it has one."""

    bounds: Interval
    best: int | None
    rivals: bool = False
    disordered: bool = False
    several_subjects: bool = False


class Sums(NamedTuple):
    """Sums over incidents; `best_low` and `best_high` are those of the incidents that have a best."""

    incidents: int
    low: int | None
    high: int | None
    unbounded: int
    best: int | None
    best_incidents: int
    best_low: int | None
    best_high: int | None
    rivals: int
    disordered: int
    several_subjects: int


class Total(NamedTuple):
    """The whole, its lines by group, the parts beside claims of all, and what is left out by reason."""

    sums: Sums
    lines: dict[tuple[str | None, ...], Sums]
    parts: dict[str, Sums]
    left_out: Counter[str]
    publication_unknown: int
    """Incidents that are not counted only because no publication of a count is known."""


def total(log: Log, query: Query) -> Total:
    """Add up the incidents that the query asks about; each is counted once, or left out for one reason."""
    shares: list[tuple[Incident, Share]] = []
    parts: dict[str, list[Share]] = {}
    left_out: Counter[str] = Counter()
    for incident in incidents_of(log):
        claims = _claims(log, incident, query)
        if not claims or not _is_meant(incident, query):
            continue
        reason, usable = _left_out(incident, claims, query)
        if reason is not None:
            left_out[reason] += 1
            continue
        share, beside = _share(usable, claims, query)
        shares.append((incident, share))
        for subject, part in beside.items():
            parts.setdefault(subject, []).append(part)
    lines: dict[tuple[str | None, ...], list[Share]] = {}
    for incident, share in shares:
        for key in _keys(incident, query.by):
            lines.setdefault(key, []).append(share)
    return Total(
        add_up(share for _, share in shares),
        {key: add_up(line) for key, line in lines.items()} if query.by else {},
        {subject: add_up(part) for subject, part in parts.items()},
        left_out,
        _count_unknown(log, query),
    )


def add_up(shares: Iterable[Share]) -> Sums:
    """`low` and `high` add bounds as published; `best` adds the figures that have one, and says of how many.

    A share without upper limit adds nothing to `high` and is counted as `unbounded`.
    """
    every = list(shares)
    highs = [share.bounds.high for share in every if share.bounds.high is not None]
    best = [share for share in every if share.best is not None]
    bounded = [share.bounds.high for share in best]
    return Sums(
        len(every),
        sum(share.bounds.low for share in every) if every else None,
        sum(highs) if highs else None,
        len(every) - len(highs),
        sum(share.best or 0 for share in best) if best else None,
        len(best),
        sum(share.bounds.low for share in best) if best else None,
        None if not best or None in bounded else sum(high or 0 for high in bounded),
        sum(share.rivals for share in every),
        sum(share.disordered for share in every),
        sum(share.several_subjects for share in every),
    )


def _count_unknown(log: Log, query: Query) -> int:
    """Incidents as the record has them, at whose address nothing is seen only because of that.

    They meet the query by what the record holds now, and have a count that could be added up. Choice: what is
    left out for another reason, such as an incident of which figures in other categories are seen, is not
    counted here too: the total, what is left out and what is hidden add up.

    A link that the world was not told of makes no second incident of what is one. Nor does a retraction that
    was told later: what counted an incident that is seen by the time is not missed, whichever report has come
    to lead it since.
    """
    seen = [incident for incident in incidents_of(log) if _claims(log, incident, query)]
    leaders = {incident.leader for incident in seen}
    members = frozenset[UUID]().union(*(incident.members for incident in seen))
    hidden = [
        incident
        for incident in incidents_of(log.unhidden)
        if incident.leader not in leaders and _is_meant(incident, query)
    ]
    return sum(
        any(log.is_unknown(source) and source not in members for source in _addable(log, incident, query))
        for incident in hidden
    )


def _addable(log: Log, incident: Incident, query: Query) -> list[UUID]:
    """The counts that could be added up by what the record holds now, were they alone."""
    claims = _claims(log.unhidden, incident, query)
    return [claim.word.record.event.id for claim in claims if _left_out(incident, [claim], query)[0] is None]


def _fitting(claims: list[Claim], query: Query) -> list[Claim]:
    absent = "items" if query.measure.startswith("equipment") else "people"
    fitting = (query.unit or absent, query.category)
    return [claim for claim in claims if (claim.unit, claim.topic.category) == fitting]


def _claims(log: Log, incident: Incident, query: Query) -> list[Claim]:
    """What is claimed of an incident in the measure, and of the subject, that the query asks for."""
    kind, _, outcome = query.measure.partition("_")
    kind, measure = ("equipment", outcome) if kind == "equipment" else ("casualties", query.measure)
    return [
        claim
        for claim in incident_claims(log, incident)
        if (claim.topic.kind, claim.topic.measure, claim.topic.basis) == (kind, measure, "incident")
        and query.subject in (None, claim.topic.subject)
    ]


def _is_meant(incident: Incident, query: Query) -> bool:
    """Filters ask about the incident: tags, place, and who acts or suffers in it, in whichever report."""
    events = [word.event for word in incident.words]
    tags = {tag for event in events for tag in event.tags}
    places = [event.place for event in events if getattr(event, "place", None)]
    actors = actors_in(incident)
    names = {folded(name) for place in places for name in (place.name, place.admin1) if name}
    dating = development_dating(incident.words)
    window = _window(query)
    return (
        set(query.tags) <= tags
        and (query.country is None or any(place.country == query.country for place in places))
        and (query.place is None or folded(query.place) in names)
        and (query.actor is None or query.actor in actors)
        and (window is None or dating is None or dating.dated_by == "recorded" or dating.days.meet(window))
    )


def _window(query: Query) -> Days | None:
    if query.first is None and query.last is None:
        return None
    first = query.first.first if query.first else date.min
    last = query.last.last if query.last else date.max
    return Days(first, last)


def actors_in(incident: Incident) -> set[str]:
    """Everyone who acts or suffers in an incident, in whichever report; `all` is nobody."""
    actors: set[str] = set()
    for word in incident.words:
        for role in ACTING:
            value = getattr(word.event, role, None)
            actors.update(value if isinstance(value, tuple) else filter(None, (value,)))
    return actors - {"all"}


def _left_out(incident: Incident, claims: list[Claim], query: Query) -> tuple[str | None, list[Claim]]:
    """The first reason why an incident is left out, else what is counted of it.

    In this order: report retracted, undated (where from/to are given), straddles, other unit, other
    category (named), none reported, no number, other claimant.
    """
    dating, window = development_dating(incident.words), _window(query)
    is_undated = dating is None or dating.dated_by == "recorded"
    absent = "items" if query.measure.startswith("equipment") else "people"
    in_unit = [claim for claim in claims if claim.unit == (query.unit or absent)]
    fitting = _fitting(claims, query)
    numbers = [claim for claim in _answers(fitting) if claim.bounds is not None]
    claimant = query.policy.removeprefix("claimant:") if ":" in query.policy else None
    usable = [claim for claim in numbers if claimant in (None, claim.claimant)]
    others = ", ".join(sorted({claim.topic.category for claim in in_unit}))
    reasons = (
        (incident.is_retracted, "report retracted"),
        (window is not None and is_undated, "undated"),
        (window is not None and dating is not None and not window.hold(dating.days), "straddles"),
        (not in_unit, "other unit"),
        (not fitting, f"other category: {others}"),
        (all(claim.is_none for claim in fitting), "none reported"),
        (not numbers, "no number"),
        (not usable, "other claimant"),
    )
    return next((reason for applies, reason in reasons if applies), None), usable


def _answers(claims: Sequence[Claim]) -> list[Claim]:
    """Each claimant's answer for each subject."""
    lines: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        lines.setdefault((claim.claimant, claim.topic.subject), []).append(claim)
    answers = [select(line, None)[0] for line in lines.values()]
    return [claim for claim in answers if claim is not None]


def _share(claims: list[Claim], measured: list[Claim], query: Query) -> tuple[Share, dict[str, Share]]:
    """What an incident adds, and the parts that stand beside a claim of the subject `all`.

    A claim of `all` is taken; where the parts add up to more than it allows they are its rivals: choice: the
    bounds then reach from the lower low to the higher high, and there is no best, unless the policy names
    a single claim (`latest` and so on), which stays that of `all`. Without a claim of all, the figures of
    the subjects are added, and counted where there are several.
    """
    subjects = sorted({claim.topic.subject for claim in claims})
    shares = {}
    for subject in subjects:
        own = [claim for claim in claims if claim.topic.subject == subject]
        words = [c for c in measured if (c.topic, c.unit) == (own[0].topic, own[0].unit)]
        shares[subject] = _one_subject(own, _answers(words), query.policy)
    whole = shares.pop("all", None)
    if whole is None:
        return _added(list(shares.values())), {}
    if not shares:
        return whole, {}
    sum_of_parts = _added(list(shares.values()))
    if sum_of_parts.bounds.low <= whole.bounds.top:
        return whole, shares
    if query.policy != "envelope":
        return whole._replace(rivals=True), shares
    both = envelope((whole.bounds, sum_of_parts.bounds)) or whole.bounds
    return whole._replace(bounds=both, best=None, rivals=True), shares


def _added(shares: list[Share]) -> Share:
    highs = [share.bounds.high for share in shares]
    best = [share.best for share in shares]
    return Share(
        Interval(
            sum(share.bounds.low for share in shares),
            None if None in highs else sum(high or 0 for high in highs),
        ),
        None if None in best else sum(number or 0 for number in best),
        any(share.rivals for share in shares),
        any(share.disordered for share in shares),
        len(shares) > 1 or any(share.several_subjects for share in shares),
    )


def _one_subject(claims: list[Claim], words: list[Claim], policy: str) -> Share:
    """Where several claimants count, `envelope` has the newest word's best, none where that has none.

    Choice: the newest word may be one without a number (`many`), and then there is no best.
    """
    newest = max(words, key=lambda claim: claim.word.order)
    chosen = newest if policy == "envelope" else choose_claim(claims, policy) or newest
    used = claims if policy == "envelope" else [chosen]
    bounds = envelope(filter(None, (published_bounds(claim.figure) for claim in used)))
    rivals = len({claim.claimant for claim in claims}) > 1
    disordered = any(is_disordered(claim.figure) for claim in used)
    if len(used) == 1:
        bounds = published_bounds(used[0].figure)
    return Share(bounds or Interval(0, None), best_number(chosen.figure), rivals, disordered)


def _keys(incident: Incident, by: Sequence[str]) -> set[tuple[str | None, ...]]:
    """The lines on which an incident stands: one for each actor, else one."""
    keys: set[tuple[str | None, ...]] = {()}
    for name in by:
        keys = {(*key, value) for key in keys for value in _values(incident, name)}
    return keys


def _values(incident: Incident, name: str) -> list[str | None]:
    """Choice: a place is that of the first report that has one, leading first; null where none has.

    A level that it leaves open is filled in by a later report that says the same of all wider ones and,
    choice, says nothing else of the narrower ones.
    """
    if name == "actor":
        return sorted(actors_in(incident)) or [None]
    if name in ("month", "year"):
        dating = development_dating(incident.words)
        return ["undated" if dating is None else time_line(dating, name)]
    return [_place_of(incident)["name" if name == "place" else name]]


def _place_of(incident: Incident) -> dict[str, str | None]:
    reported = [word.event.place for word in incident.words if getattr(word.event, "place", None)]
    names = ("country", "admin1", "name")
    place: dict[str, str | None] = dict.fromkeys(names)
    for other in ({name: getattr(report, name) for name in names} for report in reported):
        if not any(place.values()):
            place = other
        for number, name in enumerate(names):
            wider, narrower = names[:number], names[number + 1 :]
            same = all(folded(place[n] or "") == folded(other[n] or "") for n in wider)
            rival = any(
                place[n] and other[n] and folded(place[n] or "") != folded(other[n] or "") for n in narrower
            )
            if place[name] is None and same and not rival:
                place = {**place, name: other[name]}
    return place
