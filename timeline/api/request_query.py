"""The query of a request, parsed once, so that cache, framework and handlers see the same parameters."""

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes, urlencode

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Struct

from timeline.domain.errors import Malformed
from timeline.domain.scalars import EXACT_INTEGER_MAX

PARAMETERS_MAX = 100
"""How many parameters a query may have; no operation takes as many."""

MEMOIZED_BYTES_MAX = 600
MEMOIZED_PARAMETERS_MAX = 20
"""How long a query is at most whose parsing is remembered: a thousand of these take five megabytes."""

NAME_LENGTH_MAX = 80
"""How many characters of an unknown parameter's name an error repeats."""

_MALFORMED_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_DIGITS = re.compile(r"[0-9]{1,100}")
_STATE_KEY = "timeline_query"


class RequestQuery(Struct, frozen=True):
    """A query's parameters, sorted by name and value, and the one way to write them.

    No operation gives a meaning to the order of its parameters, or of the values of one, so two queries with
    the same parameters are equal.
    """

    parameters: tuple[tuple[str, str], ...] = ()
    text: str = ""

    def get(self, name: str) -> str | None:
        """The value of a parameter; None where it is absent, the least where there are several."""
        for parameter, value in self.parameters:
            if parameter == name:
                return value
        return None

    def position(self, name: str) -> int | None:
        """The value of a parameter that is a position of the log; None for anything else."""
        digits = self.get(name)
        if digits is None or not _DIGITS.fullmatch(digits):
            return None
        position = int(digits)
        return position if position <= EXACT_INTEGER_MAX else None


_EMPTY = RequestQuery()


def parse_query(query_string: bytes) -> RequestQuery:
    """The parameters of a query string as a request has it.

    It is read as HTML forms write it (WHATWG URL, section 5.1): `&` separates, `+` is a blank, a parameter
    without `=` has an empty value. Unlike there, and unlike in the framework, what is not percent-encoded
    UTF-8 is refused: read leniently, two addresses that differ could mean one thing.

    Raises:
        Malformed: an escape lacks its two hexadecimal digits, bytes are not UTF-8, or there are more than
            PARAMETERS_MAX parameters.
    """
    if not query_string:
        return _EMPTY
    if len(query_string) <= MEMOIZED_BYTES_MAX and query_string.count(b"&") < MEMOIZED_PARAMETERS_MAX:
        return _parse_memoized(query_string)
    return _parse(query_string)


def _parse(query_string: bytes) -> RequestQuery:
    fields = [field for field in query_string.split(b"&") if field]
    if len(fields) > PARAMETERS_MAX:
        raise Malformed(f"a query may have at most {PARAMETERS_MAX} parameters; this one has {len(fields)}")
    parameters = []
    for field in fields:
        name_bytes, _, value_bytes = field.partition(b"=")
        name = _decode(name_bytes, "a parameter's name", path=None)
        parameters.append((name, _decode(value_bytes, "the value", path=name[:NAME_LENGTH_MAX])))
    parameters.sort()
    return RequestQuery(tuple(parameters), urlencode(parameters))


# parsing takes 20 to 60 µs, which would be noticeable in answers from the cache
_parse_memoized = lru_cache(maxsize=1_000)(_parse)


def _decode(encoded: bytes, what: str, *, path: str | None) -> str:
    if b"%" in encoded and _MALFORMED_ESCAPE.search(encoded):
        raise Malformed(
            f"{what} has a percent sign without two hexadecimal digits after it; write % itself as %25",
            path=path,
        )
    try:
        return unquote_to_bytes(encoded.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise Malformed(f"{what} is not UTF-8 when its percent escapes are decoded", path=path) from None


class QueryParsing(ASGIMiddleware):
    """Parses each request's query, and writes it back in its canonical form for the framework to read."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Answer a request whose query can be parsed.

        Raises:
            Malformed: it cannot.
        """
        query = parse_query(scope["query_string"])
        scope["state"][_STATE_KEY] = query
        scope["query_string"] = query.text.encode()
        await next_app(scope, receive, send)


def query_of(scope: Scope) -> RequestQuery:
    """The query of a request that has passed QueryParsing."""
    query: RequestQuery = scope["state"][_STATE_KEY]
    return query
