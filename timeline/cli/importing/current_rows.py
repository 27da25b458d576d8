"""Reads from the service what a timeline holds of a data set now, at one position."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from http import HTTPStatus
from itertools import chain
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

from timeline.cli.client import Client, Refused, timeline_address
from timeline.cli.options import literal_values
from timeline.domain.amended_events import SOURCE_REASONS
from timeline.domain.codec import decode_event, encode_event
from timeline.domain.dating import publication
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import DEVELOPMENT_TYPES, EVENT_TYPES, Amendment, Correction, Retraction
from timeline.domain.record import Record, decode_record
from timeline.formats.edition_rows import CurrentRow, is_profile
from timeline.formats.late_words import LaterWord
from timeline.views.documents import Status

PAGE_ENTRIES = 500
STATUSES = literal_values(Status)
"""All statuses: without them the view leaves out what is retracted or merged."""

WITHDRAWN = "withdrawn"
"""The reason of a retraction that an import posts for a row which its data set has withdrawn."""

OTHER_TYPES = tuple(sorted(EVENT_TYPES.keys() - DEVELOPMENT_TYPES))
"""The types that the timeline view does not show: profiles, resets, and amendments."""


class _EntryAmendment(Struct):
    type: str
    reason: str


class _Counts(Struct, frozen=True):
    amendments: int = 0


class _Amendments(Struct):
    amendments: list[_EntryAmendment]
    next: str | None


class _Entry(Struct):
    id: UUID
    status: str
    recorded_at: datetime
    event: Raw
    amendments: Sequence[_EntryAmendment] = ()
    counts: _Counts = _Counts()


class _EntriesPage(Struct):
    position: int
    entries: list[_Entry]
    next: str | None


class _RecordsPage(Struct):
    records: list[Raw]
    next: str | None


class CurrentRows(NamedTuple):
    """The rows of a data set by event id, as they are at a position of the log.

    Attributes:
        newest_at: When the newest edition that is recorded came out, as far as its events say so.
    """

    position: int
    rows: dict[UUID, CurrentRow]
    newest_at: datetime | None = None


def read_current_rows(
    client: Client, timeline: str, data_set: str, *, may_be_new: bool = False
) -> CurrentRows:
    """The current rows of a data set: its developments from the view, its other events from the log.

    Args:
        client: The service.
        timeline: The timeline's id.
        data_set: The tag that all its events have.
        may_be_new: Take a timeline that does not exist for an empty one.

    Raises:
        Refused: the service refuses to answer.
    """
    parameters = {"tag": data_set, "limit": PAGE_ENTRIES, "status": STATUSES, "order": "asc"}
    try:
        pages = client.pages(_EntriesPage, timeline_address(timeline), parameters)
        first = next(pages)
    except Refused as refusal:
        if may_be_new and refusal.problem.get("status") == 404:
            return CurrentRows(0, {})
        if refusal.problem.get("status") == 404:
            refusal.add("--create creates it.")
        raise
    rows: dict[UUID, CurrentRow] = {}
    for page in chain([first], pages):
        for entry in page.entries:
            amendments = _amendments(client, timeline, first.position, entry)
            rows[entry.id] = _development_row(entry, amendments)
    others = _OtherRows(data_set)
    for record in _other_records(client, timeline, first.position):
        others.add(record)
    rows.update(others.rows(first.position))
    for id_, said_at in others.amended_at.items():
        if row := rows.get(id_):
            words = others.words(id_)
            rows[id_] = row._replace(said_at=max(said_at, row.said_at or said_at), words=words)
    published = [time for row in rows.values() if (time := _published_at(row.content))]
    return CurrentRows(first.position, rows, max((*published, *others.published), default=None))


class _EntryId(Struct):
    id: UUID


class _IdsPage(Struct):
    entries: list[_EntryId]
    next: str | None


def read_ids(client: Client, timeline: str, data_set: str) -> Iterator[UUID]:
    """The ids of a data set's developments, also of those that are retracted; none without the timeline.

    Raises:
        Refused: the service refuses to answer.
    """
    parameters = {"tag": data_set, "limit": PAGE_ENTRIES, "status": STATUSES}
    try:
        for page in client.pages(_IdsPage, timeline_address(timeline), parameters):
            yield from (entry.id for entry in page.entries)
    except Refused as refusal:
        if refusal.problem.get("status") != HTTPStatus.NOT_FOUND:
            raise


def _amendments(client: Client, timeline: str, at: int, entry: _Entry) -> Sequence[_EntryAmendment]:
    """All amendments of an entry, which has only the newest of many."""
    if entry.counts.amendments <= len(entry.amendments):
        return entry.amendments
    address = timeline_address(timeline, "entries", str(entry.id), "amendments")
    pages = client.pages(_Amendments, address, {"at": at, "limit": PAGE_ENTRIES})
    return [amendment for page in pages for amendment in page.amendments]


def _development_row(entry: _Entry, amendments: Sequence[_EntryAmendment]) -> CurrentRow:
    reasons = [amendment.reason for amendment in amendments if amendment.type == "retraction"]
    content, retracted = bytes(entry.event), entry.status == "retracted"
    said_at = _said_at(content, entry.recorded_at)
    return CurrentRow(content, len(amendments), retracted, _is_set_aside(reasons), said_at)


class _SourceTime(Struct):
    published_at: datetime | None = None


class _Publication(Struct):
    published_at: datetime | None = None
    sources: tuple[_SourceTime, ...] = ()


def _said_at(content: bytes, recorded_at: datetime) -> datetime:
    """When an event says that it was published, else when it was recorded."""
    word = msgspec.json.decode(content, type=_Publication)
    if word.published_at is not None or not any(source.published_at for source in word.sources):
        return word.published_at or recorded_at
    return publication(decode_event(content), recorded_at) or recorded_at


def _published_at(content: bytes) -> datetime | None:
    return msgspec.json.decode(content, type=_Publication).published_at


class _ActorNames(Struct):
    actor: str
    name: str = ""
    aliases: tuple[str, ...] = ()


def actor_names(rows: Iterable[CurrentRow]) -> Iterator[tuple[str, str]]:
    """The actors that the rows have profiles of, each with each of its names."""
    for row in rows:
        if is_profile(row) and not row.retracted:
            profile = msgspec.json.decode(row.content, type=_ActorNames)
            yield from ((profile.actor, name) for name in (profile.name, *profile.aliases))


class _OtherRows:
    """The data set's profiles and resets, and when amendments of any row were said."""

    def __init__(self, data_set: str) -> None:
        self.amended_at: dict[UUID, datetime] = {}
        """When the last amendment of an event was said that is a word of its source, or a publication."""
        self.published: set[datetime] = set()
        """The times at which amendments by the data set's editions were published."""
        self._corrections: defaultdict[UUID, list[tuple[datetime, Correction]]] = defaultdict(list)
        self._amended: set[UUID] = set()
        self._data_set = data_set
        self._graph = EventGraph()
        self._ids: list[UUID] = []

    def add(self, record: Record) -> None:
        """Take in the next record."""
        event = record.event
        if isinstance(event, Amendment):
            if event.published_at is not None or event.reason in SOURCE_REASONS:
                said_at = event.published_at or record.recorded_at
                self.amended_at[event.target] = max(said_at, self.amended_at.get(event.target, said_at))
                if isinstance(event, Correction):
                    self._corrections[event.target].append((said_at, event))
            self._amended.add(event.target)
            if event.published_at is not None and self._data_set in event.tags:
                self.published.add(event.published_at)
            if self._graph.record(event.target):
                self._graph.add(record)
        elif self._data_set in event.tags:
            self._graph.add(record)
            self._ids.append(event.id)

    def words(self, id_: UUID) -> list[LaterWord]:
        """What corrections of a row say that are words of its source, in the order of words.

        Those that were amended themselves are left out: they may not stand.
        """
        words = sorted(self._corrections.get(id_, ()), key=itemgetter(0))
        return [LaterWord(at, event.changes) for at, event in words if event.id not in self._amended]

    def rows(self, at: int) -> Iterator[tuple[UUID, CurrentRow]]:
        """The profiles and resets, each with the amendments up to a position applied."""
        snapshot = self._graph.at(at)
        for event_id in self._ids:
            record = self._graph.record(event_id)
            amendments = [event for _, event in snapshot.amendments(event_id)]
            reasons = [event.reason for event in amendments if isinstance(event, Retraction)]
            event = snapshot.corrected(event_id)
            said_at = event.published_at or (record.recorded_at if record else None)
            is_set_aside = _is_set_aside(reasons)
            row = CurrentRow(encode_event(event), len(amendments), bool(reasons), is_set_aside, said_at)
            yield event_id, row


def _is_set_aside(reasons: Iterable[str]) -> bool:
    """Whether somebody retracted the row for another reason than that its data set withdrew it."""
    return any(reason != WITHDRAWN for reason in reasons)


def _other_records(client: Client, timeline: str, at: int) -> Iterator[Record]:
    """The records up to a position that the view does not show, in their order."""
    parameters = {"limit": PAGE_ENTRIES, "type": OTHER_TYPES}
    for page in client.pages(_RecordsPage, timeline_address(timeline, "events"), parameters):
        for text in page.records:
            record = decode_record(bytes(text))
            if record.position > at:
                return
            yield record
