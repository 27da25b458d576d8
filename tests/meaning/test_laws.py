"""Laws of the rules of meaning, held against the model by logs as reporting makes them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.meaning import MeaningModel, Query
from tests.support.meaning.audit import line_answer, lines_of
from tests.support.meaning.bounds import figure_bounds
from tests.support.meaning.dates import named_days
from tests.support.meaning.law_logs import assert_in_order, counts, editors_corrections, merged_reports
from tests.support.meaning.standing import Standing, choose, last_words
from tests.support.meaning.strategies import (
    DAYS,
    TOTAL,
    dates,
    days,
    event_of,
    figures,
    logs,
    running_total,
    times,
    toll,
)
from tests.support.samples import id_of
from tests.support.sequences import records_of
from timeline.domain.events import Event
from timeline.domain.figure import Figure

NOW = datetime(2999, 1, 1, tzinfo=UTC)
few = settings(max_examples=20, deadline=None)


def model_of(log: Sequence[Event]) -> MeaningModel:
    """The model of events recorded one by one."""
    return MeaningModel(records_of(log))


def gist(standing: Standing) -> tuple[Any, ...]:
    """What a standing says, without the records that say it."""
    selected = {claim.claimant: (claim.figure, claim.dating.text) for claim in standing.selected}
    return standing.standing, standing.overlap, standing.envelope, selected


def gists(model: MeaningModel, **question: Any) -> dict[tuple[str, str], tuple[Any, ...]]:
    """What every series says, by address and unit."""
    return {
        (series.series, unit): gist(standing)
        for series in model.figures(**question)
        for unit, standing in series.by_unit.items()
    }


def decoded(figure: dict[str, Any]) -> Figure:
    """A figure from its JSON."""
    event = running_total(1, "m", figure, "2024-12-01")
    return event.figure


@few
@given(counts(), st.randoms(use_true_random=False), st.none() | days)
def test_the_last_word_wins_in_any_order_of_recording(
    log: list[Event], random: Any, as_of: str | None
) -> None:
    """Words are ordered by when they were said; an older one recorded later takes its place in the past."""
    first, *rest = log
    random.shuffle(rest)
    one_order, other_order = model_of(log), model_of([first, *rest])

    assert gists(one_order) == gists(other_order)
    assert one_order.totals(Query("killed")) == other_order.totals(Query("killed"))
    series = [model.series(TOTAL, as_of=as_of).by_unit for model in (one_order, other_order)]
    assert [gist(standing) for standing in series[0].values()] == [
        gist(standing) for standing in series[1].values()
    ]


@few
@given(figures(plain=True), st.integers(0, 3), figures(plain=True))
def test_an_earlier_floor_never_contests_a_later_total_above_it(
    earlier: dict[str, Any], index: int, later: dict[str, Any]
) -> None:
    """1,100 as of January and 3,000 as of December are compatible, whoever says either."""
    log = [
        running_total(1, "m", later, DAYS[index + 1], published_at="2024-12-30T00:00:00Z"),
        running_total(2, "z", earlier, DAYS[index], published_at="2024-12-30T00:00:00Z"),
    ]
    standing = model_of(log).series(TOTAL).by_unit["people"]
    low, high = figure_bounds(decoded(earlier)).low, figure_bounds(decoded(later)).top

    assert standing.standing == ("compatible" if low <= high else "contested")
    assert [claim.claimant for claim in standing.newest] == ["m"]


@few
@given(days, figures(plain=True), figures(plain=True))
def test_a_reset_makes_the_older_count_another(
    day: str, older: dict[str, Any], newer: dict[str, Any]
) -> None:
    """A reset stands at the start of its day; of another count, an older claim is set aside."""
    log = [
        running_total(1, "m", older, "2024-11-01"),
        running_total(2, "z", newer, "2024-12-27"),
        event_of(3, "series_reset", series=TOTAL, reason="anew", as_of=day),
    ]
    standing = model_of(log).series(TOTAL).by_unit["people"]
    between = "2024-11-01" < day

    assert [claim.claimant for claim, _ in standing.set_aside] == (["m"] if between else [])
    assert (standing.standing == "single") == between


@few
@given(logs())
def test_low_is_not_above_high_and_best_lies_within_its_own_bounds(log: list[Event]) -> None:
    """Unless the data set's own bounds are out of order, which is counted."""
    for policy in ("envelope", "latest", "lowest", "highest"):
        sums = model_of(log).totals(Query("killed", policy=policy)).sums
        assert_in_order(sums)


