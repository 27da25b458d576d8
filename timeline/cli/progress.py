"""A bar on the terminal: how far a long command is, how fast it goes, and how long it will take."""

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


class Bar:
    """Counts what is done, and draws it now and then."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task
        self._count = 0
        self._by_posts = False
        self._began = self._drawn = perf_counter()

    def phase(self, name: str, total: int | None, *, by_posts: bool = False) -> None:
        """Begin another part of the work; its progress is that of reading, or of posting."""
        self._by_posts = by_posts
        self._count = 0
        self._began = perf_counter()
        self._progress.reset(self._task, total=total, description=name, rate=0.0, count=0)

    def posted(self, count: int) -> None:
        """So many more are in the record."""
        if self._by_posts:
            self.advance(count)

    def advance(self, count: int = 1, completed: int | None = None) -> None:
        """So many more are done; `completed` says how far that is, where it is not their number."""
        self._count += count
        now = perf_counter()
        if now - self._drawn > REDRAW_SECONDS:
            self._drawn = now
            rate = self._count / (now - self._began)
            done = self._count if completed is None else completed
            self._progress.update(self._task, completed=done, rate=rate, count=self._count)


@contextmanager
def bar(unit: str, *, shown: bool) -> Iterator[Bar]:
    """A bar that counts these, on a terminal only."""
    console = error_console()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn(f"{{task.fields[count]:,}} {unit}"),
        TextColumn("{task.fields[rate]:,.0f}/s"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    hidden = not (shown and console.is_terminal)
    with Progress(*columns, console=console, transient=True, disable=hidden) as progress:
        yield Bar(progress, progress.add_task("", total=None, count=0, rate=0.0))


def lines_in(file: BinaryIO) -> int | None:
    """How many lines a file has; None for a pipe, or where all stands on one line."""
    try:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return None
    except OSError:
        return None
    start = file.tell()
    count = sum(block.count(b"\n") for block in iter(lambda: file.read(READ_BYTES), b""))
    file.seek(start)
    return count if count > 1 else None
