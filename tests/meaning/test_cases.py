"""The cases that the rules of meaning were made from, each with the answer that is right.

Every file of `cases/` holds the events of one case, posted one by one into an empty timeline.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from tests.support.meaning import Filters, MeaningModel, Query
from tests.support.meaning.bounds import Interval
from tests.support.meaning.dates import Days, lag_days, named_days
from timeline.domain.codec import decode_event
from timeline.domain.record import new_record

CASES = Path(__file__).parent / "cases"
POSTED = datetime(2026, 11, 25, 12, tzinfo=UTC)
PUBLISHED_BY = datetime(2024, 2, 1, tzinfo=UTC)
TOTAL = "casualties.killed.s.all.cumulative"


def model_of(number: str) -> MeaningModel:
    """The model of the case with this number."""
    (path,) = CASES.glob(f"{number}-*.ndjson")
    lines = path.read_bytes().splitlines()
    return MeaningModel(
        new_record("case", position, POSTED + timedelta(seconds=position), "tests", decode_event(line))
        for position, line in enumerate(lines, start=1)
    )


def id_of(number: int) -> UUID:
    """The id of a case's event."""
    return UUID(f"00000000-0000-7000-8000-{number:012}")


def incident(number: int) -> str:
    """The address of the count of all killed in an incident."""
    return f"casualties.killed.all.all.incident.{id_of(number)}"


def test_every_case_is_tested() -> None:
    """No case is left without its answer."""
    numbers = {path.name[:2] for path in CASES.glob("*.ndjson")}
    tested = {name.removeprefix("test_")[:2] for name in globals() if name.startswith("test_")}

    assert numbers
    assert numbers <= tested


def test_01_an_older_toll_recorded_later_takes_its_place_in_the_past() -> None:
    """12 is what m last said; 5, recorded later, was said before and superseded, and is no restatement."""
    model = model_of("01")

    for published_by in (None, PUBLISHED_BY):
        standing = model.series(incident(1), published_by=published_by).by_unit["people"]
        assert [(c.claimant, c.figure.value) for c in standing.selected] == [("m", 12)]
        assert standing.overlap == standing.envelope == Interval(12, 12)
    sums = model.totals(Query("killed")).sums
    assert (sums.incidents, sums.low, sums.best, sums.high) == (1, 12, 12, 12)
    changes = model.audit(incident(1))
    assert [(c.position, c.kind, c.after and c.after.value) for c in changes] == [(2, "first_report", 12)]
    assert [c.position for c in model.audit(incident(1), silent=True)] == [2, 3]


def test_02_a_month_speaks_for_no_day_after_its_publication() -> None:
    """A figure published on 5 December cannot speak for the 31st; nothing falls and no lag is negative."""
    model = model_of("02")
    standing = model.series(TOTAL).by_unit["people"]

    assert [c.figure.value for c in standing.selected] == [3000]
    assert standing.standing == "single"
    assert model.falls(TOTAL) == []
    month = model.series(TOTAL).claims[0]
    assert (month.dating.text, month.dating.days) == ("2024-12", named_days("2024-12-01/2024-12-05"))
    assert [c.lag for c in model.audit(TOTAL)] == [0, 0]
    assert [(c.kind, c.before and c.before.value) for c in model.audit(TOTAL)] == [
        ("first_report", None),
        ("update", 1000),
    ]


def test_03_an_approximate_day_is_chosen_by_the_day_that_it_names() -> None:
    """The claim "about 27 December" is found for the 27th, and its date shown as it was written."""
    model = model_of("03")

    assert model.series(TOTAL, as_of="2024-12-26").by_unit["people"].standing == "not_comparable"
    for as_of in ("2024-12-27", "2024-12-28"):
        standing = model.series(TOTAL, as_of=as_of).by_unit["people"]
        assert [c.dating.text for c in standing.selected] == ["2024-12-27~"]
        assert [c.dating.dated_by for c in standing.selected] == ["as_of"]
        assert standing.overlap == Interval(3001, None)


