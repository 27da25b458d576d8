"""Loads the part of the log that new events bear on, as a graph that says what stands.

Most events bear on nothing and cost no query. For the others two sets of ids are followed to their ends:
what is *amended* (its chain of amendments up and down), and *topics* (the events about them, and the
developments that are one with them).
"""

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from psycopg import AsyncConnection

from timeline.domain.errors import RuleBroken
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Amendment, Correction, CountReport, Event, Evidence, SameAs
from timeline.domain.record import Record, decode_record
from timeline.domain.references import (
    bears_on_nothing,
    named_topics,
    named_topics_in,
    referenced_developments,
)
from timeline.log.heads import LogHead
from timeline.turns import Turns

RELATED_RECORDS_MAX = 10_000
"""How many records may bear on what a post refers to; a post to which more would is refused."""


def read_limit() -> int:
    """How many records what is read may be computed from: twice what may bear on what is posted.

    A commit may go past that limit, by what it holds itself, and what it recorded must still be read.
    """
    return 2 * RELATED_RECORDS_MAX


_RELATED = """
SELECT record FROM event JOIN (
    SELECT position FROM event
    WHERE timeline_id = %(timeline)s AND event_id = ANY(%(ids)s) AND position <= %(until)s
    UNION
    SELECT position FROM reference
    WHERE timeline_id = %(timeline)s AND target = ANY(%(ids)s) AND (amends OR target = ANY(%(topics)s))
        AND position <= %(until)s
) AS related USING (position)
WHERE timeline_id = %(timeline)s
LIMIT %(limit)s
"""


def reference_rows(graph: EventGraph, records: Iterable[Record]) -> list[tuple[UUID, int, bool]]:
    """Rows of the table `reference`: target, position, and whether the record there amends the target.

    A correction puts the event that it corrects under all topics that it names: it may not be the last word.
    """
    rows: list[tuple[UUID, int, bool]] = []
    for record in records:
        event = record.event
        if bears_on_nothing(event):
            continue  # as most do
        if isinstance(event, Amendment):
            rows.append((event.target, record.position, True))
        original = graph.original(record)
        rows.extend((topic, original.position, False) for topic in named_topics(event))
    return rows


async def load_graph(
    connection: AsyncConnection, head: LogHead, events: Sequence[Event], *, are_recorded: bool = False
) -> EventGraph:
    """What is recorded, up to the head, of everything that the events bear on.

    Raises:
        RuleBroken: it is more than RELATED_RECORDS_MAX records; where the events `are_recorded` already, more
            than `read_limit`.
    """
    refusal = too_many_to_read if are_recorded else too_many_to_post
    limit = read_limit() if are_recorded else RELATED_RECORDS_MAX
    loader = _Loader(connection, head.timeline, head.position, limit, refusal)
    await loader.follow(
        amended={event.target for event in events if isinstance(event, Amendment)}, topics=set()
    )
    await loader.follow(amended=set(), topics=_topics(events, loader.records))
    await loader.follow_evidence()
    return EventGraph(loader.records)


async def load_related(
    connection: AsyncConnection, timeline: str, until: int, ids: Iterable[UUID]
) -> list[Record]:
    """The records of these events up to a position, and of all that they bear on, in order.

    Raises:
        RuleBroken: it is more records than `read_limit`.
    """
    loader = _Loader(connection, timeline, until, read_limit(), too_many_to_read)
    await loader.follow(amended=set(ids), topics=set())
    await loader.follow(amended=set(), topics=_topics((), loader.records))
    await loader.follow_evidence()
    return loader.records


class _Loader:
    def __init__(
        self,
        connection: AsyncConnection,
        timeline: str,
        until: int,
        limit: int,
        refusal: Callable[[], RuleBroken],
    ) -> None:
        self._limit = limit
        self._refusal = refusal
        self._connection = connection
        self._timeline = timeline
        self._until = until
        self._records: dict[int, Record] = {}
        self._amended: set[UUID] = set()
        self._topics: set[UUID] = set()

    @property
    def records(self) -> list[Record]:
        return [self._records[position] for position in sorted(self._records)]

    async def follow(self, amended: set[UUID], topics: set[UUID]) -> None:
        while amended or topics:
            self._amended |= amended
            self._topics |= topics
            records = await self._fetch(amended | topics, topics)
            amended, topics = set(), set()
            for record in records:
                self._records[record.position] = record
                amended.add(record.event.id)
                amended.update(_targets(record.event))
                topics.update(linked_topics(record.event))
            topics -= self._topics
            amended -= self._amended | self._topics | topics
            if len(self._records) > self._limit:
                raise self._refusal()

    async def follow_evidence(self) -> None:
        """Load what lists the evidence that is spoken of, and what is said of all evidence that is listed.

        Entries show how their evidence stands. The rest that such evidence bears on is not followed: an image
        of a hundred places would link them all.
        """
        listing = {
            topic
            for record in self._records.values()
            if isinstance(record.event, Evidence) and record.event.id in self._topics
            for topic in record.event.about
        }
        if listing:  # or what a correction of the evidence names instead
            for record in self._records.values():
                if isinstance(record.event, Correction):
                    listing.update(named_topics_in(record.event.changes, {"about"}))
        await self.follow(amended=set(), topics=listing - self._topics)
        listed = {record.event.id for record in self._records.values() if isinstance(record.event, Evidence)}
        await self.follow(amended=set(), topics=listed - self._topics)

    async def _fetch(self, ids: set[UUID], topics: set[UUID]) -> list[Record]:
        parameters = {
            "timeline": self._timeline,
            "until": self._until,
            "ids": list(ids),
            "topics": list(topics),
            "limit": self._limit + 1,
        }
        rows = await (await self._connection.execute(_RELATED, parameters)).fetchall()
        return await decode_in_turns(rows)


async def decode_in_turns(rows: Iterable[Sequence[bytes]]) -> list[Record]:
    """The records in rows of one column, decoded in turns with other work."""
    turns, records = Turns(), []
    for (data,) in rows:
        records.append(decode_record(data))
        await turns.step()
    return records


def too_many_to_post() -> RuleBroken:
    """The refusal of a post on which more records bear than may."""
    return RuleBroken(
        f"more than {RELATED_RECORDS_MAX:,} records bear on what this refers to: all that is said of it, of"
        " what is one with it and of what it counts, and all amendments of these, retracted or not. Nothing"
        " more can be recorded about it; post a further report, without a same_as, and refer to that one"
    )


def too_many_to_read() -> RuleBroken:
    """The refusal of a question that would have to be computed from more records than may be."""
    return RuleBroken(
        f"more than {read_limit():,} records bear on a development in this answer, too many to compute it"
        " from; ask at an earlier position (`at`), or without `published_by`"
    )


def _targets(event: Event) -> Iterable[UUID]:
    return (event.target,) if isinstance(event, Amendment) else ()


def linked_topics(event: Event) -> Iterable[UUID]:
    """The topics that must be known beside one that this event bears on."""
    match event:
        case SameAs():
            return event.developments
        case CountReport():
            return (event.id, *referenced_developments(event))
        case Correction():
            return named_topics_in(event.changes, {"developments", "incident"})
    return ()


def _topics(events: Iterable[Event], amended: Iterable[Record]) -> set[UUID]:
    """What the events may bear on, before and after them: all that they and what they amend ever named.

    That is more than they do bear on: which of them will be refused is not known yet.
    """
    topics: set[UUID] = set()
    for record in amended:
        topics.update(named_topics(record.event))
        if not isinstance(record.event, Amendment):
            topics.add(record.event.id)
    for event in events:
        topics.update(named_topics(event))
    return topics
