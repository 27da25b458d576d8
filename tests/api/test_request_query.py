"""A request's query is parsed once: equal requests are equal, however their addresses are written."""

import time
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.client import Timeline, raw, refused
from timeline.api.request_query import parse_query
from timeline.domain.errors import Malformed
from timeline.views.projection.rules import RULES_VERSION

PIN = (("at", "24"),)
QUERIES = (
    ("", PIN),
    ("", (("limit", "3"),)),
    ("", (*PIN, ("type", "capture"), ("type", "evidence"), ("order", "asc"), ("limit", "2"))),
    ("", (*PIN, ("q", 'soldier or "prisoner" é'), ("from", "2024-12-01T00:00:00+02:00"))),
    ("", (*PIN, ("format", "geojson"), ("actor", "ukraine"), ("limit", "2"))),
    ("", (*PIN, ("format", "jsonfeed"), ("limit", "2"), ("status", "reported"), ("status", "confirmed"))),
    ("", (*PIN, ("nope", "1"))),
    ("", (*PIN, ("limit", "0"))),
    ("", (("at", "9999"),)),
    ("/totals", (*PIN, ("measure", "captured"), ("by", "year"), ("by", "actor"))),
    ("/figures", (*PIN, ("policy", "latest"))),
    ("/diff", (("after", "3"), ("to", "20"))),
    ("/events", (("after", "3"), ("limit", "2"), ("type", "capture"), ("type", "deployment"))),
)
SAME = ("etag", "cache-control", "vary", "content-type", "link")


def _written(pairs: Any) -> str:
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)


def _percent(text: str) -> str:
    """Every byte escaped, though none needs it."""
    return "".join(f"%{byte:02X}" for byte in text.encode())


@st.composite
def _spellings(draw: st.DrawFn) -> tuple[str, str, str]:
    """A path, a query as it is usually written, and the same query in another order and encoding."""
    path, pairs = draw(st.sampled_from(QUERIES))
    parts = []
    for name, value in draw(st.permutations(pairs)):
        texts = [
            "".join(draw(st.sampled_from((quote_plus(c), _percent(c), _percent(c).lower()))) for c in text)
            for text in (name, value)
        ]
        parts += [draw(st.sampled_from(("", "&"))) + "=".join(texts)]
    return path, _written(pairs), "&".join(parts)


def _answer(service: Any, target: str) -> tuple[Any, ...]:
    response = raw(service, "GET", target, host="timeline.localhost")
    return response.status_code, response.content, [response.headers.get(name) for name in SAME]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spelling=_spellings())
def test_equal_requests_are_equal(service: Any, case: Timeline, spelling: tuple[str, str, str]) -> None:
    """Any order of parameters, and any encoding, has the plain form's status, headers and bytes."""
    path, plain, other = spelling
    target = case.path + path

    assert _answer(service, f"{target}?{plain}") == _answer(service, f"{target}?{other}")


@pytest.mark.parametrize("query", ["%61t=1", "at=%31", "a%74=%31", "&at=1", "at=1"])
def test_a_position_pins_an_answer_however_it_is_written(service: Any, case: Timeline, query: str) -> None:
    """The answer may be kept as long as that of `at=1`, and is the same."""
    pinned = f"{query}&%72ules={RULES_VERSION}&"
    answer = raw(service, "GET", f"{case.path}?{pinned}")

    assert "max-age=86400" in answer.headers["cache-control"]
    plain = f"{case.path}?at=1&rules={RULES_VERSION}"
    assert _answer(service, plain) == _answer(service, f"{case.path}?{pinned}")


@pytest.mark.parametrize("query", ["%74o=3", "to=%33", "after=1&%74o=%33"])
def test_an_end_pins_an_answer_however_it_is_written(service: Any, case: Timeline, query: str) -> None:
    """What ends at a position may be kept."""
    answer = raw(service, "GET", f"{case.path}/diff?{query}&rules={RULES_VERSION}")
    assert "max-age=86400" in answer.headers["cache-control"]


def test_parameters_in_another_order_share_an_answer(service: Any, case: Timeline) -> None:
    """The ETag of the one is that of the other, also where values of one parameter change places."""
    first = raw(service, "GET", f"{case.path}?at=24&type=capture&type=evidence&limit=2")
    for query in (
        "limit=2&type=capture&type=evidence&at=24",
        "at=24&type=evidence&type=capture&limit=2",
    ):
        again = raw(service, "GET", f"{case.path}?{query}", if_none_match=first.headers["etag"])
        assert (304, b"") == (again.status_code, again.content)


def test_a_path_is_compared_decoded(service: Any, case: Timeline) -> None:
    """An escaped letter in the path, or a slash at its end, makes no other answer."""
    plain = _answer(service, f"{case.path}?at=24")
    escaped = case.path.replace("/kursk", "/%6Bursk")

    assert plain == _answer(service, f"{escaped}?at=24")
    assert plain == _answer(service, f"{case.path}/?at=24")


@pytest.mark.parametrize("name", ["min_position", "min%5Fposition", "%6Din_position"])
@pytest.mark.parametrize("value", ["99", "%39%39"])
def test_a_position_is_waited_for_however_it_is_written(
    waiting: Timeline, service: Any, name: str, value: str
) -> None:
    """A read waits for its `min_position`, and is a 404 when that does not come."""
    began = time.monotonic()
    response = waiting.client.get(f"{waiting.path}?{name}={value}")

    assert time.monotonic() - began >= 0.4
    refused(waiting.client, response, 404, "unknown-position", "min_position")


