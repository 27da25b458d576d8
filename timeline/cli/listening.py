"""Where the service listens: which address, whether it may, and that nobody else has the port."""

import errno
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

from timeline.cli.common import REFUSED, USAGE, CommandError
from timeline.settings import Settings


class Address(NamedTuple):
    """An address of this machine and a port."""

    ip: IPv4Address | IPv6Address
    port: int

    @property
    def url(self) -> str:
        """Where this machine's own programs reach the service."""
        reached = self.ip
        if self.ip.is_unspecified:
            reached = ip_address("127.0.0.1" if self.ip.version == 4 else "::1")
        return f"http://[{reached}]:{self.port}" if reached.version == 6 else f"http://{reached}:{self.port}"


def admitted(settings: Settings) -> Address:
    """The address to listen on, if it is one that the settings may open.

    Raises:
        CommandError: the host is unknown, or it is open to others and writes need no token.
    """
    try:
        # a zone, as in fe80::1%eth0, is not told apart
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise CommandError(f"the host {settings.host!r} is not known here: {error}", USAGE) from error
    ips = [ip_address(str(address[0])) for *_, address in found]
    if settings.write_token is None and not all(ip.is_loopback for ip in ips):
        raise CommandError(
            f"{settings.host} is open to other machines, and without a token any of them could write.\n"
            "Set TIMELINE_WRITE_TOKEN to a long random word (openssl rand -hex 32), or listen on 127.0.0.1.",
            USAGE,
        )
    return Address(ips[0], settings.port)


@contextmanager
def reserved(address: Address) -> Iterator[Address]:
    """Hold a port for the service's workers and keep all others from it; port 0 takes a free one.

    Granian's workers each bind the port with SO_REUSEPORT. So would those of a second service, which would
    then silently take half of the requests. The socket held here refuses it: bound without SO_REUSEPORT,
    then opened to our own workers. It is set down again where sockets cannot be opened afterwards.

    Raises:
        CommandError: the port is taken, or is not this user's to take.
    """
    family = socket.AF_INET6 if address.ip.version == 6 else socket.AF_INET
    with socket.socket(family) as held:
        # connections of an earlier run that are still being put away do not count as taken
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            held.bind((str(address.ip), address.port))
        except OSError as error:
            raise CommandError(_refusal(address, error), REFUSED) from error
        port = held.getsockname()[1]
        if sys.platform == "linux":
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        else:
            held.close()
        yield Address(address.ip, port)


def _refusal(address: Address, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {address.port} of {address.ip} is taken by another program.\n"
            "Choose another with --port; --port 0 takes a free one."
        )
    return f"cannot listen on port {address.port} of {address.ip}: {error.strerror}"
