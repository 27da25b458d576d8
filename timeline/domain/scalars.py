"""The scalars of the vocabulary; each constraint is stated here once, and reaches JSON Schema from here."""

from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta

JsonText = NewType("JsonText", bytes)
"""A JSON value as its text in UTF-8, in which the database keeps records and documents."""

# `$` matches before a closing newline in Python and only at the very end in ECMAScript;
# `(?!\n)` makes the two agree.


def unanchored(pattern: str) -> str:
    """A pattern without its anchors, to be a part of another pattern."""
    return pattern.removeprefix("^").removesuffix(r"$(?!\n)")


# Text must not hold NUL, which PostgreSQL cannot store.
_NO_NUL = r"^[^\u0000]*$"
SLUG_LENGTH_MAX = 80
LINE_LENGTH_MAX = 500
TEXT_LENGTH_MAX = 20_000
SLUG_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$(?!\n)"
UNANCHORED_SLUG = unanchored(SLUG_PATTERN)
_SERIES = r"^[a-z0-9_]+(\.[a-z0-9_-]+){4,5}$(?!\n)"
_URL = r"^https?://[^\u0000-\u0020]+$(?!\n)"
_SHA256 = r"^[0-9a-f]{64}$(?!\n)"
_LANGUAGE = r"^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*$(?!\n)"
COUNTRY_PATTERN = r"^[A-Z]{2}$(?!\n)"
_SCHEME = r"^[a-z0-9_-]{1,40}$(?!\n)"

PATTERN_WORDS = {
    _NO_NUL: "without NUL",
    SLUG_PATTERN: "of lower-case letters, digits and single hyphens",
    _SERIES: "of the form kind.measure.subject.category.basis, and .scope where there is one",
    _URL: "that is an http or https address without spaces",
    _SHA256: "of 64 lower-case hexadecimal digits",
    _LANGUAGE: "that is a BCP 47 language tag",
    COUNTRY_PATTERN: "of two capital letters, ISO 3166-1 alpha-2",
    _SCHEME: "of at most 40 lower-case letters, digits, hyphens and underscores",
}
"""What each pattern asks for, to be read after "Expected text"."""

# The years that EDTF's four digits write and that every time zone and database can hold.
YEAR_MIN = 1000
YEAR_MAX = 2999

EventId = Annotated[
    UUID, Meta(description="UUID chosen by the client; version 7 is advised. Makes a retry harmless.")
]
Slug = Annotated[
    str,
    Meta(
        pattern=SLUG_PATTERN,
        max_length=SLUG_LENGTH_MAX,
        description="Lower-case letters, digits and single hyphens.",
        examples=["nis-south-korea"],
    ),
]
SeriesId = Annotated[
    str,
    Meta(
        pattern=_SERIES,
        max_length=400,
        description="kind.measure.subject.category.basis, and .scope where there is one.",
        examples=["casualties.killed_or_wounded.north-korean-troops.military.cumulative"],
    ),
]
Line = Annotated[str, Meta(min_length=1, max_length=LINE_LENGTH_MAX, pattern=_NO_NUL)]
Text = Annotated[str, Meta(min_length=1, max_length=TEXT_LENGTH_MAX, pattern=_NO_NUL)]
Url = Annotated[
    str,
    Meta(
        max_length=2_000,
        pattern=_URL,
        examples=["https://example.org/report"],
    ),
]
Sha256 = Annotated[str, Meta(pattern=_SHA256)]
Language = Annotated[str, Meta(pattern=_LANGUAGE, max_length=35, description="BCP 47.")]
CountryCode = Annotated[str, Meta(pattern=COUNTRY_PATTERN, description="ISO 3166-1 alpha-2.")]
Scheme = Annotated[
    str,
    Meta(pattern=_SCHEME, description="The register that the identifiers are from.", examples=["wikidata"]),
]

EXACT_INTEGER_MAX = (1 << 53) - 1
"""The greatest count or position: all JSON readers, browsers too, read integers up to it exactly (RFC 8259,
section 6)."""

Count = Annotated[int, Meta(ge=0, le=EXACT_INTEGER_MAX)]
Adjustment = Annotated[int, Meta(ge=-EXACT_INTEGER_MAX, le=EXACT_INTEGER_MAX)]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
