"""What the log says of requests: each write that is refused, and why; at the level debug every request."""

from time import perf_counter

import structlog
from litestar.types import HTTPScope, Message, Send

from timeline.domain.errors import TimelineError

_log = structlog.get_logger(__name__)

READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

REASON_CHARACTERS_MAX = 500
"""How much of a reason is logged: it may repeat what was posted."""


def log_refusal(scope: HTTPScope, status: int, problem: str, error: Exception) -> None:
    """Log that a write was refused: by which problem, where in the request, and for which reason."""
    place = error.path if isinstance(error, TimelineError) else None
    _log.info(
        "write refused",
        method=scope["method"],
        path=scope["path"],
        client=scope["client"][0] if scope["client"] else None,
        status=int(status),
        problem=problem,
        place=place,
        reason=str(error)[:REASON_CHARACTERS_MAX],
    )


def logging_send(scope: HTTPScope, send: Send) -> Send:
    """Send an answer, and log the request when the answer begins."""
    start = perf_counter()

    async def log_and_send(message: Message) -> None:
        if message["type"] == "http.response.start":
            _log.debug(
                "request",
                method=scope["method"],
                path=scope["path"],
                query=scope["query_string"].decode("latin-1"),
                status=message["status"],
                milliseconds=round(1_000 * (perf_counter() - start), 1),
            )
        await send(message)

    return log_and_send
