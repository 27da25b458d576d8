"""All that refers to a development, where its entry lists only the newest: each list page by page."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from msgspec.structs import replace

from timeline.domain.errors import NotFound
from timeline.domain.event_graph import EventGraph
from timeline.domain.snapshot import Snapshot
from timeline.log.bearing_events import load_listed
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.documents import EntryStatus
from timeline.views.projection.mentions import entry_list, entry_status, list_counts
from timeline.views.projection.rows import VALID
from timeline.views.queries.past_rows import compute_each


class ListPage(NamedTuple):
    """Some items of a list, in its order, and how many it has."""

    items: Sequence[Any]
    total: int


async def read_entry_list(  # noqa: PLR0913 - which part of which list
    connection: Connection,
    moment: Moment,
    development: UUID,
    published_by: datetime | None,
    name: str,
    part: slice,
) -> ListPage:
    """A part of a list of what refers to a development at the moment, as the world knew it by a time.

    It is computed from the log, by the function that makes the entry's own: stored in each of its versions,
    the lists would grow with the square of their number.

    Raises:
        NotFound: the timeline holds no such development at the moment, or the world had not been told of it.
    """
    graph = EventGraph(await load_listed(connection, moment.timeline, moment.position, [development]))
    is_recorded = graph.record(development) is not None
    state = graph.at(moment.position, published_by).development(development) if is_recorded else None
    if state is None:
        raise NotFound(
            f"timeline {moment.timeline} has no development {development} at position {moment.position}"
            + ("" if published_by is None else f" that is known to have been published by {published_by}")
        )
    items = entry_list(state, name, part)
    if name == "evidence":
        statuses = await _statuses(connection, moment, published_by, [each.id for each in items])
        items = [replace(each, status=statuses.get(each.id, "reported")) for each in items]
    return ListPage(items, getattr(list_counts(state), name))


async def _statuses(
    connection: Connection, moment: Moment, published_by: datetime | None, evidence: Sequence[UUID]
) -> Mapping[UUID, EntryStatus]:
    """How evidence stands: what it is made one with, by all that is said of that, stands so."""
    if published_by is not None:
        each = await compute_each(connection, moment, published_by, evidence, _status_of, load_listed)
        return dict(zip(evidence, each, strict=True))
    cursor = await connection.execute(_STATUSES, {**moment.scope, "evidence": [*evidence]})
    return dict(await cursor.fetchall())


def _status_of(snapshot: Snapshot, evidence: UUID) -> EntryStatus:
    home = snapshot.development(snapshot.leader(evidence))
    return entry_status(home) if home else "reported"


_STATUSES = f"""
WITH listed AS MATERIALIZED (
    SELECT development, COALESCE((document->>'leader')::uuid, development) AS leader
    FROM entry WHERE {VALID} AND development = ANY(%(evidence)s)
)
SELECT listed.development, home.status FROM listed CROSS JOIN LATERAL (
    SELECT status FROM entry WHERE {VALID} AND development = listed.leader
) AS home
"""
