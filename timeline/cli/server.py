"""Runs the service until a signal stops it: the database, its schema, and Granian with its workers."""

import ctypes
import errno
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import Thread
from typing import Any, NamedTuple

import httpx
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import MPServer

from timeline.cli.common import REFUSED, USAGE, CommandError
from timeline.cli.database import STOP_SIGNALS, StopHandler, migrate_database, open_database
from timeline.cli.service_address import local_url, publishing
from timeline.cli.worker_socket import BACKLOG, connections_max, worker_target
from timeline.gc_tuning import relax_gc
from timeline.settings import Settings

# What the server buffers of a connection each way: the headers of a request must fit into it.
CONNECTION_BUFFER_BYTES = 65_536

# How long a request that is being answered may delay the shutdown. Requests take milliseconds; what takes
# longer is a stream, and its reader can continue from the last position that it read.
LAST_REQUESTS_SECONDS_MAX = 1

POLL_SECONDS = 0.05

# Granian's own lines go to stderr, and only warnings and errors.
_LOG_CONFIG: dict[str, Any] = {
    "handlers": {
        name: {"formatter": "generic", "class": "logging.StreamHandler", "stream": "ext://sys.stderr"}
        for name in ("console", "access")
    }
}

WhenReady = Callable[[str], None]


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
def reserve_port(address: Address) -> Iterator[Address]:
    """Reserve a port for the service's workers, so that no other program gets it; port 0 picks a free one.

    Granian's workers each bind the port with SO_REUSEPORT. So would those of a second service, which would
    then silently take half of the requests. The socket opened here prevents that: it is bound without
    SO_REUSEPORT, which is set only afterwards, for our own workers. Where a system does not allow that, the
    socket is closed again.

    Raises:
        CommandError: the port is in use, or this user may not listen on it.
    """
    family = socket.AF_INET6 if address.ip.version == 6 else socket.AF_INET
    with socket.socket(family) as reservation:
        # connections of an earlier run that linger in TIME_WAIT do not count as in use
        reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            reservation.bind((str(address.ip), address.port))
        except OSError as error:
            raise CommandError(_bind_error_words(address, error), REFUSED) from error
        port = reservation.getsockname()[1]
        if sys.platform == "linux":
            reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
            reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        else:
            reservation.close()
        yield Address(address.ip, port)


def _bind_error_words(address: Address, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {address.port} on {address.ip} is in use by another program.\n"
            "Choose another with --port; --port 0 picks a free one."
        )
    return f"cannot listen on {address.ip}, port {address.port}: {error.strerror}"


def run(settings: Settings, when_ready: WhenReady) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP; calls `when_ready` with the URL once requests are answered.

    Raises:
        CommandError: the service cannot start, or `when_ready` raised it.
    """
    stop_handler = StopHandler()
    with ExitStack() as stack:
        address = stack.enter_context(reserve_port(listening_address(settings)))
        if settings.health_port is not None:
            stack.enter_context(reserve_port(Address(address.ip, settings.health_port)))
        dsn = stack.enter_context(open_database(settings, stop_handler))
        migrate_database(dsn)
        _set_worker_environment(settings, address, dsn, stack)
        publish = stack.enter_context(publishing(settings))

        def publish_and_report(url: str) -> None:
            publish(url)
            when_ready(url)

        server = Server(address, settings, publish_and_report, hangup_ignored=stop_handler.hangup_ignored)
        # not Granian's own way to find the application, which depends on the folder that it runs in
        server.serve(worker_target(address.ip, address.port, settings), load_application, wrap_loader=False)
        if server.failure is not None:
            raise server.failure


def _set_worker_environment(settings: Settings, address: Address, dsn: str, stack: ExitStack) -> None:
    """Set the environment from which each worker reads its settings."""
    os.environ |= {
        "TIMELINE_DATABASE_URL": dsn,
        "TIMELINE_HOST": str(address.ip),
        "TIMELINE_PORT": str(address.port),
        "TIMELINE_WORKERS": str(settings.workers),
        "TIMELINE_CORS_ORIGINS": settings.cors_origins or "",
    }
    if settings.workers > 1 and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        # each worker writes its counters there, and the one that answers /metrics adds them up
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="timeline-metrics-"))
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder


def load_application() -> Any:
    """The application, in a worker: a child process of Granian's, which ends with it whatever happens."""
    # the parent's handlers are not for its workers; Granian sets the workers' own once this is loaded
    signal.set_wakeup_fd(-1)
    for signum in STOP_SIGNALS:
        signal.signal(signum, signal.SIG_DFL)
    # Ctrl-C is for the parent, which then ends its workers: a worker that ends first looks like a failure
    os.setpgid(0, 0)
    _end_with_parent()
    from timeline.api.app import create_app  # noqa: PLC0415 - the parent has no use for it

    app = create_app()
    relax_gc()
    return app


