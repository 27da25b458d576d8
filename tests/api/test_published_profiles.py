"""Profiles by a time of publication: what was published later is in no name, filter, search or tree."""

import pytest

from tests.api.test_published_by import AFTER, BEFORE, FEBRUARY, JANUARY, ask, killed, listed, report
from tests.support.client import refused
from tests.support.payloads import casualties, correction, new_id, retraction


def profile(actor="brigade", **fields):
    """A profile of an actor, which is no publication if nothing else is wanted."""
    fields = {"name": "First Brigade"} | fields
    return {"id": new_id(), "type": "actor_profile", "actor": actor} | fields


def called(timeline, by):
    """What the brigade is called wherever it is named."""
    answers = [timeline.get(path, published_by=by) for path in ("", "/actors/brigade", "/figures")]
    answers.append(timeline.get("/figures/casualties.killed.brigade.all.cumulative", published_by=by))
    names = {answer["names"].get("brigade", "brigade") for answer in answers}
    names |= {item["name"] for item in timeline.get("/actors", published_by=by)["actors"]} - {"reuters"}
    return names | {answers[1]["actor"]["name"]}


@pytest.fixture
def brigade(timeline):
    """A timeline that names the brigade as what suffered, in January."""
    figure = {"subject": "brigade", "claimant": "brigade", "published_at": JANUARY, "as_of": "2024-01-01"}
    suffered = {"subject": "brigade", "basis": "incident", "claimant": "brigade", "published_at": JANUARY}
    fight = report(attackers=["brigade"], killed=killed(2))
    count = casualties(**suffered, incident=fight["id"], as_of="2024-01-01")
    timeline.take(fight, casualties(**figure), count)
    return timeline


def test_a_profile_is_no_publication(brigade):
    """Who an actor is applies from the start, whatever was printed of it later."""
    source = {"publisher": "gazette", "published_at": FEBRUARY}
    brigade.take(profile(sources=[source]))

    assert {"First Brigade"} == called(brigade, BEFORE)


def test_a_profile_that_was_published_is_hidden_before(brigade):
    """By an earlier time the one recorded before it stands, if there is one."""
    brigade.take(profile(published_at=FEBRUARY))

    assert [{"brigade"}, {"First Brigade"}] == [called(brigade, BEFORE), called(brigade, AFTER)]

    brigade.take(profile(name="Brigade No 1"), profile(name="Guards", published_at=FEBRUARY))

    assert [{"Brigade No 1"}, {"Guards"}] == [called(brigade, BEFORE), called(brigade, AFTER)]


@pytest.mark.parametrize("reason", ["transcription", "source_revision"])
def test_amendments_of_profiles_are_what_editors_know(brigade, reason):
    """They apply from the start, whatever their reason; or from when they say that they were published."""
    first = profile()
    brigade.take(first, correction(first, name="Guards") | {"reason": reason})

    assert {"Guards"} == called(brigade, BEFORE)

    brigade.take(
        correction(first, name="Old Guards") | {"reason": reason, "published_at": FEBRUARY},
    )

    assert [{"Guards"}, {"Old Guards"}] == [called(brigade, BEFORE), called(brigade, AFTER)]


def test_a_profile_that_was_taken_back_later_stood_until_then(brigade):
    """A retraction that was published hides nothing before; one by editors was never otherwise."""
    published, mistaken = profile(), profile("reuters", name="Routers")
    brigade.take(published, retraction(published) | {"published_at": FEBRUARY})
    brigade.take(mistaken, retraction(mistaken))

    assert [{"First Brigade"}, {"brigade"}] == [called(brigade, BEFORE), called(brigade, AFTER)]
    assert "reuters" not in brigade.get("", published_by=BEFORE)["names"]


def test_a_profile_that_was_given_to_another_actor_later(brigade):
    """Before the correction was published it was the first actor's."""
    first = profile()
    brigade.take(first, correction(first, actor="guards") | {"published_at": FEBRUARY})

    assert [{"First Brigade"}, {"brigade", "First Brigade"}] == [
        called(brigade, BEFORE),
        called(brigade, AFTER),
    ]
    refused(brigade.client, ask(brigade, "/actors/guards", published_by=BEFORE), 404, "not-found")
    assert "First Brigade" == brigade.get("/actors/guards", published_by=AFTER)["actor"]["name"]


def test_parts_are_those_that_were_known(brigade):
    """A tree of actors, which filters and an actor's own view follow, is that of the time."""
    brigade.take(profile(part_of="army", published_at=FEBRUARY))

    for by, entries in ((BEFORE, 0), (AFTER, 3)):
        assert entries == len(listed(brigade, published_by=by, actor="army", parts="true"))
    refused(brigade.client, ask(brigade, "/actors/army", published_by=BEFORE), 404, "not-found")
    view = brigade.get("/actors/army", published_by=AFTER)
    assert [["brigade"], 3] == [[part["id"] for part in view["parts"]], len(view["entries"])]
    brigade.take(profile("guards", part_of="brigade"), profile("guards", part_of="army"))
    assert [] == brigade.get("/actors/brigade", published_by=BEFORE)["parts"]
    assert ["guards"] == [part["id"] for part in brigade.get("/actors/army", published_by=BEFORE)["parts"]]


def test_searches_look_at_the_names_that_were_known(brigade):
    """Entries are found by an alias from when on that was known, and so are series."""
    brigade.take(
        profile(name="Brigade", aliases=["The Firsts"]),
        profile(name="Brigade", aliases=["The Guards"], published_at=FEBRUARY),
    )

    for path, name in (("", "entries"), ("/figures", "series")):
        for by, word in ((BEFORE, "firsts"), (AFTER, "guards")):
            other = {"firsts": "guards", "guards": "firsts"}[word]
            assert brigade.get(path, published_by=by, q=word)[name], (path, word)
            assert [] == brigade.get(path, published_by=by, q=other)[name]


def test_what_the_timeline_was_called(brigade):
    """Its title is that of the time, also in an export."""
    titles = [
        {"id": new_id(), "type": "timeline_profile", "title": "The border"},
        {"id": new_id(), "type": "timeline_profile", "title": "The front", "published_at": FEBRUARY},
    ]
    brigade.take(*titles)

    for by, title in ((BEFORE, "The border"), (AFTER, "The front")):
        assert title == brigade.get("", published_by=by)["about"]["title"]
        assert title in ask(brigade, "", published_by=by, format="timelinejs").text


def test_names_by_a_time_are_in_one_entry_and_in_the_audit(brigade):
    """So are those of a table of claims."""
    brigade.take(profile(published_at=FEBRUARY))
    entry = brigade.get("", published_by=BEFORE)["entries"][-1]
    paths = [f"/entries/{entry['id']}", "/figures/casualties.killed.brigade.all.cumulative/audit"]

    for path in paths:
        assert "brigade" not in brigade.get(path, published_by=BEFORE)["names"]
        assert "First Brigade" == brigade.get(path, published_by=AFTER)["names"]["brigade"]
    assert "First Brigade" not in ask(brigade, "/figures", published_by=BEFORE, format="csv").text
    assert "First Brigade" in ask(brigade, "/figures", published_by=AFTER, format="csv").text
