"""Checks the table of references, streamed in step with the log, against what the records bear on."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from timeline.domain.record import decode_record
from timeline.domain.references import named_topics
from timeline.log.heads import LogHead
from timeline.log.integrity import UNREADABLE, Difference
from timeline.log.related_events import reference_rows
from timeline.postgres import Connection
from timeline.views.maintenance.rebuild_worker import Chunk
from timeline.views.maintenance.verify_tables import Report, RowStream

UNEXPLAINED_MAX = 1_000
"""How many rows that the chunk does not explain are looked up at a time."""

TargetPosition = tuple[UUID, int]
"""A target, and the position of what bears on it."""

_STORED = "SELECT position, target, amends FROM reference WHERE timeline_id = %(timeline)s ORDER BY position"

_EARLIER = """
SELECT target, position, amends FROM reference
WHERE timeline_id = %s AND (target, position) IN (SELECT * FROM unnest(%s::uuid[], %s::bigint[]))
"""

# by the records alone, and by what amends them: a correction puts the event that it corrects under topics
_CORRECTIONS = """
WITH RECURSIVE amended (event_id, original) AS (
    SELECT event_id, position FROM event WHERE timeline_id = %(timeline)s AND position = ANY(%(positions)s)
    UNION
    SELECT event.event_id, original FROM amended
    JOIN reference ON reference.timeline_id = %(timeline)s AND target = amended.event_id AND amends
    JOIN event ON event.timeline_id = %(timeline)s AND event.position = reference.position
)
SELECT original, record FROM amended
JOIN event ON timeline_id = %(timeline)s AND event.event_id = amended.event_id AND position <> original
"""


class ReferenceCheck:
    """Checks that a timeline has the rows of `reference` that its records make, and no others."""

    def __init__(self, connection: Connection, head: LogHead, report: Report) -> None:
        self._connection = connection
        self._timeline = head.timeline
        self._report = report
        self._stored = RowStream(connection, "reference_rows", _STORED, {"timeline": head.timeline})
        self._until = 0

    async def close(self) -> None:
        """Close the cursor in the database."""
        await self._stored.close()

    async def compare(self, chunk: Chunk, until: int) -> None:
        """Check the rows up to a position, from the last one on, against those of the chunk's records."""
        expected: dict[TargetPosition, bool] = {}
        for target, position, amends in reference_rows(*chunk):
            expected.setdefault((target, position), amends)
        earlier = [key for key in expected if key[1] <= self._until]
        if earlier:
            await self._compare_earlier({key: expected.pop(key) for key in earlier})
        unexplained: list[tuple[TargetPosition, bool]] = []
        async for position, target, amends in self._stored.up_to(until):
            should = expected.pop((target, position), None)
            if should is None:
                unexplained.append(((target, position), amends))
            elif should != amends:
                self._differs((target, position), "amends", amends, should)
            if len(unexplained) >= UNEXPLAINED_MAX:
                await self._explain(unexplained)
                unexplained = []
        await self._explain(unexplained)
        self._miss(expected)
        self._until = until

    async def skip(self, until: int) -> None:
        """Skip the rows up to a position, which nothing can be compared with."""
        async for _ in self._stored.up_to(until):
            pass
        self._until = until

    async def finish(self) -> None:
        """Report what lies beyond the last record."""
        async for position, target, amends in self._stored.up_to(None):
            self._exceeds((target, position), amends)

    async def _compare_earlier(self, expected: dict[TargetPosition, bool]) -> None:
        """Check that the rows are there which corrections make of events from before the chunk."""
        targets, positions = zip(*expected, strict=True)
        cursor = await self._connection.execute(_EARLIER, [self._timeline, list(targets), list(positions)])
        for target, position, _ in await cursor.fetchall():
            expected.pop((target, position), None)
        self._miss(expected)

    async def _explain(self, unexplained: Sequence[tuple[TargetPosition, bool]]) -> None:
        """Report the rows that no later correction makes either."""
        if not unexplained:
            return
        positions = {position for (_, position), _ in unexplained}
        parameters = {"timeline": self._timeline, "positions": list(positions)}
        corrections = await (await self._connection.execute(_CORRECTIONS, parameters)).fetchall()
        explained = {(topic, original) for original, record in corrections for topic in _topics_in(record)}
        for key, amends in unexplained:
            if key not in explained:
                self._exceeds(key, amends)
            elif amends:
                self._differs(key, "amends", amends, False)

    def _miss(self, expected: Iterable[TargetPosition]) -> None:
        for target, position in sorted(expected):
            key: dict[str, object] = {"target": target, "position": position}
            self._report(Difference("reference", key, None, None, key))

    def _exceeds(self, reference: TargetPosition, amends: bool) -> None:
        key: dict[str, object] = {"target": reference[0], "position": reference[1]}
        self._report(Difference("reference", key, None, {**key, "amends": amends}, None))

    def _differs(self, reference: TargetPosition, column: str, stored: bool, expected: bool) -> None:
        key: dict[str, object] = {"target": reference[0], "position": reference[1]}
        self._report(Difference("reference", key, column, stored, expected))


def _topics_in(record: bytes) -> Sequence[UUID]:
    try:
        return named_topics(decode_record(record).event)
    except UNREADABLE:  # it is reported where it stands in the log
        return ()
