from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.meaning.words import Log
from tests.support.sequences import event_sequences, record_of, records_of
from timeline.domain.errors import RuleBroken, TimelineError, UnknownReference
from timeline.domain.event_graph import AMENDMENT_DEPTH_MAX, EventGraph
from timeline.domain.events import (
    Amendment,
    Capture,
    Correction,
    Development,
    Event,
    Evidence,
    OfficialStatement,
    Retraction,
    SameAs,
    Verification,
    event_type,
)
from timeline.domain.references import topics_of
from timeline.domain.validation import AMENDED_AMENDMENTS_MAX, add_valid_record


def uid(number: int) -> UUID:
    """The id of this number."""
    return UUID(int=number)


def capture(number: int, **fields: Any) -> Capture:
    """A capture."""
    base = {"summary": "x", "claimant": "ukraine", "captor": "ukraine", "captive_of": "troops"}
    return Capture(id=uid(number), **base | fields)


def says(number: int, about: int) -> OfficialStatement:
    """An official statement about a development."""
    return OfficialStatement(
        id=uid(number), summary="x", speaker="nis", stance="confirms", about=(uid(about),)
    )


def correct(number: int, target: int, **changes: Any) -> Correction:
    """A correction."""
    return Correction(id=uid(number), target=uid(target), reason="restatement", changes=changes)


def retract(number: int, target: int) -> Retraction:
    """A retraction."""
    return Retraction(id=uid(number), target=uid(target), reason="withdrawn")


def same(number: int, *developments: int) -> SameAs:
    """A same_as."""
    return SameAs(id=uid(number), developments=tuple(map(uid, developments)))


def graph_of(*events: Event) -> EventGraph:
    """The events at positions 1, 2, 3 and so on, each admitted."""
    graph = EventGraph()
    for record in records_of(events):
        add_valid_record(graph, record)
    return graph


def refused(*events: Event) -> TimelineError:
    """Why the last event is refused after the others were events in."""
    graph = graph_of(*events[:-1])
    with pytest.raises(TimelineError) as refusal:
        add_valid_record(EventGraph(parent=graph), record_of(events[-1], len(events)))
    return refusal.value


# Rule 1: what nothing amends stands as it was posted.


def test_an_event_stands_from_its_position_on():
    """Before its position an event is not there; from then on it stands as posted."""
    graph = graph_of(capture(1), capture(2))

    assert (None, capture(2)) == (graph.at(1).standing(uid(2)), graph.at(2).standing(uid(2)))
    assert graph.at(2).standing(uid(3)) is None


# Rule 2: corrections apply in order, and keep the type valid.


def test_corrections_apply_in_the_order_of_their_positions():
    """Each patches what stood before it, at its own position."""
    graph = graph_of(
        capture(1, condition="wounded"),
        correct(2, 1, condition="dead", tags=["a"]),
        correct(3, 1, condition="unharmed"),
    )

    assert [capture(1, condition="wounded"), capture(1, condition="dead", tags=("a",))] == [
        graph.at(1).standing(uid(1)),
        graph.at(2).standing(uid(1)),
    ]
    assert capture(1, condition="unharmed", tags=("a",)) == graph.at(3).standing(uid(1))


def test_a_correction_with_null_takes_a_field_away():
    """Null in a patch means that the field was never given."""
    graph = graph_of(capture(1, condition="wounded"), correct(2, 1, condition=None))

    assert capture(1) == graph.at(2).standing(uid(1))


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"captor": None}, "$.changes.captor"),
        ({"condition": "asleep"}, "$.changes.condition"),
        ({"figure": {"qualifier": "exact", "value": 1}}, "$.changes.figure"),
        ({"count": {"qualifier": "exact"}}, "$.changes.count.value"),
        ({"sources": [{"publisher": "a"}, {"publisher": "B"}]}, "$.changes.sources[1].publisher"),
    ],
)
def test_a_correction_must_leave_a_valid_event(changes, path):
    """What is no valid event of the type afterwards is refused, with the path of the change."""
    refusal = refused(capture(1), correct(2, 1, **changes))

    assert (RuleBroken, path) == (type(refusal), refusal.path)


# Rule 3: a retraction takes an event away.


def test_a_retraction_takes_an_event_away():
    """From the retraction on nothing stands; before it the event did."""
    graph = graph_of(capture(1), retract(2, 1))

    assert (capture(1), None) == (graph.at(1).standing(uid(1)), graph.at(2).standing(uid(1)))


def test_a_correction_of_a_retracted_event_waits():
    """It changes nothing that stands, and counts when the event stands again."""
    graph = graph_of(capture(1), retract(2, 1), correct(3, 1, condition="dead"), retract(4, 2))

    assert [None, None, capture(1, condition="dead")] == [graph.at(at).standing(uid(1)) for at in (2, 3, 4)]


# Rule 4: amendments are events too.


