"""What is computed by a time of publication lets others run between its steps."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.samples import engagement, estimate, event, id_of
from tests.support.sequences import records_of
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Event
from timeline.domain.record import Record
from timeline.views.queries.claim_amendments import finding_amendments
from timeline.views.queries.claim_history import folding_claims
from timeline.views.queries.series_addresses import finding_addresses

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
SERIES = f"casualties.killed.russia.all.incident.{id_of(1)}"
CORRECTIONS = 20


def corrected_count(corrections: int) -> list[Record]:
    """A count of an incident that its source corrects day by day: its figure, and what it counts."""

    def correction(number: int) -> Event:
        changes = {"figure": {"value": number}, "incident": str(id_of(1))}
        time = FIRST + timedelta(days=number)
        more = {"target": id_of(2), "changes": changes, "published_at": time}
        return event(number, "correction", reason="restatement", **more)

    count = estimate(2, 1, basis="incident", incident=id_of(1), published_at=FIRST)
    return records_of([engagement(1, published_at=FIRST), count, *map(correction, range(3, corrections + 3))])


RECORDS = corrected_count(CORRECTIONS)
TIME = FIRST + timedelta(days=99)


@pytest.mark.parametrize(
    "work",
    [
        lambda: folding_claims(EventGraph(RECORDS), RECORDS, TIME),
        lambda: finding_addresses(EventGraph(RECORDS), RECORDS, SERIES, TIME),
        lambda: finding_amendments(
            RECORDS, SERIES, {record.position: id_of(2) for record in RECORDS[2:]}, TIME
        ),
    ],
    ids=["claims", "addresses", "amendments"],
)
def test_each_amendment_is_a_step(work):
    """Each may look at all that is said of an event, so that others run before the next."""
    steps: Generator[None, None, object] = work()

    assert sum(1 for _ in steps) >= CORRECTIONS
