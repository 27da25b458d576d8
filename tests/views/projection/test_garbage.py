"""Neither a fold nor a view by a time leaves what only the garbage collector frees, which seldom runs."""

import gc
from collections.abc import Callable
from datetime import UTC, datetime

from hypothesis import given

from tests.support.profiles import examples
from tests.support.sequences import any_sequences, records_of
from timeline.domain.event_graph import EventGraph
from timeline.views.projection.entries import development_rows
from timeline.views.projection.fold import fold

TIME = datetime(2031, 1, 1, tzinfo=UTC)


def garbage_of(work: Callable[[], object]) -> int:
    """How many objects some work leaves that hold each other."""
    gc.collect()
    gc.disable()
    try:
        work()
        return gc.collect()
    finally:
        gc.enable()


@examples(25)
@given(events=any_sequences())
def test_a_fold_leaves_no_garbage(events):
    """Neither while it lasts nor at its end, whatever is linked, counted or amended."""
    records = records_of(events)
    graph = EventGraph(records)

    def begin_and_end() -> None:
        passing = EventGraph(records)
        fold(passing, records)
        passing.forget_snapshots()

    assert 0 == garbage_of(lambda: fold(graph, records))
    assert 0 == garbage_of(begin_and_end)


@examples(25)
@given(events=any_sequences())
def test_a_view_by_a_time_leaves_no_garbage(events):
    """Its entries show how their evidence stands."""
    records = records_of(events)
    graph = EventGraph(records)

    def look() -> None:
        snapshot = graph.at(len(records), TIME)
        for event in events:
            development_rows(snapshot.development(event.id))

    assert 0 == garbage_of(look)
