"""The contract: `openapi.yaml` and `schemas/` are what the code says, whole, valid and plain."""

import re
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import msgspec
import pytest
import yaml
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from timeline.api.app import documented_app, openapi_yaml
from timeline.api.openapi import json_schemas, openapi_document
from timeline.api.parameters import WORDS
from timeline.domain.events import DEVELOPMENT_TYPES, EVENT_TYPES, SCHEMA_VERSION

ROOT = Path(__file__).parents[2]
DOCUMENT = openapi_document(documented_app())
SCHEMAS = DOCUMENT["components"]["schemas"]
OPERATIONS = [operation for item in DOCUMENT["paths"].values() for operation in item.values()]
EVENTS = [kind.__name__ for kind in EVENT_TYPES.values()]


def within(value):
    """Everything inside a document, at whatever depth."""
    yield value
    for member in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from within(member)


def test_the_checked_in_document_is_what_the_code_says():
    """`openapi.yaml` is up to date; `timeline openapi` writes it."""
    assert openapi_yaml() == (ROOT / "openapi.yaml").read_text()


def test_the_checked_in_schemas_are_what_the_code_says():
    """`schemas/` is up to date and holds nothing else; `timeline schemas` writes it."""
    checked_in = {
        str(path.relative_to(ROOT / "schemas")): path.read_text() for path in ROOT.glob("schemas/**/*.*")
    }

    assert json_schemas() == checked_in


def test_the_document_is_the_same_on_every_export():
    """Nothing in the document is random."""
    code = "from timeline.api.app import openapi_yaml; print(openapi_yaml(), end='')"
    again = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout

    assert openapi_yaml() == again


def test_the_document_is_valid_openapi():
    """The document is valid against the schema of OpenAPI 3.1, and every reference in it leads somewhere."""
    OPENAPI_31_VALIDATOR.validate(DOCUMENT)
    references = {part["$ref"] for part in within(DOCUMENT) if isinstance(part, dict) and "$ref" in part}

    assert references <= {f"#/components/schemas/{name}" for name in SCHEMAS}
    assert yaml.safe_load(openapi_yaml()) == DOCUMENT


def test_what_is_served_is_the_document(client):
    """The service serves the document as JSON and as YAML."""
    assert DOCUMENT == client.get("/openapi.json").json()
    assert DOCUMENT == yaml.safe_load(client.get("/openapi.yaml").text)


def test_the_union_of_events_has_its_discriminator():
    """The union is told by its `type`, which names each event's schema and no other."""
    union = SCHEMAS["AnyEvent"]

    assert "type" == union["discriminator"]["propertyName"]
    assert {name: f"#/components/schemas/{kind.__name__}" for name, kind in EVENT_TYPES.items()} == union[
        "discriminator"
    ]["mapping"]
    assert sorted(union["discriminator"]["mapping"].values()) == sorted(
        member["$ref"] for member in union["oneOf"]
    )


@pytest.mark.parametrize("name", EVENTS)
def test_events_allow_nothing_else(name):
    """The schema of an event says that it takes no other fields, and its type is a constant."""
    schema = SCHEMAS[name]

    assert schema["additionalProperties"] is False
    assert [EVENT_TYPES_BY_NAME[name]] == schema["properties"]["type"]["enum"]
    assert {"id", "type"} <= set(schema["required"])


EVENT_TYPES_BY_NAME = {kind.__name__: name for name, kind in EVENT_TYPES.items()}


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_described(name):
    """Every schema says what it is, and is valid JSON Schema itself."""
    description = SCHEMAS[name].get("description", "")

    assert description.endswith(".")
    assert jsonschema_rs.meta.is_valid(SCHEMAS[name])


def test_every_operation_is_described():
    """Each operation has an id, a summary and a tag, and each part of it is described."""
    ids = [operation["operationId"] for operation in OPERATIONS]
    tags = {tag["name"] for tag in DOCUMENT["tags"]}

    assert len(set(ids)) == len(ids)
    for operation in OPERATIONS:
        assert operation["summary"]
        assert operation["description"]
        assert set(operation["tags"]) <= tags
        for part in (*operation.get("parameters", ()), *operation["responses"].values()):
            assert part["description"]


def test_refusals_are_problems():
    """Every answer of 400 and above is a problem, and every operation has one."""
    for operation in OPERATIONS:
        refusals = {s: r for s, r in operation["responses"].items() if s >= "400"}

        assert refusals
        for response in refusals.values():
            assert {"application/problem+json"} == response["content"].keys()


def test_the_document_is_plain():
    """What the framework says of everything, and what says nothing, is left out."""
    for part in within(DOCUMENT):
        if isinstance(part, dict):
            assert not {"deprecated", "allowEmptyValue", "allowReserved"} & part.keys()
            assert part.get("required") is not False or "content" in part
    for operation in OPERATIONS:
        descriptions = [response["description"] for response in operation["responses"].values()]
        assert not {"Request fulfilled, document follows", "Document created, URL follows"} & set(
            descriptions
        )


def patterns():
    """Every pattern in the document."""
    return {part["pattern"] for part in within(DOCUMENT) if isinstance(part, dict) and "pattern" in part}


def test_patterns_are_valid_everywhere():
    """Patterns compile in Python and as ECMAScript, and use nothing that the two read differently."""
    for pattern in patterns():
        re.compile(pattern)
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
        assert not re.search(r"\\[dwsbAZ]|\(\?P|\(\?[aiLmsux]", pattern)


def test_every_pattern_of_a_parameter_has_words():
    """A parameter that fails its pattern is refused in a sentence: there is one for every pattern."""
    used = {
        part["pattern"]
        for operation in OPERATIONS
        for part in within(operation.get("parameters", []))
        if isinstance(part, dict) and "pattern" in part
    }

    assert used <= WORDS.keys()


def test_parameters_name_the_types_that_there_are():
    """The types that filters take are the vocabulary's."""
    listed = {
        operation["operationId"]: set(parameter["schema"]["items"]["enum"])
        for operation in OPERATIONS
        for parameter in operation.get("parameters", ())
        if parameter["name"] == "type"
    }

    assert set(EVENT_TYPES) == listed["getEvents"]
    assert DEVELOPMENT_TYPES == listed["getTimeline"] == listed["getActor"]


@pytest.mark.parametrize("name", json_schemas())
def test_schemas_stand_alone(name):
    """Each schema is valid JSON Schema 2020-12 and needs no other file."""
    schema = msgspec.json.decode(json_schemas()[name])

    assert "https://json-schema.org/draft/2020-12/schema" == schema["$schema"]
    assert jsonschema_rs.meta.is_valid(schema)
    jsonschema_rs.Draft202012Validator(schema)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_schemas_take_the_golden_events(name):
    """The event of each type that must decode for ever is valid against its schema and the union's."""
    folder = ROOT / f"tests/domain/golden/v{SCHEMA_VERSION}"
    golden = msgspec.json.decode((folder / f"{name}.json").read_bytes())
    event = golden.get("event", golden)

    for file in (f"events/{name}.json", "events/any.json"):
        schema = msgspec.json.decode(json_schemas()[file])
        jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(event)
        assert not jsonschema_rs.is_valid(schema, {**event, "unknown": 1})
