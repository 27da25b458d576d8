"""What requests ask for: a moment of the record, a page of a walk; and the addresses to give back."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import Parameter

from timeline.api.cursors import Cursor, KeyT, listing_digest, read_cursor, write_cursor
from timeline.api.service import Service
from timeline.domain.edtf import DATE_PATTERN, TIME_PATTERN, Span, parse
from timeline.domain.errors import Malformed, UnknownPosition
from timeline.domain.scalars import PATTERN_WORDS, SLUG_PATTERN, Slug
from timeline.log.reader import Moment, moment, moment_of
from timeline.postgres import Connection
from timeline.views.queries.policies import POLICY_PATTERN
from timeline.views.queries.totals import TOTALS_POLICY_PATTERN

_ANY_TIME = TIME_PATTERN.removeprefix("^").removesuffix(r"$(?!\n)")
_ANY_DATE = DATE_PATTERN.removeprefix("^").removesuffix(r"$(?!\n)")
_ADDRESSED_TIME = _ANY_TIME.replace("[+-]", r"[+\x20-]")

AT_PATTERN = rf"^([0-9]{{1,18}}|{_ADDRESSED_TIME})$(?!\n)"
DATE_OR_TIME_PATTERN = rf"^({_ANY_DATE}|{_ADDRESSED_TIME})$(?!\n)"
ADDRESSED_TIME_PATTERN = rf"^{_ADDRESSED_TIME}$(?!\n)"
CURSOR_PATTERN = r"^[A-Za-z0-9_-]+$(?!\n)"
_LONGITUDE = r"-?(180(\.0+)?|(1[0-7][0-9]|[0-9]{1,2})(\.[0-9]+)?)"
_LATITUDE = r"-?(90(\.0+)?|[0-8]?[0-9](\.[0-9]+)?)"
BOX_PATTERN = rf"^{_LONGITUDE},{_LATITUDE},{_LONGITUDE},{_LATITUDE}$(?!\n)"
IF_MATCH_PATTERN = r'^(\*|"[0-9]{1,18}")$(?!\n)'
POSITION_PATTERN = r"^[0-9]{1,15}$(?!\n)"
FILLED_PATTERN = r"^[^\u0000]+$"

WORDS = PATTERN_WORDS | {
    AT_PATTERN: "that is a position of the log, as 17, or an RFC 3339 time, as 2024-12-27T09:00:00Z",
    DATE_OR_TIME_PATTERN: "that is an EDTF date, such as 2024-12-27 or 2024-12, or an RFC 3339 time",
    ADDRESSED_TIME_PATTERN: "that is an RFC 3339 time, as 2024-12-27T09:00:00Z",
    POLICY_PATTERN: "that is envelope, latest, lowest, highest, best_grade or claimant:<id>",
    TOTALS_POLICY_PATTERN: "that is envelope, latest, lowest, highest or claimant:<id>",
    CURSOR_PATTERN: "that is a cursor, as a page's `next` has it",
    BOX_PATTERN: "that is west,south,east,north in degrees, within ±180 and ±90",
    IF_MATCH_PATTERN: 'that is one position in quotes, as "17", or *',
    POSITION_PATTERN: "that is the position of a record",
    FILLED_PATTERN: "without NUL, and not empty",
}
"""What each pattern of a parameter asks for, to be read after "expected text"."""

AnyRequest = Request[Any, Any, Any]
TimelineId = Annotated[str, Parameter(description="The timeline's id.", pattern=SLUG_PATTERN, max_length=80)]
ActorId = Annotated[str, Parameter(description="The actor's id.", pattern=SLUG_PATTERN, max_length=80)]
EventIdPath = Annotated[UUID, Parameter(description="The event's id.")]
ActorFilter = Annotated[
    str | None,
    Parameter(description="An actor that the entry names, in whatever role.", pattern=SLUG_PATTERN),
]
Tags = Annotated[
    list[Annotated[Slug, Parameter(pattern=SLUG_PATTERN, max_length=80)]] | None,
    Parameter(description="All of these tags.", max_items=20),
]
DATE_WORDS = "An EDTF level-1 date or an RFC 3339 time."
AtText = Annotated[
    str | None,
    Parameter(
        description="The position of the log, or the RFC 3339 time, at which to look; its head if absent.",
        pattern=AT_PATTERN,
    ),
]
CursorText = Annotated[
    str | None,
    Parameter(description="Where to go on, from a page's `next`.", pattern=CURSOR_PATTERN, max_length=600),
]
MinPosition = Annotated[
    int | None,
    Parameter(
        description="Wait until the log has reached this position, such as that of a post made elsewhere.",
        ge=0,
        le=(1 << 53) - 1,
    ),
]
Limit = Annotated[
    int | None, Parameter(description="How many at most; the service has a limit too.", ge=1, le=10_000)
]


def read_at(text: str) -> int | datetime:
    """A position or an RFC 3339 time, out of text that has AT_PATTERN."""
    return int(text) if text.isdigit() else read_time(text)


def read_time(text: str) -> datetime:
    """An RFC 3339 time, out of text that has ADDRESSED_TIME_PATTERN."""
    return parse(addressed(text)).start


def read_span(text: str | None) -> Span | None:
    """The instants that a date or time may mean, out of text that has DATE_OR_TIME_PATTERN."""
    return None if text is None else parse(addressed(text))


def addressed(text: str) -> str:
    """A date or time as it was meant: a plus sign that was not escaped in the address comes in as a blank."""
    return text.replace(" ", "+")


class ViewRequest:
    """A view asked for at a moment, with the request's own parameters to make addresses from."""

    def __init__(self, request: AnyRequest, found: Moment, cursor: Cursor | None) -> None:
        self.moment = found
        self._path = request.url.path
        # by name, for the framework gives them in any order, and an answer holds its own address
        self._query = sorted(
            (name, value)
            for name, value in request.query_params.multi_items()
            if name not in ("at", "cursor", "min_position")
        )
        self._cursor = cursor

    @property
    def head(self) -> dict[str, Any]:
        """What every answer says of itself."""
        return {"timeline": self.moment.timeline, "position": self.moment.position, "url": self.url}

    @property
    def url(self) -> str:
        """Where this answer will be found for ever."""
        pinned = [("at", str(self.moment.position))]
        if self._cursor is not None:
            pinned.append(("cursor", write_cursor(self._cursor)))
        return self._address(pinned)

    @property
    def goes_on(self) -> bool:
        """Whether it is the page of a walk that a cursor names."""
        return self._cursor is not None

    def in_format(self, name: str) -> None:
        """Let addresses name the format of the answer, if it was not the address that asked for it."""
        if all(given != "format" for given, _ in self._query):
            self._query = sorted([*self._query, ("format", name)])

    def after(self, kind: type[KeyT], *walk: object) -> KeyT | None:
        """The key after which the page begins; None for the first page.

        Raises:
            Malformed: the cursor belongs to another walk.
        """
        return None if self._cursor is None else self._cursor.key_as(kind, listing_digest(*walk))

    def offset(self, *walk: object) -> int:
        """How many items the pages before have told, where a walk goes by their number.

        Raises:
            Malformed: the cursor belongs to another walk, or was made up.
        """
        told = self.after(int, *walk) or 0
        if told < 0:
            raise Malformed("this is no cursor of this service", path="cursor")
        return told

    def next(self, key: int | str | None, *walk: object) -> str | None:
        """The address of the page after this one, at the same position; None where the key is None."""
        if key is None:
            return None
        return self._address(
            [("cursor", write_cursor(Cursor(self.moment.position, key, listing_digest(*walk))))]
        )

    def _address(self, added: list[tuple[str, str]]) -> str:
        return f"{self._path}?{urlencode([*self._query, *added])}"


