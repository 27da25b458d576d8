"""Who may write: anybody on a service without a write token, else whoever sends it."""

from hmac import compare_digest
from typing import Any

from litestar import Request

from timeline.api.service import Service
from timeline.domain.errors import Unauthorized

ANONYMOUS = "anonymous"
WRITER = "writer"


def authorized_service(request: Request[Any, Any, Any]) -> Service:
    """The service, for a request that may write: one with the token (RFC 6750), where a token is set.

    It is called by the handlers: a guard costs a post more than its decoding, for the framework copies the
    handler to call it.

    Raises:
        Unauthorized: the token is missing or wrong; they are compared in constant time.
    """
    service: Service = request.app.state.service
    token = service.settings.write_token
    if token is not None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not compare_digest(given.strip().encode(), token.encode()):
            raise Unauthorized
    return service


def author(service: Service) -> str:
    """Who is recorded as having posted: whoever was `admitted`."""
    return ANONYMOUS if service.settings.write_token is None else WRITER
