"""The room on the disk of a database: whether enough is left to write, and a reserve for the worst case."""

import errno
import os
from contextlib import suppress
from pathlib import Path

LOG_FILE_BYTES = 16 * 1024 * 1024
"""One file of PostgreSQL's log, which it makes whole."""

_FULL = (os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT))


def speaks_of_full_disk(text: str) -> bool:
    """Whether a program's words say that it found no room, or that its account has used up its quota."""
    return any(words in text for words in _FULL)


class Disk:
    """The disk that a folder is on.

    Args:
        folder: Any folder on it.
        free_bytes_min: With less room than this, it counts as full. What is under way when that happens still
            needs room, and so does PostgreSQL itself, which stops if it cannot extend its log.
    """

    def __init__(self, folder: Path, free_bytes_min: int) -> None:
        self._folder = folder
        self.free_bytes_min = free_bytes_min

    @property
    def is_full(self) -> bool:
        """Whether there is less room than must be free; what cannot be seen counts as room."""
        return not self.has_room(self.free_bytes_min)

    @property
    def is_used_up(self) -> bool:
        """Whether so little is free that PostgreSQL can neither extend its log nor take connections."""
        return not self.has_room(LOG_FILE_BYTES)

    def has_room(self, size_bytes: int) -> bool:
        """Whether so much is free for accounts that are not root's."""
        try:
            state = os.statvfs(self._folder)
        except OSError:
            return True
        return state.f_bavail * state.f_frsize >= size_bytes


class Reserve:
    """A file of no content that takes up room, to be given back when PostgreSQL needs some and there is none.

    Not before: what fills the disk would take that too. The file is half as large as what must be free: when
    it has been given back, the disk still counts as full.
    """

    def __init__(self, disk: Disk, file: Path) -> None:
        self._disk = disk
        self._file = file
        self._bytes = disk.free_bytes_min // 2

    def keep(self) -> None:
        """Take the room, unless it is taken, or there is none to spare."""
        if self._bytes == 0 or self._taken_bytes() >= self._bytes:
            return
        if not self._disk.has_room(self._disk.free_bytes_min + self._bytes):
            return
        try:
            with self._file.open("ab") as file:
                _allocate(file.fileno(), self._bytes)
        except OSError:
            self.release()

    def release(self) -> None:
        """Give the room back."""
        with suppress(OSError):
            self._file.unlink()

    def _taken_bytes(self) -> int:
        try:
            return self._file.stat().st_size
        except OSError:
            return 0


def _allocate(descriptor: int, size_bytes: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size_bytes)
    else:  # macOS
        os.write(descriptor, bytes(size_bytes))
