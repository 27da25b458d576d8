"""The contract's examples are real: each is sent to a service that holds the first case, and comes back."""

import json
import re

import jsonschema_rs
import msgspec
import pytest

from tests.support.client import Timeline
from tests.support.payloads import first_case
from timeline.api.app import documented_app
from timeline.api.openapi import EXAMPLES, openapi_document

MASKS = {
    "recorded_at": "2024-12-27T09:00:00Z",
    "lineage": "5c2f6e8a-1b3d-4f70-9a2e-6d81c04b7e95",
    "hashes": ["9f2c54e06a1d7b83c5e0f4a2d9167b3805c2e4f6a8b1d3907f5e6c8a2b4d1e03"],
    "root": "c07d3a51e8f4b26907d1c5a3f82e6b940d7a1f5c3e8b2d6904a7f1c5e3b8d260",
}
"""What the examples have for the time at which a record was recorded, and for what follows from it."""

LINEAGE = re.compile(r"^(id: [0-9]+)-[0-9a-f]{12}$")
"""An id of the stream, whose lineage is random: the examples have another."""

DOCUMENT = openapi_document(documented_app())
EXPORTS = {name for name, example in EXAMPLES.items() if "formats" in example}
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}


def masked(value):
    """The value with everything that depends on the clock as the examples have it."""
    if isinstance(value, dict):
        return {name: MASKS.get(name, masked(member)) for name, member in value.items()}
    return [masked(item) for item in value] if isinstance(value, list) else value


def without_hashes(value):
    """CloudEvents without the leaf hashes of their records, which follow from the time of recording."""
    if not isinstance(value, list):
        return value
    assert all(len(bytes.fromhex(event["leafhash"])) == 32 for event in value)
    return [{**event, "leafhash": ""} for event in value]


def schema_of(content):
    """The schema of a body or an answer, with the components that it refers to."""
    return {**content["schema"], "components": DOCUMENT["components"]}


def ask(client, operation_id, media_type=None, form=None, **headers):
    """Send an operation's example; of an export, in a format."""
    method, path, operation = OPERATIONS[operation_id]
    places = {parameter["name"]: parameter["in"] for parameter in operation.get("parameters", ())}
    values = EXAMPLES[operation_id].get("parameters", {})
    by_place = {
        place: {name: value for name, value in values.items() if places[name] == place}
        for place in ("path", "query", "header")
    }
    body = EXAMPLES[operation_id].get("body", {}).get(media_type)
    return client.request(
        method,
        path.format(**by_place["path"]),
        params=by_place["query"] | ({"format": form} if form else {}),
        headers=({} if media_type == "application/x-ndjson" else by_place["header"])
        | ({"content-type": media_type} if media_type else {})
        | headers,
        content=body if body is None or isinstance(body, str) else json.dumps(body),
    )


def answer_of(response):
    """An answer as an example has it; of several lines, the first."""
    return masked(json.loads(response.content.splitlines()[0]))


@pytest.fixture
def client(serve):
    """A service that holds the first case up to the confirmation, which is the example of a post."""
    service = serve(allowed_hosts="timeline.example")
    case = Timeline(service.client, "kursk-2024")
    case.put()
    case.take(*first_case()[:-1])
    return service.client


def test_every_operation_has_an_example():
    """Each operation has an example of its answer, and of its body and parameters where it has any."""
    assert OPERATIONS.keys() == EXAMPLES.keys()
    for operation_id, (_, _, operation) in OPERATIONS.items():
        example = EXAMPLES[operation_id]
        documented = {parameter["name"] for parameter in operation.get("parameters", ())}
        required = {p["name"] for p in operation.get("parameters", ()) if p.get("required")}

        formats = {
            name
            for parameter in operation.get("parameters", ())
            if parameter["name"] == "format"
            for name in parameter["schema"]["enum"]
        }
        assert {*example.get("formats", ())} == formats - {"parquet"}
        assert bool(formats) != bool(example.get("answers"))
        assert required - {"format"} <= example.get("parameters", {}).keys() <= documented
        assert operation.get("requestBody", {}).get("content", {}).keys() == example.get("body", {}).keys()


