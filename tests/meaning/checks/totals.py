"""Checks of totals: sums, lines, parts, and what is left out for which reason."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.meaning.checks.check import Check, Question, plain
from tests.support.meaning import Query
from tests.support.meaning.dates import named_days
from tests.support.meaning.newsroom import CLAIMANTS
from tests.support.meaning.totals import Total

QUERIES: tuple[dict[str, Any], ...] = (
    {"measure": "killed"},
    *({"measure": "killed", "policy": policy} for policy in ("latest", "lowest", "highest")),
    *({"measure": "killed", "policy": f"claimant:{claimant}"} for claimant in CLAIMANTS[:2]),
    *({"measure": "killed", "by": [key]} for key in ("month", "year", "country", "place", "actor")),
    {"measure": "killed", "by": ["year", "country"], "policy": "latest"},
    {"measure": "killed", "by": ["month"], "from": "2031-11"},
    {"measure": "killed", "from": "2031-11", "to": "2031-11"},
    {"measure": "killed", "from": "2031-11-06", "to": "2031-12-05"},
    {"measure": "killed", "to": "2031-12-06", "policy": "highest"},
    {"measure": "killed", "from": "2031", "to": "2031"},
    {"measure": "killed", "tag": ["air-strike"]},
    {"measure": "killed", "country": "RU"},
    {"measure": "killed", "actor": "south"},
    {"measure": "killed", "actor": "brigade", "by": ["actor"]},
    {"measure": "killed", "category": "civilian"},
    {"measure": "killed", "subject": "south"},
    {"measure": "killed", "subject": "all"},
    {"measure": "killed", "unit": "companies"},
    {"measure": "wounded"},
    {"measure": "wounded", "category": "civilian"},
    {"measure": "captured", "by": ["actor"]},
    {"measure": "equipment_lost", "category": "tank"},
    {"measure": "equipment_destroyed", "category": "tank", "by": ["month"]},
)


def checks(question: Question) -> Iterator[Check]:
    """The totals by keys, policies and filters."""
    for parameters in question.some(QUERIES, 2):
        total = question.model.totals(query_of(parameters), question.published_by, question.at)
        yield Check(
            "totals",
            "/totals",
            {**question.parameters, **parameters, "limit": question.random.choice((1, 100))},
            total_as_answered(total, parameters.get("by", [])),
            read_total,
        )


def query_of(parameters: dict[str, Any]) -> Query:
    """The model's query with these parameters."""
    names = {"tag": "tags", "from": "first", "to": "last"}
    fields = {names.get(name, name): value for name, value in parameters.items()}
    for name in ("first", "last"):
        if name in fields:
            fields[name] = named_days(fields[name])
    for name in ("tags", "by"):
        fields[name] = tuple(fields.get(name, ()))
    return Query(**fields)


def total_as_answered(total: Total, by: list[str]) -> dict[str, Any]:
    """The model's total, as JSON has it."""
    reasons: Counter[str] = Counter()
    categories: set[str] = set()
    for reason, incidents in total.left_out.items():
        name, _, labels = reason.partition(": ")
        reasons[name.replace(" ", "_")] += incidents
        categories.update(filter(None, labels.split(", ")))
    return plain(
        {
            "total": total.sums._asdict(),
            "lines": {repr(key): line._asdict() for key, line in total.lines.items()},
            "parts": {subject: part._asdict() for subject, part in total.parts.items()},
            "left_out": dict(reasons),
            "categories": sorted(categories),
            "publication_unknown": total.publication_unknown,
        }
    )


def read_total(answer: dict[str, Any]) -> dict[str, Any]:
    """The same from the service's answer."""
    lines = {repr(tuple(line.pop("keys").values())): line for line in answer["lines"]}
    assert len(lines) == len(answer["lines"])
    reasons = {reason["reason"]: reason for reason in answer["left_out_reasons"]}
    assert answer["left_out"] == sum(reason["incidents"] for reason in reasons.values())
    return {
        "total": answer["total"],
        "lines": lines,
        "parts": {part.pop("subject"): part for part in answer["parts"]},
        "left_out": {name: reason["incidents"] for name, reason in reasons.items()},
        "categories": sorted({category for reason in reasons.values() for category in reason["categories"]}),
        "publication_unknown": answer.get("publication_unknown", 0),
    }
