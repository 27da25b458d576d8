"""The store of answers holds what it is allowed to, whatever clients put into their requests."""

import gc
import tracemalloc
from uuid import UUID

import pytest

from timeline.api import caching, negotiation, request_query
from timeline.api.caching import AnswerKey, AnswerStore, CachedAnswer
from timeline.formats.registry import ENTRY_FORMATS

BYTES_MAX = 2_000_000
REQUESTS = 6_000
LINEAGE = UUID(int=7)


def key_of(number: int, size: int) -> AnswerKey:
    """What a request may choose: its path, its query and its host, each as long as it likes."""
    filler = "x" * size
    return AnswerKey(
        path=f"/v1/timelines/{filler}",
        query=f"q={number}{filler}",
        lineage=LINEAGE,
        head=None,
        rules=1,
        software="1",
        age_seconds_max=60,
        compressed=False,
        negotiated=True,
        format="json",
        base=f"http://{filler}.example:{number}",
        is_shared=True,
    )


@pytest.mark.parametrize("size", [0, 100, 8_000], ids=["short keys", "usual keys", "long keys"])
@pytest.mark.parametrize("body_bytes", [0, 1_000, 100_000])
def test_the_store_holds_no_more_than_it_may(size: int, body_bytes: int) -> None:
    """Counted are the answers with their headers and places; nothing that a request chose is held."""
    gc.collect()
    tracemalloc.start()
    store = AnswerStore(BYTES_MAX)
    before = tracemalloc.get_traced_memory()[0]
    for number in range(REQUESTS if body_bytes < 10_000 else 60):
        key = key_of(number, size)
        link = f'</v1/timelines/x?cursor={number}{"c" * 150}>; rel="next"'.encode()
        headers = [
            (bytes(bytearray(b"link")), link),
            *((bytes(bytearray(name)), bytes(bytearray(value))) for name, value in caching.validators(key)),
        ]
        store.keep(key, CachedAnswer(headers, bytes(body_bytes)))
    gc.collect()
    held_bytes = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()

    assert held_bytes <= 1.1 * BYTES_MAX
    assert held_bytes >= 0.5 * BYTES_MAX


def test_what_a_request_says_is_not_remembered_at_length() -> None:
    """The meanings of headers and queries are remembered for a while; those of the longest are not."""
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(1_000):
        header = f"text/x-{number}" + " " * 8_000
        negotiation.accepted_format(header, ENTRY_FORMATS)
        negotiation.accepts_gzip(header)
        request_query.parse_query(f"q={number}".encode() + b"a" * 7_000)
    gc.collect()
    held_bytes = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()

    assert held_bytes < 1_000_000
