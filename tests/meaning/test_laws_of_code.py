"""Laws of the rules of meaning, held against the service: whatever is reported, in whichever order."""

from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.meaning.checks.check import differing_parts
from tests.meaning.checks.desk import ServiceDesk
from tests.support.meaning.law_logs import assert_in_order, counts, editors_corrections, merged_reports
from tests.support.meaning.strategies import (
    DAYS,
    TOTAL,
    event_of,
    figures,
    logs,
    running_total,
    times,
)
from tests.support.profiles import examples
from tests.support.samples import id_of
from timeline.domain.events import Event

few = settings(examples(5), phases=(Phase.explicit, Phase.reuse, Phase.generate))
"""An example asks the service some dozens of questions, so that to shrink it would take minutes."""

NOW = "2999-01-01T00:00:00Z"
VOLATILE = ("position", "word", "url", "timeline", "next", "published_by", "recorded_at", "names")
"""What an answer says besides the meaning: when and where it was recorded, and what was asked for."""

POLICIES = ("envelope", "latest", "lowest", "highest")


def meaning(answer: Any) -> Any:
    """An answer without what says when and where it was recorded; lists in one order."""
    if isinstance(answer, dict):
        fields = {name: meaning(value) for name, value in answer.items() if name not in VOLATILE}
        # what is not counted without a time is none by a time at which all is public
        return fields | ({"publication_unknown": 0} if fields.get("publication_unknown", 0) is None else {})
    if isinstance(answer, list):
        return sorted(map(meaning, answer), key=repr)
    return answer


def answers(desk: ServiceDesk, timeline: str, **parameters: Any) -> dict[str, Any]:
    """What the service says of a timeline: its entries, each series, totals."""
    root = f"/v1/timelines/{timeline}"
    listed = desk.get(f"{root}/figures", limit=100, **parameters)["series"]
    paths = [f"/figures/{series['series']}" for series in listed]
    by_path = {path: meaning(desk.get(root + path, **parameters)) for path in paths}
    by_path[""] = meaning(desk.get(root, limit=100, **parameters))
    for policy in POLICIES:
        total = desk.get(f"{root}/totals", measure="killed", policy=policy, **parameters)
        by_path[policy] = meaning(total)
    return by_path


