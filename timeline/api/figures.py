"""Figures: the series of a timeline, and one series reconciled."""

from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import Parameter, QueryParameter
from msgspec import Raw

from timeline.api.caching import IS_VIEW
from timeline.api.parameters import (
    DATE_OR_TIME_PATTERN,
    FILLED_PATTERN,
    Asked,
    Limit,
    TimelineId,
    link_next,
    page_limit,
)
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.domain.errors import NotFound
from timeline.domain.when import as_of_instant
from timeline.postgres import Connection
from timeline.views import series as views
from timeline.views.answers import SeriesList, SeriesSummary, SeriesView
from timeline.views.names import names_of
from timeline.views.series import Latest

_NONE = Latest([], None)

AsOf = Annotated[
    str | None,
    QueryParameter(
        name="as_of",
        description="The last date that figures may speak for: an EDTF level-1 date or an RFC 3339 time.",
        pattern=DATE_OR_TIME_PATTERN,
    ),
]
SeriesName = Annotated[str, Parameter(description="The series' id.", pattern=FILLED_PATTERN, max_length=400)]


@get(
    "/v1/timelines/{timeline:str}/figures",
    operation_id="getFigures",
    opt=IS_VIEW,
    summary="The series of figures with their latest standing",
    tags=["Figures"],
    responses=problem_responses(400, 404, 503),
)
async def get_figures(
    timeline: TimelineId,
    asked: NamedDependency[Asked],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    limit: Limit = None,
) -> Response[SeriesList]:
    """By id: each series with every claimant's latest claim, and how these stand to each other."""
    size = page_limit(limit, service)
    after = asked.after(str, "figures") or ""
    found = await views.series_page(connection, asked.moment, after=after, limit=size + 1)
    latest = await views.latest_claims(connection, asked.moment, found[:size])
    following = asked.next(found[size - 1] if len(found) > size else None, "figures")
    page = SeriesList(
        **asked.head,
        series=[_summary(timeline, name, latest.get(name, _NONE), asked) for name in found[:size]],
        next=following,
    )
    return Response(page, headers=link_next(following))


def _summary(timeline: str, name: str, latest: Latest, asked: Asked) -> SeriesSummary:
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
    asked: NamedDependency[Asked],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    as_of: AsOf = None,
    limit: Limit = None,
) -> Response[SeriesView]:
    """What each claimant last said by a date, whether they contradict each other, and all claims up to it."""
    until = _as_of(as_of)
    moment = asked.moment
    latest = (await views.latest_claims(connection, moment, [series], until)).get(series, _NONE)
    walk = ("claims", series, as_of)
    claims, following = await views.claims_page(
        connection,
        moment,
        series,
        until,
        offset=asked.after(int, *walk) or 0,
        limit=page_limit(limit, service),
    )
    resets = await views.resets(connection, moment, series, until)
    if not claims and not resets and not await views.is_known(connection, moment, series):
        raise NotFound(f"timeline {timeline} holds no series {series} at {moment.position}")
    view = SeriesView(
        **asked.head,
        series=series,
        as_of=until,
        latest=latest.claims,
        reconciled=latest.reconciled,
        claims=[Raw(document) for document in claims],  # type: ignore[misc] # ready to send
        resets=resets,
        names=await names_of(connection, moment, [*latest.documents, *claims]),
        next=asked.next(following, *walk),
    )
    return Response(view, headers=link_next(view.next))


def _as_of(text: str | None) -> datetime | None:
    # a plus sign that was not escaped in the address has come in as a blank
    return None if text is None else as_of_instant(text.replace(" ", "+"))
