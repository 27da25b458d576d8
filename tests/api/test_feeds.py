"""Feeds: what changed last comes first, page by page."""

from typing import Any

import pytest

from tests.api.format_readers import ids, ids_in
from tests.support.client import Timeline
from tests.support.payloads import correction, engagement, statement


@pytest.mark.parametrize("name", ["atom", "jsonfeed"])
def test_a_feed_begins_with_what_changed_last(timeline: Timeline, name: str) -> None:
    """What happened long ago and is reported, corrected or confirmed now stands at the top."""
    old, new = engagement(occurred="1999-01-01"), engagement(occurred="2024-12-20")
    timeline.take(new, old)
    assert [old["id"], new["id"]] == _feed(timeline, name)
    timeline.take(correction(new, summary="Put right."))
    assert [new["id"], old["id"]] == _feed(timeline, name)
    confirms = statement(stance="confirms", about=[old["id"]])
    timeline.take(confirms)

    assert [old["id"], confirms["id"], new["id"]] == sorted(
        _feed(timeline, name), key=lambda entry: (entry == new["id"], entry == confirms["id"])
    )
    assert [confirms["id"], new["id"], old["id"]] == _feed(timeline, name, order="desc")
    assert [old["id"], new["id"]] == _feed(timeline, name, at=2)
    assert ids(timeline.entries(order="changed")) == _feed(timeline, name)


def _feed(timeline: Timeline, name: str, **parameters: Any) -> list[str]:
    return ids_in(name, timeline.client.get(timeline.path, params={"format": name, **parameters}).content)


def test_the_order_of_changes_continues_where_it_was(timeline: Timeline) -> None:
    """Page by page, with filters, at one position, while the log grows."""
    timeline.take(*(engagement(tags=["a"], attackers=["nis"]) for _ in range(5)), engagement())
    parameters = {"order": "changed", "limit": 2, "tag": "a", "actor": "nis"}
    page = timeline.get(**parameters)
    listed = ids(page["entries"])
    timeline.take(correction(page["entries"][0], summary="Later."))
    while page["next"]:
        page = timeline.client.get(page["next"]).json()
        listed += ids(page["entries"])

    assert (5, 5) == (len(listed), len(set(listed)))
    assert ids(timeline.entries(order="changed", tag="a", at=6)) == listed


def test_a_feed_says_when_its_entries_changed(timeline: Timeline) -> None:
    """`updated` is the time of the record that made the entry what it is."""
    event = engagement()
    timeline.take(event)
    timeline.take(correction(event, summary="Put right."))
    records = timeline.get("/events")["records"]
    (item,) = timeline.client.get(timeline.path, params={"format": "jsonfeed"}).json()["items"]

    assert [record["recorded_at"] for record in records] == [item["date_published"], item["date_modified"]]
