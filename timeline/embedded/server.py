"""The embedded PostgreSQL: starts, shares and stops a server, so that a newcomer has nothing to set up.

Several processes may use one data directory. Each holds a shared lock on `users.lock` while it does, the
kernel drops the lock of whoever dies, and the last one out stops the server:

    <data_dir>/postgres/     what initdb made; PostgreSQL's own
    <data_dir>/server.log    the server's log
    <data_dir>/socket.path   where its socket is, if the path of `postgres/` is too long for one
    <data_dir>/reserve       room for a start on a full disk
    <data_dir>/change.lock   held while the server is being started or stopped
    <data_dir>/users.lock    held, shared, by every process that uses the server
"""

import fcntl
import math
import os
import shlex
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping

from timeline.disk import Disk, Reserve, speaks_of_full_disk
from timeline.embedded.processes import Processes, lines_of
from timeline.embedded.programs import (
    DiskFullError,
    EmbeddedServerError,
    allow_reading,
    allow_traversal,
    programs,
    run_program,
    server_account,
    syncfs_tells_errors,
)

DATABASE = "timeline"
SUPERUSER = "postgres"
PORT = "5432"  # names the socket; nothing listens on TCP

# sun_path holds 104 bytes on macOS and 108 on Linux, its closing NUL included.
SOCKET_BYTES_MAX = 103
SOCKET_NAME = f".s.PGSQL.{PORT}"

# A start after a crash replays the log first, which takes as long as a checkpoint is large.
START_SECONDS_MAX = 120.0
START_ATTEMPTS_MAX = 4
RETRY_SECONDS = 0.5
PING_SECONDS_MAX = "5"
STOP_SECONDS_MAX = 60.0
LOG_LINES_MAX = 8

PARAMETERS = {
    "autovacuum_naptime": "5s",  # the planner takes wrong indexes until a new table is analysed
    "listen_addresses": "",
    "log_timezone": "UTC",
    "max_connections": "200",  # eight workers with full pools, and someone with psql
    "port": PORT,
    "timezone": "UTC",
    # after a crash all files are synced: one by one takes seconds, and longer the more there are
    "recovery_init_sync_method": "syncfs" if syncfs_tells_errors() else "fsync",
}


