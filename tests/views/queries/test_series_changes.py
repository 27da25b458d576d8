from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from tests.support.samples import engagement, estimate, event, id_of, same_as
from timeline.domain.codec import encode_event
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Event, event_type
from timeline.domain.record import Record, new_record, seal
from timeline.domain.validation import add_valid_record
from timeline.views.documents import SeriesChange
from timeline.views.projection.fold import fold
from timeline.views.queries.audit import read_cause, read_versions
from timeline.views.queries.series_addresses import addresses_in
from timeline.views.queries.series_changes import Cause, SeriesAudit, basis_of, compared_claims
from timeline.views.responses import Fall

SERIES = "casualties.killed.russia.all.cumulative"
RECORDED_AT = datetime(2025, 1, 1, tzinfo=UTC)


def claim(number: int, as_of: str, value: int, **fields: Any) -> Event:
    """A running total of killed, by default by Ukraine."""
    return estimate(number, value, basis="cumulative", as_of=as_of, **fields)


def exact(value: int) -> dict[str, Any]:
    """A figure as it is posted."""
    return {"qualifier": "exact", "value": value}


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


def audited(*events: Event, series: str = SERIES, silent: bool = False) -> Audited:
    """The audit of a series when the log holds these events; with the silent changes, if `silent`.

    A page has the same changes, though it is made without the documents of claims that are not compared.
    """
    graph, records = EventGraph(), []
    for position, reported in enumerate(events, 1):
        records.append(new_record("k", position, RECORDED_AT + timedelta(position), "test", reported))
        add_valid_record(graph, records[-1])
    addresses = addresses_in(graph, records, series)
    opened = sorted(fold(graph, records).claims.opened, key=lambda version: version.from_position)
    names = {span.series for span in addresses}
    claims, resets = read_versions([row for row in opened if row.row.series in names], addresses)
    types = {record.position: event_type(record.event) for record in records}
    audit = SeriesAudit(addresses[-1].series, claims, resets, types)
    if basis_of(series) != "incident":
        compared = {*compared_claims(claims)}
        of_page = [
            claim if claim in compared else replace(claim, document=None, decoded=None) for claim in claims
        ]
        changes_of_page = SeriesAudit(series, of_page, resets, types).changes
        assert [(c.position, c.kind, c.is_silent) for c in audit.changes] == [
            (c.position, c.kind, c.is_silent) for c in changes_of_page
        ]
    causes = {record.position: cause_of(record) for record in records}
    changes = [change for change in audit.changes if silent or not change.is_silent]
    return Audited([change.describe(causes[change.position]) for change in changes], audit.falls)


def cause_of(record: Record) -> Cause:
    """A record as the audit gets it."""
    encoded = seal("k", record.position, record.recorded_at, "test", encode_event(record.event))
    return read_cause(record.event.id, event_type(record.event), record.recorded_at, encoded)


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
    assert ("2 December 2024", "2024-12-02") == (audit.changes[0].as_of_text, str(audit.changes[0].latest))


def test_another_figure_for_the_same_date_is_a_restatement():
    """No amendment mentions the first. The same figure given again is a silent change."""
    events = claim(1, "2024-12-02", 10), claim(2, "2024-12-02", 10), claim(3, "2024-12-02", 12)

    assert [(1, "first_report", None, 10, None), (3, "restatement", 10, 12, 2)] == in_short(audited(*events))
    changes = audited(*events, silent=True).changes
    assert [(1, False), (2, True), (3, False)] == [(c.position, c.silent) for c in changes]


@pytest.mark.parametrize(
    ("before", "after", "difference"),
    [
        (exact(10), {"qualifier": "more_than", "value": 8}, None),
        ({"qualifier": "more_than", "value": 8}, exact(8), None),
        ({"qualifier": "up_to", "value": 8}, {"qualifier": "up_to", "value": 9}, None),
        (exact(9) | {"origin": {"kind": "split", "rule": "Halves."}}, exact(8), None),
        ({"qualifier": "about", "value": 10}, exact(8), -2),
        ({"qualifier": "between", "low": 3, "best": 4, "high": 5}, exact(8), 4),
    ],
)
def test_only_best_numbers_are_subtracted(before, after, difference):
    """A floor, a ceiling or a share by rule is no number that could have changed by so much."""
    events = (
        claim(number, "2024-12-02", 0, figure=figure) for number, figure in enumerate((before, after), 1)
    )

    assert [None, difference] == [change.difference for change in audited(*events).changes]


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

    assert (3, "retraction", 12, 10, -2) == in_short(audit)[-1]


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


