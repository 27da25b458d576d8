"""The documents of the views: what a timeline shows of a development, an actor, a claim, a change."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar, cast, get_type_hints
from uuid import UUID

import msgspec
from msgspec import Meta, Struct, defstruct
from msgspec.structs import fields

from timeline.domain.components import EvidenceKind, Grade, Source
from timeline.domain.dating import DatedBy
from timeline.domain.events import DevelopmentEvent, Stance
from timeline.domain.figure import Bounds, Figure, Origin
from timeline.domain.scalars import JsonText

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

    id: str
    roles: tuple[str, ...]


Superseded = Annotated[
    bool,
    Meta(description="Whether a later word of the same speaker stands in its place; absent if not."),
]


Summary = Annotated[str, Meta(description="In a sentence, in the poster's own words.")]
PublicUrl = Annotated[
    str | None,
    Meta(description="Where it can be seen: the first address of its media, else of its sources."),
]


class StatementMention(Struct, frozen=True, omit_defaults=True):
    """A standing official statement about the development; all are in the order in which they were made."""

    id: UUID
    position: int
    speaker: str
    stance: Stance
    summary: Summary
    url: PublicUrl = None
    superseded: Superseded = False


class EvidenceMention(Struct, frozen=True, omit_defaults=True):
    """Standing evidence for the development, and how it stands itself."""

    id: UUID
    position: int
    kind: EvidenceKind
    summary: Summary
    url: PublicUrl = None
    status: Annotated[
        EntryStatus | None, Meta(description="Of the evidence's own entry: discounted evidence is `denied`.")
    ] = None


class VerificationMention(Struct, frozen=True, omit_defaults=True):
    """A standing verification of the development; all are in the order in which they were made."""

    id: UUID
    position: int
    claimant: str
    grade: Grade
    superseded: Superseded = False


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
    figure: Figure
    bounds: Bounds | None
    text: FigureText
    as_of_text: DateText
    earliest: EarliestDay
    latest: LatestDay
    dated_by: DatedByField


LISTED_MAX = 20
"""How many items of each list an entry has: its documents must not grow without bound."""


class ListCounts(Struct, frozen=True):
    """How many items each list of an entry has in full."""

    statements: int = 0
    evidence: int = 0
    verifications: int = 0
    tolls: int = 0
    amendments: int = 0


NOT_COUNTED = ListCounts()
"""Of documents by rules of before lists were cut, which have all items."""


class EntryDocument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A development as it stands at a position: the report with its corrections, and what refers to it."""

    id: UUID
    type: Annotated[str, Meta(description="The type of the event that reported it.")]
    status: Status
    position: Annotated[int, Meta(description="Of the record that first reported it.")]
    recorded_at: datetime
    date: Annotated[
        DateAsSaid,
        Meta(
            description="When it happened, as the first report that says so puts it; else the date that a"
            " figure in it speaks for, or the day on which it was published or recorded."
        ),
    ]
    date_text: DateText
    earliest: EarliestDay = None
    latest: LatestDay = None
    dated_by: DatedByField = None
    starts: Annotated[datetime, Meta(description="The first instant of the date; entries are in its order.")]
    ends: Annotated[
        datetime | None, Meta(description="The instant by which it was over; null while it continues.")
    ]
    actors: tuple[ActorRole, ...]
    event: Annotated[DevelopmentEvent, Meta(description="The report with its standing corrections.")]
    counts: Annotated[
        ListCounts,
        Meta(
            description=f"How many there are of what the entry lists: of each it has the newest {LISTED_MAX};"
            " the whole list is at the entry's address, as `…/statements`."
        ),
    ] = NOT_COUNTED
    claim: ClaimMention | None = None
    statements: tuple[StatementMention, ...]
    evidence: tuple[EvidenceMention, ...]
    verifications: tuple[VerificationMention, ...]
    tolls: Annotated[tuple[UUID, ...], Meta(description="Reports of a count for this incident.")]
    amendments: tuple[AmendmentMention, ...]
    leader: Annotated[UUID | None, Meta(description="The development that stands for this one.")] = None
    same_as: Annotated[tuple[UUID, ...], Meta(description="The other reports of this development.")]


