"""Checks of series: each for dates, by policies, and the list by filters."""

from collections.abc import Iterator
from typing import Any

from tests.meaning.checks.check import AS_OF, Check, Question, instant, plain
from tests.support.meaning import Series
from tests.support.meaning.claims import Claim, Topic, claims_of
from tests.support.meaning.dates import Days, claim_dating, named_days
from tests.support.meaning.incidents import incidents_of
from tests.support.meaning.newsroom import CLAIMANTS
from tests.support.meaning.resets import Break, breaks_of
from tests.support.meaning.standing import Choice, Standing, choose

POLICIES = ("envelope", "latest", "lowest", "highest", "best_grade", "claimant:ministry", "claimant:yonhap")

FILTERS: tuple[dict[str, str], ...] = (
    {"subject": "south"},
    {"measure": "killed", "kind": "casualties"},
    {"category": "civilian"},
    {"basis": "cumulative"},
    {"basis": "incident", "standing": "contested"},
    {"standing": "not_comparable"},
    {"standing": "single", "kind": "equipment"},
    *({"claimant": claimant} for claimant in CLAIMANTS),
    {"q": "south"},
    {"q": "defence killed"},
    {"q": "S\u00dcD"},
)


def addresses(question: Question) -> list[str]:
    """The addresses of all series that have a claim."""
    log = question.model.log(question.published_by, question.at)
    return sorted({claim.topic.series for claim in claims_of(log)})


def checks(question: Question) -> Iterator[Check]:
    """The list, the list by filters, and each series for a date by a policy."""
    for filters in ({}, *question.some(FILTERS, 1)):
        every = question.model.figures(question.published_by, question.at, **filters)
        parameters = {**question.parameters, **filters}
        yield Check(
            "figures",
            "/figures",
            {**parameters, "limit": question.random.choice((3, 100))},
            {series.series: summary_as_answered(series) for series in every},
            lambda answer: {series["series"]: read_summary(series) for series in answer["series"]},
        )
        if question.published_by is not None:
            unknown = question.model.figures_unknown(question.published_by, question.at, **filters)
            yield Check(
                "hidden figures",
                "/figures",
                parameters,
                unknown,
                lambda answer: answer["publication_unknown"],
            )
    for address in question.some(addresses(question), 2):
        for as_of in AS_OF[1:] if question.is_full else [question.random.choice(AS_OF)]:
            yield _series_check(question, address, as_of)


def _series_check(question: Question, address: str, as_of: str | None) -> Check:
    model, at, published_by = question.model, question.at, question.published_by
    policy = question.random.choice(POLICIES)
    series = model.series(address, as_of, published_by, at)
    choices = {unit: choose(standing, policy) for unit, standing in series.by_unit.items()}
    log = model.log(published_by, at)
    cuts = breaks_of(log, Topic(*address.split(".")))
    resets = [cut.word.record.event.id for cut in cuts if _is_to_date(reset_days(cut), as_of)]
    expected = {
        "series": series.series,
        "claims": sorted(
            claim_as_answered(claim) for claim in series.claims if _is_to_date(claim.speaks_for.days, as_of)
        ),
        "resets": sorted(map(str, resets)),
        "units": {
            unit: standing_as_answered(standing) | {"chosen": choice_as_answered(choices[unit])}
            for unit, standing in series.by_unit.items()
        },
        "containing": sorted(
            str(claim.word.record.event.id)
            for standing in series.by_unit.values()
            for claim in standing.selected
            if claim.claimant in standing.by_holding
        ),
        "publication_unknown": series.publication_unknown,
    }
    parameters = {**question.parameters, "as_of": as_of, "policy": policy, "limit": 100}
    path = f"/figures/{_some_address(question, address)}"
    return Check("series", path, parameters, plain(expected), read_series)


def _is_to_date(days: Days, as_of: str | None) -> bool:
    """Whether something is listed for a date: what ends by its last day, or begins by its first."""
    if as_of is None:
        return True
    date = named_days(as_of)
    return days.last <= date.last or days.first <= date.first


def reset_days(cut: Break) -> Days:
    """The days that the date of a reset names."""
    word = cut.word
    return claim_dating(word.event, word.published, word.recorded_at).days


def _some_address(question: Question, address: str) -> str:
    """An address that leads to the series: of the count of an incident, by any of its reports."""
    *parts, scope = address.split(".")
    if len(parts) < 5 or parts[4] != "incident":
        return address
    log = question.model.log(question.published_by, question.at)
    members = next(i.members for i in incidents_of(log) if scope in map(str, i.members))
    return ".".join([*parts, question.random.choice(sorted(map(str, members)))])


