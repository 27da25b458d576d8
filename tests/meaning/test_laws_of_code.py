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
VOLATILE = ("position", "url", "timeline", "next", "published_by", "recorded_at", "names")
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
