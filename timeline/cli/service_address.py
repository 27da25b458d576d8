"""Where the service is that the commands talk to, and how a service says so.

A service with the embedded database writes its address into a file in the data folder, and holds a lock on
that file for as long as it runs: a file that a killed service leaves behind is not locked, and nobody follows
it to a port that another program has by now. Where another database is set, there is no folder that both
know; the commands then go by the variables that the service goes by.
"""

import fcntl
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import IO

from timeline.settings import Settings

ADDRESS_FILES = "service-*.url"

HELP = (
    "The address of the service; if not set, that of the service which runs on the data folder"
    " (TIMELINE_DATA_DIR), whatever its port, else TIMELINE_HOST and TIMELINE_PORT."
)


def local_url(ip: IPv4Address | IPv6Address, port: int) -> str:
    """The URL at which programs on this machine reach a service that listens on an address."""
    if ip.is_unspecified:
        ip = ip_address("127.0.0.1" if ip.version == 4 else "::1")
    return f"http://[{ip}]:{port}" if ip.version == 6 else f"http://{ip}:{port}"


@contextmanager
def publishing(settings: Settings) -> Iterator[Callable[[str], None]]:
    """A function that publishes the service's address to the commands, until the block ends.

    A data folder that cannot be written to does not keep the service from running.
    """
    files: list[tuple[IO[str], Path]] = []

    def publish(url: str) -> None:
        if settings.database_url is None:
            with suppress(OSError):
                files.append(_write(_folder(settings), url))

    try:
        yield publish
    finally:
        for file, path in files:
            with file, suppress(OSError):  # closing it ends the lock
                path.unlink()


def service_url(environ: Mapping[str, str]) -> str:
    """The address of the newest service on the data folder; where there is none, that of the settings.

    Raises:
        SettingsError: a variable is misspelt, or has a value that its setting does not allow.
    """
    settings = Settings.from_environment(environ)
    if settings.database_url is None and (url := _published(_folder(settings))):
        return url
    try:
        return local_url(ip_address(settings.host), settings.port)
    except ValueError:  # a name
        return f"http://{settings.host}:{settings.port}"


def _folder(settings: Settings) -> Path:
    return Path(settings.data_dir).expanduser().resolve()


def _write(folder: Path, url: str) -> tuple[IO[str], Path]:
    """Write a locked file, which nobody sees before it is; the lock ends with this process and its forks."""
    name = re.sub(r"[^\w.]+", "-", url.partition("//")[2])
    unfinished = folder / f".service-{name}.unfinished"
    file = unfinished.open("w", encoding="utf-8")
    fcntl.flock(file, fcntl.LOCK_EX)
    file.write(url)
    file.flush()
    return file, unfinished.rename(folder / f"service-{name}.url")


def _published(folder: Path) -> str | None:
    """The address of the service that was last started on this folder and still runs."""
    with suppress(OSError):
        for path in sorted(folder.glob(ADDRESS_FILES), key=os.path.getmtime, reverse=True):
            with path.open(encoding="utf-8") as file:
                if _is_locked(file):
                    return file.read()
    return None


def _is_locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
