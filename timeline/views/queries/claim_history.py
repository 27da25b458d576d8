"""The versions of claims as the world could have read them: by what had been published by a time.

The stored versions say what the record held. What was hidden at that time is left out here, so the versions
are computed from the records that bear on the claims, at each position as far as the world had been told.
"""

from collections.abc import Generator, Hashable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from uuid import UUID

from timeline.domain.affected import affected_developments
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Development, SeriesReset
from timeline.domain.record import Record
from timeline.domain.references import referenced_developments
from timeline.domain.snapshot import Snapshot
from timeline.log.reader import Moment
from timeline.log.related_events import load_related
from timeline.postgres import Connection
from timeline.turns import at_once, in_turns
from timeline.views.projection.claims import reset_row
from timeline.views.projection.entries import DevelopmentView
from timeline.views.projection.rows import SCOPE, ClaimRow, Version, Versions
from timeline.views.queries.moved_claims import moved_claims
from timeline.views.queries.series_addresses import incident_report

_SOURCES = f"""
SELECT DISTINCT source FROM figure_claim
WHERE {SCOPE} AND series = ANY(%(series)s) AND from_position <= %(at)s
"""


async def published_versions(
    connection: Connection, moment: Moment, series: Sequence[str], published_by: datetime
) -> list[Version[ClaimRow]]:
    """The versions of the claims and resets at these addresses, in the order in which they begin.

    Raises:
        RuleBroken: more records are related to each other than the limit allows.
    """
    cursor = await connection.execute(_SOURCES, {**moment.scope, "series": [*series]})
    sources = {source for (source,) in await cursor.fetchall()}
    for name in series:  # by the time, claims may have stood where none of their rows is stored
        if (report := incident_report(name)) is not None:
            sources.add(report)
        else:
            sources |= {source for source, _ in await moved_claims(connection, moment, published_by, name)}
    records = await load_related(connection, moment.timeline, moment.position, sources)
    versions = await in_turns(folding_claims(EventGraph(records), records, published_by))
    return [version for version in versions if version.row.series in series]


def fold_claims(
    graph: EventGraph, records: Iterable[Record], published_by: datetime
) -> list[Version[ClaimRow]]:
    """What the records do to the claims, in the order in which the versions begin.

    The records are all that the graph holds, in order.
    """
    return at_once(folding_claims(graph, records, published_by))


def folding_claims(
    graph: EventGraph, records: Iterable[Record], published_by: datetime
) -> Generator[None, None, list[Version[ClaimRow]]]:
    """The same; yields between its steps, each of which may look at a large group."""
    versions, after = Versions[ClaimRow](), graph.at(0, published_by)
    for record in records:
        before, after = after, after.followed_by(record)  # nothing lies between
        if after.is_untold(record):
            continue
        affected = _affected(graph, before, after, record)
        yield
        for source in affected:
            old_view, new_view = _claimed_in(before, source), _claimed_in(after, source)
            yield
            same = _claimed_before(old_view, new_view)
            old, new = _claim_rows(old_view, same), _claim_rows(new_view, same)
            for key in {**old, **new}:
                versions.change(key, old.get(key), new.get(key), record.position)
            yield
    return sorted(versions.opened, key=lambda version: (version.from_position, version.row.position))


def _affected(graph: EventGraph, before: Snapshot, after: Snapshot, record: Record) -> Iterable[UUID]:
    """The events whose claims or resets a record may change."""
    original = graph.original(record)
    event = original.event
    if isinstance(event, SeriesReset) or (record is original and _refers_to_nothing(record)):
        return [event.id]
    return affected_developments(before, after, record, original).changed


def _refers_to_nothing(record: Record) -> bool:
    return isinstance(record.event, Development) and not referenced_developments(record.event)


def _claimed_in(snapshot: Snapshot, source: UUID) -> DevelopmentView | ClaimRow | None:
    """The report, or the row of the reset, that an event is as far as the world had heard of it."""
    record, word = snapshot.record(source), snapshot.word(source)
    if record is None or word is None:
        return None
    if reset := reset_row(record, word):
        return reset
    state = snapshot.development(source)
    return DevelopmentView(state) if state else None


def _claimed_before(
    old: DevelopmentView | ClaimRow | None, new: DevelopmentView | ClaimRow | None
) -> AbstractSet[int]:
    """The positions of the earlier words that claim the same in both."""
    if isinstance(old, DevelopmentView) and isinstance(new, DevelopmentView):
        return new.claimed_before(old)
    return frozenset()


def _claim_rows(
    claimed: DevelopmentView | ClaimRow | None, but: AbstractSet[int]
) -> dict[Hashable, ClaimRow]:
    """The rows of its claims, or of the reset, but for earlier words that were set at some positions."""
    if isinstance(claimed, ClaimRow):
        return {claimed.key: claimed}
    return claimed.claims(but) if claimed else {}
