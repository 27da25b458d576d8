"""Totals of incident figures: what is added up, what is not, and at every position."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.maintenance import differences, rebuilt, versions
from tests.support.posting import new_timeline, post, valid_at, view_rows
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
from timeline.domain.edtf import parse
from timeline.domain.events import (
    Capture,
    CasualtyEstimate,
    Correction,
    Engagement,
    EquipmentLoss,
    Event,
    Retraction,
    SameAs,
)
from timeline.log.reader import read_moment
from timeline.views.queries.totals import TotalsQuery, totals
from timeline.views.responses import IncidentSums

Ask = Callable[..., tuple[IncidentSums, dict[tuple[str | None, ...], IncidentSums]]]
COUNTING = (
    CasualtyEstimate,
    CasualtyEstimate,
    EquipmentLoss,
    Capture,
    Engagement,
    Engagement,
    SameAs,
    Correction,
    Retraction,
)


def sums(total: IncidentSums) -> tuple[Any, ...]:
    """A total, or a line, as the model has it."""
    return tuple(getattr(total, name) for name in IncidentSums.__struct_fields__)


async def answer(desk, timeline: str, query: TotalsQuery, at: int | None = None, limit: int = 1_000):
    """The total, and the lines by their keys."""
    async with desk.pool.connection() as connection:
        at_moment = await read_moment(connection, timeline, at)
        result = await totals(connection, at_moment, query, offset=0, limit=limit)
    keys = [tuple(line.keys.values()) for line in result.lines]
    assert len(keys) == len(set(keys))
    return result.total, dict(zip(keys, result.lines, strict=True))


@pytest.fixture
def totals_of(desk):
    """Record events one by one and ask for totals."""

    def record(*events: Event) -> Ask:
        timeline = desk.run(new_timeline(desk.pool))
        for posted in events:
            desk.run(post(desk.appender, timeline, posted))

        def ask(at: int | None = None, **parameters: Any):
            query = TotalsQuery(**{"measure": "killed"} | parameters)
            total, lines = desk.run(answer(desk, timeline, query, at))
            return total, lines

        ask.timeline, ask.desk = timeline, desk
        return ask

    return record


def figure(value: int) -> dict[str, Any]:
    """An exact figure."""
    return {"qualifier": "exact", "value": value}


def battle(number: int, killed: dict[str, Any] | None = None, **fields: Any) -> Event:
    """A battle with its toll."""
    return engagement(number, claimant="osint", **({"killed": killed} if killed else {}), **fields)


def test_low_best_and_high_are_added_as_the_source_has_them(totals_of):
    """Its own bounds where it names them, even out of order; else what its words allow."""
    ask = totals_of(
        battle(1, {"qualifier": "between", "low": 9, "best": 4, "high": 7}),
        battle(2, {"qualifier": "at_least", "value": 20}),
        battle(3, {"qualifier": "vague", "verbatim": "dozens"}),
        battle(4, {"qualifier": "about", "value": 100, "high": 130}),
        battle(5),
    )

    assert (4, 9 + 20 + 24 + 50, 4 + 20 + 100, 7 + 130, 1, 2) == sums(ask()[0])[:6]


def test_lines_by_time_and_place(totals_of):
    """An incident is in the line of the month and year in which it began, and of its place."""
    ask = totals_of(
        battle(1, figure(1), occurred="2024-12-31/2025-01-02", place={"country": "UA", "admin1": "Kharkiv"}),
        battle(2, figure(2), occurred="2025-01-01T01:00:00+02:00", place={"country": "UA", "name": "Izium"}),
        battle(3, figure(4), occurred="2025", place={"country": "RU"}),
        battle(4, figure(8), occurred="2025-01-01"),
    )

    assert {("2024-12",): 3, ("2025-01",): 12} == {
        key: line.low for key, line in ask(by=("month",))[1].items()
    }
    assert {("2024", "UA"): 3, ("2025", "RU"): 4, ("2025", None): 8} == {
        key: line.low for key, line in ask(by=("year", "country"))[1].items()
    }
    assert {("Izium", None): 2, (None, "Kharkiv"): 1, (None, None): 12} == {
        key: line.low for key, line in ask(by=("place", "admin1"))[1].items()
    }
    assert 12 == ask(since=parse("2025-01"))[0].low
    assert 3 == ask(until=parse("2024-12-31"), country="UA")[0].low


def test_an_incident_is_in_the_line_of_each_of_its_actors(totals_of):
    """Of those that act or suffer in it; the total counts it once."""
    ask = totals_of(
        battle(1, figure(5), attackers=["a", "b"], targets=["c"], sources=[{"publisher": "wire"}]),
        battle(2, figure(7)),
        estimate(3, 9, subject="c", claimant="b"),
    )
    total, lines = ask(by=("actor",))

    assert 21 == total.low
    assert {("a",): 5, ("b",): 5, ("c",): 14, (None,): 7} == {key: line.low for key, line in lines.items()}
    assert 14 == ask(actor="c")[0].low
    assert 0 == ask(actor="osint")[0].incidents


def test_developments_that_are_one_count_once(totals_of):
    """With the leader's time and place, and the actors of all; apart again once the link is gone."""
    ask = totals_of(
        battle(1, figure(5), occurred="2024-12-01", place={"country": "UA"}, attackers=["a"]),
        battle(2, figure(6), occurred="2024-11-30", place={"country": "RU"}, attackers=["b"]),
        toll(3, 2, claimant="b", value=8),
        same_as(4, 1, 2),
        retraction(5, 4),
    )

    assert {("2024-11",): (1, 6), ("2024-12",): (1, 5)} == {
        key: (line.incidents, line.low) for key, line in ask(at=2, by=("month",))[1].items()
    }
    assert {("2024-12", "UA", "a"), ("2024-12", "UA", "b")} == {
        *ask(at=4, by=("month", "country", "actor"))[1]
    }
    assert 1 == ask(at=4)[0].incidents
    assert 2 == ask()[0].incidents


