"""The audit of a series: each change with its cause, and the drops in its running totals."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Literal

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from timeline.api.addresses import link_next
from timeline.api.caching import IS_VIEW
from timeline.api.exports import Export
from timeline.api.figures import SeriesIdPath
from timeline.api.heavy_reads import IS_HEAVY
from timeline.api.negotiation import FORMATS, NOT_ACCEPTABLE, PLAIN, choose_format, new_writer
from timeline.api.parameters import AnyRequest, Limit, PublishedBy, TimelineId, read_time
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.api.view_request import ViewRequest, page_limit
from timeline.domain.errors import NotFound
from timeline.domain.scalars import SLUG_PATTERN
from timeline.formats.registry import AUDIT_FORMATS
from timeline.formats.writers import ChangeWriter
from timeline.postgres import Connection
from timeline.views.documents import ChangeKind
from timeline.views.queries.audit import audit_series, describe_changes
from timeline.views.queries.claim_documents import read_documents
from timeline.views.queries.names import names_of_actors
from timeline.views.queries.published import count_unknown_claims
from timeline.views.queries.series import series_exists
from timeline.views.responses import SeriesAuditView

if TYPE_CHECKING:
    AuditFormatName = str
else:
    AuditFormatName = Literal[(PLAIN, *AUDIT_FORMATS)]

_DOCUMENTS_OF_PAGE_MAX = 1_000
"""Changes of a page for which claims are read without their documents, which are looked up for the page."""


@get(
    "/v1/timelines/{timeline:str}/figures/{series:str}/audit",
    operation_id="getAudit",
    opt=IS_VIEW | IS_HEAVY | {FORMATS: AUDIT_FORMATS},
    summary="Every change to a series, and every drop in its running total",
    tags=["Figures"],
    responses=problem_responses(400, 404, *NOT_ACCEPTABLE, 422, 503),
)
async def get_audit(  # noqa: PLR0913 - the parts of the request
    request: AnyRequest,
    timeline: TimelineId,
    series: SeriesIdPath,
    view: NamedDependency[ViewRequest],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    claimant: Annotated[
        str | None, QueryParameter(description="Only changes by this claimant.", pattern=SLUG_PATTERN)
    ] = None,
    kinds: Annotated[
        list[ChangeKind] | None, QueryParameter(name="kind", description="Only changes of these kinds.")
    ] = None,
    with_silent: Annotated[
        bool,
        QueryParameter(
            name="all",
            description="Also the changes that changed no answer: of a claim that another had superseded,"
            " of the same figure given again, or of something else in a report; so each amendment of a report"
            " that makes a claim of the series is listed. They are marked `silent`.",
        ),
    ] = False,
    published_by: PublishedBy = None,
    form: Annotated[
        AuditFormatName | None,
        QueryParameter(
            name="format",
            description="The answer's format; takes precedence over `Accept`. CSV has all changes, on one"
            " page.",
        ),
    ] = None,
    limit: Limit = None,
) -> Response[SeriesAuditView]:
    """Changes in log order, each with what the claimant answered for that date before and after it, and why.

    When a report is retracted, what it had replaced stands again. Each drop in a running total says how much
    of it adjustments explain; the remainder is unexplained.
    """
    moment = view.moment
    publication = None if published_by is None else read_time(published_by)
    format_name, size = choose_format(request, form), page_limit(limit, service)
    is_whole = format_name != PLAIN or size > _DOCUMENTS_OF_PAGE_MAX
    audit = await audit_series(
        connection,
        moment,
        series,
        publication,
        with_amendments=with_silent,
        is_shown_whole=is_whole,
    )
    if not audit.exists and not (publication and await series_exists(connection, moment, series)):
        raise NotFound(f"timeline {timeline} has no series {series} at position {moment.position}")
    changes = [
        change
        for change in audit.changes
        if (with_silent or not change.is_silent)
        and claimant in (None, change.line.claimant)
        and (not kinds or change.kind in kinds)
    ]
    writer: ChangeWriter | None = new_writer(AUDIT_FORMATS, format_name)
    if writer is not None:
        view.set_format(format_name)
        export = Export(request, service, connection, moment, format_name, writer)
        rows = await describe_changes(connection, moment, changes, audit.causes)
        return export.page(await export.describe_document(view.url), writer.changes, rows, None)
    listing = ("audit", series, claimant, with_silent, published_by, *sorted(kinds or ()))
    offset = view.offset(*listing)
    page = changes[offset : offset + size]
    drops = [drop for drop in audit.drops if claimant in (None, drop.claimant)] if offset == 0 else []
    if not is_whole:
        await read_documents(connection, moment, (*page, *drops))
    rows = await describe_changes(connection, moment, page, audit.causes)
    falls = [drop.describe() for drop in drops]
    actors = {change.claimant for change in rows} | {fall.claimant for fall in falls}
    answer = SeriesAuditView(
        **view.common_fields,
        series=audit.series,
        published_by=publication,
        publication_unknown=await count_unknown_claims(connection, moment, audit.series, publication),
        total=len(changes),
        kinds=dict(Counter(change.kind for change in changes)),
        changes=rows,
        falls=falls,
        names=await names_of_actors(connection, moment, actors, publication),
        next=view.next_url(offset + size if len(changes) > offset + size else None, *listing),
    )
    return Response(answer, headers=link_next(answer.next))
