"""Figures: the series of a timeline, and one series reconciled."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import Parameter, QueryParameter

from timeline.api.addresses import address, link_next, series_path
from timeline.api.caching import IS_VIEW
from timeline.api.exports import Export
from timeline.api.negotiation import FORMATS, NOT_ACCEPTABLE, PLAIN, Hxl, choose_format, new_writer
from timeline.api.parameters import (
    ADDRESSED_TIME_PATTERN,
    DATE_OR_TIME_PATTERN,
    FILLED_PATTERN,
    AnyRequest,
    Limit,
    TimelineId,
    read_time,
    restore_plus,
)
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.api.view_request import ViewRequest, page_limit, raw_documents
from timeline.domain.edtf import named_days
from timeline.domain.errors import NotFound
from timeline.domain.unchecked import unchecked
from timeline.formats.registry import CLAIM_FORMATS
from timeline.formats.writers import ClaimWriter
from timeline.postgres import Connection
from timeline.views.documents import ClaimDocument
from timeline.views.queries import series as queries
from timeline.views.queries.exports import all_claims
from timeline.views.queries.names import names_of
from timeline.views.queries.policies import POLICY_PATTERN, choose
from timeline.views.queries.published import published_claims
from timeline.views.queries.series import ClaimKey
from timeline.views.responses import SeriesList, SeriesSummary, SeriesView

AsOf = Annotated[
    str | None,
    QueryParameter(
        name="as_of",
        description="Only figures for dates up to this one: an EDTF level-1 date or an RFC 3339 time.",
        pattern=DATE_OR_TIME_PATTERN,
    ),
]
PublishedBy = Annotated[
    str | None,
    QueryParameter(
        name="published_by",
        description="Only what had been published by this RFC 3339 time, whenever it was recorded.",
        pattern=ADDRESSED_TIME_PATTERN,
    ),
]
PolicyParameter = Annotated[
    str,
    QueryParameter(
        name="policy",
        description="How one figure is chosen among the latest claims: `envelope`, `latest`, `lowest`,"
        " `highest`, `best_grade` or `claimant:<id>`.",
        pattern=POLICY_PATTERN,
    ),
]
if TYPE_CHECKING:
    ClaimFormatName = str
else:
    ClaimFormatName = Literal[(PLAIN, *CLAIM_FORMATS)]
ClaimFormat = Annotated[
    ClaimFormatName | None,
    QueryParameter(
        name="format",
        description="The answer's format; takes precedence over `Accept`. A table has all claims of all"
        " series, one claim per row; without a `limit` it is streamed.",
    ),
]
SeriesIdPath = Annotated[
    str, Parameter(description="The series' id.", pattern=FILLED_PATTERN, max_length=400)
]


_claim = msgspec.json.Decoder(unchecked(ClaimDocument))


@get(
    "/v1/timelines/{timeline:str}/figures",
    operation_id="getFigures",
    opt=IS_VIEW | {FORMATS: CLAIM_FORMATS},
    summary="The series of figures with their latest claims",
    tags=["Figures"],
    responses=problem_responses(400, 404, *NOT_ACCEPTABLE, 410, 503),
)
async def get_figures(  # noqa: PLR0913 - the parts of the request
    request: AnyRequest,
    timeline: TimelineId,
    view: NamedDependency[ViewRequest],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    limit: Limit = None,
    form: ClaimFormat = None,
    hxl: Hxl = False,
) -> Response[SeriesList]:
    """By id: each series with every claimant's latest claim, and whether these agree."""
    format_name = choose_format(request, form)
    writer: ClaimWriter | None = new_writer(CLAIM_FORMATS, format_name, hxl=hxl)
    if writer is not None:
        export = Export(request, service, connection, view.moment, format_name, writer)
        return await _export(export, view, limit)
    size = page_limit(limit, service)
    after = view.page_start(str, "figures") or ""
    names = await queries.series_page(connection, view.moment, after=after, limit=size + 1)
    latest = await queries.latest_claims(connection, view.moment, names[:size])
    next_url = view.next_url(names[size - 1] if len(names) > size else None, "figures")
    summaries = []
    for series in names[:size]:
        claims = latest.get(series, queries.NO_CLAIM)
        summaries.append(
            SeriesSummary(
                series=series,
                latest=raw_documents(claims.documents),
                reconciled=claims.reconciled,
                url=address(series_path(timeline, series), view.pins),
            )
        )
    answer = SeriesList(**view.common_fields, series=summaries, next=next_url)
    return Response(answer, headers=link_next(next_url))


async def _export(export: Export[ClaimWriter], view: ViewRequest, limit: int | None) -> Response[Any]:
    """The claims of all series in another format than JSON: a page if the request asks for one, else all."""
    view.set_format(export.format)
    write = export.writer.claims
    if limit is None and not view.is_continued:
        claims = all_claims(export.service.pool.connection, view.moment)
        return export.stream(await export.describe_document(view.url), write, claims)
    page = await queries.all_claims_page(
        export.connection,
        view.moment,
        after=view.page_start(ClaimKey, "claims"),
        limit=page_limit(limit, export.service),
    )
    next_url = view.next_url(page.next, "claims")
    return export.page(await export.describe_document(view.url, next_url), write, page, next_url)


@get(
    "/v1/timelines/{timeline:str}/figures/{series:str}",
    operation_id="getFigure",
    opt=IS_VIEW,
    summary="One series reconciled",
    tags=["Figures"],
    responses=problem_responses(400, 404, 410, 503),
)
async def get_figure(  # noqa: PLR0913 - the parts of the request
    timeline: TimelineId,
    series: SeriesIdPath,
    view: NamedDependency[ViewRequest],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    as_of: AsOf = None,
    published_by: PublishedBy = None,
    policy: PolicyParameter = "envelope",
    limit: Limit = None,
) -> Response[SeriesView]:
    """Each claimant's latest claim by a date, whether they contradict each other, and all claims up to it.

    Three times can be combined. `as_of`: only figures for dates up to this one. `at`: as recorded at that
    position or time. `published_by`: only what had been published by then.
    """
    moment = view.moment
    last_date = None if as_of is None else named_days(restore_plus(as_of)).last
    publication = None if published_by is None else read_time(published_by)
    listing = ("claims", series, as_of, published_by)
    page = {"offset": view.offset(*listing), "limit": page_limit(limit, service)}
    if publication is None:
        state = await queries.read_series(connection, moment, series, last_date, **page)
    else:
        rows = await published_claims(connection, moment, series, publication)
        state = queries.compute_series(rows, last_date, **page)
    if not state.claims and not state.resets and not await queries.series_exists(connection, moment, series):
        raise NotFound(f"timeline {timeline} has no series {series} at position {moment.position}")
    answer = SeriesView(
        **view.common_fields,
        series=series,
        as_of=last_date,
        published_by=publication,
        policy=policy,
        latest=raw_documents(state.latest.documents),
        reconciled=state.latest.reconciled,
        chosen=choose(policy, [_claim.decode(document) for document in state.latest.documents]),
        claims=raw_documents(state.claims),
        resets=raw_documents(state.resets),
        names=await names_of(connection, moment, [*state.latest.documents, *state.claims]),
        next=view.next_url(state.next_offset, *listing),
    )
    return Response(answer, headers=link_next(answer.next))
