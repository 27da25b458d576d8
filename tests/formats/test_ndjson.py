"""Lines: the record, byte for byte."""

from hypothesis import given

from tests.formats.given import HEAD, sequences
from tests.profiles import examples
from tests.sequences import record_of
from timeline.domain.codec import encode_event
from timeline.domain.record import decode_record, seal
from timeline.formats.ndjson import Ndjson


@examples(40)
@given(sequences)
def test_lines_are_the_records(events):
    """Nothing is written but the records, each on its line, and each can be read as it was."""
    known = [record_of(event, position) for position, event in enumerate(events, 1)]
    stored = [
        seal("t", one.position, one.recorded_at, one.recorded_by, encode_event(one.event)) for one in known
    ]
    writer = Ndjson()
    document = writer.begin(HEAD) + writer.records(stored) + writer.records([]) + writer.end()

    assert stored == document.split(b"\n")[:-1]
    assert events == [decode_record(line).event for line in document.split(b"\n")[:-1]]
