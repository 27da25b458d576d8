"""Parameters with values that are not allowed are refused, with their name and the reason."""

import json
from base64 import urlsafe_b64encode
from urllib.parse import quote

import pytest

from tests.support.client import Timeline, raw, refused
from tests.support.payloads import engagement, new_id

VIEWS = ["", "/entries/{id}", "/actors", "/actors/nis", "/figures", "/figures/a.b.c.d.e"]


@pytest.mark.parametrize(
    "name", ["Abc", "a--b", "-a", "a-", "a b", "a%0A", "%00", "%FF", "%ED%A0%80", "a" * 81, "a.b", "é", "%zz"]
)
def test_a_name_that_no_timeline_can_have(unchanged, service, name):
    """A timeline's id is a slug; anything else is refused with 400, wherever it stands."""
    target = f"/v1/timelines/{quote(name, safe='%')}"

    for method, path in (("PUT", ""), ("GET", ""), ("GET", "/events"), ("GET", "/diff"), ("GET", "/replay")):
        refused(unchanged.client, raw(service, method, target + path), 400, "malformed", "timeline")


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("2", 404),
        ("999999999999999999", 404),
        ("2999-01-01T00:00:00Z", 404),
        ("-1", 400),
        (str(2**63), 400),
        (str(10**40), 400),
        ("1.0", 400),
        ("1e0", 400),
        ("0x1", 400),
        ("%00", 400),
        ("1%0A", 400),
        ("%EF%BC%91", 400),
        ("", 400),
        ("now", 400),
        ("2999-12-31", 404),
        ("2024-12", 400),
        ("2024-02-30", 400),
        ("2024-12-27~", 400),
        ("2024-02-30T00:00:00Z", 400),
        ("2024-12-27T24:00:00Z", 400),
        ("0001-01-01T00:00:00Z", 400),
        ("9999-12-31T23:59:59-14:00", 400),
    ],
)
def test_at_that_is_not_a_position_yet(unchanged, view, text, status):
    """`at` beyond the record is 404 with the head or the reason; what is not a position or time is 400."""
    path = view.format(id=unchanged.get("/events")["records"][0]["event"]["id"])
    response = unchanged.client.get(f"{unchanged.path}{path}?at={text}")

    kind = "unknown-position" if status == 404 else "malformed"
    refused(unchanged.client, response, status, kind, "at")
    assert status == 400 or "-" in text or 1 == response.json()["head"]


@pytest.mark.parametrize("view", ["/diff", "/replay"])
@pytest.mark.parametrize("name", ["after", "to"])
@pytest.mark.parametrize(
    ("text", "status"),
    [("2", 404), ("2999-01-01T00:00:00Z", 404), ("-1", 400), (str(2**63), 400), ("%00", 400), ("x", 400)],
)
def test_a_stretch_beyond_the_record(unchanged, view, name, text, status):
    """`after` and `to` are compared with the record as `at` is, and named in the problem."""
    kind = "unknown-position" if status == 404 else "malformed"

    refused(
        unchanged.client, unchanged.client.get(f"{unchanged.path}{view}?{name}={text}"), status, kind, name
    )


