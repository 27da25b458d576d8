"""Hypothesis strategies for the vocabulary: any valid event.

Actors and ids come from small pools, so that reports meet on the same actors and developments often.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar, get_args
from uuid import UUID

import msgspec
from hypothesis import strategies as st

from timeline.domain import events as vocabulary
from timeline.domain.components import Category, Certainty, Media, Place, Source
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
    TerritorialChange,
    TimelineProfile,
    Verification,
)
from timeline.domain.figure import Figure, Origin, OriginKind, Qualifier

E = TypeVar("E")

ACTORS = ("north-korea", "russia", "ukraine", "nis", "troops")
ID_POOL = tuple(UUID(int=(0x0194 << 112) | (7 << 76) | (2 << 62) | n) for n in range(64))
COUNT_MAX = 2**53 - 1

slugs = st.sampled_from(ACTORS)
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=12)
counts = st.integers(0, 40) | st.integers(0, COUNT_MAX)


def literals(alias: Any) -> st.SearchStrategy[Any]:
    """Any value of a Literal, plain or annotated."""
    return st.sampled_from(get_args(getattr(alias, "__origin__", alias)) or get_args(alias))


def structs(
    kind: Callable[..., E],
    required: dict[str, st.SearchStrategy[Any]],
    optional: dict[str, st.SearchStrategy[Any]],
) -> st.SearchStrategy[E]:
    """A Struct with all its required fields and some of its optional ones."""
    return st.fixed_dictionaries(required, optional=optional).map(lambda fields: kind(**fields))


def tuples(
    items: st.SearchStrategy[E], min_size: int = 0, max_size: int = 3
) -> st.SearchStrategy[tuple[E, ...]]:
    """A few different values."""
    return st.lists(items, min_size=min_size, max_size=max_size, unique=True).map(tuple)


def instants() -> st.SearchStrategy[datetime]:
    """Times of the years 1000 to 2999 with any offset of whole minutes."""
    offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
    return st.datetimes(datetime(1000, 1, 1), datetime(2999, 12, 31, 23, 59), timezones=offsets)  # noqa: DTZ001


def edtf_dates(qualifiers: str = "~?%") -> st.SearchStrategy[str]:
    """Years, months and days, mostly of the winter of 2024, some with a qualifier."""
    near = st.dates(datetime(2024, 11, 1).date(), datetime(2025, 1, 31).date())  # noqa: DTZ001
    anywhere = st.dates(datetime(1000, 1, 1).date(), datetime(2999, 12, 31).date())  # noqa: DTZ001
    length = st.sampled_from((4, 7, 10))
    mark = st.sampled_from(("", "", *qualifiers))
    return st.builds(lambda day, n, m: day.isoformat()[:n] + m, near | anywhere, length, mark)


def edtf() -> st.SearchStrategy[str]:
    """All that `occurred` may be: dates, intervals, open intervals, RFC 3339 times."""
    pairs = st.tuples(edtf_dates(""), edtf_dates("")).filter(lambda pair: pair[0] <= pair[1][: len(pair[0])])
    intervals = pairs.map("/".join)
    times = instants().map(lambda instant: instant.isoformat(timespec="seconds"))
    return edtf_dates() | intervals | edtf_dates().map(lambda date: f"{date}/..") | times


def figures() -> st.SearchStrategy[Figure]:
    """Figures of every qualifier, some with low, best and high out of order."""
    bounds = {"low": counts, "best": counts, "high": counts}
    more = {
        "verbatim": texts,
        "unit": texts,
        "origin": structs(Origin, {"kind": literals(OriginKind)}, {"rule": texts}),
    }
    positive = ("fewer_than", "almost")
    loose = ("between", "vague", "none_reported")
    plain = [q for q in get_args(Qualifier) if q not in (*positive, *loose)]
    return st.one_of(
        structs(Figure, {"qualifier": st.sampled_from(plain), "value": counts}, bounds | more),
        structs(
            Figure, {"qualifier": st.sampled_from(positive), "value": counts.filter(bool)}, bounds | more
        ),
        structs(
            Figure,
            {"qualifier": st.just("between"), "low": counts, "high": counts},
            {"best": counts, "value": counts, **more},
        ),
        structs(Figure, {"qualifier": st.sampled_from(loose[1:])}, {"value": counts, **bounds, **more}),
    )


sha256s = st.integers(0, 2**256 - 1).map(lambda n: f"{n:064x}")
urls = st.sampled_from(("https://example.org/a", "http://example.org/b?c=d"))
sources = structs(
    Source,
    {"publisher": slugs},
    {
        "url": urls,
        "archive_url": urls,
        "title": texts,
        "published_at": instants(),
        "retrieved_at": instants(),
        "sha256": sha256s,
        "relayed_via": slugs,
    },
)
_coordinates = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
places = st.builds(
    lambda place, where: (
        msgspec.structs.replace(place, latitude=where[0], longitude=where[1]) if where else place
    ),
    structs(
        Place,
        {},
        {
            "name": texts,
            "country": st.sampled_from(("RU", "UA")),
            "admin1": texts,
            "precision": st.sampled_from(("exact", "region", "country")),
            "native_precision": texts,
        },
    ),
    st.none() | _coordinates,
)
certainties = structs(
    Certainty,
    {},
    {
        "reliability": st.sampled_from("ABCDEF"),
        "credibility": st.integers(1, 6),
        "grade": literals(vocabulary.Grade),
        "native": texts,
    },
)
categories = structs(
    Category,
    {},
    {
        "status": st.sampled_from(("military", "civilian", "medical")),
        "sex": st.sampled_from(("female", "male")),
        "age": st.sampled_from(("child", "adult", "elderly")),
    },
)
media = structs(
    Media,
    {},
    {
        "url": urls,
        "archive_url": urls,
        "sha256": sha256s,
        "title": texts,
        "caption": texts,
        "credit": texts,
        "thumbnail_url": urls,
    },
)

_every: dict[str, st.SearchStrategy[Any]] = {
    "published_at": instants(),
    "sources": tuples(sources, max_size=2),
    "tags": tuples(st.sampled_from(("drones", "prisoners"))),
    "language": st.sampled_from(("en", "ko", "uk-UA")),
}
_development: dict[str, st.SearchStrategy[Any]] = {
    **_every,
    "occurred": edtf(),
    "place": places,
    "certainty": certainties,
}


def _mended(fields: dict[str, Any]) -> dict[str, Any]:
    """Make a count report's fields fit its basis."""
    if fields["basis"] == "increment":
        fields.setdefault("period", "2024-12")
    if fields["basis"] != "incident":
        fields.pop("incident", None)
    return fields


