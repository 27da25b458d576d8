from datetime import UTC, datetime
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import ID_POOL, events
from timeline.domain.codec import encode_event
from timeline.domain.record import decode_record, event_bytes, leaf_hash, new_record, seal

RECORDED_AT = datetime(2025, 1, 1, 12, 30, 0, 125_000, tzinfo=UTC)


def test_a_record_is_written_around_the_event():
    """The bytes are the envelope's fields in their order, and the event's bytes untouched."""
    expected = (
        b'{"timeline":"kursk-2024","position":3,"recorded_at":"2025-01-01T12:30:00.125000Z",'
        b'"recorded_by":"desk","version":2,"event":{ "type" : "x" }}'
    )

    assert expected == seal("kursk-2024", 3, RECORDED_AT, "desk", b'{ "type" : "x" }')


@given(events(developments=ID_POOL, targets=ID_POOL), st.integers(1, 2**53))
def test_a_record_is_read_as_it_was_sealed(event, position):
    """Any event comes out of its record, both as bytes and as what they mean."""
    written = encode_event(event)
    stored = seal("kursk-2024", position, RECORDED_AT, "desk", written)

    assert written == event_bytes(stored)
    assert new_record("kursk-2024", position, RECORDED_AT, "desk", event) == decode_record(stored)


def test_a_leaf_hash_is_that_of_rfc_6962():
    """The empty record has the leaf hash that certificate transparency's test vectors give it."""
    expected = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"

    assert expected == leaf_hash(b"").hex()


@given(st.binary(max_size=50))
def test_a_leaf_hash_covers_every_byte(data):
    """The leaf hash is SHA-256 over a zero byte and the record's bytes."""
    assert sha256(b"\x00" + data).digest() == leaf_hash(data)
    assert leaf_hash(data) != leaf_hash(data + b" ")
