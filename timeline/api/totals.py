"""Totals of incident figures: low, best and high summed, and what is left out for which reason."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import Parameter, QueryParameter
from msgspec.structs import asdict

from timeline.api.addresses import link_next
from timeline.api.caching import IS_VIEW
from timeline.api.exports import Export
from timeline.api.heavy_reads import IS_HEAVY
from timeline.api.negotiation import FORMATS, NOT_ACCEPTABLE, PLAIN, choose_format, new_writer
from timeline.api.parameters import (
    DATE_OR_TIME_PATTERN,
    DATE_WORDS,
    FILLED_PATTERN,
    TAGS_MAX,
    AnyRequest,
    Limit,
    PublishedBy,
    Tag,
    TimelineId,
    read_time,
    restore_plus,
)
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.api.view_request import ViewRequest, page_limit
from timeline.domain.claims import IncidentMeasure, fold_unit
from timeline.domain.edtf import Days, named_days
from timeline.domain.errors import Malformed
from timeline.domain.scalars import COUNTRY_PATTERN, SLUG_LENGTH_MAX, SLUG_PATTERN
from timeline.formats.registry import TOTALS_FORMATS
from timeline.formats.totals_csv import TotalsCsv, TotalsRow
from timeline.postgres import Connection
from timeline.views.queries.names import names_of_actors
from timeline.views.queries.totals import TOTALS_POLICY_PATTERN, Totals, TotalsQuery, totals
from timeline.views.totals_responses import TOTALS_KEYS, TotalsLine, TotalsView

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
UnitParameter = Annotated[
    str | None,
    Parameter(
        description="The unit to add up, such as `battalions`; if absent people, or items of equipment.",
        pattern=FILLED_PATTERN,
        max_length=100,
    ),
]
SubjectParameter = Annotated[
    str | None,
    Parameter(description="Only losses of this actor.", pattern=SLUG_PATTERN, max_length=SLUG_LENGTH_MAX),
]
CountryParameter = Annotated[
    str | None,
    Parameter(
        description="Only incidents that any report places in this country, such as `UA`.",
        pattern=COUNTRY_PATTERN,
    ),
]
PlaceParameter = Annotated[
    str | None,
    Parameter(
        description="Only incidents that any report has at a place or in a first-level unit of this name.",
        pattern=FILLED_PATTERN,
        max_length=500,
    ),
]
TotalsActor = Annotated[
    str | None,
    Parameter(
        description="Only incidents in which this actor acts or suffers, as any report or count says; not"
        " those that it only reports.",
        pattern=SLUG_PATTERN,
        max_length=SLUG_LENGTH_MAX,
    ),
]
TotalsTags = Annotated[
    list[Tag] | None,
    Parameter(
        description="Only incidents that have all of these tags, in whichever reports.", max_items=TAGS_MAX
    ),
]
TotalsSince = Annotated[
    str | None,
    QueryParameter(
        name="from",
        description=f"Only incidents that lie wholly on or after the first day of this date. {DATE_WORDS}",
        pattern=DATE_OR_TIME_PATTERN,
    ),
]
TotalsUntil = Annotated[
    str | None,
    QueryParameter(
        name="to",
        description=f"Only incidents that lie wholly on or before the last day of this date. {DATE_WORDS}",
        pattern=DATE_OR_TIME_PATTERN,
    ),
]


if TYPE_CHECKING:
    TotalsFormatName = str
else:
    TotalsFormatName = Literal[(PLAIN, *TOTALS_FORMATS)]
TotalsFormat = Annotated[
    TotalsFormatName | None,
    QueryParameter(
        name="format",
        description="The answer's format; takes precedence over `Accept`. CSV has all lines, if there is no"
        " `limit`.",
    ),
]
TABLE_LINES_MAX = 100_000
"""How many lines a table of totals has at most, where the request sets no limit; more are on a next page."""


def provide_totals_query(  # noqa: PLR0913 - the parts of the query
    measure: MeasureParameter,
    by: ByParameter = None,
    policy: TotalsPolicyParameter = "envelope",
    category: CategoryParameter = "all",
    unit: UnitParameter = None,
    subject: SubjectParameter = None,
    country: CountryParameter = None,
    place: PlaceParameter = None,
    actor: TotalsActor = None,
    tag: TotalsTags = None,
    since: TotalsSince = None,
    until: TotalsUntil = None,
    published_by: PublishedBy = None,
) -> TotalsQuery:
    """What to add up."""
    if len(set(by or ())) < len(by or ()):
        raise Malformed("each key of `by` may be given only once", path="by")
    return TotalsQuery(
        measure=measure,
        by=tuple(key for key in TOTALS_KEYS if key in (by or ())),
        policy=policy,
        category=category,
        unit=unit and fold_unit(unit),
        subject=subject,
        country=country,
        place=place,
        actor=actor,
        tags=tuple(sorted(set(tag or ()))),
        since=_days(since),
        until=_days(until),
        published_by=None if published_by is None else read_time(published_by),
    )


def _days(text: str | None) -> Days | None:
    return None if text is None else named_days(restore_plus(text))


@get(
    "/v1/timelines/{timeline:str}/totals",
    operation_id="getTotals",
    opt=IS_VIEW | IS_HEAVY | {FORMATS: TOTALS_FORMATS},
    summary="Totals of incident figures",
    tags=["Figures"],
    responses=problem_responses(400, 404, *NOT_ACCEPTABLE, 422, 503),
)
async def get_totals(  # noqa: PLR0913 - the parts of the request
    request: AnyRequest,
    timeline: TimelineId,  # noqa: ARG001 - read by the dependencies
    view: NamedDependency[ViewRequest],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    totals_query: NamedDependency[TotalsQuery],
    limit: Limit = None,
    form: TotalsFormat = None,
) -> Response[TotalsView]:
    """Adds up incident figures (low, best, high) without double counting.

    An incident counts once, however its reports and counts are linked. `low` and `high` add bounds as
    published, those out of order too; `best` adds only figures that have a best number, and `best_incidents`,
    `best_low` and `best_high` say of which incidents. Where claimants differ, the policy makes one figure of
    each one's newest count. Only one unit and one category are added up.

    A claim of the subject `all` is taken, and claims of single subjects stand beside it in `parts`. Where
    these add up to more than it allows they are its rivals: `envelope` then reaches over both and has no
    best. Where there is no claim of `all`, those of single subjects are added.

    Filters and groups are about the incident: its tags, places and time, and who acts or suffers in it, in
    whichever report or count. `from` and `to` take what lies wholly within, so that parts of time add up.
    `month` has a line for a year where an incident spans several of its months, `several_years`, and
    `undated` for what is dated by its recording alone. Grouped by actor, an incident appears once per actor,
    so do not add those lines.

    `published_by` hides what the world had not been told by then. Hidden is not retracted: an incident whose
    reports are hidden, and whose count is not, is counted.

    What is left out is counted once, for the first reason of: its report is retracted, it is undated (with
    `from` or `to`), it straddles one of these, it has figures only in another unit, only in other categories,
    none is reported, there is no number, or only other claimants than the policy's count it.
    """
    format_name = choose_format(request, form)
    writer: TotalsCsv | None = new_writer(TOTALS_FORMATS, format_name)
    listing = ("totals", totals_query)
    size = page_limit(limit, service) if writer is None or limit else TABLE_LINES_MAX
    offset = view.offset(*listing)
    result = await totals(connection, view.moment, totals_query, offset=offset, limit=size)
    actors = {actor for line in result.lines if (actor := line.keys.get("actor"))}
    actors |= {part.subject for part in result.parts}
    names = await names_of_actors(connection, view.moment, actors, totals_query.published_by)
    next_url = view.next_url(result.next_offset, *listing)
    if writer is not None:
        view.set_format(format_name)
        export = Export(request, service, connection, view.moment, format_name, writer)
        head = await export.describe_document(view.url, next_url)
        return export.page(head, writer.lines, _table_rows(totals_query, result, names), next_url)
    answer = TotalsView(
        **view.common_fields,
        measure=totals_query.measure,
        category=totals_query.category,
        unit=totals_query.added_unit,
        policy=totals_query.policy,
        by=list(totals_query.by),
        overlapping="actor" in totals_query.by,
        total=result.total,
        lines=result.lines,
        parts=result.parts,
        left_out=sum(part.incidents for part in result.left_out),
        left_out_reasons=result.left_out,
        published_by=totals_query.published_by,
        publication_unknown=result.publication_unknown,
        names=names,
        next=next_url,
    )
    return Response(answer, headers=link_next(answer.next))


def _table_rows(query: TotalsQuery, result: Totals, names: Mapping[str, str]) -> list[TotalsRow]:
    """The lines as rows of a table; the total as the only one where nothing is grouped."""
    lines = result.lines if query.by else [TotalsLine(keys={}, **asdict(result.total))]
    added = (query.measure, query.category, query.added_unit, query.policy)
    return [TotalsRow(*added, line.keys, names, asdict(line)) for line in lines]
