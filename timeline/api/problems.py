"""Errors as RFC 9457 problems: what went wrong, where in the request, and what to do next."""

import re
from http import HTTPStatus
from typing import Annotated, Any

import structlog
from litestar import MediaType, Request, Response, get
from litestar.exceptions import (
    HTTPException,
    InternalServerException,
    MethodNotAllowedException,
    ValidationException,
)
from litestar.openapi import ResponseSpec
from litestar.params import FromPath
from msgspec import Meta, Struct

from timeline.api.http_methods import allowed
from timeline.api.query_validation import refused
from timeline.domain import errors
from timeline.postgres import UNAVAILABLE_ERRORS

_log = structlog.get_logger(__name__)

RETRY_AFTER_SECONDS = 1
PROBLEM_MEDIA_TYPE = "application/problem+json"


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request could not be carried out (RFC 9457)."""

    type: Annotated[str, Meta(description="An address that explains the kind of problem.")]
    title: str
    status: int
    detail: str
    path: Annotated[
        str | None,
        Meta(
            description="Where the fault is: a JSON path into the body, or the name of a parameter or header."
        ),
    ] = None
    position: Annotated[int | None, Meta(description="Where the log stands, if that is the problem.")] = None
    head: Annotated[
        int | None, Meta(description="The log's last position, if one beyond it was asked for.")
    ] = None
    limit: Annotated[int | None, Meta(description="The limit that was passed.")] = None
    line: Annotated[int | None, Meta(description="Of an import: the line at which it stopped.")] = None
    recorded: Annotated[int | None, Meta(description="Of an import: events recorded before that.")] = None
    duplicates: Annotated[int | None, Meta(description="Of an import: events that were there already.")] = (
        None
    )


class ProblemKind(Struct, frozen=True):
    """A kind of problem: its status, and what who meets it can do."""

    status: int
    advice: str


PROBLEM_KINDS: dict[type[Exception], ProblemKind] = {
    errors.Malformed: ProblemKind(
        400, "Mend the request where `path` points; sent again as it is it will fail again."
    ),
    errors.RuleBroken: ProblemKind(
        422, "The event is well-formed but breaks a rule of the vocabulary; see `detail`."
    ),
    errors.UnknownReference: ProblemKind(422, "Post the event that is referred to first, or mend the id."),
    errors.NotFound: ProblemKind(
        404, "Check the address; lists of timelines, entries, actors and figures name what is there."
    ),
    errors.UnknownTimeline: ProblemKind(404, "Create the timeline with `PUT /v1/timelines/{timeline}`."),
    errors.UnknownPosition: ProblemKind(404, "Ask for a position up to `head`, or a time that has passed."),
    errors.IdConflict: ProblemKind(
        409, "Use a new id for a new event; to change a recorded one, post a correction."
    ),
    errors.PositionMismatch: ProblemKind(
        412, "Read what was recorded up to `position`, decide again, and send that position."
    ),
    errors.TooLarge: ProblemKind(413, "Send less at once: several smaller arrays do the same."),
    errors.Unauthorized: ProblemKind(401, "Send the write token as `Authorization: Bearer …`."),
    errors.UnsupportedMedia: ProblemKind(415, "Send one of the media types that `detail` names."),
    errors.NotAcceptable: ProblemKind(
        406, "Send an `Accept` with one of the media types that `detail` names, or none, or `?format=`."
    ),
    errors.NotInstalled: ProblemKind(501, "Ask for another format, or install what `detail` names."),
    errors.Unavailable: ProblemKind(
        503, "Nothing was recorded. Try again after the seconds in `Retry-After`."
    ),
    errors.OutcomeUnknown: ProblemKind(
        503, "Send the same events again: their ids make it harmless, and the answer tells."
    ),
    MethodNotAllowedException: ProblemKind(405, "Send one of the methods that the header `Allow` names."),
    InternalServerException: ProblemKind(
        500, "A fault of the service, not of the request; whoever runs it finds it in the log."
    ),
}

DETAILS = ("position", "head", "limit", "line", "recorded", "duplicates")


def slug_of(kind: type[Exception]) -> str:
    """A kind of problem as it stands in its address: UnknownReference → unknown-reference."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__.removesuffix("Exception")).lower()


