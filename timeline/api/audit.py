"""The audit of a series: each change with its cause, and the falls that need explaining."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from timeline.api.addresses import link_next
from timeline.api.caching import IS_VIEW
from timeline.api.exports import Export
from timeline.api.figures import SeriesName
from timeline.api.negotiation import FORMATS, NOT_ACCEPTABLE, PLAIN, choose_format, new_writer
from timeline.api.parameters import AnyRequest, Limit, TimelineId
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.api.view_request import ViewRequest, page_limit
from timeline.domain.errors import NotFound
from timeline.domain.figure import Figure
from timeline.domain.scalars import SLUG_PATTERN
from timeline.formats.columns import TableColumn, TableLayout
from timeline.formats.csv_writer import TableCsv
from timeline.postgres import Connection
from timeline.views.queries.audit import audit_series, describe_changes
from timeline.views.queries.names import names_of_actors
from timeline.views.responses import ChangeKind, SeriesAuditView, SeriesChange


def _figure_of(figure: Figure | None) -> tuple[str | None, str | None]:
    """A figure in two columns: its qualifier, and its number, or else its bounds."""
    if figure is None:
        return None, None
    bounds = figure.bounds
    number = f"{bounds.low}..{'' if bounds.high is None else bounds.high}"
    return figure.qualifier, number if figure.point is None else str(figure.point)


_CHANGES: TableLayout[SeriesChange] = TableLayout(
    "audit",
    (
        TableColumn("position", "whole", "", lambda change: change.position),
        TableColumn("kind", "code", "", lambda change: change.kind),
        TableColumn("claimant", "code", "", lambda change: change.claimant),
        TableColumn("as_of", "time", "", lambda change: change.as_of),
        TableColumn("before_as_of", "time", "", lambda change: change.before_as_of),
        TableColumn("before_qualifier", "code", "", lambda change: _figure_of(change.before)[0]),
        TableColumn("before", "code", "", lambda change: _figure_of(change.before)[1]),
        TableColumn("after_qualifier", "code", "", lambda change: _figure_of(change.after)[0]),
        TableColumn("after", "code", "", lambda change: _figure_of(change.after)[1]),
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
        TableColumn("lag_seconds", "real", "", lambda change: change.lag_seconds),
    ),
)


class ChangesCsv(TableCsv[SeriesChange]):
    """A row a change."""

    _table = _CHANGES

    def changes(self, page: Sequence[SeriesChange]) -> bytes:
        """A row for each of them."""
        return self._rows(page)


AUDIT_FORMATS: Mapping[str, type[ChangesCsv]] = {"csv": ChangesCsv}
if TYPE_CHECKING:
    AuditFormatName = str
else:
    AuditFormatName = Literal[(PLAIN, *AUDIT_FORMATS)]


@get(
    "/v1/timelines/{timeline:str}/figures/{series:str}/audit",
    operation_id="getAudit",
    opt=IS_VIEW | {FORMATS: AUDIT_FORMATS},
    summary="Every change of a series, and its falls",
    tags=["Figures"],
    responses=problem_responses(400, 404, *NOT_ACCEPTABLE, 503),
)
async def get_audit(  # noqa: PLR0913 - the parts of the request
    request: AnyRequest,
    timeline: TimelineId,
    series: SeriesName,
    view: NamedDependency[ViewRequest],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    claimant: Annotated[
        str | None, QueryParameter(description="Changes by this claimant only.", pattern=SLUG_PATTERN)
    ] = None,
    kinds: Annotated[
        list[ChangeKind] | None, QueryParameter(name="kind", description="Changes of these kinds only.")
    ] = None,
    form: Annotated[
        AuditFormatName | None,
        QueryParameter(
            name="format",
            description="The answer's format; takes precedence over `Accept`. CSV gives all changes, on one"
            " page.",
        ),
    ] = None,
    limit: Limit = None,
) -> Response[SeriesAuditView]:
    """In the order of the record: each change with what stood before and after it, its cause, and its lag.

    A fall of a running total comes with the resets that explain it, or with none: those need explaining.
    """
    moment = view.moment
    audit = await audit_series(connection, moment, series)
    if not audit.changes:
        raise NotFound(f"timeline {timeline} has no series {series} at position {moment.position}")
    changes = [
        change
        for change in audit.changes
        if (claimant is None or change.claim.claimant == claimant) and (not kinds or change.kind in kinds)
    ]
    name = choose_format(request, form)
    writer: ChangesCsv | None = new_writer(AUDIT_FORMATS, name)
    if writer is not None:
        view.in_format(name)
        export = Export(request, service, connection, moment, name, writer)
        rows = await describe_changes(connection, moment, changes)
        return export.page(await export.head(view.url), writer.changes, rows, None)
    listing = ("audit", series, claimant, *sorted(kinds or ()))
    first, size = view.offset(*listing), page_limit(limit, service)
    rows = await describe_changes(connection, moment, changes[first : first + size])
    falls = [fall for fall in audit.falls if claimant in (None, fall.claimant)] if first == 0 else []
    actors = {change.claimant for change in rows} | {fall.claimant for fall in falls}
    answer = SeriesAuditView(
        **view.head,
        series=series,
        total=len(changes),
        kinds=dict(Counter(change.kind for change in changes)),
        changes=rows,
        falls=falls,
        names=await names_of_actors(connection, moment, [actor for actor in actors if actor]),
        next=view.next(first + size if len(changes) > first + size else None, *listing),
    )
    return Response(answer, headers=link_next(answer.next))
