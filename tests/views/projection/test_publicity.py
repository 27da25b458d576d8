"""What the rows say of when the world came to know holds against views by a time, row by row."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.test_amended_events import recorded
from tests.support.meaning.strategies import event_of, logs, times, toll
from tests.support.samples import id_of
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
        if not row.is_earlier:  # of these the row of the last word says it
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


published = st.none() | times


@given(
    reports=st.lists(published, min_size=3, max_size=3),
    counts=st.lists(st.tuples(st.sampled_from((1, 2)), published), min_size=1, max_size=3),
    amended=st.lists(st.tuples(st.integers(4, 6), st.sampled_from((None, 1, 2, 3)), times), max_size=2),
    by=times.map(datetime.fromisoformat),
)
def test_counts_that_are_moved_or_withdrawn_are_settled_when_that_is_known(reports, counts, amended, by):
    """What their incident says of any of them is settled only then, too; and who has rivals is marked."""
    log = [event_of(number, "engagement", published_at=time) for number, time in enumerate(reports, 1)]
    exactly = {"qualifier": "exact", "value": 1}
    for number, (incident, time) in enumerate(counts, len(log) + 1):
        log.append(toll(number, "m", exactly, id_of(incident), subject=f"s{number}", published_at=time))
    for target, incident, time in amended:
        kind, how = "retraction", {"reason": "withdrawn"}
        if incident is not None:
            kind, how = "correction", {"reason": "restatement", "changes": {"incident": str(id_of(incident))}}
        if target <= len(reports) + len(counts):
            log.append(event_of(len(log) + 1, kind, target=str(id_of(target)), published_at=time, **how))
    records = recorded(log)
    graph = EventGraph(records)
    rows = standing_rows(fold(graph, records).incident_counts)
    past = graph.at(len(records), by)
    past_rows = {
        record.event.id: development_rows(past.development(record.event.id)).incident_count
        for record in records
        if isinstance(record.event, Development)
    }
    settled = [row for row in rows if row.settled_at is not None and row.settled_at <= by]
    for row in rows:
        check(row, past_rows[row.source], by)
    for row in settled:
        rivals = [
            past_row for past_row in past_rows.values() if past_row and past_row.incident == row.incident
        ]
        assert row.shared or len(rivals) == 1
