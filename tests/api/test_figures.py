"""Figures over HTTP: what claims of a series agree on, in words, and how series are found."""

import csv
import io
from typing import Any

import pytest

from tests.support.client import refused
from tests.support.payloads import correction, engagement, new_id, retraction, same_as

TOTAL = "casualties.killed.s.all.cumulative"
PEOPLE = {"measure": "killed", "subject": "s", "basis": "cumulative"}


def exactly(value: int, **fields: Any) -> dict[str, Any]:
    """A figure."""
    return {"qualifier": "exact", "value": value, **fields}


def toll(
    claimant: str, figure: dict[str, Any] | int, as_of: str | None = None, **fields: Any
) -> dict[str, Any]:
    """A casualty estimate of a running total."""
    figure = exactly(figure) if isinstance(figure, int) else figure
    event = {"id": new_id(), "type": "casualty_estimate", "summary": "Killed.", "claimant": claimant}
    return {**event, **PEOPLE, "figure": figure, **({"as_of": as_of} if as_of else {}), **fields}


def incident_toll(claimant: str, figure: dict[str, Any], incident: dict[str, Any]) -> dict[str, Any]:
    """The count of an incident."""
    fields = {"subject": "all", "basis": "incident", "incident": incident["id"], "occurred": "2024-01-01"}
    return toll(claimant, figure, **fields)


def latest(view: dict[str, Any]) -> dict[str, str]:
    """The words of each claimant's claim."""
    return {claim["claimant"]: claim["text"] for claim in view["latest"]}


def standing(view: dict[str, Any]) -> tuple[str, Any]:
    """The standing, and what satisfies all claims, as low and high."""
    overlap = view["reconciled"]["overlap"]
    return view["reconciled"]["standing"], overlap and (overlap["low"], overlap["high"])


def test_a_month_does_not_beat_a_later_day(timeline):
    """A figure published on the 5th cannot speak for the 31st (02)."""
    month = toll("m", 1000, "2024-12", published_at="2024-12-05T00:00:00Z")
    day = toll("m", 3000, "2024-12-27", published_at="2024-12-27T12:00:00Z")
    timeline.take(month, day)
    view = timeline.get(f"/figures/{TOTAL}")

    assert ({"m": "3,000"}, ("single", (3000, 3000))) == (latest(view), standing(view))
    assert ["2024-12-27", "2024-12"] == [claim["as_of"] for claim in view["claims"]]


def test_a_claim_about_a_day_is_found_for_that_day(timeline):
    """A date that is only approximate is shown as such, and chosen by the day that it names (03)."""
    timeline.take(toll("m", {"qualifier": "more_than", "value": 3000}, "2024-12-27~"))
    view = timeline.get(f"/figures/{TOTAL}", as_of="2024-12-27")

    assert ("single", (3001, None)) == standing(view)
    assert ("2024-12-27~", "about 27 December 2024", "more than 3,000") == tuple(
        view["latest"][0][name] for name in ("as_of", "as_of_text", "text")
    )
    nothing = timeline.get(f"/figures/{TOTAL}", as_of="2024-12-26")
    assert ("not_comparable", [], None) == (
        nothing["reconciled"]["standing"],
        nothing["latest"],
        nothing["chosen"],
    )
    assert "there is no claim for this date" == nothing["not_chosen"] == nothing["reconciled"]["reason"]


def test_totals_of_different_dates_are_no_contradiction(timeline):
    """A running total of January does not contradict a higher one of December (04)."""
    timeline.take(toll("nis", 1100, "2024-01-05"), toll("ukraine", 3000, "2024-12-27"))
    view = timeline.get(f"/figures/{TOTAL}")

    assert ("compatible", (3000, 3000)) == standing(view)
    assert (
        "one number and one floor from another date; all claims hold at 3,000"
        == (view["reconciled"]["reason"])
    )
    assert ("3,000", 3000) == (view["chosen"]["text"], view["chosen"]["best"])
    assert ("single", (1100, 1100)) == standing(timeline.get(f"/figures/{TOTAL}", as_of="2024-12-26"))


