"""Errors as RFC 9457 problems: what is wrong, where in the request, and what to do about it."""

import re
from http import HTTPStatus
from typing import Annotated, Any, cast

import msgspec
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
from litestar.types import HTTPScope, Message, Send
from msgspec import Meta, Struct
from psycopg.errors import QueryCanceled

from timeline.api.access_log import READING_METHODS, log_refusal
from timeline.api.http_methods import allow_header
from timeline.api.query_validation import explain_validation_error
from timeline.domain import errors
from timeline.log.availability import unavailable
from timeline.postgres import UNAVAILABLE_ERRORS

_log = structlog.get_logger(__name__)

RETRY_AFTER_SECONDS = 1
PROBLEM_MEDIA_TYPE = "application/problem+json"


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request could not be carried out (RFC 9457)."""

    type: Annotated[str, Meta(description="The address of a page that explains this kind of problem.")]
    title: str
    status: int
    detail: str
    path: Annotated[
        str | None,
        Meta(
            description="Where the fault is: a JSON path into the body, or the name of a parameter or header."
        ),
    ] = None
    position: Annotated[
        int | None,
        Meta(
            description="The log's last position, if another was expected; in a bulk append, the highest"
            " position before it stopped."
        ),
    ] = None
    head: Annotated[
        int | None, Meta(description="The log's last position, if the request asks for one beyond it.")
    ] = None
    rules: Annotated[
        int | None,
        Meta(description="The version of the rules that made the views, if another one is needed."),
    ] = None
    limit: Annotated[int | None, Meta(description="The limit that was exceeded.")] = None
    line: Annotated[int | None, Meta(description="In a bulk append: the line at which it stopped.")] = None
    recorded: Annotated[
        int | None, Meta(description="In a bulk append: the events recorded before it stopped.")
    ] = None
    duplicates: Annotated[
        int | None, Meta(description="In a bulk append: the events that had been recorded before.")
    ] = None


class ProblemKind(Struct, frozen=True):
    """A kind of problem: its HTTP status, and what the client can do about it."""

    status: int
    advice: str


PROBLEM_KINDS: dict[type[Exception], ProblemKind] = {
    errors.Malformed: ProblemKind(
        400, "Correct the request where `path` points; sent again unchanged it will fail again."
    ),
    errors.RuleBroken: ProblemKind(422, "The event is well-formed but breaks a rule; `detail` names it."),
    errors.UnknownReference: ProblemKind(
        422, "Post the event that this one refers to first, or correct the id."
    ),
    errors.NotFound: ProblemKind(
        404, "Check the address; the lists of timelines, entries, actors and figures show what exists."
    ),
    errors.UnknownTimeline: ProblemKind(404, "Create the timeline with `PUT /v1/timelines/{timeline}`."),
    errors.UnknownPosition: ProblemKind(404, "Ask for a position up to `head`, or for a time in the past."),
    errors.IdConflict: ProblemKind(
        409, "Use a new id for a new event; to change a recorded event, post a correction."
    ),
    errors.PositionMismatch: ProblemKind(
        412, "Read what was recorded up to `position`, decide again, and send that position in `If-Match`."
    ),
    errors.AddressTooLong: ProblemKind(414, "Ask for less at once, or leave out what is not needed."),
    errors.HeadersTooLarge: ProblemKind(431, "Send fewer or shorter headers; cookies are not used here."),
    errors.TooLarge: ProblemKind(413, "Send less at once: several smaller arrays have the same effect."),
    errors.SlowBody: ProblemKind(
        408,
        "Send it again, without a pause; of a bulk append, what `recorded` counts is recorded, and the same"
        " lines may be sent again.",
    ),
    errors.Unauthorized: ProblemKind(401, "Send the write token as `Authorization: Bearer …`."),
    errors.UnsupportedMedia: ProblemKind(415, "Send one of the media types that `detail` lists."),
    errors.NotAcceptable: ProblemKind(
        406,
        "Send an `Accept` header with a media type that `detail` lists, or none, or use `?format=`.",
    ),
    errors.NotInstalled: ProblemKind(501, "Ask for another format, or install what `detail` names."),
    errors.Unavailable: ProblemKind(
        503, "Nothing was recorded. Try again after the number of seconds in `Retry-After`."
    ),
    errors.Busy: ProblemKind(
        503,
        "Try again after the number of seconds in `Retry-After`. Posts and small reads have connections of"
        " their own, and are answered meanwhile.",
    ),
    errors.TooCostly: ProblemKind(
        503,
        "Narrow the request, such as by `from` and `to`, `actor` or rarer words; or try again, for under load"
        " everything takes longer. The service's operator sets the limit.",
    ),
    errors.OutdatedViews: ProblemKind(
        503,
        "Nothing was recorded. Try again after the number of seconds in `Retry-After`; `/ready` says which"
        " timelines are still being rebuilt.",
    ),
    errors.SupersededRules: ProblemKind(
        503, "Ask again: the record is the same, and the answer by the newer rules may differ."
    ),
    errors.OutcomeUnknown: ProblemKind(
        503,
        "Send the same events again: their ids prevent duplicates, and the answer says what was recorded.",
    ),
    MethodNotAllowedException: ProblemKind(405, "Use one of the methods that the `Allow` header lists."),
    InternalServerException: ProblemKind(
        500, "This is a fault of the service, not of the request; its operator finds it in the log."
    ),
}

DETAILS = ("position", "head", "rules", "limit", "line", "recorded", "duplicates")
"""The details of an error that its problem repeats."""


def slug_of(kind: type[Exception]) -> str:
    """The last part of a problem's `type` address: UnknownReference → unknown-reference."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__.removesuffix("Exception")).lower()


