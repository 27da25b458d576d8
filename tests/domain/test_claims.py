import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given

from tests.support.strategies import ID_POOL, events
from timeline.domain.claims import Claim, claim_of, incident_of, reset_as_of
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
    SeriesReset,
)
from timeline.domain.figure import Figure

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
    return CasualtyEstimate(id=ID, figure=SINGLE, **base | fields)


def loss(**fields: Any) -> EquipmentLoss:
    """An equipment loss with these fields."""
    base = {"summary": "x", "claimant": "nis", "subject": "russia", "item": "tank", "basis": "cumulative"}
    return EquipmentLoss(id=ID, figure=SINGLE, **base | fields)


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
    assert claim_of(event, RECORDED_AT) is None


def claimed(event: Event, incident: UUID | None = None) -> Claim:
    """The claim of an event that makes one."""
    claim = claim_of(event, RECORDED_AT, incident)
    assert claim is not None
    return claim


def end_of(*day: int) -> datetime:
    """A day's last instant."""
    return datetime(*day, tzinfo=UTC) + timedelta(days=1, microseconds=-1)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("dates", "as_of"),
    [
        ({"as_of": "2024-12-23"}, end_of(2024, 12, 23)),
        ({"as_of": "2024-12-23~"}, end_of(2024, 12, 24)),
        ({"as_of": "2024-12", "occurred": "2024-12-01", "period": "2024"}, end_of(2024, 12, 31)),
        ({"period": "2024-12-20/2024-12-26", "occurred": "2024-12-01"}, end_of(2024, 12, 26)),
        ({"period": "2024-12-20/..", "occurred": "2024-12-21"}, end_of(2024, 12, 21)),
        ({"occurred": "2024-12-21T10:00:00+09:00"}, datetime(2024, 12, 21, 1, tzinfo=UTC)),
        (
            {"occurred": "2024-12-21/..", "published_at": RECORDED_AT - timedelta(1)},
            RECORDED_AT - timedelta(1),
        ),
        ({}, RECORDED_AT),
    ],
)
def test_a_figure_speaks_for_the_first_date_that_is_known(dates, as_of):
    """Its own date, else its period, when it occurred, was published, was recorded; open ends say nothing."""
    assert as_of == claimed(toll(**dates)).as_of


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
    claim = claim_of(event, RECORDED_AT)
    if claim is None:
        return
    reset = {"type": "series_reset", "id": str(UUID(int=1)), "series": claim.series, "reason": "x"}

    assert claim.series == msgspec.convert(reset, AnyEvent).series
    assert claim.as_of.tzinfo is UTC
    assert not isinstance(event, CountReport) or re.fullmatch(r"[^.]+(\.[^.]+){4,5}", claim.series)


@pytest.mark.parametrize(
    ("fields", "as_of"),
    [
        ({"as_of": "2024-12-23"}, end_of(2024, 12, 23)),
        ({"published_at": RECORDED_AT - timedelta(1)}, RECORDED_AT - timedelta(1)),
        ({}, RECORDED_AT),
    ],
)
def test_a_reset_counts_from_its_date(fields, as_of):
    """A reset speaks for its own date, else for when it was published or recorded."""
    reset = SeriesReset(id=ID, series="casualties.killed.troops.all.cumulative", reason="x", **fields)

    assert as_of == reset_as_of(reset, RECORDED_AT)


def test_a_reset_without_a_date_speaks_for_an_instant_in_utc():
    """An offset that no database takes (RFC 3339 allows up to 23:59) does not get past the domain."""
    published = datetime(2000, 2, 1, tzinfo=timezone(timedelta(hours=16, minutes=3)))
    reset = SeriesReset(
        id=UUID(int=1), series="casualties.killed.x.all.cumulative", reason="Anew.", published_at=published
    )

    assert UTC == reset_as_of(reset, published).tzinfo
