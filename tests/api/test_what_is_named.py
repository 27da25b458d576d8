"""What an answer says of things that it mentions: enough to show them without another request."""

from tests.support.payloads import casualties, correction, engagement, evidence, new_id, statement

MEDIUM, PAGE = "https://example.org/video.mp4", "https://example.org/report"


def profile(actor, name, **fields):
    """An actor's profile."""
    return {"id": new_id(), "type": "actor_profile", "actor": actor, "name": name, **fields}


def entry_of(timeline, event):
    """The event's entry."""
    return timeline.get(f"/entries/{event['id']}")["entry"]


def test_statements_and_evidence_say_what_they_are_and_where_to_see_it(timeline):
    """Their summaries, as they stand, and the first address of their media, else of their sources."""
    event = engagement()
    source = {"publisher": "rfa", "url": PAGE}
    denial = statement(about=[event["id"]], stance="denies", summary="It did not.", sources=[source])
    video = evidence(event, summary="A video.", media=[{"caption": "x"}, {"url": MEDIUM}], sources=[source])
    hearsay = evidence(event, summary="Somebody saw it.", sources=[{"publisher": "rfa"}])
    timeline.take(event, denial, video, hearsay, correction(denial, summary="It never did."))

    entry = entry_of(timeline, event)

    assert [("It never did.", PAGE)] == [(s["summary"], s["url"]) for s in entry["statements"]]
    assert [("A video.", MEDIUM), ("Somebody saw it.", None)] == [
        (item["summary"], item.get("url")) for item in entry["evidence"]
    ]


def test_the_lists_of_an_entry_are_always_there(timeline):
    """A program need not ask whether there is a list before it goes through it."""
    event = engagement()
    timeline.take(event)
    lists = ("actors", "statements", "evidence", "verifications", "tolls", "amendments", "same_as")

    entry = entry_of(timeline, event)

    assert [["id", "roles"]] == [sorted(actor) for actor in entry["actors"]]
    assert [[]] * 6 == [entry[name] for name in lists[1:]]


def test_a_claim_is_shown_with_its_figure_and_its_report(timeline):
    """An entry's claim holds the figure, and a series' claim the summary of the report that makes it."""
    figure = {"qualifier": "more_than", "value": 3_000}
    report = casualties(figure=figure, summary="More than 3,000 were killed.")
    timeline.take(report, correction(report, summary="Over 3,000 were killed."))

    [series] = timeline.get("/figures")["series"]
    reconciled = timeline.get(f"/figures/{series['series']}")

    assert figure == entry_of(timeline, report)["claim"]["figure"]
    for claim in (*series["latest"], *reconciled["latest"], *reconciled["claims"]):
        assert "Over 3,000 were killed." == claim["summary"]


def test_every_view_gives_names(timeline):
    """Of whom the page speaks: the actors themselves, what they are part of, and whose claims changed."""
    army, nis = profile("army", "The army", part_of="russia"), profile("nis", "The service")
    timeline.take(profile("russia", "Russia"), army, nis, casualties())
    names = {"army": "The army", "nis": "The service", "russia": "Russia"}

    assert names == timeline.get("/actors")["names"]
    assert {"army": "The army", "russia": "Russia"} == timeline.get("/actors/army")["names"]
    assert names == timeline.get("/diff")["names"]
    assert {"nis": "The service"} == timeline.get("/diff", after=3)["names"]
