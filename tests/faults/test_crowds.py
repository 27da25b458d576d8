"""Twenty clients that search, add up, compare, replay or export leave posts and small reads theirs."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.benchmarks import data
from tests.benchmarks.data import Plan
from tests.faults.crowd import KINDS, crowding
from tests.faults.sizes import print_figures
from tests.faults.victims import Postgres
from tests.support.client import Timeline
from tests.support.payloads import engagement
from tests.support.service import Service, serving

pytestmark = pytest.mark.alone

SIZES = [
    pytest.param((2_000, 2.0, 500), id="short"),
    pytest.param((100_000, 15.0, 100), id="long", marks=pytest.mark.soak),
]
"""Events of the large timeline, seconds, and milliseconds that 99 of 100 small reads may take.

Other programs on the machine add theirs: the time is as many times longer as any work takes longer by them.
"""

BARE_SECONDS = 1.0
"""How long the machine is looked at, before the crowd comes and after it has left."""

SEARCH_MS_MAX = 200
SEARCH_PAGES_MAX = 3
"""What a search may take: to look up how common its words are, and as much as so many pages."""

Crowded = tuple[Service, int, float, int]


@pytest.fixture(scope="module", params=SIZES)
def crowded(
    request: pytest.FixtureRequest, durable: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Crowded]:
    """A service with a large timeline, how many records that has, and how long and by what to measure."""
    events, seconds, milliseconds_max = request.param
    folder: Path = tmp_path_factory.mktemp("crowd")
    with serving(durable.new_database(), folder / "log") as service:
        Timeline(service.client, "large").put()
        lines = data.ndjson(folder, Plan(days=max(1, events // data.EVENTS_PER_DAY)), 0, events).read_bytes()
        answer = service.client.post(
            "/v1/timelines/large/events",
            content=lines,
            headers={"content-type": "application/x-ndjson"},
            timeout=600,
        )
        assert events == answer.json()["position"]
        yield service, events, seconds, milliseconds_max


@pytest.mark.parametrize("words", ["of the", "the", "-zebra", "the of -zebra"])
def test_common_words_cost_about_a_page(crowded: Crowded, words: str) -> None:
    """Their entries are read in order, until the page is full: they are not all read and sorted.

    So it is where a word is in the name of an actor too, which took seconds.
    """
    service, head, _, _ = crowded
    page, search = (
        min(milliseconds(lambda at=at, more=more: read(service, at, more)) for at in range(head - 5, head))
        for more in ({}, {"q": words})
    )
    print_figures(f"{words}: {search:.0f} ms; a page without words: {page:.0f} ms")
    assert search <= SEARCH_MS_MAX + SEARCH_PAGES_MAX * page


def read(service: Service, at: int, more: dict[str, str]) -> httpx.Response:
    """A page of the large timeline."""
    return service.client.get("/v1/timelines/large", params={"at": at, **more})


def milliseconds(call: Callable[[], httpx.Response]) -> float:
    """How long a request takes that must succeed."""
    start = time.perf_counter()
    answer = call()
    assert answer.is_success, answer.text
    return 1_000 * (time.perf_counter() - start)


@pytest.mark.parametrize("kind", KINDS)
def test_a_crowd_of_heavy_reads(crowded: Crowded, kind: str) -> None:
    """No post gets a 503, and a small read is answered as if nearly nobody were there."""
    service, head, seconds, milliseconds_max = crowded
    other = Timeline(service.client)
    other.put()
    reads, posts = [], []
    slowness = slowness_of_machine()
    with crowding(service.url, "/v1/timelines/large", kind, head):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            at = head - 1 - len(reads) % (head // 2)
            page = f"/v1/timelines/large?limit=20&at={at}"
            reads.append(milliseconds(lambda page=page: service.client.get(page)))
            if len(reads) % 4 == 0:
                posts.append(milliseconds(lambda: other.post(engagement())))
            time.sleep(0.01)
    slowness = max(slowness, slowness_of_machine())
    p99 = sorted(reads)[len(reads) * 99 // 100]
    print_figures(
        f"{kind}: {len(reads)} small reads, p99 {p99:.0f} ms, at most {max(reads):.0f};"
        f" {len(posts)} posts, at most {max(posts):.0f} ms, none refused;"
        f" other programs made it {slowness:.1f} times slower"
    )
    assert p99 <= milliseconds_max * slowness


def slowness_of_machine() -> float:
    """How many times longer than its processor time work takes here: 1 where nothing else runs."""
    began, used = time.perf_counter(), time.thread_time()
    while time.perf_counter() < began + BARE_SECONDS:
        sum(range(1_000))
    return max(1.0, (time.perf_counter() - began) / (time.thread_time() - used))
