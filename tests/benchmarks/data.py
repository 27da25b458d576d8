"""Invented events, the same on every machine: each follows from the plan and its number alone.

An event refers only to events at least `LAG` numbers before it, so that many connections may post them side
by side and each finds what it refers to.
"""

import os
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec

from tests.benchmarks import words

Order = Literal["live", "random"]

LAG = 600
EVENTS_PER_DAY = 1_000
START = datetime(2023, 1, 1, tzinfo=UTC)
_ID_MS = 1_672_531_200_000
_MASK = (1 << 64) - 1


class Plan(NamedTuple):
    """A stream of events; those of different seeds have no id in common.

    `live` is roughly the order in which they happened, `random` is no order, as in the import of an archive.
    Where `targets` is set, they refer to the first so many events alone: to those recorded beforehand.
    """

    order: Order = "live"
    days: int = 1_000
    seed: int = 1
    targets: int | None = None


def event(plan: Plan, number: int) -> dict[str, Any]:
    """The event of a number: first a profile of each actor, then what is reported."""
    if number < len(words.ACTORS):
        return _profile(plan, number)
    return _MAKERS[kind_of(plan, number)](_Maker(plan, number))


def kind_of(plan: Plan, number: int) -> str:
    """The type of an event, without making it."""
    if number < len(words.ACTORS):
        return "actor_profile"
    share = _mixed(number ^ plan.seed << 40) % 1_000
    return next(kind for kind, below in _SHARES if share < below)


def event_id(plan: Plan, number: int) -> UUID:
    """A UUID of version 7, later numbers later."""
    noise = _mixed(number ^ plan.seed << 48)
    return UUID(int=_ID_MS + number << 80 | 7 << 76 | plan.seed % 4096 << 64 | 2 << 62 | noise >> 2)


def bodies(plan: Plan, start: int, count: int) -> Iterator[bytes]:
    """Events as JSON."""
    encode = msgspec.json.Encoder().encode
    return (encode(event(plan, number)) for number in range(start, start + count))


def ndjson(folder: Path, plan: Plan, start: int, count: int) -> Path:
    """A file of these events, one per line; made once, and again when this module has changed."""
    version = sha256(Path(__file__).read_bytes() + Path(words.__file__).read_bytes()).hexdigest()[:8]
    name = f"{plan.order}-{plan.days}-{plan.seed}-{plan.targets}-{start}-{count}-{version}.ndjson"
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / f"{name}.{os.getpid()}"
        with unfinished.open("wb") as file:
            file.writelines(body + b"\n" for body in bodies(plan, start, count))
        unfinished.rename(path)
    return path


def _mixed(number: int) -> int:
    """A number's bits well mixed (the finaliser of splitmix64)."""
    number = (number + 0x9E3779B97F4A7C15) & _MASK
    number = ((number ^ number >> 30) * 0xBF58476D1CE4E5B9) & _MASK
    number = ((number ^ number >> 27) * 0x94D049BB133111EB) & _MASK
    return number ^ number >> 31


class _Maker:
    """One event in the making."""

    def __init__(self, plan: Plan, number: int) -> None:
        self.plan = plan
        self.number = number
        self._random = random.Random(_mixed(number) ^ plan.seed)
        self.choice = self._random.choice
        self.below = self._random._randbelow  # randrange without its checks, which cost more than it
        if plan.order == "live":
            days = max(0.0, number / EVENTS_PER_DAY - self._random.expovariate(0.5))
        else:
            days = self._random.random() * plan.days
        self.when = START + timedelta(days=days)

    def often_first(self, items: tuple[Any, ...]) -> Any:
        """One of them, the first far oftener than the last."""
        return items[int(len(items) * self._random.random() ** 2)]

    def earlier(self, *kinds: str) -> UUID | None:
        """An earlier event of one of these types, or None where there is none yet."""
        first = len(words.ACTORS)
        room = min(self.number - LAG, self.plan.targets or self.number) - first
        if room <= 0:
            return None
        number = first + self.below(room)
        while number >= first and kind_of(self.plan, number) not in kinds:
            number -= 1
        return event_id(self.plan, number) if number >= first else None

    def head(self, kind: str, summary: str) -> dict[str, Any]:
        """What every report has."""
        medium = self.often_first(words.MEDIA)
        published = self.when + timedelta(hours=1 + self.below(40))
        source = {
            "publisher": medium.slug,
            "url": f"https://{medium.slug}.example/{self.when:%Y/%m/%d}/{self.number:x}",
        }
        if not self.below(3):
            source["title"] = f"{summary[:60]} ({medium.name})"
        return {
            "type": kind,
            "id": str(event_id(self.plan, self.number)),
            "summary": summary,
            "published_at": f"{published:%Y-%m-%dT%H:%M:00Z}",
            "occurred": f"{self.when:%Y-%m-%d}" if self.below(4) else f"{self.when:%Y-%m-%dT%H:%M:00Z}",
            "sources": [source],
            "language": "en",
        }