class ClaimDocument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A figure by a claimant for a date."""

    id: Annotated[UUID, Meta(description="The development that carries it; it may carry several.")]
    position: Annotated[int, Meta(description="Of the record that first reported it.")]
    word: Annotated[int | None, Meta(description="Of the report or correction that said it.")] = None
    summary: Annotated[str, Meta(description="Of the report that claims it.")]
    claimant: str
    as_of: DateAsSaid
    as_of_text: DateText
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
    text: FigureText
    bounds: Annotated[
        Bounds | None,
        Meta(description="The numbers that its words allow; null where it is shown and not compared."),
    ]
    bounds_origin: Annotated[
        Origin | None,
        Meta(description="The convention that gave a vague word its floor; absent where none did."),
    ] = None
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
    as_of_text: DateText
    earliest: EarliestDay = None
    latest: LatestDay = None
    dated_by: DatedByField = None
    reason: str
    adjustment: Annotated[
        int | None, Meta(description="By how much the total was revised, if it continues.")
    ] = None


ChangeKind = Annotated[
    Literal[
        "first_report",
        "update",
        "restatement",
        "older_word",
        "correction",
        "retraction",
        "merge",
        "reset",
    ],
    Meta(
        description="`first_report`: the claimant had said nothing for the date. `update`: for a newer date"
        " than what it had said. `restatement`: another figure for the same date, in a report of its own."
        " `older_word`: a report of a figure that the claimant had superseded already, by a later word or, of"
        " an incident, for a newer date; it changes no answer, and is listed with `all=true` only."
        " `correction` and `retraction`: by such an amendment, of a report or of a reset. `merge`: reports"
        " were said to be of the same incident. `reset`: a running total restarts or is adjusted."
    ),
]


class SeriesChange(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What one record changed in what a claimant answers for a date."""

    position: Annotated[int, Meta(description="Of the record that made it.")]
    kind: ChangeKind
    claimant: str
    unit: Annotated[str, Meta(description="What is counted: people or items, where the figure names none.")]
    as_of: DateAsSaid
    as_of_text: DateText
    earliest: EarliestDay = None
    latest: LatestDay = None
    dated_by: DatedByField = None
    before: Annotated[
        Figure | None, Meta(description="What the claimant had said for this date before the record.")
    ]
    before_text: FigureText = ""
    before_as_of: Annotated[
        str | None, Meta(description="The date of `before`, where it was given for an earlier one.")
    ] = None
    after: Annotated[Figure | None, Meta(description="What it says for this date since the record.")]
    after_text: FigureText = ""
    after_as_of: Annotated[
        str | None, Meta(description="The date of `after`, where it was given for an earlier one.")
    ] = None
    difference: Annotated[
        int | None,
        Meta(
            description="`after` minus `before`; null where one has no best number (a floor), and of a reset."
        ),
    ]
    claimed: Annotated[
        Figure | None,
        Meta(description="The figure of the claim that changed, where it is neither `before` nor `after`."),
    ] = None
    claimed_text: FigureText = ""
    silent: Annotated[
        bool, Meta(description="The answer is the same as before; listed with `all=true` only.")
    ] = False
    adjustment: Annotated[int | None, Meta(description="Of a reset that revises the total.")] = None
    undone: Annotated[bool, Meta(description="The reset or adjustment stands at this date no longer.")] = (
        False
    )
    source: Annotated[UUID, Meta(description="The event that makes the claim, or the reset.")]
    cause: Annotated[UUID, Meta(description="The event that made the change.")]
    cause_type: str
    reason: Annotated[str | None, Meta(description="Of the amendment or reset.")] = None
    sources: Annotated[tuple[Source, ...], Meta(description="Of the event that made the change.")]
    published_at: Annotated[
        datetime | None,
        Meta(
            description="When the cause was published: by the event, else by its sources; absent if unknown."
        ),
    ] = None
    recorded_at: datetime
    lag_days: Annotated[
        int,
        Meta(
            description="Whole days from the last day of the date to the publication of the cause, or to its"
            " recording if no publication is known."
        ),
    ]


class ActorDocument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who an actor is, according to the last of its standing profiles."""

    id: str
    name: str
    kind: str | None = None
    aliases: tuple[str, ...]
    part_of: str | None = None
    external_ids: dict[str, str]
    profile: Annotated[UUID | None, Meta(description="The event that says so.")] = None


class TimelineDocument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the timeline is called and covers, according to the last of its standing profiles."""

    title: str
    description: str | None = None
    language: str | None = None
    profile: UUID


DocumentT_co = TypeVar("DocumentT_co", covariant=True)
KeyT_co = TypeVar("KeyT_co", covariant=True)
DocumentT = TypeVar("DocumentT", bound=Struct)


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
    about: bytes | None = None
    """The document of the timeline's own profile, on a page of entries."""


class SeriesDocument(NamedTuple):
    """A claim as it is stored, and the series in which it stands."""

    series: str
    document: bytes


_encoder = msgspec.json.Encoder()
_REQUIRED: Any = object()


def by_position(kind: type[DocumentT]) -> Callable[..., DocumentT]:
    """A constructor that takes all fields of a document in their order, for those made in thousands.

    To name twenty fields in a call takes ten times as long as to set them. What it makes is of a subclass
    with the same fields, so that it is encoded as the document is.
    """
    hints = get_type_hints(kind, include_extras=True)
    defaults = {info.name: _REQUIRED if info.required else info.default for info in fields(kind)}
    members = [(name, hints[name], default) for name, default in defaults.items()]
    made = defstruct(kind.__name__, members, bases=(kind,), kw_only=False, frozen=True)
    return cast("type[DocumentT]", made)


def encode_document(document: Struct) -> JsonText:
    """A document as it is stored, ready to send."""
    return JsonText(_encoder.encode(document))
