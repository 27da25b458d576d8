"""The published contract: the OpenAPI document and the JSON Schemas, generated from the code.

Paths and parameters come from Litestar; the schemas of bodies come from msgspec, which knows every
constraint, the union's discriminator and the Structs' descriptions. Examples are in `examples.json`, and a
test holds them equal to what the service answers.
"""

from collections.abc import Mapping
from http import HTTPStatus
from importlib.resources import files
from typing import Any

import msgspec
import yaml
from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, Contact, License, SecurityScheme, Tag

from timeline.api.bulk_append import BulkAppendReport
from timeline.api.negotiation import exports_of, response_content
from timeline.api.problems import Problem
from timeline.api.readiness import Readiness
from timeline.api.root import ServiceDescription
from timeline.api.service import SOFTWARE_VERSION
from timeline.api.status import Health
from timeline.api.timelines import TimelineDescription
from timeline.domain.events import EVENT_TYPES, AnyEvent
from timeline.formats.cloudevents import CloudEvent
from timeline.formats.mapping import TableMapping
from timeline.formats.writers import Writer
from timeline.views import entry_list_responses, figure_responses, responses, totals_responses

_REF = "#/components/schemas/{name}"
VIEWS = (
    responses.TimelineList,
    responses.TimelineView,
    responses.EntryHistory,
    entry_list_responses.StatementList,
    entry_list_responses.EvidenceList,
    entry_list_responses.VerificationList,
    entry_list_responses.TollList,
    entry_list_responses.AmendmentList,
    responses.ActorList,
    responses.ActorView,
    figure_responses.SeriesList,
    figure_responses.SeriesView,
    responses.SeriesAuditView,
    totals_responses.TotalsView,
    responses.Diff,
    responses.ReplayStep,
    responses.LogPage,
    responses.LogRoot,
    responses.RecordDocument,
    responses.Receipt,
)
"""The answers that have a JSON Schema of their own in `schemas/views`."""

_OTHER_COMPONENTS = (
    BulkAppendReport,
    responses.TimelineSummary,
    Problem,
    Health,
    Readiness,
    ServiceDescription,
    TimelineDescription,
    CloudEvent,
)

DESCRIPTION = (files(__package__) / "description.md").read_text("utf-8")
"""What the contract says of itself; how dates and figures are meant stands here and nowhere else in it."""

EXAMPLES: dict[str, dict[str, Any]] = msgspec.json.decode((files(__package__) / "examples.json").read_bytes())
"""The examples of each operation's parameters, body and answers, by operation id."""


def openapi_config() -> OpenAPIConfig:
    """The parts of the document that describe the API as a whole."""
    return OpenAPIConfig(
        title="Conflict timeline service",
        version=SOFTWARE_VERSION,
        description=DESCRIPTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        contact=Contact(name="The conflict timeline service's maintainers"),
        tags=[
            Tag("Record", "Post events and read the log."),
            Tag("Views", "The timeline, its entries and actors, at any position."),
            Tag("Figures", "Claimed numbers, and how rival claims compare."),
            Tag("History", "What changed, and which records changed it."),
            Tag("Service", "Whether the service is alive and ready."),
        ],
        components=Components(
            security_schemes={
                "writeToken": SecurityScheme(
                    type="http", scheme="bearer", description="Required where TIMELINE_WRITE_TOKEN is set."
                )
            }
        ),
        use_handler_docstrings=True,
        path="/_litestar",
    )


