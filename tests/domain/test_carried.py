"""What a snapshot carries to that of the next record is what is found again; a chain costs what it adds."""

import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.profiles import examples
from tests.support.samples import (
    engagement,
    estimate,
    event,
    evidence,
    id_of,
    ids,
    same_as,
    statement,
    toll,
    verification,
)
from tests.support.sequences import any_sequences, offer, records_of
from timeline.domain import corrected_events, publicities, topics
from timeline.domain.effect import Effect, effect_of
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import CountReport, Event
from timeline.domain.record import Record
from timeline.domain.snapshot import Snapshot
from timeline.domain.validation import add_valid_record
from timeline.views.projection.fold import fold
from timeline.views.projection.rows import ViewChanges

TIMES = (None, None, None, "2024-12-01T00:00:00Z", "2024-12-20T00:00:00Z", "2025-01-01T04:30:00+02:00")
ESTIMATE = {
    "claimant": "ukraine",
    "subject": "russia",
    "measure": "killed",
    "basis": "incident",
    "figure": {"qualifier": "exact", "value": 3},
}
CAPTURE = {
    "claimant": "ukraine",
    "captor": "ukraine",
    "captive_of": "russia",
    "count": {"qualifier": "exact", "value": 1},
}
CHANGES = (
    {"summary": "Another word."},
    {"summary": "A third word.", "tags": ["drone"]},
    {"tags": ["armour"]},
    {"tags": None},
    {"occurred": "2024-12-05"},
    {"published_at": "2024-12-06T00:00:00Z"},
    {"developments": [str(id_of(1)), str(id_of(3))]},
    {"about": [str(id_of(1))]},
    {"about": [str(id_of(3)), str(id_of(4))]},
    {"incident": str(id_of(2))},
)


class ForgetfulGraph(EventGraph):
    """A graph that looks everything up anew at every position."""

    def at(self, position: int, published_by: datetime | None = None) -> Snapshot:
        """What stands at a position, of which nothing was looked up yet."""
        return Snapshot(self, position, published_by)


KINDS: Sequence[tuple[str, Callable[[list[str]], dict[str, Any]]]] = (
    ("engagement", lambda _: {}),
    ("engagement", lambda _: {"occurred": "2024-12-03"}),
    ("capture", lambda _: CAPTURE),
    *[("same_as", lambda ids: {"developments": ids})] * 6,
    ("official_statement", lambda ids: {"speaker": "russia", "stance": "denies", "about": ids[:1]}),
    ("evidence", lambda ids: {"kind": "video", "about": ids[:1]}),
    ("verification", lambda ids: {"claimant": "osint", "grade": "likely", "about": ids}),
    ("casualty_estimate", lambda ids: ESTIMATE | {"incident": ids[0]}),
)
"""Events that are mostly linked, and how they name others."""


@st.composite
def plain_logs(draw: st.DrawFn) -> list[Record]:
    """Logs in which reports are linked and spoken of, and at times something is amended or told later."""
    graph, records = EventGraph(), list[Record]()
    amended = draw(st.integers(0, 1))
    for number in range(1, draw(st.integers(8, 30))):
        ids = [str(id_of(draw(st.integers(1, number)))) for _ in range(2)]
        kind, fields = draw(st.sampled_from(KINDS if number > 2 else KINDS[:2]))
        more = fields(ids)
        if amended and number > 4 and draw(st.integers(0, 5)) == 0:
            kind, more = draw(amendments(ids[0]))
        elif kind != "same_as" or amended:
            more = more | said_at(draw(st.sampled_from(TIMES)))
        offer(graph, records, number, kind, more)
    return records


