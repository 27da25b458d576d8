"""The timeline view over HTTP: filters, order, pages of one snapshot, positions that are pinned."""

import time
from datetime import UTC, datetime

import pytest

from tests.support.client import Timeline
from tests.support.payloads import casualties, correction, engagement, new_id, retraction, same_as, statement


def ids(page):
    """The ids of a page's entries, in order."""
    return [entry["id"] for entry in page["entries"]]


def pages_from(client, address):
    """All pages from an address on."""
    while address:
        response = client.get(address)
        assert response.status_code == 200, response.text
        page = response.json()
        link = response.headers.get("link")
        assert link == (f'<{page["next"]}>; rel="next"' if page["next"] else None)
        yield page
        address = page["next"]


@pytest.fixture
def varied(timeline):
    """A timeline with a bit of everything that can be filtered, and its events by a short name."""
    events = {
        "suva": engagement(
            occurred="2024-12-01",
            tags=["storm", "sea"],
            claimant="fiji",
            place={"name": "Suva", "country": "FJ", "latitude": -18.1, "longitude": 178.4},
        ),
        "samoa": engagement(
            occurred="2024-12-10T12:00:00Z",
            tags=["sea"],
            attackers=["troops"],
            targets=["ukraine"],
            place={"name": "Apia", "admin1": "Tuamasaga", "latitude": -13.8, "longitude": -171.8},
        ),
        "kursk": statement(
            occurred="2024-12-20/2024-12-26",
            summary="Soldiers dig trenches near Sudzha.",
            claimant="nis",
            place={"name": "Kursk region", "country": "RU", "latitude": 51.2, "longitude": 35.3},
            sources=[{"publisher": "rfa", "title": "Notes from the border", "relayed_via": "wire"}],
        ),
        "year": casualties(occurred="2025"),
        "open": engagement(occurred="2025-02-01/..", place={"country": "RU"}),
    }
    timeline.take(*events.values())
    events["confirms"] = statement(occurred="2024-11-01", stance="confirms", about=[events["suva"]["id"]])
    events["denies"] = statement(occurred="2024-11-02", stance="denies", about=[events["samoa"]["id"]])
    events["wrong"] = engagement(occurred="2024-12-05")
    events["twin"] = engagement(occurred="2024-12-06")
    timeline.take(events["confirms"], events["denies"], events["wrong"], events["twin"])
    timeline.take(retraction(events["wrong"]), same_as(events["suva"], events["twin"]))
    return timeline, {event["id"]: name for name, event in events.items()}


