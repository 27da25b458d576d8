"""Talks to a service as clients do: a timeline with its requests, raw requests, the check of a refusal."""

import json
import os
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection
from itertools import count
from typing import Any, NamedTuple

import httpx

from tests.support.service import Service

_numbers = count(1)


class Answer(NamedTuple):
    """The response to a `raw` request."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.content)


def raw(service: Service, method: str, target: str, body: Any = None, **headers: str) -> Answer:
    """Send a request that no client library would send: nothing of it is checked or quoted."""
    connection = HTTPConnection(service.url.removeprefix("http://"), timeout=30)
    connection._validate_path = connection._validate_method = lambda _: None
    connection._encode_request = lambda request: request.encode("latin-1")
    with closing(connection):
        connection.request(method, target, body, {n.replace("_", "-"): v for n, v in headers.items()})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())


class Timeline:
    """A timeline of a service, with short ways to post to it and to read it."""

    def __init__(self, client: httpx.Client, name: str | None = None) -> None:
        self.client = client
        self.name = name or f"t-{next(_numbers)}-{os.getpid()}"
        self.path = f"/v1/timelines/{self.name}"

    def put(self, **description: Any) -> httpx.Response:
        """Create or describe it."""
        body = {"json": description} if description else {}
        return self.client.put(self.path, **body)

    def post(self, *events: dict[str, Any], **headers: str) -> httpx.Response:
        """Post one event, or several as an array."""
        body = events[0] if len(events) == 1 else list(events)
        return self.client.post(f"{self.path}/events", json=body, headers=headers)

    def take(self, *events: dict[str, Any]) -> list[int]:
        """Post events that must be recorded; gives their positions."""
        response = self.post(*events)
        assert response.status_code == 201, response.text
        return [outcome["position"] for outcome in response.json()["outcomes"]]

    def get(self, path: str = "", **parameters: Any) -> Any:
        """The JSON at a path below the timeline, which must exist."""
        names = {name.rstrip("_"): value for name, value in parameters.items()}
        response = self.client.get(self.path + path, params=names)
        assert response.status_code == 200, response.text
        return response.json()

    def entries(self, **parameters: Any) -> list[dict[str, Any]]:
        """The entries of the timeline view."""
        return self.get(**parameters)["entries"]

    @property
    def head(self) -> int:
        """The position of its last record."""
        return self.get("/events", limit=1)["head"]


def refused(client: httpx.Client, response: Any, status: int, kind: str, path: str | None = None) -> str:
    """Check that a response is a problem of this kind about this part of the request; gives its detail."""
    problem = response.json()
    assert (status, "application/problem+json", f"/problems/{kind}", path) == (
        response.status_code,
        response.headers["content-type"],
        problem["type"],
        problem.get("path"),
    ), problem
    assert status == problem["status"]
    assert client.get(problem["type"]).status_code == 200
    assert "regex" not in problem["detail"]
    return problem["detail"]


def send(
    timeline: Timeline, body: Any, content_type: str = "application/json", **headers: str
) -> httpx.Response:
    """Post a body as it is."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return timeline.client.post(
        f"{timeline.path}/events", content=body, headers={"content-type": content_type, **headers}
    )