def test_04_running_totals_of_different_dates_are_compatible() -> None:
    """1,100 as of January is a floor for December, and nothing that 3,000 contradicts."""
    standing = model_of("04").series(TOTAL).by_unit["people"]

    assert standing.standing == "compatible"
    assert standing.overlap == Interval(3000, 3000)
    assert [c.claimant for c in standing.newest] == ["ukraine"]


def test_06_a_ceiling_or_a_floor_is_no_best() -> None:
    """The best is of no incident here."""
    sums = model_of("06").totals(Query("killed")).sums

    assert (sums.incidents, sums.low, sums.high, sums.unbounded) == (3, 11, 206, 1)
    assert (sums.best, sums.best_incidents) == (None, 0)


def test_07_none_reported_takes_part_in_nothing() -> None:
    """Null is not zero: that z reports none is no claim."""
    model = model_of("07")
    standing = model.series(incident(14)).by_unit["people"]
    sums = model.totals(Query("killed")).sums

    assert standing.standing == "single"
    assert standing.overlap == standing.envelope == Interval(5, 5)
    assert [claim.claimant for claim, _ in standing.set_aside] == ["z"]
    assert (sums.incidents, sums.low, sums.best, sums.high, sums.rivals) == (1, 5, 5, 5, 0)


def test_08_a_merge_is_no_publication() -> None:
    """Both counts were published by February; that they are one development is what editors know."""
    model = model_of("08")

    for published_by in (None, PUBLISHED_BY):
        standing = model.series(incident(17), published_by=published_by).by_unit["people"]
        assert standing.standing == "contested"
        assert standing.envelope == Interval(12, 15)


def test_09_the_mending_of_our_own_typing_applies_from_the_start() -> None:
    """The source published 8; 80 was typed by mistake."""
    standing = model_of("09").series(TOTAL, published_by=PUBLISHED_BY).by_unit["people"]

    assert standing.overlap == Interval(8, 8)


def test_11_what_was_said_of_a_duplicate_stays_with_the_development() -> None:
    """The old id leads to the development that is confirmed, with statement, verification and toll."""
    model = model_of("11")

    assert model.entry(id_of(24)) == model.entry(id_of(25))
    entry = model.entry(id_of(24))
    assert (entry.id, entry.status) == (id_of(25), "confirmed")
    assert [remark.speaker for remark in entry.statements] == ["nis"]
    assert [remark.speaker for remark in entry.verifications] == ["osint"]
    assert [word.event.claimant for word in entry.tolls] == ["x"]
    assert model.series(incident(24)) == model.series(incident(25))
    sums = model.totals(Query("killed")).sums
    assert (sums.incidents, sums.low, sums.best, sums.high, sums.rivals) == (1, 4, 5, 5, 1)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(place="Kursk"),
        Filters(bbox=(35, 50, 37, 52)),
        Filters(tag="air-strike"),
        Filters(claimant="y"),
        Filters(first=named_days("2024-01"), last=named_days("2024-01")),
        Filters(q="kursk"),
    ],
)
def test_12_a_merged_development_is_found_by_what_any_report_says(filters: Filters) -> None:
    """By place, box, tag, claimant, dates and words."""
    assert [entry.id for entry in model_of("12").entries(filters)] == [id_of(31)]


def test_12_a_merged_development_has_the_date_and_place_of_any_report() -> None:
    """The month is that of the first `occurred`, the country that of the report that says one."""
    lines = model_of("12").totals(Query("killed", by=("month", "country"))).lines

    assert {key: (sums.low, sums.high) for key, sums in lines.items()} == {("2024-01", "RU"): (10, 12)}


@pytest.mark.parametrize("query", [Query("killed", tags=("air-strike",)), Query("killed", actor="nk")])
def test_13_filters_of_totals_ask_about_the_incident(query: Query) -> None:
    """The tag is the incident's, and nk suffers in it."""
    sums = model_of("13").totals(query).sums

    assert (sums.incidents, sums.best) == (1, 5)


