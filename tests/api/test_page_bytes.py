"""Pages are bounded in bytes: a few large documents make several pages, and nothing is left out."""

import json

import pytest

from tests.support.client import Timeline, refused
from tests.support.payloads import casualties, correction, evidence, new_id

PAGE_BYTES_MAX = 1_100_000
"""The bound of the documents, and some for what is around them."""

TOLD = "2025-01-01T00:00:00Z"
CAPTIONS = [{"url": "https://news.example/1", "caption": "x" * 20_000}] * 15


@pytest.fixture(scope="module")
def large(service):
    """A timeline of ten reports of 300 KB, one of them corrected again and again, and claims as large."""
    made = Timeline(service.client)
    made.put()
    reports = [evidence(about=[], media=CAPTIONS, published_at=TOLD) for _ in range(10)]
    made.take(*reports)
    for number in range(5):
        made.take(correction(reports[0], shows=f"Version {number}."))
    sources = [{"publisher": "x", "url": f"https://news.example/{'x' * 1_900}", "title": "y" * 500}] * 50
    made.take(
        *[casualties(as_of=f"2024-12-{day:02}", sources=sources, published_at=TOLD) for day in range(1, 13)]
    )
    return made


def pages(timeline, path, **query):
    """All pages from the first on."""
    response = timeline.client.get(timeline.path + path, params=query)
    while True:
        assert 200 == response.status_code, response.text
        assert len(response.content) < PAGE_BYTES_MAX
        yield response.json()
        if (address := response.json()["next"]) is None:
            return
        response = timeline.client.get(address)


@pytest.mark.parametrize(
    ("path", "member", "count", "query"),
    [
        ("/events", "records", 27, {}),
        ("", "entries", 22, {}),
        ("", "entries", 22, {"order": "asc"}),
        ("", "entries", 22, {"order": "changed"}),
        ("", "entries", 22, {"published_by": "2026-01-01"}),
        ("/actors/nis", "entries", 12, {}),
        ("/figures/casualties.killed.troops.all.cumulative", "claims", 12, {}),
    ],
)
def test_pages_of_large_documents(large, path, member, count, query):
    """Each page is small, none is empty, and together they hold everything once."""
    for limit in (2, 500):
        lists = [page[member] for page in pages(large, path, limit=limit, **query)]

        assert all(lists)
        assert max(map(len, lists)) <= limit
        assert count == sum(map(len, lists)) == len({json.dumps(item) for page in lists for item in page})


@pytest.mark.parametrize("limit", [3, 500])
def test_versions_of_a_large_entry(large, limit):
    """An entry's page has the entry, and beside it as many versions as fit."""
    development = large.get("/events")["records"][0]["event"]["id"]
    versions = []
    response = large.client.get(f"{large.path}/entries/{development}", params={"limit": limit})
    while True:
        page = response.json()
        assert len(response.content) < PAGE_BYTES_MAX + 320_000
        versions += [version["from_position"] for version in page["versions"]]
        if page["next"] is None:
            break
        response = large.client.get(page["next"])

    assert [15, 14, 13, 12, 11, 1] == versions


@pytest.mark.parametrize("limit", [3, 500])
def test_a_diff_of_large_entries(large, limit):
    """The changes of every entry are on its pages."""
    lists = [page["changes"]["entries"] for page in pages(large, "/diff", after=0, limit=limit)]

    assert 22 == sum(map(len, lists))


def test_replays_and_exports_of_large_documents(large):
    """Every record comes, with what it changed."""
    replayed = large.client.get(f"{large.path}/replay").text.splitlines()
    exported = large.client.get(f"{large.path}/events", params={"format": "ndjson"}).text.splitlines()

    assert list(range(1, 28)) == [json.loads(line)["record"]["position"] for line in replayed]
    assert all(json.loads(line)["changes"]["entries"] for line in replayed)
    assert list(range(1, 28)) == [json.loads(line)["position"] for line in exported]


@pytest.mark.parametrize(
    ("address", "media_type", "path"),
    [
        ("/events", "application/json", "$"),
        ("/events", "application/json", "$[0]"),
        ("/events/lines", "application/x-ndjson", "$"),
        ("/events/cloudevent", "application/cloudevents+json", "$"),
        ("/events/cloudevents", "application/cloudevents-batch+json", "$[0]"),
    ],
)
def test_an_event_over_the_limit(unchanged, address, media_type, path):
    """An event of more than a million bytes is refused with 413, in whatever body it comes."""
    event = evidence(about=[], media=[{"url": "https://news.example/1", "caption": "x" * 20_000}] * 50)
    if "cloudevent" in address:
        content = {name: value for name, value in event.items() if name not in ("id", "type")}
        envelope = {"specversion": "1.0", "source": "/x", "type": "conflict.timeline.evidence.v1"}
        event = {**envelope, "id": new_id(), "data": content}
    response = unchanged.client.post(
        unchanged.path + address,
        content=json.dumps([event] if path == "$[0]" else event),
        headers={"content-type": media_type},
    )

    refused(unchanged.client, response, 413, "too-large", path)
    assert 1_000_000 == response.json()["limit"]
