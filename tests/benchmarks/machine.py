"""Which machine, which versions, which commit: a figure without them says nothing."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psycopg

PACKAGES = ("granian", "litestar", "msgspec", "psycopg", "uvloop")


def describe(dsn: str) -> dict[str, str]:
    """What the figures were measured on, as lines of a table."""
    with psycopg.connect(dsn) as connection:
        settings = {
            name: str(connection.execute(f"SHOW {name}").fetchone()[0])
            for name in ("server_version", "fsync", "synchronous_commit", "shared_buffers")
        }
    return {
        "Date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "Commit": _commit(),
        "Processor": f"{_processor()}, {os.cpu_count()} cores",
        "Memory": f"{_memory_gb():.0f} GB",
        "System": f"{platform.system()} {platform.release()} {platform.machine()}",
        "Python": f"{platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        "PostgreSQL": "{server_version}, fsync {fsync}, synchronous_commit {synchronous_commit}, "
        "shared_buffers {shared_buffers}".format(**settings),
    }


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _commit() -> str:
    commit = _git("describe", "--always", "--abbrev=12")
    # the bench writes its results into the tree that it measures
    changed = [
        line for line in _git("status", "--porcelain").splitlines() if not line.endswith("/RESULTS.md")
    ]
    return f"{commit}, with changes that are not committed" if changed else commit or "unknown"


def _git(*arguments: str) -> str:
    answer = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return answer.stdout.strip()
