"""Gives these tests a small disk of their own, and fills it."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A small file system that can be filled safely; only root may mount it, else the test is skipped."""
    folder = Path(tempfile.gettempdir()) / f"timeline-disk-{uuid4().hex[:12]}"
    folder.mkdir()
    options = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0777", "tmpfs", str(folder)]
    try:
        if os.geteuid() != 0 or subprocess.run(options, check=False, capture_output=True).returncode:
            pytest.skip("only root may mount a small disk")
        yield folder
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
    finally:
        folder.rmdir()


class Ballast:
    """A file that takes all free space of a disk."""

    def __init__(self, disk: Path) -> None:
        self._file = disk / "ballast"

    def fill(self) -> None:
        """Take all free space."""
        with self._file.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def drop(self) -> None:
        """Free the space."""
        self._file.unlink()
