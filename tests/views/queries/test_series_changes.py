from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from tests.support.samples import engagement, estimate, event, id_of, same_as
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Event, event_type
from timeline.domain.record import Record, new_record
from timeline.domain.validation import add_valid_record
from timeline.views.documents import SeriesChange
from timeline.views.projection.fold import fold
from timeline.views.queries.series_changes import Cause, ClaimVersion, SeriesAudit
from timeline.views.responses import Fall

SERIES = "casualties.killed.russia.all.cumulative"
RECORDED_AT = datetime(2025, 1, 1, tzinfo=UTC)


def claim(number: int, as_of: str, value: int, **fields: Any) -> Event:
    """A running total of killed, by default by Ukraine."""
    return estimate(number, value, basis="cumulative", as_of=as_of, **fields)


def correction(number: int, target: int, reason: str = "source_revision", **changes: Any) -> Event:
    """A correction of an earlier event."""
    return event(number, "correction", target=id_of(target), reason=reason, changes=changes)


def corrected_to(number: int, target: int, value: int, reason: str = "source_revision") -> Event:
    """A correction of a total's value."""
    return correction(number, target, reason, figure={"value": value})


def retraction(number: int, target: int) -> Event:
    """A retraction of an earlier event."""
    return event(number, "retraction", target=id_of(target), reason="withdrawn")


def reset(number: int, as_of: str, **fields: Any) -> Event:
    """The series starts again, or goes on adjusted."""
    return event(number, "series_reset", series=SERIES, reason="Counted anew.", as_of=as_of, **fields)


class Audited(NamedTuple):
    """The changes and the drops of an audit."""

    changes: list[SeriesChange]
    falls: list[Fall]


def audited(*events: Event, series: str = SERIES) -> Audited:
    """The audit of a series when the log holds these events."""
    graph, records = EventGraph(), []
    for position, reported in enumerate(events, 1):
        records.append(new_record("k", position, RECORDED_AT + timedelta(position), "test", reported))
        add_valid_record(graph, records[-1])
    versions = [
        ClaimVersion(
            row.source, first, last, row.claimant, row.as_of, row.position, figure_of(graph, row, first),
            row.adjustment,
        )
        for first, last, row in fold(graph, records).claims.opened
        if row.series == series
    ]  # fmt: skip
    causes = {record.position: cause_of(record) for record in records}
    retractions = {position for position, cause in causes.items() if cause.type == "retraction"}
    audit = SeriesAudit(series, sorted(versions, key=lambda version: version.from_position), retractions)
    return Audited([change.describe(causes[change.position]) for change in audit.changes], audit.falls)


def figure_of(graph: EventGraph, row: Any, at: int) -> Any:
    """The figure that a claim's event carries at a position."""
    standing: Any = graph.at(at).standing(row.source)
    return None if row.is_reset else getattr(standing, "figure", None) or standing.killed


def cause_of(record: Record) -> Cause:
    """A record as the audit gets it."""
    made: Any = record.event
    reason = getattr(made, "reason", None)
    return Cause(made.id, event_type(made), reason, made.published_at, record.recorded_at, made.sources)


def in_short(audit: Audited) -> list[tuple[Any, ...]]:
    """Each change in short: position, kind, the numbers before and after, and the difference."""
    return [
        (
            change.position,
            change.kind,
            change.before and change.before.point,
            change.after and change.after.point,
            change.difference,
        )
        for change in audit.changes
    ]


def test_a_newer_date_is_an_update_and_an_older_one_a_first_report():
    """The first that a claimant says, and what it says later of earlier dates, has nothing before it."""
    audit = audited(claim(1, "2024-12-02", 10), claim(2, "2024-12-03", 15), claim(3, "2024-12-01", 7))

    assert [
        (1, "first_report", None, 10, None),
        (2, "update", 10, 15, 5),
        (3, "first_report", None, 7, None),
    ] == in_short(audit)
    assert audit.changes[1].before_as_of == audit.changes[0].as_of


def test_another_figure_for_the_same_date_is_a_restatement():
    """It is silent: no amendment mentions the first; the same figure again is not a change."""
    audit = audited(claim(1, "2024-12-02", 10), claim(2, "2024-12-02", 10), claim(3, "2024-12-02", 12))

    assert [(1, "first_report", None, 10, None), (3, "restatement", 10, 12, 2)] == in_short(audit)


def test_claimants_have_lines_of_their_own():
    """A claim of one is not an update of another's."""
    audit = audited(claim(1, "2024-12-02", 10), claim(2, "2024-12-03", 15, claimant="russia"))

    assert ["first_report", "first_report"] == [change.kind for change in audit.changes]


