"""The connections that clients have to this process: how many from one address, and how one is closed.

The server accepts them itself and tells nobody how many there are, so the sockets are found among the files
that the process has open.
"""

import asyncio
import os
import socket
import struct
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_network
from time import monotonic

import structlog

FILES = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"  # noqa: PTH112 - a name, not a path
POLL_SECONDS = 0.25
LOG_SECONDS = 60.0
"""How long what is closed is counted before it is logged: who opens connections may not fill the log."""

AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: a close drops what the client has not read, and tells it so."""

IPV6_PREFIX = 64
"""What a provider gives to one customer (RFC 6177)."""

Peer = tuple[str, int]

_log = structlog.get_logger(__name__)


class Connections:
    """The connections to a port of this process.

    Args:
        port: where the process listens.
        address_max: how many each address may have; 0 means no limit.
    """

    def __init__(self, port: int, address_max: int) -> None:
        self._port = port
        self._address_max = address_max
        self._peers: frozenset[Peer] = frozenset()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Close what is beyond the limit from now on."""
        if self._address_max:
            self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Let everything be."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def close(self, client: Peer | None) -> None:
        """Close the connection of a client, and drop what it has not read."""
        if client is not None:
            await asyncio.to_thread(self._close_all, {(client[0], client[1])})

    async def _watch(self) -> None:
        closed, next_line = Counter[str](), 0.0
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                # the files are counted first: to ask each who is at its other end takes longer
                if len(_open_files()) > self._address_max:
                    closed += await asyncio.to_thread(self._enforce)
            except OSError as error:  # no file is left for the list of files
                _log.warning("connections could not be counted", error=repr(error))
            if closed and monotonic() >= next_line:
                _log.warning("too many connections from one address", closed=dict(closed.most_common(10)))
                closed, next_line = Counter[str](), monotonic() + LOG_SECONDS

    def _enforce(self) -> Counter[str]:
        """Close what is beyond the limit, the newest first; gives how many of each address."""
        by_address: defaultdict[str, list[Peer]] = defaultdict(list)
        peers = frozenset(peer for _, peer in self._open())
        for peer in sorted(peers, key=self._peers.__contains__, reverse=True):
            by_address[_network(peer[0])].append(peer)
        excess = {peer for of_one in by_address.values() for peer in of_one[self._address_max :]}
        self._close_all(excess)
        self._peers = peers - excess
        return Counter(_network(address) for address, _ in excess)

    def _close_all(self, peers: set[Peer]) -> None:
        if not peers:
            return
        for descriptor, peer in self._open():
            if peer in peers:
                with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as connection:
                    # the number may be that of another file by now
                    if _peer(connection.getpeername()) == peer:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
                        connection.shutdown(socket.SHUT_RDWR)

    def _open(self) -> Iterator[tuple[int, Peer]]:
        """The file and the other end of each connection to the port."""
        for descriptor in _open_files():
            try:
                # with all given that it could find out, Python asks the kernel for nothing more
                connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, fileno=descriptor)
            except OSError:
                continue  # no socket, or closed since it was listed
            try:
                local, remote = connection.getsockname(), connection.getpeername()
            except OSError:
                continue  # none that has another end
            finally:
                connection.detach()
            if isinstance(local, tuple) and local[1] == self._port:
                yield descriptor, _peer(remote)


def _open_files() -> list[int]:
    return [int(name) for name in os.listdir(FILES)]  # noqa: PTH208 - paths would be made for nothing


def _peer(name: tuple[object, ...]) -> Peer:
    """The address, without the zone of a local one, and the port in a name of a socket."""
    return str(name[0]).partition("%")[0], int(str(name[1]))


def _network(address: str) -> str:
    """What one client has of addresses: one by IPv4, and by IPv6 all of a network."""
    if ":" not in address:
        return address
    return str(ip_network((address, IPV6_PREFIX), strict=False))