def differing(first: dict[str, Any], second: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """The parts of two answers that differ."""
    return list(differing_parts(first, second))


@few
@given(log=counts(), random=st.randoms(use_true_random=False))
def test_the_last_word_wins_in_any_order_of_recording(
    service_desk: ServiceDesk, log: Sequence[Event], random: Any
) -> None:
    """An older word recorded later takes its place in the past, in series, totals and entries."""
    first, *rest = log
    random.shuffle(rest)
    one_order, other_order = (service_desk.record(order) for order in (log, [first, *rest]))

    assert not differing(answers(service_desk, one_order), answers(service_desk, other_order))


@few
@given(earlier=figures(plain=True), index=st.integers(0, 3), later=figures(plain=True))
def test_an_earlier_floor_never_contests_a_later_total_above_it(
    service_desk: ServiceDesk, earlier: dict[str, Any], index: int, later: dict[str, Any]
) -> None:
    """Whoever says either: contested only where the earlier total is above all that the later allows."""
    time = "2024-12-30T00:00:00Z"
    timeline = service_desk.record(
        [
            running_total(1, "m", later, DAYS[index + 1], published_at=time),
            running_total(2, "z", earlier, DAYS[index], published_at=time),
        ]
    )
    (series,) = service_desk.get(f"/v1/timelines/{timeline}/figures")["series"]
    bounds = {claim["claimant"]: claim["bounds"] for claim in series["latest"]}
    high = bounds["m"]["high"]
    is_contested = high is not None and bounds["z"]["low"] > high

    assert ("contested" if is_contested else "compatible") in repr(series)


@few
@given(log=logs())
def test_low_is_not_above_high_and_best_lies_within_its_own_bounds(
    service_desk: ServiceDesk, log: Sequence[Event]
) -> None:
    """Unless the published bounds are out of order, which is counted."""
    timeline = service_desk.record(log)
    for policy in POLICIES:
        answer = service_desk.get(f"/v1/timelines/{timeline}/totals", measure="killed", policy=policy)
        assert_in_order(SimpleNamespace(**answer["total"]))


@few
@given(log=merged_reports())
def test_any_order_of_merging_makes_one_incident(service_desk: ServiceDesk, log: Sequence[Event]) -> None:
    """Reports that are one, counts that are one, counts of counts: whatever is linked first."""
    root = f"/v1/timelines/{service_desk.record(log)}"
    sums = service_desk.get(f"{root}/totals", measure="killed")["total"]

    assert (sums["incidents"], sums["low"], sums["high"]) == (1, 3, 5)
    assert [f"casualties.killed.all.all.incident.{id_of(1)}"] == [
        series["series"] for series in service_desk.get(f"{root}/figures")["series"]
    ]


@few
@given(log=logs(public=True))
def test_published_by_now_is_everything_where_all_is_public(
    service_desk: ServiceDesk, log: Sequence[Event]
) -> None:
    """Nothing is hidden, in series, entries, totals and audits."""
    timeline = service_desk.record(log)
    audit = f"/v1/timelines/{timeline}/figures/{TOTAL}/audit"

    assert not differing(answers(service_desk, timeline), answers(service_desk, timeline, published_by=NOW))
    assert meaning(service_desk.get(audit)) == meaning(service_desk.get(audit, published_by=NOW))


@few
@given(log=logs(amended=False), time=times, data=st.data())
def test_an_editors_correction_never_changes_what_others_said_when(
    service_desk: ServiceDesk, log: list[Event], time: str, data: st.DataObject
) -> None:
    """It mends one word and is no publication: no claim appears or leaves, and no other is changed."""
    correction = data.draw(editors_corrections(log))
    published_by = datetime.fromisoformat(time).isoformat()
    before, after = (
        heard_claims(service_desk, service_desk.record(events), published_by)
        for events in (log, [*log, correction])
    )

    assert before.keys() == after.keys()
    for key, claim in before.items():
        assert str(correction.target) in key or claim == after[key]


RESTATED = {
    "a count of an incident": {"basis": "incident", "incident": str(id_of(1))},
    "a total of no date": {"basis": "cumulative"},
    "a total of a month": {"basis": "cumulative", "as_of": "2024-12"},
    "a count since a day": {"basis": "increment", "period": "2024-12-02/.."},
    "a total of a day": {"basis": "cumulative", "as_of": "2024-12-03"},
}


@few
@given(
    what=st.sampled_from(sorted(RESTATED)),
    sayings=st.lists(
        st.tuples(st.integers(0, 27), st.integers(1, 99)),
        min_size=2,
        max_size=4,
        unique_by=lambda pair: pair[1],
    ),
    random=st.randoms(use_true_random=False),
)
def test_restating_by_a_correction_answers_as_restating_by_a_new_event(
    service_desk: ServiceDesk, what: str, sayings: list[tuple[int, int]], random: Any
) -> None:
    """For every date that is asked for, and by every time, in whichever order later words are recorded."""
    values = sorted(dict(sayings).items())
    words = [
        (f"2024-12-{4 + day:02}T12:00:00Z", {"qualifier": "exact", "value": value}) for day, value in values
    ]
    fields = {"claimant": "m", "subject": "s", "measure": "killed", **RESTATED[what]}
    first, *later = [*enumerate(words, 2)]
    random.shuffle(later)
    log = [
        event_of(1, "engagement", occurred="2024-12-03"),
        event_of(2, "casualty_estimate", published_at=first[1][0], figure=first[1][1], **fields),
    ]
    restated, reported = [*log], [*log]
    for number, (time, figure) in later:
        reported.append(event_of(number, "casualty_estimate", published_at=time, figure=figure, **fields))
        changes = {"figure": figure}
        restated.append(
            event_of(
                number,
                "correction",
                target=str(id_of(2)),
                reason="restatement",
                published_at=time,
                changes=changes,
            )
        )
    timelines = [service_desk.record(events) for events in (restated, reported)]
    days = [{"as_of": f"2024-12-{day:02}"} for day in range(2, 32, 3)]
    times = [{"published_by": time.replace("T12", "T13")} for time, _ in words]
    for parameters in ({}, *days, *times):
        views = [figures_said(service_desk, timeline, parameters) for timeline in timelines]
        assert views[0] == views[1], parameters


def figures_said(desk: ServiceDesk, timeline: str, parameters: dict[str, str]) -> list[Any]:
    """What the series of a timeline answer, without who said it by which event: of the same days the last."""
    root = f"/v1/timelines/{timeline}/figures"
    answers_of_series = []
    for name in [series["series"] for series in desk.get(root, limit=100)["series"]]:
        view = desk.get(f"{root}/{name}", **parameters)
        names = ("as_of", "earliest", "latest", "dated_by", "said_at", "text")
        by_days = {(claim["earliest"], claim["latest"]): claim for claim in reversed(view["claims"])}
        claims = [
            [{n: claim.get(n) for n in names} for claim in part]
            for part in (view["latest"], [*by_days.values()])
        ]
        answers_of_series.append(
            [name, claims, view["reconciled"] and {**view["reconciled"], "compared": 0, "newest": 0}]
        )
    return answers_of_series


def heard_claims(
    desk: ServiceDesk, timeline: str, published_by: str
) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The claims that the world had heard by a time, by series, event, and when each was said."""
    root = f"/v1/timelines/{timeline}/figures"
    listed = desk.get(root, limit=100, published_by=published_by)["series"]
    return {
        (series["series"], claim["id"], claim["said_at"]): claim
        for series in listed
        for claim in desk.get(f"{root}/{series['series']}", limit=100, published_by=published_by)["claims"]
    }
