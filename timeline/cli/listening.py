"""Where the service listens: its address, and its port, which nobody else may use beside it."""

import errno
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

import rich_click as click

from timeline.cli.common import REFUSED, USAGE, CommandError
from timeline.cli.service_address import local_url
from timeline.settings import Settings

POLL_SECONDS = 0.05


class Address(NamedTuple):
    """An address of this machine and a port."""

    ip: IPv4Address | IPv6Address
    port: int

    @property
    def url(self) -> str:
        """The URL at which programs on this machine reach the service."""
        return local_url(self.ip, self.port)


def listening_address(settings: Settings) -> Address:
    """The address to listen on.

    Raises:
        CommandError: the host is unknown, or other machines can reach it and writing needs no token.
    """
    try:
        # the zone of an address, as in fe80::1%eth0, is dropped
        addresses = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise CommandError(f"cannot resolve the host {settings.host!r}: {error}", USAGE) from error
    ips = [ip_address(str(address[0])) for *_, address in addresses]
    if settings.write_token is None and not all(ip.is_loopback for ip in ips):
        raise CommandError(
            f"other machines can reach {settings.host}, and without a token any of them could write.\n"
            "Set TIMELINE_WRITE_TOKEN to a long random word (openssl rand -hex 32), or listen on 127.0.0.1.",
            USAGE,
        )
    return Address(ips[0], settings.port)


@contextmanager
def reserve_ports(settings: Settings) -> Iterator[Address]:
    """Reserve the service's port, and that of its health listener if there is one; gives the service's.

    Raises:
        CommandError: a port is in use, both are one, or this user may not listen on one.
    """
    wait_seconds_max = settings.port_wait_seconds_max
    with ExitStack() as stack:
        address = stack.enter_context(reserve_port(listening_address(settings), wait_seconds_max))
        if settings.health_port == address.port:
            raise CommandError(
                f"TIMELINE_HEALTH_PORT is {address.port}, which is the service's own port (--port): the"
                " health listener needs another.",
                USAGE,
            )
        if settings.health_port is not None:
            health = Address(address.ip, settings.health_port)
            choice = "TIMELINE_HEALTH_PORT, or unset it"
            stack.enter_context(reserve_port(health, wait_seconds_max, choice))
        yield address


@contextmanager
def reserve_port(
    address: Address, wait_seconds_max: float = 0.0, choice: str = "--port; --port 0 picks a free one"
) -> Iterator[Address]:
    """Reserve a port for the service's workers, so that no other program gets it; port 0 picks a free one.

    Granian's workers each bind the port with SO_REUSEPORT. So would those of a second service, which would
    then silently take half of the requests. The socket opened here prevents that: it is bound without
    SO_REUSEPORT, which is set only afterwards, for our own workers. Where a system does not allow that, the
    socket is closed again.

    Args:
        address: The address and the port.
        wait_seconds_max: How long to wait for a service that is ending, or for the workers of one that was
            killed: they answer their last requests before they end.
        choice: By what another port is chosen, in words.

    Raises:
        CommandError: the port is in use, or this user may not listen on it.
    """
    with _socket(address) as reservation:
        # connections of an earlier run that linger in TIME_WAIT do not count as in use
        reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(reservation, address, wait_seconds_max, choice)
        port = reservation.getsockname()[1]
        if sys.platform == "linux":
            reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
            reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        else:
            reservation.close()
        yield Address(address.ip, port)


def _socket(address: Address) -> socket.socket:
    return socket.socket(socket.AF_INET6 if address.ip.version == 6 else socket.AF_INET)


def _bind(reservation: socket.socket, address: Address, wait_seconds_max: float, choice: str) -> None:
    deadline = time.monotonic() + wait_seconds_max
    is_waiting = False
    while True:
        try:
            reservation.bind((str(address.ip), address.port))
        except OSError as error:
            is_late = time.monotonic() >= deadline
            if error.errno != errno.EADDRINUSE or is_late or not _is_ending(address):
                raise CommandError(_bind_error_words(address, error, choice), REFUSED) from error
        else:
            return
        if not is_waiting:
            click.echo(
                f"Port {address.port} is still that of a service that is ending; waiting for it.", err=True
            )
            is_waiting = True
        time.sleep(POLL_SECONDS)


def _is_ending(address: Address) -> bool:
    """Whether a port in use is that of a service that is ending, or of workers whose parent was killed.

    Only sockets of one user with SO_REUSEPORT may share a port; a service that goes on shows its presence.
    """
    if not hasattr(socket, "SO_REUSEPORT"):
        return False
    with _socket(address) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            probe.bind((str(address.ip), address.port))
        except OSError:
            return False
    return not _is_present(address.port)


class Presence:
    """Shows others that the service on these ports lives, for as long as this very process means to go on.

    An abstract socket's name is free again once nobody has the socket open; the workers, which are forked
    from this process, close it. Only Linux has such names: elsewhere a second service waits before it says
    that the port is in use.
    """

    def __init__(self, *ports: int) -> None:
        self._sockets: list[socket.socket] = []
        if sys.platform != "linux":
            return
        for port in ports:
            presence = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._sockets.append(presence)
            with suppress(OSError):  # somebody else has the name, which costs no more than a wait
                presence.bind(_presence_name(port))
        os.register_at_fork(after_in_child=self.end)

    def end(self) -> None:
        """Show it no longer: whoever wants the ports may wait for them."""
        for presence in self._sockets:
            presence.close()


def _is_present(port: int) -> bool:
    if sys.platform != "linux":
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(_presence_name(port))
        except OSError:
            return True
    return False


def _presence_name(port: int) -> str:
    return f"\0timeline-service-{port}"


def _bind_error_words(address: Address, error: OSError, choice: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {address.port} on {address.ip} is in use by another program.\n"
            f"Choose another with {choice}."
        )
    return f"cannot listen on {address.ip}, port {address.port}: {error.strerror}"
