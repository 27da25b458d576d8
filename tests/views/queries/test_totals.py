"""Totals of incident figures: what is added up, what is left out and why, and at every position."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.maintenance import differences, rebuilt, versions
from tests.support.posting import new_timeline, post, recorded, valid_at, view_rows
from tests.support.samples import (
    capture,
    correction,
    engagement,
    estimate,
    event,
    id_of,
    retraction,
    same_as,
    toll,
)
from tests.views.totals_of import Answer, ask_totals, modelled_totals
from timeline.domain.edtf import named_days
from timeline.domain.errors import RuleBroken
from timeline.domain.events import Event
from timeline.log import related_events
from timeline.views.queries import past_rows
from timeline.views.queries.totals import TotalsQuery

Ask = Callable[..., Answer]


@pytest.fixture
def totals_of(desk):
    """Record events one by one and ask for totals; each answer is the model's."""

    def record(*events: Event) -> Ask:
        timeline = desk.run(new_timeline(desk.pool))
        for posted in events:
            desk.run(post(desk.appender, timeline, posted))
        log = desk.run(recorded(desk.pool, timeline))

        def ask(at: int | None = None, **parameters: Any) -> Answer:
            days = {name: named_days(parameters[name]) for name in ("since", "until") if name in parameters}
            query = TotalsQuery(**{"measure": "killed"} | parameters | days)
            answer = desk.run(ask_totals(desk.pool, timeline, query, at))
            assert modelled_totals(log, query, at) == answer
            return answer

        ask.timeline, ask.desk = timeline, desk
        return ask

    return record


def figure(value: int) -> dict[str, Any]:
    """An exact figure."""
    return {"qualifier": "exact", "value": value}


def battle(number: int, killed: dict[str, Any] | None = None, **fields: Any) -> Event:
    """A battle with its toll."""
    return engagement(number, claimant="osint", **({"killed": killed} if killed else {}), **fields)


def range_of(low: int, best: int, high: int, **fields: Any) -> dict[str, Any]:
    """A figure between two bounds."""
    return {"qualifier": "between", "low": low, "best": best, "high": high, **fields}


def test_low_best_and_high_are_added_as_the_source_has_them(totals_of):
    """Bounds as published, even out of order; a floor, a ceiling or a split share has no best."""
    sums = totals_of(
        battle(1, range_of(9, 4, 7)),
        battle(2, {"qualifier": "at_least", "value": 20}),
        battle(3, {"qualifier": "vague", "verbatim": "dozens"}),
        battle(4, {"qualifier": "about", "value": 100, "high": 130}),
        battle(5, {"qualifier": "up_to", "value": 8}),
        battle(6, range_of(1, 2, 3, origin={"kind": "split"})),
        battle(7),
    )().sums

    assert (6, 9 + 20 + 24 + 50 + 0 + 1, 7 + 150 + 8 + 3, 2) == sums[:4]
    assert (104, 2, 9 + 50, 7 + 150) == (sums.best, sums.best_incidents, sums.best_low, sums.best_high)
    assert 1 == sums.disordered


def test_ceilings_and_floors_have_no_best(totals_of):
    """Case 06: the best is the sum of no incident."""
    figures = ("up_to", 200), ("more_than", 10), ("fewer_than", 7)
    sums = totals_of(
        *(battle(n, {"qualifier": name, "value": value}) for n, (name, value) in enumerate(figures, 1))
    )().sums

    assert (3, 11, 206, 1, None, 0) == sums[:6]


def test_the_last_word_of_a_claimant_counts(totals_of):
    """Case 01: 12 was said after 5, which was recorded later."""
    ask = totals_of(
        battle(1, occurred="2024-01-01"),
        toll(2, 1, claimant="m", value=12, published_at="2024-01-03T10:00:00Z"),
        toll(3, 1, claimant="m", value=5, published_at="2024-01-01T20:00:00Z"),
    )

    assert (1, 12, 12, 12) == (ask().sums.incidents, ask().sums.low, ask().sums.best, ask().sums.high)


def test_a_count_for_newer_days_goes_before_a_later_word(totals_of):
    """The days that a count speaks for come first; one without a date speaks for when it was said."""
    ask = totals_of(
        battle(1),
        toll(2, 1, value=7, as_of="2024-12-20", published_at="2024-12-21T10:00:00Z"),
        toll(3, 1, value=5, as_of="2024-12-01", published_at="2024-12-30T10:00:00Z"),
    )

    assert 7 == ask().sums.best


