"""Answers say how long they hold, are compared by their ETag, and come from memory."""

import gzip
import time
from typing import Any
from uuid import uuid4

import pytest

from tests.support.client import Timeline, raw, refused
from tests.support.payloads import engagement
from timeline.views.projection.rules import RULES_VERSION

VIEWS = ("?", "/actors?", "/figures?", "/totals?measure=killed&", "/actors/nis-south-korea?")
PINNED = (*(f"{view}at=24" for view in VIEWS), "/diff?to=24")


DAY = "public, max-age=86400"


@pytest.mark.parametrize("path", PINNED)
@pytest.mark.parametrize("suffix", ["", f"&rules={RULES_VERSION}"])
def test_a_pinned_answer_may_be_used_for_a_day(case: Timeline, path: str, suffix: str) -> None:
    """Not for ever: rules change, and people must be forgotten. Asking whether it holds costs a 304."""
    first = case.client.get(f"{case.path}{path}{suffix}")
    etag = first.headers["etag"]
    again = case.client.get(f"{case.path}{path}{suffix}", headers={"if-none-match": f'"other", W/{etag}'})

    assert (304, b"") == (again.status_code, again.content)
    for answer in (first, again):
        assert (DAY, etag) == (answer.headers["cache-control"], answer.headers["etag"])
        assert str(RULES_VERSION) == answer.headers["x-rules"]
    assert RULES_VERSION == first.json()["rules"]
    assert f"rules={RULES_VERSION}" in first.json()["url"]


@pytest.mark.parametrize(("seconds", "expected"), [("60", "public, max-age=60"), ("0", "no-cache")])
def test_how_long_is_a_setting(serve: Any, seconds: str, expected: str) -> None:
    """With 0 clients ask each time."""
    timeline = Timeline(serve(pinned_seconds_max=seconds).client)
    timeline.put()

    answer = timeline.client.get(timeline.path, params={"at": 0})
    assert expected == answer.headers["cache-control"]


@pytest.mark.parametrize(
    "path", [*PINNED, *VIEWS, "/replay?", "?format=csv&", "/figures?format=csv&limit=1&"]
)
def test_an_old_address_is_answered_by_the_rules_of_today(case: Timeline, path: str) -> None:
    """With what the record held, and with the version by which it was made, whichever the address names."""
    address = f"{case.path}{path}&rules=".replace("?&", "?").replace("&&", "&")
    today, older, newer = (
        case.client.get(f"{address}{RULES_VERSION + difference}") for difference in (0, -1, 1)
    )

    assert (200, 200, 200) == (today.status_code, older.status_code, newer.status_code)
    for answer in (older, newer):
        assert today.content.splitlines()[1:] == answer.content.splitlines()[1:]
        if "replay" not in path:
            assert str(RULES_VERSION) == answer.headers["x-rules"]
        if answer.headers["content-type"] == "application/json":
            assert today.json() == answer.json()
            assert RULES_VERSION == answer.json()["rules"]
    pinned = [answer.headers.get("cache-control") for answer in (older, newer)]
    assert path not in PINNED or [DAY, "no-cache"] == pinned


def test_logs_of_one_name_share_no_etag(new_database: Any, template: str, serve: Any) -> None:
    """The same name, head and query in two databases: the answers differ, and so do their tags."""
    answers = []
    for summary in ("Here.", "There."):
        timeline = Timeline(serve(dsn=new_database(template)).client, "twin")
        timeline.put()
        timeline.take(engagement(summary=summary))
        answers.append(timeline.client.get(timeline.path, params={"at": 1}))
        foreign = {"if-none-match": answers[0].headers["etag"]}
        again = timeline.client.get(timeline.path, params={"at": 1}, headers=foreign)

    assert answers[0].headers["etag"] != answers[1].headers["etag"]
    assert (200, answers[1].content) == (again.status_code, again.content)


def test_a_log_keeps_its_etags(dsn: str, serve: Any) -> None:
    """Another process, now or after a restart, knows them: its lineage stands in the log's own table."""
    first, second = (Timeline(serve(dsn=dsn).client, "one") for _ in range(2))
    first.put()
    first.take(engagement())
    etag = first.client.get(first.path, params={"at": 1}).headers["etag"]

    again = second.client.get(second.path, params={"at": 1}, headers={"if-none-match": etag})
    assert 304 == again.status_code


def test_all_pages_of_a_listing_are_by_the_same_rules(case: Timeline) -> None:
    """The address of the next page says the rules, so that no listing goes on by others."""
    address, pages = f"{case.path}?limit=10", 0
    while address:
        page = case.client.get(address)
        assert page.status_code == 200
        address, pages = page.json()["next"], pages + 1
        assert address is None or f"&rules={RULES_VERSION}&cursor=" in address

    assert pages > 1
    assert DAY == page.headers["cache-control"]


def test_an_answer_at_the_head_is_asked_for_again(timeline: Timeline) -> None:
    """It may be kept, but not used unasked; its ETag changes as soon as the log moves."""
    timeline.take(engagement())
    first = timeline.client.get(timeline.path)
    still = timeline.client.get(timeline.path, headers={"if-none-match": first.headers["etag"]})
    timeline.take(engagement())
    moved = timeline.client.get(timeline.path, headers={"if-none-match": first.headers["etag"]})

    assert "no-cache" == first.headers["cache-control"]
    assert (304, 200) == (still.status_code, moved.status_code)
    assert 2 == len(moved.json()["entries"])


@pytest.mark.parametrize("path", ["?to=2024", "/totals?measure=killed&to=2024"])
def test_a_year_pins_nothing(timeline: Timeline, path: str) -> None:
    """What is no position is no reason to keep an answer, though it looks like one."""
    timeline.take(engagement(occurred="2024"))
    first = timeline.client.get(timeline.path + path)
    timeline.take(engagement(occurred="2024"))
    moved = timeline.client.get(timeline.path + path, headers={"if-none-match": first.headers["etag"]})

    assert "no-cache" == first.headers["cache-control"]
    assert (1, 2) == (first.json()["position"], moved.json()["position"])


