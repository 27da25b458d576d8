"""Events as lines of JSON, both ways: reading what people have, and writing the log byte for byte."""

import io
import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.documents import HEAD, sequences
from tests.support.profiles import examples
from tests.support.samples import engagement
from tests.support.sequences import record_of
from tests.support.strategies import events
from timeline.domain.codec import encode_event
from timeline.domain.errors import Malformed
from timeline.domain.record import decode_record, seal
from timeline.formats.drafts import Reject
from timeline.formats.ndjson import Ndjson, read_events

RECORDED = datetime(2024, 1, 6, tzinfo=UTC)


@given(st.lists(events(), max_size=4), st.sampled_from(["lines", "records", "array"]))
@examples(50)
def test_events_come_in_as_they_went_out(given_events, form):
    """Bare, in the records of a log, and as an array."""
    texts = [encode_event(event) for event in given_events]
    if form == "records":
        texts = [seal("t", number, RECORDED, "tests", text) for number, text in enumerate(texts, 1)]
    joined = b"[" + b",".join(texts) + b"]" if form == "array" else b"\n".join(texts)

    actual = list(read_events(io.BytesIO(joined)))

    assert list(enumerate(given_events, 1)) == actual


def test_a_line_that_is_no_event_is_rejected():
    """With its number, the line itself and the field at fault."""
    sound = encode_event(engagement(1))
    wrong = sound.replace(b'"summary":"Event 1."', b'"summary":5')

    first, second, third = read_events(io.BytesIO(b"\n".join((wrong, b"", b"{x", sound))))

    assert isinstance(first, Reject)
    assert (1, "summary", wrong.decode()) == (first.line, first.path, first.row)
    assert (3, "{x") == (second.line, second.row)
    assert (4, engagement(1)) == third


def test_an_array_that_is_no_json_is_refused():
    """As a whole: it has no lines to go on with."""
    with pytest.raises(Malformed):
        list(read_events(io.BytesIO(b'[{"id": 1},]')))


def test_an_object_may_stand_over_several_lines():
    """As a person writes one."""
    text = json.dumps(msgspec.json.decode(encode_event(engagement(1))), indent=2)

    assert [(1, engagement(1))] == list(read_events(io.BytesIO(text.encode())))


@examples(40)
@given(sequences)
def test_lines_are_the_records(events):
    """Nothing is written but the records, each on its line, and each can be read as it was."""
    records = [record_of(event, position) for position, event in enumerate(events, 1)]
    stored = [
        seal("t", record.position, record.recorded_at, record.recorded_by, encode_event(record.event))
        for record in records
    ]
    writer = Ndjson()
    document = writer.begin(HEAD) + writer.records(stored) + writer.records([]) + writer.end()

    assert stored == document.split(b"\n")[:-1]
    assert events == [decode_record(line).event for line in document.split(b"\n")[:-1]]