@few
@given(merged_reports())
def test_any_order_of_merging_makes_one_incident(log: list[Event]) -> None:
    """Reports that are one, counts that are one, counts of counts: whatever is linked first."""
    total = model_of(log).totals(Query("killed"))

    assert (total.sums.incidents, total.sums.low, total.sums.high, total.left_out) == (1, 3, 5, {})
    addresses = {series.series for series in model_of(log).figures()}
    assert addresses == {f"casualties.killed.all.all.incident.{id_of(1)}"}


@few
@given(logs(public=True))
def test_published_by_now_is_everything_where_all_is_public(log: list[Event]) -> None:
    """Nothing is hidden, in series, entries, totals and audits."""
    model = model_of(log)

    assert gists(model) == gists(model, published_by=NOW)
    assert model.entries() == model.entries(published_by=NOW)
    assert model.totals(Query("killed")) == model.totals(Query("killed"), published_by=NOW)
    assert model.audit(TOTAL) == model.audit(TOTAL, published_by=NOW)
    assert model.publication_unknown(NOW) == 0


@few
@given(logs(amended=False), times, times)
def test_what_was_public_stays_public(log: list[Event], first: str, second: str) -> None:
    """Without retractions, who asks about a later time sees all that was seen before, and more."""
    earlier, later = sorted(map(datetime.fromisoformat, (first, second)))
    model = model_of(log)
    visible = [
        {word.record.event.id for entry in model.entries(published_by=time) for word in entry.reports}
        for time in (earlier, later)
    ]

    assert visible[0] <= visible[1]


@few
@given(logs(amended=False), times, st.data())
def test_an_editors_correction_never_changes_what_others_said_when(
    log: list[Event], time: str, data: st.DataObject
) -> None:
    """It mends one word and is no publication: nothing appears, and no time changes."""
    correction = data.draw(editors_corrections(log))
    mended = [*log, correction]
    published_by = datetime.fromisoformat(time)
    before, after = (model_of(events).log(published_by) for events in (log, mended))
    for event in log:
        words = [[(w.time, w.position) for w in part.words(event.id)] for part in (before, after)]
        assert words[0] == words[1]
        if event.id != correction.target:
            assert before.words(event.id) == after.words(event.id)


@few
@given(counts(), figures(plain=True), st.none() | dates, st.data())
def test_restating_by_a_correction_answers_as_restating_by_a_new_event(
    log: list[Event], figure: dict[str, Any], as_of: str | None, data: st.DataObject
) -> None:
    """A correction by the source is a word of its own, said when it was published, whatever date is asked."""
    target = data.draw(st.sampled_from(log[1:]))
    published_at = f"2024-12-{data.draw(st.integers(28, 31))}T12:00:00Z"
    names = ("value", "low", "best", "high", "verbatim", "unit", "origin")
    changes = {"figure": dict.fromkeys(names) | figure}
    fields = {"target": str(target.id), "reason": "restatement", "changes": changes}
    correction = event_of(80, "correction", **fields, published_at=published_at)
    content = {"figure": figure, "published_at": published_at}
    if target.basis == "cumulative":
        again = running_total(80, target.claimant, as_of=target.as_of, **content)
    else:
        again = toll(80, target.claimant, incident=id_of(1), **content)
    corrected, restated = model_of([*log, correction]), model_of([*log, again])
    # who says the same figure again corrects nothing
    if target.figure.unit is None and target.figure != msgspec.convert(figure, Figure):
        assert gists(corrected) == gists(restated)
        for series in (series.series for series in restated.figures()):
            answers = [model.series(series, as_of).by_unit for model in (corrected, restated)]
            assert [gist(standing) for standing in answers[0].values()] == [
                gist(standing) for standing in answers[1].values()
            ]
        assert corrected.totals(Query("killed")) == restated.totals(Query("killed"))


@few
@given(logs())
def test_an_audit_ends_with_what_stands(log: list[Event]) -> None:
    """What the last change of a line for a date says is what the line answers for it."""
    model = model_of(log)
    last = {
        (c.claimant, c.unit, c.days): c.after for c in model.audit(TOTAL, silent=True) if c.kind != "reset"
    }
    for key, line in lines_of(model.log(), TOTAL).items():
        for claim in last_words(line):
            answer = line_answer(line, claim.speaks_for.days)
            if (
                answer is claim
            ):  # one that ends on the same day and begins later answers for it without a change
                assert last[*key, claim.speaks_for.days] == answer.figure