def test_none_reported_takes_part_in_nothing(totals_of):
    """Case 07: null is not zero, and no rival; an incident with nothing else is left out."""
    none = {"qualifier": "none_reported"}
    ask = totals_of(battle(1), toll(2, 1, claimant="m", value=5), toll(3, 1, claimant="z", figure=none))
    alone = totals_of(battle(1), toll(2, 1, claimant="z", figure=none))

    assert (1, 5, 5, 0, 5) == ask().sums[:5]
    assert 0 == ask().sums.rivals
    assert {"none reported": 1} == alone().left_out


def test_only_one_unit_is_added(totals_of):
    """People, or items of equipment, unless the query names another."""
    ask = totals_of(
        battle(1, figure(3)),
        battle(2, {**figure(2), "unit": "Battalions"}),
        event(
            3, "equipment_loss", claimant="b", subject="a", basis="incident", item="tank", figure=figure(2)
        ),
    )

    assert (3, {"other unit": 1}) == (ask().sums.low, ask().left_out)
    assert 2 == ask(unit="battalions").sums.low
    assert 2 == ask(measure="equipment_lost", category="tank").sums.low


def test_lines_by_time_and_place(totals_of):
    """What spans months stands on the line of its year, or `several_years`; days are those of the place."""
    ask = totals_of(
        battle(1, figure(1), occurred="2024-12-31/2025-01-02", place={"country": "UA", "admin1": "Kharkiv"}),
        battle(2, figure(2), occurred="2025-01-01T01:00:00+02:00", place={"country": "UA", "name": "Izium"}),
        battle(3, figure(4), occurred="2025", place={"country": "RU"}),
        battle(4, figure(8), occurred="2025-01-01"),
        battle(5, figure(16)),
        battle(6, figure(32), published_at="2025-02-03T01:00:00Z"),
    )

    assert {
        ("2025",): 4, ("2025-01",): 10, ("2025-02",): 32, ("several_years",): 1, ("undated",): 16
    } == ask(by=("month",)).lows()  # fmt: skip
    assert {("2025", "UA"): 2, ("2025", "RU"): 4, ("2025", None): 40, ("several_years", "UA"): 1} == {
        key: low for key, low in ask(by=("year", "country")).lows().items() if key[0] != "undated"
    }
    assert {("Izium", None): 2, (None, "Kharkiv"): 1, (None, None): 60} == ask(by=("place", "admin1")).lows()
    assert 2 == ask(place="IZIUM").sums.low
    assert 3 == ask(country="UA").sums.low


@pytest.mark.parametrize(
    ("places", "line"),
    [
        (
            [{"country": "UA"}, {"country": "RU", "admin1": "Kursk Oblast", "name": "Sudzha"}],
            ("UA", None, None),
        ),
        (
            [{"country": "RU"}, {"country": "RU", "admin1": "Kursk", "name": "Sudzha"}],
            ("RU", "Kursk", "Sudzha"),
        ),
        ([{"country": "RU"}, {"country": "RU", "name": "Sudzha"}], ("RU", None, "Sudzha")),
        (
            [{"country": "RU", "admin1": "Kursk"}, {"country": "RU", "admin1": "KURSK", "name": "Sudzha"}],
            ("RU", "Kursk", "Sudzha"),
        ),
        (
            [{"country": "RU", "admin1": "Kursk"}, {"country": "RU", "admin1": "Bryansk", "name": "Sudzha"}],
            ("RU", "Kursk", None),
        ),
        ([{"name": "Sudzha"}, {"country": "RU", "name": "Sudzha"}], ("RU", None, "Sudzha")),
        ([{"name": "Sumy"}, {"country": "RU", "name": "Sudzha"}], (None, None, "Sumy")),
        ([{"latitude": 51.0, "longitude": 35.0}, {"country": "RU"}], ("RU", None, None)),
    ],
)
def test_a_place_is_that_of_one_report(totals_of, places, line):
    """No line is of a place that no report says; what one leaves open another fills in where it agrees."""
    first, second = places
    ask = totals_of(battle(1, figure(1), place=first), battle(2, place=second), same_as(3, 1, 2))

    assert {line: 1} == ask(by=("country", "admin1", "place")).lows()
    assert all(1 == ask(country=place["country"]).sums.low for place in places if place.get("country"))


