"""An entry lists the newest of what refers to it, and counts all; each whole list has pages of its own."""

from typing import Any

import pytest

from tests.support.client import Timeline, refused
from tests.support.payloads import (
    casualties,
    correction,
    engagement,
    evidence,
    new_id,
    retraction,
    statement,
    verification,
)
from tests.support.service import Service
from timeline.cli.client import Client
from timeline.cli.importing.current_rows import read_current_rows
from timeline.views.documents import LISTED_MAX

MANY = LISTED_MAX + 7
LISTS = ("statements", "evidence", "verifications", "tolls", "amendments")


def ids_of(items: list[Any]) -> list[str]:
    """The ids of a list's items, of which tolls are nothing else."""
    return [item if isinstance(item, str) else item["id"] for item in items]


@pytest.fixture(scope="module")
def posted() -> dict[str, list[dict[str, Any]]]:
    """A development, and as many events of each kind as no entry lists."""
    event = engagement()
    about = {"about": [event["id"]]}
    return {
        "report": [event],
        "statements": [statement(speaker=f"speaker-{n}", stance="condemns", **about) for n in range(MANY)],
        "evidence": [evidence(event) for _ in range(MANY)],
        "verifications": [verification(event, claimant=f"desk-{n}") for n in range(MANY)],
        "tolls": [
            casualties(claimant=f"desk-{n}", basis="incident", incident=event["id"]) for n in range(MANY)
        ],
        "amendments": [correction(event, summary=f"Put so {n}.") for n in range(MANY)],
    }


@pytest.fixture
def busy(timeline: Timeline, posted: dict[str, list[dict[str, Any]]]) -> Timeline:
    """A timeline with all of these."""
    for events in posted.values():
        timeline.take(*events)
    return timeline


def test_an_entry_lists_the_newest_and_counts_all(busy: Timeline, posted: dict[str, Any]) -> None:
    """In the order that the whole list has, from which nothing is missing, page after page."""
    address = f"/entries/{posted['report'][0]['id']}"
    entry = busy.get(address)["entry"]

    assert dict.fromkeys(LISTS, MANY) == entry["counts"]
    for name in LISTS:
        ids, page = [], busy.get(f"{address}/{name}", limit=10)
        first_url = page["url"]
        while True:
            assert (MANY, posted["report"][0]["id"]) == (page["total"], page["entry"])
            ids += ids_of(page[name])
            if page["next"] is None:
                break
            page = busy.client.get(page["next"]).json()
        assert [event["id"] for event in posted[name]] == ids
        assert ids[-LISTED_MAX:] == ids_of(entry[name])
        assert busy.client.get(first_url).json()[name] == busy.get(f"{address}/{name}", limit=10)[name]


def test_what_is_unlisted_still_decides_and_is_found(busy: Timeline, posted: dict[str, Any]) -> None:
    """A word that later ones push out of the entry counts for its status, its actors and its amendments."""
    event = posted["report"][0]
    address = f"/entries/{event['id']}"
    first = posted["verifications"][0]
    busy.take({**correction(first, grade="discounted"), "reason": "transcription"})
    changed = busy.get("/diff", after=busy.head - 1)["changes"]["entries"][0]
    entry = busy.get(address)["entry"]

    assert "desk-0" in {actor["id"] for actor in entry["actors"]}
    assert "discounted" not in {mention["grade"] for mention in entry["verifications"]}
    assert entry["status"] in ("denied", "contested")
    assert "counts" not in changed["fields"]
    assert "discounted" in {
        mention["grade"] for mention in busy.get(f"{address}/verifications", limit=50)["verifications"]
    }


def test_an_import_knows_every_amendment(timeline: Timeline, service: Service) -> None:
    """Its ids count them, and an old retraction sets a row aside for good, however much came later."""
    row = engagement(tags=["set"])
    timeline.take(row, retraction(row), *(correction(row, summary=f"Put so {n}.") for n in range(MANY)))

    with Client(service.url) as client:
        rows = read_current_rows(client, timeline.name, "set").rows
    assert [(1 + MANY, True, True)] == [(r.amendments, r.retracted, r.set_aside) for r in rows.values()]


def test_lists_as_of_a_position_and_as_the_world_knew(timeline: Timeline) -> None:
    """`at` and `published_by` mean what they mean for the entry."""
    event = engagement(published_at="2024-12-01T00:00:00Z")
    about = {"about": [event["id"]], "stance": "condemns"}
    early = statement(speaker="early", published_at="2024-12-02T00:00:00Z", **about)
    late = statement(speaker="late", published_at="2024-12-09T00:00:00Z", **about)
    timeline.take(event, late, early)
    address = f"/entries/{event['id']}/statements"

    assert ids_of([early, late]) == ids_of(timeline.get(address)["statements"])
    assert ids_of([late]) == ids_of(timeline.get(address, at=2)["statements"])
    assert ids_of([early]) == ids_of(timeline.get(address, published_by="2024-12-05")["statements"])
    hidden = timeline.client.get(timeline.path + address, params={"published_by": "2024-11-01"})
    refused(timeline.client, hidden, 404, "not-found")


@pytest.mark.parametrize("name", LISTS)
def test_lists_of_what_is_not_there(timeline: Timeline, name: str) -> None:
    """Neither an unknown development nor one that is not recorded yet has any; an entry may have no item."""
    event = engagement()
    remark = statement(about=[event["id"]])
    timeline.take(event, remark)
    missing = timeline.client.get(f"{timeline.path}/entries/{new_id()}/{name}")
    refused(timeline.client, missing, 404, "not-found")
    early = timeline.client.get(f"{timeline.path}/entries/{event['id']}/{name}?at=0")
    refused(timeline.client, early, 404, "not-found")
    assert [] == timeline.get(f"/entries/{remark['id']}/{name}")[name]
    unknown = timeline.client.get(f"{timeline.path}/entries/{event['id']}/nothing")
    refused(timeline.client, unknown, 404, "not-found")
