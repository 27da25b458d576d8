"""Starts commands of `timeline` as processes with their own settings; reads their time and memory."""

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PROGRAM = (sys.executable, "-c", "from timeline.cli import main; main()")
"""`timeline` as this interpreter imports it."""

INSTALLED = (str(Path(sys.executable).with_name("timeline")),)
"""`timeline` as a person starts it: the console script."""

COMMAND_SECONDS_MAX = 120
WAIT_SECONDS_MAX = 120


def clean_environment(**variables: str) -> dict[str, str]:
    """This process's environment with these variables, and without any other setting of the service."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TIMELINE_")}
    return inherited | variables


def setting_variables(dsn: str, **settings: str) -> dict[str, str]:
    """The variables that set a service's database and other settings, such as `workers="2"`."""
    variables = {f"TIMELINE_{name.upper()}": value for name, value in settings.items()}
    return {"TIMELINE_DATABASE_URL": dsn, **variables}


def start_command(dsn: str, *arguments: str, **settings: str) -> subprocess.Popen[str]:
    """Start a command of `timeline` on a database; what it writes can be read from its `stdout`."""
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        env=clean_environment(**setting_variables(dsn, **settings)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run_command(dsn: str, *arguments: str, **settings: str) -> str:
    """Run a command of `timeline` on a database, which must succeed; gives what it writes."""
    with start_command(dsn, *arguments, **settings) as process:
        output, _ = process.communicate(timeout=COMMAND_SECONDS_MAX)
    assert process.returncode == 0, output
    return output


def wait_until(
    condition: Callable[[], object], seconds_max: float = WAIT_SECONDS_MAX, pause_seconds: float = 0.02
) -> None:
    """Wait until a condition is true, or fail."""
    deadline = time.monotonic() + seconds_max
    while not condition():
        assert time.monotonic() < deadline, f"not true after {seconds_max:g} s"
        time.sleep(pause_seconds)


def children(pid: int) -> list[int]:
    """The processes that a process has started and that nobody has reaped yet."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid: int) -> bool:
    """Whether a process runs; one that has ended has no command line, even if nobody has reaped it yet."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except (FileNotFoundError, ProcessLookupError):
        return False


def cpu_seconds(pid: int) -> float:
    """The processor time of a process, and of those children of it that have ended."""
    numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, numbers[11:15])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """What a process has in memory now, in 10^6 bytes."""
    return _status_mb(pid, "VmRSS")


def memory_mb_max(pid: int) -> float:
    """The most that a process had in memory since it started, or since `reset_memory_mb_max`."""
    return _status_mb(pid, "VmHWM")


def reset_memory_mb_max(pid: int) -> None:
    """Start a new high-water mark of a process's memory (proc(5), `clear_refs`)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _status_mb(pid: int, name: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0]) * 1024 / 1e6


def free_port() -> int:
    """A port that nobody has, nor gets for a connection: a service that starts again finds it free too."""
    first, _ = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text("ascii").split())
    while True:
        port = random.randrange(max(1024, first - 12_000), first)
        with socket.socket() as unused, suppress(OSError):
            unused.bind(("127.0.0.1", port))
            return port
