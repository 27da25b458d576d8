"""Runs the command as a person does: a process of its own, against a service that is another process."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Timer
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.support.processes import INSTALLED, clean_environment
from tests.support.service import Service, running
from timeline.cli import main

COMMAND = INSTALLED[0]
FIRST_CASE = Path(__file__).parents[2] / "timeline" / "demo" / "first-case.json"
SECONDS_MAX = 60
START_SECONDS_MAX = 180

Run = Callable[..., subprocess.CompletedProcess[str]]


def environment(**variables: str) -> dict[str, str]:
    """This environment with these variables, without others that would change what the command prints."""
    terminal = {"COLUMNS", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"}
    inherited = clean_environment().items()
    return {
        name: value for name, value in inherited if name not in terminal and not name.startswith("PG")
    } | variables


@contextmanager
def start_command(
    *arguments: str, stdin: int = subprocess.DEVNULL, **variables: str
) -> Iterator[subprocess.Popen[str]]:
    """Start a command that does not end by itself; it is killed when the block ends.

    It is killed after some minutes too, so that no test waits for ever for words that it does not write.
    """
    with subprocess.Popen(
        [COMMAND, *arguments],
        env=environment(**variables),
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        watchdog = Timer(START_SECONDS_MAX, process.kill)
        watchdog.start()
        try:
            yield process
        finally:
            watchdog.cancel()
            process.kill()


def serve_command(*arguments: str, **variables: str) -> AbstractContextManager[Service]:
    """Run `timeline serve` or `timeline demo` on a free port until the block ends; its stdout is a pipe."""
    command = (COMMAND, *arguments, "--port", "0")
    return running(command, environment(**variables), stdout=subprocess.PIPE)


@pytest.fixture(scope="session")
def start():
    """Start a command that keeps running, as a context manager."""
    return start_command


@pytest.fixture(scope="session")
def serve():
    """Start a service, as a context manager."""
    return serve_command


@pytest.fixture(scope="session")
def run() -> Run:
    """Run a command to its end, for at most a minute."""

    def run_command(*arguments: str | Path, stdin: str = "", **variables: str):
        return subprocess.run(
            [COMMAND, *arguments],
            check=False,
            env=environment(**variables),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
        )

    return run_command


@pytest.fixture(scope="session")
def call() -> Run:
    """Run a command in this process, which is quicker, against a service in another."""

    def call_command(*arguments: str | Path, stdin: str = "", **variables: str):
        target = environment(**variables)
        changes = {name: target.get(name) for name in os.environ.keys() | target.keys()}
        done = CliRunner(env=changes).invoke(main, [str(argument) for argument in arguments], input=stdin)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)

    return call_command


@pytest.fixture(scope="module")
def database(server_dsn: str, admin: psycopg.Connection, template: str) -> Iterator[str]:
    """The DSN of a migrated database for the tests of one module."""
    name = f"timeline_cli_{uuid4().hex}"
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    admin.execute(copy.format(sql.Identifier(name), sql.Identifier(template)))
    yield make_conninfo(server_dsn, dbname=name)
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """Where an embedded server may keep its data: a folder that its account can reach."""
    folder = Path(tempfile.mkdtemp(prefix="timeline-cli-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def first_case() -> Path:
    """The file of the first case."""
    return FIRST_CASE
