"""The versions of an entry by a time of publication: what the record then held, as the world knew it."""

from collections import deque
from collections.abc import Generator, Sequence
from datetime import datetime
from uuid import UUID

from timeline.domain.event_graph import EventGraph
from timeline.domain.record import Record
from timeline.log.bearing_events import load_bearing
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.turns import in_turns
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
    records = await load_bearing(connection, moment.timeline, moment.position, [id_])
    documents = await in_turns(_documents(records, published_by, id_, [first for first, *_ in versions]))
    past: list[StoredVersion] = []
    for first, end, _ in versions:
        document = documents[first]
        if document is None:
            continue
        if past and (past[-1].from_position, past[-1].document) == (end, document):
            past[-1] = past[-1]._replace(from_position=first)
        else:
            past.append(StoredVersion(first, end, document))
    return past


def _documents(
    records: Sequence[Record], published_by: datetime, id_: UUID, positions: Sequence[int]
) -> Generator[None, None, dict[int, bytes | None]]:
    """The entry of a development at positions, the last first; None where nothing of it had been published.

    Each follows from the one before. Yields between its steps.
    """
    documents: dict[int, bytes | None] = {}
    snapshot = EventGraph(records).at(positions[-1] if positions else 0, published_by)
    later = deque(record for record in records if record.position > snapshot.position)
    for position in reversed(positions):
        while later and later[0].position <= position:
            snapshot = snapshot.followed_by(later.popleft())
            yield
        state = snapshot.development(id_)
        documents[position] = None if state is None else DevelopmentView(state).entry().document
        yield
    return documents