def test_13_whoever_suffers_has_a_line() -> None:
    """An actor that suffers is one of the incident's actors, as one that acts."""
    lines = model_of("13").totals(Query("killed", by=("actor",))).lines

    assert {key: sums.best for key, sums in lines.items()} == {("kyiv",): 5, ("nk",): 5}


def test_16_what_a_retracted_restatement_replaced_stands_again() -> None:
    """The audit ends with what stands: 12 was retracted, and 10 stands again."""
    model = model_of("16")
    changes = model.audit(TOTAL)

    assert [(c.kind, c.before and c.before.value, c.after and c.after.value) for c in changes] == [
        ("first_report", None, 10),
        ("restatement", 10, 12),
        ("retraction", 12, 10),
    ]
    assert model.series(TOTAL).by_unit["people"].overlap == Interval(10, 10)


def test_18_claims_of_other_units_are_no_rivals() -> None:
    """Battalions and people have a standing each."""
    by_unit = model_of("18").series("strength.deployed.f.all.stock").by_unit

    assert {unit: standing.standing for unit, standing in by_unit.items()} == {
        "battalions": "single",
        "people": "single",
    }


def test_19_about_15_and_14_are_compatible() -> None:
    """About 15 is 13 to 17."""
    standing = model_of("19").series(TOTAL).by_unit["people"]

    assert standing.standing == "compatible"
    assert standing.overlap == Interval(14, 14)
    assert standing.envelope == Interval(13, 17)


def test_22_a_parent_is_asked_for_with_its_parts() -> None:
    """An actor's own view has its parts unless told not to."""
    model = model_of("22")

    assert [entry.id for entry in model.actor("nk")] == [id_of(59)]
    assert model.actor("nk", parts=False) == []
    assert model.entries(Filters(actor="nk")) == []
    assert [entry.id for entry in model.entries(Filters(actor="nk", parts=True))] == [id_of(59)]
    assert [entry.id for entry in model.entries(Filters(q="NK troops"))] == [id_of(59)]


@pytest.mark.parametrize("filters", [Filters(place="SUDZHA"), Filters(q="sudzha")])
def test_23_an_area_is_found(filters: Filters) -> None:
    """Without regard to case."""
    assert [entry.id for entry in model_of("23").entries(filters)] == [id_of(60)]


def test_24_the_publication_of_a_source_is_used_alike() -> None:
    """By `published_by`, for the lag, and the claim's date gives the place in time."""
    model = model_of("24")
    by_january = datetime(2024, 1, 10, tzinfo=UTC)

    assert model.series(TOTAL, published_by=by_january).by_unit["people"].overlap == Interval(5, 5)
    assert [change.lag for change in model.audit(TOTAL)] == [1]
    (entry,) = model.entries(Filters(last=named_days("2024-12")))
    assert entry.dating is not None
    assert (entry.dating.text, entry.dating.dated_by) == ("2024-01-05", "as_of")
    assert lag_days(Days(*entry.dating.days), entry.reports[0].time) == 1


def test_25_evidence_shows_its_own_standing() -> None:
    """The only evidence of the capture is discounted."""
    assert model_of("25").entry(id_of(62)).evidence == ((id_of(63), "denied"),)


def test_26_actors_that_only_retracted_reports_name_are_not_listed() -> None:
    """The ghost is listed as long as its report stands."""
    model = model_of("26")

    assert model.actors() == set()
    assert model.actors(at=1) == {"ghost"}


def test_28_counts_that_are_one_make_their_incidents_one() -> None:
    """The two tolls are one, so their incidents are one."""
    model = model_of("28")
    sums = model.totals(Query("killed")).sums

    assert (sums.incidents, sums.low, sums.best, sums.high, sums.rivals) == (1, 10, 12, 12, 1)
    assert model.series(incident(69)) == model.series(incident(70))
