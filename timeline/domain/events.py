"""The vocabulary, version 2: one frozen Struct per type, in one tagged union.

An event is what somebody reports, as its source put it. Developments are the events that the timeline
shows as entries; the others speak of developments, of actors, or of other events.

Types evolve by version: `SCHEMA_VERSION` is what is written now; `upcast` brings older events up to it.
"""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, get_args
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, field

from timeline.domain.components import (
    ACTORS_MAX,
    SOURCES_MAX,
    TAGS_MAX,
    Category,
    Certainty,
    EvidenceKind,
    Grade,
    Instant,
    Media,
    Place,
    Reason,
    RetractionReason,
    RuleViolation,
    Source,
    check_instant,
    check_json,
)
from timeline.domain.edtf import Edtf, EdtfDate, parse
from timeline.domain.figure import Figure
from timeline.domain.scalars import Adjustment, EventId, Language, Line, Scheme, SeriesId, Slug, Text

SCHEMA_VERSION = 2

CasualtyMeasure = Literal[
    "killed",
    "wounded",
    "killed_or_wounded",
    "missing",
    "captured",
    "displaced",
    "detained",
    "abducted",
    "affected",
]
EquipmentOutcome = Literal["destroyed", "damaged", "abandoned", "captured"]
Basis = Annotated[
    Literal["cumulative", "increment", "incident"],
    Meta(description="A running total, the change over a `period`, or the count of one incident."),
]
Method = Literal[
    "battle",
    "shelling",
    "strike",
    "air_strike",
    "drone_strike",
    "missile_strike",
    "ambush",
    "raid",
    "bombing",
    "sniper",
    "mine",
    "naval",
    "cyber",
    "one_sided_violence",
    "other",
]
Stance = Literal["announces", "confirms", "denies", "condemns", "requests", "commits", "not_acknowledged"]
_SPEAKS_FOR = (
    "The date the figure speaks for; if absent its `period`, else `occurred`, else when it was said. A month"
    " or a year speaks for no day after its publication."
)

Developments = Annotated[
    tuple[UUID, ...], Meta(max_length=100, description="Ids of developments in this timeline.")
]


class Event(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="type",
    tag=False,
):
    """What every event has."""

    roles: ClassVar[tuple[str, ...]] = ()
    """The fields that name actors; an actor's role in an entry is the field that names it."""

    id: EventId
    summary: Annotated[Text | None, Meta(description="In a sentence, in the poster's own words.")] = None
    published_at: Annotated[
        Instant | None,
        Meta(
            description="When the source said it. If absent, the earliest `published_at` of its sources that"
            " is not before the day it occurred or speaks for."
        ),
    ] = None
    sources: Annotated[tuple[Source, ...], Meta(max_length=SOURCES_MAX)] = ()
    tags: Annotated[tuple[Slug, ...], Meta(max_length=TAGS_MAX)] = ()
    language: Language | None = None

    def __post_init__(self) -> None:
        check_instant("published_at", self.published_at)


class Development(Event, frozen=True, kw_only=True, tag=False):
    """What happened or was said, as the timeline shows it."""

    summary: Annotated[Text, Meta(description="In a sentence, in the poster's own words.")]
    occurred: Annotated[
        Edtf | None,
        Meta(
            description="When it happened, as its source gave it: EDTF level 1, or an RFC 3339 time, whose"
            " day is that of its own offset."
        ),
    ] = None
    claimant: Annotated[Slug | None, Meta(description="The actor that asserts it.")] = None
    place: Place | None = None
    certainty: Certainty | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_date("occurred", self.occurred)


def check_date(name: str, text: str | None) -> None:
    """Refuse what the date's pattern cannot: an interval that ends before it starts."""
    if text is not None:
        try:
            parse(text)
        except ValueError as error:
            raise RuleViolation(name, str(error)) from None


class Deployment(Development, frozen=True, kw_only=True, tag="deployment"):
    """A force is sent or present somewhere."""

    roles = ("force", "in_support_of", "against", "claimant")

    claimant: Annotated[Slug, Meta(description="The actor that asserts it.")]
    force: Slug
    in_support_of: Slug | None = None
    against: Slug | None = None
    strength: Figure | None = None
    role: Line | None = None


