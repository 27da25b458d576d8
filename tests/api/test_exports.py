"""Other formats over HTTP: chosen by name or by Accept, filtered and pinned as JSON is, streamed whole."""

import gzip
import json
from typing import Any

import pytest

from tests.api.format_readers import TYPED, ids, ids_in, rows
from tests.support.client import Timeline, raw, refused
from tests.support.payloads import casualties, engagement, retraction
from timeline.formats.registry import ENTRY_FORMATS
from timeline.views.projection.rules import RULES_VERSION

STREAMED = ("geojson", "csv", "parquet")
PLAIN = {"accept-encoding": "identity"}


@pytest.fixture
def many(timeline: Timeline) -> Timeline:
    """A timeline whose entries fill more than a page, in another order than they were posted."""
    for day in (20, 10, 15):
        timeline.take(*(engagement(occurred=f"2024-12-{day}", tags=[f"d-{day}"]) for _ in range(230)))
    return timeline


@pytest.mark.parametrize("name", STREAMED)
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"at": 300},
        {"order": "asc"},
        {"tag": "d-10"},
        {"from": "2024-12-12", "to": "2024-12-16", "order": "asc", "at": 500},
        {"actor": "russia"},
        {"actor": "nobody"},
        {"q": "one more"},
    ],
)
def test_all_matching_entries_are_streamed(many: Timeline, name: str, parameters: dict[str, Any]) -> None:
    """Filters, order and position are honoured, over as many pages as it takes; a header has the count."""
    expected = []
    page = many.get(limit=500, **parameters)
    expected += page["entries"]
    while page["next"]:
        page = many.client.get(page["next"]).json()
        expected += page["entries"]
    answer = many.client.get(many.path, params={**parameters, "format": name})

    assert ids(expected) == ids_in(name, answer.content)
    assert str(len(expected)) == answer.headers["x-total-count"]


def test_a_stream_is_a_snapshot(many: Timeline) -> None:
    """What is posted while it runs is not in it, and what is retracted meanwhile still stands in it."""
    latest = many.entries(limit=1)
    with many.client.stream("GET", many.path, params={"format": "csv"}) as answer:
        chunks = answer.iter_bytes()
        first = next(chunks)
        many.take(engagement(occurred="2024-12-01"), retraction(latest[0]))
        read = rows((first + b"".join(chunks)).decode())

    assert (690, {"reported"}) == (len(read), {row["status"] for row in read})
    assert {f"at=690&rules={RULES_VERSION}"} == {row["url"].partition("?")[2] for row in read}


@pytest.mark.parametrize("name", ENTRY_FORMATS)
def test_a_limit_asks_for_a_page(many: Timeline, name: str) -> None:
    """It links to the next; all pages together hold each entry once."""
    listed: list[str] = []
    address: str | None = f"{many.path}?format={name}&limit=300"
    while address:
        answer = many.client.get(address)
        listed += ids_in(name, answer.content)
        address = answer.links.get("next", {}).get("url")

    assert (690, 690) == (len(listed), len(set(listed)))


@pytest.mark.parametrize("name", STREAMED)
def test_a_pinned_stream_may_be_used_for_a_day(many: Timeline, name: str) -> None:
    """It has an ETag that is compared before anything is read; at the head it has to be revalidated."""
    first = many.client.get(many.path, params={"format": name, "at": 100, "rules": RULES_VERSION})
    again = many.client.get(
        many.path,
        params={"format": name, "at": 100, "rules": RULES_VERSION},
        headers={"if-none-match": first.headers["etag"]},
    )
    now = many.client.get(many.path, params={"format": name})

    assert "max-age=86400" in first.headers["cache-control"]
    assert (304, b"") == (again.status_code, again.content)
    assert "private, no-cache" == now.headers["cache-control"]
    assert f'attachment; filename="{many.name}-100.{name}"' == first.headers["content-disposition"]


def test_formats_are_answers_of_their_own(service: Any, case: Timeline) -> None:
    """Each has its own ETag, by whichever way it is chosen."""
    etags = [
        raw(service, "GET", f"{case.path}?at=24", accept=kind.media_type.partition(";")[0]).headers["etag"]
        for kind in map(ENTRY_FORMATS.__getitem__, TYPED)
    ]
    etags.append(raw(service, "GET", f"{case.path}?at=24", accept="application/json").headers["etag"])

    assert len(TYPED) + 1 == len(set(etags))


