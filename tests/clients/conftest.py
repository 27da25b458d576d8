"""Gives the service that generated clients are tried against, and what makes such clients."""

import json
import shutil
import subprocess
import venv
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.support.npm import ROOT, installed
from tests.support.payloads import new_id
from tests.support.service import Service, serving

HERE = Path(__file__).parent
LOCK = HERE / "requirements.lock"


@pytest.fixture
def service(template_database: str, tmp_path: Path) -> Iterator[Service]:
    """A service on an empty database."""
    with serving(template_database, tmp_path / "log") as service:
        yield service


@pytest.fixture
def template_database(new_database: Callable[..., str], template: str) -> str:
    """A database with all tables and no timeline."""
    return new_database(template)


@pytest.fixture
def node_modules() -> Path:
    """What makes and compiles clients in TypeScript; the test is skipped where npm cannot bring it."""
    return installed(HERE / "typescript") / "node_modules"


@pytest.fixture(scope="session")
def generators() -> Path:
    """The programs of an environment with what makes clients in Python, away from what the service needs.

    The test is skipped where pip cannot bring it.
    """
    target = ROOT / ".cache" / f"generators-{sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    if not target.is_dir():
        _install(target)
    return target / "bin"


def _install(target: Path) -> None:
    """Install into a folder of its own and mark it as whole at the end: it may be stopped half-way."""
    target.parent.mkdir(exist_ok=True)
    folder = Path(mkdtemp(dir=target.parent))
    try:
        venv.create(folder, with_pip=True)
        pip = [folder / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
        command = [*pip, "--require-hashes", "--requirement", LOCK]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode:
            pytest.skip(f"pip cannot fetch what makes clients: {done.stderr.strip()[-300:]}")
        # an environment cannot be moved: its programs name it
        target.symlink_to(folder.name)
    except FileExistsError:
        assert target.is_dir()
    finally:
        if target.resolve() != folder:
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def run(service: Service, tmp_path: Path) -> Callable[..., dict[str, object]]:
    """Run a program that posts an event and a toll of it, reads them, and prints what it found as JSON."""

    def start(*command: str | Path) -> dict[str, object]:
        strike, toll = new_id(), new_id()
        arguments = [*command, service.url, "kursk-2024", strike, toll]
        done = subprocess.run(
            arguments, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        printed = json.loads(done.stdout)
        assert [strike] == printed.pop("posted")
        return printed

    return start


EXPECTED = {
    "entries": ["A strike.", "Twelve were killed."],
    "lists": [1, 0],
    "claim": [None, 12],
    "figure": [["Twelve were killed.", 12]],
    "audit": ["first_report"],
    "total": 12,
    "table": 2,
    "problem": 404,
}
"""What each program finds."""
