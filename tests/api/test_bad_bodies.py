"""Bodies that are too large, of another kind, in a bad envelope or broken off leave no trace."""

import gzip
import json
import socket

import pytest

from tests.support.client import Timeline, raw, refused, send
from tests.support.payloads import engagement, new_id

JSON = "application/json"
CLOUD_EVENT = "application/cloudevents+json"
CLOUD_EVENTS = "application/cloudevents-batch+json"


def test_an_array_over_the_limit(unchanged):
    """One event too many is refused with 413 and the limit; exactly the limit is taken in elsewhere."""
    response = unchanged.post(*(engagement() for _ in range(1001)))
    roomy = Timeline(unchanged.client)
    roomy.put()

    refused(unchanged.client, response, 413, "too-large")
    assert 1000 == response.json()["limit"]
    assert list(range(1, 1001)) == roomy.take(*(engagement() for _ in range(1000)))


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit(unchanged, chunked):
    """A body over ten million bytes is refused with 413, whether its length is told or not."""
    chunks = [b" " * 1_000_000] * 10 + [b" "]
    body = iter(chunks) if chunked else b"".join(chunks)
    response = send(unchanged, body)

    refused(unchanged.client, response, 413, "too-large")
    assert 10_000_000 == response.json()["limit"]


@pytest.mark.parametrize("expected", ['"0"', '"2"', '"02"', '"999999999999999999"'])
def test_a_stale_if_match(unchanged, expected):
    """A position at which the log does not stand is refused with 412 and where it stands."""
    response = unchanged.post(engagement(), **{"if-match": expected})

    refused(unchanged.client, response, 412, "position-mismatch")
    assert 1 == response.json()["position"]


@pytest.mark.parametrize(
    "if_match", ["1", '""', '"x"', 'W/"1"', '"1", "2"', '"-1"', '"1"x', "", '"1000000000000000000"', '"1.0"']
)
def test_an_if_match_that_is_not_a_position(unchanged, if_match):
    """An If-Match of another form is refused with 400."""
    detail = refused(
        unchanged.client, unchanged.post(engagement(), **{"if-match": if_match}), 400, "malformed", "If-Match"
    )

    assert 'expected text that is one position in quotes, as "17", or *' == detail


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "json",
        "*/*",
        ",",
        ";",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/problem+json",
        "\xe9",
        "x" * 5000,
    ],
    ids=lambda value: value[:40],
)
def test_another_media_type(unchanged, service, content_type):
    """A body of a media type that the address does not take gets 415 and a word on what it takes."""
    body = json.dumps(engagement())
    posted = raw(service, "POST", f"{unchanged.path}/events", body, content_type=content_type)
    put = raw(service, "PUT", unchanged.path, '{"title": "x"}', content_type=content_type)

    assert JSON in refused(unchanged.client, posted, 415, "unsupported-media", "Content-Type")
    assert JSON in refused(unchanged.client, put, 415, "unsupported-media", "Content-Type")


def test_a_body_without_a_media_type(unchanged, service):
    """A body that does not say what it is gets 415."""
    response = raw(service, "POST", f"{unchanged.path}/events", json.dumps(engagement()))

    refused(unchanged.client, response, 415, "unsupported-media", "Content-Type")


@pytest.mark.parametrize("coding", ["gzip", "br", "GZIP", "deflate, gzip", "nonsense"])
def test_a_compressed_body(unchanged, coding):
    """A body with a content coding is refused with 415, not read as if it were JSON gone wrong."""
    response = send(unchanged, gzip.compress(json.dumps(engagement()).encode()), content_encoding=coding)

    refused(unchanged.client, response, 415, "unsupported-media", "Content-Encoding")


@pytest.mark.parametrize(
    "content_type", [JSON, "application/JSON", "application/json; charset=utf-8", "application/json;"]
)
def test_media_types_that_are_json(timeline, content_type):
    """JSON is taken however its media type is written."""
    assert 201 == send(timeline, json.dumps(engagement()), content_type).status_code


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"id": 5}, "$.id"),
        ({"specversion": "0.3"}, "$.specversion"),
        ({"source": ""}, "$.source"),
        ({"type": "x"}, "$.type"),
        ({"type": "conflict.timeline.nope.v1"}, "$.type"),
        ({"type": "conflict.timeline.engagement.v3"}, "$.type"),
        ({"type": "conflict.timeline.engagement.v1\n"}, "$.type"),
        ({"time": "nope"}, "$.time"),
        ({"datacontenttype": "text/xml"}, "$.datacontenttype"),
        ({"data": None}, "$.data"),
        ({"data": {"id": "x"}}, "$.data.id"),
        ({"data": {"type": "capture"}}, "$.data.type"),
        ({"data": {"summary": 5}}, "$.data.summary"),
        ({"data": {"summary": "\0"}}, "$.data.summary"),
    ],
    ids=str,
)
def test_a_cloud_event_that_is_none(unchanged, fields, path):
    """A bad envelope, or a bad event in one, is refused with 400 and the path into the envelope."""
    envelope = {
        "specversion": "1.0",
        "id": new_id(),
        "source": "tests",
        "type": "conflict.timeline.engagement.v1",
        "data": {"summary": "One more engagement."},
    }
    bad = {**envelope, **fields}

    refused(unchanged.client, send(unchanged, json.dumps(bad), CLOUD_EVENT), 400, "malformed", path)
    batch = send(unchanged, json.dumps([envelope, bad]), CLOUD_EVENTS)
    refused(unchanged.client, batch, 400, "malformed", path.replace("$", "$[1]", 1))


def test_a_batch_that_is_none(unchanged):
    """A batch must be an array with something in it."""
    refused(unchanged.client, send(unchanged, b"[]", CLOUD_EVENTS), 400, "malformed", "$")
    refused(unchanged.client, send(unchanged, b"{}", CLOUD_EVENTS), 400, "malformed", "$")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"{", "$"),
        (b" ", "$"),
        (b"[]", "$"),
        (b"{}", "$.title"),
        (b'{"title": ""}', "$.title"),
        (b'{"title": 1}', "$.title"),
        (b'{"title": "a\\u0000"}', "$.title"),
        (b'{"title": "\\ud800"}', "$"),
        (b'{"title": "a", "x": 1}', "$.x"),
        (b'{"title": "a", "x": 1', "$.x"),
        (b'{"title": "a", "language": "?"}', "$.language"),
    ],
    ids=str,
)
def test_a_description_that_is_none(unchanged, body, path):
    """A timeline's description is held to its form as events are, and nothing is recorded of a bad one."""
    response = unchanged.client.put(unchanged.path, content=body, headers={"content-type": JSON})

    refused(unchanged.client, response, 400, "malformed", path)
    assert unchanged.get()["about"] is None


def test_a_bad_description_makes_no_timeline(client):
    """A PUT that is refused does not create the timeline either."""
    unmade = Timeline(client)
    response = client.put(unmade.path, content=b"{", headers={"content-type": JSON})

    refused(client, response, 400, "malformed", "$")
    refused(client, client.get(unmade.path), 404, "unknown-timeline")


def test_a_body_that_breaks_off(unchanged, service):
    """Chunks that are none get 400; a client that goes away in mid-body leaves nothing behind."""
    headers = {"transfer_encoding": "chunked", "content_type": JSON}
    response = raw(service, "POST", f"{unchanged.path}/events", b"no chunk", **headers)
    host, _, port = service.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(
            f"POST {unchanged.path}/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: {JSON}\r\n"
            'content-length: 500\r\n\r\n{"id":'.encode()
        )

    refused(unchanged.client, response, 400, "malformed", "$")
