"""Rules of meaning that no case shows, each by its plainest example, held against the model."""

from datetime import UTC, datetime
from typing import Any

from tests.support.meaning import MeaningModel, Query
from tests.support.meaning.bounds import Interval
from tests.support.meaning.incidents import is_circular
from tests.support.meaning.standing import OTHER_DATE, OTHER_PERIOD, choose, reconcile
from tests.support.meaning.strategies import TOTAL, event_of, running_total, toll
from tests.support.samples import id_of
from tests.support.sequences import records_of
from timeline.domain.events import Event

LATER = {"published_at": "2025-01-01T00:00:00Z"}


def exact(value: int) -> dict[str, Any]:
    """An exact figure."""
    return {"qualifier": "exact", "value": value}


def model_of(*log: Event) -> MeaningModel:
    """The model of events recorded one by one."""
    return MeaningModel(records_of(log))


def test_a_month_sets_a_ceiling_only_where_no_claim_of_other_days_falls_within_it() -> None:
    """1,000 in December does not contradict 1,100 on the 20th; of one day it would."""
    month = running_total(1, "m", exact(1000), "2024-12", **LATER)
    day = running_total(2, "z", exact(1100), "2024-12-20", **LATER)
    before = running_total(2, "z", exact(1100), "2024-11-20", **LATER)

    assert model_of(month, day).series(TOTAL).by_unit["people"].overlap == Interval(1100, None)
    assert model_of(month, before).series(TOTAL).by_unit["people"].standing == "contested"


def test_a_claim_that_only_holds_the_date_is_taken_where_there_is_no_other_and_marked() -> None:
    """As "2024" for June."""
    year = running_total(1, "m", exact(9), "2024", **LATER)
    march = running_total(2, "m", exact(3), "2024-03", **LATER)
    alone = model_of(year).series(TOTAL, as_of="2024-06").by_unit["people"]
    both = model_of(year, march).series(TOTAL, as_of="2024-06").by_unit["people"]

    assert (alone.overlap, alone.by_holding) == (Interval(9, 9), {"m"})
    assert (both.overlap, both.by_holding) == (Interval(3, 3), frozenset())


def test_an_adjustment_shifts_the_floor_and_explains_a_fall_as_far_as_it_reaches() -> None:
    """From 100 to 70 is a fall of 30, of which an adjustment by 20 leaves 10."""
    log = [
        running_total(1, "m", exact(100), "2024-12-01"),
        running_total(2, "z", exact(85), "2024-12-20"),
        event_of(3, "series_reset", series=TOTAL, reason="recount", adjustment=-20, as_of="2024-12-10"),
    ]
    later = running_total(4, "m", exact(70), "2024-12-27")

    assert model_of(*log[:2]).series(TOTAL).by_unit["people"].standing == "contested"
    assert model_of(*log).series(TOTAL).by_unit["people"].overlap == Interval(85, 85)
    (fall,) = model_of(*log, later).falls(TOTAL)
    assert (fall.drop, fall.explained, fall.unexplained) == (30, 20, 10)


def test_increments_of_another_period_are_set_aside() -> None:
    """The standing is that of the newest period."""
    count = {"subject": "s", "measure": "killed", "basis": "increment", **LATER}
    log = [
        event_of(1, "casualty_estimate", claimant="m", figure=exact(5), period="2024-11", **count),
        event_of(2, "casualty_estimate", claimant="z", figure=exact(7), period="2024-12", **count),
        event_of(
            3, "casualty_estimate", claimant="y", figure=exact(7), period="2024-12-01/2024-12-31", **count
        ),
    ]
    standing = model_of(*log).series("casualties.killed.s.all.increment").by_unit["people"]

    assert (standing.standing, standing.overlap) == ("compatible", Interval(7, 7))
    assert [(claim.claimant, reason) for claim, reason in standing.set_aside] == [("m", OTHER_PERIOD)]


