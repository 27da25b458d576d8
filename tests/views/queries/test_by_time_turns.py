"""What is computed by a time of publication costs what each record adds, and lets others run between."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta

import pytest

from tests.domain.test_carried import calls_of
from tests.support.samples import engagement, estimate, event, id_of
from tests.support.sequences import records_of
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Event
from timeline.domain.record import Record
from timeline.turns import at_once
from timeline.views.queries.claim_amendments import finding_amendments
from timeline.views.queries.claim_history import fold_claims, folding_claims
from timeline.views.queries.series_addresses import addresses_in, finding_addresses

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
SERIES = f"casualties.killed.russia.all.incident.{id_of(1)}"
CORRECTIONS = 20


def corrected_count(corrections: int, *changed: str, is_published: bool = True) -> list[Record]:
    """A count of an incident that its source corrects day by day: its figure, and what else is changed."""

    def correction(number: int) -> Event:
        changes = {"figure": {"value": number}} | dict.fromkeys(changed, str(id_of(1)))
        time = FIRST + timedelta(days=number) if is_published else None
        more = {"target": id_of(2), "changes": changes, "published_at": time}
        return event(number, "correction", reason="restatement", **more)

    count = estimate(2, 1, basis="incident", incident=id_of(1), published_at=FIRST)
    return records_of([engagement(1, published_at=FIRST), count, *map(correction, range(3, corrections + 3))])


RECORDS = corrected_count(CORRECTIONS)
TIME = FIRST + timedelta(days=999)


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


@pytest.mark.parametrize("time", [TIME, FIRST + timedelta(days=40)], ids=["all", "some"])
@pytest.mark.parametrize(
    ("changed", "is_published"),
    [((), True), (("incident",), True), ((), False)],
    ids=["figures", "incidents", "figures never told"],
)
def test_twice_as_many_corrections_cost_twice_as_much(changed, is_published, time):
    """Each follows from the one before it, as far as the world was told; no step looks at all of them."""

    def work(count: int) -> int:
        records = corrected_count(count, *changed, is_published=is_published)
        return calls_of(
            lambda: (
                addresses_in(EventGraph(records), records, SERIES, time),
                fold_claims(EventGraph(records), records, time),
                at_once(
                    finding_amendments(
                        records, SERIES, {record.position: id_of(2) for record in records[2:]}, time
                    )
                ),
            )
        )

    assert work(160) < 2.5 * work(80)
