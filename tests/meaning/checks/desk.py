"""Records a drawn log through the service in this process, and asks the service what the record says."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx

from tests.support.maintenance import differences
from tests.support.meaning.newsroom import OPENING, Issue, draw_log
from tests.support.meaning.restatements import newsroom_of
from tests.support.posting import post, recorded
from timeline.api.app import create_app
from timeline.api.service import Service, running
from timeline.domain.errors import TimelineError
from timeline.domain.events import Event
from timeline.domain.record import Record
from timeline.settings import Settings


class RefusedQuestion(Exception):
    """The service does not answer a question."""


class ServiceDesk:
    """A service in this process: records go in by its appender, questions by its HTTP API."""

    def __init__(self, runner: asyncio.Runner, service: Service, client: httpx.AsyncClient) -> None:
        self._runner = runner
        self._service = service
        self._client = client
        self.requests = 0

    def record_log(self, seed: int, size: int) -> tuple[str, list[Record]]:
        """Draw a log and record it in a timeline of its own, each event at its time; refused ones are not."""
        timeline = f"meaning-{uuid4().hex}"
        self._runner.run(self._create(timeline))
        kind = newsroom_of(seed)
        draw_log(seed, size, lambda issue: self._runner.run(self._is_recorded(timeline, issue)), kind)
        return timeline, self._runner.run(recorded(self._service.pool, timeline))

    def record(self, events: Iterable[Event]) -> str:
        """Record events one by one in a timeline of its own; those that are refused are left out."""
        timeline = f"meaning-{uuid4().hex}"
        self._runner.run(self._create(timeline))
        for event in events:
            self._runner.run(self._is_recorded(timeline, Issue(event, OPENING)))
        return timeline

    def verify(self, timeline: str) -> list[str]:
        """What differs between the stored views and those that the log gives when it is folded anew."""
        return [repr(line) for line in self._runner.run(differences(self._service.pool, timeline))]

    def get(self, path: str, **parameters: Any) -> Any:
        """All pages of an answer in JSON, as one; None where there is no such thing."""
        return self._runner.run(self._get(path, parameters))

    async def _create(self, timeline: str) -> None:
        response = await self._client.put(f"/v1/timelines/{timeline}")
        assert response.status_code == 201

    async def _is_recorded(self, timeline: str, issue: Issue) -> bool:
        async with self._service.pool.connection() as connection:
            # the log's clock never goes back: this is the earliest time of the next record
            await connection.execute(
                "UPDATE timeline SET recorded_at = %s WHERE timeline_id = %s", [issue.recorded_at, timeline]
            )
        try:
            await post(self._service.appender, timeline, issue.event)
        except TimelineError:
            return False
        return True

    async def _get(self, path: str, parameters: dict[str, Any]) -> Any:
        self.requests += 1
        names = {name.rstrip("_"): value for name, value in parameters.items() if value is not None}
        response = await self._client.get(path, params=names)
        if response.status_code == 404:
            return None
        answer = response.json()
        if response.status_code != 200:
            raise RefusedQuestion(f"{response.status_code}: {answer.get('detail')}")
        next_url = answer.get("next")
        while next_url:
            page = (await self._client.get(next_url)).json()
            next_url = page["next"]
            for name, value in page.items():
                if isinstance(value, list) and name in PAGED:
                    answer[name] += value
        return answer


PAGED = ("entries", "claims", "series", "changes", "lines", "actors")
"""What the pages of an answer continue."""


@contextmanager
def open_desk(dsn: str) -> Iterator[ServiceDesk]:
    """A service on a database, for as long as the block runs."""
    app = create_app(Settings(database_url=dsn))
    with asyncio.Runner() as runner:
        service_running = running(app)
        runner.run(service_running.__aenter__())
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost")
        try:
            yield ServiceDesk(runner, app.state.service, client)
        finally:
            runner.run(client.aclose())
            runner.run(service_running.__aexit__(None, None, None))
