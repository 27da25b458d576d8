"""The socket on which a worker listens, and how many connections it may have at once."""

import resource
import socket
import sys
from collections.abc import Callable
from functools import partial
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from granian import _granian
from granian.server import MPServer

from timeline.settings import Settings

BACKLOG = 1024
"""Connections that wait to be accepted, and connections that a worker has beside its streams: each stream
would occupy one of these places, and enough streams would leave none for other requests."""

OTHER_FILES = 200
"""What a worker has open beside the connections to clients and to the database, and some to spare."""


def connections_max(settings: Settings) -> int:
    """How many connections a worker may have at once.

    It is allowed as many open files as that takes, where the system lets it: a process that has no file left
    can neither accept a connection nor open one to its database.
    """
    places = BACKLOG + settings.stream_readers_max
    others = settings.pool_connections_max + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = places + others
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    if soft != resource.RLIM_INFINITY and soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return max(min(places, limit - others), 1)


def worker_target(ip: IPv4Address | IPv6Address, port: int, settings: Settings) -> Callable[..., None] | None:
    """What a worker runs; None where it is the server's own."""
    if sys.platform != "linux":
        return None
    return partial(_run_worker, str(ip), port, settings.unread_seconds_max)


def _run_worker(  # noqa: PLR0913 - the server's own, and three before them
    host: str,
    port: int,
    unread_seconds_max: float,
    worker_id: int,
    process_name: str,
    load: Callable[[], Any],
    _: Any,
    *options: Any,
) -> None:
    """Run a worker of the server's as it does itself, on a socket of ours."""
    descriptor = listen(host, port, unread_seconds_max).detach()
    # the arguments and their order are those of the platform, and not in the server's own types
    holder: Any = _granian.SocketHolder(descriptor, False, BACKLOG)  # type: ignore[call-arg]
    spawn = MPServer._spawn_asgi_lifespan_worker  # noqa: SLF001 - it has no public way to another socket
    spawn(worker_id, process_name, load, ((None, holder), None), *options)


def listen(host: str, port: int, unread_seconds_max: float) -> socket.socket:
    """A socket as the server makes it, whose connections end when nobody reads what they hold.

    The kernel asks a client that has no room for more again and again, for ever; with a TCP_USER_TIMEOUT it
    gives up after that time, and the server, which does not look after an answer it has passed on, is told.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(1_000 * unread_seconds_max))
    listener.bind((host, port))
    return listener
