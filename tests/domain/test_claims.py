import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given

from tests.support.strategies import ID_POOL, events
from timeline.domain.claims import (
    Claim,
    claim_of,
    incident_of,
    unit_of,
)
from timeline.domain.components import Category
from timeline.domain.events import (
    AnyEvent,
    Capture,
    CasualtyEstimate,
    CountReport,
    Deployment,
    Engagement,
    EquipmentLoss,
    Event,
)
from timeline.domain.figure import Figure
from timeline.domain.last_word import Word, first_word
from timeline.domain.record import new_record

ID, OTHER = ID_POOL[:2]
RECORDED_AT = datetime(2025, 1, 1, tzinfo=UTC)
SINGLE = Figure(qualifier="exact", value=1)


def toll(**fields: Any) -> CasualtyEstimate:
    """A casualty estimate with these fields."""
    base = {
        "summary": "x",
        "claimant": "nis",
        "subject": "troops",
        "measure": "killed",
        "basis": "cumulative",
    }
    return CasualtyEstimate(id=ID, **{"figure": SINGLE, **base, **fields})


def loss(**fields: Any) -> EquipmentLoss:
    """An equipment loss with these fields."""
    base = {"summary": "x", "claimant": "nis", "subject": "russia", "item": "tank", "basis": "cumulative"}
    return EquipmentLoss(id=ID, figure=SINGLE, **base | fields)


def word_of(event: Event) -> Word:
    """What an event says, recorded with the new year."""
    return first_word(new_record("t", 1, RECORDED_AT, "anonymous", event), event)


@pytest.mark.parametrize(
    ("event", "series"),
    [
        (toll(), "casualties.killed.troops.all.cumulative"),
        (toll(category=Category()), "casualties.killed.troops.all.cumulative"),
        (
            toll(category=Category(status="civilian", sex="female", age="child"), scope="kursk"),
            "casualties.killed.troops.civilian-female-child.cumulative.kursk",
        ),
        (toll(basis="increment", period="2024-12"), "casualties.killed.troops.all.increment"),
        (toll(basis="incident"), f"casualties.killed.troops.all.incident.{ID}"),
        (toll(basis="incident", incident=OTHER), f"casualties.killed.troops.all.incident.{OTHER}"),
        (loss(), "equipment.lost.russia.tank.cumulative"),
        (loss(outcome="destroyed", scope="kursk"), "equipment.destroyed.russia.tank.cumulative.kursk"),
        (
            Deployment(id=ID, summary="x", claimant="nis", force="troops", strength=SINGLE),
            "strength.deployed.troops.all.stock",
        ),
        (
            Deployment(
                id=ID, summary="x", claimant="nis", force="troops", in_support_of="russia", strength=SINGLE
            ),
            "strength.deployed.troops.russia.stock",
        ),
        (
            Capture(id=ID, summary="x", claimant="nis", captor="ukraine", captive_of="troops", count=SINGLE),
            f"casualties.captured.troops.all.incident.{ID}",
        ),
        (
            Engagement(id=ID, summary="x", claimant="nis", attackers=("ukraine",), killed=SINGLE),
            f"casualties.killed.all.all.incident.{ID}",
        ),
    ],
)
def test_a_claim_belongs_to_the_series_that_the_table_says(event, series):
    """The series names what the figure counts, the claimant whose it is."""
    claim = claimed(event)

    assert (series, "nis", SINGLE) == (claim.series, claim.claimant, claim.figure)


