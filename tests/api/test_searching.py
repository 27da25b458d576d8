"""Searching finds what a reader would look for: every text that an entry shows (meaning, section 7)."""

import pytest

from tests.api.test_found_as_one import post_case, verification
from tests.support.payloads import casualties, correction, engagement, evidence, new_id, retraction, statement


def profile(actor, name, **fields):
    """An actor's profile."""
    return {"id": new_id(), "type": "actor_profile", "actor": actor, "name": name, **fields}


def ids(timeline, **parameters):
    """The ids of the entries that a request gives."""
    return [entry["id"] for entry in timeline.entries(**parameters)]


@pytest.mark.parametrize("parameters", [{"place": "Sudzha"}, {"place": "SUDZHA"}, {"q": "sudzha"}], ids=str)
def test_23_a_change_of_hands_is_found_by_its_area(timeline, parameters):
    """The area is a text that the entry shows."""
    (event,) = post_case(timeline, "23")

    assert [event["id"]] == ids(timeline, **parameters)


@pytest.mark.parametrize(
    "words",
    [
        "trenches",
        "hold positions",
        "never",
        '"we were never there"',
        "Kursk",
        "ru",
        "mass-media",
        "border",
        "nis",
        "CAFÉ",
        "cafe\u0301",
        "straße",
        "STRASSE",
    ],
)
def test_a_statement_is_found_by_every_text_that_it_shows(timeline, words):
    """Summary, position, quote, place, tags, sources, actors; in NFC and whatever the case."""
    event = statement(
        summary="Soldiers dig trenches at the Cafe\u0301 on Straße 5.",
        statement="They hold positions.",
        quote="“We were never there.”",
        place={"name": "Kursk", "country": "RU"},
        tags=["mass-media"],
        sources=[{"publisher": "rfa", "title": "Notes from the border"}],
    )
    timeline.take(event, engagement())

    assert [event["id"]] == ids(timeline, q=words)
    assert [] == ids(timeline, q=f'-{words} "notes from"')
    assert event["summary"] == timeline.entries(q=words)[0]["event"]["summary"]


def test_a_figure_is_found_by_its_own_words_and_evidence_by_its_credit(timeline):
    """Both are shown with the entry."""
    toll = casualties(figure={"qualifier": "vague", "verbatim": "umpteen"})
    photo = {**evidence(), "media": [{"url": "https://example.org/1", "credit": "Jane Roe"}]}
    timeline.take(toll, photo)

    assert [toll["id"]] == ids(timeline, q="umpteen")
    assert [photo["id"]] == ids(timeline, q='"jane roe"')


def test_names_and_aliases_of_actors_are_looked_up_as_they_stood(timeline):
    """A name finds from its profile on, until the profile is retracted, also beside words of the text."""
    event, other = engagement(summary="A drone over the border."), engagement(attackers=["kpa"])
    korea = profile("kpa", "North Korea", aliases=["DPRK", "Choso\u0301n"])
    timeline.take(event, other, correction(event, attackers=["kpa"]), korea)

    assert {event["id"], other["id"]} == {*ids(timeline, q="dprk")}
    assert [event["id"]] == ids(timeline, q="drone DPRK")
    assert [event["id"]] == ids(timeline, q="chosón border -nobody")
    assert [other["id"]] == ids(timeline, q='"north korea" -drone')
    assert {event["id"], other["id"]} == {*ids(timeline, q="drone or korea")}
    assert [] == ids(timeline, q="drone -korea")
    assert [event["id"], other["id"]] == ids(timeline, q="korea", order="changed")
    assert [] == ids(timeline, q="dprk", at=3)
    assert [other["id"]] == ids(timeline, q="dprk", limit=1)
    timeline.take(retraction(korea))
    assert [] == ids(timeline, q="dprk")


def test_22_a_parent_is_asked_for_with_its_parts(timeline):
    """parts=true includes what belongs to it, however far; an actor's own view does so unless told not to."""
    *_, event = post_case(timeline, "22")
    timeline.take(brigade := engagement(attackers=["brigade"]), profile("brigade", "Brigade", part_of="nkt"))
    both = [event["id"], brigade["id"]]

    assert [] == ids(timeline, actor="nk")
    assert both == ids(timeline, actor="nk", parts="true")
    assert both == [e["id"] for e in timeline.get("/actors/nk")["entries"]]
    assert [] == timeline.get("/actors/nk", parts="false")["entries"]
    assert both == ids(timeline, actor="nk", parts="true", order="changed")[::-1]
    assert [event["id"]] == ids(timeline, actor="nk", parts="true", at=3)
    assert [event["id"]] == ids(timeline, q="troops", actor="nk", parts="true")


@pytest.mark.parametrize("count", [14, 60])  # as many as are merged, and more
def test_an_entry_that_names_several_parts_is_listed_once(timeline, count):
    """Page by page, in both orders."""
    parts = [f"unit-{number}" for number in range(count)]
    timeline.take(*(profile(part, part, part_of="army") for part in parts))
    events = [engagement(attackers=parts[n : n + 3], occurred=f"2024-01-{n + 1:02}") for n in range(12)]
    timeline.take(*events)

    for order, expected in (("asc", events), ("desc", events[::-1])):
        page = timeline.get(actor="army", parts="true", order=order, limit=5)
        entries = page["entries"]
        while page["next"]:
            page = timeline.client.get(page["next"]).json()
            entries = entries + page["entries"]
        assert [event["id"] for event in expected] == [entry["id"] for entry in entries]


def test_parts_that_belong_to_each_other_are_no_circle(timeline):
    """Profiles may say so."""
    timeline.take(profile("a", "A", part_of="b"), profile("b", "B", part_of="a"))
    timeline.take(event := engagement(attackers=["a"]))

    assert [event["id"]] == ids(timeline, actor="b", parts="true")


def test_26_actors_that_only_retracted_reports_name_are_not_listed(timeline):
    """Nor do they have a view, and neither has who verified what was retracted."""
    event, _ = post_case(timeline, "26")

    assert [] == timeline.get("/actors")["actors"]
    assert 404 == timeline.client.get(f"{timeline.path}/actors/ghost").status_code
    assert [event["id"]] == ids(timeline, actor="ghost", status="retracted")
    timeline.take(verification(event))
    assert [] == timeline.get("/actors")["actors"]
    assert 404 == timeline.client.get(f"{timeline.path}/actors/osint").status_code
    timeline.take(other := engagement(), verification(other))
    assert "osint" in [actor["id"] for actor in timeline.get("/actors")["actors"]]


def test_a_count_is_found_by_its_claimant_s_name(timeline):
    """As it stands in the profile of the position."""
    timeline.take(count := casualties(), profile("nis", "National Intelligence Service"))

    assert [count["id"]] == ids(timeline, q="intelligence")
