"""Addresses at which nothing is, methods that are not served, and what no client sends."""

import socket
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from tests.support.client import Timeline, raw, refused
from tests.support.payloads import statement

ABSENT = "01940000-0000-7000-8000-00000000dead"
JSON = "application/json"


@pytest.mark.parametrize(
    "target",
    [
        "/events/x",
        "/events/%00",
        f"/events/{ABSENT}",
        "/entries/x",
        "/entries/%FF",
        f"/entries/{ABSENT}",
        "/actors/nobody",
        "/figures/a.b.c.d.e",
        "/figures/%C3%B8d/audit",
        "/figures/a.b/audit",
        "/figures/%ED%A0%80",
        "/figures/a%2Fb",
        "%2Fevents",
        "/events%2f",
        "/nope",
        "/events/x/y",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
    ],
)
def test_what_is_not_there(unchanged, service, target):
    """An address at which nothing is gets 404 and a problem."""
    refused(unchanged.client, raw(service, "GET", unchanged.path + target), 404, "not-found")


@pytest.mark.parametrize(
    "target",
    ["/v2", "/v2/timelines", "/problems/nope", "/problems/%00", "/docs/assets/nope", "*"]
    + [f"/docs/assets/{name}" for name in ("%00", "x" * 5000, "..%2f..%2fx", "")],
    ids=lambda value: value[:30],
)
def test_no_such_address(client, service, target):
    """Whatever is asked for outside the routes is a 404 with a problem."""
    refused(client, raw(service, "GET", target), 404, "not-found")


@pytest.mark.parametrize(
    "view",
    ["", f"/entries/{ABSENT}", "/actors", "/figures", "/figures/a.b.c.d.e", "/events", "/diff", "/replay"],
)
def test_a_timeline_that_is_not_there(client, view):
    """Every view of an unknown timeline is 404, and says how to create one."""
    response = client.get(f"/v1/timelines/never-made{view}")

    assert "PUT" in refused(client, response, 404, "unknown-timeline")


def test_posting_to_a_timeline_that_is_not_there(client):
    """A post to an unknown timeline is 404 and makes none."""
    unmade = Timeline(client)

    refused(client, unmade.post(statement()), 404, "unknown-timeline")
    refused(client, client.get(unmade.path), 404, "unknown-timeline")


ADDRESSES = {
    "/v1/timelines": "GET, HEAD, OPTIONS",
    "/v1/timelines/{name}": "GET, HEAD, OPTIONS, PUT",
    "/v1/timelines/{name}/events": "GET, HEAD, OPTIONS, POST",
    "/v1/timelines/{name}/actors": "GET, HEAD, OPTIONS",
    "/health": "GET, HEAD, OPTIONS",
    "/docs": "GET, HEAD, OPTIONS",
}


@pytest.mark.parametrize(("address", "allow"), ADDRESSES.items())
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "get", "NOPE"])
def test_a_method_that_is_not_served(unchanged, service, address, allow, method):
    """A wrong method gets 405 with all the methods that the address has."""
    if method in allow:
        return
    response = raw(service, method, address.format(name=unchanged.name))

    refused(unchanged.client, response, 405, "method-not-allowed")
    assert allow == response.headers["allow"]


@pytest.mark.parametrize(("address", "allow"), ADDRESSES.items())
def test_options(unchanged, address, allow):
    """OPTIONS names the methods of the address."""
    response = unchanged.client.options(address.format(name=unchanged.name))

    assert (204, allow, b"") == (response.status_code, response.headers["allow"], response.content)


@pytest.mark.parametrize("address", [*ADDRESSES, "/ready", "/metrics", "/openapi.json", "/nope"])
def test_head_is_get_without_the_body(unchanged, address):
    """HEAD answers with the headers that GET has, and no body."""
    target = address.format(name=unchanged.name)
    head, get = unchanged.client.head(target), unchanged.client.get(target)

    assert (get.status_code, b"") == (head.status_code, head.content)
    assert get.headers["content-type"] == head.headers["content-type"]
    if address != "/metrics":
        assert get.headers["content-length"] == head.headers["content-length"]


@pytest.mark.parametrize("path", ["", "/events", "/actors", "/figures"])
def test_a_trailing_slash_changes_nothing(unchanged, path):
    """An address with a slash at its end answers as the one without."""
    without, with_slash = (unchanged.client.get(f"{unchanged.path}{path}{end}") for end in ("", "/"))

    assert 200 == with_slash.status_code
    assert without.json().keys() == with_slash.json().keys()


@pytest.mark.parametrize(
    "accept", ["text/html", "image/png", "*/*;q=0", "", "application/json;q=0", ",,;q", "x" * 3000]
)
def test_accept_is_no_reason_to_refuse(unchanged, accept):
    """An answer that has one form has it whoever asks for another, and problems stay problems."""
    good = unchanged.client.get(f"{unchanged.path}/actors", headers={"accept": accept})

    assert (200, JSON) == (good.status_code, good.headers["content-type"])
    bad = unchanged.client.get(f"{unchanged.path}/actors?at=x", headers={"accept": accept})
    refused(unchanged.client, bad, 400, "malformed", "at")


@pytest.mark.parametrize("length", [10_000, 60_000, 70_000, 1_000_000])
def test_very_long_addresses(unchanged, service, length):
    """Long addresses are refused as what they ask for, or by the server before that; never with a 500."""
    for target in (f"{unchanged.path}/{'x' * length}", f"{unchanged.path}?q={'x' * length}"):
        assert raw(service, "GET", target).status_code in (400, 404, 414, 431)


@pytest.mark.parametrize(
    "target",
    ["{path}\xe9", "{path}?q=\xe9", "{path} x", "{path}?q=%zz", "http://elsewhere{path}", "{path}#x"],
)
def test_addresses_that_no_client_sends(unchanged, service, target):
    """What is no URL, or an odd one, gets an answer below 500."""
    assert raw(service, "GET", target.format(path=unchanged.path)).status_code < 500


NO_HTTP = {
    b"hello\r\n\r\n": 400,
    b"GET / HTTP/3.0\r\n\r\n": 400,
    b"GET / HTTP/1.1\r\nNo Name: x\r\n\r\n": 400,
    b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n1": 400,
    b"GET /" + b"x" * 65_535 + b" HTTP/1.1\r\n\r\n": 414,
    b"GET / HTTP/1.1\r\nX: " + b"x" * 200_000 + b"\r\n\r\n": 431,
    b"GET / HTTP/1.1\r\n" + b"X: x\r\n" * 101 + b"\r\n": 431,
}


@pytest.mark.parametrize("text", NO_HTTP, ids=lambda text: text[:30])
def test_what_is_no_http(service, text):
    """The server refuses it before the service sees it: a status, no body, and the end, as the guide says."""
    address = urlsplit(service.url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(text)
        answer = b""
        with suppress(ConnectionResetError):  # what it sent was not read to the end
            while part := connection.recv(65_536):
                answer += part

    assert answer.startswith(b"HTTP/1.1 %d " % NO_HTTP[text])
    assert b"content-length: 0\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")