def test_totals_that_fall_are_contested(timeline):
    """3,000 as of January and 1,100 as of December cannot both be."""
    timeline.take(toll("nis", 3000, "2024-01-05"), toll("ukraine", 1100, "2024-12-27"))

    assert ("contested", None) == standing(timeline.get(f"/figures/{TOTAL}"))


def test_none_reported_is_shown_and_takes_part_in_nothing(timeline):
    """That one claimant reports none is no claim that contradicts five (07)."""
    battle = engagement(occurred="2024-01-01")
    five, none = (
        incident_toll("m", exactly(5), battle),
        incident_toll("z", {"qualifier": "none_reported"}, battle),
    )
    timeline.take(battle, five, none)
    view = timeline.get(f"/figures/casualties.killed.all.all.incident.{battle['id']}")

    assert (("single", (5, 5)), {"m": "5"}) == (standing(view), latest(view))
    assert [(none["id"], "none reported, which is not a number")] == [
        (claim["claim"], claim["reason"]) for claim in view["reconciled"]["set_aside"]
    ]
    assert {"5", "none reported"} == {claim["text"] for claim in view["claims"]}


def test_units_are_no_rivals(timeline):
    """Three battalions do not contradict 1,500 people: each unit has a standing of its own (18)."""
    base = {"type": "deployment", "summary": "Deployed.", "force": "f", "occurred": "2024-10-01"}
    timeline.take(
        {"id": new_id(), **base, "claimant": "a", "strength": exactly(3, unit="Battalions")},
        {"id": new_id(), **base, "claimant": "b", "strength": exactly(1500)},
    )
    view = timeline.get("/figures/strength.deployed.f.all.stock")
    other = view["other_units"][0]

    assert ("people", ("single", (1500, 1500))) == (view["reconciled"]["unit"], standing(view))
    assert ("battalions", "single", 3) == (
        other["reconciled"]["unit"],
        other["reconciled"]["standing"],
        other["chosen"]["best"],
    )
    assert {"a": "3 Battalions", "b": "1,500"} == latest(view)
    assert ["people", "battalions"] == [
        reconciled["unit"]
        for series in timeline.get("/figures")["series"]
        for reconciled in (series["reconciled"], *series["other_units"])
    ]


def test_about_a_small_number_is_no_exact_number(timeline):
    """About 15 and 14 are compatible (19)."""
    about = toll("a", {"qualifier": "about", "value": 15}, "2024-01-01")
    timeline.take(about, toll("b", 14, "2024-01-01"))
    view = timeline.get(f"/figures/{TOTAL}")

    assert ("compatible", (14, 14)) == standing(view)
    assert {"a": "about 15", "b": "14"} == latest(view)


def test_a_vague_word_has_its_floor_by_a_convention_that_is_named(timeline):
    """A journalist can see that nobody counted 24."""
    timeline.take(toll("m", {"qualifier": "vague", "verbatim": "dozens"}, "2024-01-01"))
    view = timeline.get(f"/figures/{TOTAL}")

    assert (("single", (24, None)), {"m": "dozens"}) == (standing(view), latest(view))
    assert {"kind": "coded_rule", "rule": "dozens: at least 24"} == view["latest"][0]["bounds_origin"]


def test_a_date_that_a_longer_claim_holds_is_marked(timeline):
    """A claim for 2024 answers for June only where there is nothing better, and says so."""
    year = toll("m", 10, "2024", published_at="2025-01-01T00:00:00Z")
    timeline.take(year)
    alone = timeline.get(f"/figures/{TOTAL}", as_of="2024-06")
    timeline.take(toll("m", 4, "2024-05-30"))
    both = timeline.get(f"/figures/{TOTAL}", as_of="2024-06")

    assert ({"m": "10"}, [year["id"]]) == (latest(alone), alone["containing"])
    assert ({"m": "4"}, []) == (latest(both), both["containing"])


