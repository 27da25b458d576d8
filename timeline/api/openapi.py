"""The published contract: `openapi.yaml` and `schemas/`, made from the code and held equal to it.

Paths and parameters come from Litestar; the schemas of what is sent and answered come from msgspec, which
knows every constraint, the union's discriminator and the Structs' descriptions.
"""

from http import HTTPStatus
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import msgspec
from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, Contact, License, SecurityScheme, Tag

from timeline.api.bulk_append import ImportReport
from timeline.api.negotiation import documented, formats_of
from timeline.api.problems import Problem
from timeline.api.status import Health, Readiness
from timeline.api.timelines import TimelineDescription
from timeline.domain.events import EVENT_TYPES, AnyEvent
from timeline.formats.cloudevents import CloudEvent
from timeline.views import responses as answers
from timeline.views.responses import SeriesAuditView, TotalsView

_REF = "#/components/schemas/{name}"
VIEWS = (
    answers.TimelineList,
    answers.TimelineView,
    answers.EntryHistory,
    answers.ActorList,
    answers.ActorView,
    answers.SeriesList,
    answers.SeriesView,
    SeriesAuditView,
    TotalsView,
    answers.Diff,
    answers.ReplayStep,
    answers.LogPage,
    answers.RecordDocument,
    answers.Receipt,
)
_OTHERS = (ImportReport, answers.TimelineSummary, Problem, Health, Readiness, TimelineDescription, CloudEvent)


def openapi_config() -> OpenAPIConfig:
    """What Litestar is told of the API as a whole."""
    return OpenAPIConfig(
        title="Conflict timeline service",
        version=version("conflict-timeline"),
        description=(
            "An event-sourced record of what is reported about a conflict: post typed events, fetch the"
            " timeline and its views at any position, replay the record to see how a figure came about."
        ),
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        contact=Contact(name="The conflict timeline service's maintainers"),
        tags=[
            Tag("Record", "Post events and read the log."),
            Tag("Views", "The timeline, its entries and actors, at any position."),
            Tag("Figures", "Claimed numbers, and how they stand to each other."),
            Tag("History", "What changed, and what changed it."),
            Tag("Service", "Whether the service lives and can serve."),
        ],
        components=Components(
            security_schemes={
                "writeToken": SecurityScheme(
                    type="http", scheme="bearer", description="Needed where TIMELINE_WRITE_TOKEN is set."
                )
            }
        ),
        use_handler_docstrings=True,
        path="/_litestar",
    )


def openapi_document(app: Litestar) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the service."""
    document: dict[str, Any] = {"openapi": "", **app.openapi_schema.to_schema()}
    _, schemas = msgspec.json.schema_components([AnyEvent, *VIEWS, *_OTHERS], ref_template=_REF)
    union, _ = msgspec.json.schema_components([AnyEvent], ref_template=_REF)
    schemas["AnyEvent"] = {"title": "AnyEvent", "description": "An event of any type.", **union[0]}
    document["components"]["schemas"] = dict(sorted(_plain(schemas).items()))
    negotiated = formats_of(app)
    for item in document["paths"].values():
        for operation in item.values():
            _tidy(operation, document["components"]["schemas"])
            if formats := negotiated.get(operation["operationId"]):
                operation["responses"]["200"]["content"] |= documented(formats)
            add_examples(operation)
    return document


def json_schemas() -> dict[str, str]:
    """The JSON Schema (2020-12) of every event type and view, by file name."""
    kinds: dict[str, Any] = {f"events/{name}.json": kind for name, kind in EVENT_TYPES.items()}
    kinds |= {"events/any.json": AnyEvent}
    kinds |= {f"views/{_file_name(kind)}.json": kind for kind in VIEWS}
    return {name: _schema_text(kind) for name, kind in kinds.items()}


def _file_name(kind: type) -> str:
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in kind.__name__).lstrip("-")


def _schema_text(kind: Any) -> str:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_plain(msgspec.json.schema(kind))}
    return msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"


def _tidy(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Leave out what the framework says of everything, and say of an answer what is in it."""
    operation.pop("deprecated", None)
    for parameter in operation.get("parameters", ()):
        for name in _NOISE:
            parameter.pop(name, None) if not parameter.get(name) else None
        parameter["schema"] = _parameter_schema(parameter["schema"])
    operation["responses"] = dict(sorted(operation["responses"].items()))
    for response in operation["responses"].values():
        if not response.get("headers"):
            response.pop("headers", None)
        if response["description"] in _STOCK_PHRASES:
            (content,) = response["content"].values()
            response["description"] = schemas[content["schema"]["$ref"].rpartition("/")[2]]["description"]


_NOISE = ("required", "deprecated", "allowEmptyValue", "allowReserved")
_STOCK_PHRASES = (HTTPStatus.OK.description, HTTPStatus.CREATED.description)


def _parameter_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """Of one kind, for what may be left out cannot be null; described beside it; its bounds whole numbers."""
    found = {name: value for name, value in schema.items() if name not in ("description", "oneOf")}
    for kind in schema.get("oneOf", ()):
        if kind.get("type") != "null":
            found |= kind
    if isinstance(found.get("type"), list):
        (found["type"],) = {*found["type"]} - {"null"}
        found["enum"] = [value for value in found["enum"] if value is not None]
    for bound in ("minimum", "maximum"):
        if bound in found:
            found[bound] = int(found[bound])
    return found


def _plain(schema: Any) -> Any:
    """The schema as plain JSON values; a union of tagged Structs is `oneOf`: a second match is excluded."""
    if isinstance(schema, dict):
        mended = {name: _plain(value) for name, value in schema.items()}
        if "discriminator" in mended and "anyOf" in mended:
            mended["oneOf"] = mended.pop("anyOf")
        return mended
    return [_plain(item) for item in schema] if isinstance(schema, (list, tuple)) else schema


def add_examples(operation: dict[str, Any]) -> None:
    """Put an operation's examples where OpenAPI has them: with its parameters, its body and its answers."""
    known = EXAMPLES.get(operation["operationId"], {})
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in known.get("parameters", {}):
            parameter["example"] = known["parameters"][parameter["name"]]
    for media_type, example in known.get("body", {}).items():
        operation["requestBody"]["content"][media_type]["example"] = example
    for status, example in known.get("answers", {}).items():
        content = operation["responses"][status]["content"]
        next(iter(content.values()))["example"] = example
    for media_type, example in known.get("formats", {}).items():
        operation["responses"]["200"]["content"][media_type]["example"] = example


EXAMPLES: dict[str, dict[str, Any]] = msgspec.json.decode((files(__package__) / "examples.json").read_bytes())
