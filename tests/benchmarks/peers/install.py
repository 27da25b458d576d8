"""Installs the peers, each into a folder of its own beside this project's environment, and starts them."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg.conninfo import conninfo_to_dict

from timeline.embedded.programs import programs

FOLDER = Path(".cache/bench-peers")
PYTHON = FOLDER / "venv" / "bin" / "python"
PACKAGES = {"umadb": "umadb==0.7.8", "eventsourcing": "eventsourcing[postgres]==9.5.6"}
MESSAGE_DB = "@eventide/message-db@1.3.1"
START_SECONDS_MAX = 30
INSTALL_SECONDS_MAX = 600


class Peer(NamedTuple):
    """A store that runs, and the address for its clients."""

    name: str
    version: str
    address: dict[str, Any]


class Missing(Exception):
    """A peer that could not be installed or started; the message says why."""


def install() -> dict[str, str]:
    """Install the peers that are missing; gives those that cannot be installed, and why."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    missing: dict[str, str] = {}
    if not PYTHON.exists():
        _run(sys.executable, "-m", "venv", str(FOLDER / "venv"))
    steps: dict[str, Callable[[], None]] = {
        **{name: lambda package=package: _pip(package) for name, package in PACKAGES.items()},
        "message-db": _npm,
    }
    for name, step in steps.items():
        try:
            step()
        except (OSError, subprocess.SubprocessError) as error:
            output = getattr(error, "stderr", None) or str(error)
            missing[name] = output.strip().splitlines()[-1]
    return missing


def _pip(package: str) -> None:
    _run(str(PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check", "install", package)


def _npm() -> None:
    if not (FOLDER / "node_modules/@eventide/message-db").exists():
        _run("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(FOLDER), MESSAGE_DB)


def _run(*command: str, environment: dict[str, str] | None = None) -> None:
    subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS_MAX,
        env={**os.environ, **(environment or {})},
    )


@contextmanager
def umadb(folder: Path) -> Iterator[Peer]:
    """Its server, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = PYTHON.with_name("umadb")
    with (folder / "umadb.log").open("wb") as log:
        server = subprocess.Popen(
            [program, "--listen", f"127.0.0.1:{port}", "--db-path", folder / "uma.db"], stdout=log, stderr=log
        )
    try:
        _wait_for(port)
        yield Peer("umadb", PACKAGES["umadb"].replace("==", " "), {"url": f"http://127.0.0.1:{port}"})
    finally:
        server.terminate()
        server.wait(START_SECONDS_MAX)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise Missing("its server does not answer")


def eventsourcing(dsn: str) -> Peer:
    """A database of its own on the embedded server."""
    parameters = conninfo_to_dict(dsn)
    address = {
        "dbname": parameters["dbname"],
        "host": parameters["host"],
        "port": parameters["port"],
        "user": parameters["user"],
        "password": "",
    }
    return Peer("eventsourcing", "eventsourcing 9.5.6", address)


def message_db(dsn: str) -> Peer:
    """Its own script installs it into a database of its own on the embedded server."""
    parameters = conninfo_to_dict(dsn)
    database = "bench_message_db"
    environment = {
        "PATH": f"{programs()}{os.pathsep}{os.environ['PATH']}",
        "PGHOST": str(parameters["host"]),
        "PGPORT": str(parameters["port"]),
        "PGUSER": str(parameters["user"]),
        "DATABASE_NAME": database,
    }
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
    scripts = FOLDER / "message-db"
    shutil.copytree(FOLDER / "node_modules/@eventide/message-db/database", scripts, dirs_exist_ok=True)
    # the script needs the extension for gen_random_uuid() alone, which PostgreSQL itself has since 13
    (scripts / "extensions" / "pgcrypto.sql").write_text("")
    try:
        _run("bash", str(scripts / "install.sh"), environment=environment)
    except subprocess.CalledProcessError as error:
        raise Missing((error.stderr or error.stdout).strip().splitlines()[-1]) from error
    address = {name: parameters[name] for name in ("host", "port", "user")}
    return Peer("message-db", "message-db 1.3.1", {**address, "dbname": database})