@pytest.mark.parametrize(
    "event",
    [
        Deployment(id=ID, summary="x", claimant="nis", force="troops"),
        Capture(id=ID, summary="x", claimant="nis", captor="ukraine", captive_of="troops"),
        Engagement(id=ID, summary="x"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_an_event_without_a_figure_claims_nothing(event):
    """Without a figure there is no claim."""
    assert claim_of(word_of(event)) is None


def claimed(event: Event, incident: UUID | None = None) -> Claim:
    """The claim of an event that makes one."""
    claim = claim_of(word_of(event), incident)
    assert claim is not None
    return claim


def end_of(*day: int) -> datetime:
    """A day's last instant."""
    return datetime(*day, tzinfo=UTC) + timedelta(days=1, microseconds=-1)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("fields", "dated_by", "last"),
    [
        ({"as_of": "2024-12-23~"}, "as_of", (2024, 12, 23)),
        ({"as_of": "2024-12", "occurred": "2024-12-01", "period": "2024"}, "as_of", (2024, 12, 31)),
        ({"period": "2024-12-20/2024-12-26", "occurred": "2024-12-01"}, "period", (2024, 12, 26)),
        ({"occurred": "2024-12-21T10:00:00+09:00"}, "occurred", (2024, 12, 21)),
        (
            {"occurred": "2024-12-21/..", "published_at": RECORDED_AT - timedelta(1)},
            "occurred",
            (2024, 12, 31),
        ),
        ({"published_at": RECORDED_AT - timedelta(1)}, "published", (2024, 12, 31)),
        ({}, "recorded", (2025, 1, 1)),
    ],
)
def test_a_figure_speaks_for_the_first_date_that_is_known(fields, dated_by, last):
    """Its own date, else its period, when it occurred, was published, was recorded; open ends are capped."""
    claim = claimed(toll(**fields))

    assert (dated_by, date(*last)) == (claim.dating.dated_by, claim.days.last)


@pytest.mark.parametrize(
    ("fields", "last"),
    [({"as_of": "2024-12-23"}, (2024, 12, 23)), ({"occurred": "2024-12-21"}, (2025, 1, 1))],
)
def test_the_count_of_an_incident_is_selected_by_when_it_was_said(fields, last):
    """Where it has no date of its own; the date shown stays when it occurred."""
    claim = claimed(toll(basis="incident", **fields))

    assert date(*last) == claim.days.last
    assert claim.dating.text in fields.values()


@pytest.mark.parametrize(
    ("unit", "series", "expected"),
    [
        (None, "casualties.killed.s.all.cumulative", "people"),
        (None, "equipment.lost.s.tank.cumulative", "items"),
        (" Battalions  of foot", "strength.deployed.s.all.stock", "battalions of foot"),
        ("Cafe\u0301s", "equipment.lost.s.cafe.cumulative", "caf\u00e9s"),
    ],
)
def test_units(unit, series, expected):
    """Absent is people or items; case, spaces and Unicode's forms make no difference."""
    assert expected == unit_of(series, Figure(qualifier="exact", value=1, unit=unit))


def test_a_toll_belongs_to_its_incident():
    """Only tolls, captures and engagements with a figure have one; their own where they name no other."""
    prisoner = Capture(
        id=ID, summary="x", claimant="nis", captor="ukraine", captive_of="troops", count=SINGLE
    )
    battle = Engagement(id=ID, summary="x", claimant="nis", killed=SINGLE)
    tolls = [toll(), toll(basis="incident"), toll(basis="incident", incident=OTHER), prisoner, battle]

    assert [incident_of(event) for event in tolls] == [None, ID, OTHER, ID, ID]


def test_the_incident_can_be_named_from_outside():
    """Where developments are one, their tolls are claims on the leading one's series."""
    claim = claimed(toll(basis="incident"), OTHER)

    assert claim.series.endswith(f".incident.{OTHER}")
    assert claimed(toll(), OTHER).series == "casualties.killed.troops.all.cumulative"


@given(events(developments=ID_POOL))
def test_every_series_can_be_reset(event):
    """The id of any claim's series is one that a series_reset takes."""
    claim = claim_of(word_of(event))
    if claim is None:
        return
    reset = {"type": "series_reset", "id": str(UUID(int=1)), "series": claim.series, "reason": "x"}

    assert claim.series == msgspec.convert(reset, AnyEvent).series
    assert claim.days.first <= claim.days.last
    assert not isinstance(event, CountReport) or re.fullmatch(r"[^.]+(\.[^.]+){4,5}", claim.series)