def test_a_claim_for_the_date_is_chosen_before_one_that_only_holds_it(timeline):
    """Whoever makes it: 50 as of 2024 is no newer total for 15 June than the 60 as of that day."""
    year = toll("m", 50, "2024", published_at="2025-01-01T00:00:00Z")
    timeline.take(year, toll("n", 60, "2024-06-15"))
    view = timeline.get(f"/figures/{TOTAL}", as_of="2024-06-15", policy="claimant:n")
    aside = [(claim["claim"], claim["reason"]) for claim in view["reconciled"]["set_aside"]]

    assert ("single", (60, 60), "60") == (*standing(view), view["chosen"]["text"])
    assert [(year["id"], "of a date that only holds the one asked for")] == aside
    assert ({"m": "50", "n": "60"}, [year["id"]]) == (latest(view), view["containing"])


def test_of_the_same_days_the_last_word_stands(timeline):
    """Doubt does not make it another date, and an older word recorded later is the older."""
    new = toll("m", 12, "2024-11", published_at="2025-01-02T00:00:00Z")
    old = toll("m", 10, "2024-11?", published_at="2025-01-01T00:00:00Z")
    timeline.take(new, old)
    view = timeline.get(f"/figures/{TOTAL}")

    assert {"m": "12"} == latest(view)
    assert [new["id"], old["id"]] == [claim["id"] for claim in view["claims"]]


@pytest.mark.parametrize("basis", ["incident", "cumulative"])
def test_what_was_said_before_a_restatement_stands_for_its_own_days(timeline, basis):
    """10 said on the 6th and corrected to 12 on the 10th was 10 as of the 7th, as if reported twice."""
    incident = engagement(occurred="2025-01-05")
    what = {"basis": "incident", "incident": incident["id"]} if basis == "incident" else {}
    count = toll("m", 10, published_at="2025-01-06T10:00:00Z", **what)
    restatement = correction(count, figure=exactly(12))
    restatement |= {"reason": "restatement", "published_at": "2025-01-10T10:00:00Z"}
    timeline.take(incident, count, restatement)
    series = f"casualties.killed.s.all.incident.{incident['id']}" if what else TOTAL
    views = [
        timeline.get(f"/figures/{series}", **parameters)
        for parameters in ({"as_of": "2025-01-05"}, {"as_of": "2025-01-07"}, {"as_of": "2025-01-10"}, {})
    ]
    (first, change) = timeline.get(f"/figures/{series}/audit")["changes"]

    assert [{}, {"m": "10"}, {"m": "12"}, {"m": "12"}] == [latest(view) for view in views]
    assert [("12", count["id"]), ("10", count["id"])] == [(c["text"], c["id"]) for c in views[-1]["claims"]]
    assert (None, "10") == (first["before"], first["after_text"])
    assert ("correction", "10", "12") == (change["kind"], change["before_text"], change["after_text"])
    assert "12" == timeline.get(f"/entries/{count['id']}")["entry"]["claim"]["text"]


def test_who_corrects_something_else_says_no_figure_again(timeline):
    """10 of the 6th, its spelling corrected on the 20th, is no newer count than 15 of the 10th."""
    incident = engagement(occurred="2025-01-05")
    what = {"basis": "incident", "incident": incident["id"]}
    count = toll("m", 10, published_at="2025-01-06T10:00:00Z", **what)
    newer = toll("m", 15, published_at="2025-01-10T10:00:00Z", **what)
    spelling = correction(count, summary="Better.") | {"published_at": "2025-01-20T10:00:00Z"}
    timeline.take(incident, count, newer, spelling)
    view = timeline.get(f"/figures/casualties.killed.s.all.incident.{incident['id']}")

    assert {"m": "15"} == latest(view)
    assert [(3, "2025-01-10T10:00:00Z", "Killed."), (2, "2025-01-06T10:00:00Z", "Better.")] == [
        (claim["word"], claim["said_at"], claim["summary"]) for claim in view["claims"]
    ]


