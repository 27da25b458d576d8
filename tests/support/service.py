"""A service that runs, as a client meets it: `timeline serve` on a database, and a timeline on it."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import httpx

START_SECONDS_MAX = 30
_numbers = count(1)


class Service:
    """A running service: its address, a client for it, and what it has logged."""

    def __init__(self, url: str, client: httpx.Client, log: Path, process: subprocess.Popen) -> None:
        self.process = process
        self.url = url
        self.client = client
        self._log = log

    @property
    def log(self) -> str:
        """All that it has written so far."""
        return self._log.read_text()


@contextmanager
def serving(dsn: str, log: Path, **environment: str) -> Iterator[Service]:
    """Run the service on a database until the block ends; settings are TIMELINE_ variables without prefix."""
    settings = {f"TIMELINE_{name.upper()}": value for name, value in environment.items()}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TIMELINE_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", "from timeline.cli import main; main()", "serve", "--port", "0"],
            env={**clean, "TIMELINE_DATABASE_URL": dsn, **settings},
            stderr=output,
            stdout=output,
        )
    try:
        url = _announced(process, log)
        with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
            yield Service(url, client, log, process)
    finally:
        process.terminate()
        process.wait(START_SECONDS_MAX)


def _announced(process: subprocess.Popen, log: Path) -> str:
    """The address that the service says it is on."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"Serving on (\S+)\n", log.read_text()):
            return found[1]
        time.sleep(0.02)
    raise AssertionError(f"the service did not start: {log.read_text()}")


class Answer(NamedTuple):
    """What came back over a bare connection."""

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
    """A timeline of a service, with short ways to post to it and to ask it."""

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
        """Post events that must be taken in; gives their positions."""
        response = self.post(*events)
        assert response.status_code == 201, response.text
        return [outcome["position"] for outcome in response.json()["outcomes"]]

    def get(self, path: str = "", **parameters: Any) -> Any:
        """What is at an address below the timeline, which must be there."""
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
    """A problem of this kind about this part of the request; gives its detail."""
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
    """Post bytes as they are."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return timeline.client.post(
        f"{timeline.path}/events", content=body, headers={"content-type": content_type, **headers}
    )


def first_case() -> list[dict[str, Any]]:
    """The events of the first case."""
    return json.loads(files("timeline.demo").joinpath("first-case.json").read_bytes())


def new_id() -> str:
    """An id that no other event of this run has."""
    return str(UUID(int=(0x0194 << 112) | (7 << 76) | (2 << 62) | (os.getpid() << 32) | next(_numbers)))


def statement(**fields: Any) -> dict[str, Any]:
    """An official statement."""
    given = {"speaker": "nis", "stance": "announces", "occurred": "2024-12-27"}
    return _event("official_statement", given, fields)


def engagement(**fields: Any) -> dict[str, Any]:
    """An engagement."""
    return _event("engagement", {"attackers": ["russia"], "occurred": "2024-12-20"}, fields)


def casualties(**fields: Any) -> dict[str, Any]:
    """A casualty estimate of the series `casualties.killed.troops.all.cumulative`."""
    given = {
        "claimant": "nis",
        "subject": "troops",
        "measure": "killed",
        "basis": "cumulative",
        "as_of": "2024-12-20",
        "figure": {"qualifier": "exact", "value": 100},
    }
    return _event("casualty_estimate", given, fields)


def correction(target: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A correction of an event."""
    return {
        "id": new_id(),
        "type": "correction",
        "target": target["id"],
        "reason": "source_revision",
        "changes": changes,
    }


def retraction(target: dict[str, Any]) -> dict[str, Any]:
    """A retraction of an event."""
    return {"id": new_id(), "type": "retraction", "target": target["id"], "reason": "erroneous"}


def same_as(*events: dict[str, Any]) -> dict[str, Any]:
    """Developments that are one."""
    return {"id": new_id(), "type": "same_as", "developments": [event["id"] for event in events]}


def _event(kind: str, given: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    fields = {name.rstrip("_"): value for name, value in fields.items()}
    return {"id": new_id(), "type": kind, "summary": f"One more {kind}.", **given, **fields}
