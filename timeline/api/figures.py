"""Figures: the series of a timeline, and one series reconciled."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from litestar import Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import Parameter, QueryParameter

from timeline.api.addresses import address, link_next, series_path
from timeline.api.caching import IS_VIEW
from timeline.api.exports import Export
from timeline.api.negotiation import FORMATS, NOT_ACCEPTABLE, PLAIN, Hxl, choose_format, new_writer
from timeline.api.parameters import (
    DATE_OR_TIME_PATTERN,
    FILLED_PATTERN,
    AnyRequest,
    Limit,
    PublishedBy,
    TimelineId,
    read_time,
    restore_plus,
)
from timeline.api.problems import problem_responses
from timeline.api.series_parameters import provide_series_filter
from timeline.api.service import Service
from timeline.api.view_request import ViewRequest, page_limit, raw_documents
from timeline.domain.edtf import named_days
from timeline.domain.errors import NotFound
from timeline.formats.registry import CLAIM_FORMATS
from timeline.formats.writers import ClaimWriter
from timeline.postgres import Connection
from timeline.views.figure_responses import (
    OtherUnit,
    SeriesList,
    SeriesSummary,
    SeriesView,
    series_fields,
)
from timeline.views.queries.exports import PAGE_ROWS, all_claims, series_claims
from timeline.views.queries.names import actors_in, names_of_actors
from timeline.views.queries.policies import NO_CHOICE, POLICY_PATTERN, choose
from timeline.views.queries.series import (
    ClaimKey,
    SeriesPageRequest,
    current_address,
    read_series,
    series_page,
)
from timeline.views.queries.series_addresses import address_history
from timeline.views.queries.series_list import (
    SeriesFilter,
    actors_of_series,
    count_unknown_of_list,
    find_claims,
    list_series,
)

AsOf = Annotated[
    str | None,
    QueryParameter(
        name="as_of",
        description="The figures for this date, an EDTF level-1 date or an RFC 3339 time, by the days that it"
        " names: of each claimant the newest claim whose days end at or before its last day; only where there"
        " is none, a claim whose days hold it, such as 2024 for June. Of a `cumulative` or `increment`"
        " series such a claim is set aside where another claimant's number ends by then. The count of an"
        " incident is selected by its own `as_of`, and one without by when it was said.",
        pattern=DATE_OR_TIME_PATTERN,
    ),
]
PolicyParameter = Annotated[
    str,
    QueryParameter(
        name="policy",
        description="How one figure is chosen among the claims of the newest date: `envelope`, `latest`,"
        " `lowest`, `highest`, `best_grade` or `claimant:<id>`.",
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
SeriesFormat = Annotated[
    ClaimFormatName | None,
    QueryParameter(
        name="format",
        description="The answer's format; takes precedence over `Accept`. A table has the claims, one per"
        " row; without a `limit` it is streamed.",
    ),
]
SeriesIdPath = Annotated[
    str, Parameter(description="The series' id.", pattern=FILLED_PATTERN, max_length=400)
]


@get(
    "/v1/timelines/{timeline:str}/figures",
    operation_id="getFigures",
    opt=IS_VIEW | {FORMATS: CLAIM_FORMATS},
    dependencies={"series_filter": Provide(provide_series_filter, sync_to_thread=False)},
    summary="The series of figures with their latest claims",
    tags=["Figures"],
    responses=problem_responses(400, 404, *NOT_ACCEPTABLE, 422, 503),
)
async def get_figures(  # noqa: PLR0913 - the parts of the request
    request: AnyRequest,
    timeline: TimelineId,
    view: NamedDependency[ViewRequest],
    series_filter: NamedDependency[SeriesFilter],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    published_by: PublishedBy = None,
    limit: Limit = None,
    form: ClaimFormat = None,
    hxl: Hxl = False,
) -> Response[SeriesList]:
    """By id: each series with every claimant's latest claim, and whether these agree.

    Series are found by the parts of their ids, a claimant, words and their standing. A page looks at a
    limited number of series, so that with filters it may hold few, or none, and still not be the last.
    """
    format_name = choose_format(request, form)
    writer: ClaimWriter | None = new_writer(CLAIM_FORMATS, format_name, hxl=hxl)
    publication = None if published_by is None else read_time(published_by)
    if writer is not None:
        export = Export(request, service, connection, view.moment, format_name, writer)
        return await _export(export, view, series_filter, publication, limit)
    parts = [part for part in (series_filter, published_by) if part not in (SeriesFilter(), None)]
    listing = ("figures", *parts)
    after, size = view.page_start(str, *listing) or "", page_limit(limit, service)
    page = await list_series(connection, view.moment, series_filter, publication, after=after, limit=size)
    next_url = view.next_url(page.next, *listing)
    pins = [*view.pins, *([] if published_by is None else [("published_by", published_by)])]
    summaries = [
        SeriesSummary(
            series=series,
            **series_fields(series),
            latest=raw_documents(standing.documents),
            reconciled=standing.units[0].answer if standing.units else None,
            other_units=[unit.answer for unit in standing.units[1:]],
            url=address(view.base + series_path(timeline, series), pins),
        )
        for series, standing in page.standings.items()
    ]
    answer = SeriesList(
        **view.common_fields,
        published_by=publication,
        publication_unknown=await count_unknown_of_list(connection, view.moment, series_filter, publication),
        series=summaries,
        names=page.names,
        next=next_url,
    )
    return Response(answer, headers=link_next(next_url))


async def _export(
    export: Export[ClaimWriter],
    view: ViewRequest,
    series_filter: SeriesFilter,
    published_by: datetime | None,
    limit: int | None,
) -> Response[Any]:
    """The claims of the series in another format than JSON: a page if the request asks for one, else all."""
    view.set_format(export.format)
    write = export.writer.claims
    if limit is None and not view.is_continued:
        claims = all_claims(
            export.service.heavy_reads.next_connection, view.moment, series_filter, published_by
        )
        return await export.stream(await export.describe_document(view.url), write, claims)
    parts = [part for part in (series_filter, published_by) if part not in (SeriesFilter(), None)]
    listing = ("claims", *parts)
    page = await find_claims(
        export.connection,
        view.moment,
        series_filter,
        published_by,
        after=view.page_start(ClaimKey, *listing),
        limit=page_limit(limit, export.service),
    )
    next_url = view.next_url(page.next, *listing)
    return export.page(await export.describe_document(view.url, next_url), write, page, next_url)


@get(
    "/v1/timelines/{timeline:str}/figures/{series:str}",
    operation_id="getFigure",
    opt=IS_VIEW | {FORMATS: CLAIM_FORMATS},
    summary="One series reconciled",
    tags=["Figures"],
    responses=problem_responses(400, 404, *NOT_ACCEPTABLE, 422, 503),
)
async def get_figure(  # noqa: PLR0913 - the parts of the request
    request: AnyRequest,
    timeline: TimelineId,
    series: SeriesIdPath,
    view: NamedDependency[ViewRequest],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    as_of: AsOf = None,
    published_by: PublishedBy = None,
    policy: PolicyParameter = "envelope",
    limit: Limit = None,
    form: SeriesFormat = None,
    hxl: Hxl = False,
) -> Response[SeriesView]:
    """Each claimant's claim for a date, whether they contradict each other, and all claims up to it.

    Claims are rivals where they are in one unit: each unit has a standing of its own, with the reason in
    words. Three times can be combined. `as_of`: the figures for this date. `at`: as recorded at that position
    or time. `published_by`: only what had been published by then.
    """
    moment = view.moment
    format_name = choose_format(request, form)
    writer: ClaimWriter | None = new_writer(CLAIM_FORMATS, format_name, hxl=hxl)
    date = None if as_of is None else restore_plus(as_of)
    publication = None if published_by is None else read_time(published_by)
    listing = ("claims", series, as_of, published_by)
    page = SeriesPageRequest(
        None if date is None else named_days(date),
        publication,
        view.offset(*listing),
        page_limit(limit, service),
    )
    if publication is not None:  # then, another report of an incident may have led
        series = (await address_history(connection, moment, series, publication))[-1].series
    state = await read_series(connection, moment, series, page)
    if not (state.claims or state.resets or state.standing.units):
        current = await current_address(connection, moment, series)
        if current is None:
            raise NotFound(f"timeline {timeline} has no series {series} at position {moment.position}")
        if current != series:
            series = current
            state = await read_series(connection, moment, series, page)
    if writer is not None:
        export = Export(request, service, connection, moment, format_name, writer)
        return await _export_series(export, view, series, page, listing, limit)
    units = state.standing.units
    choice, *other_choices = [choose(policy, unit) for unit in units] or [NO_CHOICE]
    actors = actors_in([*state.standing.documents, *state.claims]) | actors_of_series(series)
    answer = SeriesView(
        **view.common_fields,
        series=series,
        **series_fields(series),
        as_of=date,
        published_by=publication,
        publication_unknown=state.publication_unknown,
        policy=policy,
        latest=raw_documents(state.standing.documents),
        containing=state.standing.containing,
        reconciled=units[0].answer if units else None,
        chosen=choice.chosen,
        not_chosen=choice.reason,
        other_units=[
            OtherUnit(reconciled=unit.answer, chosen=other.chosen, not_chosen=other.reason)
            for unit, other in zip(units[1:], other_choices, strict=True)
        ],
        claims=raw_documents(state.claims),
        resets=raw_documents(state.resets),
        names=await names_of_actors(connection, moment, actors, publication),
        next=view.next_url(state.next_offset, *listing),
    )
    return Response(answer, headers=link_next(answer.next))


async def _export_series(  # noqa: PLR0913 - the parts of the request
    export: Export[ClaimWriter],
    view: ViewRequest,
    series: str,
    page: SeriesPageRequest,
    listing: tuple[object, ...],
    limit: int | None,
) -> Response[Any]:
    """The claims of one series in another format than JSON: a page if the request asks for one, else all."""
    view.set_format(export.format)
    write = export.writer.claims
    if limit is None and not view.is_continued:
        rest = page._replace(limit=PAGE_ROWS)
        claims = series_claims(export.service.heavy_reads.next_connection, view.moment, series, rest)
        return await export.stream(await export.describe_document(view.url), write, claims)
    rows = await series_page(export.connection, view.moment, series, page)
    next_url = view.next_url(rows.next, *listing)
    return export.page(await export.describe_document(view.url, next_url), write, rows, next_url)
