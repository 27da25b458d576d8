"""Totals over HTTP: what is added up, the lines in pages, and what is refused."""

import pytest

from tests.support.client import Timeline, refused
from tests.support.payloads import casualties, correction, engagement
from timeline.api.cursors import Cursor, listing_digest, write_cursor
from timeline.views.queries.totals import TotalsQuery


def battle(day: str, low: int, **fields):
    """A battle in which so many were killed, or twice as many."""
    killed = {"qualifier": "between", "low": low, "high": 2 * low}
    return engagement(occurred=day, claimant="osint", killed=killed, **fields)


@pytest.fixture
def fought(timeline: Timeline) -> Timeline:
    """A timeline of four battles; of the last somebody else speaks too."""
    battles = [
        battle("2024-11-30", 1, place={"country": "UA"}, tags=["front"]),
        battle("2024-12-01", 2, place={"country": "UA"}, targets=["ukraine"]),
        battle("2024-12-31", 4, place={"country": "RU"}),
        battle("2025-01-01", 8),
    ]
    timeline.take(*battles)
    timeline.take(casualties(basis="incident", incident=battles[3]["id"], subject="all", as_of="2025-01-02"))
    timeline.battles = battles
    return timeline


def lows(answer):
    """The keys and the sum of the low figures of each line."""
    return [(*line["keys"].values(), line["low"]) for line in answer["lines"]]


def test_totals_by_month_and_country(fought):
    """The answer says what was added up and how; lines are in the order of their keys."""
    answer = fought.get("/totals", measure="killed", by=["month", "country"])

    assert [
        ("2024-11", "UA", 1), ("2024-12", "RU", 4), ("2024-12", "UA", 2), ("2025-01", None, 8)
    ] == lows(answer)  # fmt: skip
    assert {
        "incidents": 4,
        "low": 15,
        "high": 114,
        "unbounded": 0,
        "best": 100,
        "best_incidents": 1,
        "best_low": 8,
        "best_high": 100,
        "rivals": 1,
        "disordered": 0,
        "several_subjects": 0,
    } == answer["total"]
    assert ("killed", "all", "people", "envelope", ["month", "country"], False) == tuple(
        answer[name] for name in ("measure", "category", "unit", "policy", "by", "overlapping")
    )
    assert ([], 0, []) == tuple(answer[name] for name in ("parts", "left_out", "left_out_reasons"))


def test_by_actor_lines_overlap(fought):
    """The answer says so, and names the actors that have a name."""
    answer = fought.get("/totals", measure="killed", by="actor", to="2024-12")

    assert [("russia", 7), ("ukraine", 2)] == lows(answer)
    assert answer["overlapping"]
    assert (3, 7) == (answer["total"]["incidents"], answer["total"]["low"])
    assert {} == answer["names"]


def test_what_is_left_out_is_counted_by_reason(fought):
    """In the order in which reasons are looked for, the categories by name."""
    fought.take(casualties(basis="incident", category={"status": "civilian"}, occurred="2024-12-05"))
    for occurred in ("2024-12", "2024-12-06", None):
        none = engagement(claimant="osint", killed={"qualifier": "none_reported"}, occurred=occurred)
        fought.take({name: value for name, value in none.items() if value is not None})
    answer = fought.get("/totals", measure="killed", **{"from": "2024-12-02"})

    assert (12, 4) == (answer["total"]["low"], answer["left_out"])
    assert [
        {"reason": "undated", "incidents": 1, "categories": []},
        {"reason": "straddles", "incidents": 1, "categories": []},
        {"reason": "other_category", "incidents": 1, "categories": ["civilian"]},
        {"reason": "none_reported", "incidents": 1, "categories": []},
    ] == answer["left_out_reasons"]


def test_parts_are_named(fought):
    """Their sums stand beside the total, and their subjects have names where they have profiles."""
    toll = casualties(
        basis="incident", incident=fought.battles[1]["id"], subject="ukraine", as_of="2024-12-02"
    )
    fought.take(toll | {"figure": {"qualifier": "exact", "value": 2}})
    (part,) = fought.get("/totals", measure="killed")["parts"]

    assert ("ukraine", 1, 2, 2) == tuple(part[name] for name in ("subject", "incidents", "low", "best"))


