"""All that refers to a development, where its entry lists only the newest."""

from datetime import datetime
from uuid import UUID

from timeline.domain.errors import NotFound
from timeline.domain.event_graph import EventGraph
from timeline.log.bearing_events import load_bearing
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.projection.mentions import EntryLists, entry_lists


async def read_entry_lists(
    connection: Connection, moment: Moment, development: UUID, published_by: datetime | None
) -> EntryLists:
    """What refers to a development at the moment, as the world knew it by a time: the whole lists.

    They are computed from the log, by the function that makes the entry's own: stored in each of its
    versions, they would grow with the square of their number.

    Raises:
        NotFound: the timeline holds no such development at the moment, or the world had not been told of it.
        RuleBroken: it is related to more records than the limit allows.
    """
    graph = EventGraph(await load_bearing(connection, moment.timeline, moment.position, [development]))
    is_recorded = graph.record(development) is not None
    state = graph.at(moment.position, published_by).development(development) if is_recorded else None
    if state is None:
        raise NotFound(
            f"timeline {moment.timeline} has no development {development} at position {moment.position}"
            + ("" if published_by is None else f" that is known to have been published by {published_by}")
        )
    return entry_lists(state)
