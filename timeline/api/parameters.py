"""What requests ask for: a moment of the record, a page of a walk; and the addresses to give back."""

import re
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request
from litestar.params import Parameter

from timeline.api.cursor import Cursor, Key, read_cursor, walk_of, write_cursor
from timeline.api.service import Service
from timeline.domain.errors import Malformed
from timeline.domain.when import parse
from timeline.log.reader import Connection, Moment, moment

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")
_POSITION = re.compile(r"\d{1,18}", re.ASCII)
_SLUG_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"

AnyRequest = Request[Any, Any, Any]
TimelineId = Annotated[str, Parameter(description="The timeline's id.", pattern=_SLUG_PATTERN, max_length=80)]
ActorId = Annotated[str, Parameter(description="The actor's id.", pattern=_SLUG_PATTERN, max_length=80)]
EventId = Annotated[UUID, Parameter(description="The event's id.")]
AtText = Annotated[
    str | None,
    Parameter(
        description="The position of the log, or the RFC 3339 time, at which to look; its head if absent.",
        pattern=r"^(\d{1,18}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d))$",
    ),
]
CursorText = Annotated[
    str | None,
    Parameter(
        description="Where to go on, from a page's `next`.", pattern=r"^[A-Za-z0-9_-]+$", max_length=600
    ),
]
Limit = Annotated[
    int | None, Parameter(description="How many at most; the service has a limit too.", ge=1, le=10_000)
]


def read_at(text: str, name: str = "at") -> int | datetime:
    """A position or an RFC 3339 time.

    Raises:
        Malformed: the text is neither.
    """
    if _POSITION.fullmatch(text):
        return int(text)
    # a plus sign that was not escaped in the address has come in as a blank
    text = text.replace(" ", "+")
    if _TIME.fullmatch(text):
        try:
            return parse(text).start
        except (ValueError, OverflowError):
            pass
    raise Malformed(f"{text!r} is neither a position nor an RFC 3339 time", path=name)


class Asked:
    """A view asked for at a moment, with the request's own parameters to make addresses from."""

    def __init__(self, request: AnyRequest, found: Moment, cursor: Cursor | None) -> None:
        self.moment = found
        self._path = request.url.path
        self._query = [
            (name, value)
            for name, value in request.query_params.multi_items()
            if name not in ("at", "cursor")
        ]
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

    def after(self, kind: type[Key], *walk: object) -> Key | None:
        """The key after which the page begins; None for the first page.

        Raises:
            Malformed: the cursor belongs to another walk.
        """
        return None if self._cursor is None else self._cursor.key_as(kind, walk_of(*walk))

    def next(self, key: int | str | None, *walk: object) -> str | None:
        """The address of the page after this one, at the same position; None where the key is None."""
        if key is None:
            return None
        return self._address([("cursor", write_cursor(Cursor(self.moment.position, key, walk_of(*walk))))])

    def _address(self, added: list[tuple[str, str]]) -> str:
        return f"{self._path}?{urlencode([*self._query, *added])}"


async def provide_asked(
    request: AnyRequest,
    connection: Connection,
    timeline: TimelineId,
    at: AtText = None,
    cursor: CursorText = None,
) -> Asked:
    """The timeline at the moment that `at`, or the walk that `cursor` belongs to, asks for."""
    going_on = read_cursor(cursor) if cursor is not None else None
    wanted = read_at(at) if at is not None else None
    if wanted is None and going_on is not None:
        wanted = going_on.position
    found = await moment(connection, timeline, wanted)
    if going_on is not None and going_on.position != found.position:
        raise Malformed("`at` and `cursor` speak of different positions; leave `at` out", path="at")
    return Asked(request, found, going_on)


def page_limit(limit: int | None, service: Service) -> int:
    """How many items a page holds: what is asked for, within the service's own limit."""
    settings = service.settings
    return min(limit or settings.page_entries_default, settings.page_entries_max)


def link_next(address: str | None) -> dict[str, str]:
    """The Link header (RFC 8288) to the next page, where there is one."""
    return {"Link": f'<{address}>; rel="next"'} if address else {}