def test_from_and_to_take_what_lies_wholly_within(totals_of):
    """What straddles a limit, or is dated by its recording alone, is left out and counted."""
    ask = totals_of(
        battle(1, figure(1), occurred="2024-12-31/2025-01-02"),
        battle(2, figure(2), occurred="2025-01"),
        battle(3, figure(4), occurred="2025-01-05"),
        battle(4, figure(8)),
        battle(5, figure(16), occurred="2023"),
    )

    assert (6, {"straddles": 1, "undated": 1}) == ask_for(ask(since="2025-01"))
    assert (16, {"straddles": 1, "undated": 1}) == ask_for(ask(until="2024-12-31"))
    assert (4, {"straddles": 1, "undated": 1}) == ask_for(ask(since="2025-01-05", until="2025-01-05"))


def ask_for(answer: Answer) -> tuple[int | None, dict[str, int]]:
    """The low, and what is left out."""
    return answer.sums.low, dict(answer.left_out)


def test_filters_ask_about_the_incident(totals_of):
    """Case 13: the tag is that of the report, and nk suffers by what the count says."""
    ask = totals_of(
        battle(1, occurred="2024-01-30", attackers=["kyiv"], tags=["air-strike"]),
        toll(2, 1, claimant="m", subject="nk", value=5, tags=["drones"]),
    )

    assert [5] * 4 == [
        answer.sums.low
        for answer in (
            ask(tags=("air-strike",)),
            ask(tags=("air-strike", "drones")),
            ask(actor="nk"),
            ask(actor="kyiv"),
        )
    ]
    assert {("kyiv",): 5, ("nk",): 5} == ask(by=("actor",)).lows()
    assert 0 == ask(actor="m").sums.incidents


def test_an_incident_is_in_the_line_of_each_of_its_actors(totals_of):
    """Of those that act or suffer in it; the total counts it once."""
    ask = totals_of(
        battle(1, figure(5), attackers=["a", "b"], targets=["c"], sources=[{"publisher": "wire"}]),
        battle(2, figure(7)),
        estimate(3, 9, subject="c", claimant="b"),
    )
    answer = ask(by=("actor",))

    assert 21 == answer.sums.low
    assert {("a",): 5, ("b",): 5, ("c",): 14, (None,): 7} == answer.lows()
    assert 14 == ask(actor="c").sums.low


def test_merged_reports_say_together_when_and_where_it_was(totals_of):
    """Case 12: the leading report says neither."""
    ask = totals_of(
        engagement(1, claimant="x", killed=figure(10)),
        engagement(2, claimant="y", killed=figure(12), occurred="2024-01-23",
                   place={"country": "RU", "name": "Kursk"}),
        same_as(3, 1, 2),
    )  # fmt: skip
    answer = ask(by=("month", "country"))

    assert {("2024-01", "RU"): 10} == answer.lows()
    assert (1, 10, 12, 1) == (answer.sums.incidents, answer.sums.low, answer.sums.high, answer.sums.rivals)


def test_counts_that_are_one_have_one_incident(totals_of):
    """Case 28: two battles are not linked, but their counts are."""
    ask = totals_of(
        battle(1, occurred="2024-01-01"),
        battle(2, occurred="2024-01-01"),
        toll(3, 1, claimant="a", subject="all", value=10),
        toll(4, 2, claimant="b", subject="all", value=12),
        same_as(5, 3, 4),
        retraction(6, 5),
    )

    assert (1, 10, 12, 1) == tuple(getattr(ask(5).sums, n) for n in ("incidents", "low", "high", "rivals"))
    assert 2 == ask().sums.incidents


def test_developments_that_are_one_count_once(totals_of):
    """With the actors of all; apart again once the link is gone."""
    ask = totals_of(
        battle(1, figure(5), occurred="2024-12-01", place={"country": "UA"}, attackers=["a"]),
        battle(2, figure(6), occurred="2024-11-30", place={"country": "RU"}, attackers=["b"]),
        toll(3, 2, claimant="b", value=8),
        same_as(4, 1, 2),
        retraction(5, 4),
    )

    assert {("2024-11",): 6, ("2024-12",): 5} == ask(at=2, by=("month",)).lows()
    assert {("2024-12", "UA", name) for name in ("a", "b", "russia")} == {
        *ask(at=4, by=("month", "country", "actor")).lines
    }
    assert (1, 2) == (ask(at=4).sums.incidents, ask().sums.incidents)