class EmbeddedServer:
    """The embedded PostgreSQL of one data directory, as a context manager.

    Starting attaches to the server that is running already, if there is one; stopping leaves it to
    the others that use it.
    """

    def __init__(
        self,
        data_dir: str | Path,
        parameters: Mapping[str, str] | None = None,
        *,
        start_seconds_max: float = START_SECONDS_MAX,
        free_bytes_min: int = 0,
    ) -> None:
        """Describe the server; nothing is started yet.

        Args:
            data_dir: Created if it does not exist; its data are kept from one run to the next.
            parameters: PostgreSQL settings for a server that this object starts, beside `PARAMETERS`.
            start_seconds_max: How long a start may take.
            free_bytes_min: With less room on its disk than this, the disk counts as full.
        """
        self.data_dir = Path(data_dir).expanduser().resolve()
        self._cluster = self.data_dir / "postgres"
        self._log = self.data_dir / "server.log"
        self._disk = Disk(self.data_dir, free_bytes_min)
        self._reserve = Reserve(self._disk, self.data_dir / "reserve")
        self._processes = Processes(self._cluster)
        self._parameters = {**PARAMETERS, **(parameters or {})}
        self._start_seconds_max = start_seconds_max
        self._users: IO[bytes] | None = None
        self._account = server_account()

    @property
    def dsn(self) -> str:
        """The libpq connection string of the database `timeline`.

        Raises:
            EmbeddedServerError: the server is not running.
        """
        return self._dsn(DATABASE)

    @property
    def is_serving(self) -> bool:
        """Whether the server lives and has not been told to stop; it need not answer at present."""
        return self._processes.is_serving

    def start(self) -> None:
        """Start the server or attach to it; create its database if it has none.

        Raises:
            EmbeddedServerError: it does not start; the end of its log is in the message.
        """
        self._create_data_dir()
        with self._change_lock():
            users = (self.data_dir / "users.lock").open("ab")
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                self._initialise()
                self._ensure_running(START_ATTEMPTS_MAX)
                self._give_back_reserve()
                self._create_database()
            except BaseException as error:
                users.close()
                if isinstance(error, OSError):
                    raise self._failure(f"cannot prepare the start: {error}") from error
                raise
            self._users = users

    def restart(self) -> None:
        """Start the server again, once, after it has died among its users; another one may have done so.

        Raises:
            DiskFullError: it finds no room to start in.
            EmbeddedServerError: it does not start, or its data are gone.
        """
        with self._change_lock():
            if not (self._cluster / "PG_VERSION").exists():
                raise EmbeddedServerError(f"the data are gone from {self._cluster}")
            self._ensure_running(attempts_max=1)
            self._give_back_reserve()

    def keep_reserve(self) -> None:
        """Take room for a full disk where there is room to spare, and give it back when it is needed."""
        self._give_back_reserve()
        self._reserve.keep()

    def stop(self) -> bool:
        """Stop using the server; the last process that uses it stops it.

        Returns:
            Whether the server was stopped.
        """
        if self._users is None:
            return False
        with self._change_lock(), self._users as users:
            self._users = None
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            socket_dir = self._processes.socket_dir
            if self._ping() in (Ping.OK, Ping.REJECT):
                self._stop_server()
            if socket_dir is not None:
                self._discard(socket_dir)
        return True

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _create_data_dir(self) -> None:
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EmbeddedServerError(f"cannot create the data directory {self.data_dir}: {error}") from error
        if self._account is not None:
            allow_traversal(self.data_dir)
            allow_traversal(programs())
            allow_reading(programs().parent)

    @contextmanager
    def _change_lock(self) -> Iterator[None]:
        """Let only one process at a time start or stop the server of a data directory."""
        try:
            lock = (self.data_dir / "change.lock").open("ab")
        except OSError as error:
            raise EmbeddedServerError(
                f"cannot write to the data directory {self.data_dir}: {error}"
            ) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                yield
            finally:
                # a worker that is forked meanwhile holds the file too, and with it the lock
                fcntl.flock(lock, fcntl.LOCK_UN)

    def _initialise(self) -> None:
        """Create the cluster under another name and move it, so that it never exists half made."""
        if (self._cluster / "PG_VERSION").exists():
            return
        unfinished = self.data_dir / "postgres.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._chown(unfinished)
        try:
            self._initdb(unfinished)
        except EmbeddedServerError as error:
            raise self._failure(str(error)) from error
        unfinished.rename(self._cluster)

    def _initdb(self, folder: Path) -> None:
        # the builtin provider sorts by code point on every machine, whatever locales are installed there
        self._run(
            "initdb",
            "--pgdata", ".",
            "--username", SUPERUSER,
            "--auth", "trust",  # the socket's directory admits its owner only
            "--encoding", "UTF8",
            "--locale", "C",
            "--locale-provider", "builtin",
            "--builtin-locale", "C.UTF-8",
            cwd=folder,
            seconds_max=self._start_seconds_max,
        )  # fmt: skip

    def _ensure_running(self, attempts_max: int) -> None:
        """Launch the server unless it answers already.

        After a crash it may be neither up nor down for a moment: still replaying its log, or dead with
        processes that have yet to notice. The first is waited for, and the others are ended.
        """
        deadline = time.monotonic() + self._start_seconds_max
        for attempt in range(1, attempts_max + 1):
            if self._processes.is_stopping and self._ping() is Ping.REJECT:
                with suppress(EmbeddedServerError):  # it has just ended
                    self._stop_server()  # it may be waiting for its clients, for as long as they stay
            while (state := self._ping()) is Ping.REJECT and time.monotonic() < deadline:
                time.sleep(0.1)
            if state is Ping.OK:
                return
            try:
                self._launch()
            except EmbeddedServerError as error:
                if isinstance(error, DiskFullError):
                    self._reserve.release()
                if attempt == attempts_max:
                    raise
                time.sleep(RETRY_SECONDS)

    def _give_back_reserve(self) -> None:
        """Give the reserve back if PostgreSQL runs and takes no connection: each may have a file to write."""
        if self._disk.is_used_up:
            try:
                psycopg.connect(self.dsn, connect_timeout=int(PING_SECONDS_MAX)).close()
            except (EmbeddedServerError, psycopg.Error):
                self._reserve.release()

    def _launch(self) -> None:
        self._processes.end_orphans()
        try:
            self._log.touch()
            self._chown(self._log)
            socket_dir = self._choose_socket_dir()
            self._processes.disown_stale_pids(socket_dir / f"{SOCKET_NAME}.lock")
        except OSError as error:
            raise self._failure(f"cannot prepare the start: {error}") from error
        options = [f"-c{name}={value}" for name, value in self._parameters.items()]
        # PostgreSQL reads a list, in which a comma separates and a doubled quote is a quote
        quoted = str(socket_dir).replace('"', '""')
        options.append(f'-cunix_socket_directories="{quoted}"')
        logged_bytes = self._log.stat().st_size
        arguments = ("-l", f"../{self._log.name}", "-o", shlex.join(options))
        try:
            self._pg_ctl("start", *arguments, seconds_max=self._start_seconds_max)
        except EmbeddedServerError as error:
            self._discard(socket_dir)
            with self._log.open(errors="replace") as log:
                log.seek(logged_bytes)
                lines = log.read().splitlines()
            raise self._failure("\n".join([str(error), *lines[-LOG_LINES_MAX:]])) from error

    def _failure(self, words: str) -> EmbeddedServerError:
        """Why a start has failed: plainly so if it is for want of room, which comes and goes."""
        if self._disk.is_used_up or speaks_of_full_disk(words):
            return DiskFullError(f"the disk of {self.data_dir} is full\n{words}")
        return EmbeddedServerError(words)

    def _choose_socket_dir(self) -> Path:
        """The cluster's directory if its path is short enough, else a private temporary one.

        It is the same one after each start, since the clients of a server that has died know it.
        """
        if len(os.fsencode(self._cluster / SOCKET_NAME)) <= SOCKET_BYTES_MAX:
            return self._cluster
        note = self.data_dir / "socket.path"
        if (previous := lines_of(note)) and self._take_private_dir(Path(previous[0])):
            return Path(previous[0])
        short = Path(tempfile.mkdtemp(prefix="timeline-"))
        self._chown(short)
        note.write_text(str(short))
        return short

    def _take_private_dir(self, path: Path) -> bool:
        """Make a directory that only the server's account may use, or find it; False if it is another's."""
        try:
            path.mkdir(mode=0o700)
            self._chown(path)
        except FileExistsError:
            pass
        except OSError:
            return False
        state = path.lstat()
        owner = os.geteuid() if self._account is None else self._account.pw_uid
        return stat.S_ISDIR(state.st_mode) and state.st_uid == owner and not state.st_mode & 0o077

    def _discard(self, socket_dir: Path) -> None:
        """Remove a temporary socket directory, if it is empty: its name was read from a file."""
        if socket_dir != self._cluster:
            with suppress(OSError):
                socket_dir.rmdir()

    def _chown(self, path: Path) -> None:
        """Make the server's account the owner, if it is not this process's own."""
        if self._account is not None:
            os.chown(path, self._account.pw_uid, self._account.pw_gid)

    def _dsn(self, database: str) -> str:
        socket_dir = self._processes.socket_dir
        if socket_dir is None:
            raise EmbeddedServerError(f"no server is running in {self.data_dir}")
        return _conninfo(socket_dir, dbname=database)

    def _ping(self) -> Ping:
        """Whether the server is running. Only an answer proves it: a crash leaves the pid file behind."""
        socket_dir = self._processes.socket_dir
        if socket_dir is None:
            return Ping.NO_RESPONSE
        dsn = _conninfo(socket_dir, dbname="postgres", connect_timeout=PING_SECONDS_MAX)
        return Ping(PGconn.ping(dsn.encode()))

    def _create_database(self) -> None:
        try:
            with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
                if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        except psycopg.Error as error:
            raise self._failure(f"cannot create the database {DATABASE}: {error}") from error

    def _stop_server(self) -> None:
        self._pg_ctl("stop", "-m", "fast", seconds_max=STOP_SECONDS_MAX)

    def _pg_ctl(self, action: str, *arguments: str, seconds_max: float) -> None:
        # pg_ctl pastes its paths into a shell command unquoted, so it gets relative ones only
        waiting = ["-w", "-t", str(math.ceil(seconds_max)), "-D", "."]
        self._run("pg_ctl", action, *waiting, *arguments, cwd=self._cluster, seconds_max=seconds_max + 10)

    def _run(self, program: str, *arguments: str, cwd: Path, seconds_max: float) -> None:
        run_program(program, *arguments, account=self._account, cwd=cwd, seconds_max=seconds_max)


def _conninfo(socket_dir: Path, **parameters: str) -> str:
    return make_conninfo(host=str(socket_dir), port=PORT, user=SUPERUSER, **parameters)
