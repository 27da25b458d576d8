"""Standings: each claimant's claim for a date in each unit of a series, and how these agree.

`timeline.domain.agreement` has the rules. What a date selects is found by the database, so that of a long
series only each claimant's claim is read.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct

from timeline.domain.agreement import Break, Reconciliation, RivalClaim, reconcile
from timeline.domain.edtf import Days
from timeline.domain.figure import Bounds, Figure
from timeline.domain.unchecked import unchecked
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.figure_responses import Reconciled, SetAside
from timeline.views.projection.rows import SCOPE, VALID
from timeline.views.queries.claim_lines import date_key_sql
from timeline.views.queries.past_rows import NO_PAST_ROWS, PastRows

STANDARD_UNITS = ("items", "people")
"""The units of figures that name none."""


class UnitStanding(NamedTuple):
    """How the claims in one unit agree, and the documents of those of the newest date."""

    unit: str
    reconciliation: Reconciliation
    newest: list[bytes]

    @property
    def named_unit(self) -> str | None:
        """The unit where words have to name it."""
        return named_unit(self.unit)

    @property
    def answer(self) -> Reconciled:
        """The standing as the API answers it."""
        result = self.reconciliation
        return Reconciled(
            unit=self.unit,
            standing=result.agreement,
            reason=result.reason,
            overlap=result.overlap,
            envelope=result.envelope,
            compared=tuple(claim.source for claim, _ in result.compared),
            newest=tuple(claim.source for claim in result.newest),
            set_aside=tuple(
                SetAside(claim=claim.source, claimant=claim.claimant, reason=reason)
                for claim, reason in result.set_aside
            ),
        )


def named_unit(unit: str) -> str | None:
    """A unit where words have to name it; people and items go without saying."""
    return None if unit in STANDARD_UNITS else unit


class SeriesStanding(NamedTuple):
    """Each claimant's claim of a series for a date, and the standing in each unit.

    The first unit is the one that the series is shown by: one with a number, people or items before others.
    """

    documents: list[bytes]
    containing: tuple[UUID, ...]
    units: list[UnitStanding]


NO_STANDING = SeriesStanding([], (), [])


class SelectedRow(NamedTuple):
    """A claim that was selected for a date, with its unit and document."""

    unit: str
    claim: RivalClaim
    contains: bool
    document: bytes


async def read_standings(
    connection: Connection,
    moment: Moment,
    series: Sequence[str],
    as_of: Days | None = None,
    past: PastRows = NO_PAST_ROWS,
) -> dict[str, SeriesStanding]:
    """The standing of each of the series that has a claim, for a date or as of now."""
    first, last = as_of or (None, None)
    parameters = {**moment.scope, **past.parameters, "series": list(series), "first": first, "last": last}
    selected: dict[str, list[SelectedRow]] = defaultdict(list)
    statement = _SELECTED_OF_ONE if len(series) == 1 else _SELECTED
    cursor = await connection.execute(past.query(statement), parameters)
    for name, unit, contains, document, *columns in await cursor.fetchall():
        claim = _rival_claim(_ClaimColumns(*columns), document)
        selected[name].append(SelectedRow(unit, claim, bool(contains), document))
    breaks: dict[str, list[Break]] = defaultdict(list)
    cursor = await connection.execute(past.query(_BREAKS), parameters)
    for name, *cut in await cursor.fetchall():
        breaks[name].append(Break(*cut))
    units: dict[str, set[str]] = defaultdict(set)
    if as_of is not None:  # a unit without a claim for the date has a standing, too
        cursor = await connection.execute(past.query(_UNITS), parameters)
        for name, unit in await cursor.fetchall():
            units[name].add(unit)
    return {
        name: _standing(name, selected[name], breaks[name], units[name], as_of)
        for name in sorted({*selected, *units})
    }


def _standing(
    series: str,
    selected: Sequence[SelectedRow],
    breaks: Sequence[Break],
    units: Iterable[str],
    as_of: Days | None,
) -> SeriesStanding:
    basis = basis_of(series)
    by_unit: dict[str, list[SelectedRow]] = {unit: [] for unit in units}
    for row in selected:
        by_unit.setdefault(row.unit, []).append(row)
    standings = []
    for unit, rows in by_unit.items():
        result = reconcile(basis, [row.claim for row in rows], breaks, named_unit(unit), as_of)
        documents = {row.claim.source: row.document for row in rows}
        standings.append(UnitStanding(unit, result, [documents[claim.source] for claim in result.newest]))
    latest = sorted(
        (row for row in selected if not row.claim.none_reported),
        key=lambda row: (row.claim.claimant, row.unit),
    )
    return SeriesStanding(
        [row.document for row in latest],
        tuple(row.claim.source for row in latest if row.contains),
        sorted(standings, key=_unit_order),
    )


def basis_of(series: str) -> str:
    """The basis that a series' id names."""
    parts = series.split(".")
    return parts[4] if len(parts) > 4 else "incident"


