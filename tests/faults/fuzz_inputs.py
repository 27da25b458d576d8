"""Fuzzed inputs: requests and events of the pools, changed in one or several ways by a seed and a number.

`python -m tests.faults.fuzz_inputs SEED NUMBER EACH` shows one again; a failed test names the three.
"""

import json
import sys
from collections.abc import Callable, Sequence
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import UUID

from tests.faults.fuzz_pools import Input, Pools, draw_pools

DEPTH_MAX = 2_000
EVENTS_SHARE = 0.5
"""How many of the inputs are posts of mutated events; the others are requests of any operation."""

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 0.5, -0.0, 1e308, 1e-320, float("nan"), float("inf"),
    2**31, 2**53, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**400,
    "", " ", "\0", "a\0b", "\ud800", "\udfff\ud800", "\ufeff", "\u202e", "\U0010ffff", "e\u0301", "İ",
    "x" * 19_900, "x " * 9_000, "2024-02-30", "2024-13", "0000", "9999-12-31T23:59:60Z", "-2024", "2024/2023",
    "ß" * 300, "2024-12-27T01:00:00+24:00", "../", "%00", "a:b", "javascript:alert(1)", "http://[::1",
    "https://a b", "00000000-0000-0000-0000-000000000000", "null", "[]", "'; --", "\\", "*", "ru-", "-", "A",
    [], {}, [[]], [None] * 300, {"": ""}, {"\ud800": 1}, {"__proto__": {}}, ["a", "a"],
)  # fmt: skip
"""Values at the edges of types, of texts and of what the vocabulary speaks of."""

BYTES = (
    b"\0", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"{", b"}", b"[", b"]", b",", b'"',
    b"\\u", b"\\ud800", b"\n", b"\r\n", b"e999", b"-", b"0", b"NaN", b"null",
)  # fmt: skip

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
HEADERS = (
    "Accept", "Accept-Encoding", "Authorization", "Content-Encoding", "Content-Type", "If-Match",
    "If-None-Match", "Last-Event-ID", "Origin", "Prefer", "Range",
)  # fmt: skip
POSTS = ("/events", "/events", "/events", "/events/lines", "/events/cloudevent", "/events/cloudevents")
TYPES = {
    "/events": "application/json",
    "/events/lines": "application/x-ndjson",
    "/events/cloudevent": "application/cloudevents+json",
    "/events/cloudevents": "application/cloudevents-batch+json",
}


def fuzzed(pools: Pools, seed: int, number: int) -> Input:
    """The input of a number; the same one for the same seed and pools."""
    random = Random(f"{seed} {number}")
    if random.random() < EVENTS_SHARE:
        return post_of_events(pools, random)
    request = random.choice(pools.requests)
    for _ in range(random.choice((0, 1, 1, 2, 4))):
        request = random.choice(CHANGES)(request, pools, random)
    return request


def post_of_events(pools: Pools, random: Random) -> Input:
    """Some events, of which at least one is changed, as one of the operations that record takes them."""
    events = [fresh(random.choice(pools.events), random) for _ in range(random.choice((1, 1, 1, 2, 5)))]
    events[0] = change_members(events[0], pools, random)
    path = random.choice(POSTS)
    body = WRITERS[path](events)
    if random.random() < 0.25:
        body = change_bytes(body, random)
    return Input("POST", "/v1/timelines/{timeline}" + path, (), (("Content-Type", TYPES[path]),), body)


def fresh(event: Any, random: Random) -> Any:
    """The event, mostly with an id that it has not had yet."""
    if random.random() < 0.2:
        return event
    return event | {
        "id": str(UUID(int=(random.getrandbits(128) & ~(15 << 76) & ~(3 << 62)) | 7 << 76 | 2 << 62))
    }


def as_json(value: Any) -> bytes:
    """JSON, or what is nearly JSON: numbers that are none, surrogates that are alone."""
    try:
        return json.dumps(value).encode()
    except RecursionError:  # wrapped several times
        return b"[" * DEPTH_MAX


def cloudevent(event: Any) -> Any:
    """An event in its envelope."""
    is_event = isinstance(event, dict)
    return {
        "specversion": "1.0",
        "id": event.get("id") if is_event else "1",
        "source": "/fuzz",
        "type": event.get("type") if is_event else "unknown",
        "datacontenttype": "application/json",
        "data": event,
    }


WRITERS: dict[str, Callable[[Sequence[Any]], bytes]] = {
    "/events": lambda events: as_json(events[0] if len(events) == 1 else events),
    "/events/lines": lambda events: b"\n".join(map(as_json, events)),
    "/events/cloudevent": lambda events: as_json(cloudevent(events[0])),
    "/events/cloudevents": lambda events: as_json([cloudevent(event) for event in events]),
}


def change_members(value: Any, pools: Pools, random: Random) -> Any:
    """JSON with some of its members changed."""
    for _ in range(random.choice((0, 0, 1, 1, 1, 2))):
        value = change_member(value, pools, random)
    return value


def change_member(value: Any, pools: Pools, random: Random) -> Any:
    """JSON with one member, at any depth, removed, replaced, renamed, wrapped or added."""
    names: Sequence[Any] = (
        list(value) if isinstance(value, dict) else range(len(value) if is_list(value) else 0)
    )
    if not names or random.random() < 0.1:
        return odd(value, pools, random)
    name = random.choice(names)
    if isinstance(value[name], dict | list) and value[name] and random.random() < 0.7:
        return replaced(value, name, change_member(value[name], pools, random))
    return change_here(value, name, pools, random)