def test_a_late_word_for_days_before_is_told_with_what_it_changed(timeline):
    """It is a claim beside those that stand, in the difference of two positions and in the replay."""
    total = toll("m", 1000, published_at="2025-01-06T10:00:00Z")
    words = [
        correction(total, figure=exactly(value)) | {"published_at": f"2025-01-{day}T10:00:00Z"}
        for value, day in ((1500, 20), (1800, 10))
    ]
    timeline.take(total, *words)
    steps = [timeline.get("/diff", after=at - 1, to=at) for at in (2, 3)]
    whole = timeline.get("/diff", after=1, to=3)

    assert [[(None, "1,500")], [(None, "1,800")]] == [changed_claims(step) for step in steps]
    assert [(None, "1,800"), (None, "1,500")] == sorted(changed_claims(whole), reverse=True)
    assert {"m": "1,800"} == latest(timeline.get(f"/figures/{TOTAL}", as_of="2025-01-15"))


def changed_claims(diff: dict[str, Any]) -> list[tuple[str | None, str | None]]:
    """What the claims said before and after."""
    sides = ((change["before"], change["after"]) for change in diff["changes"]["claims"])
    return [tuple(side and side["claim"]["text"] for side in pair) for pair in sides]


def test_a_reset_sets_the_old_count_aside(timeline):
    """And an adjustment shifts the floor that an earlier total sets."""
    reset = {
        "id": new_id(),
        "type": "series_reset",
        "series": TOTAL,
        "reason": "Counted again.",
        "as_of": "2024-06",
    }
    old, new = toll("a", 500, "2024-05-01"), toll("b", 7, "2024-07-01")
    timeline.take(old, new, reset)
    view = timeline.get(f"/figures/{TOTAL}")
    adjusted = {**reset, "id": new_id(), "adjustment": -495}

    assert ("single", (7, 7)) == standing(view)
    assert [old["id"]] == [claim["claim"] for claim in view["reconciled"]["set_aside"]]
    timeline.take(retraction(reset), adjusted)
    assert ("compatible", (7, 7)) == standing(timeline.get(f"/figures/{TOTAL}"))


def test_what_is_printed_says_what_it_counts(timeline):
    """The text of an envelope and the reason name a unit that is neither people nor items."""
    between = {"qualifier": "between", "low": 3, "best": 4, "high": 5, "unit": "battalions"}
    timeline.take(toll("a", exactly(3, unit="battalions"), "2024-05-01"), toll("b", between, "2024-05-01"))
    view = timeline.get(f"/figures/{TOTAL}", policy="envelope")

    assert "3 to 5 battalions, best 4" == view["chosen"]["text"]
    assert "one number and one range; all claims hold at 3 battalions" == view["reconciled"]["reason"]


def test_a_reason_uses_the_words_of_the_claims(timeline):
    """More than 3,000 is what the claimant said."""
    timeline.take(toll("a", {"qualifier": "more_than", "value": 3000}, "2024-05-01"))
    reason = timeline.get(f"/figures/{TOTAL}")["reconciled"]["reason"]
    assert "only one claim is compared: more than 3,000" == reason


def test_a_policy_that_no_claim_of_the_newest_date_fits_says_so(timeline):
    """An older claim is not chosen in its place."""
    timeline.take(toll("a", 5, "2024-05-01"), toll("b", 7, "2024-07-01"))
    view = timeline.get(f"/figures/{TOTAL}", policy="claimant:a")

    assert (None, "no claim of the newest date is by a") == (view["chosen"], view["not_chosen"])


def test_what_was_published_by_a_time_is_reconciled_alike(timeline):
    """The same rules hold for what the world had been told."""
    timeline.take(
        toll("a", 5, "2024-05-01", published_at="2024-05-02T00:00:00Z"),
        toll("b", {"qualifier": "none_reported"}, "2024-05-01", published_at="2024-05-02T00:00:00Z"),
        toll("b", exactly(2, unit="vans"), "2024-05-01", published_at="2024-05-02T00:00:00Z"),
        toll("c", 7, "2024-07-01", published_at="2024-07-02T00:00:00Z"),
    )
    for as_of in ({}, {"as_of": "2024-05-31"}, {"as_of": "2024"}, {"as_of": "2023"}):
        now = timeline.get(f"/figures/{TOTAL}", **as_of)
        public = timeline.get(f"/figures/{TOTAL}", **as_of, published_by="2025-01-01T00:00:00Z")
        names = ("latest", "containing", "reconciled", "chosen", "not_chosen", "other_units", "claims")

        assert [now[name] for name in names] == [public[name] for name in names]


