"""Cases in which reports affect each other in ways that are easy to get wrong."""

from typing import Any

import msgspec
import pytest

from tests.support.posting import new_timeline, post, valid_at, view_rows
from tests.support.samples import (
    capture,
    correction,
    engagement,
    estimate,
    evidence,
    id_of,
    ids,
    profile,
    retraction,
    same_as,
    statement,
    toll,
    verification,
)
from tests.views.consistency import assert_consistent
from timeline.domain.events import Event


@pytest.fixture
def views(desk):
    """Record events, once one by one and once in one array; gives the rows at the head.

    At every position, in both, the rows must fit each other.
    """

    def record(*events: Event) -> dict[str, list[dict[str, Any]]]:
        for commits in ([events], [[event] for event in events]):
            timeline = desk.run(new_timeline(desk.pool))
            for commit in commits:
                desk.run(post(desk.appender, timeline, *commit))
            rows = desk.run(view_rows(desk.pool, timeline))
            assert_consistent(rows, len(events))
        return {table: valid_at(versions, len(events)) for table, versions in rows.items()}

    return record


def number_of(event_id: Any) -> int | None:
    """The number of a sample event."""
    return event_id and int(str(event_id)[-12:])


def entries(rows: dict[str, list[dict[str, Any]]]) -> dict[int, tuple[str, int | None]]:
    """Each entry's status and leader."""
    documents = [msgspec.json.decode(row["document"]) for row in rows["entry"]]
    return {number_of(entry["id"]): (entry["status"], number_of(entry.get("leader"))) for entry in documents}


def document(rows: dict[str, list[dict[str, Any]]], number: int) -> dict[str, Any]:
    """An entry's document."""
    return next(
        msgspec.json.decode(row["document"]) for row in rows["entry"] if row["development"] == id_of(number)
    )


def series(rows: dict[str, list[dict[str, Any]]]) -> dict[int, str]:
    """The last part of each claim's series: whose toll it is."""
    return {
        number_of(row["source"]): number_of(row["series"].rpartition(".")[2]) for row in rows["figure_claim"]
    }


THREE = (engagement(1), engagement(2), engagement(3))


def test_a_chain_of_same_as_has_one_leader(views):
    """Links in any order make one group; a report about any of them is about the leader."""
    rows = views(
        *THREE, same_as(4, 3, 2), same_as(5, 2, 1), statement(6, 3), verification(7, 2, grade="discounted")
    )

    assert {
        1: ("contested", None),
        2: ("merged", 1),
        3: ("merged", 1),
        6: ("reported", None),
    } == entries(rows)
    assert ids(2, 3) == document(rows, 1)["same_as"]


def test_a_retracted_leader_hands_over(views):
    """With its first report retracted, the next leads, though it is the retracted one that links the rest."""
    rows = views(*THREE, same_as(4, 1, 2), same_as(5, 1, 3), statement(6, 3), retraction(7, 1))

    assert {
        1: ("retracted", 2),
        2: ("confirmed", None),
        3: ("merged", 2),
        6: ("reported", None),
    } == entries(rows)


def test_a_retracted_link_parts_the_group(views):
    """With the link retracted each is on its own again, and a report about one is about it alone."""
    rows = views(*THREE, same_as(4, 1, 2), same_as(5, 2, 3), statement(6, 3), retraction(7, 5))

    assert {
        1: ("reported", None),
        2: ("merged", 1),
        3: ("confirmed", None),
        6: ("reported", None),
    } == entries(rows)


def test_a_link_corrected_to_another_development(views):
    """A corrected link holds for later records about either of its ends."""
    rows = views(
        *THREE,
        same_as(4, 2, 3),
        correction(5, 4, developments=ids(1, 3)),
        statement(6, 3),
        statement(7, 2, stance="denies"),
    )

    assert {
        1: ("confirmed", None),
        2: ("denied", None),
        3: ("merged", 1),
        6: ("reported", None),
        7: ("reported", None),
    } == entries(rows)


