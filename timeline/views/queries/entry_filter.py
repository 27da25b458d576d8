"""The filters of the timeline view, one row each: this is the file in which to add one.

A new filter is a field of `EntryFilter` and a row of `FILTERS`. The API makes a query parameter of each row,
the command line an option, and the queries a condition.
"""

from collections.abc import Callable, Iterable
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from timeline.domain.edtf import Days
from timeline.domain.search_text import fold_text

HIDDEN_STATUSES = ["retracted", "merged"]
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
    parts: bool = False
    """Whether with the actor all that belongs to it is asked for."""
    claimant: str | None = None
    place: str | None = None
    bbox: Box | None = None
    since: Days | None = None
    until: Days | None = None
    words: str | None = None


FilterKind = Literal["types", "statuses", "tags", "id", "text", "words", "box", "date"]
"""What a filter's text in a request looks like; the API knows the limits of each kind and how to read it."""

LIST_KINDS: frozenset[FilterKind] = frozenset({"types", "statuses", "tags"})
"""The kinds of filters that may be set several times in one request."""


NO_FILTER = EntryFilter()
"""What leaves out only the statuses that are hidden."""


class Filter(NamedTuple):
    """A filter: the query parameter that sets it, and the condition that an entry then has to meet."""

    parameter: str
    field: str
    """Of EntryFilter."""
    kind: FilterKind
    description: str
    """In the API's documentation and in the help of the command line."""
    condition: str
    """In SQL, on the table `entry`; empty for words, which are looked for in more than this table."""
    values: Callable[[Any], dict[str, object]]
    """From the field's value to the parameters of the condition."""


# A box whose west lies east of its east crosses the antimeridian (RFC 7946, section 5.2).
_IN_BOX = (
    "{latitude} BETWEEN %(south)s AND %(north)s AND CASE WHEN %(west)s::float8 <= %(east)s::float8"
    " THEN {longitude} BETWEEN %(west)s AND %(east)s"
    " ELSE {longitude} >= %(west)s OR {longitude} <= %(east)s END"
)
_FURTHER_POINT = "(further_point::point)"
_ANY_POINT_IN_BOX = (
    f"({_IN_BOX.format(latitude='entry.latitude', longitude='entry.longitude')}"
    " OR entry.further_points <> '{}' AND EXISTS (SELECT FROM unnest(entry.further_points) AS further_point"
    f" WHERE {_IN_BOX.format(latitude=f'{_FURTHER_POINT}[1]', longitude=f'{_FURTHER_POINT}[0]')}))"
)

# Where other days lie between those of an entry, it may have days before and after a time, and none within.
_HAS_DAYS_WITHIN = (
    "(entry.day_ranges = '{}' OR EXISTS (SELECT FROM unnest(entry.day_ranges) AS days"
    " WHERE lower(days::daterange) <= %(until)s AND upper(days::daterange) > %(since)s))"
)

FILTERS = (
    Filter(
        parameter="type",
        field="types",
        kind="types",
        description="Only these event types, such as capture.",
        condition="entry.types && %(types)s::text[]",
        values=lambda types: {"types": list(types)},
    ),
    Filter(
        parameter="claimant",
        field="claimant",
        kind="id",
        description="Only what this actor asserts.",
        condition="entry.claimants @> ARRAY[%(claimant)s]",
        values=lambda claimant: {"claimant": claimant},
    ),
    Filter(
        parameter="place",
        field="place",
        kind="text",
        description="Only at a place with this name, first-level unit (admin1) or country, or in an area of"
        " this name.",
        condition="%(place)s = ANY(entry.places)",
        values=lambda place: {"place": fold_text(place)},
    ),
    Filter(
        parameter="bbox",
        field="bbox",
        kind="box",
        description="Only within west,south,east,north, in degrees; if west is greater than east, the box"
        " crosses the antimeridian.",
        condition=_ANY_POINT_IN_BOX,
        values=lambda box: dict(zip(("west", "south", "east", "north"), box, strict=True)),
    ),
    Filter(
        parameter="from",
        field="since",
        kind="date",
        description="Leave out what has no day in or after this date.",
        condition="entry.last_day >= %(since)s",
        values=lambda since: {"since": since.first},
    ),
    Filter(
        parameter="to",
        field="until",
        kind="date",
        description="Leave out what has no day in or before this date.",
        condition="entry.first_day <= %(until)s",
        values=lambda until: {"until": until.last},
    ),
    Filter(
        parameter="q",
        field="words",
        kind="words",
        description="Search all texts of an entry, also the words of its figures and credits of its media,"
        ' and the names and aliases of its actors: words, "exact phrases", `or`, `-excluded`.',
        condition="",
        values=lambda _: {},
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

NO_CLAUSE: Clause = ("TRUE", {})
"""What restricts nothing."""


def filter_clauses(entry_filter: EntryFilter) -> list[Clause]:
    """The conditions that a filter sets on an entry, except for the actor and the words that it names.

    A merged development meets each where any of its standing reports does.
    """
    clauses: list[Clause] = [] if entry_filter.statuses else [_NOT_HIDDEN]
    for row in FILTERS:
        value = getattr(entry_filter, row.field)
        if row.condition and value is not None and value != ():
            clauses.append((row.condition, row.values(value)))
    if entry_filter.since and entry_filter.until:
        clauses.append((_HAS_DAYS_WITHIN, {}))
    return clauses


_NOT_HIDDEN: Clause = ("entry.status <> ALL(%(hidden)s)", {"hidden": HIDDEN_STATUSES})


def join_clauses(clauses: Iterable[Clause]) -> tuple[list[str], dict[str, object]]:
    """The conditions of all the clauses, and the parameters of all the conditions."""
    conditions: list[str] = []
    parameters: dict[str, object] = {}
    for condition, values in clauses:
        conditions.append(condition)
        parameters |= values
    return conditions, parameters
