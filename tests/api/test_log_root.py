"""The log's hashes over HTTP: what a reader can check, and keep."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

import psycopg

from tests.support.client import Timeline, refused
from tests.support.payloads import engagement
from tests.support.service import Service


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """The root of a tree as RFC 6962, section 2.1 defines it: by recursion, with nothing kept."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else sha256(b"").digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + tree_hash(leaves[:split]) + tree_hash(leaves[split:])).digest()


def verbatim_records(timeline: Timeline) -> list[bytes]:
    """The records' bytes, as the export in lines has them."""
    answer = timeline.client.get(f"{timeline.path}/events", params={"format": "ndjson"})
    return answer.content.splitlines()


def test_the_root_at_every_position_follows_from_the_records(case: Timeline) -> None:
    """Whoever has the records can compute it, by nothing but the RFC."""
    leaves = [sha256(b"\x00" + record).digest() for record in verbatim_records(case)]

    for position in range(len(leaves) + 1):
        answer = case.get("/log/root", at=position)
        assert (position, tree_hash(leaves[:position]).hex()) == (answer["position"], answer["root"])
    assert tree_hash(leaves).hex() == case.get("/log/root")["root"]


def test_records_come_with_their_hashes(case: Timeline) -> None:
    """On a page in the order of the records, whatever is left out; with one record in a header."""
    leaves = [sha256(b"\x00" + record).hexdigest() for record in verbatim_records(case)]
    page = case.get("/events", after=3, limit=5)
    some = case.get("/events", type="official_statement")
    single = case.client.get(f"{case.path}/events/{page['records'][0]['event']['id']}")

    assert leaves[3:8] == page["hashes"]
    assert [leaves[record["position"] - 1] for record in some["records"]] == some["hashes"]
    assert leaves[3] == single.headers["x-leaf-hash"]
    assert [] == case.get("/events", after=24)["hashes"]


def test_a_root_names_its_log_and_its_address(timeline: Timeline) -> None:
    """The lineage is that of the timeline; the address is pinned, and holds what it held."""
    timeline.take(engagement(), engagement())
    root = timeline.get("/log/root")
    timeline.take(engagement())

    assert timeline.put().json()["lineage"] == root["lineage"]
    assert root == timeline.client.get(root["url"]).json()
    assert root["root"] != timeline.get("/log/root")["root"]
    assert f"{timeline.path}/log/root?at=2" == root["url"]


def test_a_root_beyond_the_log(timeline: Timeline) -> None:
    """It is refused as any position is."""
    response = timeline.client.get(f"{timeline.path}/log/root?at=1")
    refused(timeline.client, response, 404, "unknown-position", "at")
    nowhere = timeline.client.get("/v1/timelines/never-made/log/root")
    refused(timeline.client, nowhere, 404, "unknown-timeline")


def test_a_gap_in_the_log_is_no_root(dsn: str, serve: Callable[..., Service]) -> None:
    """What is missing from the table is said; no root is made up over the rest."""
    timeline = Timeline(serve(dsn=dsn).client, "gap")
    timeline.put()
    timeline.take(*(engagement() for _ in range(5)))
    with psycopg.connect(dsn) as connection:
        connection.execute("ALTER TABLE event DISABLE TRIGGER ALL")
        connection.execute("DELETE FROM event WHERE position = 2")

    answer: Any = timeline.client.get(f"{timeline.path}/log/root?at=4")
    assert "missing" in refused(timeline.client, answer, 503, "unavailable")
