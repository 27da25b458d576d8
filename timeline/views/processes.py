"""Processes that share the work of a rebuild: they heed no Ctrl-C of their own, and end with their parent."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import wait


@contextmanager
def processes(number: int) -> Iterator[Executor | None]:
    """An executor of so many processes; None for one, which is this process itself.

    At the end, whatever it is, the work that has begun is waited for and the rest is dropped.
    """
    if number == 1:
        yield None
        return
    # a forked process would share its parent's connections and the locks of its threads
    executor = ProcessPoolExecutor(number, multiprocessing.get_context("spawn"), _prepare)
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _prepare() -> None:
    # Ctrl-C reaches every process of the terminal; the parent is the one to act on it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A killed parent tells nobody, and a pool's process would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
