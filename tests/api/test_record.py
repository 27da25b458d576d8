"""The record over HTTP: what is posted, in every form, and the log byte for byte as it is stored."""

import json
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import psycopg
import pytest

from tests.support.client import Timeline, send
from tests.support.payloads import casualties, engagement, first_case, new_id, retraction, statement
from timeline.domain.codec import decode_event
from timeline.domain.record import event_bytes, leaf_hash

CLOUD_EVENT = "application/cloudevents+json"
CLOUD_EVENTS = "application/cloudevents-batch+json"


def in_envelope(event, **attributes):
    """An event as a CloudEvent."""
    data = {name: value for name, value in event.items() if name not in ("id", "type")}
    return {
        "specversion": "1.0",
        "id": event["id"],
        "source": "https://example.org/desk",
        "type": f"conflict.timeline.{event['type']}.v2",
        "data": data,
        **attributes,
    }


def test_an_event_gets_its_position_and_its_address(timeline):
    """A post answers 201 with the position and address of the record, which is there at once."""
    event = engagement()
    response = timeline.post(event)
    (outcome,) = response.json()["outcomes"]
    record = timeline.client.get(outcome["url"]).json()

    assert (201, timeline.name, 1) == (
        response.status_code,
        response.json()["timeline"],
        response.json()["position"],
    )
    assert (event["id"], 1, False) == (outcome["id"], outcome["position"], outcome["duplicate"])
    assert (event, outcome["recorded_at"], 2) == (record["event"], record["recorded_at"], record["version"])


def test_an_array_is_taken_in_in_its_order(timeline):
    """Events of an array get positions one after another, and may speak of each other."""
    first = engagement()
    response = timeline.post(first, statement(about=[first["id"]], stance="confirms"), retraction(first))

    assert [1, 2, 3] == [outcome["position"] for outcome in response.json()["outcomes"]]
    assert 3 == response.json()["position"]


def test_an_event_sent_again_is_the_same_event(timeline):
    """A retry gets 200 and the first outcome; with something new beside it 201, and only that is new."""
    event = engagement()
    (first,) = timeline.post(event).json()["outcomes"]
    again = timeline.post(event)
    mixed = timeline.post(event, engagement(), event)

    assert (200, [{**first, "duplicate": True}]) == (again.status_code, again.json()["outcomes"])
    assert (201, [1, 2, 1]) == (mixed.status_code, [o["position"] for o in mixed.json()["outcomes"]])
    assert 2 == timeline.head


def test_an_event_written_in_another_way_is_the_same_event(timeline):
    """Order of fields, blanks and defaults do not make other content of the same event."""
    event = engagement(tags=[])
    timeline.take(event)
    other = json.dumps(dict(reversed(event.items())), indent=3).encode()

    assert 200 == send(timeline, other).status_code


def test_a_retry_expects_nothing(timeline):
    """If-Match holds for what is new: an event that is there already gets its outcome at any position."""
    event = engagement()

    assert 201 == timeline.post(event, **{"if-match": '"0"'}).status_code
    assert 201 == timeline.post(engagement(), **{"if-match": "*"}).status_code
    assert 200 == timeline.post(event, **{"if-match": '"0"'}).status_code
    assert 201 == timeline.post(engagement(), **{"if-match": '"2"'}).status_code


def test_of_writers_that_expect_the_same_position_one_wins(timeline):
    """Ten posts with the same If-Match at once: one is taken in, the others are told where the log stands."""
    with ThreadPoolExecutor(10) as writers:
        posts = [writers.submit(timeline.post, engagement(), **{"if-match": '"0"'}) for _ in range(10)]
    answers = [post.result() for post in posts]

    assert [201] + [412] * 9 == sorted(answer.status_code for answer in answers)
    assert {1} == {answer.json()["position"] for answer in answers}


def test_a_cloud_event(timeline):
    """A CloudEvent is recorded as the event that it carries; attributes of the envelope are left aside."""
    event = engagement()
    response = send(timeline, json.dumps(in_envelope(event, subject="x", traceparent="y")), CLOUD_EVENT)

    assert 201 == response.status_code
    assert event == timeline.get("/events")["records"][0]["event"]
    assert 200 == timeline.post(event).status_code


def test_the_time_of_a_cloud_event(timeline):
    """An envelope's time says when it was published, where the event itself does not."""
    dated = engagement(published_at="2024-12-26T00:00:00Z")
    for event in (engagement(), dated):
        send(timeline, json.dumps(in_envelope(event, time="2024-12-27T09:00:00Z")), CLOUD_EVENT)
    records = timeline.get("/events")["records"]

    assert ["2024-12-27T09:00:00Z", "2024-12-26T00:00:00Z"] == [r["event"]["published_at"] for r in records]


def test_a_batch_of_cloud_events(timeline):
    """A batch is recorded as an array is: in its order, all or nothing."""
    events = [engagement(), casualties()]
    good = send(timeline, json.dumps([in_envelope(event) for event in events]), CLOUD_EVENTS)
    bad = send(
        timeline,
        json.dumps([in_envelope(engagement()), in_envelope(retraction({"id": new_id()}))]),
        CLOUD_EVENTS,
    )

    assert [1, 2] == [outcome["position"] for outcome in good.json()["outcomes"]]
    assert (422, "$[1].target") == (bad.status_code, bad.json()["path"])
    assert events == [record["event"] for record in timeline.get("/events")["records"]]


def test_the_log_is_what_is_stored(serve, dsn):
    """The log's bytes, in pages and one by one, are the stored ones, and hash to the stored leaves."""
    service = serve()
    timeline = Timeline(service.client)
    timeline.put()
    timeline.take(*first_case(), casualties(summary='Ünïcödé ☃ \u2028 \\ " </script> \U0001f600'))
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT event_id, record::text, leaf_hash FROM event WHERE timeline_id = %s ORDER BY position",
            [timeline.name],
        ).fetchall()
    page = timeline.client.get(f"{timeline.path}/events?limit=100").content

    assert 25 == len(rows)
    assert b"[" + b",".join(text.encode() for _, text, _ in rows) + b"]" in page
    for event_id, text, leaf in rows:
        body = timeline.client.get(f"{timeline.path}/events/{event_id}").content
        assert text.encode() == body
        assert leaf == leaf_hash(body) == sha256(b"\0" + body).digest()
        assert event_id == decode_event(event_bytes(body)).id


@pytest.mark.parametrize("limit", [1, 7, 24, 100])
def test_the_log_is_paged(case, limit):
    """Pages of the log hold every record once, in order, to its end; the last has no next."""
    address, seen = f"{case.path}/events?limit={limit}", []
    while address:
        response = case.client.get(address)
        seen += [record["position"] for record in response.json()["records"]]
        address = response.json()["next"]
        assert (address is None) == ("link" not in response.headers)

    assert list(range(1, 25)) == seen


def test_the_log_by_type_and_after_a_position(case):
    """The log can be read from a position on, and by types, in pages too."""
    statements = case.get("/events", type_="official_statement", limit=2)
    rest = case.client.get(statements["next"]).json()

    assert [14, 22, 23, 24] == [r["position"] for r in statements["records"] + rest["records"]]
    assert rest["next"] is None
    assert [23, 24] == [r["position"] for r in case.get("/events", after=22)["records"]]
    assert ([], 24) == tuple(case.get("/events", after=24)[name] for name in ("records", "head"))
    assert {"capture", "deployment"} == {
        r["event"]["type"] for r in case.get("/events", type_=["capture", "deployment"])["records"]
    }
