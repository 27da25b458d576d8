"""Totals of incident figures, added up in the database without double counting.

- An incident counts once, however many reports of it there are.
- Each claimant's last claim counts; where several claim for one subject of an incident, the policy makes one
  figure of theirs. `envelope` goes from the least low to the greatest high, with the newest claim's best.
- Categories overlap, so only one is added up, by default `all`. Incidents that have the measure only in
  others (or, with a `claimant` policy, by others) are counted as left out.
- A claim for the subject `all` stands for its incident, and those for single subjects are set aside. Where
  there is none, those for single subjects are added, and the incidents with several are counted.
- By actor an incident counts under each of its actors, so that the lines must not be added up.

An incident counts for the month and year in which it began at the earliest.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from msgspec import Struct

from timeline.domain.edtf import Span
from timeline.domain.scalars import UNANCHORED_SLUG
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.projection.rows import VALID
from timeline.views.responses import IncidentSums, TotalsLine

TOTALS_POLICY_PATTERN = rf"^(envelope|latest|lowest|highest|claimant:{UNANCHORED_SLUG})$(?!\n)"


class TotalsQuery(Struct, frozen=True, kw_only=True):
    """What to add up, and by which keys; what is None or empty does not restrict it.

    Cursors hold a digest of all fields in their order: after a change of these, the service refuses the
    cursors that clients still hold.
    """

    measure: str
    by: tuple[str, ...] = ()
    policy: str = "envelope"
    category: str = "all"
    subject: str | None = None
    country: str | None = None
    actor: str | None = None
    tags: tuple[str, ...] = ()
    since: Span | None = None
    until: Span | None = None


class Totals(NamedTuple):
    """The total, a page of the lines, and the offset of the next page; None on the last."""

    total: IncidentSums
    lines: list[TotalsLine]
    next_offset: int | None


async def totals(
    connection: Connection, moment: Moment, query: TotalsQuery, *, offset: int, limit: int
) -> Totals:
    """The sums of the claims that stand at the moment: the total, and the lines from `offset` on."""
    parameters = _parameters(query)
    statement = totals_statement(
        query.by,
        [name for name in _CONDITIONS if parameters[name] is not None],
        query.policy.partition(":")[0],
    )
    cursor = await connection.execute(
        statement, {**parameters, **moment.scope, "offset": offset, "limit": limit + 1}
    )
    (total, *rows) = await cursor.fetchall()
    lines = [TotalsLine(keys=_keys(query.by, row), **_sums(row)) for row in rows[:limit]]
    return Totals(IncidentSums(**_sums(total)), lines, offset + limit if len(rows) > limit else None)


def _parameters(query: TotalsQuery) -> dict[str, object]:
    return {
        "measure": query.measure,
        "category": query.category,
        "claimant": query.policy.partition(":")[2] or None,
        "subject": query.subject,
        "country": query.country,
        "actor": query.actor,
        "tags": list(query.tags) or None,
        "since": query.since and query.since.start,
        "until": query.until and query.until.end,
    }


_SUMS = IncidentSums.__struct_fields__


def _sums(row: Sequence[Any]) -> dict[str, Any]:
    """A row's sums by name; the first column says what the row is, and large sums come as decimals."""
    values = row[1 : len(_SUMS) + 1]
    return {name: None if value is None else int(value) for name, value in zip(_SUMS, values, strict=True)}


def _keys(by: Sequence[str], row: Sequence[Any]) -> dict[str, str | None]:
    return dict(zip(by, row[len(_SUMS) + 1 :], strict=True))


_KEY_EXPRESSIONS = {
    "year": "to_char(starts AT TIME ZONE 'UTC', 'YYYY')",
    "month": "to_char(starts AT TIME ZONE 'UTC', 'YYYY-MM')",
}
"""The TOTALS_KEYS that are not columns of an incident's row, but made from one."""

_CONDITIONS = {
    "subject": "subject = %(subject)s",
    "country": "country = %(country)s",
    "actor": "%(actor)s = ANY(actors)",
    "tags": "tags @> %(tags)s::text[]",
    "since": "starts >= %(since)s",
    "until": "starts < %(until)s",
}
"""The conditions on a claim, or on its incident, by the parameter that each needs."""

_NEWEST = "as_of DESC, position DESC"

_CLAIM = f"""
SELECT *, category = %(category)s AND (%(claimant)s::text IS NULL OR claimant = %(claimant)s) AS counts
FROM toll
WHERE {VALID} AND measure = %(measure)s
"""

_LATEST = f"""
SELECT DISTINCT ON (incident, subject, claimant) * FROM claim WHERE shared AND counts
ORDER BY incident, subject, claimant, {_NEWEST}
"""

_CHOSEN = """
SELECT DISTINCT ON (incident, subject) incident, subject, low, best, high,
    count(*) OVER (PARTITION BY incident, subject) > 1 AS rivals
FROM latest ORDER BY incident, subject, {order}
"""

