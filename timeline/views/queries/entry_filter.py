"""The filters of the timeline view, one row each: this is the file in which to add one.

A new filter is a field of `EntryFilter` and a row of `FILTERS`. The API makes a query parameter of each row,
and the queries make a condition of it.
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

    Cursors hold a digest of the fields in this order: add new ones at the end.
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


FilterKind = Literal["types", "statuses", "tags", "id", "text", "box", "date"]
"""What a filter's text in a request looks like; the API knows the limits of each kind and how to read it."""


class Filter(NamedTuple):
    """A filter: the query parameter that sets it, and the condition that an entry then has to meet."""

    parameter: str
    field: str
    """Of EntryFilter."""
    kind: FilterKind
    description: str
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
        "type",
        "types",
        "types",
        "Any of these types.",
        "entry.type = ANY(%(types)s)",
        lambda types: {"types": list(types)},
    ),
    Filter(
        "claimant",
        "claimant",
        "id",
        "Who asserts it.",
        "entry.claimant = %(claimant)s",
        lambda claimant: {"claimant": claimant},
    ),
    Filter(
        "place",
        "place",
        "text",
        "Name, admin1 or country of its place.",
        "%(place)s = ANY(entry.places)",
        lambda place: {"place": place.casefold()},
    ),
    Filter(
        "bbox",
        "bbox",
        "box",
        "west,south,east,north in degrees; a west beyond the east crosses the antimeridian.",
        _IN_BOX,
        lambda box: dict(zip(("west", "south", "east", "north"), box, strict=True)),
    ),
    Filter(
        "from",
        "since",
        "date",
        "Nothing that was over before.",
        "(entry.ends > %(since)s OR entry.starts >= %(since)s)",
        lambda since: {"since": since.start},
    ),
    Filter(
        "to",
        "until",
        "date",
        "Nothing that began after.",
        "entry.starts < %(until)s",
        lambda until: {"until": until.end},
    ),
    Filter(
        "q",
        "words",
        "text",
        'Words, "phrases", or, -not.',
        "to_tsvector('simple', entry.words) @@ websearch_to_tsquery('simple', %(words)s)",
        lambda words: {"words": words},
    ),
    Filter(
        "tag",
        "tags",
        "tags",
        "All of these tags.",
        "entry.tags @> %(tags)s::text[]",
        lambda tags: {"tags": list(tags)},
    ),
    Filter(
        "status",
        "statuses",
        "statuses",
        "Any of these; if absent, all but `retracted` and `merged`.",
        "entry.status = ANY(%(statuses)s)",
        lambda statuses: {"statuses": list(statuses)},
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