def test_what_the_service_answers(client):
    """Every example is what the service answers to the example's own parameters and body."""
    others = [name for name in EXAMPLES if name not in {"postEvents", "streamEvents"} | EXPORTS]
    for operation_id in ["postEvents", *others]:
        example = EXAMPLES[operation_id]
        response = ask(client, operation_id, next(iter(example.get("body", {})), None))

        assert example["answers"].get(str(response.status_code)) == answer_of(response), operation_id


@pytest.mark.parametrize("operation_id", sorted(EXPORTS))
def test_what_the_service_answers_in_other_formats(client, operation_id):
    """Every example of a format is the answer to the same parameters in that format."""
    ask(client, "postEvents", "application/json")
    records = client.get("/v1/timelines/kursk-2024/events").json()["records"]
    for name, example in EXAMPLES[operation_id]["formats"].items():
        response = ask(client, operation_id, form=name, host="timeline.example")
        text = response.text
        for record in records:
            text = text.replace(record["recorded_at"], MASKS["recorded_at"])

        content = OPERATIONS[operation_id][2]["responses"]["200"]["content"]
        assert response.headers["content-type"].partition(";")[0] in content
        answer = text if isinstance(example, str) else json.loads(text)
        assert without_hashes(example) == without_hashes(answer)


def test_what_the_stream_sends(client):
    """The example of the stream is what it sends first, up to the time of recording."""
    ask(client, "postEvents", "application/json")
    example = EXAMPLES["streamEvents"]
    with client.stream(
        "GET", "/v1/timelines/kursk-2024/events/stream", params={"after": 17, "type": "capture"}
    ) as response:
        lines = response.iter_lines()
        sent = [LINEAGE.sub(r"\1-5c2f6e8a1b3d", next(lines)) for _ in range(6)]

    lineage = client.get("/v1/timelines").json()["timelines"][0]["lineage"].replace("-", "")
    sent[2] = sent[2].replace(lineage[:12], MASKS["lineage"].replace("-", "")[:12])
    expected = example["answers"]["200"].split("\n")
    assert [*expected[:4], masked(json.loads(expected[4][6:])), ""] == [
        *sent[:4],
        masked(json.loads(sent[4][6:])),
        sent[5],
    ]


def test_every_form_of_the_post_is_the_same_post(client):
    """The examples of all operations are one event, so that all but the first post find it recorded."""
    posts = ("postEvents", "postLines", "postCloudEvent", "postCloudEvents")

    statuses = [ask(client, name, next(iter(EXAMPLES[name]["body"]))).status_code for name in posts]

    assert [201, 200, 200, 200] == statuses


def test_one_address_takes_every_form_of_a_post(client):
    """The address of events takes each media type, as those that are documented on their own do."""
    address = "/v1/timelines/kursk-2024/events"
    for name in ("postEvents", "postLines", "postCloudEvent", "postCloudEvents"):
        [(media_type, body)] = EXAMPLES[name]["body"].items()
        content = body if isinstance(body, str) else json.dumps(body)

        assert client.post(address, content=content, headers={"content-type": media_type}).is_success


@pytest.mark.parametrize("operation_id", EXAMPLES)
def test_examples_are_valid(operation_id):
    """Every example of a body, a parameter and an answer is valid against its own schema."""
    examples, (_, _, operation) = EXAMPLES[operation_id], OPERATIONS[operation_id]
    pairs = [
        (examples["body"][media_type], schema_of(operation["requestBody"]["content"][media_type]))
        for media_type in examples.get("body", {})
    ]
    pairs += [
        (content["example"], schema_of(content))
        for response in operation["responses"].values()
        for content in response["content"].values()
        if "example" in content
    ]
    pairs += [
        (parameter["example"], parameter["schema"])
        for parameter in operation.get("parameters", ())
        if "example" in parameter
    ]

    assert pairs
    for example, schema in pairs:
        jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(example)


def test_examples_stand_in_the_document():
    """The document holds the examples where OpenAPI has them."""
    _, _, operation = OPERATIONS["getTimeline"]
    in_document = operation["responses"]["200"]["content"]["application/json"]["example"]

    assert EXAMPLES["getTimeline"]["answers"]["200"] == in_document
    assert [["capture"]] == [p["example"] for p in operation["parameters"] if p["name"] == "type"]
    assert len(msgspec.json.encode(EXAMPLES)) < 60_000