def test_a_count_of_a_count_shares_the_incident_at_its_end(totals_of):
    """The battle's own toll and one of a count of its wounded are both of the battle."""
    ask = totals_of(
        battle(1, figure(4)),
        toll(2, 1, measure="wounded"),
        toll(3, 2, subject="all", claimant="ukraine"),
        estimate(4, subject="all", claimant="b"),
        same_as(5, 2, 4),
    )

    assert (1, 1) == (ask(3).sums.incidents, ask(3).sums.rivals)
    assert (2, 1) == (ask(4).sums.incidents, ask().sums.incidents)


def test_a_count_of_a_retracted_report_of_a_count_follows_the_others(totals_of):
    """2, 4 and 5 are one count of the battle; a count of 4 is of the battle even when 4 is retracted."""
    ask = totals_of(
        battle(1),
        toll(2, 1),
        battle(3),
        estimate(4),
        estimate(5),
        same_as(6, 2, 4),
        same_as(7, 4, 5),
        toll(8, 4),
        retraction(9, 4),
        same_as(10, 1, 3),
        retraction(11, 1),
    )

    assert [1] * 2 == [ask(at).sums.incidents for at in (8, 11)]


def test_a_retracted_incident_is_left_out_although_counts_of_it_stand(totals_of):
    """They count what did not happen."""
    ask = totals_of(battle(1, figure(3)), toll(2, 1, value=4), retraction(3, 1))

    assert (None, {"report retracted": 1}) == ask_for(ask())


@pytest.mark.parametrize(
    ("policy", "low", "high", "best"),
    [
        ("envelope", 3, None, None),
        ("latest", 40, None, None),
        ("lowest", 3, 3, 3),
        ("highest", 40, None, None),
        ("claimant:ukraine", 3, 3, 3),
    ],
)
def test_rival_claims_are_first_made_one(totals_of, policy, low, high, best):
    """By the policy; the best under `envelope` is the newest word's, which here has none."""
    ask = totals_of(
        battle(1),
        toll(2, 1, value=30, as_of="2024-12-01"),
        toll(3, 1, value=3, as_of="2024-12-01"),
        toll(4, 1, claimant="b", value=9, as_of="2024-11-30"),
        toll(5, 1, claimant="b", as_of="2024-12-02", figure={"qualifier": "at_least", "value": 40}),
        toll(6, 1, claimant="c", figure={"qualifier": "vague", "verbatim": "many"}),
    )
    sums = ask(policy=policy, at=5).sums

    assert (1, low, high, best) == (sums.incidents, sums.low, sums.high, sums.best)
    assert ask().sums.best is None
    assert {"other claimant": 1} == ask(policy="claimant:c2").left_out


def test_categories_overlap(totals_of):
    """Only the category that is asked for is added up; those of others are named."""
    ask = totals_of(
        estimate(1, 10),
        toll(2, 1, value=4, category={"status": "civilian"}),
        estimate(3, 6, category={"status": "civilian"}),
        toll(4, 3, value=2, category={"status": "military"}),
        estimate(5, figure={"qualifier": "vague", "verbatim": "many"}),
    )

    assert (10, {"other category: civilian, military": 1, "no number": 1}) == ask_for(ask())
    assert (10, {"other category: all": 1}) == ask_for(ask(category="civilian"))


def test_parts_stand_beside_a_claim_of_all(totals_of):
    """Where there is none, the figures of single subjects are added."""
    ask = totals_of(
        battle(1, figure(12)),
        toll(2, 1, subject="a", value=5),
        toll(3, 1, subject="b", value=6),
        battle(4),
        toll(5, 4, subject="a", value=1),
        toll(6, 4, subject="b", value=2),
    )
    answer = ask()

    assert (2, 15, 15, 0, 15, 2) == answer.sums[:6]
    assert (0, 1) == (answer.sums.rivals, answer.sums.several_subjects)
    assert {"a": 5, "b": 6} == {subject: part.best for subject, part in answer.parts.items()}
    assert 6 == ask(subject="a").sums.low