@pytest.fixture
def waiting(serve: Any) -> Timeline:
    """A timeline of a service that waits for half a second."""
    timeline = Timeline(serve(read_wait_seconds_max="0.5").client)
    timeline.put()
    return timeline


MALFORMED = (
    ("q=%", "q"),
    ("q=%4", "q"),
    ("q=%zz", "q"),
    ("q=a%2", "q"),
    ("q=%%34", "q"),
    ("q=%FF", "q"),
    ("q=%C3", "q"),
    ("q=%ED%A0%80", "q"),
    ("q=%C0%80", "q"),
    ("at=24&%71=%zz", "q"),
    ("at=%zz&at=1", "at"),
    ("nope=%zz", "nope"),
    ("%", None),
    ("%zz=1", None),
    ("%FF=1", None),
    ("at=1&q%=1", None),
)


@pytest.mark.parametrize(("query", "path"), MALFORMED)
@pytest.mark.parametrize("address", ["", "/events", "/totals", "/replay"])
def test_what_is_not_percent_encoded_utf_8_is_refused(
    unchanged: Timeline, service: Any, address: str, query: str, path: str | None
) -> None:
    """A malformed escape, or bytes that are not UTF-8, is a 400 that names the parameter where it can."""
    refused(
        unchanged.client, raw(service, "GET", f"{unchanged.path}{address}?{query}"), 400, "malformed", path
    )


@pytest.mark.parametrize(
    "target", ["/health", "/ready", "/metrics", "/docs", "/openapi.json", "/v1/timelines"]
)
def test_every_address_reads_its_query_alike(unchanged: Timeline, service: Any, target: str) -> None:
    """What is malformed is refused everywhere, by every method, and counted; an unknown path stays a 404."""
    refused(unchanged.client, raw(service, "GET", f"{target}?x=%zz"), 400, "malformed", "x")
    assert (400, b"") == raw(service, "HEAD", f"{target}?x=%zz")[::2]
    assert 400 == raw(service, "OPTIONS", f"{target}?x=%zz").status_code
    refused(unchanged.client, raw(service, "GET", f"/nope{target}?x=%zz"), 404, "not-found")
    counted = unchanged.client.get("/metrics").text
    assert f'timeline_requests_total{{method="GET",path="{target}",status_code="400"}}' in counted


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_write_reads_its_query_alike(unchanged: Timeline, service: Any, method: str) -> None:
    """A malformed query is refused before anything is recorded."""
    target = f"{unchanged.path}/events" if method == "POST" else unchanged.path

    refused(unchanged.client, raw(service, method, f"{target}?on_error=%4"), 400, "malformed", "on_error")


def test_a_query_has_so_many_parameters_at_most(unchanged: Timeline, service: Any) -> None:
    """More than any operation takes are refused before they are looked at."""
    query = "&".join(f"q{n}=" for n in range(101))

    assert "100" in refused(
        unchanged.client, raw(service, "GET", f"{unchanged.path}?{query}"), 400, "malformed"
    )


def test_a_blank_may_be_written_as_plus(service: Any, case: Timeline) -> None:
    """`+` is a blank, `%2B` a plus sign, and raw UTF-8 is read as if it were escaped."""
    assert _answer(service, f"{case.path}?q=North+Korean") == _answer(
        service, f"{case.path}?q=North%20Korean"
    )
    assert 400 == raw(service, "GET", f"{case.path}?limit=%2B1").status_code
    unescaped = raw(service, "GET", f"{case.path}?at=24&q=\xc3\xa9")
    assert urlsplit(unescaped.json()["url"]).query == f"q=%C3%A9&at=24&rules={RULES_VERSION}"


@pytest.mark.parametrize(("query_string", "path"), [(b"q=\xe9", "q"), (b"a=1&q\xe9=1", None)])
def test_raw_bytes_have_to_be_utf_8(query_string: bytes, path: str | None) -> None:
    """Bytes that are not escaped are held to the same rule; some servers refuse them before that."""
    with pytest.raises(Malformed, match="not UTF-8") as refusal:
        parse_query(query_string)

    assert path == refusal.value.path


@given(pairs=st.lists(st.tuples(st.text(), st.text()).filter(any), max_size=20))
def test_the_canonical_query_is_read_as_it_was(pairs: list[tuple[str, str]]) -> None:
    """Any parameters survive, here and in the framework's own parsing; only their order does not."""
    query = parse_query(_written(pairs).encode())

    assert tuple(sorted(pairs)) == query.parameters
    assert query == parse_query(query.text.encode())
    assert list(query.parameters) == parse_qsl(query.text, keep_blank_values=True)


@pytest.mark.parametrize(
    "value", ["", "-1", "+1", "1.0", "1\n", "\uff11", "x", "9007199254740992", "9" * 5_000]
)
def test_what_is_no_position(value: str) -> None:
    """Only ASCII digits up to the greatest position count."""
    assert parse_query(f"at={quote_plus(value)}".encode()).position("at") is None


def test_a_semicolon_separates_nothing(unchanged: Timeline, service: Any) -> None:
    """It belongs to the value that it stands in."""
    refused(
        unchanged.client,
        raw(service, "GET", f"{unchanged.path}?limit=1;order=asc"),
        400,
        "malformed",
        "limit",
    )
    assert 200 == raw(service, "GET", f"{unchanged.path}?q=a;b").status_code
