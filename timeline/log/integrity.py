"""Integrity of a log: checks its positions, columns, hashes and tree against each other, and earlier roots.

A record that was changed together with its hash is in order by itself. The nodes of the tree's frontier tell
below which of them it is, and where the views differ from the log tells where it may be. Whoever changed the
frontier and the views as well cannot be told by anything that is stored: only a root that was kept elsewhere
tells, of what it holds.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct

from timeline.domain.errors import TimelineError
from timeline.domain.events import event_type
from timeline.domain.record import Record, check_record, leaf_hash
from timeline.log import merkle_tree
from timeline.log.heads import LogHead

UNREADABLE = (TimelineError, msgspec.MsgspecError, ValueError, RecursionError)
"""What reading a record raises that is not what was once recorded."""


class Difference(Struct, frozen=True):
    """What is stored and what should be: in a row's column, or as a whole row where `column` is None."""

    table: str
    key: dict[str, object]
    column: str | None
    stored: object
    expected: object


class EarlierRoot(NamedTuple):
    """The root of the tree over the records up to a position, as somebody kept it."""

    position: int
    root: bytes


class KeptRoot(Struct, frozen=True):
    """A root that was kept, in hexadecimal, and the log's own at that position: None where no record is."""

    position: int
    root: str
    log_root: str | None
    extends: bool


class LogRow(NamedTuple):
    """A row of the log, in the order of STORED_COLUMNS."""

    position: int
    event_id: UUID
    type: str
    version: int
    recorded_at: datetime
    recorded_by: str
    record: bytes
    leaf_hash: bytes


STORED_COLUMNS = ", ".join(LogRow._fields)