def test_stocks_are_compared_for_the_date_that_begins_last() -> None:
    """Rivals are those whose named days hold its first day."""
    log = [
        event_of(number, "deployment", claimant=claimant, force="f", strength=exact(value), occurred=occurred)
        for number, claimant, value, occurred in (
            (1, "m", 10, "2024-12"),
            (2, "z", 12, "2024-12-05"),
            (3, "y", 9, "2024-11-05"),
        )
    ]
    standing = model_of(*log).series("strength.deployed.f.all.stock").by_unit["people"]

    assert (standing.standing, standing.envelope) == ("contested", Interval(10, 12))
    assert [(claim.claimant, reason) for claim, reason in standing.set_aside] == [("y", OTHER_DATE)]


def test_claims_of_parts_stand_beside_the_claim_of_all() -> None:
    """Where they add up to more than it allows they are its rivals."""
    log = [
        event_of(1, "engagement", claimant="m", killed=exact(8), occurred="2024-12-01"),
        toll(2, "m", exact(3), id_of(1), subject="s"),
        toll(3, "m", exact(4), id_of(1), subject="t"),
    ]
    total = model_of(*log).totals(Query("killed"))
    more = model_of(*log, toll(4, "m", exact(9), id_of(1), subject="t")).totals(Query("killed"))

    assert (total.sums.best, total.sums.rivals) == (8, 0)
    assert {subject: part.best for subject, part in total.parts.items()} == {"s": 3, "t": 4}
    assert (more.sums.low, more.sums.best, more.sums.high, more.sums.rivals) == (8, None, 12, 1)


def test_what_is_left_out_is_counted_once_for_the_first_reason() -> None:
    """From a retracted report to another claimant."""
    log = [
        event_of(1, "engagement", occurred="2024-12-01"),
        toll(2, "m", exact(3), id_of(1)),
        event_of(3, "retraction", target=str(id_of(1)), reason="erroneous"),
        toll(4, "m", {**exact(3), "unit": "families"}, None),
        toll(5, "m", {"qualifier": "none_reported"}, None),
        toll(6, "m", {"qualifier": "vague", "verbatim": "many"}, None),
        toll(7, "z", exact(3), None),
        toll(8, "m", exact(3), None, category={"status": "civilian"}),
    ]
    total = model_of(*log).totals(Query("killed", policy="claimant:m"))

    assert total.sums.incidents == 0
    assert total.left_out == {
        "report retracted": 1,
        "other unit": 1,
        "none reported": 1,
        "no number": 1,
        "other claimant": 1,
        "other category: civilian": 1,
    }


def test_a_claim_given_to_another_claimant_is_a_change_at_both() -> None:
    """And one that another had superseded changes no answer."""
    log = [
        running_total(1, "m", exact(5), "2024-12-01"),
        running_total(2, "m", exact(6), "2024-12-01"),
        event_of(3, "correction", target=str(id_of(2)), reason="transcription", changes={"claimant": "z"}),
        event_of(4, "correction", target=str(id_of(2)), reason="transcription", changes={"claimant": "m"}),
        event_of(5, "correction", target=str(id_of(1)), reason="transcription", changes={"figure": exact(4)}),
    ]
    model = model_of(*log)
    values = [
        (c.position, c.claimant, c.before and c.before.value, c.after and c.after.value)
        for c in model.audit(TOTAL)
        if c.position > 2
    ]

    assert values == [(3, "m", 6, 5), (3, "z", None, 6), (4, "m", 5, 6), (4, "z", 6, None)]
    assert [c.position for c in model.audit(TOTAL, silent=True)][-1] == 5


def correction(number: int, day: str, changes: dict[str, Any], target: int = 1) -> Event:
    """A restatement by the source, published on a day."""
    fields = {"target": str(id_of(target)), "reason": "restatement", "changes": changes}
    return event_of(number, "correction", published_at=f"{day}T12:00:00Z", **fields)