def openapi_document(app: Litestar) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the service."""
    document: dict[str, Any] = {"openapi": "", **app.openapi_schema.to_schema()}
    _, schemas = msgspec.json.schema_components([AnyEvent, *VIEWS, *_OTHER_COMPONENTS], ref_template=_REF)
    union, _ = msgspec.json.schema_components([AnyEvent], ref_template=_REF)
    schemas["AnyEvent"] = {"title": "AnyEvent", "description": "An event of any type.", **union[0]}
    document["components"]["schemas"] = dict(sorted(_without_defaults(_plain(schemas)).items()))
    exports = exports_of(app)
    for item in document["paths"].values():
        for operation in item.values():
            _tidy(operation, document["components"]["schemas"])
            if formats := exports.get(operation["operationId"]):
                _describe_export(operation, formats)
            else:
                _leave_out(operation, *_DOCUMENTED_ELSEWHERE.get(operation["operationId"], ("format", "hxl")))
            _add_examples(operation, formats or {})
    return document


_DOCUMENTED_ELSEWHERE = {"postEvents": ("on_error",)}
"""Parameters that an operation takes, and that the document has at addresses of their own; of views, those
that choose a format."""


def _describe_export(operation: dict[str, Any], formats: Mapping[str, type[Writer]]) -> None:
    """An export answers in the formats beside JSON, and needs to be told in which."""
    operation["responses"]["200"] = {
        "description": "The document, in the format of the request.",
        "content": response_content(formats),
    }
    for parameter in operation["parameters"]:
        if parameter["name"] == "format":
            parameter["required"] = True
            parameter["schema"]["enum"] = [*formats]


def _leave_out(operation: dict[str, Any], *names: str) -> None:
    """Leave out parameters that belong to operations with an address of their own, and work here too."""
    if parameters := operation.get("parameters"):
        operation["parameters"] = [part for part in parameters if part["name"] not in names]


def as_yaml(document: dict[str, Any]) -> str:
    """The document as YAML, in the order of its keys."""
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)


def json_schemas() -> dict[str, str]:
    """The JSON Schema (2020-12) of every event type and view, and of mappings of tables, by file name."""
    types: dict[str, Any] = {f"events/{name}.json": event_type for name, event_type in EVENT_TYPES.items()}
    types |= {"events/any.json": AnyEvent}
    types |= {f"views/{_file_name(view)}.json": view for view in VIEWS}
    types |= {"mapping.json": TableMapping}
    return {name: _schema_text(schema_type) for name, schema_type in types.items()}


def _file_name(view: type) -> str:
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in view.__name__).lstrip("-")


def _schema_text(schema_type: Any) -> str:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_plain(msgspec.json.schema(schema_type)),
    }
    return msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"


_DEFAULT_FLAGS = ("required", "deprecated", "allowEmptyValue", "allowReserved")
_STOCK_PHRASES = (HTTPStatus.OK.description, HTTPStatus.CREATED.description)


def _tidy(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Remove what the framework repeats for every operation, and describe each answer by its schema."""
    operation.pop("deprecated", None)
    for parameter in operation.get("parameters", ()):
        for flag in _DEFAULT_FLAGS:
            if not parameter.get(flag):
                parameter.pop(flag, None)
        parameter["schema"] = _parameter_schema(parameter["schema"])
    operation["responses"] = dict(sorted(operation["responses"].items()))
    for response in operation["responses"].values():
        if not response.get("headers"):
            response.pop("headers", None)
        if response["description"] in _STOCK_PHRASES:
            (content,) = response["content"].values()
            response["description"] = schemas[content["schema"]["$ref"].rpartition("/")[2]]["description"]


def _parameter_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter's value, which is never null: an optional parameter is left out instead.

    The framework repeats the description in the schema, and writes whole bounds as floats.
    """
    merged = {name: value for name, value in schema.items() if name not in ("description", "oneOf")}
    for part in schema.get("oneOf", ()):
        if part.get("type") != "null":
            merged |= part
    if isinstance(merged.get("type"), list):
        (merged["type"],) = {*merged["type"]} - {"null"}
        merged["enum"] = [value for value in merged["enum"] if value is not None]
    for bound in ("minimum", "maximum"):
        if bound in merged:
            merged[bound] = int(merged[bound])
    return merged


def _plain(schema: Any) -> Any:
    """The schema as plain JSON values; a union of tagged Structs is `oneOf`, since no value matches two."""
    if isinstance(schema, dict):
        plain = {name: _plain(value) for name, value in schema.items()}
        if "discriminator" in plain and "anyOf" in plain:
            plain["oneOf"] = plain.pop("anyOf")
        return plain
    return [_plain(item) for item in schema] if isinstance(schema, (list, tuple)) else schema


def _without_defaults(schema: Any, *, are_names: bool = False) -> Any:
    """The schema without defaults: generated clients take a field that has one for one that is always there.

    A field that may be left out is left out of `required`; of what it then means the description speaks.
    """
    if isinstance(schema, list):
        return [_without_defaults(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _without_defaults(value, are_names=name == "properties" and not are_names)
        for name, value in schema.items()
        if are_names or name != "default"
    }


def _add_examples(operation: dict[str, Any], formats: Mapping[str, type[Writer]]) -> None:
    """Put an operation's examples where OpenAPI expects them: at its parameters, its body and its answers."""
    examples = EXAMPLES.get(operation["operationId"], {})
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in examples.get("parameters", {}):
            parameter["example"] = examples["parameters"][parameter["name"]]
    for media_type, example in examples.get("body", {}).items():
        operation["requestBody"]["content"][media_type]["example"] = example
    for status, example in examples.get("answers", {}).items():
        (content,) = operation["responses"][status]["content"].values()
        content["example"] = example
    for name, example in examples.get("formats", {}).items():
        media_type = formats[name].media_type.partition(";")[0]
        operation["responses"]["200"]["content"][media_type]["example"] = example
