"""Totals of incident figures, added up in the database without double counting.

- An incident counts once, however its reports and counts are linked.
- `low` and `high` add bounds as published, those out of order too (counted as `disordered`): a data set's
  sums must stay its sums. `best` adds the figures that have one, and says of how many incidents, with the low
  and high of these.
- Each claimant's newest count is its answer: the one that speaks for the newest days, of the same days the
  last word. Where several claimants count one subject of an incident, the policy makes one figure of theirs.
  `envelope` goes from the least low to the greatest high, with the newest word's best, none where that has
  none.
- Only one unit and one category are added up, because categories overlap.
- A claim of the subject `all` is taken. Claims of single subjects stand beside it as parts with their own
  sums; where they add up to more than it allows they are its rivals, and under `envelope` the bounds reach
  over both, without a best. Where there is no claim of all, those of single subjects are added.
- Filters and keys ask about the incident: its tags, places, time, and everyone who acts or suffers in it, in
  whichever report. By actor an incident is in several lines, so that these must not be added up.
- A time takes what lies wholly within, so that parts of time add up. What lies only partly within, and what
  is dated by its recording alone, is left out.
- What is left out is counted once, for the first of the reasons in `LeftOutReason`. An incident whose reports
  were all retracted is left out although counts of it stand.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from msgspec import Struct

from timeline.domain.edtf import Days
from timeline.domain.scalars import UNANCHORED_SLUG
from timeline.domain.search_text import fold_text
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.queries.past_rows import NO_PAST_ROWS
from timeline.views.queries.published import PastFigures, past_counts
from timeline.views.queries.totals_sql import CONDITIONS, SUMS, countable_claims, totals_statement
from timeline.views.totals_responses import (
    LEFT_OUT_REASONS,
    IncidentSums,
    LeftOutIncidents,
    PartSums,
    TotalsLine,
)

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
    unit: str | None = None
    subject: str | None = None
    country: str | None = None
    place: str | None = None
    actor: str | None = None
    tags: tuple[str, ...] = ()
    since: Days | None = None
    until: Days | None = None
    published_by: datetime | None = None

    @property
    def added_unit(self) -> str:
        """The unit that is added up: people, or items of equipment, where the query names none."""
        return self.unit or ("items" if self.measure.startswith("equipment") else "people")


class Totals(NamedTuple):
    """The total, the parts, what is left out, and a page of lines with the next offset; None on the last."""

    total: IncidentSums
    parts: list[PartSums]
    left_out: list[LeftOutIncidents]
    lines: list[TotalsLine]
    next_offset: int | None
    publication_unknown: int


async def totals(
    connection: Connection, moment: Moment, query: TotalsQuery, *, offset: int, limit: int
) -> Totals:
    """The sums of the claims that stand at the moment: the total, and the lines from `offset` on.

    Raises:
        RuleBroken: too many counts may have been otherwise by the query's time.
    """
    parameters, past = _parameters(query), PastFigures(NO_PAST_ROWS, 0)
    filters = [name for name in CONDITIONS if parameters[name] is not None]
    policy = query.policy.partition(":")[0]
    if query.published_by is not None:
        countable = countable_claims(filters, policy)
        past = await past_counts(connection, moment, countable, parameters, query.published_by)
    statement = totals_statement(query.by, filters, policy)
    cursor = await connection.execute(
        past.rows.query(statement),
        {**parameters, **moment.scope, **past.rows.parameters, "offset": offset, "limit": limit + 1},
    )
    rows: list[list[Sequence[Any]]] = [[], [], [], []]
    for kind, *row in await cursor.fetchall():
        rows[kind].append(row)
    (total,), reasons, parts, lines = rows
    return Totals(
        IncidentSums(**_sums(total)),
        [PartSums(subject=row[0], **_sums(row)) for row in parts],
        sorted((_left_out(row) for row in reasons), key=lambda part: LEFT_OUT_REASONS.index(part.reason)),
        [TotalsLine(keys=_keys(query.by, row), **_sums(row)) for row in lines[:limit]],
        offset + limit if len(lines) > limit else None,
        past.publication_unknown,
    )


def _parameters(query: TotalsQuery) -> dict[str, object]:
    return {
        "measure": query.measure,
        "category": query.category,
        "unit": query.added_unit,
        "claimant": query.policy.partition(":")[2] or None,
        "subject": query.subject,
        "country": query.country,
        "place": query.place and fold_text(query.place),
        "actor": query.actor,
        "tags": list(query.tags) or None,
        "since": query.since and query.since.first,
        "until": query.until and query.until.last,
    }


_FIRST_SUM = 2
"""Before the sums a row has its reason or subject, and categories."""


def _sums(row: Sequence[Any]) -> dict[str, Any]:
    """A row's sums by name; large sums come as decimals."""
    values = row[_FIRST_SUM : _FIRST_SUM + len(SUMS)]
    return {name: None if value is None else int(value) for name, value in zip(SUMS, values, strict=True)}


def _left_out(row: Sequence[Any]) -> LeftOutIncidents:
    return LeftOutIncidents(reason=row[0], incidents=_sums(row)["incidents"], categories=row[1] or [])


def _keys(by: Sequence[str], row: Sequence[Any]) -> dict[str, str | None]:
    return dict(zip(by, row[_FIRST_SUM + len(SUMS) :], strict=True))
