"""Claims that stood by a time at an address where no row of theirs is stored (meaning, sections 2 and 4)."""

import csv
from typing import Any

import pytest

from tests.support.client import Timeline, refused
from tests.support.payloads import casualties, correction, new_id, retraction, statement

NOVEMBER, DECEMBER, LATER = "2024-11-05T00:00:00Z", "2024-12-05T00:00:00Z", "2024-12-31T00:00:00Z"
BY = "2024-11-27T00:00:00Z"


def count(incident: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """What somebody counted of an incident, published in November."""
    fields = {"basis": "incident", "incident": incident["id"], "published_at": NOVEMBER} | fields
    return casualties(as_of="2024-11-01", **fields)


def untold(amendment: dict[str, Any]) -> dict[str, Any]:
    """An amendment that its source published in December."""
    return amendment | {"reason": "source_revision", "published_at": DECEMBER}


@pytest.fixture
def addresses(timeline: Timeline) -> tuple[str, str]:
    """The address of a count by the time, and by the record: a link between them was taken back untold."""
    first = statement(occurred="2024-11-01", published_at=NOVEMBER)
    middle = count(first)
    last = count(middle, subject="north")
    timeline.take(first, middle, untold(retraction(middle)))
    timeline.take(last)
    prefix = "casualties.killed.north.all.incident."
    return f"{prefix}{first['id']}", f"{prefix}{middle['id']}"


def listed(timeline: Timeline, **parameters: Any) -> list[str]:
    """The ids of the series, page by page."""
    series, page = [], timeline.get("/figures", **parameters)
    series += [each["series"] for each in page["series"]]
    while page["next"]:
        page = timeline.client.get(page["next"]).json()
        series += [each["series"] for each in page["series"]]
    return series


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_a_count_is_listed_at_the_address_that_led_by_the_time(timeline, addresses, limit):
    """What led to it was retracted before the count was recorded, but nobody had been told."""
    then, now = addresses
    other = "casualties.killed.troops.all.incident" + then[then.rindex(".") :]

    assert [then, other] == listed(timeline, published_by=BY, limit=limit)
    assert [then] == listed(timeline, published_by=BY, limit=limit, subject="north", measure="killed")
    assert [then] == listed(timeline, published_by=BY, limit=limit, kind="casualties", subject="north")
    assert [] == listed(timeline, published_by=BY, limit=limit, kind="equipment")
    assert [now] == listed(timeline, published_by=LATER, limit=limit)


def test_its_audit_and_its_table_are_those_of_the_list(timeline, addresses):
    """The series is read, audited and written at the address at which it is listed."""
    then, _ = addresses
    path = f"/figures/{then}"
    table = timeline.client.get(f"{timeline.path}/figures", params={"published_by": BY, "format": "csv"})
    rows = [*csv.DictReader(table.text.splitlines())]
    page = timeline.client.get(
        f"{timeline.path}/figures", params={"published_by": BY, "format": "csv", "limit": 1}
    )

    assert then == rows[0]["series"] == next(csv.DictReader(page.text.splitlines()))["series"]
    assert (2, then) == (len(rows), timeline.get(path, published_by=BY)["series"])
    [change] = timeline.get(f"{path}/audit", published_by=BY)["changes"]
    assert (4, "first_report") == (change["position"], change["kind"])


def test_a_link_that_was_corrected_untold_leads_as_before(timeline):
    """Not only a retraction leads an incident elsewhere: so does a count that is said to be of another."""
    first, second = (statement(occurred="2024-11-01", published_at=NOVEMBER) for _ in range(2))
    middle = count(first)
    timeline.take(first, second, middle, untold(correction(middle, incident=second["id"])))
    timeline.take(count(middle, subject="north"))
    prefix = "casualties.killed.north.all.incident."

    assert [f"{prefix}{first['id']}"] == listed(timeline, published_by=BY, subject="north")
    assert [f"{prefix}{second['id']}"] == listed(timeline, published_by=LATER, subject="north")


def test_a_claim_is_listed_by_the_words_that_were_told(timeline):
    """Of two corrections the one recorded first was told last: by then, only the other had been made."""
    total = casualties(published_at="2024-11-01T00:00:00Z", as_of="2024-11-01")
    public = correction(total, measure="wounded") | {"published_at": NOVEMBER}
    timeline.take(total)
    timeline.take(untold(correction(total, subject="officers")))
    timeline.take(public)
    by, now = "casualties.wounded.troops.all.cumulative", "casualties.wounded.officers.all.cumulative"

    assert [by] == listed(timeline, published_by=BY)
    assert [now] == listed(timeline, published_by=LATER)
    [claim] = timeline.get(f"/figures/{by}", published_by=BY)["latest"]
    assert total["id"] == claim["id"]
    audit = timeline.get(f"/figures/{by}/audit", published_by=BY)
    assert [3] == [change["position"] for change in audit["changes"]]


def test_a_retraction_of_a_retraction_that_nobody_was_told(timeline):
    """Where it had been told that the link does not stand, the count is listed as the incident's own."""
    first = statement(occurred="2024-11-01", published_at=NOVEMBER)
    middle = count(first)
    withdrawal = retraction(middle) | {"reason": "source_revision", "published_at": NOVEMBER}
    timeline.take(first, middle, withdrawal, untold(retraction(withdrawal)))
    timeline.take(count(middle, subject="north"))
    prefix = "casualties.killed.north.all.incident."

    assert [f"{prefix}{middle['id']}"] == listed(timeline, published_by=BY, subject="north")
    assert [f"{prefix}{first['id']}"] == listed(timeline, published_by=LATER, subject="north")


def test_a_count_that_was_never_recorded_so_is_added_up(timeline):
    """What two corrections make of a count by the time is in the totals, though no row of it is stored."""
    killed = casualties(basis="incident", as_of="2024-11-01", published_at="2024-11-01T00:00:00Z")
    timeline.take(killed)
    timeline.take(untold(correction(killed, measure="missing")))
    timeline.take(correction(killed, measure="wounded") | {"published_at": NOVEMBER})
    path = f"/figures/casualties.wounded.troops.all.incident.{killed['id']}"
    total = timeline.get("/totals", measure="wounded", published_by=BY)["total"]

    assert (1, 100) == (total["incidents"], total["best"])
    assert [killed["id"]] == [claim["id"] for claim in timeline.get(path, published_by=BY)["latest"]]


def test_a_series_that_was_at_no_time_is_unknown(timeline, addresses):
    """An address that names a report of no incident leads to nothing."""
    path = f"{timeline.path}/figures/casualties.killed.north.all.incident.{new_id()}"

    refused(timeline.client, timeline.client.get(path, params={"published_by": BY}), 404, "not-found")
