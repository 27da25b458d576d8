"""Integrity of a log: checks its positions, columns, hashes and tree against each other."""

from collections.abc import Iterator
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
    """Checks the rows of a log in their order, and its head in the end."""

    def __init__(self, timeline: str) -> None:
        self._timeline = timeline
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
        self._frontier = merkle_tree.grow(self._frontier, self._leaves, [leaf])
        self._leaves += 1
        self._position, self._recorded_at = row.position, row.recorded_at
        try:
            record = check_record(row.record)
        except UNREADABLE as error:
            differences.append(_event(row.position, "record", str(error), "a record that can be read"))
            return None, differences
        return record, [*differences, *self._check_columns(row, record)]

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
