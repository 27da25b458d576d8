"""The changes and falls of a series, held against the model of meaning over logs as reporting makes them."""

import gc
import weakref
from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.meaning import MeaningModel
from tests.support.meaning.strategies import (
    TOTAL,
    dates,
    days,
    event_of,
    figures,
    logs,
    running_total,
    times,
)
from tests.support.samples import id_of
from tests.support.sequences import records_of
from timeline.domain.codec import encode_event
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Event, event_type
from timeline.domain.record import Record, seal
from timeline.views.projection.fold import fold
from timeline.views.queries.audit import read_cause, read_versions
from timeline.views.queries.claim_history import fold_claims
from timeline.views.queries.series_addresses import addresses_in
from timeline.views.queries.series_changes import (
    Cause,
    SeriesAudit,
    basis_of,
    change_positions,
    compared_claims,
)

SERIES = (
    TOTAL,
    "casualties.killed.s.all.increment",
    f"casualties.killed.all.all.incident.{id_of(1)}",
    f"casualties.killed.all.all.incident.{id_of(2)}",
    f"casualties.killed.all.all.incident.{id_of(3)}",
    f"casualties.killed.s.all.incident.{id_of(1)}",
)


def audited(
    records: Sequence[Record],
    series: str,
    published_by: datetime | None = None,
    *,
    is_of_page: bool = False,
) -> SeriesAudit:
    """The audit of the series that an address leads to, from the rows that a fold makes.

    Of a page it has no documents but of the claims that are compared.
    """
    graph = EventGraph(records)
    addresses = addresses_in(graph, records, series, published_by)
    if published_by is None:
        rows = sorted(fold(graph, records).claims.opened, key=lambda version: version.from_position)
    else:
        rows = fold_claims(graph, records, published_by)
    names = {span.series for span in addresses}
    claims, resets = read_versions([row for row in rows if row.row.series in names], addresses)
    if is_of_page:
        compared = {*compared_claims(claims)}
        for claim in claims:
            claim.document = claim.document if claim in compared else None
    positions = change_positions((*claims, *resets))
    types = {r.position: event_type(r.event) for r in records if r.position in positions}
    return SeriesAudit(addresses[-1].series, claims, resets, types)


def cause_of(record: Record) -> Cause:
    """A record as the audit gets it."""
    encoded = seal("k", record.position, record.recorded_at, "test", encode_event(record.event))
    return read_cause(record.event.id, event_type(record.event), record.recorded_at, encoded)


@settings(max_examples=100, deadline=None)
@given(logs(), st.sampled_from(SERIES), st.none() | times)
def test_the_changes_are_those_of_the_model(log: list[Event], series: str, time: str | None) -> None:
    """The silent ones too, in the same order, by position, line and date, with the same lag."""
    records = records_of(log)
    published_by = datetime.fromisoformat(time).astimezone(UTC) if time else None
    audit = audited(records, series, published_by)
    causes = {record.position: cause_of(record) for record in records}
    described = [change.describe(causes[change.position]) for change in audit.changes]

    assert [
        (
            c.position,
            c.kind,
            c.claimant,
            c.unit,
            tuple(c.days),
            c.before,
            c.after,
            c.lag,
            c.claimed,
            c.is_silent,
            c.is_undone,
        )
        for c in MeaningModel(records).audit(series, published_by, silent=True)
        if not c.is_idle  # of these no version tells: the audit adds them
    ] == [
        (
            c.position,
            c.kind,
            c.claimant,
            c.unit,
            (c.earliest, c.latest),
            c.before,
            c.after,
            c.lag_days,
            c.claimed,
            c.silent,
            c.undone,
        )
        for c in described
    ]


def in_short(audit: SeriesAudit) -> list[tuple[object, ...]]:
    """The changes, with what has a column of the claims in them."""
    return [
        (
            change.position,
            change.kind,
            change.line,
            change.is_silent,
            change.is_undone,
            *(version and (version.source, version.from_position) for version in change.versions),
        )
        for change in audit.changes
    ]


@settings(max_examples=100, deadline=None)
@given(logs(), st.sampled_from([series for series in SERIES if basis_of(series) != "incident"]))
def test_a_page_needs_the_documents_of_the_claims_that_are_compared(log: list[Event], series: str) -> None:
    """The changes and the drops are the same without the others'."""
    records = records_of(log)
    of_page, whole = audited(records, series, is_of_page=True), audited(records, series)

    assert in_short(whole) == in_short(of_page)
    assert [drop.order for drop in whole.drops] == [drop.order for drop in of_page.drops]


@settings(max_examples=20, deadline=None)
@given(logs())
def test_an_audit_is_freed_as_soon_as_nobody_needs_it(log: list[Event]) -> None:
    """Without the garbage collector, which would look through the thousands of claims of a series."""
    audit = audited(records_of(log), TOTAL)
    assert len(audit.drops) == len(audit.falls)
    gc.disable()
    try:
        freed = weakref.ref(audit)
        del audit
        assert freed() is None
    finally:
        gc.enable()


@st.composite
def total_logs(draw: st.DrawFn) -> list[Event]:
    """Running totals of two claimants that rise and fall, their resets and their adjustments."""
    log = []
    for number in range(1, draw(st.integers(2, 12)) + 1):
        claimant = draw(st.sampled_from(("m", "y")))
        if draw(st.integers(0, 2)):
            log.append(running_total(number, claimant, draw(figures(plain=True)), draw(dates)))
        else:
            whose, adjustment = draw(st.sampled_from((None, claimant))), draw(st.none() | st.integers(-40, 9))
            fields = {"series": TOTAL, "reason": "revised", "as_of": draw(days)}
            log.append(event_of(number, "series_reset", claimant=whose, adjustment=adjustment, **fields))
    return log


@settings(max_examples=100, deadline=None)
@given(total_logs())
def test_the_falls_are_those_of_the_model(log: list[Event]) -> None:
    """With how much of each the adjustments between explain."""
    records = records_of(log)
    falls = audited(records, TOTAL).falls

    expected = [
        (f.claimant, f.before, f.after, f.drop, f.explained, f.unexplained)
        for f in MeaningModel(records).falls(TOTAL)
    ]
    actual = [(f.claimant, f.before, f.after, f.drop, f.explained, f.unexplained) for f in falls]
    assert sorted(expected, key=repr) == sorted(actual, key=repr)
    assert all(bool(fall.explained) == bool(fall.explained_by) for fall in falls)
