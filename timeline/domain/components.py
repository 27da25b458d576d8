"""The parts that several event types share: sources, places, certainty, categories, media, reasons."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from timeline.domain.scalars import (
    YEAR_MAX,
    YEAR_MIN,
    CountryCode,
    Latitude,
    Line,
    Longitude,
    Sha256,
    Slug,
    Text,
    Url,
)

SOURCES_MAX = 50
"""How many sources an event may have."""
TAGS_MAX = 50
ACTORS_MAX = 50
"""How many attackers, and how many targets, an engagement may name."""

JSON_DEPTH_MAX = 16
"""How deep free JSON may be nested: enough for a correction of a correction … of a source's title."""
JSON_MEMBERS_MAX = 5_000
"""How many members and items free JSON may have in all: more than any event."""

EvidenceKind = Literal["image", "video", "audio", "document", "imagery"]
PlacePrecision = Literal["exact", "near", "district", "region", "area", "country", "international"]

Reason = Annotated[
    Literal[
        "source_revision", "restatement", "transcription", "reclassification", "late_report", "duplicate"
    ],
    Meta(
        description="`source_revision`, `restatement` and `late_report` are words of the source, said when"
        " they were published. The others are what editors know, and apply from the start unless"
        " `published_at` is given."
    ),
]
RetractionReason = Annotated[
    Literal["source_revision", "withdrawn", "erroneous", "unverifiable", "duplicate"],
    Meta(
        description="`source_revision` and `withdrawn` are words of the source, said when they were"
        " published. The others are what editors know, and apply from the start unless `published_at` is"
        " given."
    ),
]


class RuleViolation(ValueError):
    """A rule between fields is broken; `field` names the field at fault."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


Instant = Annotated[datetime, Meta(tz=True, description="RFC 3339 time with its offset.")]


def check_instant(field: str, instant: datetime | None) -> None:
    """Refuse years that no source has and that some time zone or database cannot hold."""
    if instant is not None and not YEAR_MIN <= instant.year <= YEAR_MAX:
        raise RuleViolation(field, f"the year must lie between {YEAR_MIN} and {YEAR_MAX}")


def check_json(field: str, value: Any) -> None:
    """Refuse NUL in free JSON, as text fields do, and what is larger or nested deeper than any event."""
    members = 0
    waiting: list[tuple[str, Any, int]] = [(field, value, 0)]
    while waiting:
        place, value, depth = waiting.pop()
        if depth > JSON_DEPTH_MAX:
            raise RuleViolation(place, f"an event cannot be nested deeper than {JSON_DEPTH_MAX} levels")
        if isinstance(value, str) and "\0" in value:
            raise RuleViolation(place, "text cannot hold NUL")
        if isinstance(value, dict | list):
            members += len(value)
            if members > JSON_MEMBERS_MAX:
                message = (
                    f"more than {JSON_MEMBERS_MAX:,} members and items, which is more than any event has"
                )
                raise RuleViolation(field, message)
            waiting += _members(place, value, depth + 1)


def _members(field: str, value: dict[str, Any] | list[Any], depth: int) -> Iterator[tuple[str, Any, int]]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield f"{field}[{index}]", item, depth
        return
    for name, member in value.items():
        if "\0" in name:
            raise RuleViolation(field, "a name cannot hold NUL")
        yield f"{field}.{name}" if len(name) <= 100 else field, member, depth


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where the report was printed, and who passed it on. Who asserts it is the event's `claimant`."""

    publisher: Annotated[Slug, Meta(description="The actor that printed it.")]
    url: Url | None = None
    archive_url: Url | None = None
    title: Line | None = None
    published_at: Instant | None = None
    retrieved_at: Instant | None = None
    sha256: Annotated[Sha256 | None, Meta(description="Of the document as retrieved.")] = None
    relayed_via: Annotated[Slug | None, Meta(description="The actor that passed it on.")] = None

    def __post_init__(self) -> None:
        check_instant("published_at", self.published_at)
        check_instant("retrieved_at", self.retrieved_at)


class Place(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where it happened, as exactly as the source says."""

    name: Line | None = None
    country: CountryCode | None = None
    admin1: Annotated[Line | None, Meta(description="First-level administrative unit.")] = None
    latitude: Annotated[Latitude | None, Meta(description="WGS 84 degrees; needs longitude.")] = None
    longitude: Annotated[Longitude | None, Meta(description="WGS 84 degrees; needs latitude.")] = None
    precision: PlacePrecision | None = None
    native_precision: Annotated[Line | None, Meta(description="The source's own code for its precision.")] = (
        None
    )

    def __post_init__(self) -> None:
        if (self.latitude is None) != (self.longitude is None):
            missing = "latitude" if self.latitude is None else "longitude"
            raise RuleViolation(missing, "latitude and longitude must be given together")


Grade = Literal["confirmed", "probable", "possible", "contested", "discounted"]


class Certainty(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How reliable the source and how credible the content is, each judged alone (the Admiralty code)."""

    reliability: Annotated[
        Literal["A", "B", "C", "D", "E", "F"] | None, Meta(description="Of the source.")
    ] = None
    credibility: Annotated[Literal[1, 2, 3, 4, 5, 6] | None, Meta(description="Of the content.")] = None
    grade: Grade | None = None
    native: Annotated[Line | None, Meta(description="The source's own code, unmapped.")] = None


class Category(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which people a casualty figure counts; an absent field means no distinction."""

    status: Literal["military", "civilian", "medical", "press", "humanitarian"] | None = None
    sex: Literal["female", "male"] | None = None
    age: Literal["child", "adult", "elderly"] | None = None

    @property
    def label(self) -> str:
        """The category as one word of a series id: `civilian-female-child`, or `all`."""
        return "-".join(filter(None, (self.status, self.sex, self.age))) or "all"


class Media(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A piece of evidence, by address and by hash."""

    url: Url | None = None
    archive_url: Url | None = None
    sha256: Sha256 | None = None
    title: Line | None = None
    caption: Text | None = None
    credit: Line | None = None
    thumbnail_url: Url | None = None
