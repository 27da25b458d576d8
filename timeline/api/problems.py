"""Errors as RFC 9457 problems: what went wrong, where in the request, and what to do next."""

import re
from http import HTTPStatus
from typing import Annotated, Any

import structlog
from litestar import MediaType, Request, Response, get
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi import ResponseSpec
from msgspec import Meta, Struct

from timeline.domain import errors
from timeline.log.faults import AWAY

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
        str | None, Meta(description="Where the fault is: a JSON path into the body, or a parameter's name.")
    ] = None
    position: Annotated[int | None, Meta(description="Where the log stands, if that is the problem.")] = None
    head: Annotated[
        int | None, Meta(description="The log's last position, if one beyond it was asked for.")
    ] = None
    limit: Annotated[int | None, Meta(description="The limit that was passed.")] = None


class Kind(Struct, frozen=True):
    """A kind of problem: its status, and what who meets it can do."""

    status: int
    advice: str


KINDS: dict[type[Exception], Kind] = {
    errors.Malformed: Kind(
        400, "Mend the request where `path` points; sent again as it is it will fail again."
    ),
    errors.RuleBroken: Kind(
        422, "The event is well-formed but breaks a rule of the vocabulary; see `detail`."
    ),
    errors.UnknownReference: Kind(422, "Post the event that is referred to first, or mend the id."),
    errors.NotFound: Kind(
        404, "Check the address; lists of timelines, entries, actors and figures name what is there."
    ),
    errors.UnknownTimeline: Kind(404, "Create the timeline with `PUT /v1/timelines/{timeline}`."),
    errors.UnknownPosition: Kind(404, "Ask for a position up to `head`, or a time that has passed."),
    errors.IdConflict: Kind(
        409, "Use a new id for a new event; to change a recorded one, post a correction."
    ),
    errors.PositionMismatch: Kind(
        412, "Read what was recorded up to `position`, decide again, and send that position."
    ),
    errors.TooLarge: Kind(413, "Send less at once: several smaller arrays do the same."),
    errors.Unauthorized: Kind(401, "Send the write token as `Authorization: Bearer …`."),
    errors.UnsupportedMedia: Kind(415, "Send one of the media types that `detail` names."),
    errors.Unavailable: Kind(503, "Nothing was recorded. Try again after the seconds in `Retry-After`."),
    errors.OutcomeUnknown: Kind(
        503, "Send the same events again: their ids make it harmless, and the answer tells."
    ),
}

DETAILS = ("position", "head", "limit")


def slug_of(kind: type[Exception]) -> str:
    """A kind of problem as it stands in its address: UnknownReference → unknown-reference."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()


def respond(_: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """The answer to a request that raised an error; what nobody foresaw is logged and answered with 500."""
    if isinstance(error, AWAY):
        _log.warning("database away", error=repr(error))
        error = errors.Unavailable()
    if isinstance(error, errors.TimelineError):
        return _answer(_of_refusal(error), _headers(error))
    if isinstance(error, HTTPException):
        return _answer(_of_http(error), dict(error.headers or {}))
    _log.error("unforeseen error", exc_info=error)
    return _answer(_problem(500, "the service failed; the fault is logged"))


def _of_refusal(error: errors.TimelineError) -> Problem:
    kind = type(error)
    details = {name: error.details[name] for name in DETAILS if name in error.details}
    return Problem(
        type=f"/problems/{slug_of(kind)}",
        title=(kind.__doc__ or "").splitlines()[0],
        status=KINDS[kind].status,
        detail=error.message,
        path=error.path,
        **details,  # type: ignore[arg-type] # numbers, by those who raise it
    )


def _of_http(error: HTTPException) -> Problem:
    """Litestar's own errors: a parameter out of bounds, no such address, a method that is not served."""
    if isinstance(error, ValidationException) and isinstance(error.extra, list) and error.extra:
        first = error.extra[0]
        message = str(first.get("message", error.detail))
        return _of_refusal(errors.Malformed(message, path=str(first.get("key", "")) or None))
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _of_refusal(errors.TooLarge("the body is larger than this service takes"))
    if error.status_code == HTTPStatus.NOT_FOUND:
        return _of_refusal(errors.NotFound())
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return _of_refusal(errors.Malformed(error.detail))
    return _problem(error.status_code, error.detail)


def _problem(status: int, detail: str) -> Problem:
    return Problem(type="about:blank", title=HTTPStatus(status).phrase, status=status, detail=detail)


def _headers(error: errors.TimelineError) -> dict[str, str]:
    match error:
        case errors.Unavailable():
            return {"Retry-After": str(RETRY_AFTER_SECONDS)}
        case errors.Unauthorized():
            return {"WWW-Authenticate": "Bearer"}
    return {}


def _answer(problem: Problem, headers: dict[str, str] | None = None) -> Response[Problem]:
    return Response(problem, status_code=problem.status, media_type=PROBLEM_MEDIA_TYPE, headers=headers)


def problem_responses(*statuses: int) -> dict[int, ResponseSpec]:
    """What an operation's documentation says of its refusals, by status."""
    return {
        status: ResponseSpec(
            Problem,
            description=HTTPStatus(status).phrase,
            media_type=PROBLEM_MEDIA_TYPE,
            generate_examples=False,
        )
        for status in statuses
    }


@get("/problems/{kind:str}", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=False)
def explain(kind: str) -> str:
    """A page about a kind of problem: what its address resolves to."""
    for error, known in KINDS.items():
        if slug_of(error) == kind:
            title = (error.__doc__ or "").splitlines()[0]
            return _PAGE.format(title=title, status=known.status, advice=known.advice)
    raise errors.NotFound


_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<body style="font: 1.1em/1.5 system-ui; max-width: 40em; margin: 4em auto; padding: 0 1em">
<h1>{title}</h1><p>Status {status}. {advice}</p>
<p>A problem's <code>detail</code> says what is wrong this time, and its <code>path</code> where.</p>
"""
