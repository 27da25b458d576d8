"""Loads the part of the log that new events bear on, so that it can be said what stands.

Most events bear on nothing and cost no query. For the others two sets of ids are followed to their ends:
what is *amended* (its chain of amendments up and down), and *topics* (what is said of them, and the
developments that are one with them).
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from psycopg import AsyncConnection

from timeline.domain.docket import Docket
from timeline.domain.errors import RuleBroken, TimelineError
from timeline.domain.events import Amendment, CountReport, Event, SameAs, topics_of
from timeline.domain.record import Record, decode_record, new_record
from timeline.log.ledger import Head

RELATED_RECORDS_MAX = 10_000
"""How many records may bear on each other; a post that would need more is refused."""

_RELATED = """
SELECT record FROM event WHERE timeline_id = %(timeline)s AND event_id = ANY(%(ids)s)
UNION ALL
SELECT event.record FROM reference JOIN event USING (timeline_id, position)
WHERE timeline_id = %(timeline)s AND target = ANY(%(ids)s) AND (amends OR target = ANY(%(topics)s))
LIMIT %(limit)s
"""


class References(list[tuple[UUID, int, bool]]):
    """Rows of the table `reference`: target, position, and whether the record there amends the target."""

    @classmethod
    def of(cls, docket: Docket, records: Iterable[Record]) -> "References":
        """What the records bear on; a correction puts the event that it corrects under its new topics."""
        rows = cls()
        for record in records:
            root = docket.get(docket.root(record.event)) or record
            rows.extend((topic, root.position, False) for topic in docket.topics(record))
            if isinstance(record.event, Amendment):
                rows.append((record.event.target, record.position, True))
        return rows


async def load_docket(connection: AsyncConnection, head: Head, events: Sequence[Event]) -> Docket:
    """What is recorded of everything that the events bear on.

    Raises:
        RuleBroken: it is more than RELATED_RECORDS_MAX records.
    """
    loader = _Loader(connection, head.timeline)
    await loader.follow(
        amended={event.target for event in events if isinstance(event, Amendment)}, topics=set()
    )
    await loader.follow(amended=set(), topics=_topics(loader.docket(), head, events))
    return loader.docket()


class _Loader:
    def __init__(self, connection: AsyncConnection, timeline: str) -> None:
        self._connection = connection
        self._timeline = timeline
        self._records: dict[int, Record] = {}
        self._amended: set[UUID] = set()
        self._topics: set[UUID] = set()

    def docket(self) -> Docket:
        return Docket(self._records[position] for position in sorted(self._records))

    async def follow(self, amended: set[UUID], topics: set[UUID]) -> None:
        while amended or topics:
            self._amended |= amended
            self._topics |= topics
            found = await self._fetch(amended | topics, topics)
            amended, topics = set(), set()
            for record in found:
                self._records[record.position] = record
                amended.add(record.event.id)
                amended.update(_targets(record.event))
                topics.update(_linked(record.event))
            topics -= self._topics
            amended -= self._amended | self._topics | topics
            if len(self._records) > RELATED_RECORDS_MAX:
                raise RuleBroken(f"more than {RELATED_RECORDS_MAX} records bear on what this event speaks of")

    async def _fetch(self, ids: set[UUID], topics: set[UUID]) -> list[Record]:
        parameters = {
            "timeline": self._timeline,
            "ids": list(ids),
            "topics": list(topics),
            "limit": RELATED_RECORDS_MAX + 1,
        }
        rows = await (await self._connection.execute(_RELATED, parameters)).fetchall()
        return [decode_record(row[0]) for row in rows]


def _targets(event: Event) -> Iterable[UUID]:
    return (event.target,) if isinstance(event, Amendment) else ()


def _linked(event: Event) -> Iterable[UUID]:
    """The topics that must be known beside one that this event bears on."""
    match event:
        case SameAs():
            return event.developments
        case CountReport(incident=UUID() as incident):
            return (event.id, incident)
    return ()


def _topics(docket: Docket, head: Head, events: Sequence[Event]) -> set[UUID]:
    """What the events bear on, before and after them; one that is to be refused may name too much."""
    attempt = Docket(parent=docket)
    topics: set[UUID] = set()
    for index, event in enumerate(events):
        record = new_record(head.timeline, head.position + 1 + index, head.now, "", event)
        topics.update(topics_of(event))
        try:
            attempt.add(record)
            if isinstance(event, Amendment):
                root = attempt.root(event)
                topics.update((root, *attempt.topics(record), *attempt.topics_before(record)))
        except TimelineError:
            continue  # the ledger will refuse it and say why
    return topics