def test_a_retracted_restatement_gives_the_old_figure_back():
    """What it replaced stands again, and is what the line answers for the date; case 16."""
    audit = audited(claim(1, "2024-01-05", 10), claim(2, "2024-01-05", 12), retraction(3, 2))

    assert [
        (1, "first_report", None, 10, None),
        (2, "restatement", 10, 12, 2),
        (3, "retraction", 12, 10, -2),
    ] == in_short(audit)


def test_without_a_newer_date_the_line_answers_what_it_said_of_an_older_one():
    """The change says for which date that was."""
    audit = audited(claim(1, "2024-01-04", 10), claim(2, "2024-01-05", 12), retraction(3, 2))

    assert (3, "retraction", 12, 10, -2) == in_short(audit)[-1]
    assert ("2024-01-05", None, "2024-01-04") == (
        audit.changes[-1].as_of,
        audit.changes[-1].before_as_of,
        audit.changes[-1].after_as_of,
    )


def test_an_older_word_recorded_later_is_no_restatement():
    """It takes its place in the past, and only `silent` shows it; case 01."""
    series = f"casualties.killed.all.all.incident.{id_of(1)}"
    count = {"subject": "all", "claimant": "m", "incident": id_of(1), "occurred": "2024-01-01"}
    events = (
        engagement(1, occurred="2024-01-01"),
        estimate(2, 12, published_at="2024-01-03T10:00:00Z", **count),
        estimate(3, 5, published_at="2024-01-01T20:00:00Z", **count),
    )

    assert [(2, "first_report", None, 12, None)] == in_short(audited(*events, series=series))
    last = audited(*events, series=series, silent=True).changes[-1]
    assert (True, 12, 12) == (last.silent, last.before.point, last.after.point)
    assert ("older_word", 5, "5") == (last.kind, last.claimed and last.claimed.point, last.claimed_text)
    assert ("2024-01-01", "occurred", 0) == (last.as_of, last.dated_by, last.lag_days)


def test_an_older_word_of_a_total_shows_its_own_figure():
    """The line answered 12 before it and after it; a claim that is one of these is not shown again."""
    audit = audited(
        claim(1, "2024-01-05", 10, published_at="2024-01-06T00:00:00Z"),
        claim(2, "2024-01-05", 12, published_at="2024-01-10T00:00:00Z"),
        claim(3, "2024-01-05", 11, published_at="2024-01-08T00:00:00Z"),
        retraction(4, 3),
        silent=True,
    )

    assert [
        ("first_report", None, 10, None, False),
        ("restatement", 10, 12, None, False),
        ("older_word", 12, 12, 11, True),
        ("retraction", 12, 12, 11, True),
    ] == [
        (c.kind, c.before and c.before.point, c.after.point, c.claimed and c.claimed.point, c.silent)
        for c in audit.changes
    ]


def test_the_count_of_an_incident_is_dated_as_its_claim_is():
    """What occurred on 1 January and was published on the 9th is of the 1st, and has a lag of 8 days."""
    series = f"casualties.killed.all.all.incident.{id_of(1)}"
    count = {"subject": "all", "claimant": "m", "incident": id_of(1), "occurred": "2024-01-01"}
    events = (
        engagement(1, occurred="2024-01-01"),
        estimate(2, 4, published_at="2024-01-09T10:00:00Z", **count),
        estimate(3, 5, published_at="2024-01-12T10:00:00Z", as_of="2024-01-11", **count),
        estimate(4, 7, published_at="2024-01-10T10:00:00Z", **count),
    )
    first, newer, older = audited(*events, series=series, silent=True).changes

    assert ("2024-01-01", "1 January 2024", "2024-01-01", "2024-01-01", "occurred", 8) == (
        first.as_of,
        first.as_of_text,
        str(first.earliest),
        str(first.latest),
        first.dated_by,
        first.lag_days,
    )
    assert ("2024-01-11", "as_of", 1, "2024-01-01") == (
        newer.as_of,
        newer.dated_by,
        newer.lag_days,
        newer.before_as_of,
    )
    assert ("older_word", "2024-01-01", 9, 7, "2024-01-11") == (
        older.kind,
        older.as_of,
        older.lag_days,
        older.claimed.point,
        older.after_as_of,
    )


