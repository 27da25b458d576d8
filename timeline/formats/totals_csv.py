"""CSV of totals: a row for each line, or one row for the total where nothing is grouped.

Each row says what was added up, so that files of several requests can stand in one table. As in `columns`,
new columns are added at the end, and none is ever moved, renamed or given another meaning.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from timeline.formats.columns import TableColumn, TableLayout
from timeline.formats.csv_writer import TableCsv


class TotalsRow(NamedTuple):
    """A line of totals: what was added up, the values of its keys, their names, and its sums by name."""

    measure: str
    category: str
    unit: str
    policy: str
    keys: Mapping[str, str | None]
    names: Mapping[str, str]
    sums: Mapping[str, int | None]


def _key(name: str) -> Callable[[TotalsRow], Any]:
    return lambda row: row.keys.get(name)


def _sum(name: str) -> TableColumn[TotalsRow]:
    return TableColumn(name, "whole", "", lambda row: row.sums[name])


def _actor_name(row: TotalsRow) -> str | None:
    actor = row.keys.get("actor")
    return None if actor is None else row.names.get(actor, actor)


TOTALS: TableLayout[TotalsRow] = TableLayout(
    "totals",
    (
        TableColumn("measure", "code", "", lambda row: row.measure),
        TableColumn("category", "code", "", lambda row: row.category),
        TableColumn("unit", "text", "", lambda row: row.unit),
        TableColumn("policy", "code", "", lambda row: row.policy),
        TableColumn("year", "code", "", _key("year")),
        TableColumn("month", "code", "", _key("month")),
        TableColumn("country", "code", "", _key("country")),
        TableColumn("admin1", "text", "", _key("admin1")),
        TableColumn("place", "text", "", _key("place")),
        TableColumn("actor", "code", "", _key("actor")),
        TableColumn("actor_name", "text", "", _actor_name),
        _sum("incidents"),
        _sum("low"),
        _sum("high"),
        _sum("unbounded"),
        _sum("best"),
        _sum("best_incidents"),
        _sum("best_low"),
        _sum("best_high"),
        _sum("rivals"),
        _sum("disordered"),
        _sum("several_subjects"),
    ),
)
"""These columns have no hashtags."""


class TotalsCsv(TableCsv[TotalsRow]):
    """A row for each line of the totals."""

    _table = TOTALS

    def lines(self, page: Sequence[TotalsRow]) -> bytes:
        """The rows of a page."""
        return self._rows(page)