def _end_with_parent() -> None:
    """Get SIGTERM when the parent is killed, to free the port; only Linux can do that."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


class Server(MPServer):
    """Granian with the options of this service, which reports when it is ready and stops on one signal."""

    def __init__(
        self, address: Address, settings: Settings, when_ready: WhenReady, *, hangup_ignored: bool
    ) -> None:
        super().__init__(
            "timeline.api.app:create_app",
            address=str(address.ip),
            port=address.port,
            interface=Interfaces.ASGI,
            # where HTTP/2 is accepted too, the server waits for its first bytes for ever
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(
                header_read_timeout=round(1_000 * settings.header_seconds_max),
                max_buffer_size=CONNECTION_BUFFER_BYTES,
            ),
            loop=Loops.uvloop,
            websockets=False,
            workers=settings.workers,
            respawn_failed_workers=True,
            workers_kill_timeout=LAST_REQUESTS_SECONDS_MAX,
            backlog=BACKLOG,
            backpressure=connections_max(settings),
            log_level=LogLevels.debug if settings.log_level == "debug" else LogLevels.warning,
            log_dictconfig=_LOG_CONFIG,
            log_access=False,
        )
        self.failure: CommandError | None = None
        self._url = address.url
        self._when_ready = when_ready
        self._stop_signals = {*STOP_SIGNALS} - ({signal.SIGHUP} if hangup_ignored else set())
        self._signal_reader, self._signal_writer = socket.socketpair()
        self._signal_writer.setblocking(False)

    def signal_handler_interrupt(self, *_: Any, **__: Any) -> None:
        """Do nothing: the signal's number has gone to `_await_stop` before Python calls this.

        Granian's own handler sets an Event, which takes a lock: a second signal in the middle of it would
        lock the process for ever. And where the kernel gives a signal to another thread, Python calls the
        handler only once the main thread wakes up, which waits for that very Event.
        """

    def startup(self, spawn_target: Any, target_loader: Any) -> None:
        """Start the workers, and threads that wait for their first answer and for the end.

        The threads start after the workers are forked: a fork in the middle of its imports would leave
        them locked in the worker.
        """
        signal.set_wakeup_fd(self._signal_writer.fileno(), warn_on_full_buffer=False)
        super().startup(spawn_target, target_loader)  # type: ignore[no-untyped-call]
        # Granian restarts its workers on SIGHUP; here it means that the terminal was closed, and stops all
        if signal.SIGHUP in self._stop_signals:
            signal.signal(signal.SIGHUP, self.signal_handler_interrupt)
        else:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        Thread(target=self._await_stop, daemon=True).start()
        Thread(target=self._announce, daemon=True).start()

    def _await_stop(self) -> None:
        while self._signal_reader.recv(1)[0] not in self._stop_signals:
            pass
        self.interrupt_signal = True
        self.main_loop_interrupt.set()

    def _announce(self) -> None:
        while not _is_ready(self._url):
            if self.interrupt_signal:
                return
            time.sleep(POLL_SECONDS)
        try:
            self._when_ready(self._url)
        except CommandError as error:
            self.failure = error
            self._signal_writer.send(bytes([signal.SIGTERM]))


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ready", trust_env=False, verify=False, timeout=5).is_success  # noqa: S501 - plain http
    except httpx.HTTPError:
        return False
