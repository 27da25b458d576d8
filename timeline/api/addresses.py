"""Addresses of this service, relative to its own: the one place where paths and queries are put together."""

from collections.abc import Iterable
from urllib.parse import quote, urlencode
from uuid import UUID

TIMELINES = "/v1/timelines"


def timeline_path(timeline: str) -> str:
    """The path of a timeline."""
    return f"{TIMELINES}/{timeline}"


def event_path(timeline: str, event_id: UUID) -> str:
    """The path of an event's record, below the path or address of its timeline."""
    return f"{timeline}/events/{event_id}"


def series_path(timeline: str, series: str) -> str:
    """The path of a series of figures."""
    return f"{timeline_path(timeline)}/figures/{quote(series)}"


def address(path: str, query: Iterable[tuple[str, object]]) -> str:
    """A path with its query, in the order given; a value that is a list or tuple stands once an item."""
    return f"{path}?{urlencode([*query], doseq=True)}"


def link_next(url: str | None) -> dict[str, str]:
    """The Link header (RFC 8288) to the next page, where there is one."""
    return {"Link": f'<{url}>; rel="next"'} if url else {}
