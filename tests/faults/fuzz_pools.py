"""What fuzzed inputs are made of: requests drawn from the OpenAPI document, and valid events.

Schemathesis draws a request in milliseconds, the mutations of `fuzz_inputs` change one in microseconds: so
some hundred are drawn, and each is changed in many ways.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

import tests.api.serializers  # noqa: F401 - lets schemathesis write NDJSON
from tests.support.payloads import first_case
from tests.support.strategies import ID_POOL, events
from timeline.api.app import documented_app
from timeline.api.openapi import openapi_document
from timeline.domain.codec import encode_event

ROOT = "http://localhost"
OF_CLIENTS = frozenset(
    {"connection", "content-length", "host", "transfer-encoding", "x-schemathesis-testcaseid"}
)
"""Headers that belong to the connection or to the tool, not to what is tried."""


class Input(NamedTuple):
    """A request as it is sent, but for the timeline's name in its path."""

    method: str
    path: str
    """With `{timeline}` where a timeline's name belongs."""
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class Pools(NamedTuple):
    """What inputs are made of."""

    requests: list[Input]
    """Valid and invalid ones of every operation."""
    events: list[Any]
    """Valid events as JSON."""


def draw_pools(number: int, each: int) -> Pools:
    """Draw so many requests of each operation, valid ones and invalid ones, and events; by a seed."""
    return Pools(list(draw_requests(number, each)), [*first_case(), *draw_events(number, 20 * each)])


def draw_requests(number: int, each: int) -> Iterator[Input]:
    """Requests of every operation of the OpenAPI document."""
    for result in schemathesis.openapi.from_dict(openapi_document(documented_app())).get_all_operations():
        operation = result.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                cases = draw(operation.as_strategy(generation_mode=mode), number, each)
            except Unsatisfiable:  # what takes no parameter has no invalid request
                continue
            yield from filter(None, map(as_input, cases))


def draw_events(number: int, count: int) -> list[Any]:
    """Valid events that refer to those of the first case."""
    ids = [ID_POOL[0], *(UUID(event["id"]) for event in first_case())]  # and one that nobody knows
    drawing = draw(events(developments=ids, targets=ids), number, count)
    return [json.loads(encode_event(event)) for event in drawing]


def draw(strategy: st.SearchStrategy[Any], number: int, count: int) -> list[Any]:
    """So many examples of a strategy, the same ones for the same seed."""
    examples: list[Any] = []

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(example: Any) -> None:
        examples.append(example)

    collect()
    return examples


def as_input(case: schemathesis.Case) -> Input | None:
    """A request that schemathesis has drawn; none where the library that writes it refuses to."""
    try:
        prepared = requests.Request(**case.as_transport_kwargs(base_url=ROOT)).prepare()
    except (requests.RequestException, ValueError, UnicodeError):
        return None
    address = urlsplit(prepared.url)
    body = prepared.body or b""
    return Input(
        prepared.method,
        with_timeline(address.path, case.path.split("/")),
        tuple(parse_qsl(address.query, keep_blank_values=True, errors="surrogateescape")),
        tuple((name, value) for name, value in texts(prepared.headers) if name.lower() not in OF_CLIENTS),
        body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body,
    )


def texts(headers: Any) -> Iterator[tuple[str, str]]:
    """Headers as text."""
    for pair in headers.items():
        name, value = (part.decode("latin-1") if isinstance(part, bytes) else str(part) for part in pair)
        yield name, value


def with_timeline(path: str, template: Sequence[str]) -> str:
    """A path with its timeline's name left open, if it has one where the template has."""
    parts = path.split("/")
    if len(parts) == len(template):
        parts = [
            opened if opened == "{timeline}" else part for part, opened in zip(parts, template, strict=True)
        ]
    return "/".join(parts)
