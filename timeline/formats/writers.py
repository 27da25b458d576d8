"""The interface of the writers of formats: the protocols that they follow, and the documents that they write.

A writer is a small class in the module of its format. An instance writes one document, and its methods are
called in order: `begin` once, then `entries`, `claims`, `records` or `changes` once per page, then `end`
once. Each returns the bytes to send next, so that a document of any length needs the memory of one page.
Writers use no file, no socket and no database. The first line of a writer's docstring is its description in
openapi.yaml.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import ClassVar, Protocol
from urllib.parse import quote
from uuid import UUID

import msgspec
from msgspec import Struct

from timeline.domain.dating import DatedBy
from timeline.domain.events import DevelopmentEvent
from timeline.domain.figure import Bounds, Figure
from timeline.domain.unchecked import unchecked
from timeline.views.documents import ActorRole, ClaimMention, Page, SeriesChange, SeriesDocument

Day = date
"""A field of this name hides the type's own."""


class DocumentHead(Struct, frozen=True, kw_only=True):
    """The timeline, the moment and the addresses of a document. All addresses are absolute URLs.

    An address with a position and rules in it leads to the same content or, once the rules have changed, to
    none; an address without leads to the content at the time of the request.
    """

    timeline: str
    """The timeline's id."""
    position: int
    """The position in the log at which the timeline is shown."""
    rules: int
    """The version of the rules by which the views were made."""
    recorded_at: datetime
    """When the record at that position was recorded; in an empty log, when the timeline was created."""
    base: str
    """The service's own URL, without a slash at its end: `https://timeline.example`."""
    url: str
    """The address of this same document, with the position."""
    address: str
    """The address that was requested; it may have no position."""
    whole: str | None = None
    """The address of all that the document is a page of, without a position and a cursor; the timeline's if
    absent."""
    next: str | None = None
    """The address of the next page, if there is one."""
    title: str | None = None
    """The timeline's title, by its profile."""
    description: str | None = None
    """The timeline's description, by its profile."""
    language: str | None = None
    """The language of the profile, as a BCP 47 tag."""
    published_by: str | None = None
    """The time of publication by which the document is, as the request wrote it."""

    @property
    def timeline_url(self) -> str:
        """The address of the timeline, without a position."""
        return f"{self.base}/v1/timelines/{self.timeline}"

    def entry_url(self, entry: UUID) -> str:
        """The address of an entry at the document's position, by its rules."""
        return f"{self.timeline_url}/entries/{entry}?{self._pins}"

    def series_url(self, series: str) -> str:
        """The address of a series at the document's position, by its rules."""
        path = f"{self.timeline_url}/figures/{quote(series, safe='')}"
        return f"{path}?{self._pins}"

    @property
    def _pins(self) -> str:
        """What leads an address to the state that the document shows, and to no later one."""
        pins = f"at={self.position}&rules={self.rules}"
        if self.published_by is None:
            return pins
        return f"{pins}&published_by={quote(self.published_by, safe='')}"


# These two have only the fields of EntryDocument and ClaimDocument that writers use: decoding the others too
# would take a good part of an export's time.


class EntryFields(Struct, frozen=True, kw_only=True):
    """The fields of an `EntryDocument` that writers use."""

    id: UUID
    type: str
    status: str
    position: int
    recorded_at: datetime
    date: str = ""
    date_text: str = ""
    earliest: Day | None = None
    latest: Day | None = None
    dated_by: DatedBy | None = None
    starts: datetime
    ends: datetime | None
    actors: tuple[ActorRole, ...]
    event: DevelopmentEvent
    claim: ClaimMention | None = None
    leader: UUID | None = None
    same_as: tuple[UUID, ...] = ()


class ClaimFields(Struct, frozen=True, kw_only=True):
    """The fields of a `ClaimDocument` that writers use."""

    id: UUID
    position: int
    word: int | None = None
    claimant: str
    as_of: str
    as_of_text: str = ""
    earliest: Day | None = None
    latest: Day | None = None
    dated_by: DatedBy | None = None
    said_at: datetime | None = None
    text: str = ""
    published_at: datetime | None = None
    figure: Figure
    bounds: Bounds | None
    disordered: bool = False


# Unchecked, since the documents were made from events that had been validated.
read_entry: Callable[[bytes], EntryFields] = msgspec.json.Decoder(unchecked(EntryFields)).decode
read_claim: Callable[[bytes], ClaimFields] = msgspec.json.Decoder(unchecked(ClaimFields)).decode


class Writer(Protocol):
    """The part of the interface that all writers share."""

    media_type: ClassVar[str]
    """The value of the header Content-Type."""
    extension: ClassVar[str]
    """The extension of a file's name, without the dot."""

    def begin(self, head: DocumentHead) -> bytes:
        """The bytes before the first page."""

    def end(self) -> bytes:
        """The bytes after the last page."""


class EntryWriter(Writer, Protocol):
    """Writes entries."""

    def entries(self, page: Page[bytes, object]) -> bytes:
        """The bytes of a page of entries; a page may be empty."""


class RecordWriter(Writer, Protocol):
    """Writes records of the log."""

    def records(self, page: Sequence[bytes]) -> bytes:
        """The bytes of a page of records, each of which is the JSON that the log stores."""


class ClaimWriter(Writer, Protocol):
    """Writes claims."""

    def claims(self, page: Page[SeriesDocument, object]) -> bytes:
        """The bytes of a page of claims; a page may be empty."""


class ChangeWriter(Writer, Protocol):
    """Writes changes of a series."""

    def changes(self, page: Sequence[SeriesChange]) -> bytes:
        """The bytes of a page of changes; a page may be empty."""