def amendments(target: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """Corrections, most of them, and retractions, by editors and sources."""
    corrections = st.fixed_dictionaries(
        {
            "target": st.just(target),
            "reason": st.sampled_from(("transcription", "source_revision")),
            "changes": st.sampled_from(CHANGES),
        }
    )
    retractions = st.fixed_dictionaries(
        {"target": st.just(target), "reason": st.sampled_from(("erroneous", "withdrawn"))}
    )
    times = st.sampled_from(TIMES)
    return st.one_of(
        st.builds(lambda more, time: ("correction", more | said_at(time)), corrections, times),
        st.builds(lambda more, time: ("correction", more | said_at(time)), corrections, times),
        st.builds(lambda more, time: ("retraction", more | said_at(time)), retractions, times),
    )


@st.composite
def corrected_logs(draw: st.DrawFn) -> list[Record]:
    """Logs of many corrections of one report, and a few other amendments and statements."""
    graph, records = EventGraph(), list[Record]()
    for number in range(1, draw(st.integers(6, 16))):
        kind, more = draw(
            st.one_of(*[amendments(str(id_of(1)))] * 4, amendments(str(id_of(draw(st.integers(1, number))))))
        )
        if number == 1:
            kind, more = "engagement", said_at(draw(st.sampled_from(TIMES)))
        if kind == "retraction" and draw(st.booleans()):
            kind, more = "verification", {"claimant": "osint", "grade": "likely", "about": [str(id_of(1))]}
        offer(graph, records, number, kind, more)
    return records


def said_at(time: str | None) -> dict[str, Any]:
    """The publication of an event, where it has one."""
    return {"published_at": time} if time else {}


def decided(graph: EventGraph, records: Iterable[Record]) -> list[Effect | None]:
    """The effects of events that are posted in one array."""
    effects = []
    for record in records:
        add_valid_record(graph, record)
        effects.append(effect_of(graph, record))
    return effects


def text_of(changes: ViewChanges) -> list[object]:
    """All that a fold does, in an order that can be compared."""
    return [(sorted(map(repr, versions.opened)), versions.closed) for versions in changes]


@examples(100)
@given(st.one_of(plain_logs(), plain_logs(), corrected_logs(), any_sequences().map(records_of)))
def test_what_is_carried_is_what_is_found_anew(records):
    """A fold and a decision that go on from record to record come to what each record does by itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(topics, "CARRIED_MENTIONS_MIN", 1)  # or these logs would be too short
        patch.setattr(publicities, "CARRIED_MEMBERS_MIN", 2)
        patch.setattr(corrected_events, "MANY_CORRECTIONS", 1)
        carried, alone, anew = fold(EventGraph(records), records), ViewChanges.none(), ViewChanges.none()
        decisions = decided(EventGraph(), records)
        for record in records:  # as posts of one event are
            fold(EventGraph(records), [record], alone)
    for record in records:
        fold(ForgetfulGraph(records), [record], anew)

    assert text_of(anew) == text_of(carried)
    assert text_of(anew) == text_of(alone)
    assert decided(ForgetfulGraph(), records) == decisions


BY_TIMES = [datetime.fromisoformat(time) for time in filter(None, TIMES)]


def shown_of(snapshot: Snapshot, records: Iterable[Record]) -> list[object]:
    """What the events of some records say, and show, by the time of a snapshot."""
    return [
        (
            snapshot.word(record.event.id),
            [*snapshot.amendments(record.event.id)],
            state and (snapshot.incident(record.event.id), snapshot.leader(record.event.id)),
            state and (state.words, state.claim, state.earlier, state.amendments, state.is_retracted),
        )
        for record in records
        for state in [snapshot.development(record.event.id)]
    ]


@examples(100)
@given(st.one_of(corrected_logs(), any_sequences().map(records_of)), st.sampled_from(BY_TIMES))
def test_what_is_carried_by_a_time_is_what_is_found_anew(records, published_by):
    """Whatever the world was told by then; a correction that it was not told of changes nothing."""
    graph = EventGraph(records)
    carried = graph.at(0, published_by)
    for number, record in enumerate(records):
        before, carried = carried, carried.followed_by(record)
        anew, recorded = graph.at(record.position, published_by), records[: number + 1]

        assert shown_of(anew, recorded) == shown_of(carried, recorded)
        if carried.is_untold(record):
            assert shown_of(before, records[:number]) == shown_of(carried, records[:number])


def links(count: int) -> list[Event]:
    """Reports, and links of each to the one before."""
    reports = [engagement(number) for number in range(1, count + 1)]
    return [*reports, *(same_as(count + number, number, number + 1) for number in range(1, count))]


def corrections(count: int) -> list[Event]:
    """Corrections of one report, every other by its source."""
    reasons = ("source_revision", "transcription")
    numbers = range(2, count + 2)
    fields = [{"reason": reasons[number % 2], "changes": {"summary": str(number)}} for number in numbers]
    corrected = zip(numbers, fields, strict=True)
    return [
        engagement(1),
        *(event(number, "correction", target=id_of(1), **more) for number, more in corrected),
    ]


def shuffled(numbers: Sequence[int]) -> Sequence[int]:
    """The same in another order, each time the same."""
    return Random(5).sample(numbers, len(numbers))


def out_of_order(order: Callable[[Sequence[int]], Iterable[int]]) -> Callable[[int], list[Event]]:
    """Corrections of a count by its source, and a few by editors, published in another order."""
    first = datetime(2024, 12, 1, tzinfo=UTC)

    def correction(number: int, hour: int) -> Event:
        parts = (
            {"summary": str(hour)},
            {"figure": {"value": hour}},
            {"occurred": "2024-12-01", "tags": ["x"]},
        )
        more = {"target": id_of(1), "changes": parts[number % 3]}
        if number % 10 == 0:
            return event(number, "correction", reason="transcription", **more)
        time = first + timedelta(hours=hour)
        return event(number, "correction", reason="source_revision", published_at=time, **more)

    return lambda count: [estimate(1), *map(correction, range(2, count + 2), order(range(count)))]


def mentions(kind: Callable[..., Event], **fields: Any) -> Callable[[int], list[Event]]:
    """Events about one report."""
    return lambda count: [engagement(1), *(kind(number, 1, **fields) for number in range(2, count + 2))]


def calls_of(work: Callable[[], object]) -> int:
    """How many functions some work calls: what it costs, on whatever machine."""
    calls = 0

    def count(_frame: FrameType, kind: str, _argument: object) -> None:
        nonlocal calls
        calls += kind in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


def words_about_linked(kind: Callable[..., Event]) -> Callable[[int], list[Event]]:
    """Reports that are one, and later and later words about each of them."""

    def chain(count: int) -> list[Event]:
        first = datetime(2024, 12, 1, tzinfo=UTC)
        days = [first + timedelta(hours=number) for number in range(2 * count)]
        reports = [
            engagement(number, published_at=days[number], occurred="2024-12-01")
            for number in range(1, count + 1)
        ]
        words = [
            kind(2 * count + number, 1 + number % count, published_at=days[count + number])
            for number in range(count)
        ]
        return [*reports, *links(count)[count:], *words]

    return chain


def mixture(count: int) -> list[Event]:
    """Words about three reports, linked with others; some are moved from one to another, or retracted.

    Half of each is published; the rest became known when it was recorded.
    """
    choice = Random(5)
    log, spoken = [*links(10)], list[int]()
    for number in range(len(log) + 1, len(log) + 1 + count):
        about, times = choice.randint(1, 3), said_at(choice.choice((None, "2024-12-01T00:00:00Z")))
        kind = choice.choices(("word", "move", "retract", "link"), (86, 6, 6, 2))[0] if spoken else "word"
        if kind == "word":
            word = choice.choice((statement, statement, evidence, verification, toll))
            log.append(word(number, about, **times))
            spoken.append(number)
        elif kind == "link":
            log.append(event(number, "same_as", developments=ids(about, choice.randint(4, 10)), **times))
        else:
            target = choice.choice([each for each in spoken if not isinstance(log[each - 1], CountReport)])
            moved = {"reason": "transcription", "changes": {"about": ids(choice.randint(1, 3))}}
            more = moved if kind == "move" else {"reason": "erroneous"}
            name = "correction" if kind == "move" else "retraction"
            log.append(event(number, name, target=id_of(target), **more, **times))
    return log


CHAINS = {
    "links": links,
    "corrections": corrections,
    "corrections backwards": out_of_order(lambda hours: hours[::-1]),
    "corrections in any order": out_of_order(shuffled),
    "statements": mentions(statement),
    "statements of a day": mentions(statement, published_at="2024-12-01T00:00:00Z"),
    "verifications": mentions(verification),
    "evidence": mentions(evidence),
    "counts": mentions(toll),
    "statements of a group": words_about_linked(statement),
    "evidence of a group": words_about_linked(evidence),
    "verifications of a group": words_about_linked(verification),
    "counts of a group": words_about_linked(toll),
    "mixture": mixture,
}


LONG_CHAINS = {
    "links",
    "corrections",
    "corrections backwards",
    "corrections in any order",
    "statements",
    "verifications",
    "evidence",
    "counts",
}
"""Those whose events cost little."""


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_costs_what_its_links_add(name):
    """Twice as many links, corrections or words about a report cost about twice as much in one array.

    No step looks at all of them.
    """

    def work(count: int) -> int:
        records = records_of(CHAINS[name](count))
        return calls_of(lambda: (decided(EventGraph(), records), fold(EventGraph(records), records)))

    few = 200 if name in LONG_CHAINS else 100
    assert work(2 * few) < 2.5 * work(few)
