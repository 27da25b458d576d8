"""The first case, posted over HTTP, gives every answer that it was chosen for, from the views alone."""

import pytest

TROOPS = "north-korean-troops-in-russia"
CASUALTIES = f"/figures/casualties.killed_or_wounded.{TROOPS}.military.cumulative"
BEFORE_THE_CONFIRMATION = 23


def entry_of(case, type_, **parameters):
    """The one entry of a type."""
    (entry,) = case.entries(type_=type_, **parameters)
    return entry


def test_who_confirmed_the_capture(case):
    """The capture is confirmed, by a statement of the NIS, and the page says who that is."""
    page = case.get(type_="capture")
    (capture,) = page["entries"]

    assert "confirmed" == capture["status"]
    assert [("nis-south-korea", "confirms", 24)] == [
        (s["speaker"], s["stance"], s["position"]) for s in capture["statements"]
    ]
    assert case.get("/actors/nis-south-korea")["actor"]["name"] == "National Intelligence Service"


def test_how_the_two_casualty_figures_relate(case):
    """They are two floors, compatible from 3,001 on, and the lower one opens the envelope."""
    series = case.get(CASUALTIES)

    reconciled = series["reconciled"]
    assert ("compatible", "two floors; all claims hold from 3,001") == (
        reconciled["standing"],
        reconciled["reason"],
    )
    assert ({"low": 3001, "high": None}, {"low": 1100, "high": None}) == (
        reconciled["overlap"],
        reconciled["envelope"],
    )
    assert {
        "ukrainian-sources": ("more_than", 3000, {"low": 3001, "high": None}),
        "nis-south-korea": ("at_least", 1100, {"low": 1100, "high": None}),
    } == {
        claim["claimant"]: (claim["figure"]["qualifier"], claim["figure"]["value"], claim["bounds"])
        for claim in series["latest"]
    }
    assert {
        "Ukrainian sources",
        "National Intelligence Service",
        "North Korean troops in Russia",
    } == set(series["names"].values())


def test_the_list_of_series_says_the_same(case):
    """The list of series holds each with its reconciliation as the series itself has it."""
    listed = {summary["series"]: summary for summary in case.get("/figures")["series"]}

    assert 3 == len(listed)
    for name, summary in listed.items():
        assert summary["reconciled"] == case.get(f"/figures/{name}")["reconciled"]
        assert summary["latest"] == case.client.get(summary["url"]).json()["latest"]


@pytest.mark.parametrize(
    ("country", "leader"), [("russia", "vladimir-putin"), ("north-korea", "kim-jong-un")]
)
def test_what_russia_and_north_korea_said_about_the_deployment(case, country, leader):
    """Neither has acknowledged it: the deployment's entry, and the country's office-holder, say so."""
    deployment = entry_of(case, "deployment")
    parts = {part["id"] for part in case.get(f"/actors/{country}")["parts"]}
    (statement,) = case.get(f"/actors/{leader}")["entries"]

    assert leader in parts
    assert {"vladimir-putin": "not_acknowledged", "kim-jong-un": "not_acknowledged"} == {
        mention["speaker"]: mention["stance"] for mention in deployment["statements"]
    }
    assert "reported" == deployment["status"]
    assert ("not_acknowledged", [deployment["id"]]) == (
        statement["event"]["stance"],
        statement["event"]["about"],
    )


def test_everything_that_the_nis_said_or_claimed(case):
    """The NIS asked for direct channels, claimed a figure and confirmed the capture; nothing else."""
    entries = case.get("/actors/nis-south-korea", order="asc")["entries"]
    roles = [{a["id"]: a["roles"] for a in entry["actors"]}["nis-south-korea"] for entry in entries]

    assert [
        ("official_statement", "requests", ["speaker"]),
        ("casualty_estimate", None, ["claimant"]),
        ("official_statement", "confirms", ["speaker"]),
    ] == [
        (entry["type"], entry["event"].get("stance"), entry_roles)
        for entry, entry_roles in zip(entries, roles, strict=True)
    ]


def test_what_was_known_before_the_confirmation(case):
    """One position earlier the capture was a report, with its image, and nobody had confirmed it."""
    capture = entry_of(case, "capture", at=BEFORE_THE_CONFIRMATION)
    earlier = case.entries(at=BEFORE_THE_CONFIRMATION)

    assert ("reported", []) == (capture["status"], capture["statements"])
    assert ["image"] == [evidence["kind"] for evidence in capture["evidence"]]
    assert len(earlier) == len(case.entries()) - 1
    assert "confirms" not in {entry["event"].get("stance") for entry in earlier}