def numbers(model: MeaningModel, series: str, *dates: str | None) -> list[int]:
    """The number that the one claimant of a series gives for each date."""
    standings = [model.series(series, as_of).by_unit["people"] for as_of in dates]
    return [claim.figure.value for standing in standings for claim in standing.selected]


def audited(model: MeaningModel, series: str, *, silent: bool = False) -> list[tuple[Any, ...]]:
    """Position, kind, and the numbers before and after, of each change."""
    return [
        (c.position, c.kind, c.before and c.before.value, c.after and c.after.value)
        for c in model.audit(series, silent=silent)
    ]


OWN_INCIDENT = f"casualties.killed.all.all.incident.{id_of(1)}"


def test_a_restated_count_still_stands_for_the_days_on_which_it_was_said() -> None:
    """10 on 6 December, and 12 from the 10th on; when the restatement is retracted, 10 again."""
    counts = [
        toll(1, "m", exact(10), None, published_at="2024-12-06T12:00:00Z"),
        running_total(1, "m", exact(10), None, published_at="2024-12-06T12:00:00Z"),
    ]
    restated = correction(2, "2024-12-10", {"figure": {"value": 12}})
    retraction = event_of(3, "retraction", target=str(id_of(2)), reason="erroneous")

    for series, count in zip((OWN_INCIDENT, TOTAL), counts, strict=True):
        model, undone = model_of(count, restated), model_of(count, restated, retraction)
        assert [10, 12, 12] == numbers(model, series, "2024-12-07", "2024-12-10", None)
        assert [(1, "first_report", None, 10), (2, "correction", 10, 12)] == audited(model, series)
        assert [10, 10] == numbers(undone, series, "2024-12-10", None)
        assert (3, "retraction", 12, 10) == audited(undone, series)[-1]
    assert (1, 12) == model_of(counts[0], restated).totals(Query("killed")).sums[:2]


def test_a_month_restated_later_speaks_for_more_days() -> None:
    """What is said of December on the 5th and again on the 20th has two dates: the 5th answers as before."""
    count = running_total(1, "m", exact(10), "2024-12", published_at="2024-12-05T12:00:00Z")
    model = model_of(count, correction(2, "2024-12-20", {"figure": {"value": 12}}))

    assert [10, 10, 12] == numbers(model, TOTAL, "2024-12-05", "2024-12-19", "2024-12-20")
    assert [5, 20] == [claim.speaks_for.days.last.day for claim in model.series(TOTAL).claims]


def test_nothing_stands_at_the_place_from_which_a_claim_was_moved() -> None:
    """To a date of its own or to another claimant; what comes back is held against what was there."""
    count = toll(1, "m", exact(10), None, published_at="2024-12-06T12:00:00Z")
    moves = [{"as_of": "2024-12-09"}, {"occurred": "2024-12-01"}, {"claimant": "z"}]
    for changes in moves:
        model = model_of(count, correction(2, "2024-12-10", changes))
        assert 1 == len(model.series(OWN_INCIDENT).claims)
    back = [
        correction(2, "2024-12-08", {"claimant": "z", "figure": {"value": 11}}),
        correction(3, "2024-12-10", {"claimant": "m", "figure": {"value": 12}}),
    ]

    assert [10, 12] == [claim.figure.value for claim in model_of(count, *back).series(OWN_INCIDENT).claims]


def test_who_says_that_there_is_no_number_takes_the_earlier_one_back() -> None:
    """And a number said later does not bring it back."""
    figure = dict.fromkeys(("value",)) | {"qualifier": "none_reported"}
    log = [
        toll(1, "m", exact(10), None, published_at="2024-12-06T12:00:00Z"),
        correction(2, "2024-12-08", {"figure": figure}),
        correction(3, "2024-12-10", {"figure": exact(12)}),
    ]

    assert [] == numbers(model_of(*log[:2]), OWN_INCIDENT, "2024-12-07", None)
    assert [12] == numbers(model_of(*log), OWN_INCIDENT, "2024-12-07", None)