@pytest.mark.parametrize(("policy", "low", "high", "best"), [("envelope", 8, 11, None), ("latest", 8, 8, 8)])
def test_parts_that_exceed_a_claim_of_all_are_its_rivals(totals_of, policy, low, high, best):
    """The bounds reach over both, without a best, unless the policy names a single claim."""
    ask = totals_of(battle(1, figure(8)), toll(2, 1, subject="a", value=5), toll(3, 1, subject="b", value=6))
    sums = ask(policy=policy).sums

    assert (low, high, best, 1) == (sums.low, sums.high, sums.best, sums.rivals)


def test_tolls_follow_their_incident(totals_of):
    """Where and when it was corrected to, and out with it; a count's own correction counts too."""
    ask = totals_of(
        battle(1, occurred="2024-12-01", place={"country": "UA"}),
        toll(2, 1, value=3),
        toll(3, 1, claimant="b", value=5),
        correction(4, 1, occurred="2024-11-01", place={"country": "RU"}),
        correction(5, 3, figure={"qualifier": "exact", "value": 9}),
        retraction(6, 2),
        retraction(7, 1),
        retraction(8, 7),
    )
    seen = [ask(at=at, by=("month", "country")).lines for at in range(9)]

    assert [
        {},
        {},
        {("2024-12", "UA"): (3, 3)},
        {("2024-12", "UA"): (3, 5)},
        {("2024-11", "RU"): (3, 5)},
        {("2024-11", "RU"): (3, 9)},
        {("2024-11", "RU"): (9, 9)},
        {},
        {("2024-11", "RU"): (9, 9)},
    ] == [{key: (line.low, line.high) for key, line in lines.items()} for lines in seen]


def test_what_the_world_had_not_been_told_is_hidden(totals_of):
    """Hidden is not retracted: the report is hidden, a count of it is not; what is unknown is counted."""
    ask = totals_of(
        battle(1, figure(3), published_at="2024-12-10T00:00:00Z", occurred="2024-12-01"),
        toll(2, 1, value=4, published_at="2024-12-02T00:00:00Z"),
        battle(3, figure(5), published_at="2024-12-02T00:00:00Z"),
        battle(4, figure(6), published_at="2024-12-20T00:00:00Z"),
        battle(5, figure(7)),
        toll(6, 5, value=8),
        battle(7, figure(9)),
    )
    answer = ask(published_by=datetime(2024, 12, 5, tzinfo=UTC))

    assert (2, 9, {}, 2) == (*answer.sums[:2], answer.left_out, answer.publication_unknown)
    assert 5 == ask(published_by=datetime(2999, 1, 1, tzinfo=UTC)).sums.incidents + 2


def test_an_incident_that_is_seen_is_not_hidden_whatever_was_told_later(totals_of):
    """The report that leads now is of unknown publication; by then another led, and was seen."""
    reports = (
        battle(1, figure(5), published_at="2024-12-02T00:00:00Z"),
        battle(2, figure(7)),
        same_as(3, 1, 2),
    )
    taken_back = event(
        4, "retraction", target=id_of(1), reason="withdrawn", published_at="2025-02-01T00:00:00Z"
    )
    for log in (reports, (*reports, taken_back)):
        answer = totals_of(*log)(published_by=datetime(2024, 12, 5, tzinfo=UTC))

        assert (1, 5, 0) == (*answer.sums[:2], answer.publication_unknown)


def test_what_is_hidden_is_counted_by_the_filters(totals_of):
    """By what the record holds now, and in the unit and category that are added up."""
    ask = totals_of(
        battle(1, figure(3), occurred="2024-12-01", tags=("drone",)),
        battle(2, figure(5), occurred="2024-11-01"),
        toll(3, 2, value=4, category={"status": "civilian"}, published_at="2024-12-02T00:00:00Z"),
    )
    time = datetime(2024, 12, 5, tzinfo=UTC)

    def unknown(**filters):
        return ask(published_by=time, **filters).publication_unknown

    assert 1 == unknown()  # the other is left out for its count in another category
    assert 1 == unknown(tags=("drone",)) == unknown(since="2024-12")
    assert 0 == unknown(country="UA") == unknown(actor="nobody") == unknown(category="civilian")
    assert 0 == unknown(unit="battalions")