def test_the_old_address_of_an_incident_leads_to_the_new(timeline):
    """Where the leading report is retracted, the next leads; the address says which."""
    first, second = engagement(), engagement()
    timeline.take(first, second, same_as(first, second), incident_toll("m", exactly(5), first))
    timeline.take(retraction(first))
    prefix = "casualties.killed.all.all.incident."
    old = timeline.get(f"/figures/{prefix}{first['id']}")

    assert f"{prefix}{second['id']}" == old["series"]
    assert old["latest"] == timeline.get(f"/figures/{prefix}{second['id']}")["latest"] != []


@pytest.fixture
def newsroom(timeline):
    """Series of several kinds, subjects and claimants."""
    loss = {"id": new_id(), "type": "equipment_loss", "summary": "Lost.", "claimant": "b", "subject": "s"}
    timeline.take(
        {"id": new_id(), "type": "actor_profile", "actor": "s", "name": "Storm Corps", "aliases": ["DPRK"]},
        toll("a", 5, "2024-05-01"),
        toll("b", 7, "2024-05-01"),
        toll("a", 2, "2024-05-01", measure="wounded"),
        toll("c", 3, "2024-05-01", subject="other"),
        {**loss, "item": "tank", "basis": "cumulative", "figure": exactly(4)},
    )
    return timeline


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"subject": "s"}, ["killed.s", "wounded.s", "lost.s"]),
        ({"kind": "casualties", "measure": "killed"}, ["killed.other", "killed.s"]),
        ({"kind": "equipment"}, ["lost.s"]),
        ({"category": "tank"}, ["lost.s"]),
        ({"basis": "cumulative", "claimant": "a"}, ["killed.s", "wounded.s"]),
        ({"standing": "contested"}, ["killed.s"]),
        ({"standing": "not_comparable"}, []),
        ({"q": "storm KILLED"}, ["killed.s"]),
        ({"q": "dprk wounded"}, ["wounded.s"]),
        ({"q": "corps", "standing": "single"}, ["wounded.s", "lost.s"]),
    ],
)
def test_series_are_found_by_their_parts(newsroom, query, expected):
    """By id, page by page, and in a table: all claims of the series that are found."""

    def series_in(limit: int) -> list[str]:
        page = newsroom.get("/figures", **query, limit=limit)
        pages = [page]
        while page["next"]:
            page = newsroom.client.get(page["next"]).json()
            pages.append(page)
        return [f"{series['measure']}.{series['subject']}" for page in pages for series in page["series"]]

    table = newsroom.client.get(f"{newsroom.path}/figures", params={**query, "format": "csv"}).text
    rows = csv.DictReader(io.StringIO(table))

    assert expected == series_in(1) == series_in(50)
    assert expected == list(dict.fromkeys(f"{row['measure']}.{row['subject']}" for row in rows))


def test_a_series_says_what_its_id_says(newsroom):
    """In fields of its own, with the names of the actors."""
    page = newsroom.get("/figures", measure="wounded")
    view = newsroom.get(f"/figures/{page['series'][0]['series']}")
    names = ("kind", "measure", "subject", "category", "basis", "scope")

    for answer in (page["series"][0], view):
        assert ("casualties", "wounded", "s", "all", "cumulative", None) == tuple(answer[n] for n in names)
    assert {"s": "Storm Corps"} == page["names"] == view["names"]


def test_a_table_continues_where_a_page_ended(newsroom):
    """The pages of a filtered table hold the rows of the whole."""
    path, query = f"{newsroom.path}/figures", {"subject": "s", "format": "csv"}
    whole = newsroom.client.get(path, params=query).text.splitlines()
    response = newsroom.client.get(path, params={**query, "limit": 1})
    rows = response.text.splitlines()
    while "next" in response.links:
        response = newsroom.client.get(response.links["next"]["url"])
        rows += response.text.splitlines()[1:]

    assert len(whole) == 5
    assert [row.rpartition(",")[0] for row in whole] == [row.rpartition(",")[0] for row in rows]


