"""The limits that the guide lists are those that the service keeps, with the status that it answers."""

import json
import re
from typing import Any, get_type_hints
from uuid import UUID

import pytest

from tests.test_guide import GUIDE
from timeline.api.hosts import ADDRESS_BYTES_MAX, HEADERS_BYTES_MAX
from timeline.api.problems import PROBLEM_KINDS
from timeline.domain.codec import EVENT_BYTES_MAX, decode_batch, decode_posted_event
from timeline.domain.components import ACTORS_MAX, JSON_DEPTH_MAX, JSON_MEMBERS_MAX, SOURCES_MAX, TAGS_MAX
from timeline.domain.errors import TimelineError
from timeline.domain.events import Correction, SameAs
from timeline.domain.scalars import LINE_LENGTH_MAX, TEXT_LENGTH_MAX
from timeline.settings import Settings

ROW = re.compile(r"^\| (?P<what>.+?) \| (?P<limit>[\d,]+).*? \| (?P<status>\d{3}) \|$", re.MULTILINE)


def length_max(kind: type, name: str) -> int:
    """How long a member of an event may be."""
    hints: Any = get_type_hints(kind, include_extras=True)
    return next(meta.max_length for meta in hints[name].__metadata__ if meta.max_length)


LIMITS = {
    "an event": EVENT_BYTES_MAX,
    "a body of JSON (`TIMELINE_BODY_BYTES_MAX`)": Settings().body_bytes_max,
    "events in an array (`TIMELINE_ARRAY_EVENTS_MAX`)": Settings().array_events_max,
    "developments of one `same_as`": length_max(SameAs, "developments"),
    "`sources` of an event": SOURCES_MAX,
    "`tags` of an event": TAGS_MAX,
    "`attackers`, and `targets`, of an engagement": ACTORS_MAX,
    "members of `changes` at its top": length_max(Correction, "changes"),
    "levels of free JSON, as in `changes`": JSON_DEPTH_MAX,
    "members and items of free JSON": JSON_MEMBERS_MAX,
    "a line of words, as a title": LINE_LENGTH_MAX,
    "a text, as `summary`": TEXT_LENGTH_MAX,
    "the address of a request": ADDRESS_BYTES_MAX,
    "the headers of a request": HEADERS_BYTES_MAX,
}
ID = str(UUID(int=1))
REPORT = {"type": "engagement", "id": ID, "summary": "A battle.", "occurred": "2024-03-02"}


def rows() -> dict[str, tuple[int, int]]:
    """The guide's table: by what is limited, how much of it there may be and the status of a refusal."""
    (table,) = re.findall(
        r"## How much at once\n\n(.*?)(?:\n\n|\Z)", (GUIDE / "posting.md").read_text(), re.DOTALL
    )
    return {
        row["what"]: (int(row["limit"].replace(",", "")), int(row["status"])) for row in ROW.finditer(table)
    }


def nested(levels: int) -> dict[str, Any]:
    """Free JSON of so many levels."""
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"a": value}
    return value


def correction(changes: dict[str, Any]) -> dict[str, Any]:
    """A correction with these changes."""
    target = str(UUID(int=2))
    return {"type": "correction", "id": ID, "target": target, "reason": "restatement", "changes": changes}


def same_as(count: int) -> dict[str, Any]:
    """So many developments that are one."""
    return {"type": "same_as", "id": ID, "developments": [str(UUID(int=2 + each)) for each in range(count)]}


EVENTS = {
    "developments of one `same_as`": same_as,
    "`sources` of an event": lambda count: (
        REPORT | {"sources": [{"publisher": f"p{n}"} for n in range(count)]}
    ),
    "`tags` of an event": lambda count: REPORT | {"tags": [f"t{n}" for n in range(count)]},
    "`attackers`, and `targets`, of an engagement": lambda count: (
        REPORT | {"attackers": [f"a{n}" for n in range(count)], "targets": [f"b{n}" for n in range(count)]}
    ),
    "levels of free JSON, as in `changes`": lambda count: correction(nested(count)),
    "members of `changes` at its top": lambda count: correction({f"m{n}": n for n in range(count)}),
    "members and items of free JSON": lambda count: correction({"tags": [*range(count - 1)]}),
    "a line of words, as a title": lambda count: {"type": "timeline_profile", "id": ID, "title": "a" * count},
    "a text, as `summary`": lambda count: REPORT | {"summary": "a" * count},
}
"""An event with so much of what is limited."""


def test_the_table_holds_the_numbers_that_the_service_keeps():
    """All of them, and no others."""
    assert LIMITS == {what: limit for what, (limit, _) in rows().items()}


@pytest.mark.parametrize("what", EVENTS)
def test_that_much_is_taken_and_one_more_is_refused_as_the_table_says(what):
    """By the very number in the guide."""
    limit, status = rows()[what]
    decode_posted_event(json.dumps(EVENTS[what](limit)).encode())
    with pytest.raises(TimelineError) as refusal:
        decode_posted_event(json.dumps(EVENTS[what](limit + 1)).encode())

    assert status == PROBLEM_KINDS[type(refusal.value)].status


def test_an_array_and_an_event_have_a_status_too():
    """They are counted before anything is read of them."""
    limit, status = rows()["events in an array (`TIMELINE_ARRAY_EVENTS_MAX`)"]
    with pytest.raises(TimelineError) as many:
        decode_batch(json.dumps([REPORT] * (limit + 1)).encode(), limit)
    with pytest.raises(TimelineError) as large:
        decode_posted_event(json.dumps(REPORT).encode().ljust(rows()["an event"][0] + 1))

    assert [status] * 2 == [PROBLEM_KINDS[type(each.value)].status for each in (many, large)]
