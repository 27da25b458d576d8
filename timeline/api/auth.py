"""Who may write: anybody on a service without a write token, else whoever sends the token."""

from hmac import compare_digest
from typing import Any

from litestar import Request

from timeline.api.service import Service
from timeline.domain.errors import Unauthorized

ANONYMOUS = "anonymous"
WRITER = "writer"


def authorized_service(request: Request[Any, Any, Any]) -> Service:
    """The service, for a request that may write: one with the token (RFC 6750), where a token is set.

    Handlers call it. A guard of the framework would cost a post more than its decoding, because the framework
    copies the handler to call it.

    Raises:
        Unauthorized: the token is missing or wrong; tokens are compared in constant time.
    """
    service: Service = request.app.state.service
    token = service.settings.write_token
    if token is not None:
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not compare_digest(credentials.strip().encode(), token.encode()):
            raise Unauthorized
    return service


def author(service: Service) -> str:
    """The name under which posts are recorded: WRITER where a token is required, else ANONYMOUS."""
    return ANONYMOUS if service.settings.write_token is None else WRITER
