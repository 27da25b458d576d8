"""The Host of a request: checked before anything else, and in no answer that another client may get."""

import json
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.client import Timeline, raw, refused
from tests.support.payloads import engagement
from tests.support.service import Service
from timeline.api.hosts import host_name, host_policy
from timeline.domain.errors import Malformed
from timeline.settings import Settings

NO_HOSTS = (
    *("a:b", "a:99999999", "a:65536", "a:-1", "a b", "a/b", "a@b", "", ":80", "[::1", "::1", "a,b"),
    *("http://a", "a#b", "a?b", "ä", "%61", "x" * 300),
)
LOOPBACK = ("localhost", "LOCALHOST.:8000", "app.localhost:1", "127.0.0.1", "127.1.2.3:80", "[::1]:8000")
READS = ("/health", "/v1/timelines", "{path}?at=24", "{path}?format=jsonfeed")


@pytest.mark.parametrize("host", NO_HOSTS)
@pytest.mark.parametrize("path", READS)
def test_what_is_no_host_is_refused(service: Service, case: Timeline, host: str, path: str) -> None:
    """With a problem, wherever it is sent: the framework's own reading of it failed with 500."""
    answer = raw(service, "GET", path.format(path=case.path), host=host)
    refused(case.client, answer, 400, "malformed", "Host")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "192.0.2.1", "localhost.evil.example"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS"])
def test_a_service_without_a_token_serves_loopback_alone(
    service: Service, case: Timeline, host: str, method: str
) -> None:
    """A page whose name was made to lead here has the same origin as the service: only its Host tells."""
    head = case.head
    answer = raw(service, method, f"{case.path}/events", json.dumps(engagement()), host=host)

    assert 400 == answer.status_code
    assert method == "HEAD" or "TIMELINE_ALLOWED_HOSTS" in answer.json()["detail"]
    assert head == case.head


@pytest.mark.parametrize("host", LOOPBACK)
def test_loopback_is_served_by_any_of_its_names(service: Service, case: Timeline, host: str) -> None:
    """And at any port: one may have been forwarded."""
    assert 200 == raw(service, "GET", f"{case.path}?at=24", host=host).status_code


def test_a_probe_is_answered_by_any_name(service: Service) -> None:
    """A load balancer asks by a name or address of its own, and learns nothing that is private."""
    for path in ("/health", "/ready"):
        assert 200 == raw(service, "GET", path, host="10.0.0.7:8000").status_code


@pytest.mark.parametrize(
    ("settings", "served", "refused_names"),
    [
        ({}, LOOPBACK, ("a.example", "192.0.2.1")),
        (
            {"allowed_hosts": "A.example:80, b.example."},
            (*LOOPBACK, "a.example:1", "B.example"),
            ("c.example",),
        ),
        ({"public_url": "https://a.example:9/x"}, (*LOOPBACK, "a.example"), ("b.example", "192.0.2.1")),
        ({"host": "0.0.0.0", "write_token": "x"}, (*LOOPBACK, "a.example", "192.0.2.1"), ()),
        ({"write_token": "x"}, (*LOOPBACK, "a.example"), ()),
        (
            {"host": "0.0.0.0", "write_token": "x", "public_url": "https://TIMELINE.example"},
            (*LOOPBACK, "timeline.EXAMPLE", "192.0.2.1", "[2001:db8::1]"),
            ("a.example", "example", "xtimeline.example"),
        ),
        ({"public_url": "https://zeitlinie-ö.example"}, ("xn--zeitlinie--ncb.example",), ("a.example",)),
    ],
)
def test_the_settings_name_the_hosts(
    settings: dict[str, Any], served: tuple[str, ...], refused_names: tuple[str, ...]
) -> None:
    """The public URL's and those listed, and loopback; where a token protects writes, addresses too."""
    policy = host_policy(Settings(**settings))

    assert [] == [host for host in served if not policy.allows(host_name(host))]
    assert [] == [host for host in refused_names if policy.allows(host_name(host))]