def test_a_correction_of_a_correction_changes_what_it_changes():
    """The corrected correction applies at its own place, before later ones."""
    graph = graph_of(
        capture(1),
        correct(2, 1, condition="dead", summary="y"),
        correct(3, 1, summary="z"),
        correct(4, 2, changes={"condition": "wounded", "summary": "w"}),
    )

    assert capture(1, condition="wounded", summary="z") == graph.at(4).standing(uid(1))


def test_a_correction_of_a_correction_can_drop_one_of_its_changes():
    """A null inside takes the change away, so that the event's own field counts again."""
    graph = graph_of(
        capture(1, condition="wounded"),
        correct(2, 1, condition="dead", summary="y"),
        correct(3, 2, changes={"condition": None}),
    )

    assert capture(1, condition="wounded", summary="y") == graph.at(3).standing(uid(1))


def test_a_retracted_correction_leaves_later_ones_in_force():
    """Its change is undone, as if it had never been, and the later correction stays."""
    graph = graph_of(capture(1), correct(2, 1, condition="dead"), correct(3, 1, summary="y"), retract(4, 2))

    assert capture(1, summary="y") == graph.at(4).standing(uid(1))


def test_a_retracted_retraction_lets_the_event_stand_again():
    """Retraction, its retraction and one more: gone, back, gone."""
    graph = graph_of(capture(1), retract(2, 1), retract(3, 2), retract(4, 3))

    assert [capture(1), None, capture(1), None] == [graph.at(at).standing(uid(1)) for at in range(1, 5)]


def test_two_retractions_must_both_be_undone():
    """An event stands again only when no retraction of it stands."""
    graph = graph_of(capture(1), retract(2, 1), retract(3, 1), retract(4, 2), retract(5, 3))

    assert [None, None, capture(1)] == [graph.at(at).standing(uid(1)) for at in (3, 4, 5)]


def test_amendments_may_stand_on_each_other_only_so_deep():
    """A chain over the limit is refused, as is an amendment of itself."""
    chain = [capture(1), *(retract(n, n - 1) for n in range(2, AMENDMENT_DEPTH_MAX + 2))]
    graph_of(*chain)

    assert refused(*chain, retract(99, AMENDMENT_DEPTH_MAX + 1)).path == "$.target"
    assert isinstance(refused(capture(1), retract(2, 2)), RuleBroken)


def test_amendments_of_one_event_may_be_amended_only_so_often():
    """The event itself is corrected as often as its sources speak, and a log that holds more is borne."""
    corrections = [correct(2 * n, 1, summary=f"{n}") for n in range(1, AMENDED_AMENDMENTS_MAX + 2)]
    retractions = [retract(2 * n + 1, 2 * n) for n in range(1, AMENDED_AMENDMENTS_MAX + 1)]
    log = [capture(1), *corrections, *retractions]
    graph_of(*log, correct(1_001, 1, summary="y"), retract(1_003, 1))
    one_more = retract(1_002, 2 * AMENDED_AMENDMENTS_MAX + 2)

    refusal = refused(*log, one_more)
    assert (refusal.path, str(AMENDED_AMENDMENTS_MAX) in str(refusal)) == ("$.target", True)

    records = records_of([*log, one_more])
    assert EventGraph(records).at(len(records)).standing(uid(1)) == capture(1)


# Rule 5: nothing standing may be left invalid.


def test_a_correction_that_a_later_one_builds_on_cannot_be_retracted_first():
    """The later correction is only valid with the earlier; retracted in turn, both can go."""
    base = [
        capture(1),
        correct(2, 1, count={"qualifier": "exact", "value": 1}),
        correct(3, 1, count={"verbatim": "one man"}),
    ]

    assert (RuleBroken, "$.target") == (
        type(refused(*base, retract(4, 2))),
        refused(*base, retract(4, 2)).path,
    )
    assert capture(1) == graph_of(*base, retract(4, 3), retract(5, 2)).at(5).standing(uid(1))


@pytest.mark.parametrize("amendment", [retract(2, 9), correct(2, 9, summary="y")], ids=event_type)
def test_an_amendment_of_nothing_is_refused(amendment):
    """What it aims at must be in the timeline before it."""
    refusal = refused(capture(1), amendment)

    assert (UnknownReference, "$.target") == (type(refusal), refusal.path)


# Rule 6: statements, evidence and verifications speak of what they now name.


def test_a_statement_bears_on_what_it_names():
    """Statements, evidence and verifications are found by what they speak of, in their order."""
    evidence = Evidence(id=uid(3), summary="x", kind="image", about=(uid(1),))
    verification = Verification(id=uid(4), claimant="nis", about=(uid(1),), grade="probable")
    graph = graph_of(capture(1), says(2, 1), evidence, verification)

    assert [says(2, 1), evidence, verification] == [event for _, event in graph.at(4).mentions(uid(1))]
    assert [says(2, 1)] == [event for _, event in graph.at(2).mentions(uid(1))]


