"""Totals and single series as CSV, and the addresses of exports."""

import csv
import io

from tests.support.payloads import casualties, engagement


def test_totals_as_a_table(timeline):
    """A line is a row that says what was added up; without keys the total is the only row."""
    first, second = engagement(occurred="2024-12-20"), engagement(occurred="2025-01-02")
    tolls = [
        casualties(basis="incident", incident=event["id"], figure={"qualifier": "exact", "value": value})
        for event, value in ((first, 12), (second, 3))
    ]
    timeline.take(first, second, *tolls)
    path = f"{timeline.path}/totals"

    total = rows_of(timeline, f"{path}/export?measure=killed&format=csv")
    by_year = rows_of(timeline, f"{path}?measure=killed&by=year&format=csv")

    assert [("killed", "people", "2", "15")] == [
        (row["measure"], row["unit"], row["incidents"], row["best"]) for row in total
    ]
    assert [("2024", "12"), ("2025", "3")] == [(row["year"], row["best"]) for row in by_year]


def test_one_series_as_a_table(timeline):
    """The claims of that series and no other, for the date and the page that are asked for."""
    claims = [
        casualties(as_of=f"2024-12-{day}", figure={"qualifier": "exact", "value": day}) for day in (10, 20)
    ]
    timeline.take(*claims, casualties(measure="wounded"))
    path = f"{timeline.path}/figures/casualties.killed.troops.all.cumulative"

    def values(address):
        return [row["value"] for row in rows_of(timeline, address)]

    assert ["20", "10"] == values(f"{path}/export?format=csv")
    assert ["10"] == values(f"{path}?format=csv&as_of=2024-12-15")
    assert ["20"] == values(f"{path}/export?format=csv&limit=1")


def test_an_export_needs_a_format(timeline):
    """At the address of an export there is no JSON to fall back to."""
    for address in ("/export", "/export?format=json", "/events/export", "/totals/export?measure=killed"):
        response = timeline.client.get(f"{timeline.path}{address}")

        assert (400, "format") == (response.status_code, response.json()["path"])


def rows_of(timeline, address):
    """The rows of a table."""
    response = timeline.client.get(address)
    assert (200, "text/csv") == (response.status_code, response.headers["content-type"].partition(";")[0])
    return list(csv.DictReader(io.StringIO(response.text, newline="")))
