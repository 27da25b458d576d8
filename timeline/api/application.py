"""The framework's application, with what must happen before it finds a route or wherever it finds none.

Its own middleware runs only for addresses that exist, and decodes `%2F` into a slash that separates.
"""

from typing import Any, cast

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import (
    HTTPScope,
    LifeSpanReceive,
    LifeSpanScope,
    LifeSpanSend,
    Message,
    Receive,
    Scope,
    Send,
)

from timeline.api.access_log import logging_send
from timeline.api.cross_origin import OriginPolicy, answer_preflight, is_preflight, sharing_send
from timeline.api.hosts import HostPolicy, check_head
from timeline.api.http_methods import HEADERS_ONLY
from timeline.api.patience import patient_send
from timeline.api.problems import send_problem
from timeline.api.service import Service
from timeline.api.unread_bodies import UnreadBody
from timeline.domain.errors import TimelineError

_NOWHERE = "/%2F"
"""A path that no route has."""


class Application(Litestar):
    """The framework's application, with HEAD, with pages of other origins, without escaped slashes."""

    def __init__(
        self, *, origins: OriginPolicy, hosts: HostPolicy, logs_requests: bool, **options: Any
    ) -> None:
        super().__init__(**options)
        self._origins = origins
        self._hosts = hosts
        self._logs_requests = logs_requests

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: Send | LifeSpanSend,
    ) -> None:
        """Answer a connection."""
        if scope["type"] == ScopeType.HTTP:
            request = cast("HTTPScope", scope)
            service: Service = self.state.service
            body = UnreadBody(request, cast("Receive", receive), cast("Send", send))
            receive = cast("Receive", body.receive)
            send_response = patient_send(
                request, body.send, service.settings.unread_seconds_max, service.connections
            )
            if self._logs_requests:
                send_response = logging_send(request, send_response)
            try:
                check_head(self._hosts, request)
            except TimelineError as error:
                await send_problem(request, sharing_send(self._origins, request, send_response), error)
                return
            if is_preflight(request):
                await answer_preflight(self._origins, request, send_response)
                return
            send = sharing_send(self._origins, request, send_response)
            scope, send = _prepare(request, send)
        await super().__call__(scope, receive, send)


def _prepare(scope: HTTPScope, send: Send) -> tuple[HTTPScope, Send]:
    """HEAD as GET, whose answer ends with its headers; an escaped slash leads to no route."""
    if scope["method"] == "HEAD":
        scope = cast("HTTPScope", {**scope, "method": "GET", HEADERS_ONLY: True})
        send = _without_body(send)
    # RFC 3986, section 2.2: an escaped slash is part of a name, and no name here has one
    if b"%2f" in (scope.get("raw_path") or b"").lower():
        scope = cast("HTTPScope", {**scope, "path": _NOWHERE})
    return scope, send


def _without_body(send: Send) -> Send:
    async def send_headers(message: Message) -> None:
        if message["type"] == "http.response.body":
            message["body"] = b""
        await send(message)

    return send_headers
