"""What is one is found as one: by what any report says, dated by any, led by the next (meaning 5)."""

import json
from pathlib import Path

import pytest

from tests.support.payloads import (
    casualties,
    correction,
    engagement,
    evidence,
    retraction,
    same_as,
    statement,
    verification,
)

CASES = Path(__file__).parents[1] / "meaning" / "cases"


def post_case(timeline, number):
    """Post the events of a case one by one; gives them."""
    (path,) = CASES.glob(f"{number}-*.ndjson")
    events = [json.loads(line) for line in path.read_text().splitlines()]
    for event in events:
        timeline.take(event)
    return events


def entry(timeline, event, **parameters):
    """The entry of an event."""
    return timeline.get(f"/entries/{event['id']}", **parameters)["entry"]


def test_11_the_next_report_leads_with_all_that_was_said(timeline):
    """When a leading duplicate is retracted, its confirmations and counts are the next report's."""
    events = post_case(timeline, "11")
    old, new, toll, confirms, verified, *_ = events
    current = entry(timeline, new)

    assert "confirmed" == current["status"]
    assert [confirms["id"]] == [mention["id"] for mention in current["statements"]]
    assert [verified["id"]] == [mention["id"] for mention in current["verifications"]]
    assert [toll["id"]] == current["tolls"]
    assert ("retracted", new["id"]) == (entry(timeline, old)["status"], entry(timeline, old)["leader"])
    assert [new["id"]] == [e["id"] for e in timeline.entries(type_="engagement")]


def test_what_is_said_later_of_a_retracted_report_is_said_of_its_leader(timeline):
    """Also a statement that names the retracted report after its retraction."""
    old, new = engagement(), engagement()
    timeline.take(old, new, same_as(old, new), retraction(old))
    timeline.take(statement(stance="denies", about=[old["id"]]))

    assert "denied" == entry(timeline, new)["status"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"place": "Kursk"},
        {"place": "ru"},
        {"bbox": "35,50,37,52"},
        {"tag": "air-strike"},
        {"claimant": "x"},
        {"claimant": "y"},
        {"from_": "2024-01", "to": "2024-01"},
        {"q": "kursk"},
        {"actor": "y"},
    ],
    ids=str,
)
def test_12_a_merged_development_is_found_by_what_any_report_says(timeline, parameters):
    """By place, box, tag, claimant, dates and words, whichever report says them."""
    leader, *_ = post_case(timeline, "12")

    assert [leader["id"]] == [e["id"] for e in timeline.entries(**parameters)]


def test_12_its_date_is_the_first_that_a_report_gives(timeline):
    """The recording of the leading report is never taken before it."""
    leader, *_ = post_case(timeline, "12")
    current = entry(timeline, leader)

    assert ("2024-01-23", "23 January 2024", "2024-01-23", "2024-01-23", "occurred") == tuple(
        current[name] for name in ("date", "date_text", "earliest", "latest", "dated_by")
    )
    assert current["starts"] == "2024-01-23T00:00:00Z"
    assert [] == timeline.entries(from_="2026")


def test_reports_that_differ_are_found_by_each_date_and_no_other(timeline):
    """By the days of either report, in both orders and page by page, and not by those between."""
    january, march = engagement(occurred="2024-01-05"), engagement(occurred="2024-03")
    other = engagement(occurred="2024-02-10")
    timeline.take(march, january, other, same_as(march, january))

    def ids(**parameters):
        return [e["id"] for e in timeline.entries(**parameters)]

    assert [march["id"]] == ids(from_="2024-01-05", to="2024-01-05")
    assert [march["id"]] == ids(to="2024-01")
    assert [march["id"]] == ids(to="2024-01", actor="russia")
    assert [march["id"]] == ids(to="2024-01", order="changed")
    assert [other["id"]] == ids(from_="2024-02", to="2024-02")
    assert [march["id"], other["id"]] == ids(to="2024-02")
    assert [other["id"], march["id"]] == ids(to="2024-02", order="asc")
    first = timeline.get(to="2024-02", limit=1)
    assert [march["id"]] == [e["id"] for e in first["entries"]]
    second = timeline.client.get(first["next"]).json()
    assert ([other["id"]], None) == ([e["id"] for e in second["entries"]], second["next"])


def test_any_coordinates_are_in_a_box(timeline):
    """Of a development whose reports lie apart."""
    first = engagement(place={"latitude": 51.0, "longitude": 36.0})
    second = engagement(place={"latitude": -18.0, "longitude": 178.5})
    timeline.take(first, second, same_as(first, second))

    for box in ("35,50,37,52", "178,-19,-178,-17"):
        assert [first["id"]] == [e["id"] for e in timeline.entries(bbox=box)]
    assert [] == timeline.entries(bbox="0,0,10,10")