async def provide_view(  # noqa: PLR0913 - the parts of the request
    request: AnyRequest,
    service: NamedDependency[Service],
    connection: NamedDependency[Connection],
    timeline: TimelineId,
    at: AtText = None,
    cursor: CursorText = None,
    min_position: MinPosition = None,
) -> ViewRequest:
    """The timeline at the moment that `at`, or the walk that `cursor` belongs to, asks for."""
    going_on = read_cursor(cursor) if cursor is not None else None
    wanted = read_at(at) if at is not None else None
    if wanted is None and going_on is not None:
        wanted = going_on.position
    standing = request.scope["state"].get("standing") or await service.heads.current(timeline)
    if min_position is not None and standing.position < min_position:
        waited = service.settings.read_wait_seconds_max
        message = f"the log has not reached {min_position} within {waited:g} s"
        raise UnknownPosition(message, path="min_position", head=standing.position)
    if isinstance(wanted, datetime):
        found = await moment(connection, timeline, wanted)
    else:
        found = moment_of(timeline, standing, wanted)
    if going_on is not None and going_on.position != found.position:
        raise Malformed("`at` and `cursor` speak of different positions; leave `at` out", path="at")
    return ViewRequest(request, found, going_on)


def page_limit(limit: int | None, service: Service) -> int:
    """How many items a page holds: what is asked for, within the service's own limit."""
    settings = service.settings
    return min(limit or settings.page_entries_default, settings.page_entries_max)


def link_next(address: str | None) -> dict[str, str]:
    """The Link header (RFC 8288) to the next page, where there is one."""
    return {"Link": f'<{address}>; rel="next"'} if address else {}
