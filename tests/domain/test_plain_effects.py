"""The short way of what is about plain reports comes to what is looked up of any report."""

import pytest
from hypothesis import event as note
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.test_carried import ForgetfulGraph, corrected_logs, plain_logs, text_of
from tests.support.profiles import examples
from tests.support.samples import engagement, estimate, evidence, same_as, statement, toll, verification
from tests.support.sequences import any_sequences, records_of
from timeline.domain import topics
from timeline.domain.event_graph import EventGraph
from timeline.domain.plain_effects import plain_effect
from timeline.views.projection.fold import fold
from timeline.views.projection.rows import ViewChanges

logs = st.one_of(plain_logs(), corrected_logs(), any_sequences().map(records_of))


@examples(150)
@given(records=logs, carried=st.sampled_from((2, 3, 16)), data=st.data())
def test_the_short_way_comes_to_the_same_rows(records, carried, data):
    """Whatever is carried from record to record, and whatever comes later."""
    first = records[: data.draw(st.integers(0, len(records)))]
    graph = EventGraph(records)
    note(f"plain: {any(plain_effect(graph, record) for record in records)}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(topics, "CARRIED_MENTIONS_MIN", carried)
        short = fold(graph, records)
        partly = fold(EventGraph(first), first)
        patch.setattr(topics, "CARRIED_MENTIONS_MIN", 0)  # so that much is said of every report
        long, in_part = ViewChanges.none(), ViewChanges.none()
        for record in records:
            fold(ForgetfulGraph(records), [record], long)
        for record in first:
            fold(ForgetfulGraph(first), [record], in_part)

    assert text_of(short) == text_of(long)
    assert text_of(partly) == text_of(in_part)


@pytest.mark.parametrize(
    ("new", "is_plain"),
    [
        (statement(20, 1), True),
        (statement(20, 1, 2, 3), True),
        (evidence(20, 1), True),
        (verification(20, 3), True),
        (toll(20, 1), True),
        (toll(20, 4), False),  # a count of a count
        (statement(20, 4), True),
        (statement(20, 5), False),  # evidence, whose standing others show
        (statement(20, 6), False),  # linked
        (statement(20, 1, 6), False),
    ],
)
def test_most_of_what_is_about_others_takes_the_short_way(new, is_plain):
    """What is about reports by themselves does, and what links bear on does not."""
    events = [
        engagement(1, occurred="2024-12-01"),
        engagement(2),
        estimate(3),
        toll(4, 1),
        evidence(5, 2),
        engagement(6),
        engagement(7),
        same_as(8, 6, 7),
        new,
    ]
    records = records_of(events)

    assert is_plain == (plain_effect(EventGraph(records), records[-1]) is not None)
