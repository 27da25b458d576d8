"""Which hosts the service answers for, by the Host header, and how large what comes before a body may be.

A page of another site can have its own name lead to this machine (DNS rebinding): its requests then come from
the same origin, and only their Host tells. A service that anybody on this machine may write to therefore
answers for loopback alone, and beside it for what its settings name. Behind a proxy the names are those of
`TIMELINE_PUBLIC_URL` and `TIMELINE_ALLOWED_HOSTS`; where neither is set, any name is taken. An address in the
place of a name cannot be rebound.
"""

import re
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from litestar.types import HTTPScope, Scope
from msgspec import Struct

from timeline.domain.errors import AddressTooLong, HeadersTooLarge, Malformed
from timeline.settings import Settings

ADDRESS_BYTES_MAX = 8_000
"""The longest path with its query; RFC 9110, section 4.1, wants at least as much."""

HEADERS_BYTES_MAX = 32_000
"""The most that the names and values of a request's headers may have together."""

PROBES = frozenset({"/health", "/ready"})
"""What load balancers ask, by whatever name they have for the machine."""

HTTP_1_0 = ("1.0", "1")
"""As ASGI writes the version, and as Granian does."""

_HOST = re.compile(r"([a-z0-9._~-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::([0-9]{0,5}))?", re.IGNORECASE)
_PORT_MAX = 65_535


class HostPolicy(Struct, frozen=True):
    """The names that the service answers for; with `any_names` whatever a request calls it."""

    names: frozenset[str] = frozenset()
    any_names: bool = True
    any_addresses: bool = True

    def allows(self, name: str) -> bool:
        """Whether a request may call the service by this name or address."""
        if self.any_names or name in self.names or is_loopback_host(name):
            return True
        return self.any_addresses and _is_address(name)


def host_policy(settings: Settings) -> HostPolicy:
    """The names in the settings; beside loopback none where everybody on this machine may write."""
    names = _listed_names(settings.allowed_hosts or "")
    if settings.public_url:
        public_name = urlsplit(settings.public_url).hostname or ""
        names |= {public_name if public_name.isascii() else public_name.encode("idna").decode()}
    is_private = settings.write_token is None and is_loopback_host(settings.host)
    return HostPolicy(names, any_names=not names and not is_private, any_addresses=not is_private)


def _listed_names(text: str) -> frozenset[str]:
    words = re.split(r"[\s,]+", text.lower())
    return frozenset(word.partition(":")[0].removesuffix(".") for word in words if word)


def check_head(policy: HostPolicy, scope: HTTPScope) -> None:
    """Let a request pass whose address and headers are not too large, and whose host the service serves.

    Raises:
        AddressTooLong, HeadersTooLarge: they are.
        Malformed: `Host` is missing, repeated or no host, or names a host of another service.
    """
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > ADDRESS_BYTES_MAX:
        raise AddressTooLong(limit=ADDRESS_BYTES_MAX)
    if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADERS_BYTES_MAX:
        raise HeadersTooLarge(limit=HEADERS_BYTES_MAX)
    hosts = _hosts(scope["headers"])
    if not hosts and scope["http_version"] in HTTP_1_0:
        return  # no browser sends that
    if len(hosts) != 1:
        message = "a request needs a Host header" if not hosts else "a request has one Host header"
        raise Malformed(message, path="Host")
    name = host_name(hosts[0])
    if not policy.allows(name) and scope["path"] not in PROBES:
        raise Malformed(
            f"this service does not answer for the host {name}; TIMELINE_ALLOWED_HOSTS can name it",
            path="Host",
        )


def request_base(scope: Scope) -> str:
    """The service's address as a request has it, in one spelling.

    Any client chooses it: it belongs into no answer that another client may get.
    """
    hosts = _hosts(scope["headers"])
    host, port = scope["server"] or ("localhost", None)
    return f"{scope['scheme']}://{hosts[0].lower() if hosts else host if port is None else f'{host}:{port}'}"


def host_name(host: str) -> str:
    """The name or address in a Host header, in lower case, without port, brackets and final dot.

    Raises:
        Malformed: it is none.
    """
    match = _HOST.fullmatch(host)
    if match is None or int(match[2] or 0) > _PORT_MAX:
        raise Malformed("expected a host, with or without a port, such as timeline.example:8000", path="Host")
    return match[1].lower().strip("[]").removesuffix(".")


def is_loopback_host(host: str) -> bool:
    """Whether a name or address always leads to the machine that asks."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _hosts(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    # the server adds an empty one where a request has none
    return [value.decode("latin-1") for name, value in headers if name == b"host" and value]
