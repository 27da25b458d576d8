"""Figures that can be audited, over HTTP: policies, three times at once, every change of a series."""

import csv
import io

import pytest

from tests.support.client import refused
from tests.support.payloads import casualties, correction, engagement, new_id, retraction, same_as

SERIES = "casualties.killed.troops.all.cumulative"


def exactly(value):
    """A figure."""
    return {"qualifier": "exact", "value": value}


def verified(development, grade):
    """A verification of a development."""
    return {
        "id": new_id(),
        "type": "verification",
        "claimant": "osint",
        "about": [development["id"]],
        "grade": grade,
    }


def rivals():
    """Four claims for one date, that differ."""
    return [
        casualties(claimant="high", figure=exactly(900)),
        casualties(claimant="floor", figure={"qualifier": "more_than", "value": 400}),
        casualties(claimant="low", figure=exactly(20)),
        casualties(claimant="range", figure={"qualifier": "between", "low": 50, "best": 60, "high": 80}),
    ]


@pytest.mark.parametrize(
    ("policy", "claimant", "bounds"),
    [
        ("envelope", None, (20, None)),
        ("latest", "range", (50, 80)),
        ("lowest", "low", (20, 20)),
        ("highest", "floor", (401, None)),
        ("claimant:range", "range", (50, 80)),
        ("best_grade", "range", (50, 80)),
    ],
)
def test_a_policy_chooses_openly(timeline, policy, claimant, bounds):
    """The answer names the policy, and the claim that it chose."""
    claims = rivals()
    timeline.take(*claims, verified(claims[3], "confirmed"), verified(claims[0], "discounted"))
    view = timeline.get(f"/figures/{SERIES}", policy=policy)

    assert (policy, {"low": bounds[0], "high": bounds[1]}) == (view["policy"], view["chosen"]["bounds"])
    ids = {claim["id"]: claim["claimant"] for claim in view["latest"]}
    assert claimant == ids.get(view["chosen"]["claim"])


def test_a_claimant_without_a_claim_is_never_chosen(timeline):
    """Nobody else's claim takes its place."""
    timeline.take(*rivals())

    assert timeline.get(f"/figures/{SERIES}", policy="claimant:nobody")["chosen"] is None


@pytest.mark.parametrize("policy", ["best", "claimant:", "claimant:No Body", "envelope "])
def test_an_unknown_policy_is_refused(timeline, policy):
    """And the answer lists the policies."""
    response = timeline.client.get(f"{timeline.path}/figures/{SERIES}", params={"policy": policy})

    assert "best_grade" in refused(timeline.client, response, 400, "malformed", "policy")


def test_a_late_import_does_not_distort_what_had_been_published(timeline):
    """Recorded long after, an old report counts from its publication on, and a correction from its own."""
    first = casualties(published_at="2024-12-21T00:00:00Z")
    late = casualties(claimant="rfa", figure=exactly(7), published_at="2024-12-22T00:00:00Z")
    fix = correction(first, figure=exactly(80)) | {"published_at": "2024-12-24T00:00:00Z"}
    timeline.take(first, fix, late)

    def figures_by(day):
        view = timeline.get(f"/figures/{SERIES}", published_by=f"2024-12-{day}T12:00:00Z")
        return {claim["claimant"]: claim["figure"]["value"] for claim in view["latest"]}

    assert [{}, {"nis": 100}, {"nis": 100, "rfa": 7}, {"nis": 80, "rfa": 7}] == list(
        map(figures_by, (20, 21, 22, 24))
    )
    assert {"nis": 100} == {
        claim["claimant"]: claim["figure"]["value"]
        for claim in timeline.get(f"/figures/{SERIES}", published_by="2025-01-01T00:00:00Z", at=1)["latest"]
    }


def test_a_report_without_a_date_was_published_when_its_source_was(timeline):
    """Its earliest source; without any, when it was recorded."""
    sources = [{"publisher": "rfa", "published_at": f"2024-12-{day}T00:00:00Z"} for day in ("23", "22")]
    timeline.take(casualties(sources=sources), casualties(claimant="rfa"))
    view = timeline.get(f"/figures/{SERIES}", published_by="2024-12-22T12:00:00Z")

    assert ["nis"] == [claim["claimant"] for claim in view["claims"]]


def test_what_had_been_published_comes_page_by_page(timeline):
    """As the claims of the record do."""
    days = [casualties(as_of=f"2024-12-{day}", published_at="2024-12-30T00:00:00Z") for day in range(10, 15)]
    timeline.take(*days)
    page = timeline.get(f"/figures/{SERIES}", published_by="2025-01-01T00:00:00Z", limit=2)
    pages = [page]
    while page["next"]:
        page = timeline.client.get(page["next"]).json()
        pages.append(page)

    assert [2, 2, 1] == [len(page["claims"]) for page in pages]
    assert 5 == len({claim["id"] for page in pages for claim in page["claims"]})


