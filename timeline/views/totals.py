"""Totals of incident figures, summed in the database; nothing that overlaps is added up silently.

- An incident counts once, however many reports of it are one.
- Each claimant's last claim counts; where several claim for one subject of an incident, the policy makes one
  figure of theirs. `envelope` goes from the least low to the greatest high, with the newest claim's best.
- Categories are no partitions: one alone is added up, `all` unless another is asked for. Incidents that have
  the measure only in others (or, with a `claimant` policy, by others) are counted as left out.
- A claim for the subject `all` stands for its incident, and those for single subjects are set aside. Where
  there is none, those for single subjects are added, and the incidents with several are counted.
- By actor an incident counts under each of its actors, so that the lines must not be added up.

An incident counts for the month and year in which it began at the earliest.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from msgspec import Struct

from timeline.domain.terms import SLUG_PATTERN
from timeline.domain.when import Span
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.totals_answers import Tally, TotalsLine
from timeline.views.totals_query import FILTERS, totals_query

_SLUG = SLUG_PATTERN.removeprefix("^").removesuffix(r"$(?!\n)")
TOTALS_POLICY_PATTERN = rf"^(envelope|latest|lowest|highest|claimant:{_SLUG})$(?!\n)"


class Sought(Struct, frozen=True, kw_only=True):
    """What is to be added up, and by what; what is None or empty does not restrict it."""

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
    """The total, some of the lines, and the number of the line that follows them, where one does."""

    total: Tally
    lines: list[TotalsLine]
    following: int | None


async def totals(
    connection: Connection, moment: Moment, sought: Sought, *, offset: int, limit: int
) -> Totals:
    """What the claims that stand at the moment come to: the total, and the lines from `offset` on."""
    given = _parameters(sought)
    query = totals_query(
        sought.by, [name for name in FILTERS if given[name] is not None], sought.policy.partition(":")[0]
    )
    cursor = await connection.execute(query, {**given, **moment.scope, "offset": offset, "limit": limit + 1})
    (total, *rows) = await cursor.fetchall()
    lines = [TotalsLine(keys=_keys(sought.by, row), **_sums(row)) for row in rows[:limit]]
    return Totals(Tally(**_sums(total)), lines, offset + limit if len(rows) > limit else None)


def _parameters(sought: Sought) -> dict[str, object]:
    return {
        "measure": sought.measure,
        "category": sought.category,
        "claimant": sought.policy.partition(":")[2] or None,
        "subject": sought.subject,
        "country": sought.country,
        "actor": sought.actor,
        "tags": list(sought.tags) or None,
        "since": sought.since and sought.since.start,
        "until": sought.until and sought.until.end,
    }


_SUMS = Tally.__struct_fields__


def _sums(row: Sequence[Any]) -> dict[str, Any]:
    """A row's sums by name; the first column says what the row is, and large sums come as decimals."""
    values = row[1 : len(_SUMS) + 1]
    return {name: None if value is None else int(value) for name, value in zip(_SUMS, values, strict=True)}


def _keys(by: Sequence[str], row: Sequence[Any]) -> dict[str, str | None]:
    return dict(zip(by, row[len(_SUMS) + 1 :], strict=True))
