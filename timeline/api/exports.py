"""Answers in other formats than JSON: one page, or everything, streamed in bounded memory."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

from litestar import Response
from litestar.response import Stream

from timeline.api.http_methods import HEADERS_ONLY
from timeline.api.parameters import AnyRequest, link_next
from timeline.api.service import Service
from timeline.domain.errors import Unavailable
from timeline.formats.registry import FEEDS
from timeline.formats.writers import DocumentHead
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.queries.exports import described

COUNT_HEADER = "X-Total-Count"
IS_STREAM = "timeline_is_stream"
"""Stands in the scope's state where the answer is streamed, and is not to be kept."""

_OF_A_PAGE = ("at", "cursor", "limit", "after", "min_position")

PageT = TypeVar("PageT")


class Export(NamedTuple):
    """An answer to be written: for whom, in which format, and at which moment."""

    request: AnyRequest
    service: Service
    connection: Connection
    moment: Moment
    format: str
    writer: Any

    async def head(self, pinned: str, following: str | None = None) -> DocumentHead:
        """What the document is about; `pinned` and `following` are addresses without the service's own."""
        base = base_of(self.request, self.service)
        path, query = self.request.url.path, self.request.scope["query_string"].decode("latin-1")
        profile, recorded_at = await described(self.connection, self.moment)
        return DocumentHead(
            timeline=self.moment.timeline,
            position=self.moment.position,
            recorded_at=recorded_at,
            base=base,
            url=base + pinned,
            address=f"{base}{path}?{query}".rstrip("?"),
            whole=base + _whole(self.request, self.format),
            next=following and base + following,
            title=profile.title if profile else None,
            description=profile.description if profile else None,
            language=profile.language if profile else None,
        )

    def page(
        self, head: DocumentHead, write: Callable[[PageT], bytes], page: PageT, link: str | None
    ) -> Response[Any]:
        """The answer that holds one page."""
        body = self.writer.begin(head) + write(page) + self.writer.end()
        return Response(body, media_type=self.writer.media_type, headers=self._headers() | link_next(link))

    def stream(
        self,
        head: DocumentHead,
        write: Callable[[PageT], bytes],
        pages: AsyncGenerator[PageT, None],
        count: int | None = None,
    ) -> Response[Any]:
        """The answer that holds all pages; `count` is how many rows that makes, where it is known.

        Raises:
            NotFound: there are none, and the format has no document without any.
            Unavailable: as many are streamed as this process does at once.
        """
        if count == 0:
            # written before the answer begins, for a refusal comes too late after that
            body = self.writer.begin(head) + self.writer.end()
            headers = self._headers() | {COUNT_HEADER: "0"}
            return Response(body, media_type=self.writer.media_type, headers=headers)
        if self.service.exports.is_full:
            raise Unavailable("as many exports are under way as this process serves at once; try again")
        self.request.scope["state"][IS_STREAM] = True
        headers = self._headers() | ({COUNT_HEADER: str(count)} if count is not None else {})
        chunks = _nothing() if HEADERS_ONLY in self.request.scope else self._chunks(head, write, pages)
        return Stream(chunks, media_type=self.writer.media_type, headers=headers)

    async def _chunks(
        self, head: DocumentHead, write: Callable[[PageT], bytes], pages: AsyncGenerator[PageT, None]
    ) -> AsyncGenerator[bytes, None]:
        """In threads, for a page takes longer to write than other requests should wait."""
        with self.service.exports.occupy():
            yield await asyncio.to_thread(self.writer.begin, head)
            async with aclosing(pages) as all_pages:
                async for page in all_pages:
                    yield await asyncio.to_thread(write, page)
            yield await asyncio.to_thread(self.writer.end)

    def _headers(self) -> dict[str, str]:
        if self.format in FEEDS:
            return {}
        return {"Content-Disposition": f'attachment; filename="{self._file_name()}"'}

    def _file_name(self) -> str:
        last = self.request.url.path.rstrip("/").rpartition("/")[2]
        of_what = f"-{last}" if last in ("figures", "audit") else ""
        return f"{self.moment.timeline}-{self.moment.position}{of_what}.{self.writer.extension}"


def vary(response: Response[Any]) -> Response[Any]:
    """The answer of an address where the cache of answers does not say that it varies."""
    response.headers["Vary"] = "accept"
    return response


def base_of(request: AnyRequest, service: Service) -> str:
    """The service's own address: the one that it is set to, else the one that the request went to."""
    return (service.settings.public_url or str(request.base_url)).rstrip("/")


def _whole(request: AnyRequest, name: str) -> str:
    given = {pair for pair in request.query_params.multi_items() if pair[0] not in _OF_A_PAGE}
    return f"{request.url.path}?{urlencode(sorted(given | {('format', name)}))}"


async def _nothing() -> AsyncGenerator[bytes, None]:
    yield b""
