"""Pages of other origins: who may read, who may write, and what a page can see of an answer."""

import json
from typing import Any

import httpx
import pytest

from tests.support.browser import Page, find_browser
from tests.support.client import Timeline, refused
from tests.support.payloads import engagement, statement
from timeline.api.cross_origin import EXPOSED_HEADERS, OriginPolicy, is_loopback, origin_policy
from timeline.settings import Settings
from timeline.variables import SettingsError

NEWS = "https://news.example"
DESK = "https://desk.example:8443"
HERE = "http://localhost:3000"


def policy(host: str = "127.0.0.1", origins: str | None = None) -> OriginPolicy:
    """The policy of a service that listens on a host, with the setting."""
    return origin_policy(Settings(host=host, cors_origins=origins))


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("http://localhost", True),
        ("https://localhost:5173", True),
        ("http://app.localhost:3000", True),
        ("http://127.0.0.1:8000", True),
        ("http://127.8.9.10", True),
        ("http://[::1]:8000", True),
        ("null", False),
        ("", False),
        ("file://localhost", False),
        ("http://localhost.evil.example", False),
        ("http://localhost:3000.evil.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("http://evil.example#localhost", False),
        ("http://[::1", False),
        ("http://192.168.1.4", False),
    ],
)
def test_a_page_on_loopback(origin: str, expected: bool) -> None:
    """Is told by its host alone, whatever the host's name looks like."""
    assert expected == is_loopback(origin)


@pytest.mark.parametrize(
    ("host", "origins", "readers"),
    [
        ("127.0.0.1", None, {HERE}),
        ("::1", None, {HERE}),
        ("localhost", None, {HERE}),
        ("0.0.0.0", None, {HERE, NEWS, DESK, "null"}),
        ("127.0.0.1", "*", {HERE, NEWS, DESK, "null"}),
        ("0.0.0.0", "none", set()),
        ("0.0.0.0", NEWS, {NEWS}),
        ("127.0.0.1", f"{NEWS}, {DESK}", {NEWS, DESK}),
        ("127.0.0.1", f"* {DESK}", {HERE, NEWS, DESK, "null"}),
    ],
)
def test_who_may_read(host: str, origins: str | None, readers: set[str]) -> None:
    """By default everybody or loopback, by where the service listens; else whom the setting lists."""
    allowed = {origin for origin in (HERE, NEWS, DESK, "null") if policy(host, origins).allows(origin, "GET")}

    assert readers == allowed


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_who_may_write(host: str) -> None:
    """Only who is listed by name; `*` lists nobody."""
    for method in ("POST", "PUT", "DELETE"):
        assert not any(policy(host).allows(origin, method) for origin in (HERE, NEWS, "null", "*"))
        assert not any(policy(host, f"* {DESK}").allows(origin, method) for origin in (HERE, NEWS, "*"))
        assert policy(host, f"* {DESK}").allows(DESK, method)


