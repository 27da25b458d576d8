"""Bulk appends: committed batch by batch, refused by line number, continued by sending the lines again."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.client import Timeline, refused
from tests.support.payloads import engagement, retraction

NDJSON = "application/x-ndjson"
BATCH = 1_000


def lines(*events: dict[str, Any]) -> list[bytes]:
    """Events as lines."""
    return [json.dumps(event).encode() + b"\n" for event in events]


def send_lines(timeline: Timeline, content: Any, **parameters: str) -> httpx.Response:
    """Post lines as they are."""
    return timeline.client.post(
        f"{timeline.path}/events", content=content, headers={"content-type": NDJSON}, params=parameters
    )


def test_lines_are_taken_in_their_order(timeline: Timeline) -> None:
    """More lines than a batch holds come in whole, at gapless positions."""
    events = [engagement(summary=f"No. {number}") for number in range(2 * BATCH + 7)]

    report = send_lines(timeline, b"".join(lines(*events))).json()

    assert (len(events), len(events), 0, len(events)) == (
        report["lines"],
        report["recorded"],
        report["duplicates"],
        report["position"],
    )
    last = timeline.get("/events", after=len(events) - 1)["records"][0]
    assert events[-1]["id"] == last["event"]["id"]


def test_blank_lines_and_a_last_line_without_its_end_are_fine(timeline: Timeline) -> None:
    """Only what stands on a line counts; carriage returns and blanks around it do not."""
    first, second = lines(engagement(), engagement())

    report = send_lines(timeline, b"\n" + first.strip() + b"\r\n  \n" + second.strip()).json()

    assert (2, 4) == (report["recorded"], report["lines"])


def test_an_empty_body_records_nothing(timeline: Timeline) -> None:
    """No lines are not an error."""
    report = send_lines(timeline, b"").json()

    assert (0, 0, 0) == (report["lines"], report["recorded"], report["position"])


def test_chunks_may_end_anywhere(timeline: Timeline) -> None:
    """A line that comes in pieces is one line."""
    text = b"".join(lines(*(engagement(summary="Grüße") for _ in range(20))))

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(text), 7):
            yield text[start : start + 7]

    assert 20 == send_lines(timeline, pieces()).json()["recorded"]


def test_the_first_bad_line_ends_the_append(timeline: Timeline) -> None:
    """What was committed stays, nothing of the bad line's batch does, and the answer says where it was."""
    good = lines(*(engagement() for _ in range(BATCH + 10)))
    content = b"".join([*good[: BATCH + 5], b'{"type":"engagement"}\n', *good[BATCH + 5 :]])

    response = send_lines(timeline, content)

    refused(timeline.client, response, 400, "malformed", "$.id")
    problem = response.json()
    assert (BATCH + 6, BATCH, 0) == (problem["line"], problem["recorded"], problem["duplicates"])
    assert BATCH == timeline.head


def test_sending_the_lines_again_continues_where_they_stopped(timeline: Timeline) -> None:
    """Ids make it harmless: what is recorded already counts as a duplicate."""
    good = lines(*(engagement() for _ in range(BATCH + 10)))
    send_lines(timeline, b"".join([*good[: BATCH + 5], b"{\n", *good[BATCH + 5 :]]))

    report = send_lines(timeline, b"".join(good)).json()

    assert (10, BATCH) == (report["recorded"], report["duplicates"])


def test_a_line_that_breaks_a_rule_is_named(timeline: Timeline) -> None:
    """A refusal that only the log can tell has the number of its line too, and a path within it."""
    bad = retraction(engagement())
    response = send_lines(timeline, b"".join(lines(engagement(), engagement(), bad, engagement())))

    refused(timeline.client, response, 422, "unknown-reference", "$.target")
    assert (3, 0, 0) == (response.json()["line"], response.json()["recorded"], timeline.head)


def test_bad_lines_can_be_skipped(timeline: Timeline) -> None:
    """The good lines are kept, and each refused one is reported with its number and problem."""
    recorded = engagement()
    content = b"".join(
        [
            *lines(recorded),
            b"not json\n",
            *lines(engagement(), retraction(engagement()), {**recorded, "summary": "Another."}, engagement()),
        ]
    )

    report = send_lines(timeline, content, on_error="skip").json()

    assert (6, 3, 3) == (report["lines"], report["recorded"], report["refused_total"])
    assert [(2, 400), (4, 422), (5, 409)] == sorted(
        (line["line"], line["problem"]["status"]) for line in report["refused"]
    )


@pytest.mark.parametrize(
    ("parameters", "headers", "path"),
    [({"on_error": "skip"}, {}, "on_error"), ({"on_error": "mend"}, {}, "on_error")],
)
def test_on_error_is_for_lines_alone(
    unchanged: Timeline, parameters: dict[str, str], headers: dict[str, str], path: str
) -> None:
    """A body that is taken in whole or not at all cannot leave anything out."""
    response = unchanged.client.post(
        f"{unchanged.path}/events", json=engagement(), params=parameters, headers=headers
    )

    refused(unchanged.client, response, 400, "malformed", path)


def test_lines_cannot_expect_a_position(unchanged: Timeline) -> None:
    """Batches are committed one by one: a position can be expected of a body only."""
    response = unchanged.client.post(
        f"{unchanged.path}/events",
        content=lines(engagement())[0],
        headers={"content-type": NDJSON, "if-match": '"1"'},
    )

    refused(unchanged.client, response, 400, "malformed", "If-Match")


def test_lines_for_an_unknown_timeline_are_refused(client: httpx.Client) -> None:
    """That is answered before anything is recorded."""
    response = send_lines(Timeline(client, "nobody-made-this"), lines(engagement())[0])

    refused(client, response, 404, "unknown-timeline")


def test_a_line_over_the_limit_ends_the_append(serve: Any) -> None:
    """A line without an end is not gathered for ever."""
    small = Timeline(serve(body_bytes_max="2000").client)
    small.put()

    response = send_lines(small, b"".join([*lines(engagement()), b"x" * 5_000]))

    refused(small.client, response, 413, "too-large", "$")
    assert (2, 0) == (response.json()["line"], small.head)
