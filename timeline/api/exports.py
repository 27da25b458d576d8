"""Answers in other formats than JSON: one page, or everything, streamed in bounded memory."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, Generic, NamedTuple, TypeVar

from litestar import Response
from litestar.response import Stream

from timeline.api.addresses import address, link_next
from timeline.api.hosts import request_base
from timeline.api.http_methods import HEADERS_ONLY
from timeline.api.parameters import AnyRequest, read_time
from timeline.api.service import Service
from timeline.formats.registry import FEEDS
from timeline.formats.writers import DocumentHead, Writer
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.queries.exports import export_subject

COUNT_HEADER = "X-Total-Count"
IS_STREAM = "timeline_is_stream"
"""Stands in the scope's state where the answer is streamed, and must not be cached."""

_OF_A_PAGE = ("at", "rules", "cursor", "limit", "after", "min_position")

PageT = TypeVar("PageT")
WriterT = TypeVar("WriterT", bound=Writer)


class Export(NamedTuple, Generic[WriterT]):
    """An answer in another format than JSON: to which request, at which moment, and how it is written."""

    request: AnyRequest
    service: Service
    connection: Connection
    moment: Moment
    format: str
    writer: WriterT

    async def describe_document(self, url: str, next_url: str | None = None) -> DocumentHead:
        """What the document is about; `url` is its permanent address. In a document all are absolute."""
        base = base_of(self.request, self.service)
        path, query = self.request.url.path, self.request.scope["query_string"].decode("latin-1")
        published_by = self.request.query_params.get("published_by")
        publication = None if published_by is None else read_time(published_by)
        profile, recorded_at = await export_subject(self.connection, self.moment, publication)
        return DocumentHead(
            timeline=self.moment.timeline,
            position=self.moment.position,
            rules=self.moment.rules,
            recorded_at=recorded_at,
            base=base,
            url=_absolute(base, url),
            address=f"{base}{path}?{query}".rstrip("?"),
            whole=base + _address_of_all(self.request, self.format),
            next=next_url and _absolute(base, next_url),
            title=profile.title if profile else None,
            description=profile.description if profile else None,
            language=profile.language if profile else None,
            published_by=published_by,
        )

    def page(
        self, head: DocumentHead, write: Callable[[PageT], bytes], page: PageT, next_url: str | None
    ) -> Response[Any]:
        """The answer that holds one page."""
        body = self.writer.begin(head) + write(page) + self.writer.end()
        return Response(
            body, media_type=self.writer.media_type, headers=self._headers() | link_next(next_url)
        )

    async def stream(
        self,
        head: DocumentHead,
        write: Callable[[PageT], bytes],
        pages: AsyncGenerator[PageT, None],
        count: int | None = None,
    ) -> Response[Any]:
        """The answer that holds all pages; `count` is the number of rows, where it is known.

        Raises:
            NotFound: there are no rows, and the format has no document without any.
            Busy: this process streams as many exports as it may.
        """
        if count == 0:
            # written before the answer begins: once it has begun, it can no longer be refused
            body = self.writer.begin(head) + self.writer.end()
            headers = self._headers() | {COUNT_HEADER: "0"}
            return Response(body, media_type=self.writer.media_type, headers=headers)
        await self.service.exports.take(self.request.scope)
        self.request.scope["state"][IS_STREAM] = True
        headers = self._headers() | ({COUNT_HEADER: str(count)} if count is not None else {})
        chunks = _no_body() if HEADERS_ONLY in self.request.scope else self._chunks(head, write, pages)
        return Stream(chunks, media_type=self.writer.media_type, headers=headers)

    async def _chunks(
        self, head: DocumentHead, write: Callable[[PageT], bytes], pages: AsyncGenerator[PageT, None]
    ) -> AsyncGenerator[bytes, None]:
        """In a thread, for a page takes longer to write than other requests should wait."""
        in_thread = self.service.heavy_reads.in_thread
        yield await in_thread(self.writer.begin, head)
        async with aclosing(pages) as all_pages:
            async for page in all_pages:
                yield await in_thread(write, page)
        yield await in_thread(self.writer.end)

    def _headers(self) -> dict[str, str]:
        if self.format in FEEDS:
            return {}
        return {"Content-Disposition": f'attachment; filename="{self._file_name()}"'}

    def _file_name(self) -> str:
        view = self.request.url.path.removesuffix("/export").split("/")[4:]  # below /v1/timelines/<id>
        suffix = f"-{view[-1]}" if view and view != ["events"] else ""
        return f"{self.moment.timeline}-{self.moment.position}{suffix}.{self.writer.extension}"


def vary(response: Response[Any], *, is_shared: bool = True) -> Response[Any]:
    """The answer with the header Vary, at an address for which the cache of answers does not set it.

    One that calls the service by the name in the request is not shared with other clients.
    """
    response.headers["Vary"] = "accept"
    if not is_shared:
        response.headers["Cache-Control"] = "private"
    return response


def base_of(request: AnyRequest, service: Service) -> str:
    """The service's own address: the one in its settings, else the one that the request went to."""
    return service.base or request_base(request.scope)


def _absolute(base: str, url: str) -> str:
    """An address of this service with the service's own, which it has already where that is set."""
    return url if url.startswith(f"{base}/") else base + url


def _address_of_all(request: AnyRequest, name: str) -> str:
    """The address of everything that the page is a part of, at whatever position the log then has."""
    pairs = {pair for pair in request.query_params.multi_items() if pair[0] not in _OF_A_PAGE}
    return address(request.url.path, sorted(pairs | {("format", name)}))


async def _no_body() -> AsyncGenerator[bytes, None]:
    yield b""
