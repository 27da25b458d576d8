"""The HTTP client of the commands: sends requests, reads pages, and turns problems into messages."""

import ipaddress
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from timeline.cli.common import REFUSED, UNAVAILABLE, USAGE, CommandError
from timeline.cli.text import clean

Parameters = dict[str, Any]

CONNECT_SECONDS_MAX = 5.0
ANSWER_SECONDS_MAX = 60.0
UNAVAILABLE_STATUSES = (502, 503, 504)
BODY_CHARACTERS_MAX = 200

_KNOWN_MEMBERS = frozenset({"type", "title", "status", "detail", "path", "instance"})


class PagedAnswer(Protocol):
    """An answer that may have a next page."""

    @property
    def next(self) -> str | None:
        """The address of the next page."""


T = TypeVar("T")
P = TypeVar("P", bound=PagedAnswer)


class Refused(CommandError):
    """The service answered with a problem.

    Attributes:
        problem: The members of the RFC 9457 problem; empty if the answer was not one.
        body: The answer's body, byte for byte.
    """

    def __init__(self, response: httpx.Response) -> None:
        self.body = response.content
        self.problem = _problem(response)
        code = UNAVAILABLE if response.status_code in UNAVAILABLE_STATUSES else REFUSED
        super().__init__(_problem_words(response, self.problem), code)

    @property
    def path(self) -> str | None:
        """Where the fault is in the body that was sent, as a JSON path."""
        path = self.problem.get("path")
        return path if isinstance(path, str) else None


class Unreachable(CommandError):
    """Nothing answers at the service's address, or the connection broke in the middle of an answer."""

    def __init__(self, url: str, error: Exception) -> None:
        reason = str(error) or type(error).__name__
        super().__init__(
            f"no answer from {url}: {clean(reason)}\nIs it running? `timeline serve` starts it; --url or"
            " TIMELINE_URL says where else it is.",
            UNAVAILABLE,
        )


class Client:
    """A connection to one service, as a context manager."""

    def __init__(self, url: str, token: str | None = None) -> None:
        """Prepare the connection; nothing is sent yet.

        Raises:
            CommandError: the URL is not an HTTP address, or the token cannot be sent.
        """
        self.url = url.rstrip("/")
        address = _address(self.url)
        self._http = httpx.Client(
            base_url=address,
            headers=_headers(token),
            timeout=httpx.Timeout(ANSWER_SECONDS_MAX, connect=CONNECT_SECONDS_MAX),
            verify=address.scheme == "https",  # reading the certificates takes long, and http needs none
            trust_env=not _is_loopback(address.host),  # no proxy leads to this machine
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, address: str, parameters: Parameters | None = None) -> bytes:
        """The answer's body; parameters that are None are left out."""
        return self._send("GET", address, params=_drop_none(parameters))

    def create(self, timeline: str) -> bytes:
        """Create a timeline if it does not exist; gives its summary."""
        return self._send("PUT", timeline_address(timeline))

    def post(self, address: str, body: bytes, if_match: int | None = None) -> bytes:
        """Post JSON to an address; gives the answer's body."""
        headers = _JSON if if_match is None else {**_JSON, "If-Match": f'"{if_match}"'}
        return self._send("POST", address, content=body, headers=headers)

    def read(self, kind: type[T], address: str, parameters: Parameters | None = None) -> T:
        """The answer, decoded."""
        return decode(kind, self.get(address, parameters))

    def pages(self, kind: type[P], address: str, parameters: Parameters | None = None) -> Iterator[P]:
        """The answer, and the pages after it."""
        page = self.read(kind, address, parameters)
        yield page
        while page.next is not None:
            page = self.read(kind, page.next)
            yield page

    def lines(self, address: str, parameters: Parameters | None = None) -> Iterator[bytes]:
        """The lines of an NDJSON answer, as they arrive."""
        with self.stream(address, parameters) as (_, chunks):
            yield from _lines(chunks)

    @contextmanager
    def stream(
        self, address: str, parameters: Parameters | None = None
    ) -> Iterator[tuple[httpx.Headers, Iterator[bytes]]]:
        """An answer of any kind and length: its headers, and its bytes as they arrive."""
        with (
            self._translate_errors(),
            self._http.stream("GET", address, params=_drop_none(parameters)) as response,
        ):
            if not response.is_success:
                response.read()
                raise Refused(response)
            yield response.headers, response.iter_bytes()

    def _send(self, method: str, address: str, **options: Any) -> bytes:
        with self._translate_errors():
            response = self._http.request(method, address, **options)
        if not response.is_success:
            raise Refused(response)
        return response.content

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except httpx.TransportError as error:
            raise Unreachable(self.url, error) from error
        except httpx.HTTPError as error:
            raise CommandError(f"{self.url}: {clean(str(error))}") from error


_JSON = {"Content-Type": "application/json"}


def decode(kind: type[T], body: bytes) -> T:
    """Decode an answer.

    Raises:
        CommandError: it does not have the form that this version of the command expects.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CommandError(
            f"the answer is not in the expected form: {clean(str(error))}\n"
            "Is it a timeline service of the same version? --json prints the answer unchanged."
        ) from error


def timeline_address(timeline: str, *parts: str) -> str:
    """The address of a timeline, or of what is below it."""
    return "/".join(("/v1/timelines", *(_segment(part) for part in (timeline, *parts))))


def _segment(name: str) -> str:
    """A name as one segment of an address, whatever characters it has."""
    if not name.strip("."):
        raise CommandError(f"{name!r} is not a valid name", USAGE)  # httpx would take dots for a step up
    return quote(name, safe="")


def _drop_none(parameters: Parameters | None) -> Parameters | None:
    """The parameters that have a value; None if none has, since httpx drops an address's query for {}."""
    return {name: value for name, value in (parameters or {}).items() if value not in (None, ())} or None


def _address(url: str) -> httpx.URL:
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise CommandError(f"--url: {clean(str(error))}", USAGE) from error
    if address.scheme not in ("http", "https") or not address.host:
        raise CommandError(f"--url: expected an http or https address, not {clean(url)!r}", USAGE)
    return address


def _headers(token: str | None) -> dict[str, str]:
    if token is None:
        return {"Accept": "application/json"}
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise CommandError("--token: a token consists of visible ASCII characters, without spaces", USAGE)
    return {"Accept": "application/json", "Authorization": f"Bearer {token}"}


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Split at newlines only: httpx's own splitting also knows separators that JSON text may hold."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
    if rest:
        yield rest


def _problem(response: httpx.Response) -> dict[str, Any]:
    try:
        return msgspec.json.decode(response.content, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}


def _problem_words(response: httpx.Response, problem: dict[str, Any]) -> str:
    """A problem as lines of text: title, detail, path, and the problem's own members."""
    status = response.status_code
    if not problem:
        body = clean(response.text)[:BODY_CHARACTERS_MAX]
        return f"{response.url} answered {status} {_phrase(status)}: {body}".rstrip(": ")
    title = problem.get("title") or _phrase(status)
    lines = [f"{clean(str(title))} ({status})"]
    if (detail := problem.get("detail")) and detail != title:
        lines.append(f"  {clean(str(detail))}")
    if path := problem.get("path"):
        lines.append(f"  path: {clean(str(path))}")
    lines += [f"  {clean(n)}: {clean(_text(v))}" for n, v in problem.items() if n not in _KNOWN_MEMBERS]
    return "\n".join(lines)


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"
