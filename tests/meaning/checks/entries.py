"""Checks of the timeline view: which entries, in which order, and what each says."""

from collections.abc import Iterator
from typing import Any

from tests.meaning.checks.check import Check, Question, plain
from tests.support.meaning import Entry, Filters
from tests.support.meaning.dates import named_days
from tests.support.meaning.developments import groups_of
from tests.support.meaning.newsroom import CLAIMANTS, DATES, TAGS
from timeline.views.documents import LISTED_MAX

ACTORS = (*CLAIMANTS, "north", "south", "brigade", "town", "army", "agency", "osint", "president", "nobody")

WORDS = (
    "kursk",
    "s\u00fcd",
    '"first brigade"',
    "drone -border",
    "town",
    "\u0443\u0434\u0430\u0440",
    "mod or firsts",
)

FILTERS: tuple[tuple[dict[str, Any], Filters], ...] = (
    *(({"tag": tag}, Filters(tag=tag)) for tag in TAGS[:2]),
    *(({"claimant": claimant}, Filters(claimant=claimant)) for claimant in CLAIMANTS),
    *(({"place": place}, Filters(place=place)) for place in ("kursk", "ua", "Pokr\u00f3wsk", "SUDZHA")),
    *(({"actor": actor}, Filters(actor=actor)) for actor in ACTORS),
    *(({"actor": actor, "parts": "true"}, Filters(actor=actor, parts=True)) for actor in ACTORS[3:7]),
    *(({"type": kind}, Filters(type=kind)) for kind in ("engagement", "casualty_estimate", "evidence")),
    *(({"q": words}, Filters(q=words)) for words in WORDS),
    *(({"from": date}, Filters(first=named_days(date))) for date in DATES[2:12:3]),
    *(({"to": date}, Filters(last=named_days(date))) for date in DATES[2:12:3]),
    (
        {"from": "2031-11-06", "to": "2031-11-20"},
        Filters(first=named_days("2031-11-06"), last=named_days("2031-11-20")),
    ),
    ({"bbox": "30,51,36,52"}, Filters(bbox=(30, 51, 36, 52))),
)


def checks(question: Question) -> Iterator[Check]:
    """The whole view, and the view by filters."""
    pages = [({}, Filters()), *question.some(FILTERS, 2)]
    for parameters, filters in pages:
        entries = question.model.entries(filters, question.published_by, question.at)
        order = question.random.choice(("desc", "desc", "asc"))
        ids = [str(entry.id) for entry in entries]
        yield Check(
            "entries",
            "",
            {**question.parameters, **parameters, "order": order, "limit": question.random.choice((3, 100))},
            ids if order == "desc" else ids[::-1],
            lambda answer: [entry["id"] for entry in answer["entries"]],
        )
        unknown = None
        if question.published_by is not None:
            unknown = question.model.publication_unknown(question.published_by, question.at, filters)
        yield Check(
            "entries hidden",
            "",
            {**question.parameters, **parameters, "limit": 100},
            unknown,
            lambda answer: answer["publication_unknown"],
        )
    entries = question.model.entries(None, question.published_by, question.at)
    yield from _status_checks(question, entries)
    yield from _leader_checks(question)
    names = question.model.names(question.published_by, question.at)
    yield Check(
        "names",
        "",
        {**question.parameters, "limit": 100},
        [question.model.title(question.published_by, question.at), []],
        lambda answer: [answer["about"] and answer["about"]["title"], misnamed(answer, names)],
    )
    yield Check(
        "entry contents",
        "",
        {**question.parameters, "limit": 100},
        {str(entry.id): content(entry) for entry in entries},
        lambda answer: {entry["id"]: content_of(entry) for entry in answer["entries"]},
    )


def _status_checks(question: Question, entries: list[Entry]) -> Iterator[Check]:
    """The view by status; of what another leads, and of what was retracted, only as recorded."""
    ids_of = {
        status: {str(entry.id) for entry in entries if entry.status == status}
        for status in ("reported", "confirmed", "denied", "contested")
    }
    if question.published_by is None:
        groups = groups_of(question.model.log(None, question.at))
        ids_of["merged"] = {str(report) for group in groups for report in group.standing[1:]}
        ids_of["retracted"] = {
            str(report) for group in groups for report in group.members - {*group.standing}
        }
    for status, ids in question.some(ids_of.items(), 1):
        yield Check(
            "entries",
            "",
            {**question.parameters, "status": status, "limit": 100},
            sorted(ids),
            lambda answer: sorted(entry["id"] for entry in answer["entries"]),
        )


def _leader_checks(question: Question) -> Iterator[Check]:
    """The id of any report leads to the development: to the report that leads, also from a retracted one.

    Choice: where none stands there is nothing to lead to, and each is answered itself, as retracted.
    """
    log = question.model.log(None, question.at)
    leaders = {
        report: group.leader if group.standing else report
        for group in groups_of(log)
        for report in group.members
    }
    for report, leader in question.some(leaders.items(), 1):
        yield Check(
            "entry",
            f"/entries/{report}",
            {"at": question.at},
            str(leader),
            lambda answer: answer["entry"].get("leader", answer["entry"]["id"]),
        )


def misnamed(answer: dict[str, Any], names: dict[str, str]) -> list[tuple[str, str | None]]:
    """The actors of an answer's entries that it calls otherwise than they are called."""
    actors = {actor["id"] for entry in answer["entries"] for actor in entry["actors"]}
    called = answer["names"]
    return sorted(
        (actor, called.get(actor)) for actor in actors | {*called} if called.get(actor) != names.get(actor)
    )


def content(entry: Entry) -> dict[str, Any]:
    """What the model says of an entry, as JSON has it."""
    date = entry.dating
    return plain(
        {
            "status": entry.status,
            "date": date and (date.text, date.dated_by, date.days.first, date.days.last),
            # a report that is hidden leads all the same, so that the address stays
            "reports": sorted({str(entry.id), *(str(word.record.event.id) for word in entry.reports)}),
            "event": entry.reports[0].event if entry.reports else None,
            "statements": [(r.word.record.event.id, r.speaker, r.says, r.stands) for r in entry.statements][
                -LISTED_MAX:
            ],
            "verifications": [
                (r.word.record.event.id, r.speaker, r.says, r.stands)
                for r in entry.verifications[-LISTED_MAX:]
            ],
            "evidence": entry.evidence[-LISTED_MAX:],
            "counts": [
                len(entry.statements),
                len(entry.evidence),
                len(entry.verifications),
                len(entry.tolls),
            ],
            "tolls": sorted(str(word.record.event.id) for word in entry.tolls),
        }
    )


def content_of(entry: dict[str, Any]) -> dict[str, Any]:
    """The same from the service's answer."""
    return {
        "status": entry["status"],
        "date": [entry.get(name) for name in ("date", "dated_by", "earliest", "latest")],
        "reports": sorted([entry["id"], *entry.get("same_as", ())]),
        "event": entry["event"],
        "statements": [
            [s["id"], s["speaker"], s["stance"], not s.get("superseded", False)]
            for s in entry.get("statements", ())
        ],
        "verifications": [
            [v["id"], v["claimant"], v["grade"], not v.get("superseded", False)]
            for v in entry.get("verifications", ())
        ],
        "evidence": [[e["id"], e.get("status")] for e in entry.get("evidence", ())],
        "counts": [entry["counts"][name] for name in ("statements", "evidence", "verifications", "tolls")],
        "tolls": sorted(entry.get("tolls", ())),
    }