@pytest.mark.parametrize(
    "query", [{"standing": "unclear"}, {"kind": "a.b"}, {"claimant": "No Body"}, {"q": ""}]
)
def test_a_filter_that_no_series_could_fit_is_refused(timeline, query):
    """The refusal names the parameter."""
    response = timeline.client.get(f"{timeline.path}/figures", params=query)

    refused(timeline.client, response, 400, "malformed", *query)


def test_series_are_listed_as_the_world_had_been_told(newsroom):
    """A series of which nothing was public is not listed; what has no known publication is counted."""
    assert [] == newsroom.get("/figures", published_by="2030-01-01T00:00:00Z")["series"]
    public = toll("a", 6, "2024-05-01", published_at="2024-05-02T00:00:00Z")
    newsroom.take(public)
    page = newsroom.get("/figures", published_by="2024-06-01T00:00:00Z", claimant="a", q="storm")
    view = newsroom.get(f"/figures/{TOTAL}", published_by="2024-06-01T00:00:00Z")
    audit = newsroom.get(f"/figures/{TOTAL}/audit", published_by="2024-06-01T00:00:00Z")

    assert [(TOTAL, {"a": "6"})] == [(series["series"], latest(series)) for series in page["series"]]
    assert ({"a": "6"}, 2) == (latest(view), view["publication_unknown"])
    assert (2, 1) == (audit["publication_unknown"], audit["total"])
    assert ["2024-06-01T00:00:00Z"] * 3 == [answer["published_by"] for answer in (page, view, audit)]
    assert (None, 0) == tuple(
        newsroom.get(f"/figures/{TOTAL}/audit")[name] for name in ("published_by", "publication_unknown")
    )
    assert newsroom.get("/figures")["published_by"] is None
    assert [] == newsroom.get("/figures", published_by="2024-05-01T00:00:00Z")["series"]


def test_what_is_hidden_of_a_series_is_not_changed_by_what_was_told_later(timeline):
    """Another report leads the incident since; by the time its claim was hidden at the old address."""
    first = engagement(claimant="m", killed=exactly(5), published_at="2024-01-02T00:00:00Z")
    second = engagement(claimant="n", killed=exactly(7))
    timeline.take(first, second, same_as(first, second))
    address = f"/figures/casualties.killed.all.all.incident.{first['id']}"
    before = timeline.get(address, published_by="2024-01-05")
    audited = timeline.get(f"{address}/audit", published_by="2024-01-05")
    taken_back = {**retraction(first), "reason": "withdrawn", "published_at": "2024-02-01T00:00:00Z"}
    timeline.take(taken_back)
    after = timeline.get(address, published_by="2024-01-05")
    audited_after = timeline.get(f"{address}/audit", published_by="2024-01-05")

    assert [1, 1] == [audit["publication_unknown"] for audit in (audited, audited_after)]
    assert ({"m": "5"}, 1) == (latest(before), before["publication_unknown"])
    for name in ("series", "latest", "claims", "reconciled", "publication_unknown"):
        assert before[name] == after[name]


@pytest.mark.parametrize("limit", [None, 1, 2])
def test_a_table_has_the_claims_that_the_world_had_been_told(timeline, limit):
    """Of every series, as they were before a correction was published; their addresses lead there."""
    old = toll("m", 10, "2024-11", published_at="2025-01-01T00:00:00Z")
    other = toll("y", 11, "2024-11", published_at="2025-01-01T00:00:00Z")
    third = toll("z", 13, "2024-12", published_at="2025-01-01T00:00:00Z", subject="u")
    moved = correction(old, subject="t", figure=exactly(12)) | {"reason": "restatement"}
    timeline.take(
        old, other, third, toll("x", 9, "2024-11"), moved | {"published_at": "2025-03-01T00:00:00Z"}
    )
    parameters = {"published_by": "2025-02-01T00:00:00Z", "format": "csv"} | (
        {"limit": limit} if limit else {}
    )
    response = timeline.client.get(f"{timeline.path}/figures", params=parameters)
    rows = [*csv.DictReader(response.text.splitlines())]
    while "next" in response.links:
        response = timeline.client.get(response.links["next"]["url"])
        rows += csv.DictReader(response.text.splitlines())

    series = [(row["series"], row["claimant"], row["value"]) for row in rows]
    assert [(TOTAL, "m", "10"), (TOTAL, "y", "11"), (TOTAL.replace(".s.", ".u."), "z", "13")] == series
    view = timeline.client.get(rows[0]["url"]).json()
    assert {"m": "10", "y": "11"} == latest(view)


