"""Ctrl-C while events are posted: reading ends at once, what is on its way is waited for and counted."""

import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Any, Self, TypeVar

import rich_click as click

ItemT = TypeVar("ItemT")


class ReadingInterrupted(KeyboardInterrupt):
    """Ctrl-C was pressed while input was being read: nothing has been said yet about what is on its way."""


class Interrupts:
    """Notes Ctrl-C for as long as the block runs, as a context manager.

    The first one raises KeyboardInterrupt only where input is being read or is to be read next. Anywhere else
    it would leave open whether a batch that is being posted is recorded. The second one does not wait.

    Attributes:
        count: How often Ctrl-C was pressed.
    """

    def __init__(self) -> None:
        self.count = 0
        self._is_reading = False
        self._previous: Any = None

    def __enter__(self) -> Self:
        # Python lets only the main thread handle signals; a command that ignores them goes on doing so
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.getsignal(signal.SIGINT)
            if self._previous is not signal.SIG_IGN:
                signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)

    def read(self, items: Iterable[ItemT]) -> Iterator[ItemT]:
        """The items of the input; Ctrl-C ends them.

        Raises:
            KeyboardInterrupt: it was pressed, now or since the item before.
        """
        iterator = iter(items)
        while True:
            # before the count is looked at: pressed between the two, it would not end the wait for the item
            self._is_reading = True
            try:
                if self.count:
                    break
                item = next(iterator)
            except StopIteration:
                break
            finally:
                self._is_reading = False
            yield item
        if self.count:
            raise KeyboardInterrupt

    def _note(self, _signum: int, _frame: FrameType | None) -> None:
        self.count += 1
        if self.count > 1:
            raise KeyboardInterrupt
        if self._is_reading:
            raise ReadingInterrupted
        announce_wait()


def announce_wait() -> None:
    """Say what Ctrl-C waits for."""
    click.echo("Stopping when the batch under way is recorded; Ctrl-C again does not wait for it.", err=True)


def leave_interrupts_to_main_thread() -> None:
    """Let no Ctrl-C come to this thread: the main thread, if it waits for input, would not wake up to it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def end_at_once() -> None:
    """End the process as the signal would: no thread that still waits for an answer can hold it up."""
    sys.stdout.flush()
    sys.stderr.flush()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)
