"""Packages from npm, as a lock file names them: fetched once, and a test without them skips."""

import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp

import pytest

ROOT = Path(__file__).parents[2]
NODE_OLDEST = (20, 19)


def installed(folder: Path) -> Path:
    """A folder with `node_modules` as the lock file in `folder` names them.

    Skips the test where there is no node that is new enough, or npm cannot fetch them.
    """
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("there is no node, or no npm")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    if tuple(map(int, version.strip().removeprefix("v").split(".")))[:2] < NODE_OLDEST:
        pytest.skip(f"node {version.strip()} is too old; 20.19 or later is needed")
    lock = (folder / "package-lock.json").read_bytes()
    target = ROOT / ".cache" / f"{folder.name}-{sha256(lock).hexdigest()[:12]}"
    if not target.is_dir():
        _fetch(folder, target)
    return target


def _fetch(source: Path, target: Path) -> None:
    """Install from npm into a temporary folder and rename it: another process may do the same."""
    target.parent.mkdir(exist_ok=True)
    folder = Path(mkdtemp(dir=target.parent))
    try:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, folder)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            pytest.skip(f"npm cannot fetch what {source.name} needs: {done.stderr.strip()[-300:]}")
        folder.chmod(0o755)
        try:
            folder.rename(target)
        except OSError:
            assert target.is_dir()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
