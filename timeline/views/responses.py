"""The response types of the API; each view names its position and its permanent address.

The service passes documents on as they are stored, without decoding them; the annotations say what is in
them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from timeline.domain.effect import Effect
from timeline.domain.events import AnyEvent
from timeline.domain.figure import Figure
from timeline.views.documents import (
    ActorDocument,
    ClaimDocument,
    DateAsSaid,
    DatedByField,
    DateText,
    EarliestDay,
    EntryDocument,
    FigureText,
    LatestDay,
    ResetDocument,
    SeriesChange,
    Status,
    TimelineDocument,
)

Names = Annotated[
    Mapping[str, str], Meta(description="The names of the actors on this page, at its position.")
]
Rules = Annotated[
    int,
    Meta(
        description="The version of the rules by which this was made of the record: where it differs, so may"
        " all else, though the record is the same."
    ),
]
Next = Annotated[str | None, Meta(description="The address of the next page, or null on the last.")]


Lineage = Annotated[
    UUID,
    Meta(description="The log's own id, minted at its creation: another log of this name has another."),
]


class TimelineSummary(Struct, frozen=True, kw_only=True):
    """A timeline and where its log ends."""

    id: str
    title: str | None
    head: Annotated[int, Meta(description="The position of its last record; 0 for an empty log.")]
    recorded_at: Annotated[datetime, Meta(description="Of the last record, or of the creation.")]
    rules: Annotated[int, Meta(description="The version of the rules by which its views are made.")]
    lineage: Lineage
    url: str


class TimelineList(Struct, frozen=True, kw_only=True):
    """The timelines, by id."""

    timelines: list[TimelineSummary]
    next: Next


class EventOutcome(Struct, frozen=True, kw_only=True):
    """The position and address of a posted event in the record."""

    id: UUID
    position: int
    recorded_at: datetime
    duplicate: Annotated[bool, Meta(description="It was already recorded, with the same content.")]
    effect: Annotated[
        Effect | None,
        Meta(
            description="`none`: it is recorded and changes nothing that stands, as a second retraction does."
            " Null otherwise, and for what was already recorded."
        ),
    ]
    url: str


class Receipt(Struct, frozen=True, kw_only=True):
    """The result of a post, event by event in the order sent; the record holds all of them."""

    timeline: str
    position: Annotated[int, Meta(description="The highest position among the outcomes.")]
    outcomes: list[EventOutcome]


class RecordDocument(Struct, frozen=True, kw_only=True):
    """An event at its position in the log, as it is stored and hashed."""

    timeline: str
    position: int
    recorded_at: datetime
    recorded_by: Annotated[
        str, Meta(description="Who posted it: `anonymous`, or `writer` with the write token.")
    ]
    version: Annotated[int, Meta(description="The version of the vocabulary in which it was written.")]
    event: AnyEvent


class LogPage(Struct, frozen=True, kw_only=True):
    """Records in the order of the log, each byte for byte as it is stored and hashed."""

    timeline: str
    head: Annotated[int, Meta(description="The position of the log's last record.")]
    records: list[RecordDocument]
    hashes: Annotated[
        list[str],
        Meta(
            description="The leaf hash of each record, in the same order and in hexadecimal: SHA-256 of a"
            " zero byte and the record's bytes (RFC 6962)."
        ),
    ]
    next: Next


class LogRoot(Struct, frozen=True, kw_only=True):
    """The root of the log's tree at a position (RFC 6962, SHA-256)."""

    timeline: str
    lineage: Lineage
    position: Annotated[int, Meta(description="How many records the tree is over.")]
    root: Annotated[str, Meta(description="In hexadecimal.")]
    url: Annotated[str, Meta(description="The permanent address of this answer.")]


class ViewResponse(Struct, frozen=True, kw_only=True):
    """What every view has."""

    timeline: str
    position: Annotated[int, Meta(description="The position of the log for which this answer holds.")]
    rules: Rules
    url: Annotated[str, Meta(description="The permanent address of this answer.")]


class TimelineView(ViewResponse, frozen=True, kw_only=True):
    """The timeline: its entries, filtered and in order of time."""

    published_by: Annotated[
        datetime | None, Meta(description="Only what the world had been told by then, if the request set it.")
    ]
    publication_unknown: Annotated[
        int | None,
        Meta(
            description="With `published_by`: entries that meet the filters by what the record holds now, and"
            " are hidden only because no publication is known."
        ),
    ]
    about: Annotated[TimelineDocument | None, Meta(description="What the timeline is called and covers.")]
    entries: list[EntryDocument]
    names: Names
    next: Next


class EntryVersion(Struct, frozen=True, kw_only=True):
    """An entry as it stood from one position on, and before another."""

    from_position: Annotated[int, Meta(description="The record that made this version.")]
    before_position: Annotated[
        int | None, Meta(description="The record that changed it; null while it stands.")
    ]
    entry: EntryDocument