class CountReport(Development, frozen=True, kw_only=True, tag=False):
    """What every report of a count has."""

    roles = ("subject", "claimant")

    claimant: Annotated[Slug, Meta(description="The actor whose figure it is.")]
    subject: Annotated[Slug, Meta(description="Whose losses.")]
    figure: Figure
    basis: Basis
    as_of: Annotated[EdtfDate | None, Meta(description=_SPEAKS_FOR)] = None
    period: Annotated[
        Edtf | None, Meta(description="What an increment covers; needed by the basis `increment`.")
    ] = None
    scope: Annotated[
        Slug | None, Meta(description="The part of the conflict it covers, such as `kursk`; all if absent.")
    ] = None
    incident: Annotated[
        UUID | None, Meta(description="The incident counted; if absent, this event itself.")
    ] = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_date("period", self.period)
        if self.basis == "increment" and self.period is None:
            raise RuleViolation("period", "an increment needs the period that it covers")
        if self.incident is not None and self.basis != "incident":
            raise RuleViolation("incident", "`incident` is only allowed with the basis `incident`")


class CasualtyEstimate(CountReport, frozen=True, kw_only=True, tag="casualty_estimate"):
    """How many people were killed, wounded, missing, captured or displaced, by somebody's count."""

    measure: CasualtyMeasure
    category: Category | None = None


class EquipmentLoss(CountReport, frozen=True, kw_only=True, tag="equipment_loss"):
    """How much equipment was lost, by somebody's count."""

    item: Annotated[Slug, Meta(examples=["tank"])]
    outcome: Annotated[EquipmentOutcome | None, Meta(description="Lost in any way, if absent.")] = None


class Capture(Development, frozen=True, kw_only=True, tag="capture"):
    """Somebody was taken prisoner."""

    roles = ("captor", "captive_of", "claimant")

    claimant: Annotated[Slug, Meta(description="The actor that asserts it.")]
    captor: Slug
    captive_of: Annotated[Slug, Meta(description="The force that the captives belong to.")]
    count: Figure | None = None
    condition: Literal["unharmed", "wounded", "dead", "unknown"] | None = None
    first_of_its_kind: bool = False


class Engagement(Development, frozen=True, kw_only=True, tag="engagement"):
    """A battle, a strike, an ambush."""

    roles = ("attackers", "targets", "claimant")

    attackers: Annotated[tuple[Slug, ...], Meta(max_length=ACTORS_MAX)] = ()
    targets: Annotated[tuple[Slug, ...], Meta(max_length=ACTORS_MAX)] = ()
    method: Method | None = None
    outcome: Line | None = None
    killed: Annotated[
        Figure | None, Meta(description="How many were killed, on all sides; needs a claimant.")
    ] = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.killed is not None and self.claimant is None:
            raise RuleViolation("claimant", "a figure needs a claimant")


class TerritorialChange(Development, frozen=True, kw_only=True, tag="territorial_change"):
    """An area passes from one hand to another, or is said to."""

    roles = ("from_actor", "to_actor", "claimant")

    area: Line
    from_actor: Slug | None = field(name="from", default=None)
    to_actor: Slug | None = field(name="to", default=None)
    status: Literal["claimed", "contested", "captured", "liberated", "withdrawn"] | None = None


class OfficialStatement(Development, frozen=True, kw_only=True, tag="official_statement"):
    """Somebody in office says something, or declines to."""

    roles = ("speaker", "claimant")

    speaker: Slug
    stance: Stance
    about: Developments = ()
    statement: Annotated[Text | None, Meta(description="What they say, in the poster's words.")] = None
    quote: Annotated[Text | None, Meta(description="Their own words.")] = None


class Evidence(Development, frozen=True, kw_only=True, tag="evidence"):
    """An image, a video or a document that bears on a development."""

    roles = ("claimant",)

    kind: EvidenceKind
    shows: Text | None = None
    about: Developments = ()
    media: Annotated[tuple[Media, ...], Meta(max_length=50)] = ()


