"""The documents of the views: what a timeline shows of a development, an actor, a claim, a change."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Generic, Literal, NamedTuple, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from timeline.domain.components import Grade, Source
from timeline.domain.dating import DatedBy
from timeline.domain.events import DevelopmentEvent, Stance
from timeline.domain.figure import Bounds, Figure

EntryStatus = Literal["reported", "confirmed", "denied", "contested", "retracted", "merged"]
Status = Annotated[
    EntryStatus,
    Meta(
        description="`contested` means both confirmed and denied; `merged` means that it is the same as an"
        " earlier development, its `leader`; otherwise what the standing statements and verifications say."
    ),
]

DateAsSaid = Annotated[
    str,
    Meta(
        description="The date as its source put it: EDTF level 1 or an RFC 3339 time; the day on which it was"
        " said, if it has no other date.",
        examples=["2024-12-27~"],
    ),
]
DateText = Annotated[str, Meta(description="The date in words.", examples=["about 27 December 2024"])]
EarliestDay = Annotated[date | None, Meta(description="The first day that the date names.")]
LatestDay = Annotated[
    date | None,
    Meta(
        description="The last day that the date names; of a month, a year or an open end at most the day"
        " of its publication."
    ),
]
DatedByField = Annotated[
    DatedBy | None, Meta(description="What gives the date: a field, or when it was published or recorded.")
]
FigureText = Annotated[
    str, Meta(description="The figure in the words of an article.", examples=["more than 3,000"])
]


class ActorRole(Struct, frozen=True):
    """An actor, and the fields of the event that name it."""

    actor: str
    roles: tuple[str, ...]


class StatementMention(Struct, frozen=True):
    """A standing official statement about the development."""

    id: UUID
    position: int
    speaker: str
    stance: Stance


class EvidenceMention(Struct, frozen=True):
    """Standing evidence for the development."""

    id: UUID
    position: int
    kind: str


class VerificationMention(Struct, frozen=True):
    """A standing verification of the development."""

    id: UUID
    position: int
    claimant: str
    grade: Grade


class AmendmentMention(Struct, frozen=True):
    """A standing correction or retraction of the report itself."""

    id: UUID
    position: int
    type: Annotated[str, Meta(description="`correction` or `retraction`.")]
    reason: str


class ClaimMention(Struct, frozen=True):
    """The figure that the report claims, and the series in which it stands."""

    series: str
    as_of: DateAsSaid
    bounds: Bounds | None
    text: FigureText = ""


class EntryDocument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A development as it stands at a position: the report with its corrections, and what refers to it."""

    id: UUID
    type: Annotated[str, Meta(description="The type of the event that reported it.")]
    status: Status
    position: Annotated[int, Meta(description="Of the record that first reported it.")]
    recorded_at: datetime
    starts: Annotated[datetime, Meta(description="The first instant that `occurred` may mean.")]
    ends: Annotated[
        datetime | None, Meta(description="The instant by which it was over; null while it continues.")
    ]
    actors: tuple[ActorRole, ...]
    event: Annotated[DevelopmentEvent, Meta(description="The report with its standing corrections.")]
    claim: ClaimMention | None = None
    statements: tuple[StatementMention, ...] = ()
    evidence: tuple[EvidenceMention, ...] = ()
    verifications: tuple[VerificationMention, ...] = ()
    tolls: Annotated[tuple[UUID, ...], Meta(description="Reports of a count for this incident.")] = ()
    amendments: tuple[AmendmentMention, ...] = ()
    leader: Annotated[UUID | None, Meta(description="The development that stands for this one.")] = None
    same_as: Annotated[tuple[UUID, ...], Meta(description="The other reports of this development.")] = ()


