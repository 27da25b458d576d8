"""What the rows say of when the world came to know holds against views by a time, row by row."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.test_amended_events import recorded
from tests.support.meaning.strategies import logs, times
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Development, SeriesReset
from timeline.views.projection.claims import reset_row
from timeline.views.projection.entries import NO_ROWS, development_rows
from timeline.views.projection.fold import fold
from timeline.views.projection.rows import Versions

COLUMNS = ("public_from", "settled_at", "publication_unknown", "displaced")


def bare(row):
    """A row without what it says of publication; rivals are marked by what the record holds."""
    absent = {name: None for name in (*COLUMNS, "shared") if name in row._fields}
    return row._replace(**absent)


def standing_rows(versions: Versions):
    """The rows that no record ended, by what they are the rows of."""
    return [version.row for version in versions.opened if version.to_position is None]


@given(log=logs(max_size=12), data=st.data())
def test_rows_say_when_the_world_came_to_know(log, data):
    """From `settled_at` on a row is what a view by the time shows; before `public_from` there is none."""
    records = recorded(log)
    position = data.draw(st.integers(1, len(records)))
    by = data.draw(times.map(datetime.fromisoformat))
    graph = EventGraph(records[:position])
    changes = fold(graph, records[:position])
    past = graph.at(position, by)
    rows = {
        record.event.id: development_rows(past.development(record.event.id))
        for record in records[:position]
        if isinstance(record.event, Development)
    }
    resets = {
        record.event.id: reset_row(record, past.word(record.event.id))
        for record in records[:position]
        if isinstance(record.event, SeriesReset)
    }
    for row in standing_rows(changes.entries):
        check(row, rows[row.development].entry, by)
        entry = rows[row.development].entry
        if entry is not None and not row.displaced:
            assert row.order_key == entry.order_key
    for row in standing_rows(changes.claims):
        check(row, resets.get(row.source) or rows.get(row.source, NO_ROWS).claim, by)
    for row in standing_rows(changes.incident_counts):
        check(row, rows[row.source].incident_count, by)


def check(row, past_row, by: datetime) -> None:
    """A stored row against the one by the time."""
    if row.settled_at is not None and row.settled_at <= by:
        assert past_row is not None
        assert bare(row) == bare(past_row)
    if row.public_from is None or row.public_from > by:
        assert past_row is None
