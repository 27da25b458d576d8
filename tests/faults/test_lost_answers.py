"""The connection is cut between commit and answer: a retry gets the first outcome."""

import json
import random
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from tests.faults.load import Load, client
from tests.faults.proxy import LosingProxy
from tests.faults.sizes import print_figures, short_and_long
from tests.faults.victims import Postgres
from tests.support.payloads import casualties, engagement
from tests.support.service import Service

WRITERS = 8


class Losses:
    """Decides which answers are lost: the next few, or a share of all at random."""

    def __init__(self) -> None:
        self.next_answers = 0
        self.share = 0.0

    def __call__(self) -> bool:
        """Whether this answer is lost."""
        if self.next_answers:
            self.next_answers -= 1
            return True
        return random.random() < self.share


@pytest.fixture
def dsn(durable: Postgres) -> str:
    """A database with fsync."""
    return durable.new_database()


@pytest.fixture
def service(dsn: str, serve: Callable[..., Service]) -> Service:
    """A service on it."""
    return serve(dsn)


@pytest.fixture
async def proxied(service: Service) -> AsyncIterator[tuple[LosingProxy, Losses, str]]:
    """A proxy before the service, what makes it lose answers, and its address."""
    loses = Losses()
    proxy = LosingProxy(service.url, loses)
    async with proxy.running() as url:
        yield proxy, loses, url


@short_and_long("posts", 15, 500)
async def test_a_retry_gets_the_lost_answer(
    proxied: Any, service: Service, dsn: str, load: Load, posts: int
) -> None:
    """A third of all answers is lost: retries get the first outcome and record nothing."""
    proxy, loses, url = proxied
    await load.create(lambda: url)
    loses.share = 1 / 3
    await load.write_all(WRITERS, lambda: url, posts)

    await load.check(service.url, dsn)
    assert 0 < proxy.lost == load.broken_off
    assert 0 < load.duplicates
    print_figures(
        f"{proxy.lost} answers lost, {load.duplicates} duplicates, {len(load.acknowledged)} in all",
        faults=proxy.lost,
    )


def _lines(events: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


@pytest.mark.parametrize(
    ("media_type", "encode", "headers"),
    [
        ("application/json", lambda events: json.dumps(events).encode(), {}),
        ("application/json", lambda events: json.dumps(events).encode(), {"if-match": '"1"'}),
        ("application/x-ndjson", _lines, {}),
    ],
    ids=["array", "array at a position", "lines"],
)
async def test_a_retry_gets_the_first_positions(  # noqa: PLR0913 - fixtures and cases
    proxied: Any, service: Service, dsn: str, load: Load, media_type: Any, encode: Any, headers: Any
) -> None:
    """Sent twice without an answer and then a third time, events have the positions of the first time."""
    _, loses, url = proxied
    await load.create(lambda: url)
    events = [engagement(), casualties(), engagement()]
    async with client() as http:

        async def post(content: bytes, **more: str) -> httpx.Response:
            all_headers = {"content-type": media_type, **more}
            return await http.post(f"{url}{load.path}/events", content=content, headers=all_headers)

        await load.send(http, lambda: url, [engagement()])
        loses.next_answers = 2
        for _ in range(2):
            with pytest.raises(httpx.TransportError):
                await post(encode(events), **headers)
        await load.send(http, lambda: url, [engagement()])
        response = await post(encode(events), **headers)

    assert 200 == response.status_code, response.text
    load.acknowledged |= {event["id"]: position for position, event in enumerate(events, start=2)}
    log = await load.check(service.url, dsn)
    assert 5 == len(log)
    answer = response.json()
    if "outcomes" in answer:
        assert [(2, True), (3, True), (4, True)] == [
            (o["position"], o["duplicate"]) for o in answer["outcomes"]
        ]
    else:
        assert (0, 3, 4) == (answer["recorded"], answer["duplicates"], answer["position"])
