"""What an append writes, part by part: the log's rows, those of the views, and at last the head."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from uuid import UUID

from psycopg.types.numeric import Int2

from timeline.domain.event_graph import EventGraph
from timeline.domain.events import event_type
from timeline.domain.record import Record
from timeline.domain.scalars import JsonText
from timeline.log.binary import TYPE_OIDS, Columns, pack_list, pack_value
from timeline.log.decider import Decider
from timeline.log.heads import LogHead, notification
from timeline.log.pipeline import Statement, TableRows
from timeline.log.related_events import reference_rows

Projection = Callable[[LogHead, EventGraph, Sequence[Record]], AsyncIterator[Iterable[Statement]]]
"""Gives, part by part, what brings the views up to date with the records, inside the append's transaction."""


async def append_parts(decider: Decider, project: Projection) -> AsyncIterator[Iterable[Statement]]:
    """All that is written for what a decider has accepted."""
    yield [*_log_rows(decider)]
    async for statements in project(decider.head, decider.graph, decider.records):
        yield statements
    yield _head_move(decider)


def _log_rows(decider: Decider) -> Iterable[Statement]:
    timeline = decider.head.timeline
    yield from _EVENT_ROWS.insert((timeline,), _event_columns(decider))
    if references := reference_rows(decider.graph, decider.records):
        targets, positions, amending = zip(*references, strict=True)
        yield Statement(
            "INSERT INTO reference (timeline_id, target, position, amends)"
            " SELECT $1, * FROM unnest($2::uuid[], $3::bigint[], $4::boolean[]) ON CONFLICT DO NOTHING",
            [
                pack_value(timeline),
                pack_list(UUID, targets),
                pack_list(int, positions),
                pack_list(bool, amending),
            ],
        )


def _head_move(decider: Decider) -> Iterable[Statement]:
    """Move the head, and notify those who listen."""
    timeline = decider.head.timeline
    yield Statement(
        "UPDATE timeline SET head = $1, recorded_at = $2, tree_frontier = $3 WHERE timeline_id = $4",
        [
            pack_value(decider.position),
            pack_value(decider.records[-1].recorded_at),
            pack_list(bytes, decider.frontier),
            pack_value(timeline),
        ],
    )
    yield notification(timeline, decider.head_position)


_EVENT_ROWS = TableRows(
    "event",
    (
        "timeline_id",
        "position",
        "event_id",
        "type",
        "version",
        "recorded_at",
        "recorded_by",
        "record",
        "leaf_hash",
    ),
    [TYPE_OIDS[kind] for kind in (str, int, UUID, str, Int2, datetime, str, JsonText, bytes)],
)


_int2 = cache(Int2)
"""Versions are few: to make a number of this type takes longer than all else of a row."""


def _event_columns(decider: Decider) -> Columns:
    records = decider.records
    return (
        [record.position for record in records],
        [record.event.id for record in records],
        [event_type(record.event) for record in records],
        [*map(_int2, [record.version for record in records])],
        [record.recorded_at for record in records],
        [record.recorded_by for record in records],
        decider.sealed,
        decider.leaves,
    )