def test_a_link_whose_correction_was_corrected(views):
    """A correction of a correction of a link is followed, too; with it retracted the link is as posted."""
    chain = (
        *THREE,
        same_as(4, 2, 3),
        correction(5, 4, summary="Corrected."),
        correction(6, 5, changes={"developments": ids(1, 3)}),
        statement(7, 3),
    )

    assert ("merged", 1) == entries(views(*chain))[3]
    assert ("merged", 2) == entries(views(*chain, retraction(8, 6), statement(9, 3)))[3]


def test_a_toll_belongs_to_the_leader_of_its_incident(views):
    """A toll's series moves to the leader, to the next leader, and back when the link goes."""
    log = (engagement(1), engagement(2), toll(3, 2), capture(4), same_as(5, 1, 2, 4))

    assert {3: 1, 4: 1} == series(views(*log))
    assert {3: 2, 4: 2} == series(views(*log, retraction(6, 1)))
    assert {3: 2, 4: 4} == series(views(*log, retraction(6, 5)))


def test_a_toll_that_a_correction_gave_its_incident(views):
    """Reports about a toll are not lost when a correction makes it the toll of a group."""
    rows = views(
        engagement(1),
        engagement(2),
        estimate(3),
        statement(4, 3),
        correction(5, 3, incident=ids(2)[0]),
        same_as(6, 2, 1),
        evidence(7, 1),
    )

    assert ("confirmed", None) == entries(rows)[3]
    assert {3: 1} == series(rows)
    assert ids(3) == document(rows, 1)["tolls"]


@pytest.mark.parametrize("report", [capture(1), estimate(1), toll(4, 1)])
def test_a_retracted_report_claims_nothing(views, report):
    """A retracted report has no claim, whatever happens to the group of its incident."""
    number = number_of(report.id)
    first = (capture(1), engagement(2), engagement(3)) if number == 4 else ()
    rows = views(
        *(first or (report, engagement(2), engagement(3))),
        *((report,) if first else ()),
        same_as(5, 1, 2, 3),
        retraction(6, number),
        retraction(7, 2),
    )

    assert entries(rows)[number][0] == "retracted"
    assert "claim" not in document(rows, number)
    assert number not in series(rows)


def test_a_corrected_date_moves_an_entry(views):
    """The order key of an entry and of its actors follows its date, there and back within a batch."""
    rows = views(
        engagement(1, occurred="2024-12-01", attackers=["russia"]),
        engagement(2, occurred="2024-12-02"),
        correction(3, 1, occurred="2024-12-03"),
        correction(4, 1, occurred=None, attackers=["ukraine"]),
        correction(5, 3, changes={"occurred": "2024-12-04"}),
        retraction(6, 4),
    )
    actors = [row for row in rows["entry_actor"] if row["development"] == id_of(1)]
    keys = {row["development"]: row["order_key"] for row in rows["entry"]}

    assert "2024-12-04T00:00:00Z" == document(rows, 1)["starts"]
    assert [("russia", keys[id_of(1)])] == [(row["actor"], row["order_key"]) for row in actors]
    assert keys[id_of(1)] > keys[id_of(2)]


def test_corrections_apply_in_the_order_of_the_log(views):
    """Undoing an earlier correction leaves a later one in force; one that is changed keeps its place."""
    log = (
        engagement(1),
        correction(2, 1, summary="Second.", method="strike"),
        correction(3, 1, summary="Third."),
        correction(4, 2, changes={"summary": "Fourth."}),
    )

    def content(*more: Event) -> tuple[str, str | None]:
        event = document(views(*log, *more), 1)["event"]
        return event["summary"], event.get("method")

    assert ("Third.", "strike") == content()
    assert ("Third.", None) == content(retraction(5, 2))
    assert ("Fourth.", "strike") == content(retraction(5, 3))
    assert ("Second.", "strike") == content(retraction(5, 3), retraction(6, 4))
    assert ("Third.", "strike") == content(retraction(5, 3), retraction(6, 5))
    assert ("Fourth.", "strike") == content(retraction(5, 3), retraction(6, 5), retraction(7, 6))