@pytest.mark.parametrize(
    "text", ["news.example", "https://news.example/", "https://a.example/b", "ftp://a", "**"]
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    """A page's address, or a host alone, would never match what a browser sends."""
    with pytest.raises(SettingsError, match="TIMELINE_CORS_ORIGINS"):
        Settings.from_environment({"TIMELINE_CORS_ORIGINS": text})


def seen_by(origin: str | None, response: httpx.Response) -> bool:
    """Whether a browser would let a page of the origin see the answer."""
    return response.headers.get("access-control-allow-origin") in ("*", origin)


def ask(
    client: httpx.Client, method: str, path: str, origin: str | None = None, **headers: str
) -> httpx.Response:
    """Ask as a browser does for a page."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.request(method, path, headers=names | ({"origin": origin} if origin else {}))


READS = (
    ("", 200),
    ("?at=24", 200),
    ("?format=csv", 200),
    ("/events", 200),
    ("/replay?after=23", 200),
    ("/actors/nobody", 404),
    ("/nope", 404),
    ("?limit=0", 400),
    ("?at=99", 404),
    ("%2Fevents", 404),
)


@pytest.mark.parametrize(("path", "status"), READS)
def test_a_read_on_loopback(case: Timeline, path: str, status: int) -> None:
    """Pages on loopback see answers and refusals, others neither; caches are told that it depends on that."""
    answers = {origin: ask(case.client, "GET", case.path + path, origin) for origin in (HERE, NEWS, None)}

    assert [status] * 3 == [answer.status_code for answer in answers.values()]
    assert [True, False] == [seen_by(origin, answers[origin]) for origin in (HERE, NEWS)]
    for answer in answers.values():
        assert "origin" in answer.headers["vary"].split(", ")
    assert "access-control-allow-origin" not in answers[None].headers


def test_a_page_sees_the_headers_that_it_needs(case: Timeline) -> None:
    """Those of HTTP that browsers hide by default, and the service's own, also on 304."""
    answer = ask(case.client, "GET", f"{case.path}?limit=1", HERE)
    same = ask(case.client, "GET", f"{case.path}?limit=1", HERE, if_none_match=answer.headers["etag"])

    assert 304 == same.status_code
    for response in (answer, same):
        assert seen_by(HERE, response)
        exposed = response.headers["access-control-expose-headers"].split(", ")
        assert {"ETag", "Link", "Location", "Retry-After", "X-Total-Count"} <= set(exposed)
    own = {name for name in answer.headers if name.startswith("x-")}
    assert own <= {name.lower() for name in EXPOSED_HEADERS.split(", ")}


def test_a_preflight_is_answered(case: Timeline) -> None:
    """With what a page may send; a page that may not is told nothing."""
    read = {"access_control_request_method": "GET", "access_control_request_headers": "if-none-match"}
    write = {"access_control_request_method": "POST", "access_control_request_headers": "content-type"}

    allowed = ask(case.client, "OPTIONS", case.path, HERE, **read)
    assert (204, HERE) == (allowed.status_code, allowed.headers["access-control-allow-origin"])
    assert "If-None-Match" in allowed.headers["access-control-allow-headers"]
    assert "origin" in allowed.headers["vary"]
    for origin, question in ((HERE, write), (NEWS, read), (NEWS, write)):
        assert not seen_by(origin, ask(case.client, "OPTIONS", case.path, origin, **question))


def test_no_write_gets_by_without_a_preflight(unchanged: Timeline) -> None:
    """The media types that a page may send unasked are those of forms, and none of them is taken."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        response = unchanged.client.post(
            f"{unchanged.path}/events", content=b"{}", headers={"content-type": kind, "origin": NEWS}
        )
        refused(unchanged.client, response, 415, "unsupported-media", "Content-Type")


def test_listed_origins_write(serve: Any) -> None:
    """A desk's page posts with the token; reads are open to all with `*`, which is the same for all."""
    service = serve(cors_origins=f"*, {DESK}", write_token="secret")
    timeline = Timeline(service.client, "desk")
    path = f"{timeline.path}/events"
    service.client.put(timeline.path, headers={"authorization": "Bearer secret"})
    body: dict[str, Any] = {"json": engagement()}

    preflight = ask(
        service.client,
        "OPTIONS",
        path,
        DESK,
        access_control_request_method="POST",
        access_control_request_headers="authorization,content-type",
    )
    assert DESK == preflight.headers["access-control-allow-origin"]
    assert "Authorization" in preflight.headers["access-control-allow-headers"]
    unauthorized = service.client.post(path, headers={"origin": DESK}, **body)
    assert (401, DESK) == (unauthorized.status_code, unauthorized.headers["access-control-allow-origin"])
    posted = service.client.post(path, headers={"origin": DESK, "authorization": "Bearer secret"}, **body)
    assert (201, DESK) == (posted.status_code, posted.headers["access-control-allow-origin"])
    elsewhere = service.client.post(path, headers={"origin": NEWS, "authorization": "Bearer secret"}, **body)
    assert not seen_by(NEWS, elsewhere)
    read = ask(service.client, "GET", timeline.path, NEWS)
    assert ("*", "accept, accept-encoding") == (
        read.headers["access-control-allow-origin"],
        read.headers["vary"],
    )


FOLLOW = """
const api = "{api}", post = (body) => fetch(api + "/events", {{
  method: "POST", headers: {{"content-type": "application/json"}}, body
}}).then((answer) => answer.status, () => "refused");
(async () => {{
  const answer = await fetch(api + "?limit=1");
  const page = await answer.json();
  const again = await fetch(api + "?limit=1", {{
    headers: {{"if-none-match": answer.headers.get("etag")}}, cache: "no-store" }});
  const missing = await fetch(api + "/nope");
  const source = new EventSource(api + "/events/stream?after=" + (page.position - 1));
  source.onerror = () => done({{error: "the stream broke off"}});
  source.addEventListener("record", async (event) => {{
    source.close();
    done({{
      position: page.position, link: answer.headers.get("link"), again: again.status,
      problem: (await missing.json()).type, followed: event.lastEventId, posted: await post({body!r}),
    }});
  }});
}})().catch((error) => done({{error: String(error)}}));
"""


@pytest.mark.parametrize(
    ("origins", "can_read", "posted"), [("*", True, "refused"), ("page", True, 201), ("none", False, None)]
)
def test_a_page_of_another_origin_in_chromium(
    serve: Any, origins: str, can_read: bool, posted: object
) -> None:
    """It reads, compares, sees refusals, follows the stream, and posts where it is listed; else nothing."""
    find_browser()
    body = json.dumps(statement())
    page = Page("news.example")
    with page.served() as origin:
        service = serve(cors_origins=origin if origins == "page" else origins)
        timeline = Timeline(service.client, "shown")
        timeline.put()
        timeline.take(engagement(), engagement())
        page.show(FOLLOW.format(api=service.url + timeline.path, body=body))
        result = page.opened(origin)

    if not can_read:
        assert {"error": "TypeError: Failed to fetch"} == result
        return
    assert (2, 304, "2") == (result["position"], result["again"], result["followed"].partition("-")[0])
    assert 'rel="next"' in result["link"]
    assert "/problems/not-found" == result["problem"]
    assert posted == result["posted"]
    assert (3 if posted == 201 else 2) == timeline.head
