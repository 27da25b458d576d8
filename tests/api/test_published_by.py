"""What the world had been told by a time: on the timeline, of one entry, of actors (meaning, section 2)."""

import csv

import pytest

from tests.support.client import refused
from tests.support.payloads import correction, engagement, new_id, retraction, same_as, statement

BEFORE, AFTER = "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"
JANUARY, FEBRUARY = "2024-01-02T00:00:00Z", "2024-02-02T00:00:00Z"


def report(day: str = "2024-01-01", **fields):
    """An engagement of a day, published in January if nothing else is wanted."""
    return engagement(**{"occurred": day, "published_at": JANUARY, "claimant": "reuters"} | fields)


def killed(value: int):
    """An exact figure."""
    return {"qualifier": "exact", "value": value}


def ask(timeline, path, **parameters):
    """Whatever is answered at a path below the timeline."""
    return timeline.client.get(timeline.path + path, params=parameters)


def listed(timeline, **parameters):
    """The summaries of the timeline, in order."""
    return [entry["event"]["summary"] for entry in timeline.get("", **parameters)["entries"]]


def test_a_merge_is_no_publication(timeline):
    """Both reports were published: what editors know of them applies from the start (case 08)."""
    first, second = report(killed=killed(12)), report(killed=killed(15), claimant="afp")
    timeline.take(first, second, same_as(first, second))

    [entry] = timeline.get("", published_by=BEFORE)["entries"]

    assert ([second["id"]], first["id"]) == (entry["same_as"], entry["id"])


def test_an_editors_correction_mends_what_was_published(timeline):
    """Our typing error was never published by anybody, the source's own correction when it came (case 09)."""
    first = report(killed=killed(80), summary="Eighty.")
    mended = correction(first, killed=killed(8)) | {"reason": "transcription"}
    revised = correction(first, summary="Nine.", killed=killed(9))
    timeline.take(first, mended, revised | {"reason": "restatement", "published_at": FEBRUARY})

    by_january = timeline.get("", published_by=BEFORE)["entries"][0]["event"]
    by_march = timeline.get("", published_by=AFTER)["entries"][0]["event"]

    assert ("Eighty.", 8) == (by_january["summary"], by_january["killed"]["value"])
    assert ("Nine.", 9) == (by_march["summary"], by_march["killed"]["value"])


def test_what_was_not_known_is_hidden_and_counted(timeline):
    """What has no publication is hidden and counted; a statement without one was said when it occurred."""
    timeline.take(
        report(summary="Known."),
        report(summary="Later.", published_at=FEBRUARY),
        engagement(summary="Unknown.", occurred="2024-01-01"),
        statement(summary="Said.", occurred="2024-01-05"),
    )

    answer = timeline.get("", published_by=BEFORE)

    assert ["Said.", "Known."] == [entry["event"]["summary"] for entry in answer["entries"]]
    assert (1, BEFORE) == (answer["publication_unknown"], answer["published_by"])
    assert timeline.get("")["publication_unknown"] is None
    actors, now = timeline.get("/actors", published_by=BEFORE), timeline.get("/actors")
    assert (1, BEFORE) == (actors["publication_unknown"], actors["published_by"])
    assert (None, None) == (now["publication_unknown"], now["published_by"])


@pytest.mark.parametrize("limit", [1, 10])
def test_what_was_announced_for_later_is_on_the_page(timeline, limit):
    """What is to be in April was said in January; what was said in April is hidden."""
    timeline.take(
        report(summary="Fought."),
        report("2024-04-01", summary="Announced."),
        report("2024-03-01", summary="Planned."),
        report("2024-04-02", summary="Later.", published_at="2024-04-03T00:00:00Z"),
    )

    answer = timeline.get("", published_by=BEFORE, limit=limit)
    pages = [answer]
    while pages[-1]["next"]:
        pages.append(timeline.client.get(pages[-1]["next"]).json())

    entries = [entry["event"]["summary"] for page in pages for entry in page["entries"]]
    assert ["Announced.", "Planned.", "Fought."] == entries


def test_what_its_source_took_back_later_stood_until_then(timeline):
    """A source withdraws its report when that is published; what editors retract never stood."""
    withdrawn, mistaken = report(summary="Withdrawn."), report(summary="Mistaken.")
    timeline.take(
        withdrawn,
        mistaken,
        retraction(withdrawn) | {"reason": "withdrawn", "published_at": FEBRUARY},
        retraction(mistaken) | {"reason": "erroneous"},
    )

    assert ["Withdrawn."] == listed(timeline, published_by=BEFORE)
    assert [] == listed(timeline, published_by=AFTER)


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 2, 7])
def test_pages_are_in_the_order_of_the_time(timeline, order, limit):
    """Entries stand where they stood by the time, though most were corrected to another day since."""
    events = [report(f"2024-01-{day:02}", summary=f"Day {day}.") for day in range(1, 13)]
    moved = [
        correction(event, occurred=f"2023-12-{day:02}") | {"reason": "restatement", "published_at": FEBRUARY}
        for day, event in enumerate(events[::2], start=1)
    ]
    timeline.take(*events, *moved)
    expected = [event["summary"] for event in events]

    seen, parameters = [], {"published_by": BEFORE, "order": order, "limit": limit}
    while True:
        page = timeline.get("", **parameters)
        seen += [entry["event"]["summary"] for entry in page["entries"]]
        if page["next"] is None:
            break
        parameters["cursor"] = page["next"].partition("cursor=")[2].partition("&")[0]

    assert (expected if order == "asc" else expected[::-1]) == seen