def test_a_retraction_retracted_lets_all_stand_again(views):
    """The event has its effects again: its claim, its reports about others, and its place in its group."""
    rows = views(
        engagement(1),
        toll(2, 1),
        statement(3, 1),
        retraction(4, 3),
        retraction(5, 2),
        retraction(6, 4),
        retraction(7, 5),
    )

    assert {1: ("confirmed", None), 2: ("reported", None), 3: ("reported", None)} == entries(rows)
    assert {2: 1} == series(rows)
    assert [] == document(rows, 2)["amendments"]


def test_a_profile_corrected_to_another_actor(views):
    """The actor it no longer describes falls back to its earlier profile, or to none."""
    log = (
        profile(1, "russia", "Russia"),
        profile(2, "ukraine", "Ukraine"),
        profile(3, "russia", "Russian Federation"),
    )

    def names(*more: Event) -> dict[str, str]:
        return {row["subject"]: row["name"] for row in views(*log, *more)["profile"]}

    assert {"russia": "Russia", "ukraine": "Russian Federation"} == names(correction(4, 3, actor="ukraine"))
    assert {"russia": "Russian Federation", "belarus": "Ukraine"} == names(correction(4, 2, actor="belarus"))
    assert {"russia": "Russia", "ukraine": "Ukraine"} == names(
        correction(4, 3, actor="ukraine"), retraction(5, 3)
    )


@pytest.mark.parametrize("report", [statement, evidence, verification])
def test_a_report_corrected_to_be_about_another(views, report):
    """It no longer affects the first development, but the second; undone, it is as it was."""
    log = (engagement(1), engagement(2), report(3, 1), correction(4, 3, about=ids(2)))
    field = {statement: "statements", evidence: "evidence", verification: "verifications"}[report]

    def affects(*more: Event) -> list[bool]:
        rows = views(*log, *more)
        return [bool(document(rows, number)[field]) for number in (1, 2)]

    assert [False, True] == affects()
    assert [True, False] == affects(retraction(5, 4))
    assert [False, False] == affects(retraction(5, 3))
    assert [True, True] == affects(correction(5, 4, changes={"about": ids(1, 2)}))
    assert [False, True] == affects(retraction(5, 4), retraction(6, 5))


def test_a_statement_about_a_statement(views):
    """It affects the statement alone; the development's status is that of the first statement."""
    rows = views(engagement(1), statement(2, 1), statement(3, 2, stance="denies"), statement(4, 3))

    assert {
        1: ("confirmed", None),
        2: ("denied", None),
        3: ("confirmed", None),
        4: ("reported", None),
    } == entries(rows)


def test_statements_linked_by_same_as(views):
    """Two linked statements are both about the development; a report about either is about both."""
    rows = views(
        engagement(1), statement(2, 1), statement(3, 1), same_as(4, 3, 2), statement(5, 3, stance="denies")
    )

    assert {1: ("confirmed", None), 2: ("denied", None), 3: ("merged", 2), 5: ("reported", None)} == entries(
        rows
    )
    assert 2 == len(document(rows, 1)["statements"])


def test_one_record_that_changes_many_rows(views):
    """A link of many developments, each with its toll, moves all their series at once, and back."""
    incidents = [engagement(number) for number in range(1, 21)]
    tolls = [toll(100 + number, number) for number in range(1, 21)]
    log = (*incidents, *tolls, same_as(200, *range(1, 21)))

    assert dict.fromkeys(range(101, 121), 1) == series(views(*log))
    assert {100 + n: n for n in range(1, 21)} == series(views(*log, retraction(201, 200)))


def test_a_toll_of_a_retracted_report_follows_the_others_that_it_links(views):
    """1 and 2, 2 and 3 are one: a toll of 2 belongs to 3 when 2 is retracted, and then 1."""
    rows = views(
        engagement(1),
        engagement(2),
        engagement(3),
        same_as(4, 1, 2),
        same_as(5, 2, 3),
        toll(6, 2),
        retraction(7, 2),
        retraction(8, 1),
    )

    assert [f"casualties.killed.russia.all.incident.{id_of(3)}"] == [
        row["series"] for row in rows["figure_claim"]
    ]
