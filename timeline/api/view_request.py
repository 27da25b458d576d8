"""The parts of a view request: its moment, its cursor, and the addresses in its answer."""

from collections.abc import Iterable
from typing import Any

from litestar.di import NamedDependency
from msgspec import Raw

from timeline.api.addresses import address
from timeline.api.cursors import (
    Cursor,
    KeyT,
    listing_digest,
    next_page_url,
    not_a_cursor,
    read_cursor,
    write_cursor,
)
from timeline.api.parameters import (
    AnyRequest,
    AtText,
    CursorText,
    MinPosition,
    RulesVersion,
    TimelineId,
    read_at,
)
from timeline.api.service import HEAD_POSITION, Service
from timeline.domain.errors import Malformed, UnknownPosition
from timeline.log.reader import Moment, moment_of, read_moment
from timeline.postgres import Connection


class ViewRequest:
    """A view asked for at a moment, with the request's own parameters to make addresses from."""

    def __init__(self, request: AnyRequest, moment: Moment, cursor: Cursor | None, base: str) -> None:
        self.moment = moment
        self.base = base
        self._path = base + request.url.path
        # by name, for the framework gives them in any order, and an answer holds its own address
        self._query = sorted(
            (name, value)
            for name, value in request.query_params.multi_items()
            if name not in ("at", "rules", "cursor", "min_position")
        )
        self._cursor = cursor

    @property
    def common_fields(self) -> dict[str, Any]:
        """The fields that every view's answer begins with."""
        return {
            "timeline": self.moment.timeline,
            "position": self.moment.position,
            "rules": self.moment.rules,
            "url": self.url,
        }

    @property
    def pins(self) -> list[tuple[str, object]]:
        """The parameters that pin an address: to the record up to a position, and to the rules."""
        return [("at", self.moment.position), ("rules", self.moment.rules)]

    @property
    def url(self) -> str:
        """The permanent address of this answer."""
        pinned = self.pins
        if self._cursor is not None:
            pinned.append(("cursor", write_cursor(self._cursor)))
        return address(self._path, [*self._query, *pinned])

    @property
    def is_continued(self) -> bool:
        """Whether a cursor says where the page begins."""
        return self._cursor is not None

    def set_format(self, name: str) -> None:
        """Add the format to the addresses in the answer, unless the request's own address names it."""
        if all(parameter != "format" for parameter, _ in self._query):
            self._query = sorted([*self._query, ("format", name)])

    def page_start(self, kind: type[KeyT], *listing: object) -> KeyT | None:
        """The key after which the page begins; None for the first page.

        Raises:
            Malformed: the cursor is from a different listing, or was made up.
        """
        return None if self._cursor is None else self._cursor.key_as(kind, listing_digest(*listing))

    def offset(self, *listing: object) -> int:
        """How many items the pages before hold, where a listing is continued by their number.

        Raises:
            Malformed: the cursor is from a different listing, or was made up.
        """
        offset = self.page_start(int, *listing) or 0
        if offset < 0:
            raise not_a_cursor()
        return offset

    def next_url(self, key: object, *listing: object) -> str | None:
        """The address of the page after this one, pinned as this one is; None where the key is None."""
        query = [*self._query, ("rules", self.moment.rules)]
        return next_page_url(self._path, query, self.moment.position, key, *listing)


async def provide_view(  # noqa: PLR0913 - the parts of the request
    request: AnyRequest,
    service: NamedDependency[Service],
    connection: NamedDependency[Connection],
    timeline: TimelineId,
    at: AtText = None,
    cursor: CursorText = None,
    min_position: MinPosition = None,
    rules: RulesVersion = None,  # noqa: ARG001 - in addresses from before a change of the rules
) -> ViewRequest:
    """The timeline at the moment that `at` names, or that the pages of `cursor` share.

    Raises:
        Malformed: the cursor was made up, or `at` names another position than it.
        UnknownPosition: the log has not reached the position.
    """
    start = read_cursor(cursor) if cursor is not None else None
    position = read_at(at) if at is not None else None
    if position is None and start is not None:
        position = start.position
    # the cache has looked up the head already, where it handles the request
    head = request.scope["state"].get(HEAD_POSITION) or await service.heads.current(timeline)
    if min_position is not None and head.position < min_position:
        wait_seconds = service.settings.read_wait_seconds_max
        message = f"the log has not reached {min_position} within {wait_seconds:g} s"
        raise UnknownPosition(message, path="min_position", head=head.position)
    if position is None or isinstance(position, int):
        moment = moment_of(timeline, head, position)
    else:
        moment = await read_moment(connection, timeline, position)
    if start is not None and start.position != moment.position:
        raise Malformed("`at` and `cursor` name different positions; leave `at` out", path="at")
    return ViewRequest(request, moment, start, service.base)


def page_limit(limit: int | None, service: Service) -> int:
    """How many items a page holds: what the request asks for, within the service's own limit."""
    settings = service.settings
    return min(limit or settings.page_entries_default, settings.page_entries_max)


def raw_document(document: bytes | None) -> Any:
    """A stored document as a field of an answer, which sends it as it is; None where there is none.

    The field's annotation says what is in the document, which is not decoded for it.
    """
    return None if document is None else Raw(document)


def raw_documents(documents: Iterable[bytes]) -> list[Any]:
    """Stored documents as a field of an answer, which sends them as they are."""
    return [Raw(document) for document in documents]
