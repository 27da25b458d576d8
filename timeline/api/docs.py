"""The interactive API documentation and the OpenAPI document, served without any outside resource."""

from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from litestar import Litestar, MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from timeline.api.openapi import as_yaml, openapi_document
from timeline.domain.errors import NotFound

_ASSETS = "/docs/assets"
_MEDIA_TYPES = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
"""The files of Swagger UI that the page needs, with their media types."""

_PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Conflict timeline service: API</title>
<link rel="stylesheet" href="{_ASSETS}/swagger-ui.css">
<link rel="icon" href="{_ASSETS}/favicon-32x32.png">
</head>
<body>
<div id="api"></div>
<script src="{_ASSETS}/swagger-ui-bundle.js"></script>
<script>
SwaggerUIBundle({{
  url: "/openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null, tryItOutEnabled: true
}});
</script>
</body>
</html>
"""


@get("/docs", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=False)
def get_docs() -> str:
    """The page on which every operation can be tried."""
    return _PAGE


@get("/openapi.json", include_in_schema=False, sync_to_thread=False)
def get_openapi_json(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The OpenAPI document as JSON."""
    return Response(msgspec.json.encode(_document(request.app)), media_type=MediaType.JSON)


@get("/openapi.yaml", include_in_schema=False, sync_to_thread=False)
def get_openapi_yaml(request: Request[Any, Any, Any]) -> Response[str]:
    """The OpenAPI document as YAML."""
    return Response(as_yaml(_document(request.app)), media_type="application/yaml")


@get(f"{_ASSETS}/{{name:str}}", include_in_schema=False, sync_to_thread=False)
def get_asset(name: FromPath[str]) -> Response[bytes]:
    """A file that the page loads."""
    if name not in _MEDIA_TYPES:
        raise NotFound
    return Response(
        _asset(name), media_type=_MEDIA_TYPES[name], headers={"Cache-Control": "public, max-age=86400"}
    )


@cache
def _asset(name: str) -> bytes:
    return files("swagger_ui").joinpath("static", name).read_bytes()


def documentation_handlers() -> list[HTTPRouteHandler]:
    """The handlers of the documentation."""
    return [get_docs, get_asset, get_openapi_json, get_openapi_yaml]


def _document(app: Litestar) -> dict[str, Any]:
    if "openapi_document" not in app.state:
        app.state.openapi_document = openapi_document(app)
    document: dict[str, Any] = app.state.openapi_document
    return document