def respond(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """The answer to a request that raised an error; an unexpected one is logged and answered with 500."""
    trouble = error if isinstance(error, UNAVAILABLE_ERRORS) else error.__cause__
    error = _translate(request, error)
    if isinstance(trouble, UNAVAILABLE_ERRORS):
        request.app.state.service.availability.note(trouble)
    elif request.method not in READING_METHODS:
        log_refusal(request.scope, status_of(request, error), slug_of(type(error)), error)
    if isinstance(error, errors.TimelineError):
        return _response(problem_of(error), _headers(error))
    if isinstance(error, MethodNotAllowedException):
        allow = allow_header((error.headers or {}).get("allow", "").split(","))
        detail = f"this address does not serve {request.method}; it serves: {allow}"
        return _response(_problem(MethodNotAllowedException, detail), {"Allow": allow})
    _log.error("unforeseen error", exc_info=error)
    return _response(_problem(InternalServerException, "the service failed; the error is in its log"))


async def send_problem(scope: HTTPScope, send: Send, error: errors.TimelineError) -> None:
    """Answer a request that is refused before the framework sees it."""
    problem = problem_of(error)
    if scope["method"] not in READING_METHODS:
        log_refusal(scope, problem.status, slug_of(type(error)), error)
    body = msgspec.json.encode(problem)
    headers = [
        (b"content-type", PROBLEM_MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
    ]
    start = {"type": "http.response.start", "status": problem.status, "headers": headers}
    await send(cast("Message", start))
    body = b"" if scope["method"] == "HEAD" else body
    await send(cast("Message", {"type": "http.response.body", "body": body, "more_body": False}))


def status_of(request: Request[Any, Any, Any], error: Exception) -> int:
    """The HTTP status that `respond` gives to an error."""
    kind = PROBLEM_KINDS.get(type(_translate(request, error)))
    return kind.status if kind else HTTPStatus.INTERNAL_SERVER_ERROR


def _translate(request: Request[Any, Any, Any], error: Exception) -> Exception:
    """Errors of the database driver and of the framework as the service's own, where it has one for them."""
    if isinstance(error, QueryCanceled) and request.method in READING_METHODS:
        return errors.TooCostly()
    if isinstance(error, UNAVAILABLE_ERRORS):
        return unavailable(error)
    if isinstance(error, ValidationException):
        return explain_validation_error(request, error)
    if isinstance(error, HTTPException):
        match error.status_code:
            case HTTPStatus.NOT_FOUND:
                return errors.NotFound()
            case HTTPStatus.BAD_REQUEST:
                return errors.Malformed(error.detail)
    return error


def problem_of(error: errors.TimelineError) -> Problem:
    """The problem that describes a refusal."""
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
        case errors.SlowBody():
            # what is left of the body must not be taken for another request
            return {"Connection": "close"}
    return {}


def _response(problem: Problem, headers: dict[str, str] | None = None) -> Response[Problem]:
    return Response(problem, status_code=problem.status, media_type=PROBLEM_MEDIA_TYPE, headers=headers)


REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    406: "Not Acceptable",
    408: "Request Timeout",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    501: "Not Implemented",
    503: "Service Unavailable",
}
"""The reason phrases of RFC 9110, which Python adopted only in 3.13."""


def problem_responses(*statuses: int) -> dict[int, ResponseSpec]:
    """The problems that an operation may answer with, by status, for its documentation."""
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
    """The page that a problem's `type` points to."""
    for error_type, problem_kind in PROBLEM_KINDS.items():
        if slug_of(error_type) == kind:
            title = _title(error_type).replace("`", "")
            advice = re.sub("`(.*?)`", r"<code>\1</code>", problem_kind.advice)
            return _PAGE.format(title=title, status=problem_kind.status, advice=advice)
    raise errors.NotFound


_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<body style="font: 1.1em/1.5 system-ui; max-width: 40em; margin: 4em auto; padding: 0 1em">
<h1>{title}</h1><p>Status {status}. {advice}</p>
<p>A problem's <code>detail</code> says what is wrong with the request, and its <code>path</code> where.</p>
"""
