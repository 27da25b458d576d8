"""Totals of incident figures: low, best and high summed, and how much of them is unknown."""

from typing import TYPE_CHECKING, Annotated, Literal

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import Parameter, QueryParameter

from timeline.api.addresses import link_next
from timeline.api.caching import IS_VIEW
from timeline.api.parameters import (
    DATE_OR_TIME_PATTERN,
    DATE_WORDS,
    Limit,
    Tags,
    TimelineId,
    read_span,
)
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.api.view_request import ViewRequest, page_limit
from timeline.domain.errors import Malformed
from timeline.domain.events import IncidentMeasure
from timeline.domain.scalars import COUNTRY_PATTERN, SLUG_LENGTH_MAX, SLUG_PATTERN
from timeline.postgres import Connection
from timeline.views.queries.names import names_of_actors
from timeline.views.queries.totals import TOTALS_POLICY_PATTERN, TotalsQuery, totals
from timeline.views.responses import TOTALS_KEYS, TotalsView

if TYPE_CHECKING:
    TotalsKey = str
else:
    TotalsKey = Literal[TOTALS_KEYS]
MeasureParameter = Annotated[IncidentMeasure, Parameter(description="What to add up.")]
ByParameter = Annotated[
    list[TotalsKey] | None,
    Parameter(
        description="Group by these keys; without any, only the total.",
        max_items=len(TOTALS_KEYS),
    ),
]
TotalsPolicyParameter = Annotated[
    str,
    Parameter(
        description=(
            "How rival claims about an incident become one figure: `envelope` (from the lowest low to the"
            " highest high, with the newest claim's best), or a single claim: the `latest`, the `lowest`, the"
            " `highest`, or that of one claimant (`claimant:<id>`)."
        ),
        pattern=TOTALS_POLICY_PATTERN,
        max_length=100,
    ),
]
CategoryParameter = Annotated[
    str,
    Parameter(
        description="The category to add up, such as `civilian`; for equipment, the item.",
        pattern=SLUG_PATTERN,
        max_length=SLUG_LENGTH_MAX,
    ),
]
SubjectParameter = Annotated[
    str | None,
    Parameter(description="Only losses of this actor.", pattern=SLUG_PATTERN, max_length=SLUG_LENGTH_MAX),
]
CountryParameter = Annotated[
    str | None,
    Parameter(description="Only incidents in this country, such as `UA`.", pattern=COUNTRY_PATTERN),
]
TotalsActor = Annotated[
    str | None,
    Parameter(
        description="Only incidents that involve this actor on either side, not those that it only reports.",
        pattern=SLUG_PATTERN,
        max_length=SLUG_LENGTH_MAX,
    ),
]
TotalsSince = Annotated[
    str | None,
    QueryParameter(
        name="from",
        description=f"Leave out incidents that began before this date. {DATE_WORDS}",
        pattern=DATE_OR_TIME_PATTERN,
    ),
]
TotalsUntil = Annotated[
    str | None,
    QueryParameter(
        name="to",
        description=f"Leave out incidents that began after this date. {DATE_WORDS}",
        pattern=DATE_OR_TIME_PATTERN,
    ),
]


def provide_totals_query(  # noqa: PLR0913 - the parts of the query
    measure: MeasureParameter,
    by: ByParameter = None,
    policy: TotalsPolicyParameter = "envelope",
    category: CategoryParameter = "all",
    subject: SubjectParameter = None,
    country: CountryParameter = None,
    actor: TotalsActor = None,
    tag: Tags = None,
    since: TotalsSince = None,
    until: TotalsUntil = None,
) -> TotalsQuery:
    """What to add up; the tags are those of the reports that make the claims."""
    if len(set(by or ())) < len(by or ()):
        raise Malformed("each key of `by` may be given only once", path="by")
    return TotalsQuery(
        measure=measure,
        by=tuple(key for key in TOTALS_KEYS if key in (by or ())),
        policy=policy,
        category=category,
        subject=subject,
        country=country,
        actor=actor,
        tags=tuple(sorted(set(tag or ()))),
        since=read_span(since),
        until=read_span(until),
    )


@get(
    "/v1/timelines/{timeline:str}/totals",
    operation_id="getTotals",
    opt=IS_VIEW,
    summary="Totals of incident figures",
    tags=["Figures"],
    responses=problem_responses(400, 404, 410, 503),
)
async def get_totals(  # noqa: PLR0913 - the parts of the request
    timeline: TimelineId,  # noqa: ARG001 - read by the dependencies
    view: NamedDependency[ViewRequest],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    totals_query: NamedDependency[TotalsQuery],
    limit: Limit = None,
) -> Response[TotalsView]:
    """Adds up incident figures (low, best, high) without double counting.

    Each incident counts once, in the month it began. Where claimants differ, the policy picks one figure.
    Only one category is added up; incidents that have figures only in others are counted in `left_out`.
    Grouped by actor, an incident appears once per actor, so do not add those rows.
    """
    listing = ("totals", totals_query)
    result = await totals(
        connection,
        view.moment,
        totals_query,
        offset=view.offset(*listing),
        limit=page_limit(limit, service),
    )
    actors = {actor for line in result.lines if (actor := line.keys.get("actor"))}
    answer = TotalsView(
        **view.common_fields,
        measure=totals_query.measure,
        category=totals_query.category,
        policy=totals_query.policy,
        by=list(totals_query.by),
        overlapping="actor" in totals_query.by,
        total=result.total,
        lines=result.lines,
        names=await names_of_actors(connection, view.moment, actors),
        next=view.next_url(result.next_offset, *listing),
    )
    return Response(answer, headers=link_next(answer.next))
