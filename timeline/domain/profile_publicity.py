"""When the world came to know of profiles: most are what editors know, and apply from the start."""
# ruff: noqa: SLF001 - what a snapshot would say itself, had it room: it reads the inside of one

from datetime import datetime
from uuid import UUID

from timeline.domain.publicity import FROM_THE_START, Publicity, in_utc
from timeline.domain.snapshot import Snapshot


def profile_publicity(snapshot: Snapshot, topic: UUID) -> Publicity:
    """When the world came to know of the profiles of an actor, or of the timeline, whose topic this is.

    All that ever bore on the topic counts, so that a view from then on shows what stands now.
    """
    graph, events, past = snapshot._graph, snapshot._events, snapshot._past
    times, is_editorial = list[datetime | None](), False
    for position, record in graph.mentions_of(topic).items():
        event = record.event
        if position > snapshot.position:
            continue
        if event.published_at is None and not graph.amendments_of(event.id):
            is_editorial = True  # as most are, and an actor may have thousands
        elif past.bore_on(record, topic):
            is_editorial = is_editorial or events.is_editorial(record)
            times += events.publications(event.id)
    publications = [FROM_THE_START] * is_editorial
    publications += [in_utc(time) for time in times if time is not None]
    settled = None if None in times else max(publications, default=None)
    return Publicity(min(publications, default=None), settled, None in times)