def claim_as_answered(claim: Claim) -> list[Any]:
    """A claim of the model's, as JSON has it."""
    date = claim.dating
    bounds = claim.bounds and [claim.bounds.low, claim.bounds.high]
    said_at = instant(claim.word.time)
    fields = [date.text, date.dated_by, date.days.first, date.days.last, bounds, claim.grade]
    return plain(
        [claim.word.record.event.id, claim.claimant, str(said_at), str(plain(claim.figure)), *fields]
    )


def read_claim(claim: dict[str, Any]) -> list[Any]:
    """The same from the service's answer."""
    bounds = claim["bounds"] and list(claim["bounds"].values())
    dates = [claim.get(name) for name in ("as_of", "dated_by", "earliest", "latest")]
    said_at = str(instant(claim.get("said_at")))
    return [claim["id"], claim["claimant"], said_at, str(claim["figure"]), *dates, bounds, claim.get("grade")]


def standing_as_answered(standing: Standing) -> dict[str, Any]:
    """A standing of the model's, as JSON has it."""
    return {
        "standing": standing.standing,
        "overlap": standing.overlap and standing.overlap._asdict(),
        "envelope": standing.envelope and standing.envelope._asdict(),
        "newest": _ids(standing.newest),
        "compared": _ids(claim for claim, _ in standing.compared),
        "set_aside": sorted(
            [str(claim.word.record.event.id), reason]
            for claim, reason in standing.set_aside
            if not claim.is_none
        ),
    }


def read_standing(reconciled: dict[str, Any]) -> dict[str, Any]:
    """The same from the service's answer."""
    assert reconciled["reason"]
    return {
        "standing": reconciled["standing"],
        "overlap": reconciled["overlap"],
        "envelope": reconciled["envelope"],
        "newest": sorted(reconciled["newest"]),
        "compared": sorted(reconciled["compared"]),
        "set_aside": sorted(
            [claim["claim"], claim["reason"]]
            for claim in reconciled["set_aside"]
            if not claim["reason"].startswith("none reported")
        ),
    }


def summary_as_answered(series: Series) -> dict[str, Any]:
    """A series of the list, as JSON has it."""
    topic = series.claims[0].topic
    units = {unit: standing_as_answered(standing) for unit, standing in series.by_unit.items()}
    latest = [claim for standing in series.by_unit.values() for claim in standing.selected]
    return plain({**topic._asdict(), "units": units, "latest": _ids(latest)})


def read_summary(series: dict[str, Any]) -> dict[str, Any]:
    """The same from the service's answer."""
    reconciled = [series["reconciled"], *series["other_units"]]
    units = {unit["unit"]: read_standing(unit) for unit in reconciled if unit is not None}
    latest = sorted(claim["id"] for claim in series["latest"])
    return {name: series[name] for name in Topic._fields} | {"units": units, "latest": latest}


def choice_as_answered(choice: Choice) -> dict[str, Any] | None:
    """What the model's policy chooses, as JSON has it; None where it chooses nothing."""
    if choice.interval is None:
        return None
    claim = choice.claim and choice.claim.word.record.event.id
    return {"bounds": choice.interval._asdict(), "best": choice.best, "claim": claim}


def read_series(answer: dict[str, Any] | None) -> dict[str, Any]:
    """What the model says of a series, from the service's answer."""
    assert answer is not None
    units = {}
    if answer["reconciled"] is not None:
        units[answer["reconciled"]["unit"]] = _read_unit(answer)
    units |= {other["reconciled"]["unit"]: _read_unit(other) for other in answer["other_units"]}
    return {
        "series": answer["series"],
        "claims": sorted(map(read_claim, answer["claims"])),
        "resets": sorted(reset["id"] for reset in answer["resets"]),
        "units": units,
        "containing": sorted(answer["containing"]),
        "publication_unknown": answer.get("publication_unknown", 0),
    }


def _read_unit(answer: dict[str, Any]) -> dict[str, Any]:
    chosen = answer["chosen"]
    assert (chosen is None) == (answer["not_chosen"] is not None)
    if chosen is not None:
        chosen = {name: chosen[name] for name in ("bounds", "best", "claim")}
    return read_standing(answer["reconciled"]) | {"chosen": chosen}


def _ids(claims: Any) -> list[str]:
    return sorted(str(claim.word.record.event.id) for claim in claims)
