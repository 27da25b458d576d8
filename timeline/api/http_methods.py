"""HEAD and OPTIONS for every address: HEAD answers as GET without the body, OPTIONS lists the methods.

RFC 9110, sections 9.1 and 9.3.2, asks for HEAD wherever there is GET; the framework serves neither HEAD nor
a full list to OPTIONS where several handlers share an address.
"""

from collections import defaultdict
from collections.abc import Iterable

from litestar import Response, route
from litestar.handlers import HTTPRouteHandler

HEADERS_ONLY = "timeline_headers_only"
"""Is in the scope of a request whose answer's body is not sent, so that none need be written."""


def options(handlers: Iterable[HTTPRouteHandler]) -> list[HTTPRouteHandler]:
    """Handlers of OPTIONS for the addresses of other handlers; they must be registered before those."""
    methods: dict[str, set[str]] = defaultdict(lambda: {"OPTIONS"})
    for handler in handlers:
        for path in handler.paths:
            methods[path].update(handler.http_methods)
    return [_options(path, allow_header(names)) for path, names in methods.items()]


def allow_header(methods: Iterable[str]) -> str:
    """The Allow header for methods; where there is GET there is HEAD."""
    names = {method.strip() for method in methods}
    return ", ".join(sorted(names | ({"HEAD"} if "GET" in names else set())))


def _options(path: str, allow: str) -> HTTPRouteHandler:
    @route(path, http_method="OPTIONS", include_in_schema=False, status_code=204, sync_to_thread=False)
    def answer() -> Response[None]:
        return Response(None, headers={"Allow": allow})

    return answer
