"""CSV of the changes of a series: the columns of an audit, and the class that writes them.

As in `columns`, new columns are added at the end, and none is ever moved, renamed or given another meaning.
"""

from collections.abc import Sequence

from timeline.domain.figure import Figure
from timeline.formats.columns import TableColumn, TableLayout
from timeline.formats.csv_writer import TableCsv
from timeline.views.documents import SeriesChange


def _figure_cells(figure: Figure | None) -> tuple[str | None, str | None]:
    """A figure in two columns: its qualifier, and its number, or else its bounds."""
    if figure is None:
        return None, None
    if figure.point is not None:
        return figure.qualifier, str(figure.point)
    bounds = figure.bounds
    if bounds is None:
        return figure.qualifier, None
    return figure.qualifier, f"{bounds.low}..{'' if bounds.high is None else bounds.high}"


CHANGES: TableLayout[SeriesChange] = TableLayout(
    "audit",
    (
        TableColumn("position", "whole", "", lambda change: change.position),
        TableColumn("kind", "code", "", lambda change: change.kind),
        TableColumn("claimant", "code", "", lambda change: change.claimant),
        TableColumn("as_of", "code", "", lambda change: change.as_of),
        TableColumn("before_as_of", "code", "", lambda change: change.before_as_of),
        TableColumn("before_qualifier", "code", "", lambda change: _figure_cells(change.before)[0]),
        TableColumn("before", "code", "", lambda change: _figure_cells(change.before)[1]),
        TableColumn("after_qualifier", "code", "", lambda change: _figure_cells(change.after)[0]),
        TableColumn("after", "code", "", lambda change: _figure_cells(change.after)[1]),
        TableColumn("difference", "whole", "", lambda change: change.difference),
        TableColumn("adjustment", "whole", "", lambda change: change.adjustment),
        TableColumn("reason", "text", "", lambda change: change.reason),
        TableColumn("source", "code", "", lambda change: change.source),
        TableColumn("cause", "code", "", lambda change: change.cause),
        TableColumn("cause_type", "code", "", lambda change: change.cause_type),
        TableColumn(
            "publishers", "codes", "", lambda change: [source.publisher for source in change.sources]
        ),
        TableColumn("published_at", "time", "", lambda change: change.published_at),
        TableColumn("recorded_at", "time", "", lambda change: change.recorded_at),
        TableColumn("lag_days", "whole", "", lambda change: change.lag_days),
        TableColumn("as_of_text", "text", "", lambda change: change.as_of_text),
        TableColumn("earliest", "code", "", lambda change: change.earliest),
        TableColumn("latest", "code", "", lambda change: change.latest),
        TableColumn("dated_by", "code", "", lambda change: change.dated_by),
        TableColumn("unit", "text", "", lambda change: change.unit),
        TableColumn("before_text", "text", "", lambda change: change.before_text),
        TableColumn("after_text", "text", "", lambda change: change.after_text),
        TableColumn("after_as_of", "code", "", lambda change: change.after_as_of),
        TableColumn("silent", "flag", "", lambda change: change.silent),
        TableColumn("claimed_qualifier", "code", "", lambda change: _figure_cells(change.claimed)[0]),
        TableColumn("claimed", "code", "", lambda change: _figure_cells(change.claimed)[1]),
        TableColumn("claimed_text", "text", "", lambda change: change.claimed_text),
        TableColumn("undone", "flag", "", lambda change: change.undone),
    ),
)
"""These columns have no hashtags."""


class ChangesCsv(TableCsv[SeriesChange]):
    """A row for each change."""

    _table = CHANGES

    def changes(self, page: Sequence[SeriesChange]) -> bytes:
        """The rows of a page."""
        return self._rows(page)