def test_a_statement_that_is_corrected_bears_on_its_new_topic():
    """Corrected to speak of another, it leaves the first; the correction undone, it comes back."""
    other = str(uid(2))
    graph = graph_of(capture(1), capture(2), says(3, 1), correct(4, 3, about=[other]), retract(5, 4))

    mentions = [[len(list(graph.at(at).mentions(uid(topic)))) for topic in (1, 2)] for at in (3, 4, 5)]
    assert mentions == [[1, 0], [0, 1], [1, 0]]


def test_a_retracted_statement_bears_on_nothing():
    """It counts until its retraction, and again when that is undone."""
    graph = graph_of(capture(1), says(2, 1), retract(3, 2), retract(4, 3))

    assert [len(list(graph.at(at).mentions(uid(1)))) for at in (2, 3, 4)] == [1, 0, 1]


# Rule 7: same_as makes developments one.


def test_linked_developments_are_one():
    """Links join directly and in a chain, from their position on; the earliest leads."""
    graph = graph_of(capture(1), capture(2), capture(3), capture(4), same(5, 3, 2), same(6, 1, 2))

    assert [uid(2), uid(3)] == graph.at(5).group(uid(3))
    assert [uid(1), uid(2), uid(3)] == graph.at(6).group(uid(3))
    assert [uid(4)] == graph.at(6).group(uid(4))


def test_a_retracted_link_parts_them_again():
    """Without the link that joined them, each is by itself."""
    graph = graph_of(capture(1), capture(2), same(3, 1, 2), retract(4, 3))

    assert ([uid(1), uid(2)], [uid(1)]) == (graph.at(3).group(uid(1)), graph.at(4).group(uid(1)))


def test_a_retracted_development_leaves_the_group_and_still_links_it():
    """The next one leads, and a chain through the retracted one holds."""
    graph = graph_of(capture(1), capture(2), capture(3), same(4, 2, 1), same(5, 1, 3), retract(6, 1))

    assert [uid(2), uid(3)] == graph.at(6).group(uid(3))
    assert [uid(1), uid(2), uid(3)] == graph.at(6).group(uid(1))


# Properties, against plain models that go through all events.


@given(event_sequences(max_size=14))
def test_what_stands_is_what_the_rules_say_at_every_position(events):
    """For any events, what stands at any position is what the model of meaning says."""
    graph = graph_of(*events)
    records = [graph.record(event.id) for event in events]

    for at in range(len(events) + 1):
        model = Log(records, at=at)
        for event in events[:at]:
            word = model.last_word(event.id)
            assert (word.event if word else None) == graph.at(at).standing(event.id)


@given(event_sequences(max_size=14))
def test_later_records_do_not_change_what_stood(events):
    """A graph that ends at a position and one that holds later records agree about it."""
    graph = graph_of(*events)

    for at in range(len(events)):
        earlier = graph_of(*events[:at])
        for event in events:
            assert earlier.at(at).standing(event.id) == graph.at(at).standing(event.id)
            assert list(earlier.at(at).mentions(event.id)) == list(graph.at(at).mentions(event.id))
            if isinstance(event, Development):
                assert earlier.at(at).group(event.id) == graph.at(at).group(event.id)


@given(event_sequences(max_size=14))
def test_every_standing_event_is_found_by_its_topics(events):
    """The index of mentions misses no event that is about a topic, and holds no other."""
    graph = graph_of(*events)
    head = len(events)
    standing = [
        event
        for posted in events
        if (event := graph.at(head).standing(posted.id)) and not isinstance(posted, Amendment)
    ]

    for topic in {topic for event in events for topic in (event.id, *topics_of(event))}:
        expected = [event for event in standing if topic in topics_of(event)]
        assert expected == [event for _, event in graph.at(head).mentions(topic)]


@given(event_sequences(max_size=16))
def test_groups_part_the_developments(events):
    """To be one is mutual: whoever stands in a group has that group."""
    graph = graph_of(*events)
    head = len(events)

    for event in events:
        if isinstance(event, Development) and graph.at(head).standing(event.id):
            group = graph.at(head).group(event.id)
            assert event.id in group
            assert all(group == graph.at(head).group(other) for other in group)


@given(event_sequences(max_size=14), st.integers(0, 14))
def test_a_trial_merged_equals_records_added(events, cut):
    """Records added to a child and merged give what they give when added at once."""
    graph, parent = graph_of(*events), graph_of(*events[:cut])
    trial = EventGraph(records_of(events)[cut:], parent=parent)
    head = len(events)
    seen = [trial.at(head).standing(event.id) for event in events]
    mentions = [list(trial.at(head).mentions(event.id)) for event in events]
    assert [None] * len(events[cut:]) == [parent.record(event.id) for event in events[cut:]]
    parent.merge(trial)

    assert seen == [graph.at(head).standing(event.id) for event in events]
    assert seen == [parent.at(head).standing(event.id) for event in events]
    assert mentions == [list(parent.at(head).mentions(event.id)) for event in events]
