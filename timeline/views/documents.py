"""The documents that the views keep: what a timeline shows of a development, an actor, a claim."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from timeline.domain.events import DevelopmentEvent, Grade, Stance
from timeline.domain.figure import Bounds, Figure

Status = Annotated[
    Literal["reported", "confirmed", "denied", "contested", "retracted", "merged"],
    Meta(
        description="`contested` is both confirmed and denied; `merged` is one with an earlier development,"
        " its `leader`; else as the standing statements and verifications say."
    ),
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
    as_of: datetime
    bounds: Bounds


class EntryDocument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A development as it stands at a position: the report with its corrections, and what is said of it."""

    id: UUID
    type: Annotated[str, Meta(description="The type of the event that reported it.")]
    status: Status
    position: Annotated[int, Meta(description="Of the record that first reported it.")]
    recorded_at: datetime
    starts: Annotated[datetime, Meta(description="The first instant that `occurred` may mean.")]
    ends: Annotated[
        datetime | None, Meta(description="The instant by which it was over; null where it goes on.")
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
    as_of: Annotated[datetime, Meta(description="The last instant of the date that the figure speaks for.")]
    published_at: datetime | None = None
    figure: Figure
    bounds: Bounds
    disordered: Annotated[bool, Meta(description="Low, best and high stand in another order than that.")] = (
        False
    )
    grade: Annotated[
        Grade | None,
        Meta(description="By the last verification of the development; else as its own certainty says."),
    ] = None


class ResetDocument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A series that starts again, or goes on revised."""

    id: UUID
    position: int
    claimant: Annotated[str | None, Meta(description="Whose line starts again; everybody's if absent.")] = (
        None
    )
    as_of: datetime
    reason: str
    adjustment: Annotated[
        int | None, Meta(description="By how much the total was revised, where it goes on from there.")
    ] = None


class ActorDocument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who an actor is, by the last of its profiles that stands."""

    id: str
    name: str
    kind: str | None = None
    aliases: tuple[str, ...] = ()
    part_of: str | None = None
    external_ids: dict[str, str] = {}
    profile: Annotated[UUID | None, Meta(description="The event that says so.")] = None


class TimelineDocument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the timeline is called and covers, by the last of its profiles that stands."""

    title: str
    description: str | None = None
    language: str | None = None
    profile: UUID


_encoder = msgspec.json.Encoder()


def encode_document(document: Struct) -> str:
    """A document as it is kept, ready to send."""
    return _encoder.encode(document).decode()
