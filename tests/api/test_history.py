"""What changed, over HTTP: versions of an entry, the difference of two positions, the record replayed."""

import json

import jsonschema_rs
import pytest

from tests.support.payloads import casualties, correction, engagement, new_id, retraction, same_as, statement
from timeline.api.openapi import json_schemas
from timeline.views.projection.rules import RULES_VERSION

SERIES = "casualties.killed.troops.all.cumulative"


def exactly(value):
    """A figure."""
    return {"qualifier": "exact", "value": value}


def replayed(timeline, **parameters):
    """The steps of a replay."""
    names = {name.rstrip("_"): value for name, value in parameters.items()}
    response = timeline.client.get(f"{timeline.path}/replay", params=names)
    assert (200, "application/x-ndjson") == (response.status_code, response.headers["content-type"])
    return [json.loads(line) for line in response.content.splitlines()]


def test_an_entry_has_all_its_versions(timeline):
    """Each record that changes an entry makes a version of it, which holds until the next."""
    event = engagement()
    confirms = statement(stance="confirms", about=[event["id"]])
    fix = correction(event, summary="Put right.")
    timeline.take(event, engagement(), confirms, fix, retraction(fix), retraction(event))
    history = timeline.get(f"/entries/{event['id']}")

    assert [(6, None), (5, 6), (4, 5), (3, 4), (1, 3)] == [
        (version["from_position"], version["before_position"]) for version in history["versions"]
    ]
    assert ["retracted", "confirmed", "confirmed", "confirmed", "reported"] == [
        version["entry"]["status"] for version in history["versions"]
    ]
    assert ["Put right."] == [
        version["entry"]["event"]["summary"]
        for version in history["versions"]
        if version["from_position"] == 4
    ]
    assert history["entry"] == history["versions"][0]["entry"]
    assert ["retraction"] == [amendment["type"] for amendment in history["entry"]["amendments"]]


def test_an_entry_at_a_position_knows_nothing_of_later(timeline):
    """At an earlier position the versions end there, and the standing one has no end."""
    event = engagement()
    timeline.take(event, correction(event, tags=["a"]), correction(event, tags=["b"]))
    history = timeline.get(f"/entries/{event['id']}", at=2)

    assert [(2, None), (1, 2)] == [(v["from_position"], v["before_position"]) for v in history["versions"]]
    assert ["a"] == history["entry"]["event"]["tags"]


def test_versions_are_paged(timeline):
    """Pages of versions follow each other without a gap, and each says how the entry stands."""
    event = engagement()
    timeline.take(event, *(correction(event, tags=[f"t{n}"]) for n in range(5)))
    address, seen = f"{timeline.path}/entries/{event['id']}?limit=2", []
    while address:
        page = timeline.client.get(address).json()
        seen += [version["from_position"] for version in page["versions"]]
        assert ["t4"] == page["entry"]["event"]["tags"]
        address = page["next"]

    assert [6, 5, 4, 3, 2, 1] == seen


def test_an_actor_page_goes_with_what_stands(timeline):
    """An actor's page holds the standing entries that name it; a correction can take one off."""
    event = engagement(attackers=["russia"], targets=["ukraine", "russia"])
    timeline.take(
        {"id": new_id(), "type": "actor_profile", "actor": "army", "name": "Army", "part_of": "russia"},
        event,
        statement(speaker="russia", claimant="rfa"),
        correction(event, targets=["ukraine"], attackers=["belarus"]),
    )

    assert {"russia": ["attacker", "target"]} == {
        actor["id"]: actor["roles"]
        for actor in timeline.get("/actors/russia", at=3, type_="engagement")["entries"][0]["actors"]
        if actor["id"] == "russia"
    }
    now = timeline.get("/actors/russia")
    assert ["official_statement"] == [entry["type"] for entry in now["entries"]]
    assert (["army"], "russia") == ([part["id"] for part in now["parts"]], now["actor"]["name"])
    assert 404 == timeline.client.get(f"{timeline.path}/actors/belarus?at=3").status_code
    assert {"army", "belarus", "rfa", "russia", "ukraine"} == {
        actor["id"] for actor in timeline.get("/actors")["actors"]
    }


def test_a_series_by_as_of_and_at(timeline):
    """The date that figures speak for and the position of the record are set independently."""
    timeline.take(
        casualties(as_of="2024-12-10", figure=exactly(100)),
        casualties(as_of="2024-12-20", figure=exactly(150)),
        casualties(as_of="2024-12-15", figure={"qualifier": "up_to", "value": 90}, claimant="russia"),
    )
    # the newest date decides: what was so by an earlier one is a floor, and contests only a lower figure
    latest = [("150", "compatible"), ("100", "contested"), ("150", "single"), ("100", "single")]
    requests = [{}, {"as_of": "2024-12-19"}, {"at": 2}, {"at": 2, "as_of": "2024-12-19"}]

    for parameters, expected in zip(requests, latest, strict=True):
        series = timeline.get(f"/figures/{SERIES}", **parameters)
        figures = {claim["claimant"]: claim["figure"]["value"] for claim in series["latest"]}
        assert expected == (str(figures["nis"]), series["reconciled"]["standing"])
    contested = timeline.get(f"/figures/{SERIES}", as_of="2024-12-19")["reconciled"]
    assert (None, {"low": 0, "high": 90}) == (contested["overlap"], contested["envelope"])
    assert [] == timeline.get(f"/figures/{SERIES}", as_of="2024-12-01")["latest"]
    assert (
        "not_comparable" == timeline.get(f"/figures/{SERIES}", as_of="2024-12-01")["reconciled"]["standing"]
    )


