"""What answers at the service's own address: a page in a browser, and the same as JSON to a program."""

from html import escape
from typing import Annotated, Any, ClassVar

from litestar import Request, Response, get
from litestar.di import NamedDependency
from msgspec import Meta, Struct

from timeline.api.addresses import TIMELINES
from timeline.api.exports import vary
from timeline.api.negotiation import FORMATS, PLAIN, accepted_format
from timeline.api.problems import problem_responses
from timeline.api.service import SOFTWARE_VERSION, Service
from timeline.views.projection.rules import RULES_VERSION

NAME = "Conflict timeline service"
SUMMARY = (
    "An event-sourced record of what is reported about a conflict: every report with who said it and when,"
    " none overwritten, and timelines, figures and their history as of any position."
)


class ServiceLinks(Struct, frozen=True, kw_only=True):
    """Where to go on from here."""

    timelines: Annotated[str, Meta(description="The timelines and the heads of their logs.")]
    docs: Annotated[str, Meta(description="A page on which every operation can be tried.")]
    openapi: Annotated[str, Meta(description="The contract (OpenAPI 3.1) as JSON.")]
    openapi_yaml: Annotated[str, Meta(description="The contract as YAML.")]
    ready: Annotated[str, Meta(description="Whether requests can be served.")]


class ServiceDescription(Struct, frozen=True, kw_only=True):
    """What this service is, and where it has what."""

    name: str
    summary: str
    version: Annotated[str, Meta(description="The version of the software.")]
    rules: Annotated[int, Meta(description="The version of the rules by which it makes views.")]
    links: ServiceLinks


class DescriptionPage:
    """The same as a page for a person."""

    media_type: ClassVar[str] = "text/html"


_OPT = {FORMATS: {"html": DescriptionPage}}
_RESPONSES = problem_responses(400)


@get(
    "/",
    operation_id="getService",
    opt=_OPT,
    summary="What this service is",
    tags=["Service"],
    responses=_RESPONSES,
    sync_to_thread=False,
)
def get_service(
    request: Request[Any, Any, Any], service: NamedDependency[Service]
) -> Response[ServiceDescription]:
    """A page where `Accept` prefers `text/html`, as browsers do; else JSON."""
    return _answer(request, service)


@get(
    "/v1",
    operation_id="getVersion1",
    opt=_OPT,
    summary="What version 1 of the API has",
    tags=["Service"],
    responses=_RESPONSES,
    sync_to_thread=False,
)
def get_version_1(
    request: Request[Any, Any, Any], service: NamedDependency[Service]
) -> Response[ServiceDescription]:
    """The same as at `/`: a page for a person, JSON for a program."""
    return _answer(request, service)


def describe_service(base: str) -> ServiceDescription:
    """The description with its links, which begin with the service's own address where it is set."""
    links = ServiceLinks(
        timelines=f"{base}{TIMELINES}",
        docs=f"{base}/docs",
        openapi=f"{base}/openapi.json",
        openapi_yaml=f"{base}/openapi.yaml",
        ready=f"{base}/ready",
    )
    return ServiceDescription(
        name=NAME, summary=SUMMARY, version=SOFTWARE_VERSION, rules=RULES_VERSION, links=links
    )


def _answer(request: Request[Any, Any, Any], service: Service) -> Response[ServiceDescription]:
    description = describe_service(service.base)
    formats = request.route_handler.opt[FORMATS]
    # whoever accepts neither gets JSON: it is the first that anybody asks, and no reason to refuse
    if (accepted_format(request.headers.get("accept"), formats) or PLAIN) == PLAIN:
        return vary(Response(description))
    page: Response[Any] = Response(_page(description), media_type=DescriptionPage.media_type)
    return vary(page)


def _page(description: ServiceDescription) -> str:
    links = description.links
    rows = (
        (links.timelines, "Timelines"),
        (links.docs, "API pages, on which every operation can be tried"),
        (links.openapi, "OpenAPI as JSON"),
        (links.openapi_yaml, "OpenAPI as YAML"),
        (links.ready, "Whether requests can be served"),
    )
    items = "\n".join(f'<li><a href="{escape(url)}">{words}</a></li>' for url, words in rows)
    return _PAGE.format(
        name=description.name,
        summary=description.summary,
        version=description.version,
        rules=description.rules,
        items=items,
    )


_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{name}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<body style="font: 1.1em/1.5 system-ui; max-width: 40em; margin: 4em auto; padding: 0 1em">
<main><h1>{name}</h1><p>{summary}</p>
<ul>
{items}
</ul>
<p>Version {version}; views by version {rules} of the rules.</p></main>
"""
