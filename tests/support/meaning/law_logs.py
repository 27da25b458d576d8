"""What laws are held by, against the model and against the service: logs, and what all sums keep to."""

from typing import Any

from hypothesis import strategies as st

from tests.support.meaning.strategies import (
    CLAIMANTS,
    EDITORS_REASONS,
    distinct_times,
    event_of,
    figures,
    running_total,
    toll,
)
from tests.support.samples import id_of
from timeline.domain.events import Event


@st.composite
def counts(draw: st.DrawFn) -> list[Event]:
    """Running totals and tolls, each published at a time of its own."""
    published = draw(distinct_times(draw(st.integers(2, 6))))
    log = [event_of(1, "engagement", occurred="2024-11-01", published_at="2024-11-01T00:00:00Z")]
    for number, time in enumerate(published, start=2):
        claimant, figure = draw(st.sampled_from(CLAIMANTS[:2])), draw(figures())
        if draw(st.booleans()):
            as_of = draw(st.sampled_from(("2024-11-05", "2024-11-05~", "2024-12")))
            log.append(running_total(number, claimant, figure, as_of, published_at=time))
        else:
            log.append(toll(number, claimant, figure, id_of(1), published_at=time))
    return log


@st.composite
def merged_reports(draw: st.DrawFn) -> list[Event]:
    """Two reports, three counts and links that make all of them one incident, in any order."""
    log: list[Event] = [
        event_of(1, "engagement", occurred="2024-12-01"),
        event_of(2, "engagement", claimant="m", killed={"qualifier": "exact", "value": 3}),
        toll(3, "z", {"qualifier": "exact", "value": 4}, id_of(1)),
        toll(4, "y", {"qualifier": "exact", "value": 5}, id_of(3)),
        toll(5, "y", {"qualifier": "exact", "value": 5}, None),
        event_of(6, "engagement", occurred="2024-12-01"),
    ]
    links = [(1, 2), (3, 5), (2, draw(st.sampled_from((1, 6)))), (4, 5), (6, 1)]
    for number, link in enumerate(draw(st.permutations(links)), start=7):
        pair = draw(st.permutations(link))
        log.append(event_of(number, "same_as", developments=[str(id_of(member)) for member in pair]))
    return log


@st.composite
def editors_corrections(draw: st.DrawFn, log: list[Event]) -> Event:
    """A correction of some event of a log, of its figure too where it has one, by what editors know."""
    target = draw(st.sampled_from(log))
    changes: dict[str, Any] = {"summary": "Mended."}
    if hasattr(target, "figure"):
        changes["figure"] = dict.fromkeys(("value", "low", "best", "high", "unit")) | draw(figures())
    reason = draw(st.sampled_from(EDITORS_REASONS))
    return event_of(90, "correction", target=str(target.id), reason=reason, changes=changes)


def assert_in_order(
    sums: Any,  # of the model, of a query, of an answer: all have these fields
) -> None:
    """Low is not above high, and best lies within its own bounds, unless published bounds are disordered."""
    if not sums.disordered and sums.low is not None:
        assert sums.unbounded or sums.low <= sums.high
        assert sums.best is None or sums.best_low <= sums.best
        assert None in (sums.best, sums.best_high) or sums.best <= sums.best_high
    assert sums.best_incidents <= sums.incidents
