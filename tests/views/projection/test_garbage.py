"""A fold leaves nothing that only the garbage collector would free: a rebuild runs without it."""

import gc

from hypothesis import given

from tests.support.profiles import examples
from tests.support.sequences import any_sequences, records_of
from timeline.domain.event_graph import EventGraph
from timeline.views.projection.fold import fold


@examples(25)
@given(events=any_sequences())
def test_a_fold_leaves_no_garbage(events):
    """Neither while it lasts nor at its end, whatever is linked, counted or amended."""
    records = records_of(events)
    graph = EventGraph(records)
    gc.collect()
    gc.disable()
    try:
        fold(graph, records)
        during = gc.collect()
        graph.forget_snapshots()
        del graph
        after = gc.collect()
    finally:
        gc.enable()

    assert (0, 0) == (during, after)