def change_here(value: Any, name: Any, pools: Pools, random: Random) -> Any:
    """The same for a member of the value itself."""
    turn = random.randrange(6)
    if turn == 0:  # removed
        if is_list(value):
            return value[:name] + value[name + 1 :]
        return {each: value[each] for each in value if each != name}
    if turn == 1 and isinstance(value, dict):  # renamed, or added
        new = random.choice((name + "s", name.upper(), "", "id", "type", "\0", "x" * 300))
        return {**value, new: random.choice((value[name], odd(None, pools, random)))}
    if turn == 2:  # of another event
        return replaced(value, name, random.choice(list(random.choice(pools.events).values())))
    if turn == 3:  # wrapped
        depth = random.choice((1, 1, 2, 40, 300))
        wrapped = value[name]
        for _ in range(depth):
            wrapped = [wrapped] if random.random() < 0.5 else {"a": wrapped}
        return replaced(value, name, wrapped)
    return replaced(value, name, odd(value[name], pools, random))


def odd(value: Any, pools: Pools, random: Random) -> Any:
    """An odd value in place of another: of the list, or its own a little off."""
    if isinstance(value, str) and random.random() < 0.5:
        return change_text(value, random)
    if isinstance(value, int | float) and random.random() < 0.5:
        return random.choice((-value, value + 1, value // 3, str(value), value * 10**18))
    if is_list(value) and random.random() < 0.5:
        return value * random.choice((2, 50))
    return random.choice(ODD)


def change_text(text: str, random: Random) -> str:
    """A text with a character changed, a part repeated, or cut off."""
    at = random.randrange(len(text) + 1)
    middle = random.choice(
        ("", "\0", "\ud800", "é", " ", "%", "/", "~", "0", text, "\n", "'", '"', "&", "😀")
    )
    return text[:at] + middle + text[at + random.randrange(3) :]


def change_bytes(body: bytes, random: Random) -> bytes:
    """Bytes of which some are flipped, removed, repeated or put in, or that end too soon."""
    for _ in range(random.choice((1, 1, 2, 5))):
        at, length = random.randrange(len(body) + 1), random.choice((0, 1, 1, 8, 60))
        middle = random.choice((random.choice(BYTES), random.randbytes(2), body[at : at + length] * 2))
        body = body[:at] + middle + body[at + length :]
    return body if random.random() < 0.9 else body[: random.randrange(len(body) + 1)]


def is_list(value: Any) -> bool:
    """Whether it is a list."""
    return isinstance(value, list)


def replaced(value: Any, name: Any, new: Any) -> Any:
    """A list or an object with another value in a place."""
    copy = value.copy()
    copy[name] = new
    return copy


def change_query(request: Input, pools: Pools, random: Random) -> Input:
    """A parameter is removed, doubled, changed, or that of another request."""
    query = list(request.query)
    others = random.choice(pools.requests).query
    if query and random.random() < 0.8:
        at = random.randrange(len(query))
        name, value = query.pop(at)
        turn = random.randrange(4)
        if turn == 0:
            query += [(name, value)] * random.choice((2, 200))
        elif turn == 1:
            query.append((name, change_text(value, random)))
        elif turn == 2:
            query.append((name, str(random.choice(ODD))[:2_000]))
        return request._replace(query=tuple(query))
    return request._replace(query=tuple(query) + others)


def change_path(request: Input, pools: Pools, random: Random) -> Input:
    """A part of the path is changed, or comes from another request."""
    parts = request.path.split("/")
    at = random.randrange(1, len(parts))
    other = random.choice(pools.requests).path.split("/")
    event = random.choice(pools.events)
    mine = str(event.get(random.choice(("id", "speaker", "claimant")), event["id"]))
    parts[at] = random.choice((change_quoted(parts[at], random), mine, mine, other[-1], ""))
    return request._replace(path="/".join(parts))


def change_quoted(part: str, random: Random) -> str:
    """A part of a path that is changed, and quoted again but for some of its characters."""
    return quote(change_text(part, random).encode("utf-8", "surrogatepass"), safe="%{}:@,;=")


def change_headers(request: Input, pools: Pools, random: Random) -> Input:
    """A header is changed, removed, or added."""
    headers = dict(request.headers)
    name = random.choice([*headers, *HEADERS])
    value = change_text(headers.get(name, "*/*;q=0.5"), random)
    headers[name] = random.choice(
        (value, 'W/"1", *', "bytes=0-", "gzip;q=a", "x" * 3_000, "application/json;")
    )
    return request._replace(headers=tuple(headers.items()))


def change_body(request: Input, pools: Pools, random: Random) -> Input:
    """The body is changed: its members if it is JSON, else its bytes."""
    try:
        value = json.loads(request.body)
    except (ValueError, RecursionError):
        return request._replace(body=change_bytes(request.body, random))
    return request._replace(body=as_json(change_members(value, pools, random)))


def change_method(request: Input, pools: Pools, random: Random) -> Input:
    """The method is another one."""
    return request._replace(method=random.choice(METHODS))


CHANGES = (*[change_query] * 4, *[change_path] * 2, *[change_headers] * 2, *[change_body] * 2, change_method)

if __name__ == "__main__":
    seed, number, each = map(int, sys.argv[1:4])
    sys.stdout.write(f"{fuzzed(draw_pools(seed, each), seed, number)}\n")
