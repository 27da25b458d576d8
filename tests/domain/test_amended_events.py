from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.meaning.strategies import event_of, logs, running_total, times
from tests.support.meaning.words import Log
from tests.support.samples import id_of
from timeline.domain.amended_events import AmendedEvents
from timeline.domain.errors import RuleBroken
from timeline.domain.event_graph import EventGraph
from timeline.domain.patches import correct_event
from timeline.domain.record import Record, new_record

TEN = {"qualifier": "exact", "value": 10}
START = datetime(2024, 12, 28, tzinfo=UTC)


def recorded(events) -> list[Record]:
    """The events as records, an hour apart."""
    return [
        new_record("t", position, START + timedelta(hours=position), "anonymous", event)
        for position, event in enumerate(events, start=1)
    ]


@given(log=logs(max_size=12), data=st.data())
def test_corrections_are_checked_from_where_they_were(log, data):
    """To check the last amendment after those before it finds what checking all of them does."""
    records = recorded(log)
    position = data.draw(st.integers(1, len(records)))
    graph = EventGraph(records)
    earlier, events = AmendedEvents(graph, position - 1), AmendedEvents(graph, position)

    for record in records[:position]:
        event_id = record.event.id
        try:
            whole = correct_event(record.event, events._changes(event_id, None))
            correct_event(record.event, earlier._changes(event_id, None))
        except RuleBroken:
            continue  # nothing that was recorded by the rules
        assert whole == events.corrected(event_id, earlier)


@given(log=logs(max_size=12), data=st.data())
def test_words_are_those_of_the_model(log, data):
    """What every event says, at any position and by any time, whatever amended it in whichever order."""
    records = recorded(log)
    position = data.draw(st.integers(1, len(records)))
    by = data.draw(st.none() | times.map(datetime.fromisoformat))
    model, graph = Log(records, by, position), EventGraph(records)
    events = AmendedEvents(graph, position, by)

    for record in records[:position]:
        ours, theirs = events.word(record.event.id), model.last_word(record.event.id)
        assert model.stands(record.event.id) == events.stands(record.event.id)
        assert (theirs is None) == (ours is None)
        if ours is not None and theirs is not None:
            assert (theirs.event, theirs.order, theirs.published, theirs.first_published) == (
                ours.event,
                ours.order,
                ours.published_at,
                ours.first_published_at,
            )
        if by is not None:
            is_hidden = events.stands(record.event.id) and ours is None
            is_unknown = is_hidden and events.has_unknown_publication(record.event.id)
            assert model.is_unknown(record.event.id) == is_unknown


def correct(number: int, reason: str, value: int, **fields):
    """A correction of event 1 to another number."""
    changes = {"figure": {"value": value}}
    return event_of(number, "correction", target=str(id_of(1)), reason=reason, changes=changes, **fields)


@pytest.mark.parametrize(
    ("amendments", "value"),
    [
        pytest.param([correct(2, "transcription", 8)], 8, id="an editor's correction applies"),
        pytest.param(
            [
                correct(2, "restatement", 12, published_at="2024-12-20T00:00:00Z"),
                correct(3, "restatement", 11, published_at="2024-12-10T00:00:00Z"),
            ],
            12,
            id="an older word that is recorded later takes its place in the past",
        ),
        pytest.param(
            [
                correct(2, "transcription", 8),
                correct(3, "restatement", 12, published_at="2024-12-20T00:00:00Z"),
            ],
            12,
            id="the source speaks after what was mended",
        ),
        pytest.param(
            [
                correct(2, "restatement", 12, published_at="2024-12-20T00:00:00Z"),
                correct(3, "transcription", 21),
                correct(4, "restatement", 11, published_at="2024-12-10T00:00:00Z"),
            ],
            21,
            id="a mending stays with the word that it mended",
        ),
    ],
)
def test_the_order_of_words(amendments, value):
    """Corrections by the source apply in the order of words; those by editors mend the word that stood."""
    first = running_total(1, "m", TEN, "2024-12-05", published_at="2024-12-06T00:00:00Z")
    events = AmendedEvents(EventGraph(recorded([first, *amendments])), 4)

    assert value == events.word(id_of(1)).event.figure.value


