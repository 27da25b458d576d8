"""Runs the service until a signal stops it: the database, its schema, and Granian with its workers."""

import ctypes
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import MPServer

from timeline.cli.common import CommandError
from timeline.cli.database import STOP_SIGNALS, StopHandler, migrate_database, open_database, open_server
from timeline.cli.listening import Address, Presence, reserve_ports
from timeline.cli.service_address import publishing
from timeline.cli.supervisor import DatabaseSupervisor
from timeline.cli.worker_socket import BACKLOG, connections_max, worker_target
from timeline.embedded.server import EmbeddedServer
from timeline.gc_tuning import relax_gc
from timeline.logs import configure_logs
from timeline.settings import Settings

# What the server buffers of a connection each way: the headers of a request must fit into it.
CONNECTION_BUFFER_BYTES = 65_536

# How long a request that is being answered may delay the shutdown. Requests take milliseconds; what takes
# longer is a stream, and its reader can continue from the last position that it read.
LAST_REQUESTS_SECONDS_MAX = 1

POLL_SECONDS = 0.05

# Granian's own lines are lines of the service's log, and only warnings and errors.
_LOG_CONFIG: dict[str, Any] = {
    "handlers": {name: {"class": "timeline.logs.LineHandler"} for name in ("console", "access")}
}

WhenReady = Callable[[str], None]


def run(settings: Settings, when_ready: WhenReady) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP; calls `when_ready` with the URL once requests are answered.

    Raises:
        CommandError: the service cannot start, or `when_ready` raised it.
    """
    configure_logs(settings.log_level)
    stop_handler = StopHandler()
    with ExitStack() as stack:
        address = stack.enter_context(reserve_ports(settings))
        presence = Presence(address.port, *filter(None, [settings.health_port]))
        stack.callback(presence.end)
        embedded: EmbeddedServer | None = None
        if settings.database_url is None:
            embedded = stack.enter_context(open_server(settings, stop_handler))
            dsn = embedded.dsn
        else:
            dsn = stack.enter_context(open_database(settings, stop_handler))
        migrate_database(dsn)
        _set_worker_environment(settings, address, dsn, stack)
        publish = stack.enter_context(publishing(settings))

        def publish_and_report(url: str) -> None:
            publish(url)
            when_ready(url)

        server = Server(address, settings, publish_and_report, hangup_ignored=stop_handler.hangup_ignored)
        if embedded is not None:
            supervisor = DatabaseSupervisor(embedded, settings, server.fail)
            server.when_started.append(supervisor.start)
            stack.callback(supervisor.stop)
        server.when_stopping.append(presence.end)
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
    if settings.database_url is None:
        os.environ["TIMELINE_DATABASE_DISK"] = str(Path(settings.data_dir).expanduser().resolve())
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
        self.when_started: list[Callable[[], None]] = []
        """Called once the workers are forked, from where threads may be started."""
        self.when_stopping: list[Callable[[], None]] = []
        """Called when the end begins, from a thread."""
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
        for start in self.when_started:
            start()

    def _await_stop(self) -> None:
        while self._signal_reader.recv(1)[0] not in self._stop_signals:
            pass
        for end in self.when_stopping:
            end()
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
            self.fail(error)

    def fail(self, error: CommandError) -> None:
        """End the service for a reason, from any thread."""
        self.failure = error
        self._signal_writer.send(bytes([signal.SIGTERM]))


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ready", trust_env=False, verify=False, timeout=5).is_success  # noqa: S501 - plain http
    except httpx.HTTPError:
        return False
