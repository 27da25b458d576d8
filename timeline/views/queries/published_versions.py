"""The versions of an entry by a time of publication: what the record then held, as the world knew it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from timeline.domain.event_graph import EventGraph
from timeline.log.bearing_events import load_bearing
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.turns import Turns
from timeline.views.projection.entries import DevelopmentView
from timeline.views.queries.history import StoredVersion


async def published_versions(
    connection: Connection,
    moment: Moment,
    published_by: datetime,
    id_: UUID,
    versions: Sequence[StoredVersion],
) -> list[StoredVersion]:
    """Versions of a development, the last first, each as the world knew by a time what the record then held.

    Those of which nothing had been published are not among them, and neighbours that do not differ are one.

    Raises:
        RuleBroken: the development is related to more records than the limit allows.
    """
    graph = EventGraph(await load_bearing(connection, moment.timeline, moment.position, [id_]))
    turns, past = Turns(), list[StoredVersion]()
    for first, end, _ in versions:
        await turns.step()
        state = graph.at(first, published_by).development(id_)
        if state is None:
            continue
        document = DevelopmentView(state).entry().document.encode()
        if past and (past[-1].from_position, past[-1].document) == (end, document):
            past[-1] = past[-1]._replace(from_position=first)
        else:
            past.append(StoredVersion(first, end, document))
    return past
