"""What the writers of outside formats share: what they are given, and the form that they have.

A writer is a small class in the module of its format. It is made for one document, and its methods are called
in order: `begin` once, then `entries`, `records` or `claims` once a page, then `end` once. Each gives the
bytes that go out next, so that a document of any length is written in the memory of a page. Writers know no
file, no socket and no database.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar, Protocol
from urllib.parse import quote
from uuid import UUID

import msgspec
from msgspec import Struct

from timeline.domain.events import DevelopmentEvent
from timeline.domain.figure import Bounds, Figure
from timeline.domain.unchecked import unchecked
from timeline.views.documents import Page, SeriesDocument


class DocumentHead(Struct, frozen=True, kw_only=True):
    """What a document is about. All addresses are absolute."""

    timeline: str
    """The timeline's id."""
    position: int
    """The position of the log at which everything in the document stands."""
    recorded_at: datetime
    """When the record at that position was taken in; of an empty log, when it was made."""
    base: str
    """The service's own address, without a slash at its end: `https://timeline.example`."""
    url: str
    """Where this same document will be found for ever."""
    address: str
    """Where it was asked for: with no position in it, it will be found there as it then stands."""
    whole: str | None = None
    """Where all that it is a page of is found, as it then stands: with no position and no page in it. If not
    given, it is the timeline."""
    next: str | None = None
    """Where the document goes on, if it is a page with another after it."""
    title: str | None = None
    description: str | None = None
    language: str | None = None

    @property
    def timeline_url(self) -> str:
        """The address of the timeline as it now stands."""
        return f"{self.base}/v1/timelines/{self.timeline}"

    def entry_url(self, entry: UUID) -> str:
        """The address of an entry as it stood at the document's position, for ever the same."""
        return f"{self.timeline_url}/entries/{entry}?at={self.position}"

    def series_url(self, series: str) -> str:
        """The address of a series as it stood at the document's position, for ever the same."""
        return f"{self.timeline_url}/figures/{quote(series, safe='')}?at={self.position}"


class Named(Struct, frozen=True):
    """An actor that an entry names, and the fields of the event that name it."""

    actor: str
    roles: tuple[str, ...]


class Mention(Struct, frozen=True):
    """The figure that an entry claims."""

    series: str
    as_of: datetime
    bounds: Bounds


class EntryFields(Struct, frozen=True, kw_only=True):
    """An entry as the views keep it, as far as writers use it."""

    id: UUID
    type: str
    status: str
    position: int
    recorded_at: datetime
    starts: datetime
    ends: datetime | None
    actors: tuple[Named, ...]
    event: DevelopmentEvent
    claim: Mention | None = None
    leader: UUID | None = None
    same_as: tuple[UUID, ...] = ()


class ClaimFields(Struct, frozen=True, kw_only=True):
    """A claim as the views keep it."""

    id: UUID
    position: int
    claimant: str
    as_of: datetime
    published_at: datetime | None = None
    figure: Figure
    bounds: Bounds
    disordered: bool = False


# What is kept was checked when it was taken in.
read_entry: Callable[[bytes], EntryFields] = msgspec.json.Decoder(unchecked(EntryFields)).decode
read_claim: Callable[[bytes], ClaimFields] = msgspec.json.Decoder(unchecked(ClaimFields)).decode


class Writer(Protocol):
    """What every writer has."""

    media_type: ClassVar[str]
    """As the header Content-Type says it."""
    extension: ClassVar[str]
    """What a file's name ends with, without the dot."""

    def begin(self, head: DocumentHead) -> bytes:
        """What stands before the first page."""

    def end(self) -> bytes:
        """What stands after the last page."""


class EntryWriter(Writer, Protocol):
    """Writes entries."""

    def entries(self, page: Page[bytes, object]) -> bytes:
        """A page's entries."""


class RecordWriter(Writer, Protocol):
    """Writes records of the log."""

    def records(self, page: Sequence[bytes]) -> bytes:
        """A page's records, given as they are stored."""


class ClaimWriter(Writer, Protocol):
    """Writes claims."""

    def claims(self, page: Page[SeriesDocument, object]) -> bytes:
        """A page's claims."""