def test_what_was_said_again_for_the_same_days_or_out_of_order_is_superseded() -> None:
    """Of two words of one day the last stands, and one that is said to be older is no second claim."""
    count = toll(1, "m", exact(10), None, published_at="2024-12-06T09:00:00Z")

    for day in ("2024-12-06", "2024-12-04"):
        model = model_of(count, correction(2, day, {"figure": {"value": 11}}))
        assert [11] == [claim.figure.value for claim in model.series(OWN_INCIDENT).claims]


def test_an_amendment_that_changes_no_claim_is_shown_by_the_last_word() -> None:
    """Once, not once for each of the words that stand."""
    log = [
        running_total(1, "m", exact(10), None, published_at="2024-12-06T12:00:00Z"),
        correction(2, "2024-12-10", {"figure": {"value": 12}}),
        event_of(3, "correction", target=str(id_of(1)), reason="transcription", changes={"summary": "So."}),
    ]

    assert [(3, "correction", 12, 12)] == audited(model_of(*log), TOTAL, silent=True)[2:]


def test_a_speaker_does_not_confirm_what_it_alone_claims() -> None:
    """Of one speaker's stances the last word stands, and earlier ones remain visible."""
    log = [
        event_of(1, "engagement", claimant="m", occurred="2024-12-01"),
        event_of(2, "official_statement", speaker="m", stance="confirms", about=[str(id_of(1))]),
        event_of(3, "official_statement", speaker="z", stance="denies", about=[str(id_of(1))]),
        event_of(4, "official_statement", speaker="z", stance="confirms", about=[str(id_of(1))]),
    ]
    statuses = [model_of(*log[:size]).entry(id_of(1)).status for size in (2, 3, 4)]

    assert statuses == ["reported", "denied", "confirmed"]
    assert [r.stands for r in model_of(*log).entry(id_of(1)).statements] == [True, False, True]


def test_a_link_that_makes_a_count_one_of_itself_is_circular() -> None:
    """By whatever event it arises."""
    exact = {"qualifier": "exact", "value": 1}
    log = [
        event_of(1, "engagement"),
        toll(2, "m", exact, id_of(1)),
        toll(3, "m", exact, id_of(2)),
    ]
    merge = event_of(4, "same_as", developments=[str(id_of(1)), str(id_of(3))])
    moved = event_of(
        4,
        "correction",
        target=str(id_of(2)),
        reason="transcription",
        changes={
            "incident": str(id_of(3)),
        },
    )

    assert not is_circular(records_of(log))
    for link in (merge, moved):
        assert is_circular(records_of([*log, link]))
        assert model_of(*log, link).totals(Query("killed")).sums.incidents == 1


def test_a_hidden_incident_with_a_visible_count_is_counted() -> None:
    """Hidden is not retracted."""
    log = [
        event_of(1, "engagement", published_at="2024-12-20T00:00:00Z"),
        toll(2, "m", {"qualifier": "exact", "value": 4}, id_of(1), published_at="2024-12-01T00:00:00Z"),
        toll(3, "z", {"qualifier": "exact", "value": 9}, None),
    ]
    total = model_of(*log).totals(Query("killed"), published_by=datetime(2024, 12, 5, tzinfo=UTC))

    assert (total.sums.incidents, total.sums.best, total.left_out) == (1, 4, {})
    assert total.publication_unknown == 1


def test_a_mending_is_hidden_with_the_word_that_it_mends() -> None:
    """Field by field: the typing of the first word shows from the start, that of the revision with it."""
    log = [
        running_total(
            1, "m", {"qualifier": "exact", "value": 4}, "2024-12-01", published_at="2024-12-02T00:00:00Z"
        ),
        event_of(
            2,
            "correction",
            target=str(id_of(1)),
            reason="source_revision",
            changes={
                "figure": {"value": 70},
            },
            published_at="2024-12-10T00:00:00Z",
        ),
        event_of(
            3,
            "correction",
            target=str(id_of(1)),
            reason="transcription",
            changes={
                "figure": {"value": 7},
                "summary": "Mended.",
            },
        ),
    ]
    model = model_of(*log)
    early = model.log(datetime(2024, 12, 5, tzinfo=UTC)).last_word(id_of(1))
    late = model.log(datetime(2024, 12, 11, tzinfo=UTC)).last_word(id_of(1))

    assert (early.event.figure.value, early.event.summary) == (4, "Mended.")
    assert (late.event.figure.value, late.event.summary) == (7, "Mended.")