@pytest.mark.parametrize(
    ("parameters", "expected_names"),
    [
        ({}, "confirms denies suva samoa kursk year open"),
        ({"type_": "casualty_estimate"}, "year"),
        ({"type_": ["casualty_estimate", "engagement"]}, "suva samoa year open"),
        ({"actor": "troops"}, "samoa year"),
        ({"actor": "rfa"}, "kursk"),
        ({"actor": "wire"}, "kursk"),
        ({"actor": "nobody"}, ""),
        ({"claimant": "fiji"}, "suva"),
        ({"claimant": "nis"}, "kursk year"),
        ({"actor": "nis", "claimant": "nis", "type_": "official_statement"}, "kursk"),
        ({"place": "suva"}, "suva"),
        ({"place": "KURSK REGION"}, "kursk"),
        ({"place": "Tuamasaga"}, "samoa"),
        ({"place": "RU"}, "kursk open"),
        ({"place": "Kursk"}, ""),
        ({"bbox": "30,50,40,60"}, "kursk"),
        ({"bbox": "-180,-90,180,90"}, "suva samoa kursk"),
        ({"bbox": "170,-20,-170,-10"}, "suva samoa"),
        ({"bbox": "-170,-20,170,-10"}, ""),
        ({"bbox": "178.4,-18.1,178.4,-18.1"}, "suva"),
        ({"from_": "2024-12-10"}, "samoa kursk year open"),
        ({"from_": "2024-12-10T12:00:00Z"}, "samoa kursk year open"),
        ({"from_": "2024-12-10T12:00:01Z"}, "samoa kursk year open"),
        ({"from_": "2024-12-10T14:00:00+02:00"}, "samoa kursk year open"),
        ({"from_": "2024-12-26"}, "kursk year open"),
        ({"from_": "2026"}, "open"),
        ({"to": "2024-12"}, "confirms denies suva samoa kursk"),
        ({"to": "2024-12-20"}, "confirms denies suva samoa kursk"),
        ({"to": "2024-12-19"}, "confirms denies suva samoa"),
        ({"from_": "2024-12-25", "to": "2025-01"}, "kursk year"),
        ({"q": "trenches"}, "kursk"),
        ({"q": '"dig trenches"'}, "kursk"),
        ({"q": '"trenches dig"'}, ""),
        ({"q": "border"}, "kursk"),
        ({"q": "engagement -storm"}, "samoa open"),
        ({"q": "trenches or casualty_estimate"}, "kursk year"),
        ({"tag": "sea"}, "suva samoa"),
        ({"tag": ["sea", "storm"]}, "suva"),
        ({"tag": "nothing"}, ""),
        ({"status": "confirmed"}, "suva"),
        ({"status": "denied"}, "samoa"),
        ({"status": ["confirmed", "denied"]}, "suva samoa"),
        ({"status": "retracted"}, "wrong"),
        ({"status": "merged"}, "twin"),
        ({"status": "contested"}, ""),
        ({"actor": "russia", "status": ["retracted", "reported"], "to": "2024-12-31"}, "wrong"),
    ],
    ids=str,
)
def test_filters(varied, parameters, expected_names):
    """Each filter gives what it should and nothing else, in order both ways, whole or page by page."""
    timeline, names = varied
    expected = expected_names.split()

    assert expected == [names[i] for i in ids(timeline.get(order="asc", **parameters))]
    assert expected[::-1] == [names[i] for i in ids(timeline.get(**parameters))]
    first = timeline.client.build_request(
        "GET", timeline.path, params={k.rstrip("_"): v for k, v in {**parameters, "limit": 1}.items()}
    )
    pages = list(pages_from(timeline.client, str(first.url.raw_path, "ascii")))
    assert expected[::-1] == [names[i] for page in pages for i in ids(page)]
    assert all(len(page["entries"]) <= 1 for page in pages)


def test_entries_of_one_day_stand_in_the_order_of_the_record(timeline):
    """Where the dates are the same, the later report comes first; the record's order breaks every tie."""
    events = [engagement(occurred="2024-12-20") for _ in range(40)]
    timeline.take(*events)
    recorded = [event["id"] for event in events]

    assert recorded == ids(timeline.get(order="asc"))
    assert recorded[::-1] == ids(timeline.get())
    assert recorded[::-1] == [
        i for page in pages_from(timeline.client, f"{timeline.path}?limit=7") for i in ids(page)
    ]


def test_pages_are_one_snapshot(timeline):
    """Pages share a position: what is posted or retracted meanwhile neither appears nor disappears."""
    events = [engagement(occurred=f"2024-12-{day:02}") for day in range(1, 11)]
    timeline.take(*events)
    seen, positions = [], set()
    for page in pages_from(timeline.client, f"{timeline.path}?limit=3"):
        seen += ids(page)
        positions.add(page["position"])
        timeline.take(engagement(occurred="2024-12-03"), retraction(events[0]))
        events = events[1:]

    assert {10} == positions
    assert 10 == len(set(seen)) == len(seen)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "?limit=2",
        "?order=asc&type=engagement&q=engagement",
        "/entries/{id}",
        "/actors",
        "/actors?limit=1",
        "/actors/russia?limit=1",
        "/figures",
        "/figures/{series}",
        "/figures/{series}?as_of=2024-12&limit=1",
        "/diff?after=1",
    ],
)
def test_the_permanent_url_gives_the_same_bytes_later(timeline, address):
    """The address in an answer gives that answer byte for byte, whatever is recorded afterwards."""
    first = engagement()
    timeline.take(
        first, engagement(), casualties(), casualties(claimant="ukraine"), correction(first, tags=["a"])
    )
    series = timeline.get("/figures")["series"][0]["series"]
    target = timeline.path + address.format(id=first["id"], series=series)
    before = timeline.client.get(target).json()
    pinned = timeline.client.get(before["url"])
    following = before["next"] and timeline.client.get(before["next"]).content
    timeline.take(
        engagement(),
        correction(first, tags=["b"], attackers=["ukraine"]),
        casualties(as_of="2024-12-31"),
        {"id": new_id(), "type": "actor_profile", "actor": "russia", "name": "Russia"},
    )

    assert before == pinned.json()
    assert pinned.content == timeline.client.get(before["url"]).content
    assert before["next"] is None or following == timeline.client.get(before["next"]).content
    assert timeline.client.get(target).json() != before