@pytest.mark.parametrize("name", ENTRY_FORMATS)
def test_what_is_compressed_is_the_same(service: Any, many: Timeline, name: str) -> None:
    """Streams are compressed as they go, but for Parquet, which is in itself."""
    target = f"{many.path}?format={name}&at=690"
    plain, packed = raw(service, "GET", target), raw(service, "GET", target, accept_encoding="gzip")

    if name == "parquet":
        assert "content-encoding" not in packed.headers
        assert plain.content == packed.content
    else:
        assert "gzip" == packed.headers["content-encoding"]
        assert plain.content == gzip.decompress(packed.content)
        assert plain.headers["etag"] != packed.headers["etag"]


@pytest.mark.parametrize(
    "target",
    ["?format=csv", "?format=parquet", "?format=atom", "/figures?format=csv", "/events?format=ndjson"],
)
def test_head_is_get_without_a_body(service: Any, case: Timeline, target: str) -> None:
    """The headers are the same, and nothing is written."""
    get, head = (raw(service, method, case.path + target) for method in ("GET", "HEAD"))

    assert (200, 200, b"") == (get.status_code, head.status_code, head.content)
    for name in ("content-type", "content-disposition", "etag", "x-total-count", "vary"):
        assert get.headers[name] == head.headers[name]


def test_hashtags_on_request(case: Timeline) -> None:
    """The second row of a CSV; other formats have none, and say so."""
    _, hashtags, *_ = case.client.get(case.path, params={"format": "csv", "hxl": "true"}).text.split("\r\n")
    _, of_claims, *_ = (
        case.client.get(f"{case.path}/figures", params={"format": "csv", "hxl": "true"})
    ).text.split("\r\n")

    assert hashtags.startswith("#event+id,#event+type,")
    assert of_claims.startswith("#indicator+code,")
    for parameters in ({}, {"format": "geojson"}):
        response = case.client.get(case.path, params={"hxl": "true", **parameters})
        refused(case.client, response, 400, "malformed", "hxl")


def test_claims_of_all_series_are_a_table(timeline: Timeline) -> None:
    """By series and date; at a position those that stood then; a page is a page of claims."""
    figures = [{"qualifier": "exact", "value": value} for value in (1, 2, 3)]
    events = [
        casualties(figure=figure, claimant=claimant, as_of=f"2024-12-0{day}", subject=subject)
        for figure, claimant, day, subject in zip(
            figures * 2, ["nis", "rfa"] * 3, [3, 1, 2, 2, 1, 1], ["b", "b", "b", "a", "a", "a"], strict=True
        )
    ]
    timeline.take(*events)
    timeline.take(retraction(events[0]))
    whole = rows(timeline.client.get(f"{timeline.path}/figures", params={"format": "csv"}).text)
    address, paged = f"{timeline.path}/figures?format=csv&limit=2", []
    while address:
        answer = timeline.client.get(address)
        paged += rows(answer.text)
        address = answer.links.get("next", {}).get("url")

    assert whole == paged
    assert ["a", "a", "a", "b", "b"] == [row["subject"] for row in whole]
    assert ["01", "01", "02", "01", "02"] == [row["as_of"][8:10] for row in whole]
    before = timeline.client.get(f"{timeline.path}/figures", params={"format": "csv", "at": 6})
    assert 6 == len(rows(before.text))
    assert f'attachment; filename="{timeline.name}-6-figures.csv"' == before.headers["content-disposition"]


def test_the_log_as_lines_is_verbatim(case: Timeline) -> None:
    """Records as JSON's pages hold them, byte for byte, filtered, up to a position."""
    page = case.client.get(f"{case.path}/events", params={"limit": 500}).content
    lines = case.client.get(f"{case.path}/events", headers={"accept": "application/x-ndjson"})

    assert page[page.index(b'"records":[') + 11 :].partition(b'],"hashes"')[0] == b",".join(
        lines.content.splitlines()
    )
    assert "24" == lines.headers["x-total-count"]
    parameters = {"format": "ndjson", "after": 5, "at": 20, "type": ["capture", "evidence"]}
    some = [json.loads(line) for line in _lines(case, parameters)]
    expected = case.get("/events", **parameters | {"format": "json"})["records"]
    assert expected == some
    assert all(5 < record["position"] <= 20 for record in some)
    assert [] == _lines(case, {"format": "ndjson", "after": 99})


def _lines(timeline: Timeline, parameters: dict[str, Any]) -> list[bytes]:
    return timeline.client.get(f"{timeline.path}/events", params=parameters).content.splitlines()


