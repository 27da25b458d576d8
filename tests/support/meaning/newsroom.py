"""Long logs as reporting makes them, from a seed: late, imprecise, restated, merged, relayed, retracted.

All dates lie in the months after `OPENING`, which is ahead of every clock, so that a test decides when each
event is recorded: an import of old reports, a report of the day, a word of which no publication is known.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

import msgspec

from tests.support.samples import id_of
from timeline.domain.codec import decode_event
from timeline.domain.events import (
    ActorProfile,
    Amendment,
    Correction,
    CountReport,
    Development,
    Engagement,
    Event,
    SameAs,
    SeriesReset,
)

OPENING = datetime(2031, 11, 3, 8, tzinfo=UTC)
"""When the first event is recorded."""

CLAIMANTS = ("ministry", "yonhap", "zaborona")
SUBJECTS = ("all", "all", "south", "north")
DAYS = tuple(f"2031-{month}-{day:02}" for month in (11, 12) for day in (1, 5, 6, 12, 20, 27))
DATES = (*DAYS, "2031-12-05~", "2031-11-12?", "2031-11", "2031-12", "2031-12", "2031-12%", "2031", "2032-01")
SPANS = (
    *DATES,
    "2031-11-05/2031-11-20",
    "2031-11-20/2031-12-05",
    "2031-12-01/2031-12-31",
    "2031-11/2031-12",
    "2031-12-05/..",
    "2031-12-05T23:30:00-08:00",
    "2031-12-06T03:30:00+09:00",
    "2031-11-30T23:30:00Z",
)
WORDS = ("dozens", "Dozens of soldiers", "hundreds", "many", "tens of thousands of people", "scores")
PLACES = (
    {"name": "Kursk", "country": "RU", "latitude": 51.7, "longitude": 36.2},
    {"name": "Sudzha", "admin1": "Kursk", "country": "RU", "latitude": 51.2, "longitude": 35.3},
    {"country": "UA"},
    {"name": "Pokro\u0301wsk", "country": "UA"},  # not in NFC
)
TAGS = ("air-strike", "prisoners", "drones")
SOURCE_REASONS = ("source_revision", "restatement", "late_report")
EDITORS_REASONS = ("transcription", "reclassification", "duplicate")
SERIES = (
    "casualties.killed.south.all.cumulative",
    "casualties.killed.south.all.cumulative.kursk",
    "casualties.wounded.south.civilian.cumulative",
    "equipment.lost.south.tank.cumulative",
)
WEIGHTS = {
    "engagement": 11,
    "running_total": 14,
    "restatement": 5,
    "increment": 3,
    "deployment": 4,
    "toll": 14,
    "capture": 2,
    "equipment": 3,
    "territory": 1,
    "official_statement": 7,
    "verification": 5,
    "evidence": 4,
    "same_as": 7,
    "series_reset": 3,
    "actor_profile": 5,
    "timeline_profile": 2,
    "correction": 14,
    "retraction": 7,
}


class Issue(NamedTuple):
    """An event, and when it is recorded."""

    event: Event
    recorded_at: datetime


class Newsroom:
    """What is reported next, after what is in the log."""

    weights: Mapping[str, int] = WEIGHTS

    def __init__(self, random: Random) -> None:
        self.random = random
        self.log: list[Event] = []
        self.clock = OPENING
        self._number = 0

    def next_issue(self) -> Issue:
        """Another event, valid by itself, some hours or days later."""
        self._number += 1
        self.clock += timedelta(minutes=self.random.choice((0, 1, 90, 600, 1_700, 3_300)))
        kind = self.random.choices(list(self.weights), list(self.weights.values()))[0]
        content = getattr(self, f"_{kind}")() or self._engagement()
        content = {name: value for name, value in content.items() if value is not None}
        content["id"] = str(id_of(self._number))
        if content["type"] != "retraction":
            content.setdefault("summary", self.random.choice(SUMMARIES))
        return Issue(decode_event(msgspec.json.encode(content)), self.clock)

    def _pick(self, *values: Any) -> Any:
        return self.random.choice(values)

    def _is_likely(self, chance: float) -> bool:
        return self.random.random() < chance

    def _time(self) -> str:
        """A time of publication: mostly before the recording, by any clock."""
        if self._is_likely(0.5):
            instant = self.clock - timedelta(hours=self._pick(1, 9, 30, 200))
            return instant.isoformat()
        return (
            f"{self._pick(*DAYS)}T{self._pick('00', '07', '23')}:30:00{self._pick('Z', '+09:00', '-08:00')}"
        )

    def _publication(self) -> dict[str, Any]:
        match self._pick("own", "own", "source", "relay", "both", "unknown", "unknown"):
            case "own":
                return {"published_at": self._time()}
            case "source":
                return {"sources": [{"publisher": "paper", "published_at": self._time()}]}
            case "relay":
                source = {"publisher": "paper", "published_at": self._time(), "relayed_via": "agency"}
                return {"sources": [source, {"publisher": "gazette", "published_at": self._time()}]}
            case "both":
                source = {"publisher": "paper", "published_at": self._time()}
                return {"published_at": self._time(), "sources": [source]}
        return {}

    def _figure(self) -> dict[str, Any]:
        value = self._pick(1, 5, 12, 15, 24, 30, 40, 100, 1_100, 3_000, 3_001)
        figure: dict[str, Any]
        match self._pick("exact", "exact", "exact", "words", "words", "between", "vague", "none"):
            case "exact":
                figure = {"qualifier": "exact", "value": value}
            case "words":
                words = ("about", "almost", "at_least", "more_than", "up_to", "at_most", "fewer_than")
                figure = {"qualifier": self._pick(*words), "value": value}
            case "between":
                low, best, high = sorted(self._pick(3, 9, 20, 40, 900) for _ in range(3))
                figure = {"qualifier": "between", "low": low, "best": best, "high": high}
                if self._is_likely(0.3):
                    del figure["best"]
                elif self._is_likely(0.2):
                    figure |= {"low": high, "high": low}
            case "vague":
                figure = {"qualifier": "vague", "verbatim": self._pick(*WORDS)}
                if self._is_likely(0.25):
                    figure |= {self._pick("low", "best", "high"): value}
            case _:
                figure = {"qualifier": "none_reported"}
        if self._is_likely(0.12):
            figure["unit"] = self._pick("companies", "people", "battalions")
        if self._is_likely(0.08):
            figure["origin"] = {"kind": self._pick("split", "coded_rule")}
        return figure

    def _count(self, basis: str, **fields: Any) -> dict[str, Any]:
        count = {
            "type": "casualty_estimate",
            "claimant": self._pick(*CLAIMANTS),
            "subject": self._pick(*SUBJECTS),
            "measure": self._pick("killed", "killed", "killed", "wounded"),
            "basis": basis,
            "figure": self._figure(),
        }
        return count | self._shared() | fields

    def _shared(self) -> dict[str, Any]:
        """Fields that any development may have."""
        return {
            "tags": self._pick([], [], [self._pick(*TAGS)]),
            "place": self._pick(None, None, *PLACES),
            "certainty": self._pick(None, None, None, {"grade": self._pick("probable", "possible")}),
        } | self._publication()

    def _running_total(self) -> dict[str, Any]:
        fields = {"subject": "south", "as_of": self._pick(*DATES)}
        if self._is_likely(0.2):
            fields |= {"as_of": None, "occurred": self._pick(None, *SPANS)}
        if self._is_likely(0.15):
            fields["scope"] = "kursk"
        if self._is_likely(0.15):
            fields |= {"measure": "wounded", "category": {"status": "civilian"}}
        return self._count("cumulative", **fields)

    def _restatement(self) -> dict[str, Any] | None:
        """Another figure of the same claimant for the same date, or the same incident."""
        counts = [event for event in self.log if isinstance(event, CountReport)]
        if not counts:
            return None
        content = msgspec.to_builtins(self._pick(*counts)) | {"figure": self._figure()}
        for name in ("published_at", "sources", "summary"):
            content.pop(name, None)
        return content | self._publication()

    def _increment(self) -> dict[str, Any]:
        period = self._pick(*SPANS)
        as_of = self._pick(None, None, *DATES)
        return self._count("increment", subject="south", measure="killed", period=period, as_of=as_of)

    def _deployment(self) -> dict[str, Any]:
        deployment = {
            "type": "deployment",
            "claimant": self._pick(*CLAIMANTS),
            "force": "north",
            "in_support_of": self._pick(None, "south"),
            "strength": self._pick(None, self._figure(), self._figure()),
            "occurred": self._pick(None, *SPANS),
            "role": self._pick(None, "Guards the border"),
        }
        return deployment | self._shared()

    def _toll(self) -> dict[str, Any]:
        incident = self._development() if self._is_likely(0.75) else None
        fields = {"as_of": self._pick(None, *DATES), "occurred": self._pick(None, None, *SPANS)}
        if self._is_likely(0.15):
            fields["category"] = {"status": "civilian"}
        return self._count("incident", incident=incident, **fields)

    def _capture(self) -> dict[str, Any]:
        capture = {
            "type": "capture",
            "claimant": self._pick(*CLAIMANTS),
            "captor": "north",
            "captive_of": "south",
            "count": self._pick(None, self._figure()),
            "occurred": self._pick(None, *SPANS),
        }
        return capture | self._shared()

    def _equipment(self) -> dict[str, Any]:
        basis = self._pick("cumulative", "incident")
        incident = self._development() if basis == "incident" else None
        fields = {"type": "equipment_loss", "measure": None, "subject": "south", "incident": incident}
        fields |= {"item": self._pick("tank", "tank", "drone"), "outcome": self._pick(None, "destroyed")}
        return self._count(basis, as_of=self._pick(None, *DATES), **fields)

    def _engagement(self) -> dict[str, Any]:
        engagement = {
            "type": "engagement",
            "claimant": self._pick(*CLAIMANTS),
            "killed": self._pick(None, self._figure()),
            "occurred": self._pick(None, *SPANS, *SPANS),
            "attackers": self._pick([], ["north"], ["brigade"]),
            "targets": self._pick([], ["south"], ["south", "town"]),
        }
        if engagement["killed"] is None and self._is_likely(0.3):
            engagement["claimant"] = None
        return engagement | self._shared()

    def _territory(self) -> dict[str, Any]:
        change = {"type": "territorial_change", "area": "Sudzha", "from": "south", "to": "north"}
        return change | {"occurred": self._pick(None, *SPANS)} | self._shared()

    def _development(self) -> str | None:
        """The id of an earlier development: a recent one often, so that links are many."""
        developments = [str(event.id) for event in self.log if isinstance(event, Development)]
        if not developments:
            return None
        return str(self._pick(*(developments[-8:] if self._is_likely(0.6) else developments)))

    def _official_statement(self) -> dict[str, Any]:
        statement = {
            "type": "official_statement",
            "speaker": self._pick(*CLAIMANTS, "president"),
            "stance": self._pick("confirms", "confirms", "denies", "denies", "not_acknowledged", "condemns"),
            "occurred": self._pick(None, *SPANS),
            "quote": self._pick(None, "We hold the TOWN"),
            "about": [about] if (about := self._development()) else [],
        }
        return statement | self._shared()

    def _verification(self) -> dict[str, Any] | None:
        about = self._development()
        grades = ("confirmed", "confirmed", "discounted", "discounted", "probable", "contested")
        verification = {"type": "verification", "claimant": self._pick("osint", *CLAIMANTS)}
        return about and verification | {"grade": self._pick(*grades), "about": [about]} | self._publication()

    def _evidence(self) -> dict[str, Any]:
        about = self._development()
        evidence = {"type": "evidence", "kind": "video", "shows": self._pick(None, "A column on the road")}
        return evidence | {"about": [about] if about else []} | self._shared()

    def _same_as(self) -> dict[str, Any] | None:
        linked = [self._development() for _ in range(self._pick(2, 2, 2, 3))]
        return None if linked[0] is None else {"type": "same_as", "developments": linked}

    def _series_reset(self) -> dict[str, Any]:
        reset = {"type": "series_reset", "series": self._pick(*SERIES), "reason": "Counted anew."}
        adjustment = self._pick(None, None, -1_000, -9, 50)
        return (
            reset
            | {
                "as_of": self._pick(None, *DATES),
                "adjustment": adjustment,
                "claimant": self._pick(None, *CLAIMANTS),
            }
            | self._publication()
        )

    def _actor_profile(self) -> dict[str, Any]:
        actor, name, aliases = self._pick(
            ("brigade", "First Brigade", ["The Firsts"]),
            ("south", "South", ["Su\u0308d"]),
            ("town", "Town Guard", []),
            ("ministry", "Ministry of Defence", ["MoD"]),
        )
        profile = {"type": "actor_profile", "actor": actor, "name": name, "aliases": aliases}
        profile["part_of"] = self._pick(None, "north", "south", "brigade", "army")
        return profile | self._pick({}, self._publication())

    def _timeline_profile(self) -> dict[str, Any]:
        profile = {"type": "timeline_profile", "title": self._pick("The border", "The front")}
        return profile | self._pick({}, self._publication())

    def _retraction(self) -> dict[str, Any] | None:
        if not self.log:
            return None
        reason = self._pick("withdrawn", "source_revision", "erroneous", "duplicate", "unverifiable")
        retraction = {"type": "retraction", "target": str(self._target().id), "reason": reason}
        return retraction | self._pick({}, self._publication())

    def _target(self) -> Event:
        amendments = [event for event in self.log if isinstance(event, Amendment)]
        if amendments and self._is_likely(0.3):
            return self._pick(*amendments)
        return self._pick(*(self.log[-10:] if self._is_likely(0.5) else self.log))

    def _correction(self) -> dict[str, Any] | None:
        if not self.log:
            return None
        target = self._target()
        reason = self._pick(*SOURCE_REASONS, *EDITORS_REASONS)
        fields = self._publication() if reason in SOURCE_REASONS or self._is_likely(0.15) else {}
        changes = self._changes(target)
        return {"type": "correction", "target": str(target.id), "reason": reason, "changes": changes} | fields

    def _changes(self, target: Event) -> dict[str, Any]:
        """A change that fits the target; some leave it as it was, and some are refused."""
        match target:
            case Correction():
                original = next(event for event in self.log if event.id == target.target)
                return {"changes": self._changes(original)}
            case CountReport():
                choices: list[Any] = [{"figure": self._replaced_figure()}] * 4
                choices += [{"as_of": self._pick(None, *DATES)}] * 2
                choices += [{"claimant": self._pick(*CLAIMANTS)}, {"subject": self._pick(*SUBJECTS)}]
                if target.basis == "incident":
                    choices += [{"incident": self._development()}] * 2
                    choices += [{"basis": "cumulative", "incident": None}]
            case Engagement():
                choices = [{"killed": self._replaced_figure()}] * 3
                choices += [{"killed": None}, {"attackers": ["brigade"]}, {"claimant": "yonhap"}]
            case SameAs():
                choices = [{"developments": [self._development() for _ in range(2)]}]
            case SeriesReset():
                choices = [{"adjustment": self._pick(None, 7)}, {"as_of": self._pick(*DATES)}]
                choices += [{"claimant": self._pick(None, *CLAIMANTS)}, {"series": self._pick(*SERIES)}]
            case ActorProfile():
                choices = [{"part_of": self._pick(None, "army")}, {"name": "Another name"}]
            case _ if hasattr(target, "about"):
                choices = [{"about": [self._development()]}, {"about": [str(i) for i in target.about]}]
                choices += [{"stance": "denies"}] if hasattr(target, "stance") else []
                choices += [{"grade": "discounted"}] if hasattr(target, "grade") else []
            case _:
                choices = [{"summary": "Mended."}]
        choices += [{"published_at": self._pick(None, self._time())}, {"summary": "Mended, by hand."}]
        if isinstance(target, Development):
            choices += [{"occurred": self._pick(None, *SPANS)}, {"tags": [self._pick(*TAGS)]}]
            choices += [{"place": self._pick(None, *PLACES)}]
        return dict(self._pick(*choices))

    def _replaced_figure(self) -> dict[str, Any]:
        """A merge patch that leaves nothing of the figure before."""
        names = ("value", "low", "best", "high", "verbatim", "unit", "origin")
        return dict.fromkeys(names) | self._figure()


def draw_log(
    seed: int, size: int, is_valid: Callable[[Issue], bool], kind: type[Newsroom] = Newsroom
) -> list[Issue]:
    """A log of this many events; what a timeline refuses is left out, and another event drawn instead."""
    newsroom = kind(Random(seed))
    issues: list[Issue] = []
    while len(issues) < size:
        issue = newsroom.next_issue()
        if is_valid(issue):
            newsroom.log.append(issue.event)
            issues.append(issue)
    return issues


SUMMARIES = (
    "A drone strike near Kursk.",
    "Losses on the border.",
    "Нічний удар по місту.",
    "Zwölf Gefangene, so the ministry.",
    "A column was hit.",
)
