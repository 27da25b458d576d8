"""The filters of the timeline view, one row each: this is the file in which to add one.

A new filter is a field of `EntryFilter` and a row of `FILTERS`. The API makes a query parameter of each row,
the command line an option, and the queries a condition.
"""

from collections.abc import Callable, Iterable
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from timeline.domain.edtf import Span

_HIDDEN = ["retracted", "merged"]
"""Left out unless a status is asked for: what no longer stands, and what another entry stands for."""

Box = tuple[float, float, float, float]
"""West, south, east and north in degrees."""


class EntryFilter(Struct, frozen=True, kw_only=True):
    """Which entries a page shows; what is None or empty does not restrict it.

    Cursors hold a digest of all fields in their order: after a change of these, the service refuses the
    cursors that clients still hold.
    """

    types: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    actor: str | None = None
    """Not among FILTERS: it decides which table a page is read from."""
    claimant: str | None = None
    place: str | None = None
    bbox: Box | None = None
    since: Span | None = None
    until: Span | None = None
    words: str | None = None


FilterKind = Literal["types", "statuses", "tags", "id", "text", "words", "box", "date"]
"""What a filter's text in a request looks like; the API knows the limits of each kind and how to read it."""

LIST_KINDS: frozenset[FilterKind] = frozenset({"types", "statuses", "tags"})
"""The kinds of filters that may be set several times in one request."""


class Filter(NamedTuple):
    """A filter: the query parameter that sets it, and the condition that an entry then has to meet."""

    parameter: str
    field: str
    """Of EntryFilter."""
    kind: FilterKind
    description: str
    """In the API's documentation and in the help of the command line."""
    condition: str
    """In SQL, on the table `entry`."""
    values: Callable[[Any], dict[str, object]]
    """From the field's value to the parameters of the condition."""


# A box whose west lies east of its east crosses the antimeridian (RFC 7946, section 5.2).
_IN_BOX = (
    "entry.latitude BETWEEN %(south)s AND %(north)s AND CASE WHEN %(west)s::float8 <= %(east)s::float8"
    " THEN entry.longitude BETWEEN %(west)s AND %(east)s"
    " ELSE entry.longitude >= %(west)s OR entry.longitude <= %(east)s END"
)

FILTERS = (
    Filter(
        parameter="type",
        field="types",
        kind="types",
        description="Only these event types, such as capture.",
        condition="entry.type = ANY(%(types)s)",
        values=lambda types: {"types": list(types)},
    ),
    Filter(
        parameter="claimant",
        field="claimant",
        kind="id",
        description="Only what this actor asserts.",
        condition="entry.claimant = %(claimant)s",
        values=lambda claimant: {"claimant": claimant},
    ),
    Filter(
        parameter="place",
        field="place",
        kind="text",
        description="Only at a place with this name, first-level unit (admin1) or country.",
        condition="%(place)s = ANY(entry.places)",
        values=lambda place: {"place": place.casefold()},
    ),
    Filter(
        parameter="bbox",
        field="bbox",
        kind="box",
        description="Only within west,south,east,north, in degrees; if west is greater than east, the box"
        " crosses the antimeridian.",
        condition=_IN_BOX,
        values=lambda box: dict(zip(("west", "south", "east", "north"), box, strict=True)),
    ),
    Filter(
        parameter="from",
        field="since",
        kind="date",
        description="Leave out what ended before this date.",
        condition="(entry.ends > %(since)s OR entry.starts >= %(since)s)",
        values=lambda since: {"since": since.start},
    ),
    Filter(
        parameter="to",
        field="until",
        kind="date",
        description="Leave out what began after this date.",
        condition="entry.starts < %(until)s",
        values=lambda until: {"until": until.end},
    ),
    Filter(
        parameter="q",
        field="words",
        kind="words",
        description='Full-text search: words, "exact phrases", `or`, `-excluded`.',
        condition="to_tsvector('simple', entry.words) @@ websearch_to_tsquery('simple', %(words)s)",
        values=lambda words: {"words": words},
    ),
    Filter(
        parameter="tag",
        field="tags",
        kind="tags",
        description="Only entries with all of these tags.",
        condition="entry.tags @> %(tags)s::text[]",
        values=lambda tags: {"tags": list(tags)},
    ),
    Filter(
        parameter="status",
        field="statuses",
        kind="statuses",
        description="Only these statuses, such as confirmed; all but retracted and merged if none is named.",
        condition="entry.status = ANY(%(statuses)s)",
        values=lambda statuses: {"statuses": list(statuses)},
    ),
)
"""In the order of the documentation."""

Clause = tuple[str, dict[str, object]]
"""A condition in SQL, and its parameters."""


def filter_clauses(entry_filter: EntryFilter) -> list[Clause]:
    """The conditions that a filter sets on an entry, except for the actor that it names."""
    clauses: list[Clause] = [] if entry_filter.statuses else [_NOT_HIDDEN]
    for row in FILTERS:
        value = getattr(entry_filter, row.field)
        if value is not None and value != ():
            clauses.append((row.condition, row.values(value)))
    return clauses


_NOT_HIDDEN: Clause = ("entry.status <> ALL(%(hidden)s)", {"hidden": _HIDDEN})


def join_clauses(clauses: Iterable[Clause]) -> tuple[list[str], dict[str, object]]:
    """The conditions of all the clauses, and the parameters of all the conditions."""
    conditions: list[str] = []
    parameters: dict[str, object] = {}
    for condition, values in clauses:
        conditions.append(condition)
        parameters |= values
    return conditions, parameters