@pytest.mark.parametrize("view", ["/diff", "/replay"])
def test_a_stretch_that_ends_before_it_begins(unchanged, view):
    """`after` beyond `to` is refused with 400."""
    refused(
        unchanged.client,
        unchanged.client.get(f"{unchanged.path}{view}?after=1&to=0"),
        400,
        "malformed",
        "after",
    )


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("nope=1", "nope"),
        ("At=1", "At"),
        ("=", ""),
        ("%00=1", "\0"),
        ("at=1&at=1", "at"),
        ("order=asc&order=asc", "order"),
        ("limit=1&limit=2", "limit"),
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=10001", "limit"),
        (f"limit={10**30}", "limit"),
        ("limit=", "limit"),
        ("limit=x", "limit"),
        ("limit=null", "limit"),
        ("limit=Null", "limit"),
        ("limit=true", "limit"),
        ("limit=2.0", "limit"),
        ("limit=1e2", "limit"),
        ("limit=%2B1", "limit"),
        ("limit=%201", "limit"),
        ("limit=1.5", "limit"),
        ("limit=1;limit=2", "limit"),
        ("limit=%00", "limit"),
        ("limit=%EF%BC%91", "limit"),
        ("order=up", "order"),
        ("format=", "format"),
        ("format=CSV", "format"),
        ("format=null", "format"),
        ("order=Null", "order"),
        ("format=csv&format=atom", "format"),
        ("format=ndjson", "format"),
        ("format=csv&hxl=x", "hxl"),
        ("format=csv&hxl=", "hxl"),
        ("format=csv&hxl=1", "hxl"),
        ("format=csv&hxl=True", "hxl"),
        ("format=atom&hxl=1", "hxl"),
        ("order=%00", "order"),
        ("type=nope", "type"),
        ("type=capture&type=nope", "type"),
        ("type=correction", "type"),
        ("type=%00", "type"),
        ("status=nope", "status"),
        ("status=%00", "status"),
        ("tag=Nope", "tag"),
        ("tag=%00", "tag"),
        ("tag=", "tag"),
        ("&".join(f"tag=t{n}" for n in range(21)), "tag"),
        ("actor=Nope", "actor"),
        ("actor=%00", "actor"),
        ("claimant=Nope", "claimant"),
        ("claimant=%00", "claimant"),
        ("place=%00", "place"),
        ("place=a%00b", "place"),
        ("place=", "place"),
        (f"place={'x' * 501}", "place"),
        ("q=%00", "q"),
        ("q=", "q"),
        (f"q={'x' * 501}", "q"),
        ("q=%25", "q"),
        ("q='", "q"),
        ("q=%22", "q"),
        ("q=%20", "q"),
        ("q=%22-%20%25%22", "q"),
        ("q=or", "q"),
        ("parts=true", "parts"),
        ("published_by=9999-01-01T00:00:00Z", "published_by"),
        ("published_by=2024-12", "published_by"),
        ("from=%00", "from"),
        ("from=2024-13", "from"),
        ("from=2024-02-30", "from"),
        ("from=2024/2023", "from"),
        ("from=", "from"),
        ("to=%00", "to"),
        ("to=2024-12-27T25:00:00Z", "to"),
        ("bbox=%00", "bbox"),
        ("bbox=1,2,3", "bbox"),
        ("bbox=1,2,3,4,5", "bbox"),
        ("bbox=181,0,0,1", "bbox"),
        ("bbox=0,91,1,92", "bbox"),
        ("bbox=0,2,1,1", "bbox"),
        ("bbox=nan,0,1,1", "bbox"),
        ("bbox=1e9,0,1,1", "bbox"),
        ("cursor=", "cursor"),
        ("cursor=%00", "cursor"),
        (f"cursor={'x' * 601}", "cursor"),
    ],
    ids=lambda value: value[:30],
)
def test_a_value_that_a_parameter_cannot_have(unchanged, query, path):
    """Unknown and repeated parameters, and values that a parameter cannot have, are refused with 400."""
    refused(unchanged.client, unchanged.client.get(f"{unchanged.path}?{query}"), 400, "malformed", path)


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/events?after=-1", "after"),
        ("/events?after=x", "after"),
        (f"/events?after={2**53}", "after"),
        ("/events?after=%00", "after"),
        ("/events?type=nope", "type"),
        ("/events?type=%00", "type"),
        ("/events?at=x", "at"),
        ("/events?from=1", "from"),
        ("/events?format=csv", "format"),
        ("/events?format=%00", "format"),
        ("/events?hxl=true", "hxl"),
        ("/figures?format=geojson", "format"),
        ("/figures?hxl=true", "hxl"),
        ("/figures?kind=bogus", "kind"),
        ("/figures?basis=bogus", "basis"),
        ("/actors?format=csv", "format"),
        ("/figures?as_of=2024", "as_of"),
        ("/figures/a.b.c.d.e?as_of=%00", "as_of"),
        ("/figures/a.b.c.d.e?as_of=2024-02-30", "as_of"),
        ("/figures/a.b.c.d.e?as_of=2024-12-31/2024", "as_of"),
        ("/figures/%00", "series"),
        (f"/figures/{'x' * 401}", "series"),
        ("/actors/Nope", "actor_id"),
        ("/actors/%00", "actor_id"),
        ("/actors/nis?actor=russia", "actor"),
        ("/actors?type=capture", "type"),
        ("/diff?at=1", "at"),
        ("/replay?limit=1", "limit"),
    ],
)
def test_other_addresses_check_theirs(unchanged, target, path):
    """Every address refuses parameters that it does not have, and names them."""
    refused(unchanged.client, unchanged.client.get(unchanged.path + target), 400, "malformed", path)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("?published_by=9999-01-01T00:00:00Z", "between 1000 and 2999"),
        ("?at=9999-01-01T00:00:00Z", "years 1000 to 2999"),
        ("?at=yesterday", "such as 2024-12-27"),
        ("?from=9999-01-01T00:00:00Z", "years 1000 to 2999"),
        ("?q=%25", "no word to search for"),
        ("?parts=true", "add `actor`"),
        ("/figures?kind=bogus", "casualties, equipment, strength"),
        ("/figures?basis=bogus", "cumulative, increment, incident, stock"),
    ],
)
def test_a_refusal_says_what_is_allowed(unchanged, target, words):
    """In words that help to ask again."""
    name = target.partition("?")[2].partition("=")[0]

    assert words in refused(
        unchanged.client, unchanged.client.get(unchanged.path + target), 400, "malformed", name
    )