def test_a_count_is_hidden_or_moved_as_the_world_had_been_told(totals_of):
    """What a report or count said until a later publication is what it says by an earlier time."""
    march, may = {"published_at": "2024-03-01T00:00:00Z"}, {"published_at": "2024-05-01T00:00:00Z"}
    withdrawn = {"reason": "withdrawn", **may}
    moved = event(
        7, "correction", target=id_of(5), reason="restatement", changes={"incident": str(id_of(1))}, **may
    )
    ask = totals_of(
        battle(1, occurred="2024-02-01", **may),
        toll(2, 1, value=4, **march),
        battle(3, figure(5), occurred="2024-01-01", **march),
        event(4, "retraction", target=id_of(3), **withdrawn),
        toll(5, 3, value=6, subject="t", **march),
        toll(6, 3, value=7, **march),
        moved,
        event(8, "retraction", target=id_of(6), **withdrawn),
    )
    april, june = (datetime(2024, month, 10, tzinfo=UTC) for month in (4, 6))
    for by in ((), ("month",), ("actor",)):
        for published_by in (None, april, june):
            ask(published_by=published_by, by=by)

    assert 2 == ask(published_by=april).sums.incidents
    assert ask() == ask(published_by=june)


def test_too_much_that_was_otherwise_is_refused(totals_of, monkeypatch):
    """The refusal says which parameter to change, and how."""
    ask = totals_of(
        battle(1, figure(3), published_at="2024-03-01T00:00:00Z"),
        event(
            2,
            "correction",
            target=id_of(1),
            reason="restatement",
            changes={"killed": figure(4)},
            published_at="2024-05-01T00:00:00Z",
        ),
    )
    monkeypatch.setattr(past_rows, "COMPUTED_MAX", 0)

    with pytest.raises(RuleBroken, match="or for a later time") as refusal:
        ask(published_by=datetime(2024, 4, 1, tzinfo=UTC))
    assert "published_by" == refusal.value.path
    assert 4 == ask(published_by=datetime(2024, 6, 1, tzinfo=UTC)).sums.low


def test_what_bears_on_many_is_loaded_in_parts(totals_of, monkeypatch):
    """Where the records of all of them are more than can be loaded at once, those of fewer are."""
    march, may = {"published_at": "2024-03-01T00:00:00Z"}, {"published_at": "2024-05-01T00:00:00Z"}
    battles = [battle(number, figure(number), **march) for number in range(1, 5)]
    corrections = [
        event(
            number + 4,
            "correction",
            target=id_of(number),
            reason="restatement",
            changes={"tags": ["x"]},
            **may,
        )
        for number in range(1, 5)
    ]
    ask = totals_of(*battles, *corrections)
    april = datetime(2024, 4, 1, tzinfo=UTC)
    monkeypatch.setattr(related_events, "RELATED_RECORDS_MAX", 2)
    assert 4 == ask(published_by=april).sums.incidents
    monkeypatch.setattr(related_events, "RELATED_RECORDS_MAX", 0)

    with pytest.raises(RuleBroken) as refusal:
        ask(published_by=april)
    assert "published_by" == refusal.value.path


def test_only_what_overlaps_is_marked_as_shared(totals_of):
    """A claim alone on its incident and measure is summed as it stands, whatever else is said of it."""
    ask = totals_of(
        battle(1, figure(5)),
        toll(2, 1, measure="wounded", value=8),
        battle(3),
        toll(4, 3, value=9),
        capture(5),
        toll(6, 3, claimant="b", value=10),
    )
    rows = ask.desk.run(view_rows(ask.desk.pool, ask.timeline))["toll"]

    def shared(at: int) -> set[int]:
        return {int(str(row["source"])[-12:]) for row in valid_at(rows, at) if row["shared"]}

    assert set() == shared(5)
    assert {4, 6} == shared(6)
    assert id_of(3) == next(row["incident"] for row in rows if row["source"] == id_of(4))


def test_a_count_without_end_is_a_number(totals_of):
    """Sums outgrow what a database holds in eight bytes."""
    most = 2**53 - 1

    assert 2 * most == totals_of(battle(1, figure(most)), battle(2, figure(most)))().sums.best


def test_rebuilt_and_verified_tolls_are_the_live_ones(totals_of):
    """One fold makes them all."""
    ask = totals_of(
        battle(1, figure(1)), battle(2), toll(3, 2), same_as(4, 1, 2), correction(5, 1, occurred="2024")
    )
    pool = ask.desk.pool
    before = ask.desk.run(versions(pool, ask.timeline))
    ask.desk.run(rebuilt(pool, ask.timeline))

    assert before == ask.desk.run(versions(pool, ask.timeline))
    assert [] == ask.desk.run(differences(pool, ask.timeline))
