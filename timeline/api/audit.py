"""The audit of a series: each change, what made it, and the falls that need explaining."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from timeline.api.caching import IS_VIEW
from timeline.api.exports import Export
from timeline.api.figures import SeriesName
from timeline.api.negotiation import FORMATS, NOT_ACCEPTABLE, choose_format, new_writer
from timeline.api.parameters import AnyRequest, Limit, TimelineId, ViewRequest, link_next, page_limit
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.domain.errors import NotFound
from timeline.domain.figure import Figure
from timeline.domain.scalars import SLUG_PATTERN
from timeline.formats.columns import TableColumn, TableLayout
from timeline.formats.csv_writer import TableCsv
from timeline.postgres import Connection
from timeline.views.queries.audit import audit_series, told
from timeline.views.queries.names import names_of_actors
from timeline.views.responses import ChangeKind, SeriesAuditView, SeriesChange


def _figure_of(figure: Figure | None) -> tuple[str | None, str | None]:
    """What a figure says, in columns: its qualifier, and its number; of one that names only bounds, these."""
    if figure is None:
        return None, None
    bounds = figure.bounds
    number = f"{bounds.low}..{'' if bounds.high is None else bounds.high}"
    return figure.qualifier, number if figure.point is None else str(figure.point)


_CHANGES: TableLayout[SeriesChange] = TableLayout(
    "audit",
    (
        TableColumn("position", "whole", "", lambda one: one.position),
        TableColumn("kind", "code", "", lambda one: one.kind),
        TableColumn("claimant", "code", "", lambda one: one.claimant),
        TableColumn("as_of", "time", "", lambda one: one.as_of),
        TableColumn("before_as_of", "time", "", lambda one: one.before_as_of),
        TableColumn("before_qualifier", "code", "", lambda one: _figure_of(one.before)[0]),
        TableColumn("before", "code", "", lambda one: _figure_of(one.before)[1]),
        TableColumn("after_qualifier", "code", "", lambda one: _figure_of(one.after)[0]),
        TableColumn("after", "code", "", lambda one: _figure_of(one.after)[1]),
        TableColumn("difference", "whole", "", lambda one: one.difference),
        TableColumn("adjustment", "whole", "", lambda one: one.adjustment),
        TableColumn("reason", "text", "", lambda one: one.reason),
        TableColumn("source", "code", "", lambda one: one.source),
        TableColumn("cause", "code", "", lambda one: one.cause),
        TableColumn("cause_type", "code", "", lambda one: one.cause_type),
        TableColumn("publishers", "codes", "", lambda one: [source.publisher for source in one.sources]),
        TableColumn("published_at", "time", "", lambda one: one.published_at),
        TableColumn("recorded_at", "time", "", lambda one: one.recorded_at),
        TableColumn("lag_seconds", "real", "", lambda one: one.lag_seconds),
    ),
)


class ChangesCsv(TableCsv[SeriesChange]):
    """A row a change."""

    _table = _CHANGES

    def changes(self, told: Sequence[SeriesChange]) -> bytes:
        """A row for each of them."""
        return self._rows(told)


AUDIT_FORMATS: Mapping[str, type[ChangesCsv]] = {"csv": ChangesCsv}


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
    asked: NamedDependency[ViewRequest],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    claimant: Annotated[
        str | None, QueryParameter(description="Changes by this claimant only.", pattern=SLUG_PATTERN)
    ] = None,
    kinds: Annotated[
        list[ChangeKind] | None, QueryParameter(name="kind", description="Changes of these kinds only.")
    ] = None,
    form: Annotated[
        Literal["json", "csv"] | None,
        QueryParameter(
            name="format", description="Stands before `Accept`. CSV gives all changes, on one page."
        ),
    ] = None,
    limit: Limit = None,
) -> Response[SeriesAuditView]:
    """In the order of the record: each change with what stood before and after it, its cause, and its lag.

    A fall of a running total is told with the resets that explain it, or with none: those want explaining.
    """
    moment = asked.moment
    audit = await audit_series(connection, moment, series)
    if not audit.changes:
        raise NotFound(f"timeline {timeline} holds no series {series} at {moment.position}")
    changes = [
        change
        for change in audit.changes
        if (claimant is None or change.claim.claimant == claimant) and (not kinds or change.kind in kinds)
    ]
    name = choose_format(request, form)
    if writer := new_writer(AUDIT_FORMATS, name):
        asked.in_format(name)
        export = Export(request, service, connection, moment, name, writer)
        held = await told(connection, moment, changes)
        return export.page(await export.head(asked.url), writer.changes, held, None)
    walk = ("audit", series, claimant, *sorted(kinds or ()))
    first, size = asked.offset(*walk), page_limit(limit, service)
    shown = await told(connection, moment, changes[first : first + size])
    falls = [fall for fall in audit.falls if claimant in (None, fall.claimant)] if first == 0 else []
    actors = {change.claimant for change in shown} | {fall.claimant for fall in falls}
    view = SeriesAuditView(
        **asked.head,
        series=series,
        total=len(changes),
        kinds=dict(Counter(change.kind for change in changes)),
        changes=shown,
        falls=falls,
        names=await names_of_actors(connection, moment, [actor for actor in actors if actor]),
        next=asked.next(first + size if len(changes) > first + size else None, *walk),
    )
    return Response(view, headers=link_next(view.next))
