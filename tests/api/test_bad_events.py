"""Bad events get a problem that says what is wrong and where, and leave the record as it was."""

import gzip
import json

import pytest

from tests.support.client import refused, send
from tests.support.payloads import (
    casualties,
    correction,
    engagement,
    new_id,
    retraction,
    same_as,
    statement,
)

ABSENT = {"id": "01940000-0000-7000-8000-00000000dead"}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"", "$"),
        (b" \n", "$"),
        (b"{", "$"),
        (b"nul", "$"),
        (b"null", "$"),
        (b"1", "$"),
        (b'"x"', "$"),
        (b"NaN", "$"),
        (b"[1]", "$[0]"),
        (b"[[]]", "$[0]"),
        (b"[{}", "$"),
        (b"[]", "$"),
        (b"{}", "$.type"),
        (b"\xff\xfe", "$"),
        (b"\xef\xbb\xbf{}", "$"),
        (b"[" * 100_000, "$"),
        (b'{"a":' * 100_000, "$"),
        (gzip.compress(b"{}", mtime=0), "$"),
        (b'{"type": "nope"}', "$.type"),
        (b'{"type": "nope",', "$.type"),
        (b'{"type": "evidence", "nope": 1, \xff', "$.nope"),
        (b'{"type": 1}', "$.type"),
        (b'{"type": null}', "$.type"),
        (b'{"type": "official_statement", "summary": "\xed\xa0\x80"}', "$"),
        (b'{"type": "official_statement", "summary": "\\ud800"}', "$"),
        (b'{"type": "official_statement", "\\ud800": ""}', "$"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_event_at_all(unchanged, body, path):
    """Malformed JSON, other JSON than an event, unknown types and lone surrogates are refused with 400."""
    refused(unchanged.client, send(unchanged, body), 400, "malformed", path)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"id": "x"}, "$.id"),
        ({"id": 5}, "$.id"),
        ({"id": None}, "$.id"),
        ({"nope": 1}, "$.nope"),
        ({"summary": 5}, "$.summary"),
        ({"summary": ""}, "$.summary"),
        ({"summary": "x" * 20_001}, "$.summary"),
        ({"summary": "a\0b"}, "$.summary"),
        ({"speaker": "NIS"}, "$.speaker"),
        ({"speaker": "nis\n"}, "$.speaker"),
        ({"speaker": "x" * 81}, "$.speaker"),
        ({"stance": "shrugs"}, "$.stance"),
        ({"occurred": "2024-02-30"}, "$.occurred"),
        ({"occurred": "2024-13"}, "$.occurred"),
        ({"occurred": "2023-02-29"}, "$.occurred"),
        ({"occurred": "0999"}, "$.occurred"),
        ({"occurred": "yesterday"}, "$.occurred"),
        ({"occurred": "2024-12-27\0"}, "$.occurred"),
        ({"occurred": 2024}, "$.occurred"),
        ({"published_at": "2024-02-30T00:00:00Z"}, "$.published_at"),
        ({"published_at": "2024-12-27T25:00:00Z"}, "$.published_at"),
        ({"published_at": "2024-12-27"}, "$.published_at"),
        ({"published_at": "2024-12-27T00:00:00"}, "$.published_at"),
        ({"published_at": 1_735_257_600}, "$.published_at"),
        ({"about": "x"}, "$.about"),
        ({"about": ["x"]}, "$.about[0]"),
        ({"tags": ["One"]}, "$.tags[0]"),
        ({"tags": ["a"] * 51}, "$.tags"),
        ({"sources": [{}]}, "$.sources[0].publisher"),
        ({"sources": [{"publisher": "a", "nope": 1}]}, "$.sources[0].nope"),
        ({"sources": [{"publisher": "a"}, {"publisher": "a", "url": "ftp://x"}]}, "$.sources[1].url"),
        ({"place": {"latitude": 91, "longitude": 0}}, "$.place.latitude"),
        ({"place": {"name": "\0"}}, "$.place.name"),
        ({"place": {"country": "Russia"}}, "$.place.country"),
        ({"certainty": {"credibility": "1"}}, "$.certainty.credibility"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_field_that_does_not_hold_what_it_may(unchanged, fields, path):
    """Wrong types, unknown fields, NUL and impossible dates are refused with 400 and the field's path."""
    refused(unchanged.client, send(unchanged, json.dumps(statement(**fields))), 400, "malformed", path)
    in_array = send(unchanged, json.dumps([statement(), statement(**fields)]))
    refused(unchanged.client, in_array, 400, "malformed", path.replace("$", "$[1]", 1))


@pytest.mark.parametrize(
    ("figure", "status", "path"),
    [
        ({"qualifier": "exact", "value": "5"}, 400, "$.figure.value"),
        ({"qualifier": "exact", "value": 5.0}, 400, "$.figure.value"),
        ({"qualifier": "exact", "value": True}, 400, "$.figure.value"),
        ({"qualifier": "exact", "value": -1}, 400, "$.figure.value"),
        ({"qualifier": "exact", "value": 2**53}, 400, "$.figure.value"),
        ({"qualifier": "exact", "value": 10**400}, 400, "$.figure.value"),
        ({"qualifier": "several"}, 400, "$.figure.qualifier"),
        ({"qualifier": "exact"}, 422, "$.figure.value"),
        (5, 400, "$.figure"),
    ],
    ids=str,
)
def test_a_figure_that_is_none(unchanged, figure, status, path):
    """No "5" for 5, no fraction, nothing negative, nothing that a browser could not hold."""
    kind = "malformed" if status == 400 else "rule-broken"
    refused(unchanged.client, unchanged.post(casualties(figure=figure)), status, kind, path)


@pytest.mark.parametrize(
    ("event", "path"),
    [
        (statement(occurred="2024-12-31/2024-01-01"), "$.occurred"),
        (statement(published_at="0001-01-01T00:00:00Z"), "$.published_at"),
        (statement(place={"latitude": 1}), "$.place.longitude"),
        (casualties(basis="increment"), "$.period"),
        (casualties(incident=new_id()), "$.incident"),
        (correction(ABSENT, id=new_id()), "$.changes.id"),
        (correction(ABSENT, type="capture"), "$.changes.type"),
        (correction(ABSENT, summary="\0"), "$.changes.summary"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_rule_between_fields(unchanged, event, path):
    """An event that is well-formed but breaks a rule is refused with 422 and the field to look at."""
    refused(unchanged.client, unchanged.post(event), 422, "rule-broken", path)


@pytest.mark.parametrize(
    ("event", "path"),
    [
        (correction(ABSENT, summary="x"), "$.target"),
        (retraction(ABSENT), "$.target"),
        (statement(about=[ABSENT["id"]]), "$.about[0]"),
        (casualties(basis="incident", incident=ABSENT["id"]), "$.incident"),
        (
            {
                "id": new_id(),
                "type": "verification",
                "claimant": "nis",
                "about": [ABSENT["id"]],
                "grade": "probable",
            },
            "$.about[0]",
        ),
        ({"id": new_id(), "type": "same_as", "developments": [ABSENT["id"], new_id()]}, "$.developments[0]"),
    ],
    ids=["correction", "retraction", "about", "incident", "verification", "same_as"],
)
def test_what_speaks_of_something_that_is_not_there(unchanged, event, path):
    """A reference to an event that the timeline does not hold is refused with 422."""
    refused(unchanged.client, unchanged.post(event), 422, "unknown-reference", path)
    refused(
        unchanged.client,
        unchanged.post(engagement(), event),
        422,
        "unknown-reference",
        path.replace("$", "$[1]"),
    )


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"speaker": "NIS"}, "$.changes.speaker"),
        ({"speaker": None}, "$.changes.speaker"),
        ({"nope": 1}, "$.changes.nope"),
        ({"summary": 2**70}, "$.changes.summary"),
        ({"occurred": "2024-02-30"}, "$.changes.occurred"),
    ],
    ids=str,
)
def test_a_correction_that_would_leave_no_valid_event(unchanged, changes, path):
    """A correction is refused with 422 where what comes out is no event of the target's type."""
    target = unchanged.get("/events")["records"][0]["event"]

    detail = refused(
        unchanged.client, unchanged.post(correction(target, **changes)), 422, "rule-broken", path
    )
    assert "would not be valid" in detail


