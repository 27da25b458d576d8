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
from timeline.domain.scalars import COUNTRY_PATTERN, SLUG_PATTERN
from timeline.postgres import Connection
from timeline.views.queries.names import names_of_actors
from timeline.views.queries.totals import TOTALS_POLICY_PATTERN, TotalsQuery, totals
from timeline.views.responses import TOTALS_KEYS, TotalsView

if TYPE_CHECKING:
    TotalsKey = str
else:
    TotalsKey = Literal[TOTALS_KEYS]
MeasureParameter = Annotated[IncidentMeasure, Parameter(description="What is added up.")]
ByParameter = Annotated[
    list[TotalsKey] | None,
    Parameter(
        description="What the lines are made by, in any order; only the total if absent.",
        max_items=len(TOTALS_KEYS),
    ),
]
TotalsPolicyParameter = Annotated[
    str,
    Parameter(
        description=(
            "How one figure is made of rival claims on an incident: `envelope` (from the least low to the"
            " greatest high, with the newest claim's best), or the claim that is `latest`, `lowest`,"
            " `highest` or of one claimant (`claimant:<id>`)."
        ),
        pattern=TOTALS_POLICY_PATTERN,
        max_length=100,
    ),
]
CategoryParameter = Annotated[
    str,
    Parameter(
        description="The one category to add up, such as `civilian`; of equipment, the item.",
        pattern=SLUG_PATTERN,
        max_length=80,
    ),
]
SubjectParameter = Annotated[
    str | None,
    Parameter(description="Whose losses; those of all if absent.", pattern=SLUG_PATTERN, max_length=80),
]
CountryParameter = Annotated[
    str | None, Parameter(description="The incident's country.", pattern=COUNTRY_PATTERN)
]
TotalsActor = Annotated[
    str | None,
    Parameter(
        description="An actor that acts or suffers in the incident, not one that only reports it.",
        pattern=SLUG_PATTERN,
        max_length=80,
    ),
]
TotalsSince = Annotated[
    str | None,
    QueryParameter(
        name="from", description=f"Nothing that began before. {DATE_WORDS}", pattern=DATE_OR_TIME_PATTERN
    ),
]
TotalsUntil = Annotated[
    str | None,
    QueryParameter(
        name="to", description=f"Nothing that began after. {DATE_WORDS}", pattern=DATE_OR_TIME_PATTERN
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
    responses=problem_responses(400, 404, 503),
)
async def get_totals(  # noqa: PLR0913 - the parts of the request
    timeline: TimelineId,  # noqa: ARG001 - read by the dependencies
    view: NamedDependency[ViewRequest],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    totals_query: NamedDependency[TotalsQuery],
    limit: Limit = None,
) -> Response[TotalsView]:
    """Low, best and high of the tolls of incidents, added up; what overlaps is not added up silently.

    An incident counts once, however many reports of it there are, in the month and year in which it began at
    the earliest. Each claimant's last claim counts, and the policy first makes one figure of rival claims.
    Categories overlap: only one is added up, and incidents that have the measure only in others are counted
    as `left_out`. A claim for the subject `all` stands for its incident, and those for single subjects are
    then set aside; where there is none they are added, and counted in `several_subjects`. By actor an
    incident is in the line of each of its actors, so that the lines must not be added up.
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
        **view.head,
        measure=totals_query.measure,
        category=totals_query.category,
        policy=totals_query.policy,
        by=list(totals_query.by),
        overlapping="actor" in totals_query.by,
        total=result.total,
        lines=result.lines,
        names=await names_of_actors(connection, view.moment, actors),
        next=view.next(result.next_offset, *listing),
    )
    return Response(answer, headers=link_next(answer.next))