@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=40) | st.from_regex(r"[a-z.\[\]:0-9%@-]*"))
def test_any_host_is_read_or_refused(host: str) -> None:
    """What is read has nothing in it but a name and a port, as every other reader of the address sees it."""
    try:
        name = host_name(host)
    except Malformed:
        return
    parts = urlsplit(f"http://{host}/")
    assert ("/", "", "", None) == (parts.path, parts.query, parts.fragment, parts.username)
    assert parts.port is None or parts.port < 65_536
    assert name == (parts.hostname or "").removesuffix(".")


@pytest.mark.parametrize("count", [0, 2])
def test_a_request_has_one_host(service: Service, client: httpx.Client, count: int) -> None:
    """RFC 9112, section 3.2: none or several are refused."""
    assert raw_head(service, ["Host: localhost"] * count).startswith(b"HTTP/1.1 400")


def test_a_program_of_1996_needs_none(service: Service, client: httpx.Client) -> None:
    """HTTP/1.0 has no Host, and no browser sends it."""
    assert raw_head(service, [], "1.0").startswith(b"HTTP/1.0 200")


def raw_head(service: Service, headers: list[str], version: str = "1.1") -> bytes:
    """The first line of the answer to a request with these headers alone."""
    address = httpx.URL(service.url)
    with socket.create_connection((address.host, address.port or 80), timeout=10) as connection:
        lines = [f"GET / HTTP/{version}", *headers, "Connection: close", "", ""]
        connection.sendall("\r\n".join(lines).encode())
        return connection.recv(1000)


@pytest.mark.parametrize("path", ["?format=jsonfeed&at=24", "?form%61t=atom&at=24", "/events?format=ndjson"])
def test_an_answer_with_the_host_of_a_request_is_not_shared(
    service: Service, case: Timeline, path: str
) -> None:
    """Not by proxies, and not by this service, whoever asked before."""
    for host in ("one.localhost", "two.localhost:81", "ONE.localhost"):
        answer = raw(service, "GET", case.path + path, host=host)
        assert 200 == answer.status_code
        assert "private" in answer.headers["cache-control"]
        assert b"localhost" not in answer.content or f"http://{host.lower()}/".encode() in answer.content


def test_an_answer_with_the_public_address_is_shared(serve: Callable[..., Service]) -> None:
    """It is the same by whichever of its names the service was called."""
    service = serve(public_url="https://timeline.example/x", allowed_hosts="inner.example")
    timeline = Timeline(service.client)
    timeline.put(title="A war")
    hosts = ("timeline.example", "inner.example:8000", "127.0.0.1")
    answers = [raw(service, "GET", f"{timeline.path}?format=atom&at=0&limit=1", host=host) for host in hosts]

    assert {200} == {answer.status_code for answer in answers}
    assert {"public, max-age=86400"} == {answer.headers["cache-control"] for answer in answers}
    assert 1 == len({(answer.content, answer.headers["etag"]) for answer in answers})
    assert b"https://timeline.example/x/v1" in answers[0].content


@pytest.mark.parametrize("headers", [{"accept": "a" * 40_000}, {f"x-{n}": "a" * 900 for n in range(40)}])
def test_headers_are_bounded(service: Service, case: Timeline, headers: dict[str, str]) -> None:
    """A client cannot have the service hold, parse or remember what it sends by the megabyte."""
    refused(case.client, raw(service, "GET", case.path, **headers), 431, "headers-too-large")


@pytest.mark.parametrize("text", ["a" * 9_000, "%61" * 3_000])
def test_addresses_are_bounded(service: Service, case: Timeline, text: str) -> None:
    """As they are sent: the longest that an operation needs have a tenth of that."""
    refused(case.client, raw(service, "GET", f"{case.path}?q={text}"), 414, "address-too-long")
