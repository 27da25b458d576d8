"""Starts, stops, kills and restarts programs that serve: `timeline serve` above all."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Self

import httpx

from tests.support.processes import (
    PROGRAM,
    children,
    clean_environment,
    cpu_seconds,
    memory_mb_max,
    reset_memory_mb_max,
    setting_variables,
)

START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 60


class Service:
    """A program that says "Serving on" and its address once it answers, and what it has logged.

    Args:
        command: the program and its arguments.
        environment: all of its environment.
        log: the file that it writes to, appended to by each start.
        stdout: where its standard output goes instead, as for `subprocess`.
    """

    process: subprocess.Popen[str]
    url: str
    """Where it listens; another port after each start."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path, stdout: int | None = None
    ) -> None:
        self._command = command
        self._environment = environment
        self._log = log
        self._stdout = stdout

    @property
    def dsn(self) -> str:
        """The database that it was started on."""
        return self._environment["TIMELINE_DATABASE_URL"]

    @property
    def log(self) -> str:
        """All that it has written so far, since its first start."""
        return self._log.read_text()

    @cached_property
    def client(self) -> httpx.Client:
        """A client of it until it is stopped."""
        return httpx.Client(base_url=self.url, trust_env=False, timeout=30)

    def start(self) -> Self:
        """Start it, or start it again, and wait until it answers.

        Raises:
            AssertionError: it did not start.
        """
        with self._log.open("ab") as output:
            start = output.tell()
            self.process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output if self._stdout is None else self._stdout,
                stderr=output,
                text=True,
                # Ctrl-C in the terminal is for the tests, which stop it themselves
                start_new_session=True,
            )
        try:
            self.url = self._announced_url(start)
        except BaseException:
            self.stop(signal.SIGKILL)
            raise
        return self

    def _announced_url(self, start: int) -> str:
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline and self.process.poll() is None:
            if match := re.search(rb"Serving on (\S+)\n", self._log.read_bytes()[start:]):
                return match[1].decode()
            time.sleep(0.02)
        raise AssertionError(f"the service did not start: {self.log}")

    def stop(self, *signals: int) -> int:
        """Send signals, SIGTERM if none is named, and wait for its end; gives the exit code."""
        self.close_client()
        for number in signals or (signal.SIGTERM,):
            self.process.send_signal(number)
        code = self.process.wait(STOP_SECONDS_MAX)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def close_client(self) -> None:
        """Close the client, if there is one; the next one is new."""
        if client := self.__dict__.pop("client", None):
            client.close()

    def kill(self, *pids: int) -> None:
        """Kill processes of it, all if none is named, with no time to tidy up."""
        for pid in pids or (self.process.pid, *self.workers):
            os.kill(pid, signal.SIGKILL)

    def restart(self) -> None:
        """Stop it if it still runs, and start it again."""
        self.stop()
        self.start()

    @property
    def workers(self) -> list[int]:
        """The processes that answer requests."""
        return children(self.process.pid)

    def cpu_seconds(self) -> float:
        """The processor time that the workers have taken so far."""
        return sum(map(cpu_seconds, self.workers))

    def memory_mb_max(self) -> float:
        """The most that the workers had in memory, each at its own time, in 10^6 bytes."""
        return sum(map(memory_mb_max, self.workers))

    def reset_memory_mb_max(self) -> None:
        """Start a new high-water mark of the workers' memory."""
        for pid in self.workers:
            reset_memory_mb_max(pid)


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], log: Path | None = None, stdout: int | None = None
) -> Iterator[Service]:
    """Run a program that serves until the block ends; its log is thrown away where no file is named."""
    with NamedTemporaryFile(prefix="timeline-service-") as unnamed:
        service = Service(command, environment, log or Path(unnamed.name), stdout).start()
        try:
            yield service
        finally:
            try:
                service.stop()
            finally:
                service.process.kill()


@contextmanager
def serving(dsn: str, log: Path | None = None, **settings: str) -> Iterator[Service]:
    """Run `timeline serve` on a database and a free port until the block ends."""
    command = (*PROGRAM, "serve", "--port", "0")
    environment = clean_environment(**setting_variables(dsn, **settings))
    with running(command, environment, log) as service:
        yield service