def test_a_reset_ends_earlier_claims(timeline):
    """A reset leaves the claims before it in the list, and takes them out of what is compared."""
    reset = {
        "id": new_id(),
        "type": "series_reset",
        "series": SERIES,
        "reason": "Counted anew.",
        "as_of": "2024-12-15",
    }
    nis, russia = casualties(as_of="2024-12-10"), casualties(as_of="2024-12-20", claimant="russia")
    timeline.take(nis, reset, russia)
    series = timeline.get(f"/figures/{SERIES}")

    # of another count: still the claimant's latest, and set aside
    assert {"nis", "russia"} == {claim["claimant"] for claim in series["latest"]}
    assert [russia["id"]] == series["reconciled"]["compared"]
    assert [nis["id"]] == [claim["claim"] for claim in series["reconciled"]["set_aside"]]
    assert ["russia", "nis"] == [claim["claimant"] for claim in series["claims"]]
    assert ["Counted anew."] == [reset["reason"] for reset in series["resets"]]
    assert 1 == len(timeline.get(f"/figures/{SERIES}", at=1)["latest"])
    timeline.take(retraction(reset))
    assert 2 == len(timeline.get(f"/figures/{SERIES}")["reconciled"]["compared"])


def test_claims_of_a_series_are_paged(timeline):
    """Pages of claims follow each other, the latest date first, at one position."""
    timeline.take(*(casualties(as_of=f"2024-12-{day:02}", figure=exactly(day)) for day in range(1, 8)))
    address, seen = f"{timeline.path}/figures/{SERIES}?limit=3", []
    while address:
        page = timeline.client.get(address).json()
        seen += [claim["figure"]["value"] for claim in page["claims"]]
        timeline.take(casualties(as_of="2024-12-31"))
        address = page["next"]

    assert [7, 6, 5, 4, 3, 2, 1] == seen


@pytest.fixture
def changed(timeline):
    """A timeline in which a figure changed in every way there is."""
    first = casualties(figure=exactly(100))
    confirms = statement(speaker="ukraine", stance="confirms", about=[first["id"]])
    fix = correction(first, figure=exactly(200))
    moved = correction(first, subject="army")
    timeline.take(first, confirms, fix, moved, retraction(moved), retraction(confirms), retraction(first))
    return timeline, first["id"]


def test_the_difference_of_two_positions(changed):
    """Each thing that differs is told once, as it was and as it is, however often it changed in between."""
    timeline, first = changed
    diff = timeline.get("/diff", after=1, to=3)
    (entry,) = [change for change in diff["changes"]["entries"] if change["id"] == first]
    (claim,) = diff["changes"]["claims"]

    assert ("reported", "confirmed") == (entry["before"], entry["after"])
    assert {"status", "statements", "amendments", "claim", "event.figure"} == set(entry["fields"])
    assert [100, 200] == [claim[side]["claim"]["figure"]["value"] for side in ("before", "after")]
    assert (1, 3, f"{timeline.path}/diff?after=1&to=3&rules={RULES_VERSION}") == (
        diff["after_position"],
        diff["position"],
        diff["url"],
    )


def test_a_claim_that_moves_to_another_series_and_back(changed):
    """The difference names both series; over the move and its retraction there is no claim to tell of."""
    timeline, _ = changed
    moved = timeline.get("/diff", after=3, to=4)["changes"]["claims"]

    assert [(SERIES, SERIES.replace("troops", "army"))] == [
        (change["before"]["series"], change["after"]["series"]) for change in moved
    ]
    assert [] == timeline.get("/diff", after=3, to=5)["changes"]["claims"]


def test_a_claim_that_is_retracted(changed):
    """A retraction leaves an entry that says so, and no claim."""
    timeline, first = changed
    changes = timeline.get("/diff", after=6)["changes"]

    assert [(first, "reported", "retracted")] == [
        (c["id"], c["before"], c["after"]) for c in changes["entries"]
    ]
    assert [(first, None)] == [(change["id"], change["after"]) for change in changes["claims"]]
    assert 404 == timeline.client.get(f"{timeline.path}/figures/{SERIES}").status_code