def test_a_month_speaks_for_no_day_after_its_publication():
    """So that 27 December is newer, nothing falls, and no lag is negative; case 02."""
    audit = audited(
        claim(1, "2024-12", 1000, published_at="2024-12-05T00:00:00Z"),
        claim(2, "2024-12-27", 3000, published_at="2024-12-27T12:00:00Z"),
    )

    assert [(1, "first_report", None, 1000, None), (2, "update", 1000, 3000, 2000)] == in_short(audit)
    assert [0, 0] == [change.lag_days for change in audit.changes]
    assert ("2024-12", "December 2024", "2024-12-05") == (
        audit.changes[0].as_of,
        audit.changes[0].as_of_text,
        str(audit.changes[0].latest),
    )
    assert [] == audit.falls


def test_a_claim_moved_to_another_date_or_claimant_is_a_change_at_both():
    """Each line says what it answers for each of the dates."""
    moved = audited(claim(1, "2024-12-02", 10), correction(2, 1, as_of="2024-12-05"))
    given_away = audited(claim(1, "2024-12-02", 10), correction(2, 1, claimant="russia"))

    assert [("2024-12-02", 10, None), ("2024-12-05", 10, 10)] == [
        (change.as_of, change.before.point, change.after and change.after.point)
        for change in moved.changes
        if change.position == 2
    ]
    assert [("russia", None, 10), ("ukraine", 10, None)] == [
        (change.claimant, change.before and change.before.point, change.after and change.after.point)
        for change in given_away.changes
        if change.position == 2
    ]


def test_the_lag_is_in_days_from_the_date_to_the_publication():
    """That of the source too (case 24); where none is known, to the recording."""
    printed = [{"publisher": "p", "published_at": "2024-12-31T23:00:00Z"}]
    audit = audited(
        claim(1, "2024-12-02", 10, published_at="2024-12-04T00:00:00Z"),
        claim(2, "2024-12-30", 12, sources=printed),
        claim(3, "2024-12-31", 13),
    )

    assert [2, 1, 4] == [change.lag_days for change in audit.changes]
    assert datetime(2024, 12, 31, 23, tzinfo=UTC) == audit.changes[1].published_at


def test_a_reset_is_a_change_of_each_line_that_it_touches():
    """As is its retraction, and every other amendment of it."""
    claims = claim(1, "2024-12-02", 10), claim(2, "2024-12-02", 7, claimant="russia")
    for_all = audited(*claims, reset(3, "2024-12-03"), retraction(4, 3))
    for_one = audited(*claims, reset(3, "2024-12-03", claimant="russia", adjustment=-5))

    assert [
        (3, "reset", "russia", 7),
        (3, "reset", "ukraine", 10),
        (4, "retraction", "russia", 7),
        (4, "retraction", "ukraine", 10),
    ] == [(c.position, c.kind, c.claimant, c.after.point) for c in for_all.changes[2:]]
    assert [("russia", -5)] == [(c.claimant, c.adjustment) for c in for_one.changes[2:]]


def test_a_reset_that_is_moved_is_a_change_at_both_dates():
    """At the old date, and where it is retracted, it is undone."""
    claims = claim(1, "2024-12-02", 10), claim(2, "2024-12-05", 12)
    moved = reset(3, "2024-12-03", adjustment=-5), correction(4, 3, as_of="2024-12-05"), retraction(5, 3)
    given_away = reset(3, "2024-12-03"), correction(4, 3, claimant="russia")

    assert [
        (3, "reset", "2024-12-03", 10, -5, False),
        (4, "correction", "2024-12-03", 10, -5, True),
        (4, "correction", "2024-12-05", 12, -5, False),
        (5, "retraction", "2024-12-05", 12, -5, True),
    ] == [
        (c.position, c.kind, str(c.earliest), c.after.point, c.adjustment, c.undone)
        for c in audited(*claims, *moved).changes[2:]
    ]
    assert [("reset", False), ("correction", True)] == [
        (c.kind, c.undone) for c in audited(*claims, *given_away).changes[2:]
    ]