@few
@given(logs(amended=False))
def test_audits_before_is_the_after_that_precedes_it(log: list[Event]) -> None:
    """Only changes of the answer are listed, and every one has a cause in the log."""
    for change in model_of(log).audit(TOTAL):
        assert 1 <= change.position <= len(log)
        assert change.kind == "reset" or (change.before, change.kind) != (change.after, "restatement")
        assert (change.before is None) == (change.kind == "first_report") or change.kind in ("reset", "merge")


@few
@given(logs())
def test_parts_of_time_add_up(log: list[Event]) -> None:
    """`from`/`to` take what lies wholly within; whatever is left out is counted once."""
    model = model_of(log)
    november, december = named_days("2024-11"), named_days("2024-12")
    parts = [model.totals(Query("killed", first=part, last=part)) for part in (november, december)]
    whole = model.totals(Query("killed", first=november, last=december))
    straddling = whole.sums.incidents - sum(part.sums.incidents for part in parts)

    assert straddling >= 0
    by_month = model.totals(Query("killed", by=("month",)))
    assert sum(line.incidents for line in by_month.lines.values()) == by_month.sums.incidents
    assert by_month.lines.get(("2024-11",), parts[0].sums).incidents == parts[0].sums.incidents


@few
@given(logs())
def test_every_incident_with_a_figure_is_counted_or_left_out_once(log: list[Event]) -> None:
    """However its reports and counts are linked, circles in old logs too."""
    model = model_of(log)
    total = model.totals(Query("killed"))
    incidents = {
        series.claims[0].topic.scope
        for series in model.figures(measure="killed", basis="incident", kind="casualties")
    }

    assert total.sums.incidents + sum(total.left_out.values()) == len(incidents)


@few
@given(logs(), st.data())
def test_the_next_report_leads_with_all_that_was_said_of_the_development(
    log: list[Event], data: st.DataObject
) -> None:
    """The old id leads to it, in entries and in addresses of series."""
    entries = [entry for entry in model_of(log).entries() if len(entry.reports) > 1]
    if not entries:
        return
    entry = data.draw(st.sampled_from(entries))
    retraction = event_of(90, "retraction", target=str(entry.id), reason="duplicate")
    after = model_of([*log, retraction]).entry(entry.id)

    assert after.id == entry.reports[1].record.event.id
    assert [r.word for r in after.statements] == [r.word for r in entry.statements]
    assert after.tolls == entry.tolls


@few
@given(figures(), figures(plain=True), days)
def test_claims_of_another_unit_change_nothing(
    other: dict[str, Any], figure: dict[str, Any], day: str
) -> None:
    """A series with several units has a standing for each; absent is people."""
    alone = [running_total(1, "m", figure, day)]
    both = [*alone, running_total(2, "z", {**other, "unit": "companies"}, day)]

    assert gist(model_of(alone).series(TOTAL).by_unit["people"]) == gist(
        model_of(both).series(TOTAL).by_unit["people"]
    )


@few
@given(logs())
def test_policies_choose_among_the_claims_of_the_newest_date(log: list[Event]) -> None:
    """And give null with the reason where nothing is compared."""
    for series in model_of(log).figures():
        for standing in series.by_unit.values():
            for policy in ("envelope", "latest", "lowest", "highest", "claimant:m"):
                choice = choose(standing, policy)
                assert choice.claim is None or choice.claim in standing.newest
                assert (choice.interval is None) == (choice.reason is not None)
            assert len(standing.compared) == 1 or standing.standing != "single"
            assert all(reason for _, reason in standing.set_aside)


@few
@given(days, figures(plain=True), figures(plain=True))
def test_blurring_a_date_changes_what_is_shown_and_not_what_is_chosen(
    day: str, one_figure: dict[str, Any], other: dict[str, Any]
) -> None:
    """`~`, `?` and `%` blur the date; the days that it names are the same."""
    sharp = [running_total(1, "m", one_figure, day), running_total(2, "z", other, day)]
    blurred = [running_total(1, "m", one_figure, f"{day}~"), running_total(2, "z", other, f"{day}%")]
    standings = [model_of(log).series(TOTAL, as_of=day).by_unit["people"] for log in (sharp, blurred)]

    assert standings[0].overlap == standings[1].overlap
    assert standings[0].standing == standings[1].standing
    assert {claim.dating.text[10:] for claim in standings[1].selected} == {"~", "%"}