def with_a_history(timeline):
    """A series that was reported, updated, restated, corrected, retracted and reset."""
    source = {"publisher": "rfa", "url": "https://example.org/fix"}
    first, newer = casualties(), casualties(as_of="2024-12-21", figure=exactly(150))
    again = casualties(as_of="2024-12-21", figure=exactly(155))
    fix = correction(first, figure=exactly(90)) | {"sources": [source], "reason": "transcription"}
    anew = {"id": new_id(), "type": "series_reset", "series": SERIES, "reason": "A new method."}
    timeline.take(first, newer, again, fix, retraction(again), anew | {"as_of": "2024-12-23"})
    return [first, newer, again, fix]


def test_the_audit_has_every_change_with_its_cause(timeline):
    """Each with what stood before and after it, the record and source that made it, and why."""
    first, _, _, fix = with_a_history(timeline)
    audit = timeline.get(f"/figures/{SERIES}/audit")

    assert [
        (1, "first_report", None),
        (2, "update", 50),
        (3, "restatement", 5),
        (4, "correction", -10),
        (5, "retraction", -5),
        (6, "reset", None),
    ] == [(change["position"], change["kind"], change["difference"]) for change in audit["changes"]]
    change = audit["changes"][3]
    assert (first["id"], fix["id"], "correction", "transcription") == (
        change["source"],
        change["cause"],
        change["cause_type"],
        change["reason"],
    )
    assert ["rfa"] == [source["publisher"] for source in change["sources"]]
    assert (6, {"correction": 1}) == (audit["total"], {k: audit["kinds"][k] for k in ("correction",)})


def test_the_audit_is_filtered_and_comes_page_by_page(timeline):
    """By kind, by claimant, and at a position."""
    with_a_history(timeline)
    timeline.take(casualties(claimant="rfa"))
    path = f"/figures/{SERIES}/audit"

    assert [2, 3] == [c["position"] for c in timeline.get(path, kind=["update", "restatement"])["changes"]]
    assert [7] == [c["position"] for c in timeline.get(path, claimant="rfa")["changes"]]
    assert [1, 2] == [c["position"] for c in timeline.get(path, at=2)["changes"]]
    first = timeline.get(path, limit=4)
    assert [5, 6, 7] == [c["position"] for c in timeline.client.get(first["next"]).json()["changes"]]


def test_changes_that_changed_no_answer_are_listed_on_request(timeline):
    """An older word recorded later is no restatement; `all` shows it, marked as silent."""
    newer, older = (f"2024-12-{day}T10:00:00Z" for day in (23, 22))
    timeline.take(casualties(published_at=newer), casualties(figure=exactly(5), published_at=older))
    path = f"/figures/{SERIES}/audit"

    assert [(1, None)] == [(c["position"], c.get("silent")) for c in timeline.get(path)["changes"]]
    changes = timeline.get(path, all="true")["changes"]
    assert [(1, None), (2, True)] == [(c["position"], c.get("silent")) for c in changes]
    assert changes[1]["before"] == changes[1]["after"] == exactly(100)


def test_amendments_that_changed_no_answer_are_listed_on_request(timeline):
    """A word of before that came late shows what it was; what an editor mended elsewhere shows the claim."""
    early, late = (f"2024-12-{day}T10:00:00Z" for day in (21, 23))
    count = casualties(published_at=early)
    revised = correction(count, figure=exactly(120)) | {"reason": "restatement", "published_at": late}
    older = correction(count, figure=exactly(110)) | {"reason": "late_report"}
    mended = correction(count, summary="Mended.") | {"reason": "transcription"}
    timeline.take(count, revised, older | {"published_at": "2024-12-22T10:00:00Z"}, mended)
    path = f"/figures/{SERIES}/audit"

    assert [1, 2] == [c["position"] for c in timeline.get(path)["changes"]]
    changes = timeline.get(path, all="true")["changes"]
    assert [
        (3, "correction", True, 120, 120, 110, "late_report"),
        (4, "correction", True, 120, 120, None, "transcription"),
    ] == [
        (
            *(c[name] for name in ("position", "kind", "silent")),
            *(c[name]["value"] for name in ("before", "after")),
            c.get("claimed") and c["claimed"]["value"],
            c["reason"],
        )
        for c in changes[2:]
    ]
    by_then = timeline.get(path, all="true", published_by="2024-12-22T09:00:00Z")["changes"]
    assert [1, 4] == [c["position"] for c in by_then]
    assert [2, 3, 4] == [c["position"] for c in timeline.get(path, all="true", kind="correction")["changes"]]