@pytest.mark.parametrize(
    ("between", "explained", "unexplained"),
    [
        ([], [], 5),
        ([reset(8, "2024-12-03", adjustment=-5)], [8], 0),
        ([reset(8, "2024-12-03", adjustment=-3)], [8], 2),
        ([reset(8, "2024-12-03", adjustment=-9)], [8], 0),
        ([reset(8, "2024-12-03", adjustment=4)], [], 5),
        ([reset(8, "2024-12-03", adjustment=-5, claimant="russia")], [], 5),
        ([reset(8, "2024-12-02", adjustment=-5)], [], 5),
        ([reset(8, "2024-12-03", adjustment=-5), retraction(9, 8)], [], 5),
    ],
    ids=["nothing", "all", "a part", "more than all", "a rise", "another's", "one before", "a retracted one"],
)
def test_a_fall_is_explained_as_far_as_adjustments_between_reach(between, explained, unexplained):
    """The remainder is unexplained; without any the fall is in the audit all the same."""
    (fall,) = audited(claim(1, "2024-12-02", 10), claim(2, "2024-12-03", 5), *between).falls

    assert (5, 5 - unexplained, unexplained) == (fall.drop, fall.explained, fall.unexplained)
    assert [id_of(number) for number in explained] == fall.explained_by


def test_nothing_falls_across_a_reset():
    """The counts are different ones; a reset of another's count is none of this line."""
    claims = claim(1, "2024-12-02", 10), claim(2, "2024-12-03", 5)

    assert [] == audited(*claims, reset(3, "2024-12-03")).falls
    assert 1 == len(audited(*claims, reset(3, "2024-12-03", claimant="russia")).falls)


def test_a_fall_is_the_least_that_the_bounds_allow():
    """About 3,000 and then 2,600 need be no fall; about 3,000 and then up to 2,000 fell by 500."""
    about = claim(1, "2024-12-02", 0, figure={"qualifier": "about", "value": 3000})

    assert [] == audited(about, claim(2, "2024-12-03", 2600)).falls
    up_to = claim(2, "2024-12-03", 0, figure={"qualifier": "up_to", "value": 2000})
    assert [500] == [fall.drop for fall in audited(about, up_to).falls]


def test_a_fall_is_found_whatever_says_less_between():
    """A floor far below says nothing of a fall; a drop is told once, from the claim that set the floor."""
    floor = claim(2, "2024-12-03", 1, figure={"qualifier": "at_least", "value": 1})
    log = [claim(1, "2024-12-02", 1000), floor, claim(3, "2024-12-04", 500), claim(4, "2024-12-05", 600)]

    (fall,) = audited(*log).falls
    assert (500, "1,000", "500") == (fall.drop, fall.before_text, fall.after_text)
    assert [500, 10] == [fall.drop for fall in audited(*log, claim(5, "2024-12-06", 590)).falls]
    assert [] == audited(*log, reset(5, "2024-12-03")).falls


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


def test_a_merge_is_a_change_of_the_address_that_leads():
    """Two reports of one battle: the claim of the second goes over to the first's series, and leads there."""
    figure = {"claimant": "ukraine", "killed": {"qualifier": "exact", "value": 4}}
    merged = engagement(1), engagement(2, **figure), same_as(3, 1, 2)
    first, second = (f"casualties.killed.all.all.incident.{id_of(number)}" for number in (1, 2))

    assert [(3, "merge", None, 4, None)] == in_short(audited(*merged, series=first))
    assert [(3, "merge", None, 4, None)] == in_short(audited(*merged, series=second))


def test_the_counts_follow_the_report_that_leads():
    """When it is retracted the next leads, with its own history; that changes no answer."""
    count = {"subject": "all", "claimant": "m", "incident": id_of(2)}
    events = engagement(1), engagement(2), estimate(3, 4, **count), same_as(4, 1, 2), retraction(5, 1)
    first, second = (f"casualties.killed.all.all.incident.{id_of(number)}" for number in (1, 2))

    assert [(3, "first_report", None, 4, None)] == in_short(audited(*events, series=second))
    assert in_short(audited(*events, series=second)) == in_short(audited(*events, series=first))