def test_24_a_figure_is_placed_by_the_date_that_it_speaks_for(timeline):
    """Its as_of dates it better than its recording, and its source better than that."""
    (event,) = post_case(timeline, "24")
    timeline.take(other := casualties(as_of=None, sources=[{
        "publisher": "p", "published_at": "2023-05-06T23:30:00-05:00"
    }]))  # fmt: skip

    assert [event["id"], other["id"]] == [e["id"] for e in timeline.entries(to="2024-12")]
    assert ("2024-01-05", "as_of") == tuple(entry(timeline, event)[n] for n in ("date", "dated_by"))
    assert ("2023-05-06", "published") == tuple(entry(timeline, other)[n] for n in ("date", "dated_by"))
    assert [other["id"]] == [e["id"] for e in timeline.entries(to="2023-05-06")]


def test_a_day_is_that_of_the_place(timeline):
    """A time given with an offset is on the day of its own clock; the order is by instant."""
    late = engagement(occurred="2024-12-27T01:00:00+09:00")
    early = engagement(occurred="2024-12-26T20:00:00Z")
    timeline.take(late, early)

    assert [late["id"]] == [e["id"] for e in timeline.entries(from_="2024-12-27")]
    assert [early["id"], late["id"]] == [e["id"] for e in timeline.entries()]


def test_25_evidence_shows_how_it_stands_where_it_is_listed(timeline):
    """A capture shows that its only evidence is discounted, and when that is withdrawn."""
    capture, video, discounted = post_case(timeline, "25")

    assert [(video["id"], "denied")] == [(e["id"], e["status"]) for e in entry(timeline, capture)["evidence"]]
    assert "reported" == entry(timeline, capture, at=2)["evidence"][0]["status"]
    timeline.take(retraction(discounted))
    assert "reported" == entry(timeline, capture)["evidence"][0]["status"]


def test_evidence_shows_what_is_said_of_its_twin(timeline):
    """Evidence that is one with other evidence stands as that does, and so does what is corrected later."""
    event, other = engagement(), engagement()
    video, twin = evidence(event), evidence()
    timeline.take(event, other, video, twin, same_as(twin, video))
    timeline.take(verification(twin))
    assert ["confirmed"] == [e["status"] for e in entry(timeline, event)["evidence"]]

    timeline.take(correction(video, about=[other["id"]]))
    assert [] == entry(timeline, event)["evidence"]
    timeline.take(verification(twin, grade="discounted"))
    assert ["denied"] == [e["status"] for e in entry(timeline, other)["evidence"]]


def test_evidence_for_each_other_is_no_circle(timeline):
    """Two videos may each be corrected to bear on the other."""
    first = evidence()
    second = evidence(first)
    timeline.take(first, second, correction(first, about=[second["id"]]), verification(first))

    assert "confirmed" == entry(timeline, second)["evidence"][0]["status"]
    assert "reported" == entry(timeline, first)["evidence"][0]["status"]


def test_the_last_word_of_a_speaker_stands(timeline):
    """By when it was said, not by when it was recorded; the earlier one remains visible."""
    event = engagement()
    denies = statement(stance="denies", about=[event["id"]], occurred="2024-12-28")
    confirms = statement(stance="confirms", about=[event["id"]], occurred="2024-12-27")
    timeline.take(event, denies, confirms)
    current = entry(timeline, event)

    assert "denied" == current["status"]
    assert [(confirms["id"], True), (denies["id"], None)] == [
        (mention["id"], mention.get("superseded")) for mention in current["statements"]
    ]
    timeline.take(statement(stance="condemns", about=[event["id"]], occurred="2024-12-29"))
    assert "denied" == entry(timeline, event)["status"]
    timeline.take(retraction(denies))
    assert "confirmed" == entry(timeline, event)["status"]


def test_the_last_grade_of_a_verifier_stands(timeline):
    """And that of another beside it."""
    event = engagement()
    timeline.take(event, verification(event), verification(event, grade="possible"))
    assert "reported" == entry(timeline, event)["status"]

    timeline.take(verification(event, claimant="lab"))
    assert "confirmed" == entry(timeline, event)["status"]
    assert [True, None, None] == [v.get("superseded") for v in entry(timeline, event)["verifications"]]


def test_nobody_confirms_a_claim_of_their_own(timeline):
    """A statement confirms where somebody else claims the thing, or nobody does."""
    alone, by_nis, twin = engagement(), engagement(claimant="nis"), engagement(claimant="rfa")
    about = [alone["id"], by_nis["id"]]
    timeline.take(alone, by_nis, twin, statement(stance="confirms", about=about))
    assert ("confirmed", "reported") == (entry(timeline, alone)["status"], entry(timeline, by_nis)["status"])

    timeline.take(same_as(by_nis, twin))
    assert "confirmed" == entry(timeline, by_nis)["status"]
