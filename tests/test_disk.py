"""The room on a disk, and the reserve that is given back when all other is used up."""

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from timeline.disk import LOG_FILE_BYTES, Disk, Reserve, speaks_of_full_disk

FREE_MIN = 4 * LOG_FILE_BYTES


@pytest.fixture
def free(monkeypatch):
    """A disk with as much room as is set in `free.bytes`, less what the reserve takes."""
    state = SimpleNamespace(bytes=0, reserve=None)

    def statvfs(_):
        reserved = state.reserve.stat().st_size if state.reserve and state.reserve.exists() else 0
        return SimpleNamespace(f_bavail=state.bytes - reserved, f_frsize=1)

    monkeypatch.setattr(os, "statvfs", statvfs)
    return state


@pytest.mark.parametrize("minimum", [0, 1_000, LOG_FILE_BYTES, FREE_MIN])
def test_the_reserve_is_taken_where_there_is_room_to_spare(free, tmp_path: Path, minimum: int) -> None:
    """What is free beside it is enough for posts; what it gives back, where all else is used up, is not."""
    disk = Disk(tmp_path, minimum)
    free.reserve = tmp_path / "reserve"
    reserve = Reserve(disk, free.reserve)
    for free.bytes in range(0, 8 * LOG_FILE_BYTES, LOG_FILE_BYTES // 4 + 1):
        reserve.keep()
        if free.reserve.exists():
            break
        assert minimum == 0 or free.bytes < minimum + minimum // 2
    assert free.reserve.exists() == (minimum > 0)
    assert not disk.is_full

    if minimum:
        free.bytes = free.reserve.stat().st_size
        reserve.keep()
        reserve.release()
        assert disk.is_full


def test_words_of_a_full_disk() -> None:
    """As the system says them."""
    assert speaks_of_full_disk(f'could not write "x": {os.strerror(errno.ENOSPC)}')
    assert speaks_of_full_disk(f"x: {os.strerror(errno.EDQUOT)}.")
    assert not speaks_of_full_disk("could not write")
