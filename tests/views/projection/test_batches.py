"""For any sequence of valid events: batches leave no trace, and later records change no earlier position."""

from collections.abc import Sequence

from hypothesis import event as note
from hypothesis import given
from hypothesis import strategies as st

from tests.support.posting import (
    AHEAD,
    new_timeline,
    post_together,
    record_in_batches,
    recorded,
    valid_at,
    view_rows,
)
from tests.support.profiles import examples
from tests.support.sequences import LINKING, any_sequences, offered_sequences
from tests.views.consistency import assert_consistent
from timeline.domain.errors import RuleBroken
from timeline.domain.events import Event
from timeline.log.posts import Post

offers = st.one_of(offered_sequences(), offered_sequences(min_size=10, among=LINKING))
# one by one most often: events of the same batch are not looked up in the log
batchings = st.just([1] * 20) | st.just([1] * 20) | st.lists(st.integers(1, 8), max_size=8)


def note_kinds(events: Sequence[Event]) -> None:
    """For `--hypothesis-show-statistics`: what the examples hold."""
    for kind in {type(event).__name__ for event in events}:
        note(kind)


@examples(25)
@given(events=any_sequences(), sizes=batchings, data=st.data())
def test_batches_leave_no_trace(desk, events, sizes, data, set_part):
    """One by one, all at once or in any batches: the same versions of the same rows, to the byte."""
    note_kinds(events)
    set_part(data.draw(st.integers(1, 30)))
    versions = []
    for chosen in ([1] * len(events), [], sizes):
        timeline = desk.run(new_timeline(desk.pool, AHEAD))
        desk.run(record_in_batches(desk.appender, timeline, events, chosen))
        versions.append(desk.run(view_rows(desk.pool, timeline)))

    assert versions[0] == versions[1]
    assert versions[0] == versions[2]


@examples(30)
@given(events=any_sequences(), data=st.data())
def test_a_position_shows_what_a_log_that_ended_there_shows(desk, events, data):
    """Later records change nothing of what was valid at a position."""
    position = data.draw(st.integers(0, len(events)))
    whole = desk.run(new_timeline(desk.pool, AHEAD))
    prefix = desk.run(new_timeline(desk.pool, AHEAD))
    desk.run(record_in_batches(desk.appender, whole, events))
    desk.run(record_in_batches(desk.appender, prefix, events[:position]))
    rows = desk.run(view_rows(desk.pool, whole))
    ended = desk.run(view_rows(desk.pool, prefix))

    for table in rows:
        assert valid_at(ended[table], position) == valid_at(rows[table], position)


@examples(40)
@given(offered=offers, sizes=batchings)
def test_refused_posts_change_nothing_for_their_neighbours(desk, offered, sizes):
    """In any batches, the posts that are recorded are those that would be, one by one."""
    note(f"refused: {any(not is_valid for _, is_valid in offered)}")
    timeline = desk.run(new_timeline(desk.pool))
    remaining = list(offered)
    results = []
    for size in (*sizes, len(remaining)):
        posts = [Post.of((event,), "tests") for event, _ in remaining[:size]]
        results += desk.run(post_together(desk.appender, timeline, posts))
        remaining = remaining[size:]
    log = desk.run(recorded(desk.pool, timeline))

    assert [is_valid for _, is_valid in offered] == [not isinstance(result, RuleBroken) for result in results]
    assert [event for event, is_valid in offered if is_valid] == [record.event for record in log]
    assert_consistent(desk.run(view_rows(desk.pool, timeline)), len(log))