@pytest.mark.parametrize("view", ["", "/actors", "/actors/russia", "/figures", "/entries/{id}", "/diff"])
def test_at_as_position_and_as_time(timeline, view):
    """Every view can be had at a position or at a time, with any offset, escaped or not."""
    first = engagement()
    timeline.take(first, casualties())
    recorded_at = datetime.fromisoformat(timeline.put().json()["recorded_at"])
    timeline.take(correction(first, tags=["a"]))
    name = "to" if view == "/diff" else "at"
    path = timeline.path + view.format(id=first["id"])
    by_position = timeline.client.get(f"{path}?{name}=2").json()
    shifted = recorded_at.isoformat().replace("+00:00", "-00:00")

    for moment in (recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), shifted, recorded_at.isoformat()):
        assert by_position == timeline.client.get(f"{path}?{name}={moment}").json()
    assert 2 == by_position["position"]
    assert 3 == timeline.client.get(path).json()["position"]
    assert 3 == timeline.client.get(f"{path}?{name}={datetime.now(UTC).isoformat()}").json()["position"]


def test_before_the_first_record_there_is_nothing(timeline):
    """At position 0, and at a time before the first record, a timeline is there and empty."""
    timeline.take(engagement())

    for moment in ("0", "1999-01-01T00:00:00Z"):
        assert (0, [], {}) == tuple(timeline.get(at=moment)[n] for n in ("position", "entries", "names"))
        assert [] == timeline.get("/actors", at=moment)["actors"]
        assert [] == timeline.get("/figures", at=moment)["series"]


def test_names_hold_at_the_position_of_the_page(timeline):
    """A page names its actors as they were called then."""
    profile = {"type": "actor_profile", "actor": "russia"}
    timeline.take(
        {"id": new_id(), "name": "Old", **profile},
        engagement(),
        {"id": new_id(), "name": "New", **profile},
    )

    assert {"russia": "New"} == timeline.get()["names"]
    assert {"russia": "Old"} == timeline.get(at=2)["names"]
    assert "Old" == timeline.get("/actors/russia", at=2)["actor"]["name"]


def test_the_limit_holds_within_the_service_s_own(timeline):
    """A page holds as many entries as the request asks for, by default 50, at most 500."""
    timeline.take(*(engagement(occurred="2024-12-20") for _ in range(510)))

    for parameters, length in (({}, 50), ({"limit": 1}, 1), ({"limit": 500}, 500), ({"limit": 10_000}, 500)):
        assert length == len(timeline.get(**parameters)["entries"])


def test_timelines_are_listed_and_described(client):
    """A timeline is made once, described by its profile and listed; PUT again changes nothing."""
    made = Timeline(client)
    description = {"title": "A title", "description": "What it is about.", "language": "en"}

    assert [201, 200, 200] == [made.put(**body).status_code for body in (description, description, {})]
    assert 1 == made.head
    assert description == {name: made.get()["about"][name] for name in description}
    assert ("Another", 2) == tuple(made.put(title="Another").json()[name] for name in ("title", "head"))
    listed = [t for page in pages_from(client, "/v1/timelines?limit=2") for t in page["timelines"]]
    assert sorted(t["id"] for t in listed) == [t["id"] for t in listed]
    (mine,) = [t for t in listed if t["id"] == made.name]
    assert ("Another", 2, made.path) == (mine["title"], mine["head"], mine["url"])


def test_recorded_at_rises_with_the_position(timeline):
    """Records carry the time at which they were recorded; it never goes back."""
    for _ in range(3):
        timeline.take(engagement(), engagement())
        time.sleep(0.002)
    records = timeline.get("/events")["records"]

    times = [datetime.fromisoformat(record["recorded_at"]) for record in records]
    assert sorted(times) == times
    assert 3 == len(set(times))