class Verification(Event, frozen=True, kw_only=True, tag="verification"):
    """Somebody looked into developments and grades them."""

    roles = ("claimant",)

    claimant: Annotated[Slug, Meta(description="The actor that verified.")]
    about: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=100)]
    grade: Grade
    method: Text | None = None


class ActorProfile(Event, frozen=True, kw_only=True, tag="actor_profile"):
    """Who an actor is, from here on."""

    roles = ("actor", "part_of")

    actor: Slug
    name: Line
    kind: (
        Literal[
            "state", "force", "unit", "agency", "office_holder", "medium", "organisation", "group", "person"
        ]
        | None
    ) = None
    aliases: Annotated[tuple[Line, ...], Meta(max_length=100)] = ()
    part_of: Slug | None = None
    external_ids: Annotated[dict[Scheme, Line], Meta(max_length=50, examples=[{"wikidata": "Q483915"}])] = {}


class TimelineProfile(Event, frozen=True, kw_only=True, tag="timeline_profile"):
    """What the timeline is called and covers, from here on."""

    title: Line
    description: Text | None = None


class Correction(Event, frozen=True, kw_only=True, tag="correction"):
    """Corrects an earlier event; the original stays stored unchanged."""

    target: UUID
    reason: Reason
    changes: Annotated[
        dict[str, Any],
        Meta(
            min_length=1,
            max_length=100,
            description="RFC 7396 merge patch on the target, which must stay a valid event of its type.",
        ),
    ]

    def __post_init__(self) -> None:
        super().__post_init__()
        for fixed in ("id", "type", "target"):
            if fixed in self.changes:
                raise RuleViolation(f"changes.{fixed}", f"a correction cannot change `{fixed}`")
        check_json("changes", self.changes)


class Retraction(Event, frozen=True, kw_only=True, tag="retraction"):
    """An earlier event no longer stands."""

    target: UUID
    reason: RetractionReason


class SameAs(Event, frozen=True, kw_only=True, tag="same_as"):
    """Says that several reports describe the same development."""

    developments: Annotated[
        tuple[UUID, ...], Meta(min_length=2, max_length=100, extra_json_schema={"uniqueItems": True})
    ]


class SeriesReset(Event, frozen=True, kw_only=True, tag="series_reset"):
    """A running total restarts, or continues after its claimant revised it."""

    roles = ("claimant",)

    series: SeriesId
    reason: Text
    claimant: Annotated[
        Slug | None, Meta(description="The claimant whose total restarts; all claimants if absent.")
    ] = None
    as_of: EdtfDate | None = None
    revision: Annotated[
        Adjustment | UnsetType,
        Meta(
            description="By how much the claimant revised its total, which then continues; leave it out for a"
            " total that restarts."
        ),
    ] = field(name="adjustment", default=UNSET)

    @property
    def adjustment(self) -> int | None:
        """By how much the total was revised; None where it restarts (null is refused in JSON)."""
        return None if self.revision is UNSET else self.revision


DevelopmentEvent = (
    Deployment
    | CasualtyEstimate
    | EquipmentLoss
    | Capture
    | Engagement
    | TerritorialChange
    | OfficialStatement
    | Evidence
)
AnyEvent = (
    DevelopmentEvent
    | Verification
    | ActorProfile
    | TimelineProfile
    | Correction
    | Retraction
    | SameAs
    | SeriesReset
)
Amendment = Correction | Retraction

EVENT_TYPES: dict[str, type[Event]] = {kind.__struct_config__.tag: kind for kind in get_args(AnyEvent)}
DEVELOPMENT_TYPES = frozenset(kind.__struct_config__.tag for kind in get_args(DevelopmentEvent))


def event_type(event: Event) -> str:
    """The `type` that names the event's Struct in JSON."""
    return str(event.__struct_config__.tag)


# Literals made from what is declared above, so that no list of the vocabulary is written down twice. Type
# checkers cannot follow that.
if TYPE_CHECKING:
    EventType = str
    DevelopmentType = str
else:
    EventType = Literal[tuple(EVENT_TYPES)]
    DevelopmentType = Literal[tuple(kind for kind in EVENT_TYPES if kind in DEVELOPMENT_TYPES)]
