"""The processes of an embedded server: its first one, as its pid file names it, and those that outlive it.

Where there is no /proc, as on macOS, PostgreSQL's own checks must suffice.
"""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

END_SECONDS_MAX = 5.0
"""How long a process that was killed may take to end; one that writes to a slow disk ends after that."""

_TITLE = b"postgres: "
"""How the command line of a child process of the server begins; that of a person's `postgres` does not."""


class Processes:
    """The processes that have a cluster's folder as their working directory, as PostgreSQL makes it."""

    def __init__(self, cluster: Path) -> None:
        self._cluster = cluster
        self._pid_file = cluster / "postmaster.pid"

    @property
    def socket_dir(self) -> Path | None:
        """Where the server listens: the fifth line of its pid file."""
        lines = lines_of(self._pid_file)
        return Path(lines[4]) if len(lines) > 4 and lines[4] else None

    @property
    def is_serving(self) -> bool:
        """Whether the first process lives and has not been told to stop; it need not answer at present.

        A crash of another one it survives: it ends them all, and replays the log.
        """
        pid = _pid_in(self._pid_file)
        return pid is not None and self._is_server(pid) and not self.is_stopping

    @property
    def is_stopping(self) -> bool:
        """Whether the server was told to stop, as its pid file says: it may wait for its clients to go."""
        lines = lines_of(self._pid_file)
        return len(lines) > 7 and lines[7].strip() == "stopping"

    def disown_stale_pids(self, socket_lock: Path) -> None:
        """Keep old lock files from blocking the start when their pid is no longer that of a server.

        PostgreSQL takes any live process of its own user for the server, and so a dead one that was not
        reaped; in a container pids recur. The files themselves must stay: a line of the first one protects
        from orphaned backends. A pid that is the starting process's own counts as stale.
        """
        for path in (self._pid_file, socket_lock):
            pid = _pid_in(path)
            if pid is not None and not self._is_server(pid):
                lines = lines_of(path)
                with path.open("r+") as file:
                    file.write("\n".join([str(os.getpid()), *lines[1:], ""]))
                    file.truncate()

    def end_orphans(self) -> None:
        """End what is left of a server whose first process is dead.

        They notice its death only between two statements, and until then no server starts on their data. What
        they have not confirmed is lost with it, and what they have is in the log, which the next one replays.
        """
        pid = _pid_in(self._pid_file)
        if pid is not None and self._is_server(pid):
            return
        deadline = time.monotonic() + END_SECONDS_MAX
        while (orphans := self._orphans()) and time.monotonic() < deadline:
            for orphan in orphans:
                with suppress(ProcessLookupError):
                    os.kill(orphan, signal.SIGKILL)
            time.sleep(0.02)

    def _orphans(self) -> list[int]:
        orphans = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it has ended, or is another user's
                is_of_cluster = (folder / "cwd").readlink() == self._cluster
                if is_of_cluster and (folder / "cmdline").read_bytes().startswith(_TITLE):
                    parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                    if not self._works_in_cluster(parent):
                        orphans.append(int(folder.name))
        return orphans

    def _works_in_cluster(self, pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == self._cluster
        except OSError:
            return False

    def _is_server(self, pid: int) -> bool:
        """Whether a process is this cluster's server."""
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == self._cluster
        except (FileNotFoundError, ProcessLookupError):
            # no such process, or one that is dead and not reaped; or no /proc at all
            return not Path("/proc/self").exists() and _is_process(pid)
        except OSError:
            return True


def lines_of(path: Path) -> list[str]:
    """The lines of a file; none if it cannot be read."""
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []


def _pid_in(path: Path) -> int | None:
    """The pid in the first line of a lock file; that of a server in single-user mode is negative there."""
    lines = lines_of(path)
    return int(lines[0]) if lines and lines[0].strip().isdigit() else None


def _is_process(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True
