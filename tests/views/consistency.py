"""Rows of the views that must fit each other, whatever they mean: columns repeat their documents.

What the rows mean is held against the model of meaning, in `tests/meaning/test_code.py`.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from tests.support.posting import valid_at
from timeline.views.documents import EntryDocument
from timeline.views.projection.entries import POSITION_BITS

Rows = dict[str, list[dict[str, Any]]]

_entry = msgspec.json.Decoder(EntryDocument)


def assert_consistent(rows: Rows, head: int) -> None:
    """At every position the valid rows fit each other, and each thing has one version."""
    for position in range(head + 1):
        valid = {table: valid_at(versions, position) for table, versions in rows.items()}
        entries = entries_of(valid["entry"])
        assert len(entries) == len(valid["entry"])
        _assert_columns(valid["entry"])
        _assert_actors(valid)
        assert sorted(entries) == sorted(str(row["development"]) for row in valid["entry_text"])
        claims = [(row["source"], row["position"]) for row in valid["figure_claim"]]
        last_words = [row["source"] for row in valid["figure_claim"] if not row["is_earlier"]]
        profiles = [(row["kind"], row["subject"]) for row in valid["profile"]]
        for keys in (claims, last_words, profiles):
            assert len(keys) == len(set(keys))


def entries_of(rows: Iterable[dict[str, Any]]) -> dict[str, EntryDocument]:
    """The documents of entries' rows, by id, in the order of the timeline view."""
    by_order = sorted(rows, key=lambda row: row["order_key"], reverse=True)
    documents = [_entry.decode(row["document"]) for row in by_order]
    return {str(document.id): document for document in documents}


def shown_at(rows: Rows, position: int) -> dict[str, EntryDocument]:
    """The entries that stand at a position, by id, in the order of the timeline view."""
    return entries_of(valid_at(rows["entry"], position))


def _assert_columns(rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        entry = _entry.decode(row["document"])
        assert (row["development"], row["types"][0], row["status"]) == (entry.id, entry.type, entry.status)
        assert (row["starts"], row["first_day"] <= entry.earliest) == (entry.starts, True)
        assert entry.latest <= row["last_day"]
        assert row["order_key"] & ((1 << POSITION_BITS) - 1) == entry.position


def _assert_actors(valid: Rows) -> None:
    listed = {
        (row["actor"], row["development"], row["order_key"], frozenset(row["roles"]))
        for row in valid["entry_actor"]
    }
    keys = {row["development"]: row["order_key"] for row in valid["entry"]}
    documents = entries_of(valid["entry"]).values()
    expected = {
        (role.id, entry.id, keys[entry.id], frozenset(role.roles))
        for entry in documents
        for role in entry.actors
    }
    # actors that only retracted reports name have no row of their own
    assert listed <= expected