def test_what_was_known_before_the_confirmation_by_time(timeline, case):
    """Asked by a time between the two posts, the timeline shows what had been posted by then."""
    events = [record["event"] for record in case.get("/events", limit=100)["records"]]
    timeline.take(*events[:BEFORE_THE_CONFIRMATION])
    recorded_at = timeline.put().json()["recorded_at"]
    timeline.take(events[BEFORE_THE_CONFIRMATION])

    assert "confirmed" == entry_of(timeline, "capture")["status"]
    assert "reported" == entry_of(timeline, "capture", at=recorded_at)["status"]
    assert BEFORE_THE_CONFIRMATION == timeline.get(at=recorded_at)["position"]


def test_the_confirmation_is_what_changed(case):
    """The difference between the two positions is the statement, and the status of the capture."""
    changes = case.get("/diff", after=BEFORE_THE_CONFIRMATION)["changes"]

    assert [
        ("capture", "reported", "confirmed", ["status", "statements"]),
        ("official_statement", None, "reported", []),
    ] == [(c["type"], c["before"], c["after"], c["fields"]) for c in changes["entries"]]
    assert ([], [], None) == (changes["claims"], changes["actors"], changes["about"])


def test_the_deployment(case):
    """Up to 12,000 North Korean soldiers are in Russia and aid it, media report."""
    deployment = entry_of(case, "deployment")

    assert (TROOPS, "russia", "media-reports") == tuple(
        deployment["event"][name] for name in ("force", "in_support_of", "claimant")
    )
    assert {"low": 0, "high": 12000} == deployment["claim"]["bounds"]
    assert ["document", "video"] == [evidence["kind"] for evidence in deployment["evidence"]]


def test_the_two_casualty_estimates_are_entries(case):
    """Each estimate is an entry that names its series."""
    estimates = case.entries(type_="casualty_estimate")

    assert {CASUALTIES.removeprefix("/figures/")} == {entry["claim"]["series"] for entry in estimates}
    assert {"ukrainian-sources", "nis-south-korea"} == {entry["event"]["claimant"] for entry in estimates}


def test_the_capture(case):
    """Ukrainian special forces took one wounded soldier in Kursk region, the first such capture."""
    capture = entry_of(case, "capture")["event"]

    assert ("ukrainian-special-forces", TROOPS, "ukraine", "wounded", True, "Kursk region") == (
        capture["captor"],
        capture["captive_of"],
        capture["claimant"],
        capture["condition"],
        capture["first_of_its_kind"],
        capture["place"]["name"],
    )
    assert {"qualifier": "exact", "value": 1} == capture["count"]


def test_a_box_around_kursk(case):
    """The capture is found where it happened, and in nothing to the west of it."""
    assert ["capture"] == [entry["type"] for entry in case.entries(bbox="35,51,37,52")]
    assert [] == case.entries(bbox="30,51,35,52")


def test_what_could_be_read_before_the_article(case):
    """The figures were public when the article was, and not before."""
    assert [] == case.get(CASUALTIES, published_by="2024-12-26T23:59:59Z")["latest"]
    assert 2 == len(case.get(CASUALTIES, published_by="2024-12-27T12:00:00Z")["latest"])


@pytest.mark.parametrize(
    ("kind", "about", "words"),
    [
        ("image", "capture", "custody"),
        ("document", "deployment", "drones"),
        ("video", "deployment", "troops"),
    ],
)
def test_the_evidence(case, kind, about, words):
    """The image bears on the capture, the notebook and the video on the deployment."""
    (evidence,) = [e["event"] for e in case.entries(type_="evidence") if e["event"]["kind"] == kind]

    assert [entry_of(case, about)["id"]] == evidence["about"]
    assert words in evidence["shows"]


def test_the_hearing_came_earlier(case):
    """What the NIS said in parliament stands first in time, before the confirmation."""
    first = case.entries(order="asc")[0]

    assert ("nis-south-korea", "requests", "2024/2024-12-26") == (
        first["event"]["speaker"],
        first["event"]["stance"],
        first["event"]["occurred"],
    )


def test_the_actors_have_names_and_belong_together(case):
    """Every actor of the case is listed with its name, and the troops are North Korea's."""
    actors = {actor["id"]: actor for actor in case.get("/actors")["actors"]}

    assert 12 == len(actors)
    assert all(actor["name"] != name for name, actor in actors.items())
    assert {TROOPS, "kim-jong-un"} == {p["id"] for p in case.get("/actors/north-korea")["parts"]}


def test_every_entry_names_its_publisher(case):
    """Each report was printed by RFA, under the role of publisher."""
    for entry in case.entries():
        assert ["publisher"] == {a["id"]: a["roles"][-1:] for a in entry["actors"]}["rfa"]