def test_the_log_up_to_a_position_comes_in_pages(case: Timeline) -> None:
    """`at` ends the pages of JSON and of lines, and the address of each next page names it."""
    for name in ("json", "ndjson"):
        address, positions = f"{case.path}/events?at=9&limit=4&format={name}", []
        while address:
            answer = case.client.get(address)
            records = answer.json()["records"] if name == "json" else map(json.loads, answer.iter_lines())
            positions += [record["position"] for record in records]
            address = answer.links.get("next", {}).get("url")

        assert list(range(1, 10)) == positions
    refused(case.client, case.client.get(f"{case.path}/events?at=25"), 404, "unknown-position", "at")


def test_addresses_are_those_that_clients_use(case: Timeline, service: Any) -> None:
    """Without a setting they are the request's own, whoever asked before."""
    for host in ("one.localhost", "two.localhost:81", "one.localhost"):
        feed = json.loads(raw(service, "GET", f"{case.path}?format=jsonfeed&at=24", host=host).content)

        assert f"http://{host}{case.path}?at=24&format=jsonfeed" == feed["feed_url"]
        assert f"http://{host}{case.path}" == feed["home_page_url"]


def test_the_public_address_comes_from_the_settings(serve: Any) -> None:
    """Behind a proxy the request knows neither the scheme nor the path."""
    here = Timeline(serve(public_url="https://timeline.example/data/").client)
    here.put()
    here.take(engagement())
    feed = here.client.get(here.path, params={"format": "jsonfeed"}).json()

    assert f"https://timeline.example/data{here.path}" == feed["home_page_url"]
    assert feed["items"][0]["url"].startswith(f"https://timeline.example/data{here.path}/entries/")


def test_an_empty_timeline_is_an_empty_document(timeline: Timeline) -> None:
    """In every format that has one, pinned to position 0 for ever."""
    for name in TYPED:
        answer = timeline.client.get(timeline.path, params={"format": name, "at": 0})
        assert (200, []) == (answer.status_code, ids_in(name, answer.content))
    for more in ({}, {"limit": 5}):
        answer = timeline.client.get(timeline.path, params={"format": "timelinejs", "at": 0, **more})
        refused(timeline.client, answer, 404, "not-found")
    before = timeline.client.get(timeline.path, params={"format": "atom", "at": 0}).content
    timeline.take(engagement())

    assert before == timeline.client.get(timeline.path, params={"format": "atom", "at": 0}).content


def test_a_cursor_of_another_order_is_refused(many: Timeline) -> None:
    """The order of changes and that of time have cursors of their own."""
    cursor = many.get(limit=1)["next"].rpartition("cursor=")[2]
    for target in ("?order=changed&", "?format=atom&", "/figures?format=csv&"):
        response = many.client.get(f"{many.path}{target}cursor={cursor}")
        refused(many.client, response, 400, "malformed", "cursor")


def test_memory_stays_and_places_are_few(serve: Any) -> None:
    """An export of many times what a page holds needs no more than some pages; one too many gets 503."""
    running = serve(export_streams_max="1", cache_bytes_max="0")
    large = Timeline(running.client)
    large.put()
    for _ in range(12):
        large.take(*(engagement(summary="x" * 4_000) for _ in range(1_000)))
    large.client.get(large.path, params={"format": "geojson", "at": 1_500}, headers=PLAIN)
    before = running.memory_mb_max()
    size = 0
    with large.client.stream("GET", large.path, params={"format": "geojson"}, headers=PLAIN) as answer:
        chunks = answer.iter_raw()
        size += len(next(chunks))
        refusal = large.client.get(large.path, params={"format": "csv"})
        refused(large.client, refusal, 503, "busy")
        assert refusal.headers["retry-after"]
        assert 200 == large.client.get(large.path, params={"format": "csv", "limit": 1}).status_code
        assert 200 == large.client.head(large.path, params={"format": "atom"}).status_code
        size += sum(map(len, chunks))

    assert 200 == large.client.get(large.path, params={"format": "csv"}).status_code
    assert size > 50_000_000
    assert running.memory_mb_max() - before < size / 2e6


def test_a_reader_who_leaves_gives_the_place_back(serve: Any) -> None:
    """Whoever hangs up in the middle no longer counts."""
    large = Timeline(serve(export_streams_max="1").client)
    large.put()
    for _ in range(6):
        large.take(*(engagement(summary="x" * 20_000) for _ in range(250)))
    with large.client.stream("GET", large.path, params={"format": "geojson"}, headers=PLAIN) as answer:
        next(answer.iter_raw())

    for _ in range(200):
        if large.client.head(large.path, params={"format": "csv"}).status_code == 200:
            break
    assert 200 == large.client.get(large.path, params={"format": "csv", "type": "capture"}).status_code
