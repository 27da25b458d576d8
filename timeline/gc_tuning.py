"""Tunes Python's garbage collector and thread switching for a process with many objects."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

NEW_OBJECTS_MAX = 50_000
"""How many new objects there may be before Python looks for cycles among them.

Posts and rows under way are tens of thousands of objects, and leave no cycles behind. At Python's own 700
they would be looked through over and over, for a quarter of what they cost.
"""

SWITCH_SECONDS = 0.0005
"""How long a fold may run while another thread waits: a tenth of what Python lets it."""


def relax_gc() -> None:
    """Look for garbage rarely for the rest of the process, and never among what is loaded already."""
    gc.freeze()  # to look through what is loaded would stop all requests for a while
    gc.set_threshold(NEW_OBJECTS_MAX)


@contextmanager
def relaxed_gc() -> Iterator[None]:
    """Look for garbage rarely for as long as the block runs."""
    thresholds = gc.get_threshold()
    gc.set_threshold(NEW_OBJECTS_MAX, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


@contextmanager
def full_speed() -> Iterator[None]:
    """Let a fold in a thread run at full speed, and the database not wait for it, while the block runs.

    A fold makes many objects and no cycles: looking for those takes a fifth of its time. And what the
    database has read or sent is answered only when the fold lets go of the interpreter for a moment, which
    Python asks of it too seldom for the many short steps of a COPY.
    """
    was_enabled, interval = gc.isenabled(), sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        if was_enabled:
            gc.enable()
