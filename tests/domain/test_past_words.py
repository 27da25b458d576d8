from datetime import UTC, datetime, timedelta

from tests.support.meaning.strategies import event_of, running_total, toll
from tests.support.samples import id_of
from timeline.domain.amended_events import AmendedEvents
from timeline.domain.event_graph import EventGraph
from timeline.domain.past_words import PastWords
from timeline.domain.publicity import FROM_THE_START
from timeline.domain.record import Record, new_record

TEN = {"qualifier": "exact", "value": 10}
START = datetime(2024, 12, 28, tzinfo=UTC)


def day(number: int) -> str:
    """A time on a day of December 2024."""
    return f"2024-12-{number:02}T00:00:00Z"


def graph_of(*events) -> EventGraph:
    """The events as recorded, an hour apart."""
    return EventGraph(
        new_record("t", position, START + timedelta(hours=position), "anonymous", event)
        for position, event in enumerate(events, start=1)
    )


def past_of(graph: EventGraph, position: int) -> PastWords:
    """What the events of a graph said at any time."""
    return PastWords(graph, AmendedEvents(graph, position))


def record_of(graph: EventGraph, number: int) -> Record:
    """The record of an event."""
    record = graph.record(id_of(number))
    assert record is not None
    return record


def total(number: int, **fields):
    """A running total of ten."""
    return running_total(number, "m", TEN, "2024-12-05", **fields)


def retract(number: int, target: int, reason: str, **fields):
    """A retraction of an event."""
    return event_of(number, "retraction", target=str(id_of(target)), reason=reason, **fields)


def same(number: int, *developments: int):
    """A link that an editor made."""
    return event_of(number, "same_as", developments=[str(id_of(each)) for each in developments])


def relink(number: int, target: int, *developments: int, **fields):
    """A correction of a link, by the source."""
    changes = {"developments": [str(id_of(each)) for each in developments]}
    link = {"target": str(id_of(target)), "reason": "restatement", "changes": changes}
    return event_of(number, "correction", **link, **fields)


def test_a_word_stood_until_its_retraction_was_published():
    """A report that its source withdrew on the 20th was told from the 6th on."""
    past = past_of(
        graph_of(total(1, published_at=day(6)), retract(2, 1, "withdrawn", published_at=day(20))), 2
    )

    assert past.is_undone(id_of(1))
    assert past.publicity(id_of(1), []).public_from == datetime(2024, 12, 6, tzinfo=UTC)
    assert [word.event.figure.value for word in past.told_words(id_of(1))] == [10]


def test_what_editors_retract_never_stood():
    """Our own error is undone at every time, and whoever undoes it does so too."""
    past = past_of(graph_of(total(1, published_at=day(6)), retract(2, 1, "erroneous")), 2)

    assert not past.is_undone(id_of(1))
    assert past.told_words(id_of(1)) == []


def test_a_correction_that_was_undone_had_made_the_report_public():
    """Of the report itself no publication is known; the correction was published, and withdrawn later."""
    changes = {"figure": {"value": 12}}
    correction = {"target": str(id_of(1)), "reason": "restatement", "changes": changes}
    graph = graph_of(
        total(1),
        event_of(2, "correction", published_at=day(8), **correction),
        retract(3, 2, "withdrawn", published_at=day(20)),
    )
    publicity = graph.at(3).publicity(id_of(1))

    assert publicity.has_unknown
    assert publicity.public_from == FROM_THE_START
    assert graph.at(3, datetime(2024, 12, 10, tzinfo=UTC)).word(id_of(1)).event.figure.value == 12
    assert graph.at(3, datetime(2024, 12, 21, tzinfo=UTC)).is_missed(id_of(1))


def test_an_earlier_word_that_is_recorded_later_links_what_it_names():
    """The link moved on the 20th; that it had moved before, on the 10th, is recorded last."""
    reports = [total(number, published_at=day(6)) for number in range(1, 5)]
    graph = graph_of(
        *reports,
        same(5, 1, 2),
        relink(6, 5, 1, 3, published_at=day(20)),
        relink(7, 5, 1, 4, published_at=day(10)),
    )
    past = past_of(graph, 7)

    assert graph.at(7).linked(id_of(4)) == {id_of(4)}
    assert graph.at(7, datetime(2024, 12, 12, tzinfo=UTC)).linked(id_of(4)) == {id_of(1), id_of(4)}
    assert past.linked(id_of(4)) == {id_of(number) for number in range(1, 5)}
    assert past.bore_on(record_of(graph, 5), id_of(4))
    assert not past_of(graph, 6).bore_on(record_of(graph, 5), id_of(4))


def test_links_of_editors_are_the_same_at_every_time():
    """A link that an editor corrected links only what it does now."""
    changes = {"developments": [str(id_of(1)), str(id_of(3))]}
    mending = {"target": str(id_of(4)), "reason": "transcription", "changes": changes}
    reports = [total(number) for number in range(1, 4)]
    past = past_of(graph_of(*reports, same(4, 1, 2), event_of(5, "correction", **mending)), 5)

    assert past.linked(id_of(1)) == {id_of(1), id_of(3)}
    assert past.linked(id_of(2)) == {id_of(2)}


def test_a_count_is_settled_when_the_report_that_leads_its_incident_is():
    """Nobody was told that the first report is withdrawn: by every time it leads, and gives the address."""
    incident = [toll(number, "m", TEN, None, published_at=day(6)) for number in (1, 2)]
    count = toll(5, "y", TEN, id_of(1), published_at=day(7))
    graph = graph_of(*incident, same(3, 1, 2), retract(4, 1, "withdrawn"), count)
    now, past = graph.at(5).development(id_of(5)), graph.at(5, START).development(id_of(5))

    assert str(id_of(2)) in now.claim.series
    assert str(id_of(1)) in past.claim.series
    assert now.publicity.entry().settled_at is None


def test_where_no_report_of_a_development_stands_none_leads():
    """Each is answered itself, as retracted."""
    reports = [toll(number, "m", TEN, None, published_at=day(6)) for number in (1, 2)]
    graph = graph_of(*reports, same(3, 1, 2), retract(4, 1, "erroneous"), retract(5, 2, "erroneous"))

    assert graph.at(4).leader(id_of(1)) == id_of(2)
    assert [graph.at(5).leader(id_of(number)) for number in (1, 2)] == [id_of(1), id_of(2)]
