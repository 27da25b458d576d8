"""The log goes out of one timeline and into another, as lines or as CloudEvents."""

import io
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.documents import HEAD, sealed_record
from tests.support.samples import engagement
from tests.support.strategies import ID_POOL, events
from timeline.domain.codec import encode_event
from timeline.formats.cloudevents import CloudEvents
from timeline.formats.drafts import Reject
from timeline.formats.ndjson import Ndjson, read_cloud_events, read_events

logs = st.lists(events(developments=ID_POOL[:3], targets=ID_POOL[3:5]), max_size=6)


def _write(writer, log, size=4):
    records = [sealed_record(event, position) for position, event in enumerate(log, 1)]
    pages = [records[start : start + size] for start in range(0, len(records), size)]
    return b"".join((writer.begin(HEAD), *map(writer.records, pages), writer.end()))


def _events(reader, text):
    return [row if isinstance(row, Reject) else row[1] for row in reader(io.BytesIO(text))]


@given(logs)
def test_the_log_as_lines_is_read_again(log):
    """Each line is a record as it is stored; what is read is the event in it, byte for byte."""
    text = _write(Ndjson(), log)
    assert [sealed_record(event, position) for position, event in enumerate(log, 1)] == text.splitlines()
    assert list(map(encode_event, log)) == list(map(encode_event, _events(read_events, text)))


@given(logs)
def test_the_log_as_cloudevents_is_read_again(log):
    """As a batch, and as one envelope per line."""
    text = _write(CloudEvents(), log)
    assert log == _events(read_cloud_events, text)
    lines = b"\n".join(msgspec.json.encode(envelope) for envelope in json.loads(text))
    assert log == _events(read_cloud_events, lines)


@given(logs, st.randoms())
def test_bare_events_and_records_may_stand_in_one_file(log, random):
    """Each with its number, blank lines and a byte order mark or not."""
    lines = [
        sealed_record(event, position) if random.random() < 0.5 else encode_event(event)
        for position, event in enumerate(log, 1)
    ]
    text = b"\xef\xbb\xbf" + b"\r\n\r\n".join(lines)
    expected = [(2 * index + 1, event) for index, event in enumerate(log)]
    assert expected == list(read_events(io.BytesIO(text)))


@pytest.mark.parametrize(
    ("line", "path", "reason"),
    [
        (b'{"type": "engagement"}', "id", "missing required field `id`"),
        (b'{"version": 1, "event": {"type": "engagement", "id": "x"}}', "event.id", "Invalid UUID"),
        (b'{"version": 3, "event": {}}', "version", "version 3 of the vocabulary"),
        (b'{"version": "1", "event": {}}', None, "Expected `int`"),
        (b"{", None, "not JSON"),
        (b"7", None, "Expected `object`"),
        (b"\xff", None, "no"),
        (b'{"a":' * 100_000, None, "nested too deeply"),
    ],
)
def test_a_line_without_an_event_is_rejected_and_the_rest_is_read(line, path, reason):
    """With its number, the place of the fault, and the line itself."""
    good = encode_event(engagement(1))
    first, bad, last = read_events(io.BytesIO(b"\n".join((good, line + b" ", good))))
    assert [(1, engagement(1)), (3, engagement(1))] == [first, last]
    assert (2, path, line.decode(errors="replace")) == (bad.line, bad.path, bad.row)
    assert reason in bad.reason