@pytest.mark.parametrize(
    "target", ["/health", "/ready", "/metrics", "/docs", "/openapi.json", "/v1/timelines"]
)
def test_parameters_where_there_are_none(client, target):
    """Addresses without a parameter of this name refuse it too."""
    detail = refused(client, client.get(f"{target}?at=1"), 400, "malformed", "at")

    assert "unknown parameter 'at'" in detail


def cursor(*parts):
    """A cursor that the service did not write."""
    return urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize("view", [*VIEWS, "/events", "/diff", None])
@pytest.mark.parametrize(
    "made_up",
    [
        "abc",
        "A",
        "_" * 600,
        cursor(),
        cursor(1),
        cursor(1, 1),
        cursor(1, 1, "x"),
        cursor("1", 1, "x"),
        cursor(-1, 1, "x"),
        cursor(2**63, 1, "x"),
        cursor(1, 2**63, "x"),
        cursor(10**300, 10**300, "x"),
        cursor(1, 1.5, "x"),
        cursor(1, "\0", "x"),
        cursor(1, None, "x"),
        cursor({"a": 1}),
        urlsafe_b64encode(b"\xff\x00\xfe" * 9).decode(),
    ],
    ids=lambda value: value if value is None else value[:30],
)
def test_a_cursor_that_the_service_did_not_write(unchanged, view, made_up):
    """A made-up cursor is refused with 400, whatever is in it."""
    target = "/v1/timelines" if view is None else unchanged.path + view.format(id=new_id())
    response = unchanged.client.get(f"{target}?cursor={made_up}")

    refused(unchanged.client, response, 400, "malformed", "cursor")


def test_a_cursor_of_another_listing(timeline):
    """A cursor is good for the view, the filters and the order that it came with, and for no other."""
    timeline.take(*(engagement(tags=["a"]) for _ in range(3)))
    text = timeline.get(limit=1)["next"].rpartition("cursor=")[2]

    for other in ("?order=asc&", "?tag=a&", "/actors?", "/figures?", "/actors/russia?", "/diff?"):
        response = timeline.client.get(f"{timeline.path}{other}cursor={text}")
        refused(timeline.client, response, 400, "malformed", "cursor")
    response = timeline.client.get(f"{timeline.path}?at=2&cursor={text}")
    refused(timeline.client, response, 400, "malformed", "at")


def test_a_cursor_of_a_longer_timeline(timeline):
    """A cursor whose position another timeline has not reached is refused, not answered with a lie."""
    timeline.take(*(engagement() for _ in range(3)))
    text = timeline.get(limit=1)["next"].rpartition("cursor=")[2]
    shorter = Timeline(timeline.client)
    shorter.put()

    response = timeline.client.get(f"{shorter.path}?cursor={text}")
    refused(timeline.client, response, 404, "unknown-position", "at")