def test_a_claim_is_what_it_was_before_its_correction_was_published(timeline):
    """Also where the correction moved it to another series."""
    old = toll("m", 10, "2024-11", published_at="2025-01-01T00:00:00Z")
    other = toll("y", 11, "2024-11", published_at="2025-01-01T00:00:00Z")
    moved = correction(old, subject="t", figure=exactly(12)) | {"reason": "restatement"}
    timeline.take(old, other, moved | {"published_at": "2025-03-01T00:00:00Z"})
    february, april = ({"published_by": f"2025-0{month}-01T00:00:00Z"} for month in (2, 4))
    listed = [
        [(series["series"], latest(series)) for series in timeline.get("/figures", **by)["series"]]
        for by in (february, april, {})
    ]

    moved_to = (TOTAL.replace(".s.", ".t."), {"m": "12"})
    assert [(TOTAL, {"m": "10", "y": "11"})] == listed[0]
    assert [(TOTAL, {"y": "11"}), moved_to] == listed[1] == listed[2]
    assert {"m": "10", "y": "11"} == latest(timeline.get(f"/figures/{TOTAL}", **february))
    summary = timeline.get("/figures", **february)["series"][0]
    assert {"m": "10", "y": "11"} == latest(timeline.client.get(summary["url"]).json())


@pytest.mark.parametrize(
    "by", [{}, {"published_by": "2024-11-30T00:00:00Z"}, {"published_by": "2025-02-01T00:00:00Z"}]
)
def test_a_series_of_retracted_claims_is_none_at_any_time(timeline, by):
    """What editors retract was never claimed, whatever the time of publication."""
    claim = toll("m", 10, "2024-11", published_at="2025-01-01T00:00:00Z")
    timeline.take(claim, retraction(claim) | {"reason": "erroneous"})

    response = timeline.client.get(f"{timeline.path}/figures/{TOTAL}", params=by)

    refused(timeline.client, response, 404, "not-found")


def test_a_count_of_an_incident_without_a_date_speaks_for_when_it_was_said(timeline):
    """What was said in August is no figure of June, though the incident was in January."""
    fight = engagement(occurred="2024-01-01")
    undated = incident_toll("m", exactly(4), fight) | {"published_at": "2024-08-10T00:00:00Z"}
    dated = incident_toll("z", exactly(3), fight) | {
        "as_of": "2024-01-05",
        "published_at": "2024-09-01T00:00:00Z",
    }
    timeline.take(fight, undated, dated)
    path = f"/figures/casualties.killed.all.all.incident.{fight['id']}"

    for as_of, claimants in (("2024-06", ["z"]), ("2024-08-09", ["z"]), ("2024-08-10", ["m", "z"])):
        assert claimants == sorted(latest(timeline.get(path, as_of=as_of)))
    assert ("2024-01-01", "occurred") == tuple(
        timeline.get(path)["latest"][0][name] for name in ("as_of", "dated_by")
    )


def test_a_measure_that_no_series_can_have_is_refused(newsroom):
    """An empty list would say that nobody was counted; the measures of all kinds of series are named."""
    response = newsroom.client.get(f"{newsroom.path}/figures", params={"measure": "dead"})

    detail = refused(newsroom.client, response, 400, "malformed", "measure")
    assert "expected one of killed, wounded" in detail
    assert "lost, destroyed, damaged, abandoned, deployed" in detail