def test_the_difference_of_a_position_to_itself_is_nothing(changed):
    """From a position to the same one nothing changed."""
    timeline, _ = changed

    for position in (0, 3, 7):
        changes = timeline.get("/diff", after=position, to=position)["changes"]
        assert ([], [], [], None) == tuple(changes[n] for n in ("entries", "claims", "actors", "about"))


def test_a_long_difference_is_paged(timeline):
    """Pages of a difference tell every entry once, at one position, whatever is posted between them."""
    events = [engagement() for _ in range(10)]
    timeline.put(title="Before")
    timeline.take(*events, *(correction(event, tags=["a"]) for event in events[:5]))
    address, seen, abouts = f"{timeline.path}/diff?limit=4", [], []
    while address:
        page = timeline.client.get(address).json()
        assert page["changes"] == timeline.client.get(page["url"]).json()["changes"]
        seen += [change["id"] for change in page["changes"]["entries"]]
        abouts.append(page["changes"]["about"])
        timeline.take(correction(events[9], tags=[f"b{len(seen)}"]))
        address = page["next"]

    assert sorted(event["id"] for event in events) == sorted(seen)
    assert "Before" == abouts[0]["after"]["title"]
    assert {None} == set(abouts[1:])


def test_profiles_in_a_difference(timeline):
    """Profiles of actors and of the timeline are told as they were and as they are."""
    profile = {"id": new_id(), "type": "actor_profile", "actor": "nis", "name": "NIS"}
    timeline.put(title="One")
    timeline.take(profile)
    timeline.put(title="Two")
    timeline.take(correction(profile, name="National Intelligence Service"))
    changes = timeline.get("/diff", after=2)["changes"]

    assert ("One", "Two") == tuple(changes["about"][side]["title"] for side in ("before", "after"))
    assert [("nis", "NIS", "National Intelligence Service")] == [
        (change["id"], change["before"]["name"], change["after"]["name"]) for change in changes["actors"]
    ]


def test_a_replay_tells_each_record_and_what_it_did(changed):
    """Each step holds the record and its changes; how the figure came about can be read off them."""
    timeline, first = changed
    steps = replayed(timeline)

    assert list(range(1, 8)) == [step["record"]["position"] for step in steps]
    assert [(None, 100), (100, 200), (200, 200), (200, 200), (200, None)] == [
        tuple(change[side] and change[side]["claim"]["figure"]["value"] for side in ("before", "after"))
        for step in steps
        for change in step["changes"]["claims"]
    ]
    assert ["reported", "confirmed", "confirmed", "confirmed", "confirmed", "reported", "retracted"] == [
        change["after"] for step in steps for change in step["changes"]["entries"] if change["id"] == first
    ]
    assert steps[2:4] == replayed(timeline, after=2, to=4)
    assert [] == replayed(timeline, after=7)


def test_a_step_of_a_replay_is_the_difference_to_the_position_before(changed):
    """Replay and difference agree on every record."""
    timeline, _ = changed
    for step in replayed(timeline):
        position = step["record"]["position"]

        difference = timeline.get("/diff", after=position - 1, to=position)
        assert difference["changes"] == step["changes"]
        assert difference["names"] == step["names"]


def test_a_step_of_a_replay_names_actors_as_it_left_them(timeline):
    """By their profiles at its position, also where they are renamed within the stretch."""
    profile = {"id": new_id(), "type": "actor_profile", "actor": "nis", "name": "NIS"}
    count = casualties(claimant="nis", figure=exactly(100))
    for event in (profile, count, correction(profile, name="National Intelligence Service")):
        timeline.take(event)
    timeline.take(correction(count, figure=exactly(200)))

    names = [step["names"] for step in replayed(timeline)]

    full = {"nis": "National Intelligence Service"}
    assert [{"nis": "NIS"}, {"nis": "NIS"}, full, full] == names


def test_every_step_is_what_the_contract_says(changed):
    """Each line of a replay is valid against the schema of a step, which schemathesis cannot check."""
    timeline, _ = changed
    schema = jsonschema_rs.Draft202012Validator(json.loads(json_schemas()["views/replay-step.json"]))

    for step in replayed(timeline):
        schema.validate(step)


def test_merging_and_unmerging(timeline):
    """Developments that become one share an entry; when the link is retracted they stand apart again."""
    first, second = engagement(), engagement()
    link = same_as(first, second)
    timeline.take(first, second, link, retraction(link))

    assert [2, 1, 2] == [len(timeline.entries(at=position)) for position in (2, 3, 4)]
    assert [("reported", "merged")] == [
        (change["before"], change["after"])
        for change in timeline.get("/diff", after=2, to=3)["changes"]["entries"]
        if change["id"] == second["id"]
    ]


def test_a_retraction_of_a_retraction(timeline):
    """What was retracted stands again when the retraction is retracted, and the record keeps all of it."""
    event = engagement()
    gone = retraction(event)
    timeline.take(event, gone, retraction(gone))

    assert [1, 0, 1] == [len(timeline.entries(at=position)) for position in (1, 2, 3)]
    assert 3 == len(replayed(timeline))