def test_reports_of_a_count_that_are_one_have_one_incident(totals_of):
    """A count that is one with the count of another incident is a count of that incident."""
    ask = totals_of(
        battle(1), estimate(2, 5), toll(3, 1, claimant="b", value=7), same_as(4, 2, 3), toll(5, 2)
    )

    assert 2 == ask(at=3)[0].incidents
    assert 1 == ask(at=4)[0].incidents
    assert 1 == ask()[0].incidents


def test_a_count_of_a_count_shares_the_incident_at_its_end(totals_of):
    """The battle's own toll and one of a count of its wounded are both of the battle."""
    ask = totals_of(
        battle(1, figure(4)), toll(2, 1, measure="wounded"), toll(3, 2, subject="all", claimant="ukraine")
    )

    assert (1, 1) == (ask()[0].incidents, ask()[0].rivals)


def test_a_count_that_is_linked_to_another_brings_its_toll_to_the_incident_of_that_one(totals_of):
    """It was an incident of its own, and becomes the battle that the other is a count of."""
    ask = totals_of(
        battle(1, figure(4)), toll(2, 1, measure="wounded"), estimate(3, subject="all"), same_as(4, 2, 3)
    )

    assert (2, 1) == (ask(3)[0].incidents, ask()[0].incidents)


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

    assert ask()[0].incidents


@pytest.mark.parametrize(
    ("policy", "low", "best", "high"),
    [
        ("envelope", 3, 40, None),
        ("latest", 40, 40, None),
        ("lowest", 3, 3, 3),
        ("highest", 40, 40, None),
        ("claimant:ukraine", 3, 3, 3),
    ],
)
def test_rival_claims_are_first_made_one(totals_of, policy, low, best, high):
    """By the policy; each claimant's last claim counts."""
    ask = totals_of(
        battle(1),
        toll(2, 1, value=30, as_of="2024-12-01"),
        toll(3, 1, claimant="b", as_of="2024-12-02", figure={"qualifier": "at_least", "value": 40}),
        toll(4, 1, value=3, as_of="2024-12-01"),
        toll(5, 1, claimant="b", value=9, as_of="2024-11-30"),
        toll(6, 1, claimant="ukraine", value=3, as_of="2024-12-01"),
    )
    total, _ = ask(policy=policy, at=5)

    assert (1, low, best, high) == sums(total)[:4]


def test_categories_overlap(totals_of):
    """One alone is added up; incidents that have only others are counted."""
    ask = totals_of(
        estimate(1, 10),
        toll(2, 1, value=4, category={"status": "civilian"}),
        estimate(3, 6, category={"status": "civilian"}),
        event(
            4, "equipment_loss", claimant="b", subject="a", basis="incident", item="tank", figure=figure(2)
        ),
    )

    assert (1, 10, 1) == (ask()[0].incidents, ask()[0].low, ask()[0].left_out)
    civilian, _ = ask(category="civilian")
    assert (2, 10, 0) == (civilian.incidents, civilian.low, civilian.left_out)
    lost, _ = ask(measure="equipment_lost")
    assert (0, None, 1) == (lost.incidents, lost.low, lost.left_out)
    assert 2 == ask(measure="equipment_lost", category="tank")[0].low


def test_a_whole_is_not_added_to_its_parts(totals_of):
    """The claim for all stands for its incident; where there is none, those for single subjects are added."""
    ask = totals_of(
        battle(1, figure(12)),
        toll(2, 1, subject="a", value=5),
        toll(3, 1, subject="b", value=6),
        battle(4),
        toll(5, 4, subject="a", value=1),
        toll(6, 4, subject="b", figure={"qualifier": "vague"}),
    )

    assert (2, 13, 13, 13, 1, 1, 0, 1, 0) == sums(ask()[0])
    assert 6 == ask(subject="a")[0].low


def test_tolls_follow_their_incident(totals_of):
    """Where and when it was corrected to, and away with it; a count's own correction counts too."""
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
    seen = [ask(at=at, by=("month", "country"))[1] for at in range(9)]

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


def test_only_what_may_overlap_is_marked_as_shared(totals_of):
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
    ask = totals_of(battle(1, figure(most)), battle(2, figure(most)))

    assert 2 * most == ask()[0].best


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
