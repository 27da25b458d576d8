"""GeoJSON: writes entries as a FeatureCollection (RFC 7946).

Every entry is a feature; one whose place has no coordinates has the geometry null (section 3.2). Timeline,
position and rules are in foreign members of the collection (section 6.1).
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec
from msgspec import Struct

from timeline.domain.components import Place
from timeline.domain.dating import DatedBy
from timeline.formats.columns import EntryTableRow, entry_table_rows
from timeline.formats.writers import Day, DocumentHead
from timeline.views.documents import ClaimMention, Page

_encode = msgspec.json.Encoder().encode


_NOWHERE = Place()


class _Actor(Struct, frozen=True):
    id: str
    name: str
    roles: tuple[str, ...]


class _Point(Struct, frozen=True, tag_field="type", tag="Point"):
    coordinates: tuple[float, float]


class _Properties(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The properties of an entry that a map shows, without those that it lacks."""

    id: UUID
    type: str
    status: str
    summary: str
    occurred: str | None = None
    date: str | None = None
    date_text: str | None = None
    earliest: Day | None = None
    latest: Day | None = None
    dated_by: DatedBy | None = None
    starts: datetime
    ends: datetime | None = None
    place: str | None = None
    admin1: str | None = None
    country: str | None = None
    precision: str | None = None
    claimant: str | None = None
    actors: list[_Actor]
    claim: ClaimMention | None = None
    tags: tuple[str, ...]
    position: int
    recorded_at: datetime
    url: str


class _Feature(Struct, frozen=True, tag_field="type", tag="Feature"):
    id: UUID
    geometry: _Point | None
    properties: _Properties


class GeoJson:
    """A feature for each entry, each on a line."""

    media_type: ClassVar[str] = "application/geo+json"
    extension: ClassVar[str] = "geojson"

    def __init__(self) -> None:
        self._head: DocumentHead
        self._separator = b"\n"

    def begin(self, head: DocumentHead) -> bytes:
        """The collection up to its features."""
        self._head = head
        members = {
            "type": "FeatureCollection",
            "timeline": head.timeline,
            "position": head.position,
            "rules": head.rules,
            "title": head.title,
            "url": head.url,
            "next": head.next,
        }
        present = {name: value for name, value in members.items() if value is not None}
        return _encode(present).removesuffix(b"}") + b',"features":['

    def entries(self, page: Page[bytes, object]) -> bytes:
        """The features of a page."""
        features = b",\n".join(_encode(_feature(row)) for row in entry_table_rows(self._head, page))
        if not features:
            return b""
        separator, self._separator = self._separator, b",\n"
        return separator + features

    def end(self) -> bytes:
        """The closing brackets of the collection."""
        return b"\n]}\n"


def _feature(row: EntryTableRow) -> _Feature:
    entry, event = row.entry, row.entry.event
    place = event.place or _NOWHERE
    properties = _Properties(
        id=entry.id,
        type=entry.type,
        status=entry.status,
        summary=event.summary,
        occurred=event.occurred,
        date=entry.date or event.occurred,
        date_text=entry.date_text or None,
        earliest=entry.earliest,
        latest=entry.latest,
        dated_by=entry.dated_by,
        starts=entry.starts,
        ends=entry.ends,
        place=place.name,
        admin1=place.admin1,
        country=place.country,
        precision=place.precision,
        claimant=event.claimant,
        actors=[_Actor(a.id, row.names.get(a.id, a.id), a.roles) for a in entry.actors],
        claim=entry.claim,
        tags=event.tags,
        position=entry.position,
        recorded_at=entry.recorded_at,
        url=row.head.entry_url(entry.id),
    )
    point = None
    if place.longitude is not None and place.latitude is not None:
        point = _Point((place.longitude, place.latitude))
    return _Feature(entry.id, point, properties)
