"""Writes the contract's examples anew from what a service answers: `python -m tests.support.examples`.

The requests stay as they are; look at what changed in the answers before it is committed. What the stream
sends is an example that is written by hand.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.api.test_examples import EXPORTS, MASKS, answer_of, ask
from tests.faults.victims import Postgres
from tests.support.client import Timeline
from tests.support.payloads import first_case
from tests.support.service import serving
from timeline.api import openapi

FILE = Path(openapi.__file__).with_name("examples.json")
HOST = "timeline.example"


def main() -> None:
    """Ask for every answer in JSON, then for those in other formats, each of a service of its own."""
    postgres = Postgres()
    postgres.start()
    try:
        with first_case_served(postgres) as client:
            write_answers(client)
        with first_case_served(postgres) as client:
            write_formats(client)
    finally:
        postgres.remove()
    FILE.write_text(json.dumps(openapi.EXAMPLES, indent=2, ensure_ascii=False) + "\n")


@contextmanager
def first_case_served(postgres: Postgres) -> Iterator[httpx.Client]:
    """A service that holds the first case up to the confirmation, which is the example of a post."""
    with serving(postgres.new_database(), allowed_hosts=HOST) as service:
        case = Timeline(service.client, "kursk-2024")
        case.put()
        case.take(*first_case()[:-1])
        yield service.client


def write_answers(client: httpx.Client) -> None:
    """Put the answers in JSON where the examples have them."""
    others = [name for name in openapi.EXAMPLES if name not in {"postEvents", "streamEvents"} | EXPORTS]
    for operation_id in ["postEvents", *others]:
        example = openapi.EXAMPLES[operation_id]
        response = ask(client, operation_id, next(iter(example.get("body", {})), None))
        assert str(response.status_code) in example["answers"], (operation_id, response.text)
        example["answers"][str(response.status_code)] = answer_of(response)


def write_formats(client: httpx.Client) -> None:
    """Put the answers in other formats where the examples have them."""
    ask(client, "postEvents", "application/json")
    records = client.get("/v1/timelines/kursk-2024/events").json()["records"]
    for operation_id, example in openapi.EXAMPLES.items():
        for name, before in example.get("formats", {}).items():
            text = ask(client, operation_id, form=name, host=HOST).text
            for record in records:
                text = text.replace(record["recorded_at"], MASKS["recorded_at"])
            example["formats"][name] = text if isinstance(before, str) else json_of(text, before)


def json_of(text: str, before: object) -> object:
    """An answer in JSON; leaf hashes follow from the time of recording, and stay as they were."""
    answer = json.loads(text)
    if isinstance(answer, list) and isinstance(before, list):
        for event, old in zip(answer, before, strict=False):
            event["leafhash"] = old["leafhash"]
    return answer


if __name__ == "__main__":
    main()
