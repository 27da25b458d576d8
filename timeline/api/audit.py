"""The audit of a series: each change, what made it, and the falls that need explaining."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from timeline.api.caching import IS_VIEW
from timeline.api.figures import SeriesName
from timeline.api.parameters import Asked, Limit, TimelineId, link_next, page_limit
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.domain.errors import NotFound
from timeline.domain.figure import Figure
from timeline.domain.terms import SLUG_PATTERN
from timeline.postgres import Connection
from timeline.views.audit_answers import ChangeKind, SeriesAuditView, SeriesChange
from timeline.views.audits import audit_series, told
from timeline.views.names import names_of_actors

CSV = "text/csv; charset=utf-8; header=present"


@get(
    "/v1/timelines/{timeline:str}/figures/{series:str}/audit",
    operation_id="getAudit",
    opt=IS_VIEW,
    summary="Every change of a series, and its falls",
    tags=["Figures"],
    responses=problem_responses(400, 404, 503),
)
async def get_audit(  # noqa: PLR0913 - the parts of the request
    timeline: TimelineId,
    series: SeriesName,
    asked: NamedDependency[Asked],
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    claimant: Annotated[
        str | None, QueryParameter(description="Changes by this claimant only.", pattern=SLUG_PATTERN)
    ] = None,
    kinds: Annotated[
        list[ChangeKind] | None, QueryParameter(name="kind", description="Changes of these kinds only.")
    ] = None,
    form: Annotated[
        Literal["json", "csv"],
        QueryParameter(name="format", description="CSV gives all changes, on one page."),
    ] = "json",
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
    if form == "csv":
        return Response(_csv(await told(connection, moment, changes)), media_type=CSV)  # type: ignore[arg-type] # the documentation tells of both
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


def _csv(changes: Iterable[SeriesChange]) -> bytes:
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow(_COLUMNS)
    cells = list(_COLUMNS.values())
    rows.writerows([cell(change) for cell in cells] for change in changes)
    return out.getvalue().encode()


def _number(figure: Figure | None) -> int | str | None:
    """The figure's number; of one that names only bounds, these."""
    if figure is None:
        return None
    if figure.point is not None:
        return figure.point
    bounds = figure.bounds
    return f"{bounds.low}..{'' if bounds.high is None else bounds.high}"


def _time(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z") if instant else None


_COLUMNS: Mapping[str, Callable[[SeriesChange], object]] = {
    "position": lambda change: change.position,
    "kind": lambda change: change.kind,
    "claimant": lambda change: change.claimant,
    "as_of": lambda change: _time(change.as_of),
    "before_as_of": lambda change: _time(change.before_as_of),
    "before_qualifier": lambda change: change.before and change.before.qualifier,
    "before": lambda change: _number(change.before),
    "after_qualifier": lambda change: change.after and change.after.qualifier,
    "after": lambda change: _number(change.after),
    "difference": lambda change: change.difference,
    "adjustment": lambda change: change.adjustment,
    "reason": lambda change: change.reason,
    "source": lambda change: change.source,
    "cause": lambda change: change.cause,
    "cause_type": lambda change: change.cause_type,
    "publishers": lambda change: " ".join(source.publisher for source in change.sources),
    "published_at": lambda change: _time(change.published_at),
    "recorded_at": lambda change: _time(change.recorded_at),
    "lag_seconds": lambda change: change.lag_seconds,
}