_ENVELOPE = f"""
SELECT incident, subject, min(low) AS low, (array_agg(best ORDER BY {_NEWEST}))[1] AS best,
    CASE WHEN bool_and(high IS NOT NULL) THEN max(high) END AS high, count(*) > 1 AS rivals
FROM latest GROUP BY incident, subject
"""

_POLICIES = {
    "envelope": _ENVELOPE,
    "latest": _CHOSEN.format(order=_NEWEST),
    "claimant": _CHOSEN.format(order=_NEWEST),
    "lowest": _CHOSEN.format(order=f"COALESCE(best, low), {_NEWEST}"),
    "highest": _CHOSEN.format(order=f"COALESCE(best, high) DESC NULLS FIRST, {_NEWEST}"),
}

_SUMMED = """
SELECT incident, sum(low) AS low, sum(best) AS best, sum(high) AS high, bool_or(best IS NULL) AS unknown,
    bool_or(high IS NULL) AS unbounded, bool_or(rivals) AS rivals, count(*) > 1 AS several_subjects
FROM (SELECT *, bool_or(subject = 'all') OVER (PARTITION BY incident) AS has_whole FROM chosen) AS figure
WHERE subject = 'all' OR NOT has_whole GROUP BY incident
"""

_JOINT = """
SELECT DISTINCT ON (claim.incident) starts, country, admin1, place, actors,
    summed.incident IS NOT NULL AS counts, summed.low, summed.best, summed.high, unknown, unbounded,
    rivals, several_subjects
FROM claim LEFT JOIN summed ON summed.incident = claim.incident WHERE shared ORDER BY claim.incident
"""

_ALONE = """
SELECT starts, country, admin1, place, actors, counts, low, best, high, best IS NULL AS unknown,
    high IS NULL AS unbounded, FALSE AS rivals, FALSE AS several_subjects
FROM claim WHERE NOT shared
"""

_SUM_COLUMNS = {
    "incidents": "count(*) FILTER (WHERE counts)",
    "low": "sum(low) FILTER (WHERE counts)",
    "best": "sum(best) FILTER (WHERE counts)",
    "high": "sum(high) FILTER (WHERE counts)",
    "unknown": "count(*) FILTER (WHERE counts AND unknown)",
    "unbounded": "count(*) FILTER (WHERE counts AND unbounded)",
    "rivals": "count(*) FILTER (WHERE counts AND rivals)",
    "several_subjects": "count(*) FILTER (WHERE counts AND several_subjects)",
    "left_out": "count(*) FILTER (WHERE NOT counts)",
}
_SUMMED_AGAIN = ", ".join(
    f"sum({name}) AS {name}" if name in ("low", "best", "high") else f"COALESCE(sum({name}), 0) AS {name}"
    for name in _SUM_COLUMNS
)


def totals_statement(by: Sequence[str], filters: Sequence[str], policy: str) -> str:
    """A statement whose first row is the total, and the others lines in the order of their keys.

    Its columns are whether the row is a line, the sums, and the keys.
    """
    names = [f"key_{number}" for number, _ in enumerate(by)]
    conditions = "".join(f" AND {_CONDITIONS[name]}" for name in filters)
    # an incident is in as many lines as it has actors
    whole = _sums_by(()) if "actor" in by else "SELECT * FROM part"
    return f"""
WITH claim AS NOT MATERIALIZED ({_CLAIM}{conditions}), latest AS ({_LATEST}), chosen AS ({_POLICIES[policy]}),
    summed AS ({_SUMMED}), joint AS ({_JOINT}), alone AS NOT MATERIALIZED ({_ALONE}),
    part AS MATERIALIZED ({_sums_by(by)})
SELECT * FROM (
    SELECT FALSE AS is_line, {_SUMMED_AGAIN}{"".join(f", NULL AS {name}" for name in names)}
    FROM ({whole}) AS whole
    UNION ALL
    SELECT * FROM (
        SELECT TRUE, {_SUMMED_AGAIN}{_comma_before_each(names)} FROM part GROUP BY {", ".join(names) or "()"}
        ORDER BY {", ".join(names) or "1"} OFFSET %(offset)s LIMIT {"%(limit)s" if by else 0}
    ) AS line
) AS answer ORDER BY is_line{_comma_before_each(names)}
"""


def _sums_by(by: Sequence[str]) -> str:
    return f"{_sums_of('alone', by)} UNION ALL {_sums_of('joint', by)}"


def _sums_of(source: str, by: Sequence[str]) -> str:
    """The sums of a source's incidents by key."""
    columns = [f"{how} AS {name}" for name, how in _SUM_COLUMNS.items()]
    columns += [f"{_KEY_EXPRESSIONS.get(key, key)} AS key_{number}" for number, key in enumerate(by)]
    actors = " LEFT JOIN LATERAL unnest(actors) AS actor ON TRUE" if "actor" in by else ""
    keys = ", ".join(f"key_{number}" for number, _ in enumerate(by)) or "()"
    return f"SELECT {', '.join(columns)} FROM {source}{actors} GROUP BY {keys}"


def _comma_before_each(names: Sequence[str]) -> str:
    return "".join(f", {name}" for name in names)
