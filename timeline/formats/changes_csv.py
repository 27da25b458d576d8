"""CSV of the changes of a series: the columns of an audit, and the class that writes them.

As in `columns`, new columns are added at the end, and none is ever moved, renamed or given another meaning.
"""

from collections.abc import Sequence
from operator import attrgetter

from timeline.domain.figure import Figure
from timeline.formats.columns import CellKind, TableColumn, TableLayout
from timeline.formats.csv_writer import TableCsv
from timeline.views.documents import SeriesChange


def _field(name: str, kind: CellKind) -> TableColumn[SeriesChange]:
    """A column of the field of the same name."""
    return TableColumn(name, kind, "", attrgetter(name))


def _qualifier(figure: Figure | None) -> str | None:
    return None if figure is None else figure.qualifier


def _number(figure: Figure | None) -> int | str | None:
    """The number of a figure, or else its bounds."""
    if figure is None:
        return None
    point = figure.point
    if point is not None:
        return point
    bounds = figure.bounds
    return None if bounds is None else f"{bounds.low}..{'' if bounds.high is None else bounds.high}"


CHANGES: TableLayout[SeriesChange] = TableLayout(
    "audit",
    (
        _field("position", "whole"),
        _field("kind", "code"),
        _field("claimant", "code"),
        _field("as_of", "code"),
        _field("before_as_of", "code"),
        TableColumn("before_qualifier", "code", "", lambda change: _qualifier(change.before)),
        TableColumn("before", "code", "", lambda change: _number(change.before)),
        TableColumn("after_qualifier", "code", "", lambda change: _qualifier(change.after)),
        TableColumn("after", "code", "", lambda change: _number(change.after)),
        _field("difference", "whole"),
        _field("adjustment", "whole"),
        _field("reason", "text"),
        _field("source", "code"),
        _field("cause", "code"),
        _field("cause_type", "code"),
        TableColumn(
            "publishers", "codes", "", lambda change: [source.publisher for source in change.sources]
        ),
        _field("published_at", "time"),
        _field("recorded_at", "time"),
        _field("lag_days", "whole"),
        _field("as_of_text", "text"),
        _field("earliest", "code"),
        _field("latest", "code"),
        _field("dated_by", "code"),
        _field("unit", "text"),
        _field("before_text", "text"),
        _field("after_text", "text"),
        _field("after_as_of", "code"),
        _field("silent", "flag"),
        TableColumn("claimed_qualifier", "code", "", lambda change: _qualifier(change.claimed)),
        TableColumn("claimed", "code", "", lambda change: _number(change.claimed)),
        _field("claimed_text", "text"),
        _field("undone", "flag"),
    ),
)
"""These columns have no hashtags."""


class ChangesCsv(TableCsv[SeriesChange]):
    """A row for each change."""

    _table = CHANGES

    def changes(self, page: Sequence[SeriesChange]) -> bytes:
        """The rows of a page."""
        return self._rows(page)
