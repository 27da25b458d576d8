"""The service's own address answers a person and a program; addresses in answers are its public ones."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.client import Timeline
from tests.support.payloads import engagement, first_case
from timeline.api.service import SOFTWARE_VERSION

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PUBLIC = "https://timeline.example/data"


@pytest.mark.parametrize("path", ["/", "/v1"])
def test_a_program_gets_json(client: httpx.Client, path: str) -> None:
    """What this is, its version, and links of which each leads somewhere."""
    for accept in ("*/*", "application/json", "text/csv"):
        answer = client.get(path, headers={"accept": accept})
        description = answer.json()
        assert "application/json" == answer.headers["content-type"]
        assert "accept" in answer.headers["vary"].split(", ")

    assert SOFTWARE_VERSION == description["version"]
    assert "conflict" in description["summary"]
    assert {"timelines", "docs", "openapi"} <= description["links"].keys()
    assert {200} == {client.get(url).status_code for url in description["links"].values()}


@pytest.mark.parametrize("path", ["/", "/v1"])
def test_a_person_gets_a_page(client: httpx.Client, path: str) -> None:
    """It says the same, with the same links."""
    description = client.get(path).json()
    answer = client.get(path, headers={"accept": BROWSER})

    assert "text/html; charset=utf-8" == answer.headers["content-type"]
    assert [*description["links"].values()] == re.findall(r'href="([^"]+)"', answer.text)
    assert description["name"] in answer.text
    assert f"Version {SOFTWARE_VERSION}" in answer.text


def addresses_in(value: Any, name: str = "") -> Iterator[str]:
    """Every address of the service in an answer."""
    if isinstance(value, dict):
        for member, item in value.items():
            if member not in ("event", "records"):
                yield from addresses_in(item, member)
    elif isinstance(value, list):
        for item in value:
            yield from addresses_in(item, name)
    elif name in ("url", "next") and isinstance(value, str):
        yield value


READS = ("?limit=1", "/actors?limit=1", "/figures?limit=1", "/events?limit=1", "/diff?limit=1", "/log/root")


def test_addresses_are_absolute_where_the_public_one_is_set(serve: Any) -> None:
    """In bodies, in Link and in Location; without it they are relative."""
    timeline = Timeline(serve(public_url=f"{PUBLIC}/").client, "shown")
    created = timeline.put()
    first, *others = first_case()
    posted = timeline.post(first)
    receipt = timeline.post(*others).json()
    answers = [timeline.client.get(timeline.path + path) for path in READS]
    listed = timeline.client.get("/v1/timelines?limit=1").json()

    bodies = [created.json(), posted.json(), receipt, listed, *(answer.json() for answer in answers)]
    for body in bodies:
        addresses = [*addresses_in(body)]
        assert addresses
        assert all(url.startswith(f"{PUBLIC}/v1/timelines/shown") for url in addresses), addresses
    links = [answer.links["next"]["url"] for answer in answers if answer.links]
    assert 5 == len(links)
    assert all(url.startswith(f"{PUBLIC}/v1/") for url in links)
    assert f"{PUBLIC}/v1/timelines/shown" == created.headers["location"]
    assert posted.json()["outcomes"][0]["url"] == posted.headers["location"]
    root = timeline.client.get("/").json()
    assert f"{PUBLIC}/docs" == root["links"]["docs"]
    csv = timeline.client.get(timeline.path, params={"format": "jsonfeed"}).json()
    assert csv["feed_url"].startswith(f"{PUBLIC}/v1/")
    assert f"{PUBLIC}{PUBLIC}" not in str(csv)


def test_addresses_are_relative_by_default(timeline: Timeline) -> None:
    """They hold wherever the service is reached."""
    posted = timeline.post(engagement())

    assert posted.headers["location"].startswith("/v1/")
    assert posted.json()["outcomes"][0]["url"].startswith("/v1/")
    assert timeline.get()["url"].startswith("/v1/")
