import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.documents import HEAD, sealed_record
from tests.support.samples import engagement, id_of
from tests.support.strategies import ID_POOL, events
from timeline.domain.codec import encode_event
from timeline.domain.record import leaf_hash
from timeline.formats.cloudevents import (
    BATCH,
    CloudEvents,
    read_cloud_event,
    read_cloud_events,
    write_cloud_event,
)

anything = events(developments=ID_POOL[:3], targets=ID_POOL[3:5])


@given(anything)
def test_an_event_of_any_type_goes_out_and_comes_in_the_same(event):
    """Byte for byte as it was stored, whatever its source left out."""
    stored = encode_event(event)
    assert stored == encode_event(read_cloud_event(write_cloud_event(sealed_record(event, 7))))


@given(st.lists(anything, max_size=5), st.integers(1, 3))
def test_a_log_goes_out_as_one_batch(log, size):
    """However it is cut into pages."""
    writer = CloudEvents()
    records = [sealed_record(event, position) for position, event in enumerate(log, 1)]
    pages = [records[start : start + size] for start in range(0, len(records), size)]
    written = b"".join((writer.begin(HEAD), *map(writer.records, pages), writer.records([]), writer.end()))
    assert log == read_cloud_events(written, limit=5)
    assert BATCH == writer.media_type


def test_the_envelope_has_the_position_of_the_record():
    """Its attributes are those of the specification, and four of our own with names that it allows."""
    record = sealed_record(engagement(1, published_at="2024-12-27T10:00:00+09:00", tags=["drones"]), 7)
    assert msgspec.json.decode(write_cloud_event(record)) == {
        "specversion": "1.0",
        "id": str(id_of(1)),
        "source": "/v1/timelines/kursk-2024",
        "type": "conflict.timeline.engagement.v2",
        "subject": f"events/{id_of(1)}",
        "time": "2024-12-27T10:00:00+09:00",
        "datacontenttype": "application/json",
        "position": 7,
        "recordedat": "2025-01-01T07:00:00Z",
        "recordedby": "tests",
        "leafhash": leaf_hash(record).hex(),
        "data": {
            "summary": "Event 1.",
            "published_at": "2024-12-27T10:00:00+09:00",
            "tags": ["drones"],
        },
    }


def test_a_time_is_not_made_up():
    """When it was recorded is not when it was published."""
    assert "time" not in msgspec.json.decode(write_cloud_event(sealed_record(engagement(1), 1)))