def _count_reports(
    kind: Callable[..., E],
    ids: st.SearchStrategy[UUID],
    developments: Sequence[UUID],
    required: dict[str, st.SearchStrategy[Any]],
    optional: dict[str, st.SearchStrategy[Any]],
) -> st.SearchStrategy[E]:
    incident = {"incident": st.sampled_from(developments)} if developments else {}
    fields = st.fixed_dictionaries(
        {
            "id": ids,
            "summary": texts,
            "claimant": slugs,
            "subject": slugs,
            "figure": figures(),
            "basis": literals(vocabulary.Basis),
            **required,
        },
        optional={
            **_development,
            "as_of": edtf_dates(),
            "period": edtf(),
            "scope": st.just("kursk"),
            **incident,
            **optional,
        },
    )
    return fields.map(_mended).map(lambda fields: kind(**fields))


def events_of(
    kind: type[Event], ids: st.SearchStrategy[UUID], developments: Sequence[UUID] = ()
) -> st.SearchStrategy[Event]:
    """Valid events of one type, amendments excepted; what they refer to is among `developments`."""
    new: dict[str, st.SearchStrategy[Any]] = {"id": ids, "summary": texts}
    about = {"about": tuples(st.sampled_from(developments))} if developments else {}
    if kind is CasualtyEstimate:
        # the series that series_reset resets must occur often
        measures = st.just("killed") | literals(vocabulary.CasualtyMeasure)
        required = {"measure": measures}
        return _count_reports(CasualtyEstimate, ids, developments, required, {"category": categories})
    if kind is EquipmentLoss:
        outcome = {"outcome": literals(vocabulary.EquipmentOutcome)}
        item = {"item": st.sampled_from(("tank", "drone"))}
        return _count_reports(EquipmentLoss, ids, developments, item, outcome)
    if kind is Verification:
        required = {"id": ids, "claimant": slugs, "grade": literals(vocabulary.Grade)}
        required["about"] = tuples(st.sampled_from(developments), min_size=1)
        return structs(Verification, required, {**_every, "summary": texts, "method": texts})
    if kind is SameAs:
        linked = tuples(st.sampled_from(developments), min_size=2)
        return structs(SameAs, {"id": ids, "developments": linked}, {**_every, "summary": texts})
    required, optional = _REST[kind]
    if issubclass(kind, Development):
        refers = about if kind in (OfficialStatement, Evidence) else {}
        make = _engagement if kind is Engagement else kind
        return structs(make, {**new, **required}, {**_development, **optional, **refers})
    return structs(kind, {"id": ids, **required}, {**_every, "summary": texts, **optional})


def _engagement(**fields: Any) -> Engagement:
    """An engagement; where it has a figure, somebody claims it."""
    if "killed" in fields:
        fields.setdefault("claimant", ACTORS[0])
    return Engagement(**fields)