def test_no_claims_have_no_standing() -> None:
    """Nothing is compared, and the reason says so."""
    standing = reconcile([], [])

    assert standing.standing == "not_comparable"
    assert choose(standing, "latest").reason == standing.reason


def test_a_count_without_a_date_is_selected_by_when_it_was_said() -> None:
    """Of an incident of November, what was said in January is no figure of December."""
    log = [
        event_of(1, "engagement", occurred="2024-11-01", published_at="2024-11-02T00:00:00Z"),
        toll(2, "m", exact(4), id_of(1), **LATER),
        toll(3, "z", exact(3), id_of(1), as_of="2024-11-01", **LATER),
    ]
    series = f"casualties.killed.all.all.incident.{id_of(1)}"
    selected = [
        model_of(*log).series(series, as_of).by_unit["people"].selected for as_of in ("2024-12", None)
    ]

    assert [["z"], ["m", "z"]] == [sorted(claim.claimant for claim in claims) for claims in selected]


def test_what_is_left_out_is_not_counted_as_hidden_too() -> None:
    """Of the first incident nothing is known to be public, of the second a figure in another category."""
    civilian = {"category": {"status": "civilian"}, "published_at": "2024-12-01T00:00:00Z"}
    log = [
        event_of(1, "engagement", claimant="m", killed=exact(3)),
        event_of(2, "engagement", claimant="m", killed=exact(3)),
        toll(3, "z", exact(4), id_of(2), **civilian),
        event_of(4, "engagement", claimant="m", killed={"qualifier": "none_reported"}),
    ]
    total = model_of(*log).totals(Query("killed"), published_by=datetime(2024, 12, 5, tzinfo=UTC))

    assert {"other category: civilian": 1} == total.left_out
    assert 1 == total.publication_unknown


def test_a_profile_is_hidden_where_it_says_that_it_was_published_later() -> None:
    """Others apply from the start; what editors correct in any does too."""
    log = [
        event_of(1, "actor_profile", actor="a", name="First"),
        event_of(2, "actor_profile", actor="b", name="Other", **LATER),
        event_of(3, "actor_profile", actor="a", name="Second", **LATER),
        event_of(4, "correction", target=str(id_of(1)), reason="transcription", changes={"name": "Mended"}),
    ]

    assert {"a": "Mended"} == model_of(*log).names(datetime(2024, 12, 5, tzinfo=UTC))
    assert {"a": "Second", "b": "Other"} == model_of(*log).names()


def test_what_was_told_later_hides_nothing_that_was_seen() -> None:
    """The leading report is withdrawn in February; by then its incident was seen, and one claim was not."""
    log = [
        event_of(1, "engagement", claimant="m", killed=exact(5), published_at="2024-12-02T00:00:00Z"),
        event_of(2, "engagement", claimant="n", killed=exact(7)),
        event_of(3, "same_as", developments=[str(id_of(1)), str(id_of(2))]),
        event_of(
            4, "retraction", target=str(id_of(1)), reason="withdrawn", published_at="2025-02-01T00:00:00Z"
        ),
    ]
    series, time = f"casualties.killed.all.all.incident.{id_of(1)}", datetime(2024, 12, 5, tzinfo=UTC)
    answers = []
    for model in (model_of(*log[:3]), model_of(*log)):
        total, view = model.totals(Query("killed"), published_by=time), model.series(series, None, time)
        answers.append(
            (total.sums.incidents, total.publication_unknown, view.series, view.publication_unknown)
        )

    assert [(1, 0, series, 1)] * 2 == answers