def test_an_audit_of_what_had_been_published_shows_the_words_of_that_time(timeline):
    """A correction that came later is none of them; what nobody dated is hidden, and the series is there."""
    first = casualties(published_at="2024-12-21T00:00:00Z")
    fix = correction(first, figure=exactly(80)) | {"published_at": "2024-12-24T00:00:00Z"}
    timeline.take(first, fix, casualties(as_of="2024-12-21"))
    path = f"/figures/{SERIES}/audit"

    def changes_by(day):
        audit = timeline.get(path, published_by=f"2024-12-{day}T12:00:00Z")
        return [(c["position"], c["kind"], c["after"]["value"]) for c in audit["changes"]]

    assert [] == changes_by(20)
    assert [(1, "first_report", 100)] == changes_by(23)
    assert [(1, "first_report", 100), (2, "correction", 80)] == changes_by(24)


def test_a_change_says_its_date_as_its_source_did(timeline):
    """With words, bounds, what dates it, and the lag in whole days, by the publication of its source."""
    sources = [{"publisher": "p", "published_at": "2025-01-02T00:00:00Z"}]
    timeline.take(casualties(as_of="2024-12-27~", sources=sources))
    (change,) = timeline.get(f"/figures/{SERIES}/audit")["changes"]

    expected = {
        "as_of": "2024-12-27~",
        "as_of_text": "about 27 December 2024",
        "earliest": "2024-12-27",
        "latest": "2024-12-27",
        "dated_by": "as_of",
        "published_at": "2025-01-02T00:00:00Z",
        "lag_days": 6,
    }
    assert expected == {name: change[name] for name in expected}


def test_an_old_address_of_a_merged_incident_leads_to_its_audit(timeline):
    """The merge is a change of the address that leads."""
    first, second = engagement(), engagement(claimant="m", killed=exactly(4))
    merge = same_as(first, second)
    timeline.take(first, second, merge)
    old, new = (f"casualties.killed.all.all.incident.{event['id']}" for event in (second, first))
    audit = timeline.get(f"/figures/{old}/audit")

    assert (new, [(3, "merge")]) == (audit["series"], [(c["position"], c["kind"]) for c in audit["changes"]])
    assert audit["changes"] == timeline.get(f"/figures/{new}/audit")["changes"]


@pytest.mark.parametrize("options", [{"params": {"format": "csv"}}, {"headers": {"accept": "text/csv"}}])
def test_the_audit_comes_as_csv_too(timeline, options):
    """All changes on one page, with their numbers in columns."""
    with_a_history(timeline)
    response = timeline.client.get(f"{timeline.path}/figures/{SERIES}/audit", **options)

    assert response.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert 6 == len(rows)
    cells = {name: rows[3][name] for name in ("kind", "before", "after", "difference", "publishers")}
    assert {
        "kind": "correction",
        "before": "100",
        "after": "90",
        "difference": "-10",
        "publishers": "rfa",
    } == cells


def test_no_cell_of_the_audit_is_run_by_a_spreadsheet(timeline):
    """A reason is free text, and whoever posts could put a formula there."""
    anew = {"id": new_id(), "type": "series_reset", "series": SERIES, "as_of": "2024-12-23"}
    timeline.take(casualties(), anew | {"reason": "=1+1"})
    response = timeline.client.get(f"{timeline.path}/figures/{SERIES}/audit?format=csv")

    assert ["", "'=1+1"] == [row["reason"] for row in csv.DictReader(io.StringIO(response.text))]


def test_a_fall_is_flagged_unless_something_explains_it(timeline):
    """An adjustment of the day does."""
    timeline.take(casualties(), casualties(as_of="2024-12-21", figure=exactly(95)))
    path = f"/figures/{SERIES}/audit"
    (fall,) = timeline.get(path)["falls"]
    assert (5, 0, 5, []) == (fall["drop"], fall["explained"], fall["unexplained"], fall["explained_by"])
    adjusted = {"id": new_id(), "type": "series_reset", "series": SERIES, "reason": "Counted twice."}
    timeline.take(adjusted | {"as_of": "2024-12-21", "adjustment": -3})

    (fall,) = timeline.get(path)["falls"]
    assert (3, 2, [adjusted["id"]]) == (fall["explained"], fall["unexplained"], fall["explained_by"])


def test_an_adjustment_does_not_cut_the_line(timeline):
    """The line continues: a claim for a date before it still stands."""
    timeline.take(casualties())
    adjusted = {"id": new_id(), "type": "series_reset", "series": SERIES, "reason": "Counted twice."}
    timeline.take(adjusted | {"as_of": "2024-12-25", "adjustment": -5})
    view = timeline.get(f"/figures/{SERIES}")

    assert (1, -5) == (len(view["latest"]), view["resets"][0]["adjustment"])


def test_an_unknown_series_has_no_audit(timeline):
    """Nor one that comes only later."""
    timeline.take(engagement(), casualties())
    for query in ({"at": 1}, {}):
        series = SERIES if query else "casualties.killed.nobody.all.cumulative"
        response = timeline.client.get(f"{timeline.path}/figures/{series}/audit", params=query)
        refused(timeline.client, response, 404, "not-found")
