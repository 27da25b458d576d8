"""Who may write: anybody on a service without a write token, else whoever sends it."""

from hmac import compare_digest
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from timeline.api.service import Service
from timeline.domain.errors import Unauthorized

ANONYMOUS = "anonymous"
WRITER = "writer"


async def require_write_token(
    connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler
) -> None:
    """A guard: refuses a write without the token (RFC 6750), comparing in constant time.

    It awaits nothing, but a plain function would be run in a thread.
    """
    service: Service = connection.app.state.service
    token = service.settings.write_token
    if token is None:
        return
    scheme, _, given = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not compare_digest(given.strip().encode(), token.encode()):
        raise Unauthorized


def author(service: Service) -> str:
    """Who is recorded as having posted: whoever came through `require_write_token`."""
    return ANONYMOUS if service.settings.write_token is None else WRITER