def test_a_mending_of_a_corrected_correction_is_hidden_with_it():
    """The source corrected its own correction; what editors mended then is that word, not the one before."""
    chained = {"changes": {"changes": {"figure": {"value": 25}}}, "reason": "source_revision"}
    log = [
        running_total(1, "m", TEN, "2024-12-05", published_at="2024-12-06T00:00:00Z"),
        correct(2, "source_revision", 20, published_at="2024-12-10T00:00:00Z"),
        event_of(3, "correction", target=str(id_of(2)), published_at="2024-12-20T00:00:00Z", **chained),
        correct(4, "transcription", 26),
    ]
    graph = EventGraph(recorded(log))
    by_day = {day: AmendedEvents(graph, 4, datetime(2024, 12, day, tzinfo=UTC)) for day in (8, 12, 22)}
    values = {day: events.word(id_of(1)).event.figure.value for day, events in by_day.items()}

    assert values == {8: 10, 12: 20, 22: 26}
    assert AmendedEvents(graph, 4).word(id_of(1)).event.figure.value == 26


@pytest.mark.parametrize(
    ("first", "later", "said_at"),
    [
        (None, "2024-12-20T00:00:00Z", "2024-12-20T00:00:00Z"),
        ("2024-12-06T00:00:00Z", "2024-12-03T00:00:00Z", "2024-12-06T00:00:00Z"),
        ("2024-12-06T00:00:00Z", None, "2024-12-28T02:00:00Z"),
        (None, None, "2024-12-28T02:00:00Z"),
    ],
)
def test_a_correction_is_said_when_it_was_published(first, later, said_at):
    """It follows the publication of what it corrects, where that is known: to record it is no word."""
    published = [{"published_at": time} if time else {} for time in (first, later)]
    log = [
        running_total(1, "m", TEN, "2024-12-05", **published[0]),
        correct(2, "source_revision", 20, **published[1]),
    ]

    word = AmendedEvents(EventGraph(recorded(log)), 2).word(id_of(1))

    assert (word.event.figure.value, word.said_at) == (20, datetime.fromisoformat(said_at))


def test_what_is_not_public_yet_changes_no_earlier_word():
    """A correction that is published later is no part of what an earlier one said, though recorded before."""
    tags = {"changes": {"tags": ["drones"]}, "reason": "restatement", "target": str(id_of(1))}
    log = [
        running_total(1, "m", TEN, "2024-12-05", published_at="2024-12-06T00:00:00Z"),
        correct(2, "source_revision", 12, published_at="2024-12-20T00:00:00Z"),
        event_of(3, "correction", published_at="2024-12-08T00:00:00Z", **tags),
    ]
    graph = EventGraph(recorded(log))
    past = AmendedEvents(graph, 3, datetime(2024, 12, 10, tzinfo=UTC)).word(id_of(1)).event

    assert (past.figure.value, past.tags) == (10, ("drones",))
    assert AmendedEvents(graph, 3).word(id_of(1)).event.figure.value == 12


@given(log=logs(max_size=12), by=times.map(datetime.fromisoformat))
def test_after_its_last_publication_nothing_of_an_event_is_hidden(log, by):
    """Where all of it was published by the time, an event says what it says without a time."""
    records = recorded(log)
    graph, last = EventGraph(records), len(records)
    present, past = AmendedEvents(graph, last), AmendedEvents(graph, last, by)

    for record in records:
        published = list(present.publications(record.event.id))
        if all(time is not None and time <= by for time in published):
            assert present.stands(record.event.id) == past.stands(record.event.id)
            assert present.word(record.event.id) == past.word(record.event.id)