class EntryHistory(ViewResponse, frozen=True, kw_only=True):
    """A development with all its versions up to the position, the last first."""

    published_by: Annotated[
        datetime | None, Meta(description="Only what the world had been told by then, if the request set it.")
    ]
    entry: Annotated[EntryDocument, Meta(description="As it stands at the position.")]
    versions: list[EntryVersion]
    names: Names
    next: Next


class ActorList(ViewResponse, frozen=True, kw_only=True):
    """The actors that standing entries or profiles name, by id; without a profile the id is the name."""

    published_by: Annotated[
        datetime | None, Meta(description="Only what the world had been told by then, if the request set it.")
    ]
    publication_unknown: Annotated[
        int | None,
        Meta(
            description="With `published_by`: entries that are hidden only because no publication is known,"
            " whomever they name."
        ),
    ]
    actors: list[ActorDocument]
    names: Names
    next: Next


class ActorView(ViewResponse, frozen=True, kw_only=True):
    """An actor: who it is, its parts, and every entry that names it, with the roles it has there."""

    published_by: Annotated[
        datetime | None, Meta(description="Only what the world had been told by then, if the request set it.")
    ]
    publication_unknown: Annotated[
        int | None,
        Meta(
            description="With `published_by`: entries that meet the filters by what the record holds now, and"
            " are hidden only because no publication is known."
        ),
    ]
    actor: ActorDocument
    parts: Annotated[
        list[ActorDocument], Meta(description="Actors that are `part_of` this one; 100 at most.")
    ]
    entries: list[EntryDocument]
    names: Names
    next: Next


class EntryChange(Struct, frozen=True, kw_only=True):
    """How an entry changed."""

    id: UUID
    type: str
    summary: str
    before: Annotated[Status | None, Meta(description="Its status before; null where it is new.")]
    after: Status
    fields: Annotated[tuple[str, ...], Meta(description="What changed, as paths into the document.")]


class SeriesClaim(Struct, frozen=True, kw_only=True):
    """A claim, or a reset, and its series."""

    series: str
    claim: ClaimDocument | None
    reset: ResetDocument | None


class ClaimChange(Struct, frozen=True, kw_only=True):
    """A claim or reset before and after; null if it did not exist or was retracted."""

    id: UUID
    before: SeriesClaim | None
    after: SeriesClaim | None


class ActorChange(Struct, frozen=True, kw_only=True):
    """An actor's profile before and after; null if it did not exist or was retracted."""

    id: str
    before: ActorDocument | None
    after: ActorDocument | None


class TimelineChange(Struct, frozen=True, kw_only=True):
    """The timeline's own profile before and after; null if it did not exist or was retracted."""

    before: TimelineDocument | None
    after: TimelineDocument | None


class ChangeSet(Struct, frozen=True, kw_only=True):
    """What one record, or several of them, changed in the views."""

    entries: list[EntryChange]
    claims: list[ClaimChange]
    actors: list[ActorChange]
    about: TimelineChange | None


class Diff(ViewResponse, frozen=True, kw_only=True):
    """What changed after `after_position` up to `position`."""

    after_position: int
    changes: ChangeSet
    names: Names
    next: Next


class ReplayStep(Struct, frozen=True, kw_only=True):
    """A record and what it changed: one line of a replay."""

    rules: Rules
    record: RecordDocument
    changes: ChangeSet
    names: Names


class Fall(Struct, frozen=True, kw_only=True):
    """A drop in a claimant's running total from one date to the next, and what explains it."""

    claimant: str
    unit: str
    before_as_of: DateAsSaid
    before_as_of_text: DateText
    as_of: DateAsSaid
    as_of_text: DateText
    earliest: EarliestDay
    latest: LatestDay
    dated_by: DatedByField
    before: Figure
    before_text: FigureText
    after: Figure
    after_text: FigureText
    drop: Annotated[int, Meta(description="By how much the total must have fallen at least, by its bounds.")]
    explained: Annotated[int, Meta(description="How much of it adjustments between the dates explain.")]
    unexplained: Annotated[int, Meta(description="The remainder, at least.")]
    source: Annotated[UUID, Meta(description="The event that makes the lower claim.")]
    explained_by: Annotated[
        list[UUID],
        Meta(description="The adjustments between the dates; empty where nothing explains it."),
    ]


class SeriesAuditView(ViewResponse, frozen=True, kw_only=True):
    """A series' history up to the position: each change in log order, and each drop in a running total."""

    series: Annotated[str, Meta(description="The address in force, to which the one of the request leads.")]
    published_by: Annotated[
        datetime | None, Meta(description="Only what the world had been told by then, if the request set it.")
    ]
    publication_unknown: Annotated[
        int,
        Meta(
            description="With `published_by`: claims and resets of the series that are hidden only because no"
            " publication of them is known, whoever makes them."
        ),
    ] = 0
    total: Annotated[int, Meta(description="How many changes there are on all pages.")]
    kinds: Annotated[dict[str, int], Meta(description="How many of each kind.")]
    changes: list[SeriesChange]
    falls: Annotated[
        list[Fall],
        Meta(description="Of a cumulative series: where a running total drops from one date to the next."),
    ]
    names: Names
    next: Next
