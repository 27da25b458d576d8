"""The progress bar of long commands: how much is done, how fast, and how long the rest will take."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import BinaryIO

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from timeline.cli.tables import error_console

REDRAW_SECONDS = 0.1
READ_BYTES = 1 << 20


class ProgressBar:
    """Counts units, such as events, and draws them now and then.

    How far the bar is filled may be measured in something else than the units, such as lines or bytes of
    the input: whatever `total` is in, `completed` is in too.
    """

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task
        self._count = 0
        self._bytes = 0
        self._started_at = self._drawn_at = perf_counter()

    def start(self, name: str, total: int | None) -> None:
        """Begin another part of the work; nothing of it is done yet."""
        self._count = 0
        self._started_at = perf_counter()
        self._progress.reset(self._task, total=total, description=name, count="0", rate=0.0)

    def advance(self, count: int, *, completed: int | None = None, byte_count: int = 0) -> None:
        """Add units and bytes; `completed` is how far the work is, where that is not the number of units."""
        self._count += count
        self._bytes += byte_count
        # drawn only now and then: an import calls this a hundred thousand times a second
        now = perf_counter()
        if now - self._drawn_at > REDRAW_SECONDS:
            self._draw(now, self._count if completed is None else completed, f"{self._count:,}")

    def reach(self, count: int, total: int) -> None:
        """Set both how many units are done and how many there are, which may grow while the work goes on."""
        self._count = count
        self._progress.update(self._task, total=total)
        self._draw(perf_counter(), count, f"{count:,} of {total:,}")

    def print(self, line: str) -> None:
        """Print a line above the bar, or on stderr where there is no bar."""
        self._progress.console.print(line, soft_wrap=True)

    def _draw(self, now: float, completed: int, count: str) -> None:
        self._drawn_at = now
        rate = self._count / (now - self._started_at)
        megabytes = self._bytes / 1e6
        self._progress.update(self._task, completed=completed, count=count, rate=rate, megabytes=megabytes)


@contextmanager
def progress_bar(
    unit: str, name: str = "", *, total: int | None = None, with_bytes: bool = False, visible: bool = True
) -> Iterator[ProgressBar]:
    """A bar on stderr, if that is a terminal and the bar is to be visible; it disappears at the end.

    Args:
        unit: What is counted, in the plural.
        name: What is being done, before the bar.
        total: How much there is to do, in the measure of `completed`; unknown if None.
        with_bytes: Show megabytes too.
        visible: False where output of another kind has the terminal.
    """
    console = error_console()
    columns = [
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn(f"{{task.fields[count]}} {unit}"),
        TextColumn("{task.fields[rate]:,.0f}/s"),
        *([TextColumn("{task.fields[megabytes]:,.1f} MB")] if with_bytes else []),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    ]
    disabled = not (visible and console.is_terminal)
    with Progress(*columns, console=console, transient=True, disable=disabled) as progress:
        task = progress.add_task(name, total=total, count="0", rate=0.0, megabytes=0.0)
        yield ProgressBar(progress, task)


def file_bytes(file: BinaryIO) -> int | None:
    """The size of a regular file; None for a pipe, or for what is not a file of the system."""
    try:
        status = os.fstat(file.fileno())
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def file_lines(file: BinaryIO) -> int | None:
    """How many lines a file has; None for a pipe, or where everything is on one line."""
    if file_bytes(file) is None:
        return None
    start = file.tell()
    count = sum(block.count(b"\n") for block in iter(lambda: file.read(READ_BYTES), b""))
    file.seek(start)
    return count if count > 1 else None
