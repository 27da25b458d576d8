"""How often Python looks for garbage: its default suits programs that hold few objects at a time."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

NEW_OBJECTS_MAX = 50_000
"""How many new objects there may be before Python looks for cycles among them.

Posts and rows under way are tens of thousands of objects, and leave no cycles behind. At Python's own 700
they would be looked through over and over, for a quarter of what they cost.
"""


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
