"""Figures: the series of a timeline, and one series reconciled."""

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import Parameter, QueryParameter
from msgspec import Raw

from timeline.api.caching import IS_VIEW
from timeline.api.exports import Export
from timeline.api.negotiation import FORMATS, NOT_ACCEPTABLE, Hxl, choose_format, new_writer
from timeline.api.parameters import (
    ADDRESSED_TIME_PATTERN,
    DATE_OR_TIME_PATTERN,
    FILLED_PATTERN,
    AnyRequest,
    Limit,
    TimelineId,
    ViewRequest,
    addressed,
    link_next,
    page_limit,
    read_time,
)
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.domain.edtf import as_of_instant
from timeline.domain.errors import NotFound
from timeline.domain.unchecked import unchecked
from timeline.formats.registry import CLAIM_FORMATS
from timeline.formats.writers import ClaimPage
from timeline.postgres import Connection
from timeline.views.documents import ClaimDocument
from timeline.views.queries import series as views
from timeline.views.queries.exports import all_claims, claims_page
from timeline.views.queries.names import names_of
from timeline.views.queries.policies import POLICY_PATTERN, choose
from timeline.views.queries.published import published_claims
from timeline.views.queries.series import LatestClaims, read_claim_key
from timeline.views.responses import SeriesList, SeriesSummary, SeriesView

AsOf = Annotated[
    str | None,
    QueryParameter(
        name="as_of",
        description="The last date that figures may speak for: an EDTF level-1 date or an RFC 3339 time.",
        pattern=DATE_OR_TIME_PATTERN,
    ),
]
PublishedBy = Annotated[
    str | None,
    QueryParameter(
        name="published_by",
        description="An RFC 3339 time: only what was published by then counts, whenever it was recorded.",
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
ClaimFormat = Annotated[
    Literal["json", "csv", "parquet"] | None,
    QueryParameter(
        name="format",
        description="The answer's format; stands before `Accept`. A table holds all claims of all series,"
        " a claim a row; without a `limit` it is streamed.",
    ),
]
SeriesName = Annotated[str, Parameter(description="The series' id.", pattern=FILLED_PATTERN, max_length=400)]


@get(
    "/v1/timelines/{timeline:str}/figures",
    operation_id="getFigures",
    opt=IS_VIEW | {FORMATS: CLAIM_FORMATS},
    summary="The series of figures with their latest standing",
    tags=["Figures"],
    responses=problem_responses(400, 404, *NOT_ACCEPTABLE, 503),
)
async def get_figures(  # noqa: PLR0913 - the parts of the request
    request: AnyRequest,
    timeline: TimelineId,
    asked: NamedDependency[ViewRequest],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    limit: Limit = None,
    form: ClaimFormat = None,
    hxl: Hxl = False,
) -> Response[SeriesList]:
    """By id: each series with every claimant's latest claim, and how these stand to each other."""
    name = choose_format(request, form)
    writer = new_writer(CLAIM_FORMATS, name, hxl=hxl)
    if writer is not None:
        return await _export(Export(request, service, connection, asked.moment, name, writer), asked, limit)
    size = page_limit(limit, service)
    after = asked.after(str, "figures") or ""
    found = await views.series_page(connection, asked.moment, after=after, limit=size + 1)
    latest = await views.latest_claims(connection, asked.moment, found[:size])
    following = asked.next(found[size - 1] if len(found) > size else None, "figures")
    page = SeriesList(
        **asked.head,
        series=[_summary(timeline, name, latest.get(name, views.NO_CLAIM), asked) for name in found[:size]],
        next=following,
    )
    return Response(page, headers=link_next(following))


async def _export(export: Export, asked: ViewRequest, limit: int | None) -> Response[Any]:
    """The claims of all series in another format than JSON: a page if one was asked for, else all of them."""
    asked.in_format(export.format)
    write = export.writer.claims
    if limit is None and not asked.goes_on:
        claims = all_claims(export.service.pool.connection, asked.moment)
        return export.stream(await export.head(asked.url), write, claims)
    key = asked.after(str, "claims")
    page = await claims_page(
        export.connection,
        asked.moment,
        after=read_claim_key(key) if key is not None else None,
        limit=page_limit(limit, export.service),
    )
    following = asked.next(page.following and str(page.following), "claims")
    held = ClaimPage(page.documents, page.names)
    return export.page(await export.head(asked.url, following), write, held, following)


def _summary(timeline: str, name: str, latest: LatestClaims, asked: ViewRequest) -> SeriesSummary:
    return SeriesSummary(
        series=name,
        latest=latest.claims,
        reconciled=latest.reconciled,
        url=f"/v1/timelines/{timeline}/figures/{quote(name)}?at={asked.moment.position}",
    )


@get(
    "/v1/timelines/{timeline:str}/figures/{series:str}",
    operation_id="getFigure",
    opt=IS_VIEW,
    summary="One series reconciled",
    tags=["Figures"],
    responses=problem_responses(400, 404, 503),
)
async def get_figure(  # noqa: PLR0913 - the parts of the request
    timeline: TimelineId,
    series: SeriesName,
    asked: NamedDependency[ViewRequest],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    as_of: AsOf = None,
    published_by: PublishedBy = None,
    policy: PolicyParameter = "envelope",
    limit: Limit = None,
) -> Response[SeriesView]:
    """What each claimant last said by a date, whether they contradict each other, and all claims up to it.

    Three times can be asked for at once: `as_of`, the date that figures may speak for; `at`, what the record
    held; and `published_by`, what had been published, whenever it was recorded.
    """
    until, moment = _instant(as_of), asked.moment
    known_by = None if published_by is None else read_time(published_by)
    walk = ("claims", series, as_of, published_by)
    page = {"offset": asked.offset(*walk), "limit": page_limit(limit, service)}
    if known_by is None:
        found = await views.series_at(connection, moment, series, until, **page)
    else:
        rows = await published_claims(connection, moment, series, known_by)
        found = views.series_of(rows, until, **page)
    if not found.claims and not found.resets and not await views.is_known(connection, moment, series):
        raise NotFound(f"timeline {timeline} holds no series {series} at {moment.position}")
    view = SeriesView(
        **asked.head,
        series=series,
        as_of=until,
        published_by=known_by,
        policy=policy,
        latest=found.latest.claims,
        reconciled=found.latest.reconciled,
        chosen=choose(policy, [_claim.decode(document) for document in found.latest.documents]),
        claims=[Raw(document) for document in found.claims],  # type: ignore[misc] # ready to send
        resets=found.resets,
        names=await names_of(connection, moment, [*found.latest.documents, *found.claims]),
        next=asked.next(found.following, *walk),
    )
    return Response(view, headers=link_next(view.next))


_claim = msgspec.json.Decoder(unchecked(ClaimDocument))


def _instant(text: str | None) -> datetime | None:
    return None if text is None else as_of_instant(addressed(text))