def respond(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """The answer to a request that raised an error; what nobody foresaw is logged and answered with 500."""
    if isinstance(error, UNAVAILABLE_ERRORS):
        _log.warning("database away", error=repr(error))
        error = errors.Unavailable()
    if isinstance(error, HTTPException):
        error = _as_refusal(request, error)
    if isinstance(error, errors.TimelineError):
        return _answer(problem_of(error), _headers(error))
    if isinstance(error, MethodNotAllowedException):
        allow = allowed((error.headers or {}).get("allow", "").split(","))
        detail = f"{request.method} is not served here; there are: {allow}"
        return _answer(_problem(MethodNotAllowedException, detail), {"Allow": allow})
    _log.error("unforeseen error", exc_info=error)
    return _answer(_problem(InternalServerException, "the service failed; the fault is logged"))


def _as_refusal(request: Request[Any, Any, Any], error: HTTPException) -> Exception:
    """Litestar's own errors, where the service has a name for them."""
    if isinstance(error, ValidationException):
        return refused(request, error)
    match error.status_code:
        case HTTPStatus.NOT_FOUND:
            return errors.NotFound()
        case HTTPStatus.BAD_REQUEST:
            return errors.Malformed(error.detail)
    return error


def problem_of(error: errors.TimelineError) -> Problem:
    """A refusal as it is answered."""
    details = {name: error.details[name] for name in DETAILS if name in error.details}
    return _problem(type(error), error.message, path=error.path, **details)


def _problem(kind: type[Exception], detail: str, **details: Any) -> Problem:
    return Problem(
        type=f"/problems/{slug_of(kind)}",
        title=_title(kind),
        status=PROBLEM_KINDS[kind].status,
        detail=detail,
        **details,
    )


def _title(kind: type[Exception]) -> str:
    return (kind.__doc__ or "").splitlines()[0]


def _headers(error: errors.TimelineError) -> dict[str, str]:
    match error:
        case errors.Unavailable():
            return {"Retry-After": str(RETRY_AFTER_SECONDS)}
        case errors.Unauthorized():
            return {"WWW-Authenticate": "Bearer"}
    return {}


def _answer(problem: Problem, headers: dict[str, str] | None = None) -> Response[Problem]:
    return Response(problem, status_code=problem.status, media_type=PROBLEM_MEDIA_TYPE, headers=headers)


REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    406: "Not Acceptable",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    501: "Not Implemented",
    503: "Service Unavailable",
}
"""The names of RFC 9110, which Python's own took over only in 3.13."""


def problem_responses(*statuses: int) -> dict[int, ResponseSpec]:
    """What an operation's documentation says of its refusals, by status."""
    return {
        status: ResponseSpec(
            Problem,
            description=REASONS[status],
            media_type=PROBLEM_MEDIA_TYPE,
            generate_examples=False,
        )
        for status in statuses
    }


@get("/problems/{kind:str}", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=False)
def explain(kind: FromPath[str]) -> str:
    """A page about a kind of problem: what its address resolves to."""
    for error, known in PROBLEM_KINDS.items():
        if slug_of(error) == kind:
            advice = re.sub("`(.*?)`", r"<code>\1</code>", known.advice)
            return _PAGE.format(title=_title(error), status=known.status, advice=advice)
    raise errors.NotFound


_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<body style="font: 1.1em/1.5 system-ui; max-width: 40em; margin: 4em auto; padding: 0 1em">
<h1>{title}</h1><p>Status {status}. {advice}</p>
<p>A problem's <code>detail</code> says what is wrong this time, and its <code>path</code> where.</p>
"""
