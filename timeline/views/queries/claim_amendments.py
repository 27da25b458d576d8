"""Amendments of claims: corrections and retractions of what makes them, though they change no answer.

A source may say late what it had said before the word that stands, and an editor mend what is no part of a
figure. Such an amendment changes no version of a claim, so it is looked up where all changes are asked for.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from timeline.domain.amended_events import AmendedEvents
from timeline.domain.claims import claim_of
from timeline.domain.corrected_events import CorrectedEvents
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Amendment, Retraction
from timeline.domain.record import Record
from timeline.domain.words import edtf_words, figure_words
from timeline.log.bearing_events import load_bearing
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.turns import in_turns
from timeline.views.documents import ChangeKind
from timeline.views.queries.claim_lines import ClaimContent, ClaimVersion, LineKey, date_key
from timeline.views.queries.series_addresses import incident_report
from timeline.views.queries.series_changes import ClaimAmendment, basis_of

_BATCH = 500

_AMENDMENTS = """
WITH RECURSIVE amendment AS (
    SELECT target AS source, position FROM reference
    WHERE timeline_id = %(timeline)s AND amends AND target = ANY(%(sources)s) AND position <= %(at)s
    UNION
    SELECT amendment.source, reference.position FROM amendment
    JOIN event ON event.timeline_id = %(timeline)s AND event.position = amendment.position
    JOIN reference ON reference.timeline_id = %(timeline)s AND amends AND target = event.event_id
        AND reference.position <= %(at)s
)
SELECT position, source FROM amendment ORDER BY position
"""


async def read_amendments(  # noqa: PLR0913 - which claims of what, and as known by when
    connection: Connection,
    moment: Moment,
    series: str,
    sources: Iterable[UUID],
    changed: Iterable[int],
    published_by: datetime | None,
) -> dict[int, ClaimAmendment]:
    """The amendments of the events that make a series' claims, by position, as the world knew them by a time.

    Those at positions where something `changed` are left out.

    Raises:
        RuleBroken: more records bear on the claims than the limit allows.
    """
    parameters = {**moment.scope, "sources": [*sources]}
    cursor = await connection.execute(_AMENDMENTS, parameters)
    positions: dict[int, UUID] = dict(await cursor.fetchall())
    for position in changed:
        positions.pop(position, None)
    amendments: dict[int, ClaimAmendment] = {}
    pairs = [*positions.items()]
    for start in range(0, len(pairs), _BATCH):
        batch = dict(pairs[start : start + _BATCH])
        records = await load_bearing(connection, moment.timeline, moment.position, {*batch.values()})
        amendments |= await in_turns(finding_amendments(records, series, batch, published_by))
    return amendments


def finding_amendments(
    records: Sequence[Record], series: str, positions: Mapping[int, UUID], published_by: datetime | None
) -> Generator[None, None, dict[int, ClaimAmendment]]:
    """What the amendments at these positions are, each of an event; those hidden are left out.

    Yields between its steps, each of which may look at many amendments.
    """
    graph, amendments = EventGraph(records), dict[int, ClaimAmendment]()
    events = CorrectedEvents(graph, 0, published_by)
    for record in records:
        yield
        position, source = record.position, positions.get(record.position)
        events = events.followed_by(record)
        if source is not None and _is_public(graph, events, record):
            kind: ChangeKind = "retraction" if isinstance(record.event, Retraction) else "correction"
            word = _word_version(events, series, source, position)
            amendments[position] = ClaimAmendment(kind, source, word)
    return amendments


def _is_public(graph: EventGraph, events: AmendedEvents, record: Record | None) -> bool:
    """Whether the world had been told of an amendment, and of what it amends."""
    while record is not None and isinstance(record.event, Amendment):
        if not events.is_public(record):
            return False
        record = graph.record(record.event.target)
    return record is not None


def _word_version(events: AmendedEvents, series: str, source: UUID, position: int) -> ClaimVersion | None:
    """What a source said by the amendment at a position; None where that is no word of the series' claim."""
    words = [word for word in events.spoken_words(source) if word.position == position]
    claim = claim_of(words[0], incident_report(series)) if words else None
    if claim is None or claim.series != series:
        return None
    bounds, dating = claim.figure.bounds, claim.dating
    return ClaimVersion(
        source,
        position,
        None,
        LineKey(claim.claimant, claim.unit),
        date_key(claim.days),
        claim.word.said_at,
        position,
        claim.figure.qualifier == "none_reported",
        None if bounds is None else bounds.low,
        None if bounds is None else bounds.high,
        document=b"",
        is_of_incident=basis_of(series) == "incident",
        decoded=ClaimContent(
            as_of=dating.text,
            figure=claim.figure,
            as_of_text=edtf_words(dating.text),
            dated_by=dating.dated_by,
            text=figure_words(claim.figure),
        ),
        dated=dating.days,
    )