def test_a_pinned_answer_keeps_its_etag_and_bytes_when_the_log_moves(timeline: Timeline) -> None:
    """What is pinned never changes."""
    timeline.take(engagement())
    before = timeline.client.get(timeline.path, params={"at": 1})
    timeline.take(engagement(), engagement())
    after = timeline.client.get(timeline.path, params={"at": 1})

    assert (before.headers["etag"], before.content) == (after.headers["etag"], after.content)


def test_encodings_are_representations_of_their_own(service: Any, case: Timeline) -> None:
    """Compressed and plain answers hold the same, vary by what is accepted, and have ETags of their own."""
    target = f"{case.path}?at=24"
    plain = raw(service, "GET", target)
    packed = raw(service, "GET", target, accept_encoding="gzip")

    assert plain.content == gzip.decompress(packed.content)
    assert plain.headers["etag"] != packed.headers["etag"]
    assert "accept, accept-encoding, origin" == packed.headers["vary"].lower()
    assert (
        "accept-encoding, origin" == raw(service, "GET", f"{case.path}/actors?at=24").headers["vary"].lower()
    )


@pytest.mark.parametrize(
    ("header", "is_packed"),
    [
        ("gzip", True),
        ("x-gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("*;q=1, gzip;q=0", False),
        ("identity", False),
        ("*;q=0", False),
        ("", False),
        ("gzipped", False),
    ],
)
@pytest.mark.parametrize("path", ["?at=24", "?format=csv"])
def test_gzip_is_sent_to_those_who_accept_it(
    service: Any, case: Timeline, header: str, is_packed: bool, path: str
) -> None:
    """A quality of 0 is a refusal (RFC 9110, section 12.4.2); streams obey it too."""
    answer = raw(service, "GET", case.path + path, accept_encoding=header)

    assert ("gzip" if is_packed else None) == answer.headers.get("content-encoding")


@pytest.mark.parametrize("path", ["?at=24", "", "?format=csv", "/figures?limit=1"])
def test_any_tag_matches_whatever_is_there(case: Timeline, path: str) -> None:
    """`If-None-Match: *` is 304 where there is an answer, be it made, kept or streamed; else the refusal."""
    for _ in range(2):
        same = case.client.get(case.path + path, headers={"if-none-match": "*"})
        assert (304, b"") == (same.status_code, same.content)
        assert case.client.get(case.path + path).headers["etag"] == same.headers["etag"]
    missing = case.client.get(f"{case.path}/actors/nobody", headers={"if-none-match": "*"})
    refused(case.client, missing, 404, "not-found")
    assert 200 == case.client.get(case.path + path).status_code


@pytest.mark.parametrize("path", ["/v1", "/v1/timelines", "/openapi.json", "events", "events?format=ndjson"])
def test_any_tag_matches_what_has_no_tag_of_its_own(case: Timeline, path: str) -> None:
    """Whatever has an answer to GET matches; what is refused is refused, and HEAD is as GET."""
    path = path if path.startswith("/") else f"{case.path}/{path}"
    same = case.client.get(path, headers={"if-none-match": "*"})
    assert (304, b"") == (same.status_code, same.content)
    assert 304 == case.client.head(path, headers={"if-none-match": "*"}).status_code
    assert 200 == case.client.get(path, headers={"if-none-match": '"other"'}).status_code
    missing = case.client.get(f"{case.path}/events/{uuid4()}", headers={"if-none-match": "*"})
    refused(case.client, missing, 404, "not-found")
    assert 200 == case.client.get("/ready", headers={"if-none-match": "*"}).status_code


def test_tags_may_come_in_several_lines(case: Timeline) -> None:
    """As one list (RFC 9110, section 5.3)."""
    tag = case.client.get(case.path).headers["etag"]

    same = case.client.get(case.path, headers=[("if-none-match", '"a"'), ("if-none-match", tag)])

    assert 304 == same.status_code


def test_refusals_are_not_kept(case: Timeline) -> None:
    """A problem has no ETag and is no answer for ever."""
    response = case.client.get(case.path, params={"at": 24, "limit": 0})

    assert 400 == response.status_code
    assert "etag" not in response.headers


def test_what_was_posted_through_one_process_can_be_waited_for_in_another(dsn: str, serve: Any) -> None:
    """A read with `min_position` shows a post made elsewhere; a position that does not come is a 404."""
    this_process = Timeline(serve(dsn=dsn).client, "shared")
    other_process = Timeline(serve(dsn=dsn, read_wait_seconds_max="0.5").client, "shared")
    this_process.put()
    assert 0 == other_process.get()["position"]

    for position in range(1, 20):
        this_process.take(engagement())
        assert position <= other_process.get(min_position=position)["position"]

    late = other_process.client.get(other_process.path, params={"min_position": 99})
    assert (404, "min_position") == (late.status_code, late.json()["path"])
    assert "min_position" not in other_process.get(min_position=1)["url"]


def test_another_process_catches_up_within_the_bound(dsn: str, serve: Any) -> None:
    """Without asking for it, a post made elsewhere is seen soon, and a process reads its own at once."""
    this_process = Timeline(serve(dsn=dsn).client, "shared")
    other_process = Timeline(serve(dsn=dsn).client, "shared")
    this_process.put()
    other_process.get()
    this_process.take(engagement())
    assert 1 == this_process.get()["position"]

    deadline = time.monotonic() + 10
    while other_process.get()["position"] < 1 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert 1 == other_process.get()["position"]