@pytest.mark.parametrize(
    ("parameters", "low"),
    [
        ({"country": "UA"}, 3),
        ({"actor": "ukraine"}, 2),
        ({"actor": "osint"}, None),
        ({"tag": "front"}, 1),
        ({"from": "2024-12-02"}, 12),
        ({"from": "2025-01-01T00:00:00+00:00"}, 8),
        ({"to": "2024"}, 7),
        ({"from": "2024-12", "to": "2024-12"}, 6),
        ({"subject": "troops"}, None),
        ({"unit": "People"}, 15),
        ({"unit": "battalions"}, None),
        ({"place": "Kursk"}, None),
        ({"policy": "latest"}, 107),
        ({"policy": "claimant:nis"}, 100),
        ({"category": "civilian"}, None),
        ({"measure": "wounded"}, None),
        ({"at": "2"}, 3),
    ],
)
def test_filters_and_policies(fought, parameters, low):
    """Each restricts what is added up, or chooses among rival claims."""
    answer = fought.client.get(f"{fought.path}/totals", params={"measure": "killed"} | parameters).json()

    assert low == answer["total"]["low"]
    assert [] == answer["lines"]


def test_lines_come_in_pages_of_one_position(fought):
    """The pages together hold every line once, as they stood when the first was made."""
    by = ["country", "month"]
    whole = fought.get("/totals", measure="killed", by=by)
    page = fought.get("/totals", measure="killed", by=by, limit=1)
    fought.take(correction(fought.battles[0], occurred="2020-01"))
    lines = lows(page)
    while page["next"]:
        page = fought.client.get(page["next"]).json()
        lines += lows(page)
        assert whole["total"] == page["total"]

    assert lows(whole) == lines
    assert [("2020-01", 1)] == lows(fought.get("/totals", measure="killed", by="month"))[:1]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("", "measure"),
        ("measure=dead", "measure"),
        ("measure=killed&measure=wounded", "measure"),
        ("measure=killed&by=week", "by"),
        ("measure=killed&by=month&by=month", "by"),
        ("measure=killed&policy=best", "policy"),
        ("measure=killed&policy=claimant:", "policy"),
        ("measure=killed&policy=latests", "policy"),
        ("measure=killed&policy=claimant:A", "policy"),
        ("measure=killed&policy=latest%0A", "policy"),
        ("measure=killed&category=A", "category"),
        ("measure=killed&subject=%00", "subject"),
        ("measure=killed&country=ua", "country"),
        ("measure=killed&country=UAX", "country"),
        ("measure=killed&actor=A", "actor"),
        ("measure=killed&tag=A", "tag"),
        ("measure=killed&unit=%00", "unit"),
        ("measure=killed&place=", "place"),
        ("measure=killed&from=2024/2025", "from"),
        ("measure=killed&to=x", "to"),
        ("measure=killed&limit=0", "limit"),
        ("measure=killed&cursor=abc", "cursor"),
        ("measure=killed&nope=1", "nope"),
    ],
)
def test_a_query_that_makes_no_sense(unchanged, query, path):
    """It is refused, and the problem names the parameter."""
    refused(
        unchanged.client, unchanged.client.get(f"{unchanged.path}/totals?{query}"), 400, "malformed", path
    )


def test_a_parameter_that_is_missing_is_told_with_the_words_it_may_have(unchanged):
    """So that nobody has to look for the contract."""
    problem = unchanged.client.get(f"{unchanged.path}/totals").json()

    assert problem["detail"].startswith("this parameter is required: expected one of killed, wounded")


def test_a_cursor_that_counts_backwards(unchanged):
    """It was made up, and is refused too."""
    listing = listing_digest("totals", TotalsQuery(measure="killed"))
    made_up = write_cursor(Cursor(1, -1, listing))
    response = unchanged.client.get(f"{unchanged.path}/totals?measure=killed&cursor={made_up}")

    refused(unchanged.client, response, 400, "malformed", "cursor")


def test_totals_of_nothing(unchanged):
    """Without an incident there is no sum; an unknown timeline or position is refused."""
    total = unchanged.get("/totals", measure="killed", by="year")["total"]
    unknown = Timeline(unchanged.client, "nowhere-at-all")

    assert (0, None, None, None) == tuple(total[name] for name in ("incidents", "low", "best", "high"))
    refused(
        unchanged.client,
        unchanged.client.get(f"{unknown.path}/totals?measure=killed"),
        404,
        "unknown-timeline",
    )
    response = unchanged.client.get(f"{unchanged.path}/totals?measure=killed&at=2")
    refused(unchanged.client, response, 404, "unknown-position", "at")
