"""The parameters that several operations share: their types, their patterns, and how their text is read."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from litestar import Request
from litestar.params import Parameter, QueryParameter

from timeline.domain.edtf import DATE_PATTERN, DAY_PATTERN, TIME_PATTERN, Days, named_days, parse
from timeline.domain.scalars import (
    EXACT_INTEGER_MAX,
    PATTERN_WORDS,
    SLUG_LENGTH_MAX,
    SLUG_PATTERN,
    Slug,
    unanchored,
)
from timeline.views.queries.policies import POLICY_PATTERN
from timeline.views.queries.totals import TOTALS_POLICY_PATTERN

_ANY_DATE = unanchored(DATE_PATTERN)
_ADDRESSED_TIME = unanchored(TIME_PATTERN).replace("[+-]", r"[+\x20-]")
_TIME_OR_DAY = f"{_ADDRESSED_TIME}|{unanchored(DAY_PATTERN)}"

# A position in one of these texts may have up to 18 digits, which is more than EXACT_INTEGER_MAX and fits the
# database's integers: a position that large lies ahead of every log, and is refused as such.
AT_PATTERN = rf"^([0-9]{{1,18}}|{_TIME_OR_DAY})$(?!\n)"
DATE_OR_TIME_PATTERN = rf"^({_ANY_DATE}|{_ADDRESSED_TIME})$(?!\n)"
TIME_OR_DAY_PATTERN = rf"^({_TIME_OR_DAY})$(?!\n)"
CURSOR_PATTERN = r"^[A-Za-z0-9_-]+$(?!\n)"
_LONGITUDE = r"-?(180(\.0+)?|(1[0-7][0-9]|[0-9]{1,2})(\.[0-9]+)?)"
_LATITUDE = r"-?(90(\.0+)?|[0-8]?[0-9](\.[0-9]+)?)"
BOX_PATTERN = rf"^{_LONGITUDE},{_LATITUDE},{_LONGITUDE},{_LATITUDE}$(?!\n)"
IF_MATCH_PATTERN = r'^(\*|"[0-9]{1,18}")$(?!\n)'
STREAM_ID_PATTERN = r"^[0-9]{1,15}(-[0-9a-f]{12})?$(?!\n)"
FILLED_PATTERN = r"^[^\u0000]+$"
SERIES_PART_PATTERN = r"^[a-z0-9_-]+$(?!\n)"

WORDS = PATTERN_WORDS | {
    AT_PATTERN: "that is a position of the log, such as 17, or of the years 1000 to 2999 a day, such as"
    " 2024-12-27, or an RFC 3339 time, such as 2024-12-27T09:00:00Z",
    DATE_OR_TIME_PATTERN: "that is an EDTF date, such as 2024-12-27 or 2024-12, or an RFC 3339 time, of"
    " the years 1000 to 2999",
    TIME_OR_DAY_PATTERN: "that is an RFC 3339 time, such as 2024-12-27T09:00:00Z, or a day, such as"
    " 2024-12-27; the year must lie between 1000 and 2999",
    POLICY_PATTERN: "that is envelope, latest, lowest, highest, best_grade or claimant:<id>",
    TOTALS_POLICY_PATTERN: "that is envelope, latest, lowest, highest or claimant:<id>",
    CURSOR_PATTERN: "that is a cursor from a page's `next`",
    BOX_PATTERN: "that is west,south,east,north in degrees, within ±180 and ±90",
    IF_MATCH_PATTERN: 'that is one position in quotes, as "17", or *',
    STREAM_ID_PATTERN: "that is the `id` of an event of this stream, or the position of a record",
    FILLED_PATTERN: "without NUL, and not empty",
    SERIES_PART_PATTERN: "of lower-case letters, digits, hyphens and underscores, as in the id of a series",
}
"""What each pattern of a parameter allows, to be read after "expected text"."""

AnyRequest = Request[Any, Any, Any]
TimelineId = Annotated[
    str, Parameter(description="The timeline's id.", pattern=SLUG_PATTERN, max_length=SLUG_LENGTH_MAX)
]
ActorId = Annotated[
    str, Parameter(description="The actor's id.", pattern=SLUG_PATTERN, max_length=SLUG_LENGTH_MAX)
]
EventIdPath = Annotated[UUID, Parameter(description="The event's id.")]
Parts = Annotated[
    bool | None,
    Parameter(
        description="Whether with the actor all that belongs to it is asked for: what is `part_of` it, or of"
        " one of its parts, by the profiles at the position."
    ),
]
ActorFilter = Annotated[
    str | None,
    Parameter(description="Only what names this actor, in any role.", pattern=SLUG_PATTERN),
]
TAGS_MAX = 20
Tag = Annotated[Slug, Parameter(pattern=SLUG_PATTERN, max_length=SLUG_LENGTH_MAX)]
DATE_WORDS = "An EDTF level-1 date or an RFC 3339 time; it chooses by the days that it names."
AtText = Annotated[
    str | None,
    Parameter(
        description="Answer as of this position of the log, RFC 3339 time or day, which means its end by UTC;"
        " the head if absent.",
        pattern=AT_PATTERN,
    ),
]
CursorText = Annotated[
    str | None,
    Parameter(description="Where to continue, from a page's `next`.", pattern=CURSOR_PATTERN, max_length=600),
]
RulesVersion = Annotated[
    int | None,
    Parameter(
        description="The version of the rules by which the address was once answered. It selects nothing: the"
        " answer is what the record held, by the rules of today, and says in `rules` which these are.",
        ge=1,
        le=EXACT_INTEGER_MAX,
    ),
]
MinPosition = Annotated[
    int | None,
    Parameter(
        description="Wait until the log has reached this position, such as the one in the receipt of a post.",
        ge=0,
        le=EXACT_INTEGER_MAX,
    ),
]
Limit = Annotated[
    int | None,
    Parameter(description="Most items per page; the service may return fewer.", ge=1, le=10_000),
]


def read_at(text: str) -> int | datetime | date:
    """A position, a day or an RFC 3339 time, from text that matches AT_PATTERN."""
    if text.isdigit():
        return int(text)
    return read_time(text) if "T" in text else date.fromisoformat(text)


PublishedBy = Annotated[
    str | None,
    QueryParameter(
        name="published_by",
        description="Only what the world had been told by this RFC 3339 time, or the end of this day by UTC,"
        " whenever it was recorded; what editors know, such as merges, their corrections and profiles,"
        " applies from the start, unless it says itself when it was published.",
        pattern=TIME_OR_DAY_PATTERN,
    ),
]


def read_time(text: str) -> datetime:
    """An RFC 3339 time, or the last instant of a day, from text that matches TIME_OR_DAY_PATTERN."""
    span = parse(restore_plus(text))
    return span.start if "T" in text else span.end - timedelta(microseconds=1)


def read_days(text: str | None) -> Days | None:
    """The days that a date or time names, from text that matches DATE_OR_TIME_PATTERN."""
    return None if text is None else named_days(restore_plus(text))


def restore_plus(text: str) -> str:
    """A date or time with its plus sign, which arrives as a blank where the address does not escape it."""
    return text.replace(" ", "+")