def test_filters_ask_what_was_known(timeline):
    """A tag that a source gave up later was there, and one that it gave later was not."""
    first = report(tags=["old"], attackers=["north"])
    changes = correction(first, tags=["new"], attackers=["south"])
    timeline.take(first, changes | {"reason": "source_revision", "published_at": FEBRUARY})

    for by, tag, actor in ((BEFORE, "old", "north"), (AFTER, "new", "south")):
        assert 1 == len(listed(timeline, published_by=by, tag=tag, actor=actor))
        assert actor in [item["id"] for item in timeline.get("/actors", published_by=by)["actors"]]
        assert 1 == len(timeline.get(f"/actors/{actor}", published_by=by)["entries"])
    assert [] == listed(timeline, published_by=BEFORE, tag="new")
    refused(timeline.client, ask(timeline, "/actors/south", published_by=BEFORE), 404, "not-found")


def test_one_entry_by_a_time(timeline):
    """It is shown as it was known; before anything of it was published there is none."""
    first = report(summary="First.", published_at=FEBRUARY)
    timeline.take(first, statement(about=[first["id"]], stance="confirms", published_at=FEBRUARY))
    path = f"/entries/{first['id']}"

    refused(timeline.client, ask(timeline, path, published_by=BEFORE), 404, "not-found")
    assert "confirmed" == timeline.get(path, published_by=AFTER)["entry"]["status"]
    refused(timeline.client, ask(timeline, f"/entries/{new_id()}", published_by=AFTER), 404, "not-found")


def test_versions_by_a_time_tell_nothing_that_came_later(timeline):
    """Each version is what had been published of it; those that do not differ by then are one."""
    first = report(summary="First.")
    mended = correction(first, summary="Mended.") | {"reason": "transcription"}
    revised = correction(first, summary="Revised.") | {"reason": "restatement", "published_at": FEBRUARY}
    late = statement(about=[first["id"]], stance="denies", published_at=FEBRUARY)
    timeline.take(first, mended, revised, late)

    def versions(by, limit=20):
        answer = timeline.get(f"/entries/{first['id']}", published_by=by, limit=limit)
        return [
            (v["from_position"], v["before_position"], v["entry"]["event"]["summary"])
            for v in answer["versions"]
        ]

    assert [(2, None, "Mended."), (1, 2, "First.")] == versions(BEFORE)
    assert [4, 3, 2, 1] == [first for first, *_ in versions(AFTER)]
    assert [(4, None, "Mended.")] == versions(BEFORE, limit=1)
    assert [] == timeline.get(f"/entries/{first['id']}")["versions"][4:]


def test_versions_of_which_nothing_was_public_are_none(timeline):
    """A report that is one with a later one was not yet public, though its development is."""
    first, second = report(published_at=FEBRUARY), report(claimant="afp")
    timeline.take(first, second, same_as(first, second))

    [version] = timeline.get(f"/entries/{first['id']}", published_by=BEFORE)["versions"]

    assert 3 == version["from_position"]


@pytest.mark.parametrize("form", ["csv", "geojson"])
def test_rows_lead_to_what_they_show(timeline, form):
    """The address in a row of a table or map is by the same time as the row."""
    first = report(summary="First.", place={"name": "Sudzha", "latitude": 51.2, "longitude": 35.3})
    revised = correction(first, summary="Revised.") | {"reason": "restatement", "published_at": FEBRUARY}
    timeline.take(first, revised)

    answer = ask(timeline, "", published_by="2024-02-01T01:00:00+01:00", format=form)
    if form == "csv":
        [row] = csv.DictReader(answer.text.splitlines())
    else:
        [row] = [feature["properties"] for feature in answer.json()["features"]]

    assert "First." == timeline.client.get(row["url"]).json()["entry"]["event"]["summary"]


def test_what_is_hidden_is_counted_by_the_filters(timeline):
    """It meets them by what the record holds now, and on the view of an actor it names that."""
    timeline.take(
        engagement(occurred="2024-01-01", tags=["a"], attackers=["north"]),
        engagement(occurred="2024-01-02", tags=["b"], summary="A drone."),
        report(attackers=["north"]),
    )

    def unknown(path="", **parameters):
        return timeline.get(path, published_by=BEFORE, **parameters)["publication_unknown"]

    assert 2 == unknown()
    filters = ({"tag": "a"}, {"actor": "north"}, {"q": "drone"}, {"to": "2024-01-01"})
    assert [1, 1, 1, 1] == [unknown(**parameters) for parameters in filters]
    assert 0 == unknown(tag="c")
    assert 1 == unknown("/actors/north")


def test_what_changed_last_is_asked_of_the_record(timeline):
    """The order of changes is that of the record, which a time of publication does not have."""
    answer = ask(timeline, "", published_by=BEFORE, order="changed")

    refused(timeline.client, answer, 400, "malformed", "published_by")


def test_what_was_taken_back_at_a_time_that_nobody_knows_stood(timeline):
    """A word that was published stands by every time where its withdrawal has no known publication."""
    first = engagement(summary="First.", occurred="2024-01-01", claimant="reuters", killed=killed(3))
    revised = correction(first, summary="Revised.") | {"published_at": JANUARY}
    timeline.take(first, revised, retraction(revised) | {"reason": "withdrawn"})

    assert ["Revised."] == listed(timeline, published_by=BEFORE)
    assert ["First."] == listed(timeline)
    totals = timeline.get("/totals", measure="killed", published_by=BEFORE)
    assert (1, 0) == (totals["total"]["incidents"], totals["publication_unknown"])
