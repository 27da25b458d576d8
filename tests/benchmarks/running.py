"""Processes that serve: the service by `timeline serve`, and the baseline; and what memory they take."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 30
SERVICE = ("-c", "from timeline.cli import main; main()", "serve", "--port", "0")
BASELINE = ("-m", "tests.benchmarks.baseline")


class Serving:
    """A process that serves, and the workers that are its children."""

    def __init__(self, url: str, pid: int) -> None:
        self.url = url
        self.pid = pid

    def put_timeline(self, name: str) -> None:
        """Make a timeline."""
        httpx.put(f"{self.url}/v1/timelines/{name}", trust_env=False).raise_for_status()

    @property
    def workers(self) -> list[int]:
        """The processes that answer requests."""
        return children(self.pid)

    def cpu_seconds(self) -> float:
        """The processor time that the workers have taken so far."""
        return sum(map(cpu_seconds, self.workers))

    def memory_mb(self) -> float:
        """The most that the workers have held at a time, each at its own time, in 10^6 bytes."""
        return sum(_status_kb(pid, "VmHWM") for pid in self.workers) * 1024 / 1e6

    def forget_memory(self) -> None:
        """Begin a new high-water mark."""
        for pid in self.workers:
            Path(f"/proc/{pid}/clear_refs").write_text("5")


def _status_kb(pid: int, name: str) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0])


def cpu_seconds(pid: int) -> float:
    """The processor time of a process, and of those children of it that have ended."""
    numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, numbers[11:15])) / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """The processes that it has started and that still run."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def serving(program: tuple[str, ...], **environment: str) -> Iterator[Serving]:
    """Run a program that says where it serves until the block ends.

    Raises:
        RuntimeError: it did not start.
    """
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TIMELINE_")}
    with tempfile.NamedTemporaryFile("r") as log:
        with Path(log.name).open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, *program], env={**clean, **environment}, stdout=output, stderr=output
            )
        try:
            yield Serving(_announced(process, Path(log.name)), process.pid)
        finally:
            process.terminate()
            process.wait(STOP_SECONDS_MAX)


def _announced(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"Serving on (\S+)\n", log.read_text()):
            return found[1]
        time.sleep(0.02)
    raise RuntimeError(f"it did not start: {log.read_text()}")