class LogCheck:
    """Checks the rows of a log in their order, then its head, and whether it extends kept roots."""

    def __init__(self, timeline: str, earlier_roots: Sequence[EarlierRoot] = ()) -> None:
        self._timeline = timeline
        self._earlier_roots = sorted(earlier_roots)
        self._roots: dict[int, bytes] = {0: merkle_tree.EMPTY_ROOT}  # at the positions of those
        self._root_positions = {position for position, _ in earlier_roots}
        self._stored_frontier: list[bytes] | None = (
            None  # of the stored hashes, from the first that differs on
        )
        self._position = 0
        self._leaves = 0  # as many as positions, where none is missing
        self._recorded_at: datetime | None = None
        self._frontier: list[bytes] = []

    @property
    def root(self) -> str:
        """The root of the tree over the records so far, in hexadecimal."""
        return merkle_tree.root(self._frontier).hex()

    def check(self, row: LogRow) -> tuple[Record | None, list[Difference]]:
        """The record in a row, if it can be read, and what is wrong with the row."""
        leaf = leaf_hash(row.record)
        differences = list(self._check_order(row))
        if leaf != row.leaf_hash:
            differences.append(_event(row.position, "leaf_hash", row.leaf_hash.hex(), leaf.hex()))
        self._grow(leaf, row.leaf_hash)
        self._position, self._recorded_at = row.position, row.recorded_at
        if row.position in self._root_positions:
            self._roots[row.position] = merkle_tree.root(self._frontier)
        try:
            record = check_record(row.record)
        except UNREADABLE as error:
            differences.append(_event(row.position, "record", str(error), "a record that can be read"))
            return None, differences
        return record, [*differences, *self._check_columns(row, record)]

    def _grow(self, leaf: bytes, stored: bytes) -> None:
        if leaf != stored and self._stored_frontier is None:
            self._stored_frontier = self._frontier
        if self._stored_frontier is not None:
            self._stored_frontier = merkle_tree.grow(self._stored_frontier, self._leaves, [stored])
        self._frontier = merkle_tree.grow(self._frontier, self._leaves, [leaf])
        self._leaves += 1

    def extends(self, earlier: EarlierRoot) -> bool:
        """Whether the log is an extension of what it was when the root was kept."""
        return self._roots.get(earlier.position) == earlier.root

    def _is_proven(self, position: int) -> bool:
        return any(earlier.position == position and self.extends(earlier) for earlier in self._earlier_roots)

    @property
    def proven_position(self) -> int:
        """The position up to which a kept root proves that the records are what they were."""
        return max((earlier.position for earlier in self._earlier_roots if self.extends(earlier)), default=0)

    def kept_roots(self) -> list[KeptRoot]:
        """What the log says to each root that was kept, by position, once all rows are checked."""
        roots = [(earlier, self._roots.get(earlier.position)) for earlier in self._earlier_roots]
        return [
            KeptRoot(
                earlier.position, earlier.root.hex(), root.hex() if root else None, self.extends(earlier)
            )
            for earlier, root in roots
        ]

    def check_roots(self) -> Iterator[Difference]:
        """The kept roots that the log does not extend, once all rows are checked."""
        for earlier in self._earlier_roots:
            if not self.extends(earlier):
                root = self._roots.get(earlier.position)
                proven = max(
                    (at for at in self._roots if at < earlier.position and self._is_proven(at)), default=0
                )
                key: dict[str, object] = {
                    "timeline_id": self._timeline,
                    "position": earlier.position,
                    "records": f"{proven + 1} to {earlier.position}",
                }
                yield Difference("timeline", key, "root", root and root.hex(), earlier.root.hex())

    def check_changed_together(self, head: LogHead, first_difference: int | None) -> Iterator[Difference]:
        """The records that were changed together with their hashes, as nearly as the tree and the views tell.

        `first_difference` is the first position at which the views differ from the log: what a record changes
        in them begins or ends there.
        """
        failed = [earlier.position for earlier in self._earlier_roots if not self.extends(earlier)]
        for records, node in self._changed_subtrees(head):
            first, last = max(records[0], self.proven_position + 1), records[-1]
            last = min((position for position in failed if first <= position <= last), default=last)
            if first > last:  # the tree was changed, and no record
                continue
            key: dict[str, object] = {"position": first if first == last else f"{first} to {last}"}
            if first_difference is not None and first < last and first <= first_difference <= last:
                key["views_differ_from"] = first_difference
            words = "a record that was changed together with its hash"
            yield Difference("event", key, "record", words, f"what makes the tree's node {node.hex()}")

    def _changed_subtrees(self, head: LogHead) -> Iterator[tuple[range, bytes]]:
        """The records below each node of the stored tree that neither they nor their stored hashes make."""
        hashes = self._frontier if self._stored_frontier is None else self._stored_frontier
        if self._leaves == head.position == self._position and len(head.frontier) == len(hashes):
            nodes = zip(head.frontier, hashes, self._frontier, strict=True)
            for records, (node, *made) in zip(merkle_tree.subtrees(head.position), nodes, strict=True):
                if node not in made:
                    yield records, node

    def check_head(self, head: LogHead) -> Iterator[Difference]:
        """What is wrong with the head row, once all rows are checked."""
        key: dict[str, object] = {"timeline_id": self._timeline}
        if head.position != self._position:
            yield Difference("timeline", key, "head", head.position, self._position)
        if self._recorded_at is not None and head.recorded_at != self._recorded_at:
            yield Difference("timeline", key, "recorded_at", head.recorded_at, self._recorded_at)
        if list(head.frontier) != self._frontier:
            stored = merkle_tree.root(head.frontier).hex()
            yield Difference("timeline", key, "tree_frontier", f"root {stored}", f"root {self.root}")

    def _check_order(self, row: LogRow) -> Iterator[Difference]:
        if row.position != self._position + 1:
            yield _event(row.position, "position", row.position, self._position + 1)
        if self._recorded_at is not None and row.recorded_at < self._recorded_at:
            yield _event(row.position, "recorded_at", row.recorded_at, f"not before {self._recorded_at}")

    def _check_columns(self, row: LogRow, record: Record) -> Iterator[Difference]:
        pairs = {
            "timeline_id": (self._timeline, record.timeline),
            "position": (row.position, record.position),
            "event_id": (row.event_id, record.event.id),
            "type": (row.type, event_type(record.event)),
            "version": (row.version, record.version),
            "recorded_at": (row.recorded_at, record.recorded_at),
            "recorded_by": (row.recorded_by, record.recorded_by),
        }
        for column, (stored, expected) in pairs.items():
            if stored != expected:
                yield _event(row.position, column, stored, expected)


def _event(position: int, column: str, stored: object, expected: object) -> Difference:
    return Difference("event", {"position": position}, column, stored, expected)
