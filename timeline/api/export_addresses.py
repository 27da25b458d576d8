"""Files, tables and feeds at addresses of their own: `…/export` below each view that has them beside JSON.

A view's own address answers in them too, where `format` or `Accept` asks for one. In a client that is
generated from the contract, though, an answer in several media types has no type but "anything"; so the
contract documents each view's address with its JSON alone, and the other formats here.
"""

from litestar import get
from litestar.handlers import HTTPRouteHandler

from timeline.api import audit, entries, events, figures, totals
from timeline.api.negotiation import IS_EXPORT

_SUMMARIES = {
    "exportTimeline": (entries.get_timeline, "The timeline as a map, a table, a feed or a slide show"),
    "exportEvents": (events.get_events, "The log as lines of JSON or as CloudEvents"),
    "exportFigures": (figures.get_figures, "All claims of all series as a table"),
    "exportFigure": (figures.get_figure, "The claims of one series as a table"),
    "exportAudit": (audit.get_audit, "The changes to a series as a table"),
    "exportTotals": (totals.get_totals, "Totals of incident figures as a table"),
}


def export_handlers() -> list[HTTPRouteHandler]:
    """The handlers of views once more, each at the address of its exports."""
    return [_export(view, operation_id, summary) for operation_id, (view, summary) in _SUMMARIES.items()]


def _export(view: HTTPRouteHandler, operation_id: str, summary: str) -> HTTPRouteHandler:
    (path,) = view.paths
    decorate = get(
        f"{path}/export",
        operation_id=operation_id,
        opt=view.opt | {IS_EXPORT: True},
        dependencies=view.dependencies,
        summary=summary,
        tags=view.tags,
        responses=view.responses,
    )
    return decorate(view.fn)