class ClaimDocument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A figure by a claimant for a date."""

    id: Annotated[UUID, Meta(description="The development that carries it.")]
    position: Annotated[int, Meta(description="Of the record that first reported it.")]
    claimant: str
    as_of: DateAsSaid
    as_of_text: DateText = ""
    earliest: EarliestDay = None
    latest: LatestDay = None
    dated_by: DatedByField = None
    published_at: Annotated[
        datetime | None,
        Meta(description="When the world was told: by the event, else by its sources; absent if unknown."),
    ] = None
    said_at: Annotated[
        datetime | None,
        Meta(description="When this word was said: published, else recorded. The last word stands."),
    ] = None
    figure: Figure
    text: FigureText = ""
    bounds: Annotated[
        Bounds | None,
        Meta(description="The numbers that its words allow; null where it is shown and not compared."),
    ]
    disordered: Annotated[bool, Meta(description="Low, best and high are not in ascending order.")] = False
    grade: Annotated[
        Grade | None,
        Meta(description="From the last verification of the development, else from its own certainty."),
    ] = None


class ResetDocument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A running total restarts, or continues after its claimant revised it."""

    id: UUID
    position: int
    claimant: Annotated[
        str | None, Meta(description="The claimant whose total restarts; all claimants if absent.")
    ] = None
    as_of: DateAsSaid
    as_of_text: DateText = ""
    earliest: EarliestDay = None
    latest: LatestDay = None
    dated_by: DatedByField = None
    reason: str
    adjustment: Annotated[
        int | None, Meta(description="By how much the total was revised, if it continues.")
    ] = None


ChangeKind = Annotated[
    Literal["first_report", "update", "restatement", "correction", "retraction", "reset"],
    Meta(
        description="`first_report`: the claimant's first claim, or one for an earlier date than before."
        " `update`: for a newer date. `restatement`: another figure for the same date, in a report of its"
        " own. `correction`: by an amendment. `retraction`: a report no longer stands. `reset`: a running"
        " total restarts or is adjusted."
    ),
]


class SeriesChange(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change to the claims of a series."""

    position: Annotated[int, Meta(description="Of the record that made it.")]
    kind: ChangeKind
    claimant: Annotated[str | None, Meta(description="Null for a reset that applies to all claimants.")]
    as_of: Annotated[datetime, Meta(description="The last instant of the date that the figure speaks for.")]
    before: Figure | None
    before_as_of: Annotated[
        datetime | None, Meta(description="The previous figure's date, if different.")
    ] = None
    after: Figure | None
    difference: Annotated[
        int | None, Meta(description="`after` minus `before`; null where one of them has no single number.")
    ]
    adjustment: Annotated[int | None, Meta(description="Of a reset that revises the total.")] = None
    source: Annotated[UUID, Meta(description="The event that makes the claim, or the reset.")]
    cause: Annotated[UUID, Meta(description="The event that made the change.")]
    cause_type: str
    reason: Annotated[str | None, Meta(description="Of the amendment or reset.")] = None
    sources: Annotated[tuple[Source, ...], Meta(description="Of the event that made the change.")] = ()
    published_at: datetime | None = None
    recorded_at: datetime
    lag_seconds: Annotated[
        float,
        Meta(
            description="Seconds from `as_of` to publication, or to recording if no publication date is"
            " known."
        ),
    ]


class ActorDocument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who an actor is, according to the last of its standing profiles."""

    id: str
    name: str
    kind: str | None = None
    aliases: tuple[str, ...] = ()
    part_of: str | None = None
    external_ids: dict[str, str] = {}
    profile: Annotated[UUID | None, Meta(description="The event that says so.")] = None


class TimelineDocument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the timeline is called and covers, according to the last of its standing profiles."""

    title: str
    description: str | None = None
    language: str | None = None
    profile: UUID


DocumentT_co = TypeVar("DocumentT_co", covariant=True)
KeyT_co = TypeVar("KeyT_co", covariant=True)


class Page(NamedTuple, Generic[DocumentT_co, KeyT_co]):
    """A page of what a view lists: documents in their order, and what is needed to show and continue them."""

    documents: Sequence[DocumentT_co]
    """Mostly `bytes`: JSON as it is stored."""
    names: Mapping[str, str]
    """The names of the actors in the documents, by id; an actor without a name is called by its id."""
    next: KeyT_co | None
    """The key of the last document, after which the next page begins; None on the last page."""
    changed_at: Sequence[datetime] = ()
    """When each document came to stand as it does, in the same order; filled where `changed` is the order."""


class SeriesDocument(NamedTuple):
    """A claim as it is stored, and the series in which it stands."""

    series: str
    document: bytes


_encoder = msgspec.json.Encoder()


def encode_document(document: Struct) -> str:
    """A document as it is stored, ready to send."""
    return _encoder.encode(document).decode()