def test_an_id_used_twice(unchanged):
    """The same id with other content is refused with 409, alone, in an array, and within one array."""
    first = unchanged.get("/events")["records"][0]["event"]
    other = {**first, "summary": "Something else."}
    first_new = engagement(id=new_id())
    second_new = {**engagement(), "id": first_new["id"], "summary": "Something else."}

    refused(unchanged.client, unchanged.post(other), 409, "id-conflict", "$.id")
    refused(unchanged.client, unchanged.post(engagement(), other), 409, "id-conflict", "$[1].id")
    refused(unchanged.client, unchanged.post(first_new, second_new), 409, "id-conflict", "$[1].id")
    assert 200 == unchanged.post(first).status_code


def test_an_array_is_all_or_nothing(unchanged):
    """One bad event of many refuses all, wherever it stands and whatever is wrong with it."""
    good = [engagement() for _ in range(20)]
    for bad in (statement(speaker=1), retraction(ABSENT), {**statement(), "occurred": "2024-12/2023"}):
        for index in (0, 10, 20):
            response = unchanged.post(*good[:index], bad, *good[index:])

            assert response.status_code in (400, 422)
            assert response.json()["path"].startswith(f"$[{index}].")


def test_an_adjustment_needs_a_number(unchanged):
    """Null would restart the total; it is refused with its place."""
    reset = {
        "id": new_id(),
        "type": "series_reset",
        "series": "casualties.killed.s.all.cumulative",
        "reason": "Revised.",
        "adjustment": None,
    }

    refused(unchanged.client, unchanged.post(reset), 400, "malformed", "$.adjustment")


def test_what_changes_nothing_is_answered_so(timeline):
    """A second retraction and a merge of what is one are recorded, and their effect is none."""
    first, second = engagement(), engagement()
    events = [first, second, same_as(first, second), same_as(second, first)]
    events += [retraction(first), retraction(first)]

    effects = [timeline.post(event).json()["outcomes"][0]["effect"] for event in events]

    assert [None, None, None, "none", None, "none"] == effects
    assert timeline.get("/events")["head"] == len(events)


def test_circles_are_refused(unchanged):
    """A merge of a count with its own incident would make it a count of itself."""
    incident = casualties(basis="incident", as_of=None)
    count = casualties(basis="incident", incident=incident["id"], as_of=None)

    detail = refused(
        unchanged.client,
        unchanged.post(incident, count, same_as(incident, count)),
        422,
        "rule-broken",
        "$[2].developments",
    )
    assert "count of itself" in detail
