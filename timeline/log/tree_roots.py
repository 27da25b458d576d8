"""The hashes of a log as it stands in its table: each record's leaf, and the root of the tree at a position.

Whoever keeps a root can prove later that the log up to there is what it was (RFC 6962): the root of a longer
log follows from the same leaves, and from no others.
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from timeline.domain.errors import Unavailable
from timeline.log import merkle_tree
from timeline.log.reader import Moment
from timeline.postgres import Connection

CHUNK_LEAVES = 10_000


class TreeRoot(NamedTuple):
    """The root hash of a log's tree, and the log's own id."""

    root: bytes
    lineage: UUID


async def read_root(connection: Connection, moment: Moment) -> TreeRoot:
    """The root of the tree over the log up to the moment; at the head it stands ready.

    Raises:
        Unavailable: records are missing from the log.
    """
    cursor = await connection.execute(
        "SELECT head, tree_frontier, lineage FROM timeline WHERE timeline_id = %s", [moment.timeline]
    )
    [(head, frontier, lineage)] = await cursor.fetchall()
    if head != moment.position:
        frontier = await _past_frontier(connection, moment)
    return TreeRoot(merkle_tree.root(frontier), lineage)


async def read_leaf_hashes(connection: Connection, timeline: str, positions: Sequence[int]) -> list[bytes]:
    """The leaf hashes of the records at these positions, in the order of the log."""
    cursor = await connection.execute(
        "SELECT leaf_hash FROM event WHERE timeline_id = %s AND position = ANY(%s) ORDER BY position",
        [timeline, list(positions)],
    )
    return [leaf for (leaf,) in await cursor.fetchall()]


async def _past_frontier(connection: Connection, moment: Moment) -> merkle_tree.Frontier:
    frontier: merkle_tree.Frontier = []
    size = 0
    while size < moment.position:
        until = min(size + CHUNK_LEAVES, moment.position)
        cursor = await connection.execute(
            "SELECT leaf_hash FROM event WHERE timeline_id = %s AND position > %s AND position <= %s"
            " ORDER BY position",
            [moment.timeline, size, until],
        )
        leaves = [leaf for (leaf,) in await cursor.fetchall()]
        if len(leaves) != until - size:
            raise Unavailable(f"records up to position {until} are missing from the log; `timeline verify`")
        # in a thread, for a million leaves take seconds
        frontier = await asyncio.to_thread(merkle_tree.grow, frontier, size, leaves)
        size = until
    return frontier