def test_an_amendment_has_its_reason_and_the_report_that_it_aims_at():
    """A correction, then a retraction of the report."""
    audit = audited(claim(1, "2024-12-02", 6555), corrected_to(2, 1, 655, "transcription"), retraction(3, 1))

    assert [
        (1, "first_report", None, 6555, None),
        (2, "correction", 6555, 655, -5900),
        (3, "retraction", 655, None, None),
    ] == in_short(audit)
    amended = audit.changes[1]
    assert ("transcription", id_of(1), id_of(2)) == (amended.reason, amended.source, amended.cause)


def test_a_correction_of_something_else_than_the_claim_changes_nothing():
    """The summary of a report is not its figure."""
    audit = audited(claim(1, "2024-12-02", 10), correction(2, 1, summary="Put better."))

    assert [(1, "first_report", None, 10, None)] == in_short(audit)


def test_a_retracted_correction_gives_the_old_figure_back():
    """The line stands as it stood before the correction."""
    audit = audited(claim(1, "2024-12-02", 10), corrected_to(2, 1, 12), retraction(3, 2))

    assert (3, "correction", 12, 10, -2) == in_short(audit)[-1]


def test_a_report_that_moves_to_another_series_leaves_this_one():
    """The subject was wrong: here the claim goes, there it comes in, both by the correction."""
    events = (claim(1, "2024-12-02", 10), correction(2, 1, "reclassification", subject="wagner"))

    assert (2, "correction", 10, None, None) == in_short(audited(*events))[-1]
    other = audited(*events, series=SERIES.replace("russia", "wagner"))
    assert [(2, "correction", None, 10, None)] == in_short(other)


def test_a_retracted_report_given_again_is_a_new_report():
    """It is not a change of the one that was withdrawn."""
    audit = audited(claim(1, "2024-12-02", 10), retraction(2, 1), claim(3, "2024-12-02", 12))

    assert (3, "first_report", None, 12, None) == in_short(audit)[-1]


def test_the_lag_runs_from_the_date_to_the_publication():
    """Where that is unknown, to the recording."""
    audit = audited(
        claim(1, "2024-12-02", 10, published_at="2024-12-04T00:00:00Z"), claim(2, "2024-12-30", 12)
    )

    day = 24 * 3600
    assert [day, 3 * day] == [round(change.lag_seconds) for change in audit.changes]


@pytest.mark.parametrize(
    ("between", "explained"),
    [
        ([], []),
        ([reset(8, "2024-12-03")], [8]),
        ([reset(8, "2024-12-03", adjustment=-5)], [8]),
        ([reset(8, "2024-12-03", claimant="russia")], []),
        ([reset(8, "2024-12-02")], []),
        ([reset(8, "2024-12-03"), retraction(9, 8)], []),
    ],
    ids=["nothing", "a reset", "an adjustment", "another's reset", "a reset before", "a retracted reset"],
)
def test_a_fall_is_explained_by_a_reset_of_its_line_between_the_dates(between, explained):
    """Without one it is in the audit all the same, with nothing that explains it."""
    audit = audited(claim(1, "2024-12-02", 10), claim(2, "2024-12-03", 5), *between)

    assert [(-5, [id_of(number) for number in explained])] == [
        (fall.difference, fall.explained_by) for fall in audit.falls
    ]


def test_only_what_stands_can_fall():
    """A figure that was corrected since fell once; now it does not."""
    audit = audited(claim(1, "2024-12-02", 100), claim(2, "2024-12-03", 12), corrected_to(3, 1, 10))

    assert [] == audit.falls


def test_increments_do_not_fall():
    """A quieter month is not a contradiction."""
    increments = [
        estimate(number, value, basis="increment", period=period)
        for number, value, period in ((1, 10, "2024-11"), (2, 5, "2024-12"))
    ]

    assert [] == audited(*increments, series="casualties.killed.russia.all.increment").falls


def test_the_toll_of_a_merged_incident_moves_to_its_leader():
    """Two reports of one battle: the claim of the second goes over to the first's series."""
    figure = {"claimant": "ukraine", "killed": {"qualifier": "exact", "value": 4}}
    series = f"casualties.killed.all.all.incident.{id_of(1)}"
    audit = audited(engagement(1), engagement(2, **figure), same_as(3, 1, 2), series=series)

    assert [(3, "correction", None, 4, None)] == in_short(audit)