_REST: dict[type[Event], tuple[dict[str, st.SearchStrategy[Any]], dict[str, st.SearchStrategy[Any]]]] = {
    Deployment: (
        {"claimant": slugs, "force": slugs},
        {"in_support_of": slugs, "against": slugs, "strength": figures(), "role": texts},
    ),
    Capture: (
        {"claimant": slugs, "captor": slugs, "captive_of": slugs},
        {
            "count": figures(),
            "condition": st.sampled_from(("unharmed", "wounded", "dead", "unknown")),
            "first_of_its_kind": st.booleans(),
        },
    ),
    Engagement: (
        {},
        {
            "claimant": slugs,
            "attackers": tuples(slugs),
            "targets": tuples(slugs),
            "method": literals(vocabulary.Method),
            "outcome": texts,
            "killed": figures(),
        },
    ),
    TerritorialChange: (
        {"area": texts},
        {
            "claimant": slugs,
            "from_actor": slugs,
            "to_actor": slugs,
            "status": st.sampled_from(("claimed", "contested", "captured", "liberated", "withdrawn")),
        },
    ),
    OfficialStatement: (
        {"speaker": slugs, "stance": literals(vocabulary.Stance)},
        {"claimant": slugs, "statement": texts, "quote": texts},
    ),
    Evidence: (
        {"kind": st.sampled_from(("image", "video", "audio", "document", "imagery"))},
        {"claimant": slugs, "shows": texts, "media": tuples(media)},
    ),
    ActorProfile: (
        {"actor": slugs, "name": texts},
        {
            "kind": st.sampled_from(("state", "force", "agency", "medium")),
            "aliases": tuples(texts),
            "part_of": slugs,
            "external_ids": st.dictionaries(st.just("wikidata"), texts),
        },
    ),
    TimelineProfile: ({"title": texts}, {"description": texts}),
    SeriesReset: (
        {
            "series": st.sampled_from(ACTORS).map(lambda a: f"casualties.killed.{a}.all.cumulative"),
            "reason": texts,
        },
        {"claimant": slugs, "as_of": edtf_dates(), "revision": st.integers(-100, 100)},
    ),
}

_FREE = (Deployment, CasualtyEstimate, EquipmentLoss, Capture, Engagement, TerritorialChange)
_ALONE = (*_FREE, OfficialStatement, Evidence, ActorProfile, TimelineProfile, SeriesReset)
AMENDMENT_REASONS = st.sampled_from(("source_revision", "duplicate"))


def events(
    ids: st.SearchStrategy[UUID] | None = None,
    developments: Sequence[UUID] = (),
    targets: Sequence[UUID] = (),
    among: Sequence[type[Event]] = (),
) -> st.SearchStrategy[Event]:
    """Any valid event, each type as likely as another.

    Args:
        ids: the strategy of its id; from a pool of 64 if absent.
        developments: what it may refer to. Without any there is no verification, below two no same_as.
        targets: what it may amend. Without any there is no amendment. A correction from here is valid
            by itself, not for its target; `event_sequences` draws those that are both.
        among: its possible types, a repeated one being likelier; all if absent.
    """
    ids = st.sampled_from(ID_POOL) if ids is None else ids
    kinds: list[type[Event]] = [*_ALONE]
    if developments:
        kinds.append(Verification)
    if len(developments) > 1:
        kinds.append(SameAs)
    if targets:
        kinds += [Retraction, Correction]
    if among:
        kinds = [kind for kind in among if kind in kinds]
    # The type is drawn first: to build all fifteen strategies for one event takes far longer than to draw.
    return st.sampled_from(kinds).flatmap(lambda kind: _events_of_any(kind, ids, developments, targets))


def _events_of_any(
    kind: type[Event], ids: st.SearchStrategy[UUID], developments: Sequence[UUID], targets: Sequence[UUID]
) -> st.SearchStrategy[Event]:
    if kind is Retraction:
        return retractions(ids, targets)
    return _loose_corrections(ids, targets) if kind is Correction else events_of(kind, ids, developments)


def retractions(ids: st.SearchStrategy[UUID], targets: Sequence[UUID]) -> st.SearchStrategy[Event]:
    """Retractions of any of the targets."""
    required = {"id": ids, "target": st.sampled_from(targets), "reason": AMENDMENT_REASONS}
    return structs(Retraction, required, {**_every, "summary": texts})


def _loose_corrections(ids: st.SearchStrategy[UUID], targets: Sequence[UUID]) -> st.SearchStrategy[Event]:
    json = st.recursive(
        st.none() | st.booleans() | counts | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=5,
    )
    names = texts.filter(lambda name: name not in {"id", "type", "target"})
    changes = st.dictionaries(names, json, min_size=1, max_size=3)
    required = {
        "id": ids,
        "target": st.sampled_from(targets),
        "reason": AMENDMENT_REASONS,
        "changes": changes,
    }
    return structs(Correction, required, {**_every, "summary": texts})