def _unit_order(standing: UnitStanding) -> tuple[bool, bool, str]:
    is_empty = standing.reconciliation.agreement == "not_comparable"
    return is_empty, standing.unit not in STANDARD_UNITS, standing.unit


def _rival_claim(row: "_ClaimColumns", document: bytes) -> RivalClaim:
    return RivalClaim(
        row.source,
        row.claimant,
        None if row.low is None else Bounds(row.low, row.high),
        Days(row.earliest, row.latest),
        row.said_at,
        row.position,
        row.none_reported,
        _decode(document).figure,
    )


if TYPE_CHECKING:
    _StoredFigure = Figure
else:
    _StoredFigure = unchecked(Figure)


class _WordedClaim(Struct, gc=False):
    """What a stored claim says, for the words of a reason."""

    figure: _StoredFigure


_decode = msgspec.json.Decoder(_WordedClaim).decode


class _ClaimColumns(NamedTuple):
    """The columns of a claim that agreement needs."""

    source: UUID
    claimant: str
    low: int | None
    high: int | None
    earliest: date
    latest: date
    said_at: datetime
    position: int
    none_reported: bool


TO_DATE = "(%(last)s::date IS NULL OR latest <= %(last)s OR earliest <= %(first)s)"
"""The claims whose days end at or before the last day of a date, or hold the date."""

LATEST_FIRST = "latest DESC, earliest DESC, said_at DESC, position DESC"
"""The newest date first; of the same days the last word."""

_OF_SERIES = f"{VALID} AND series = ANY(%(series)s)"

_LINE = 'series, unit COLLATE "C", claimant, none_reported'

# Only the documents of the selected claims are read: all the others need not be carried through a sort.
_DOCUMENTS = f"""
SELECT series, unit, contains, (
    SELECT document FROM figure_claim AS claim
    WHERE {SCOPE} AND claim.source = selected.source AND claim.position = selected.position
        AND claim.from_position = selected.from_position
), {", ".join(_ClaimColumns._fields)}
FROM selected
"""

# Of the claims that only hold a date the narrowest comes first, after those that end by then.
_SELECTED = f"""
WITH selected AS MATERIALIZED (
    SELECT DISTINCT ON ({_LINE})
        series, unit, latest > %(last)s::date AS contains, from_position, {", ".join(_ClaimColumns._fields)}
    FROM figure_claim
    WHERE {_OF_SERIES} AND NOT is_reset AND {TO_DATE}
    ORDER BY {_LINE}, contains, CASE WHEN latest > %(last)s::date THEN NULL ELSE latest END DESC,
        earliest DESC, latest, said_at DESC, position DESC
)
{_DOCUMENTS}
"""

# The same of one series, which may be long: a number ranks the dates of its claims, and only those of the
# first rank in their lines are sorted. Of many series the planner may join the lines in a slow way.
_SELECTED_OF_ONE = f"""
WITH ranked AS MATERIALIZED (
    SELECT series, unit, latest > %(last)s::date AS contains, from_position,
        {", ".join(_ClaimColumns._fields)},
        CASE WHEN latest > %(last)s::date
            THEN {date_key_sql("earliest", "earliest")} - (latest - earliest)
            ELSE {date_key_sql("earliest", "latest")} + (1::bigint << 50) END AS rank
    FROM figure_claim
    WHERE {_OF_SERIES} AND NOT is_reset AND {TO_DATE}
), selected AS MATERIALIZED (
    SELECT DISTINCT ON ({_LINE}) * FROM ranked
    WHERE ({_LINE}, rank) IN (SELECT {_LINE}, max(rank) FROM ranked GROUP BY {_LINE})
    ORDER BY {_LINE}, said_at DESC, position DESC
)
{_DOCUMENTS}
"""

_BREAKS = f"SELECT series, earliest, claimant, adjustment FROM figure_claim WHERE {_OF_SERIES} AND is_reset"

_UNITS = f"SELECT DISTINCT series, unit FROM figure_claim WHERE {_OF_SERIES} AND NOT is_reset"