def _profile(plan: Plan, number: int) -> dict[str, Any]:
    actor = words.ACTORS[number]
    return {
        "type": "actor_profile",
        "id": str(event_id(plan, number)),
        "actor": actor.slug,
        "name": actor.name,
        "kind": actor.kind,
    }


def _engagement(make: _Maker) -> dict[str, Any]:
    spot = make.choice(words.SPOTS)
    return {
        **make.head("engagement", f"{make.choice(words.DEEDS)} at {spot.name}.{make.choice(words.DETAILS)}"),
        "claimant": make.often_first(words.CLAIMANTS).slug,
        "attackers": [make.often_first(words.UNITS).slug],
        "targets": [make.often_first(words.SUBJECTS).slug],
        "method": make.choice(words.METHODS),
        "place": {
            "name": spot.name,
            "admin1": spot.admin1,
            "country": spot.country,
            "latitude": round(spot.latitude + make.below(900) / 1e4, 4),
            "longitude": round(spot.longitude + make.below(900) / 1e4, 4),
            "precision": "near",
        },
        "certainty": {"reliability": make.choice("ABC"), "credibility": 1 + make.below(4)},
        "tags": ["front", "ground"] if make.below(2) else ["front"],
    }


def _casualties(make: _Maker) -> dict[str, Any]:
    claimant, subject = make.often_first(words.CLAIMANTS), make.choice(words.SUBJECTS)
    value = 10 + make.below(90) * 10 + make.number // 20
    measure = make.choice(words.MEASURES)
    estimate = {
        **make.head(
            "casualty_estimate",
            f"{claimant.name} puts the {measure.replace('_', ' ')} of the {subject.name} at {value}.",
        ),
        "claimant": claimant.slug,
        "subject": subject.slug,
        "measure": measure,
        "category": {"status": "military"},
        "figure": {"qualifier": make.choice(words.QUALIFIERS), "value": value, "verbatim": f"some {value}"},
        "as_of": f"{make.when:%Y-%m-%d}",
    }
    incident = make.earlier("engagement") if make.below(2) else None
    if incident is not None:
        return estimate | {"basis": "incident", "incident": str(incident)}
    scope = make.choice(words.SCOPES)
    return estimate | {"basis": "cumulative", **({"scope": scope} if scope else {})}


def _statement(make: _Maker) -> dict[str, Any]:
    speaker, about = make.often_first(words.PERSONS), make.earlier("engagement", "casualty_estimate")
    return {
        **make.head(
            "official_statement", f"{speaker.name} speaks of the day at {make.choice(words.SPOTS).name}."
        ),
        "speaker": speaker.slug,
        "stance": make.choice(words.STANCES),
        "statement": make.choice(words.POSITIONS),
        **({"about": [str(about)]} if about else {}),
    }


def _verification(make: _Maker) -> dict[str, Any]:
    about = make.earlier("engagement")
    if about is None:
        return _engagement(make)
    head = make.head("verification", "Two videos and a satellite image of the next day agree on the place.")
    del head["occurred"]
    grade = make.choice(("confirmed", "probable", "possible"))
    return {**head, "claimant": make.often_first(words.MEDIA).slug, "about": [str(about)], "grade": grade}


def _correction(make: _Maker) -> dict[str, Any]:
    target = make.earlier("engagement")
    if target is None:
        return _engagement(make)
    return {
        "type": "correction",
        "id": str(event_id(make.plan, make.number)),
        "summary": "The source has put its first report right.",
        "target": str(target),
        "reason": "source_revision",
        "changes": {
            "summary": f"{make.choice(words.DEEDS)}.{make.choice(words.DETAILS)}",
            "method": make.choice(words.METHODS),
        },
    }


def _retraction(make: _Maker) -> dict[str, Any]:
    target = make.earlier("engagement")
    if target is None:
        return _engagement(make)
    return {
        "type": "retraction",
        "id": str(event_id(make.plan, make.number)),
        "summary": "The source has withdrawn its report.",
        "target": str(target),
        "reason": "withdrawn",
    }


def _equipment(make: _Maker) -> dict[str, Any]:
    subject = make.choice(words.SUBJECTS)
    item = make.choice(("tank", "howitzer", "truck", "radar"))
    return {
        **make.head("equipment_loss", f"A {item} of the {subject.name} is shown burnt out beside the road."),
        "claimant": make.often_first(words.MEDIA).slug,
        "subject": subject.slug,
        "item": item,
        "outcome": "destroyed",
        "figure": {"qualifier": "exact", "value": 1 + make.below(3)},
        "basis": "incident",
    }


_MAKERS: dict[str, Callable[[_Maker], dict[str, Any]]] = {
    "engagement": _engagement,
    "casualty_estimate": _casualties,
    "official_statement": _statement,
    "equipment_loss": _equipment,
    "verification": _verification,
    "correction": _correction,
    "retraction": _retraction,
}
"""How many of a thousand events are of which type."""
_SHARES = (
    ("engagement", 560),
    ("casualty_estimate", 790),
    ("official_statement", 910),
    ("equipment_loss", 950),
    ("verification", 975),
    ("correction", 995),
    ("retraction", 1_000),
)
