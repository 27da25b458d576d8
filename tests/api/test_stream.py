"""The log as server-sent events."""

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
import pytest

from tests.support.client import Timeline, refused
from tests.support.payloads import engagement, statement


class Sent(NamedTuple):
    """One server-sent event: the position in its id, its kind and its data."""

    id: str | None
    event: str
    data: Any
    whole_id: str | None


@contextmanager
def streaming(timeline: Timeline, headers: dict[str, str] | None = None, **parameters: Any) -> Iterator[Any]:
    """An open stream, as an iterator of what is sent."""
    url = f"{timeline.path}/events/stream"
    with timeline.client.stream("GET", url, params=parameters, headers=headers, timeout=20) as response:
        assert 200 == response.status_code
        yield _sent(response)


def _sent(response: httpx.Response) -> Iterator[Sent]:
    fields: dict[str, str] = {}
    for line in response.iter_lines():
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        elif "event" in fields:
            whole_id = fields.get("id")
            position = whole_id and whole_id.partition("-")[0]
            yield Sent(position, fields["event"], json.loads(fields["data"]), whole_id)
            fields = {}


def take(stream: Iterator[Sent], count: int) -> list[Sent]:
    """The next few."""
    return [next(stream) for _ in range(count)]


def test_a_stream_gives_what_was_and_then_what_comes(timeline: Timeline) -> None:
    """Records come verbatim, each with its position as id, without a gap between old and new."""
    timeline.take(engagement(), engagement())
    with streaming(timeline, after=0) as stream:
        old = take(stream, 2)
        timeline.take(engagement())
        new = take(stream, 1)

    assert ["1", "2", "3"] == [sent.id for sent in old + new]
    assert [1, 2, 3] == [sent.data["position"] for sent in old + new]


def test_a_stream_begins_at_the_head_by_default(timeline: Timeline) -> None:
    """Without a position only what is new is sent."""
    timeline.take(engagement(), engagement())
    with streaming(timeline) as stream:
        timeline.take(engagement())

        assert "3" == next(stream).id


def test_a_stream_is_resumed_by_the_last_event_id(timeline: Timeline) -> None:
    """The header that browsers send takes precedence over the parameter."""
    timeline.take(*(engagement() for _ in range(5)))
    with streaming(timeline, {"Last-Event-ID": "3"}, after=0) as stream:
        assert ["4", "5"] == [sent.id for sent in take(stream, 2)]


def test_a_stream_is_filtered_by_type_and_actor(timeline: Timeline) -> None:
    """Records that do not match are not sent."""
    timeline.take(engagement(), statement(speaker="nis"), statement(speaker="kremlin"), engagement())
    with streaming(timeline, after=0, type="official_statement", actor="kremlin") as stream:
        timeline.take(statement(speaker="kremlin"))

        assert ["3", "5"] == [sent.id for sent in take(stream, 2)]


def test_a_long_catching_up_misses_nothing(timeline: Timeline) -> None:
    """More than any chunk holds, while more is posted."""
    for _ in range(3):
        timeline.take(*(engagement() for _ in range(900)))
    with streaming(timeline, after=0) as stream:
        poster = threading.Thread(target=lambda: [timeline.post(engagement()) for _ in range(100)])
        poster.start()
        ids = [int(sent.id or 0) for sent in take(stream, 2_800)]
        poster.join()

    assert list(range(1, 2_801)) == ids


@pytest.mark.parametrize("resume", [{"headers": {"Last-Event-ID": "99"}}, {"after": 99}])
def test_a_stream_beyond_the_head_says_so_and_goes_on(timeline: Timeline, resume: dict[str, Any]) -> None:
    """A log shorter than its reader was told is another one; the event's id has the reader start over."""
    timeline.take(engagement(), engagement())
    with streaming(timeline, **resume) as stream:
        reset = next(stream)
        timeline.take(engagement())

        assert ("2", "reset", {"reason": "ahead", "position": 2}) == reset[:3]
        assert ("3", "record") == next(stream)[:2]


def test_a_position_posted_through_another_process_is_not_beyond_the_head(dsn: str, serve: Any) -> None:
    """What this process does not know yet may be in the log."""
    this_process = Timeline(serve(dsn=dsn, head_stale_seconds_max="60").client, "shared")
    other_process = Timeline(serve(dsn=dsn, head_stale_seconds_max="60").client, "shared")
    this_process.put()
    other_process.get()
    for _ in range(10):
        [position] = this_process.take(engagement())
        with streaming(other_process, after=position) as stream:
            this_process.take(engagement())
            assert str(position + 1) == next(stream).id


def test_a_stream_of_another_log_says_so(timeline: Timeline) -> None:
    """A log of the same name in another database has other ids; the same log goes on from its own."""
    timeline.take(engagement(), engagement())
    with streaming(timeline, after=0) as stream:
        first = next(stream).whole_id or ""
    with streaming(timeline, {"Last-Event-ID": first}) as stream:
        assert "2" == next(stream).id
    with streaming(timeline, {"Last-Event-ID": f"1-{'0' * 12}"}) as stream:
        reset = next(stream)
        timeline.take(engagement())

        assert ("2", "reset", {"reason": "other_log", "position": 2}) == reset[:3]
        assert first.partition("-")[2] == (reset.whole_id or "").partition("-")[2]
        assert "3" == next(stream).id


@pytest.mark.parametrize("event_id", ["x", "-1", "1-", "1-xyz", "1.5", "9" * 30])
def test_a_last_event_id_that_is_not_a_position_is_refused(case: Timeline, event_id: str) -> None:
    """The problem names the header."""
    response = case.client.get(f"{case.path}/events/stream", headers={"Last-Event-ID": event_id})

    refused(case.client, response, 400, "malformed", "Last-Event-ID")


def test_more_streams_than_the_limit_are_refused(serve: Any) -> None:
    """One stream more than the limit gets a 503."""
    timeline = Timeline(serve(stream_readers_max="1").client)
    timeline.put()
    timeline.take(engagement())
    with streaming(timeline, after=0) as stream:
        next(stream)
        response = timeline.client.get(f"{timeline.path}/events/stream")
        refused(timeline.client, response, 503, "unavailable")


def test_a_stream_ends_with_a_reason(serve: Any) -> None:
    """SIGTERM ends a stream with an event that has the position to resume after."""
    service = serve()
    timeline = Timeline(service.client)
    timeline.put()
    timeline.take(engagement())
    with streaming(timeline, after=0) as stream:
        next(stream)
        service.process.send_signal(signal.SIGTERM)

        assert ("end", {"reason": "shutdown", "position": 1}) == next(stream)[1:3]
